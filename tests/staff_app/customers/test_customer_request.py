"""The request in three steps: going on, going back, mistakes, sending it twice."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from staff_app.customers import draft
from workflows import actors, intake
from workflows.records import Cancellation, Case, Letter, Location, Request
from workflows.states import OrderState


@pytest.fixture
def at_check(browser, arrive, chosen):
    """At step 3, with the front desk switched on."""
    arrive()
    browser.send(**chosen)
    browser.send(switches=["HQ"])
    assert browser.path == "/r/check"
    return browser


def cases(session):
    session.rollback()
    return session.scalar(select(func.count(Case.id)))


def test_all_three_steps(at_check, session):
    at_check.send(typed=" cancel 1  location ", understood="yes")
    assert at_check.path == "/r/done/C-1001"
    assert "Nothing has been cancelled yet" in at_check.text
    assert "by Wednesday 3 March, 18:00 Central Time" in at_check.text
    asked = session.scalars(select(Request)).one()
    assert (asked.came_by, asked.category, asked.reason) == (
        "form",
        "Closing the location",
        "We close this office.",
    )
    assert asked.case.requester == "pat@acme.example"
    assert [each.name for each in session.scalars(select(Letter))] == ["received"]


def test_choosing_does_not_switch_on(browser, arrive, chosen):
    arrive()
    browser.send(**{**chosen, "locations": ["HQ", "Branch"]})
    assert browser.path == "/r/switch"
    assert "checked" not in browser.page


def test_only_what_is_switched_on_is_asked_for(browser, arrive, chosen, session):
    arrive()
    browser.send(**{**chosen, "locations": ["HQ", "Branch"]})
    browser.send(switches=["Branch"])
    browser.send(typed="CANCEL 1 LOCATION", understood="yes")
    found = select(Location.ref).join(Cancellation, Cancellation.location_id == Location.id)
    assert session.scalars(found).all() == ["Branch"]


def test_the_words_count_the_locations(browser, arrive, chosen):
    arrive()
    browser.send(**{**chosen, "locations": ["HQ", "Branch"]})
    browser.send(switches=["HQ", "Branch"])
    assert "Type CANCEL 2 LOCATIONS to send" in browser.text
    browser.send(typed="CANCEL 1 LOCATION", understood="yes")
    assert browser.status == 422
    browser.send(typed="CANCEL 2 LOCATIONS", understood="yes")
    assert browser.path == "/r/done/C-1001"


def test_going_back_finds_every_answer(at_check):
    at_check.get("/r/switch")
    assert 'value="HQ" checked' in at_check.page
    at_check.get("/r/choose")
    assert 'value="HQ" id="f-locations" checked' in at_check.page
    assert 'value="Closing the location" checked' in at_check.page
    assert "We close this office.</textarea>" in at_check.page
    for name, value in (("day", "15"), ("month", "3"), ("year", "2027")):
        assert f'name="requested_for-{name}" value="{value}"' in at_check.page


def test_a_location_given_up_in_step_one_is_switched_off(browser, arrive, chosen):
    arrive()
    browser.send(**{**chosen, "locations": ["HQ", "Branch"]})
    browser.send(switches=["HQ", "Branch"])
    browser.send("/r/choose", **chosen)
    browser.get("/r/check")
    assert "Branch office" not in browser.text


def test_steps_cannot_be_skipped(browser, arrive, chosen):
    arrive()
    for path in ("/r/switch", "/r/check"):
        browser.get(path)
        assert browser.path == "/r/choose"
    browser.send(**chosen)
    browser.get("/r/check")
    assert browser.path == "/r/switch"


def test_nothing_typed_is_lost(browser, arrive):
    arrive()
    typed = {
        "requested_for-day": "31x",
        "requested_for-month": "June",
        "reason": "Because <b>",
        "wish": "Hello",
    }
    browser.send(**typed)
    assert browser.status == 422
    assert browser.title.startswith("Error: ")
    assert 'value="31x"' in browser.page
    assert 'value="June"' in browser.page
    assert "Because &lt;b&gt;</textarea>" in browser.page
    assert "Hello</textarea>" in browser.page
    assert 'autofocus aria-labelledby="problems-h"' in browser.page


@pytest.mark.parametrize(
    ("changed", "name", "words"),
    [
        ({"locations": []}, "locations", "Choose at least one location."),
        ({"locations": ["Elsewhere"]}, "locations", "Choose at least one location."),
        ({"category": ""}, "category", "Choose a reason."),
        ({"category": "Bored"}, "category", "Choose a reason."),
        ({"reason": "  "}, "reason", "Say in your own words why you are leaving."),
        ({"reason": "x" * 501}, "reason", "Say it in 500 characters or fewer. These are 501."),
        ({"requested_for-year": ""}, "requested_for", "Give the year of the date."),
        ({"requested_for-day": "30", "requested_for-month": "2"}, "requested_for", "30 2 2027 is no date."),
        ({"requested_for-year": "27"}, "requested_for", "Choose a date from"),
        ({"requested_for-month": "ma"}, "requested_for", "15 ma 2027 is no date."),
        ({"requested_for-month": "2"}, "requested_for", "Choose a date from Mon 1 Mar 2027 on."),
        ({"requested_for-year": "2030"}, "requested_for", "Choose a date up to"),
    ],
)
def test_each_mistake_is_linked_to_its_input(browser, arrive, chosen, changed, name, words):
    arrive()
    browser.send(**{**chosen, **changed})
    assert browser.status == 422
    assert f'href="#f-{name}"' in browser.page
    assert f'id="f-{name}"' in browser.page
    assert words in browser.text


@pytest.mark.parametrize("month", ["03", "Mar", "march"])
def test_months_may_have_names(browser, arrive, chosen, month):
    arrive()
    browser.send(**{**chosen, "requested_for-month": month})
    assert browser.path == "/r/switch"


def test_no_switch_on(browser, arrive, chosen):
    arrive()
    browser.send(**chosen)
    browser.send()
    assert browser.status == 422
    assert "Switch on at least one location, or keep everything on." in browser.text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"typed": "CANCEL 1 LOCATION"}, "Say that you understand"),
        ({"understood": "yes"}, "Type CANCEL 1 LOCATION."),
        ({"understood": "yes", "typed": "yes"}, "You typed “yes”."),
    ],
)
def test_the_last_confirmation(at_check, session, form, words):
    at_check.send(**form)
    assert at_check.status == 422
    assert at_check.title.startswith("Error: ")
    assert words in at_check.text
    assert cases(session) == 0


def test_a_double_click_makes_one_case(at_check, session, client):
    form = {**at_check.hidden, "typed": "CANCEL 1 LOCATION", "understood": "yes"}
    kept = client.get_cookie(draft.COOKIE, path="/r")
    first = client.post("/r/check", data=form)
    client.set_cookie(draft.COOKIE, kept.value, path="/r")
    second, third = client.post("/r/check", data=form), client.post("/r/check", data=form)
    assert {each.headers["Location"] for each in (first, second, third)} == {"/r/done/C-1001"}
    assert cases(session) == 1


def test_another_form_of_another_key_does_not_send(at_check, session):
    at_check.send(key="other", typed="CANCEL 1 LOCATION", understood="yes")
    assert (at_check.path, cases(session)) == ("/r/check", 0)


def test_what_has_an_open_request_is_shown_and_cannot_be_chosen(browser, arrive, chosen, case):
    arrive()
    assert "Front desk: request C-1001" in browser.text
    assert 'value="HQ"' not in browser.page
    browser.send(**chosen)
    assert browser.status == 422


def test_somebody_else_was_faster(at_check, session, desk, world):
    asked = intake.NewRequest("acme", ("HQ",), world.time.now.date(), "x", "kim@acme.example", ("HQ",), True)
    intake.submit(desk, asked, at=world.time.now, by=actors.customer("kim@acme.example"))
    desk.session.commit()
    at_check.send(typed="CANCEL 1 LOCATION", understood="yes")
    assert at_check.status == 422
    assert "Front desk has an open request already: C-1001." in at_check.text
    assert cases(session) == 1


def test_the_day_has_passed_while_the_form_was_open(browser, arrive, chosen, time, session):
    arrive()
    browser.send(**{**chosen, "requested_for-day": "1"})
    browser.send(switches=["HQ"])
    time.pass_(hours=20)
    browser.send(typed="CANCEL 1 LOCATION", understood="yes")
    assert browser.status == 422
    assert 'href="/r/choose#f-requested_for"' in browser.page


def test_answers_are_forgotten_after_a_day(at_check, arrive, time):
    time.pass_(hours=24, seconds=1)
    at_check.get("/r/check")
    assert at_check.status == 403
    arrive()
    assert "We close this office." not in at_check.page


def test_answers_belong_to_one_person(at_check, arrive):
    arrive("kim@acme.example")
    assert "We close this office." not in at_check.page


def test_leaving_forgets_the_answers(at_check, arrive):
    at_check.send("/h/leave")
    assert "Nothing was sent." in at_check.text
    arrive()
    assert "We close this office." not in at_check.page


def test_numbers_by_their_last_digits_only(at_check):
    assert "0101 and 0102" in at_check.text
    assert "555" not in at_check.text


def test_prices_only_for_people_of_the_account(browser, arrive, chosen):
    arrive("intern@acme.example")
    browser.send(**chosen)
    assert "$" not in browser.text
    browser.send(switches=["HQ"])
    assert "$" not in browser.text
    arrive("KIM@acme.example")
    assert "$61.00 a month" in browser.text


def test_numbers_on_the_move_are_warned_of(browser, arrive, chosen, world):
    foc = datetime(2027, 3, 10, 15, tzinfo=UTC)
    world.books.port("P-1", "acme", ["+12565550102"], OrderState.committed, foc, at=world.time.now)
    arrive()
    browser.send(**chosen)
    assert "1 number is moving to another provider until Wednesday 10 March" in browser.text
    assert "lose the number ending 0102 for good" in browser.text


def test_canada_has_its_own_words_on_refunds(browser, arrive, chosen, world):
    world.books.add_location(
        "acme",
        "TO",
        "Toronto",
        renews_on=world.time.now.date(),
        numbers=["+14165550101"],
        jurisdiction="CA-ON",
        time_zone="America/Toronto",
    )
    arrive()
    browser.send(**{**chosen, "locations": ["TO"]})
    assert "If Monday 15 March is the last day, billing ends with it." in browser.text
    assert "The 16 days that you have paid for after it are refunded: $25.29." in browser.text
    assert "We do not refund" not in browser.text
    browser.send(switches=["TO"])
    assert browser.path == "/r/check"
    assert "are refunded: $25.29." in browser.text


def test_only_their_own_success_page(at_check, both, world, arrive):
    world.books.add_account("other", owner="lee@other.example")
    arrive("lee@other.example", "other")
    at_check.get("/r/done/C-1001")
    assert at_check.path == "/r/choose"


@pytest.mark.parametrize("path", ["/r/choose", "/r/switch", "/r/check", "/r/done/C-1001"])
def test_nothing_without_the_store(browser, acme, path):
    browser.get(path)
    assert browser.status == 403
    assert "Please start from your account" in browser.text

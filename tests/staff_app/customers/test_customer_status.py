"""The status page behind the link of a letter: what it shows, to whom, and keeping the service."""

import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from workflows import actors, books, intake, moves, porting, review
from workflows.records import Cancellation, Event, Location
from workflows.states import Action, Disposition, OrderState, State


def state_of(session, place="HQ"):
    session.rollback()
    found = select(Cancellation.state).join(Location).where(Location.ref == place)
    state = session.scalars(found.order_by(Cancellation.id.desc())).first()
    session.rollback()
    return state


def test_a_new_request(browser, case, link):
    browser.get(link(case))
    assert browser.status == 200
    assert "Front desk is still on" in browser.title
    assert "Nothing has been cancelled yet." in browser.text
    assert "by Wednesday 3 March, 18:00 Central Time" in browser.text


def test_five_steps_and_one_of_them_now(browser, case, link):
    browser.get(link(case))
    steps = re.search(r'<ol class="steps".*?</ol>', browser.page, re.DOTALL)[0]
    assert steps.count("<li") == 5
    assert steps.count('aria-current="step"') == 1


def test_last_digits_and_no_price_for_who_has_the_link_only(browser, case, link):
    browser.get(link(case))
    assert "0101, 0102" in browser.text
    assert not re.search(r"555\W*01[0-8]", browser.text)
    assert "$" not in browser.text


def test_prices_for_people_of_the_account(browser, arrive, case, link):
    arrive("kim@acme.example")
    browser.get(link(case))
    assert "Front desk costs $49.00 a month until it ends." in browser.text


def test_no_prices_for_others_of_the_account_or_of_another(browser, arrive, case, link, world):
    arrive("intern@acme.example")
    browser.get(link(case))
    assert "$" not in browser.text
    world.books.add_account("other", owner="pat@acme.example")
    arrive("pat@acme.example", "other")
    browser.get(link(case))
    assert "$" not in browser.text


def test_headers(client, case, link):
    answer = client.get(link(case))
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.headers["Cache-Control"] == "no-store"
    assert "style=" not in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize("spoil", [lambda t: t[:-2], lambda t: t + "x", lambda t: "/s/forged"])
def test_a_forged_link(browser, case, link, spoil):
    for path in ("", "/keep", "/sign"):
        browser.get(spoil(link(case)) + path)
        assert browser.status == 404
        assert "This link no longer works" in browser.text
        assert "Acme" not in browser.page


def test_an_expired_link_is_like_a_forged_one(browser, case, link, time):
    address = link(case)
    browser.get("/s/forged")
    forged = browser.text
    time.pass_(days=91)
    browser.get(address)
    assert (browser.status, browser.text) == (404, forged)


def test_showing_changes_nothing(browser, case, link, session):
    address = link(case)
    before = len(session.scalars(select(Event)).all())
    for path in ("", "/keep", "/sign"):
        browser.get(address + path)
        browser.client.head(address + path)
    session.rollback()
    assert len(session.scalars(select(Event)).all()) == before
    assert state_of(session) == State.requested


def test_keeping_it(browser, case, link, session, letters):
    browser.get(link(case) + "/keep")
    assert state_of(session) == State.requested
    browser.send()
    assert "Front desk stays on" in browser.text
    assert "We stopped what you chose to keep." in browser.text
    assert state_of(session) == State.withdrawn
    assert len(letters("withdrawn")) == 1
    event = session.scalars(select(Event).where(Event.name == "withdraw")).one()
    assert event.actor == "customer"


def test_keeping_one_of_two(browser, both, link, session):
    address = link(both)
    browser.get(f"{address}/keep?part={both.cancellations[1].id}")
    browser.send(parts=[str(both.cancellations[1].id)])
    assert (state_of(session, "HQ"), state_of(session, "Branch")) == (State.requested, State.withdrawn)


def test_keeping_all(browser, both, link, session, letters):
    browser.get(link(both) + "/keep")
    browser.send(parts=[str(part.id) for part in both.cancellations])
    assert state_of(session, "HQ") == state_of(session, "Branch") == State.withdrawn
    assert len(letters("withdrawn")) == 1


def test_choosing_nothing_to_keep(browser, both, link):
    browser.get(link(both) + "/keep")
    browser.send()
    assert browser.status == 422
    assert browser.title.startswith("Error: ")


def test_nothing_of_another_case(browser, both, link, session, world, desk):
    world.books.add_account("other", owner="lee@other.example")
    world.books.add_location("other", "Shop", renews_on=world.time.now.date(), numbers=["+12565550155"])
    asked = intake.NewRequest(
        "other", ("Shop",), world.time.now.date(), "x", "lee@other.example", ("Shop",), True
    )
    theirs = intake.submit(desk, asked, at=world.time.now, by=actors.customer())
    desk.session.commit()
    browser.get(link(both) + "/keep")
    browser.send(parts=[str(theirs.cancellations[0].id)])
    assert browser.status == 422
    assert state_of(session, "Shop") == State.requested


def test_while_scheduled_it_may_be_kept_and_not_signed(browser, case, link, confirm, session):
    confirm(case.cancellations[0])
    address = link(case)
    browser.get(address)
    assert "Front desk ends on Monday 15 March" in browser.text
    assert "0101, 0102 Ends with the location" in browser.text
    assert "Change the date" not in browser.text
    assert "Sign for the cancellation" not in browser.text
    assert "To change the date, call us." in browser.text
    browser.get(address + "/sign")
    assert "This can no longer be done on this page." in browser.text
    browser.get(address + "/keep")
    browser.send()
    assert state_of(session) == State.withdrawn


def test_it_began_meanwhile(browser, case, link, confirm, world, session):
    confirm(case.cancellations[0])
    address = link(case)
    browser.get(address + "/keep")
    form = dict(browser.hidden)
    world.time.pass_(days=14, hours=7)
    world.work(session)
    assert state_of(session) == State.terminated
    browser.hidden = form
    browser.send()
    assert browser.status == 409
    assert "This has changed in the meantime" in browser.text
    assert "system" not in browser.text


def test_blocked_can_only_be_talked_about(browser, case, link, confirm, world, session):
    world.books.fail("freeze", "denied")
    part = str(case.cancellations[0].id)
    confirm(case.cancellations[0])
    world.time.pass_(days=14, hours=7)
    world.work(session)
    assert state_of(session) == State.blocked
    address = link(case)
    browser.get(address)
    assert "Call us" in browser.text
    assert "Keep Front desk" not in browser.text
    browser.get(address + "/keep")
    assert "Call us: we can still undo it together." in browser.text
    browser.get("/s/new")
    browser.send(address + "/keep", parts=[part])
    assert browser.status == 409
    assert "Please call us" in browser.text
    assert state_of(session) == State.blocked


def test_after_the_end_only_the_record_remains(browser, arrive, case, link, confirm, world, session):
    confirm(case.cancellations[0])
    world.time.pass_(days=14, hours=7)
    world.work(session)
    arrive()
    browser.get(link(case))
    assert browser.text == (
        "Request C-1001 Front desk has ended It ended on Monday 15 March. "
        f"Confirmation number: C-1001-{case.cancellations[0].id}"
    )
    assert "Acme" not in browser.page.partition("<main")[2]
    assert "$" not in browser.page


def test_waiting_for_a_transfer(browser, case, link, world, desk, agent):
    foc = datetime(2027, 3, 10, 15, tzinfo=UTC)
    world.books.port("P-1", "acme", ["+12565550101"], OrderState.committed, foc, at=world.time.now)
    porting.told(desk, "P-1", world.time.now)
    review.defer(desk, case.cancellations[0], by=agent, at=world.time.now)
    desk.session.commit()
    browser.get(link(case))
    assert "Front desk stays on for now" in browser.text
    assert "We are waiting for 1 number to move to your new provider." in browser.text
    assert "expected Wed 10 Mar" in browser.text
    assert "0101 Moves on Wed 10 Mar 0102 Not decided yet" in browser.text


def test_the_transfer_is_complete(browser, case, link, world, desk, agent):
    for state in (OrderState.requested, OrderState.completed):
        world.books.port("P-1", "acme", ["+12565550101"], state, at=world.time.now)
        porting.told(desk, "P-1", world.time.now)
        if state == OrderState.requested:
            review.defer(desk, case.cancellations[0], by=agent, at=world.time.now)
    desk.session.commit()
    browser.get(link(case))
    assert "Your numbers have moved, and Front desk is still on" in browser.text
    assert "We do not end service without your word." in browser.text


def test_declined(browser, case, link, desk, agent, world):
    review.decline(
        desk, case.cancellations[0], by=agent, at=world.time.now, reason="You called +12565550101."
    )
    desk.session.commit()
    browser.get(link(case))
    assert "We could not go on with your request" in browser.text
    assert "…0101" in browser.text
    assert "+1256555" not in browser.page.partition("<main")[2]


def test_looking_again(browser, case, link, confirm, desk, world):
    confirm(case.cancellations[0])
    moves.move(desk, case.cancellations[0], Action.recheck, at=world.time.now, by=actors.SYSTEM)
    desk.session.commit()
    browser.get(link(case))
    assert "We are looking at your request again before anything ends." in browser.text


def test_late(browser, case, link, world):
    world.time.pass_(days=3)
    browser.get(link(case))
    assert "We should have spoken to you by now." in browser.text


def test_several_locations_each_in_a_sentence(browser, both, link, confirm):
    confirm(both.cancellations[1])
    browser.get(link(both))
    assert "Your request for 2 locations" in browser.title
    assert "Front desk is still on Branch office ends on Monday 15 March" in browser.text


def test_moved_numbers(browser, case, link, desk):
    numbers = case.cancellations[0].location.numbers
    numbers[0].disposition = Disposition.moved
    numbers[0].moved_to = next(each for each in case.account.locations if each.ref == "Branch")
    desk.session.commit()
    browser.get(link(case))
    assert "0101 Moved to Branch office" in browser.text


@pytest.fixture
def canadian(case, desk, world):
    world.books.shelf.location("HQ").jurisdiction = "CA-ON"
    world.books.set_master("HQ", "+12565550101")
    books.read(desk, "acme", world.time.now)
    desk.session.commit()
    return case


def test_canada_gets_the_paid_days_back(browser, arrive, canadian, link):
    browser.get(link(canadian))
    said = "If Monday 15 March is the last day, billing ends with it."
    assert f"{said} The 12 days that you have paid for after it are refunded. " in browser.text
    assert "We do not refund" not in browser.text
    arrive("pat@acme.example")
    browser.get(link(canadian))
    assert "are refunded: $21.00." in browser.text


def test_canada_once_the_day_is_set(browser, arrive, canadian, link, confirm):
    confirm(canadian.cancellations[0])
    arrive("pat@acme.example")
    browser.get(link(canadian))
    assert "Billing ends with Monday 15 March. The 12 days" in browser.text


def test_canada_when_the_asked_day_has_passed(browser, arrive, canadian, link, time):
    time.pass_(days=20)
    arrive("pat@acme.example")
    browser.get(link(canadian))
    assert "are refunded, day by day: $1.75 a day." in browser.text

"""Asking for another last day: a wish that reaches the staff, and moves nothing by itself."""

import pytest
from sqlalchemy import select

from staff_app import next_steps
from staff_app.words import Say
from tests.staff_app.people_at_work import Person, words
from workflows import actors, talking
from workflows.records import Cancellation, Event, User
from workflows.reports import case_page
from workflows.states import Channel, Outcome

WANTED = {"wanted__day": "20", "wanted__month": "3", "wanted__year": "2027"}


@pytest.fixture
def wished(browser, case, link, session):
    """The customer asks for Saturday 20 March; what the session read before is old."""
    address = link(case)
    browser.get(address + "/date")
    browser.send(**WANTED)
    session.expire_all()
    return address


@pytest.fixture
def staff(app, session):
    user = session.scalars(select(User).where(User.email == "agent@desk.example")).one()
    session.rollback()
    return Person(app, user.id, user.session_mark)


def part_of(session):
    session.rollback()
    found = session.scalars(select(Cancellation)).one()
    session.refresh(found)
    session.rollback()
    return found


def next_step(desk, case, at):
    return next_steps.of(Say(desk, at), case_page.read(desk, case, at).row).words


def test_it_is_a_wish_and_no_date(browser, wished, session):
    assert "We have the date that you ask for." in browser.text
    assert "You ask for Saturday 20 March as the last day, instead of Monday 15 March." in browser.text
    part = part_of(session)
    assert (part.state, part.agreed_for, str(part.date_wish)) == ("requested", None, "2027-03-20")
    event = session.scalars(select(Event).where(Event.name == "date_asked")).one()
    assert (event.actor, event.facts["wanted"]) == ("customer", "2027-03-20")


def test_the_staff_see_it_and_are_told_to_answer(wished, desk, case, world, staff):
    assert "asks for Sat 20 Mar instead" in next_step(desk, case, world.time.now)
    desk.session.rollback()
    page = words(staff.get("/cases/C-1001"))
    assert "The customer asks for Sat 20 Mar instead." in page
    assert "nobody has answered yet" in page
    assert "The customer asks for another date" in page
    assert "asks for Sat 20 Mar instead" in words(staff.get("/queue"))
    assert "The customer asks for Sat 20 Mar instead." in words(staff.get("/cases/C-1001/confirm"))


def reach(desk, case, agent, at, outcome):
    talking.log_contact(desk, case, by=agent, at=at, channel=Channel.phone, outcome=outcome)
    desk.session.commit()


def test_who_was_not_reached_has_no_answer(wished, desk, case, world, agent):
    reach(desk, case, agent, world.time.now, Outcome.no_answer)
    assert "asks for Sat 20 Mar" in next_step(desk, case, world.time.now)


def test_it_is_answered_by_talking_and_settled_by_a_date(
    wished, browser, desk, case, world, agent, staff, confirm, session
):
    reach(desk, case, agent, world.time.now, Outcome.reached)
    assert "asks for" not in next_step(desk, case, world.time.now)
    desk.session.rollback()
    assert "Answered. The date changes when it is confirmed." in words(staff.get("/cases/C-1001"))
    confirm(case.cancellations[0])
    assert part_of(session).date_wish is None
    browser.get(wished)
    assert "You ask for" not in browser.text


def test_a_signature_with_a_date_settles_it(wished, desk, case, world, session):
    by, at = actors.customer("pat@acme.example"), world.time.now
    talking.sign(desk, case, case.cancellations, by=by, at=at, wanted=at.date().replace(day=21))
    desk.session.commit()
    part = part_of(session)
    assert (part.date_wish, part.date_wish_at) == (None, None)


def test_the_same_wish_twice_is_told_once(browser, wished, session):
    browser.get(wished + "/date")
    browser.send(**WANTED)
    assert browser.status == 200
    assert len(session.scalars(select(Event).where(Event.name == "date_asked")).all()) == 1


@pytest.mark.parametrize(
    ("day", "month", "said"),
    [
        ("", "", "Say on which day service should end."),
        ("31", "2", "31 2 2027 is no date."),
        ("1", "2", "Choose a date from Mon 1 Mar 2027 on."),
        ("15", "3", "This is the date that stands now."),
    ],
)
def test_what_is_no_other_date_is_told_at_its_input(browser, case, link, session, day, month, said):
    browser.get(link(case) + "/date")
    browser.send(wanted__day=day, wanted__month=month, wanted__year="2027" if day else "")
    assert browser.status == 422
    assert browser.title.startswith("Error: ")
    assert said in browser.text
    assert 'href="#f-wanted"' in browser.page
    assert f'name="wanted-day" value="{day}"' in browser.page
    assert part_of(session).date_wish is None


def test_of_two_locations_it_is_said_which(browser, both, link, session):
    browser.get(link(both) + "/date")
    browser.send(**WANTED)
    assert browser.status == 422
    assert "Choose for what you want another date." in browser.text
    browser.send(parts=[str(both.cancellations[1].id)], **WANTED)
    session.expire_all()
    wishes = [str(each.date_wish) for each in session.scalars(select(Cancellation).order_by(Cancellation.id))]
    assert wishes == ["None", "2027-03-20"]


def test_once_it_is_scheduled_there_is_the_phone(browser, case, link, confirm, session):
    address = link(case)
    browser.get(address + "/date")
    form = dict(browser.hidden)
    confirm(case.cancellations[0])
    browser.hidden = form
    browser.send(address + "/date", **WANTED)
    assert browser.status == 409
    assert "This has changed in the meantime" in browser.text
    assert "call us about another date" in browser.text
    assert part_of(session).date_wish is None


def test_a_forged_link(browser, case, link):
    browser.get(link(case)[:-2] + "/date")
    assert browser.status == 404
    browser.get("/s/new")
    browser.send(link(case)[:-2] + "/date", **WANTED)
    assert browser.status == 404

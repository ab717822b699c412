"""Why it has not begun: every line of gate B with its state now, on every scheduled cancellation."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from workflows import brakes
from workflows.config import policy
from workflows.desk import Desk
from workflows.records import Cancellation
from workflows.states import State

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture
def part(desk: Desk) -> Cancellation:
    return acts.scheduled(desk, MONDAY)


def page_of(person: Person, part: Cancellation) -> str:
    return words(person.get(f"/cases/{part.case.reference}"))


def due(desk: Desk, world: World, part: Cancellation) -> None:
    assert part.run_at is not None
    world.time.now = part.run_at
    world.work(desk.session)


def test_before_its_moment_it_tells_what_will_be_asked(part: Cancellation, agent: Person) -> None:
    page = page_of(agent, part)
    assert "What is asked when its moment comes Its moment has come : waits It comes Fri 12 Mar 18:00" in page
    assert "It is not too late : clear It may begin until Sun 14 Mar 18:00" in page
    assert "Terminations are on : clear The stop switch is off." in page
    assert "Nothing changed since the confirmation : clear" in page
    assert "A second approval, where it is large : clear An end of this size needs none." in page
    assert "The caps leave room : clear 0 of 20 begins in the last hour, 0 of 5 today." in page


def test_a_stop_holds_it(desk: Desk, world: World, part: Cancellation, agent: Person) -> None:
    brakes.stop_all(desk, by=acts.staff(desk, "manager"), at=MONDAY)
    desk.session.commit()
    due(desk, world, part)
    page = page_of(agent, part)
    assert "Why it has not begun Its moment has come : clear It came Fri 12 Mar 18:00" in page
    assert "Terminations are on : waits All terminations are stopped by Manager." in page
    assert "Everything is asked again Sun 14 Mar 18:00" in page


def test_a_change_sends_it_back(desk: Desk, part: Cancellation, agent: Person) -> None:
    part.location.numbers[0].disposition = "moved"
    desk.session.commit()
    page = page_of(agent, part)
    assert "Nothing changed since the confirmation : not clear A number, a service or a decision" in page
    assert "It goes back to a person when its moment comes." in page


def test_a_large_one_waits_for_its_approval(
    desk: Desk, world: World, part: Cancellation, agent: Person
) -> None:
    part.location.monthly_price = Decimal("5000.00")
    desk.session.commit()
    assert "where it is large : waits A termination of this size needs a second" in page_of(agent, part)
    brakes.approve(desk, part, by=acts.staff(desk, "manager"), at=MONDAY)
    desk.session.commit()
    assert "where it is large : clear Approved by Manager." in page_of(agent, part)


def test_a_full_cap_says_when_it_is_asked_again(
    desk: Desk, world: World, part: Cancellation, agent: Person
) -> None:
    world.house.settings = policy.over(world.house.settings, {"termination.per_hour": 1})
    desk = world.house.desk(desk.session)
    other = acts.scheduled(desk, MONDAY, locations=("Branch",))
    due(desk, world, part)
    assert {part.state, other.state} == {State.terminated, State.scheduled}
    waiting = part if part.state == State.scheduled else other
    assert waiting.case.closed_at is None
    desk.session.commit()
    page = page_of(agent, waiting)
    assert "The caps leave room : waits As many terminations as an hour may have have begun." in page
    assert "It is asked again today 19:00." in page


def test_a_platform_that_is_away_is_told(desk: Desk, world: World, part: Cancellation, agent: Person) -> None:
    world.books.fail("read", "unreachable", 5)
    due(desk, world, part)
    assert part.state == State.scheduled
    page = page_of(agent, part)
    assert "The platform could not be read at its moment; it is tried again every minute." in page
    assert "Everything is asked again today 18:01" in page


def test_only_what_is_scheduled_shows_it(desk: Desk, agent: Person) -> None:
    case = acts.submit(desk, MONDAY, requested_for=date(2027, 3, 12) + timedelta(1))
    assert "What is asked when its moment comes" not in words(agent.get(f"/cases/{case.reference}"))

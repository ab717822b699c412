"""The run log: filters in the address, pages by key, a fixed number of queries. And one run's ledger."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from tests.staff_app.test_lists import counted
from workflows import review
from workflows.desk import Desk
from workflows.records import Cancellation, Run
from workflows.states import OrderState, State, StepState

pytestmark = pytest.mark.usefixtures("acme")
LINK = re.compile(r'<a href="/runs/(\d+)"')


def ran(desk: Desk, world: World, location: str = "HQ", **faults: int) -> Cancellation:
    """A cancellation whose moment has come and whose run went as far as it can."""
    part = acts.scheduled(desk, world.time.now, locations=(location,))
    for answer, times in faults.items():
        world.books.fail("disable_trunks", answer, times)
    assert part.run_at is not None
    world.time.now = part.run_at
    world.work(desk.session)
    return part


def later(desk: Desk, world: World) -> None:
    """Over the ladder of tries."""
    for minutes in (1, 5, 30):
        world.time.pass_(minutes=minutes)
        world.work(desk.session)


def blocked(desk: Desk, world: World, location: str = "HQ") -> Cancellation:
    part = ran(desk, world, location, error=4)
    later(desk, world)
    assert part.state == State.blocked
    return part


def test_the_log_tells_how_each_run_stands(desk: Desk, world: World, agent: Person) -> None:
    ran(desk, world, "Branch")
    world.time.now = MONDAY
    blocked(desk, world)
    page = words(agent.get("/runs"))
    assert "Front desk Acme Dental, C-1002 Stopped: needs somebody 2 of 9 done" in page
    assert "Branch office Acme Dental, C-1001 Ended for good 7 of 7 done" in page
    assert "The platform answered: error. It was tried 4 times." in page


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["2", "1"]),
        ("state=blocked", ["2"]),
        ("state=finished", ["1"]),
        ("state=blocked&state=finished", ["2", "1"]),
        ("state=undone", []),
        ("state=under_way", []),
        ("state=nonsense", ["2", "1"]),
        ("q=branch", ["1"]),
        ("q=C-1002", ["2"]),
        ("q=acme", ["2", "1"]),
        ("q=nobody", []),
        ("from=2027-03-12&to=2027-03-12", ["2", "1"]),
        ("from=2027-03-13", []),
        ("to=2027-03-11", []),
        ("from=soon", ["2", "1"]),
        ("before=2", ["1"]),
        ("state=blocked&q=branch", []),
    ],
)
def test_filters_stand_in_the_address(
    desk: Desk, world: World, agent: Person, asked: str, found: list[str]
) -> None:
    ran(desk, world, "Branch")
    world.time.now = MONDAY
    blocked(desk, world)
    assert LINK.findall(agent.read(f"/runs?{asked}")) == found


def test_pages_go_by_key_and_keep_the_filters(
    desk: Desk, world: World, agent: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = blocked(desk, world)
    for _ in range(3):
        again = Run(cancellation_id=part.id, begun_at=world.time.now, progress_at=world.time.now)
        desk.session.add(again)
    desk.session.commit()
    monkeypatch.setattr("workflows.reports.runs.page.__defaults__", (2,))
    first = agent.read("/runs?state=blocked&q=acme")
    assert LINK.findall(first) == ["4", "3"]
    onward = re.findall(r'href="([^"]+)" rel="next"', first)[0].replace("&amp;", "&")
    assert LINK.findall(agent.read(onward)) == ["2", "1"]
    assert 'rel="next"' not in agent.read(onward)
    assert "Back to the first" in agent.read(onward)


def test_queries_do_not_grow_with_runs(app: Flask, desk: Desk, world: World, agent: Person) -> None:
    part = blocked(desk, world)
    agent.read("/runs")
    with counted(app) as with_one:
        agent.read("/runs")
    for _ in range(20):
        desk.session.add(Run(cancellation_id=part.id, begun_at=world.time.now, progress_at=world.time.now))
    desk.session.commit()
    with counted(app) as with_many:
        agent.read("/runs")
    assert len(with_many) == len(with_one)


def test_a_run_shows_its_whole_ledger(desk: Desk, world: World, agent: Person) -> None:
    part = blocked(desk, world)
    run = desk.session.query(Run).one()
    stuck = next(step for step in run.steps if step.name == "disable_trunks")
    assert (stuck.state, len(stuck.calls)) == (StepState.failed, 4)
    reference = part.case.reference
    desk.session.commit()
    page = words(agent.get(f"/runs/{run.id}"))
    assert "2 of 9 steps done" in page
    assert "The run did not finish." in page
    assert page.count(" Error ") == 4
    for step in run.steps:
        assert step.request_id in page
    assert "token" in page
    offered = agent.read(f"/runs/{run.id}")
    for act in ("retry", "defer", "withdraw"):
        assert f"/cases/{reference}/{act}/{part.id}" in offered


def test_what_is_done_for_good_cannot_be_taken_back(desk: Desk, world: World, agent: Person) -> None:
    world.books.fail("remove_e911", "denied")
    part = ran(desk, world)
    page = agent.read("/runs/1")
    assert f"/retry/{part.id}" in page
    assert "/withdraw/" not in page


def test_a_retry_from_the_run_goes_on(desk: Desk, world: World, agent: Person) -> None:
    part = blocked(desk, world)
    path = re.findall(r'href="([^"]+/retry/\d+)"', agent.read("/runs/1"))[0]
    assert agent.send(path).status_code == 303
    desk.session.expire_all()
    world.work(desk.session)
    assert part.state == State.terminated
    page = words(agent.get("/runs/1"))
    assert "Ended for good" in page
    assert "Retry the run" not in page


def test_the_next_try_of_a_step_stands_in_the_ledger(desk: Desk, world: World, agent: Person) -> None:
    ran(desk, world, error=1)
    page = words(agent.get("/runs/1"))
    assert "Under way" in page
    assert "The next step comes" in page
    step = next(each for each in desk.session.query(Run).one().steps if each.next_try_at)
    assert step.next_try_at == world.time.now + timedelta(minutes=1)


def test_an_undone_run_says_so(desk: Desk, world: World, agent: Person) -> None:
    part = blocked(desk, world)
    review.withdraw(desk, part, by=acts.staff(desk), at=world.time.now)
    desk.session.commit()
    assert LINK.findall(agent.read("/runs?state=undone")) == ["1"]
    page = words(agent.get("/runs/1"))
    assert "What was done was undone." in page
    assert page.count("Undone") >= 3


def test_an_open_intent_is_told(desk: Desk, world: World, agent: Person) -> None:
    """A worker that died between the intent and the answer."""
    ran(desk, world)
    call = desk.session.query(Run).one().steps[0].calls[0]
    call.answer, call.answered_at = "", None
    desk.session.commit()
    assert "none was written down" in words(agent.get("/runs/1"))


def test_who_may_what(desk: Desk, world: World, admin: Person, agent: Person) -> None:
    blocked(desk, world)
    page = admin.read("/runs/1")
    assert "/cases/" not in page
    assert "Retry the run" not in page
    assert agent.get("/runs/99").status_code == 404


def test_a_port_that_opened_is_told_with_its_skip(desk: Desk, world: World, agent: Person) -> None:
    part = acts.scheduled(desk, MONDAY)
    assert part.run_at is not None
    world.time.now = part.run_at
    world.books.fail("remove_e911", "error")
    world.work(desk.session)
    world.books.port("P1", "acme", ["+12565550101"], OrderState.committed, at=world.time.now)
    world.time.pass_(minutes=1)
    world.work(desk.session)
    page = words(agent.get("/runs/1"))
    assert "Skipped" in page
    assert "Port order P1 is open for 0101." in page

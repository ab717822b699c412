"""What waits for a second approval: the same on the page, in the rail and for the act itself."""

import re
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from tests.staff_app.test_lists import counted
from workflows import brakes
from workflows.config import Settings
from workflows.config.settings import SecondApproval, Termination
from workflows.desk import Desk
from workflows.records import Cancellation
from workflows.states import State

pytestmark = pytest.mark.usefixtures("acme")
COUNTED = re.compile(r'href="/approvals"[^>]*>.*?</a>', re.DOTALL)


@pytest.fixture
def settings() -> Settings:
    limit = SecondApproval(numbers=1, monthly=Decimal("1000.00"))
    return Settings(termination=Termination(second_approval=limit))


def in_the_rail(manager: Person) -> str:
    found = COUNTED.findall(manager.read("/queue"))[0]
    return "".join(re.findall(r'class="ct[^"]*">([^<]*)<', found))


def listed(manager: Person) -> list[str]:
    return re.findall(r'href="(/cases/[^"]+/approve/\d+)"', manager.read("/approvals"))


def dear(world: World, desk: Desk, number: int) -> Cancellation:
    ref = f"dear-{number}"
    world.books.add_account(ref, f"Dear {number}", owner=f"o@{ref}.example")
    world.books.add_location(
        ref,
        f"{ref}-1",
        f"Tower {number}",
        renews_on=date(2027, 3, 28),
        numbers=[f"+1205555{number:04d}"],
        monthly_price=Decimal("1000.01"),
    )
    return acts.scheduled(desk, MONDAY, account=ref, locations=(f"{ref}-1",), by=f"o@{ref}.example")


def test_many_numbers_and_a_high_price_wait(desk: Desk, world: World, manager: Person) -> None:
    assert in_the_rail(manager) == ""
    many = acts.scheduled(desk, MONDAY)
    small = acts.scheduled(desk, MONDAY, locations=("Branch",))
    one = dear(world, desk, 1)
    assert listed(manager) == [f"/cases/{each.case.reference}/approve/{each.id}" for each in (many, one)]
    assert in_the_rail(manager) == "2"
    page = words(manager.get("/approvals"))
    assert "Front desk Acme Dental, C-1001 Fri 12 Mar 18:00 Central 2 large" in page
    assert "$1,000.01 large" in page
    assert "Agent today 10:00" in page
    assert small.location.name not in page


def test_approving_leads_to_the_act_and_empties_the_list(desk: Desk, manager: Person) -> None:
    acts.scheduled(desk, MONDAY)
    assert manager.send(listed(manager)[0]).status_code == 303
    assert listed(manager) == []
    assert in_the_rail(manager) == ""
    assert "Nothing waits for an approval." in words(manager.get("/approvals"))


def test_whoever_confirmed_does_not_approve(desk: Desk, manager: Person) -> None:
    case = acts.submit(desk, MONDAY)
    acts.reach(desk, case, MONDAY)
    acts.dispose(desk, case.cancellations[0], MONDAY)
    acts.confirm(desk, case.cancellations[0], MONDAY, name="manager")
    assert listed(manager) == []
    assert "Somebody else has to approve" in words(manager.get("/approvals"))
    assert in_the_rail(manager) == "1"


@pytest.mark.parametrize("again", [False, True])
def test_the_list_agrees_with_the_gate(desk: Desk, world: World, manager: Person, again: bool) -> None:
    """Of a run that stopped what is left counts; what was approved before need not be approved again."""
    part = acts.scheduled(desk, MONDAY)
    brakes.approve(desk, part, by=acts.staff(desk, "manager2"), at=MONDAY)
    desk.session.commit()
    world.books.fail("remove_e911", "denied")
    assert part.run_at is not None
    world.time.now = part.run_at
    world.work(desk.session)
    assert part.state == State.blocked
    if again:
        part.approved_steps = [step for step in part.approved_steps if "0102" not in step]
        desk.session.commit()
    waits = brakes.steps_to_approve(desk, part) is not None
    desk.session.commit()
    assert waits == again
    assert bool(listed(manager)) == waits
    assert in_the_rail(manager) == ("1" if waits else "")
    if waits:
        assert "Run failed" in words(manager.get("/approvals"))


def test_a_plan_that_grew_waits_again(desk: Desk, manager: Person) -> None:
    part = acts.scheduled(desk, MONDAY)
    brakes.approve(desk, part, by=acts.staff(desk, "manager2"), at=MONDAY)
    part.approved_steps = [step for step in part.approved_steps if step != "remove_services"]
    desk.session.commit()
    assert brakes.steps_to_approve(desk, part)
    desk.session.commit()
    assert in_the_rail(manager) == "1"
    assert len(listed(manager)) == 1


def test_pages_go_by_key_with_a_fixed_number_of_queries(
    app: Flask, desk: Desk, world: World, manager: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = [dear(world, desk, number) for number in range(1, 4)]
    manager.read("/approvals")
    with counted(app) as with_three:
        manager.read("/approvals")
    parts += [dear(world, desk, number) for number in range(4, 8)]
    with counted(app) as with_seven:
        manager.read("/approvals")
    assert len(with_seven) == len(with_three)
    monkeypatch.setattr("workflows.reports.approvals.page.__defaults__", (None, 4))
    first = manager.read("/approvals")
    onward = re.findall(r'href="([^"]+)" rel="next"', first)[0]
    second = manager.read(onward)
    shown = [int(each) for page in (first, second) for each in re.findall(r'/approve/(\d+)"', page)]
    assert shown == [part.id for part in parts]
    assert 'rel="next"' not in second
    assert manager.get("/approvals?after=nonsense").status_code == 200

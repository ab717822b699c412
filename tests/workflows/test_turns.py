"""New cases in turn: who is here and has waited longest gets the next one."""

import pytest

from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.test_lists import _customer
from workflows.config.settings import Assignment, Settings
from workflows.desk import Desk
from workflows.records import Case, User


@pytest.fixture
def settings() -> Settings:
    return Settings(assignment=Assignment(round_robin=True))


def _new(desk: Desk, world: World, number: int) -> Case:
    ref = _customer(world, number)
    return acts.submit(desk, MONDAY, account=ref, locations=(f"{ref}-1",), by=f"owner@{ref}.example")


def _away(desk: Desk, *names: str) -> None:
    for user in desk.session.query(User):
        user.is_away = user.email.split("@")[0] in names
    desk.session.commit()


def test_agents_get_new_cases_in_turn(desk: Desk, world: World) -> None:
    owners = [_new(desk, world, number).owner for number in range(1, 5)]
    assert [each and each.email for each in owners] == ["agent@desk.example", "agent2@desk.example"] * 2
    given = acts.events(desk, "assigned")
    assert [(each.actor, each.facts["to"]) for each in given[:2]] == [
        ("system", "agent@desk.example"),
        ("system", "agent2@desk.example"),
    ]


def test_who_is_away_is_passed_over(desk: Desk, world: World) -> None:
    _away(desk, "agent")
    owner = _new(desk, world, 1).owner
    assert owner and owner.email == "agent2@desk.example"
    _away(desk, "agent", "agent2")
    assert _new(desk, world, 2).owner is None


@pytest.mark.parametrize("settings", [Settings()])
def test_switched_off_nobody_gets_one(desk: Desk, world: World) -> None:
    assert _new(desk, world, 1).owner is None
    assert acts.events(desk, "assigned") == []

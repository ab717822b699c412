"""Holds, overrides, approvals, the stop switch, owners."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from tests import acts
from tests.conftest import MONDAY, World
from workflows import actors, brakes, gates, review
from workflows.config import Settings
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.records import Cancellation
from workflows.states import State

pytestmark = pytest.mark.usefixtures("acme")


def run_moment(part: Cancellation) -> datetime:
    assert part.run_at is not None
    return part.run_at


def code(act: object, *args: object, **kwargs: object) -> str:
    with pytest.raises(Refused) as refused:
        act(*args, **kwargs)  # type: ignore[operator]
    [only] = refused.value.codes
    return only


def test_a_hold_is_a_managers_and_only_one(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    manager = acts.staff(desk, "manager")
    assert code(brakes.hold, desk, case, by=acts.staff(desk), at=MONDAY, reason="Legal") == "not_allowed"
    assert code(brakes.release, desk, case, by=manager, at=MONDAY) == "out_of_date"
    assert code(brakes.hold, desk, case, by=manager, at=MONDAY, reason=" ") == "invalid"
    brakes.hold(desk, case, by=manager, at=MONDAY, reason="Legal")
    assert code(brakes.hold, desk, case, by=manager, at=MONDAY, reason="Legal") == "out_of_date"
    brakes.release(desk, case, by=manager, at=MONDAY)
    assert gates.open_hold(desk, case.id) is None


def test_what_a_hold_held_begins_at_its_release(desk: Desk, world: World) -> None:
    part = acts.scheduled(desk, MONDAY)
    manager = acts.staff(desk, "manager")
    brakes.hold(desk, part.case, by=manager, at=MONDAY, reason="Legal")
    world.time.now = run_moment(part) + timedelta(hours=5)
    world.work(desk.session)
    assert (part.state, part.waits_for) == (State.scheduled, ["on_hold"])
    brakes.release(desk, part.case, by=manager, at=world.time.now)
    world.work(desk.session)
    assert part.state == State.terminated


@pytest.mark.parametrize("gate", ["numbers_undecided", "port_pending", "too_late", "plan_drift", "stopped"])
def test_nobody_overrides_these(desk: Desk, gate: str) -> None:
    part = acts.submit(desk, MONDAY).cancellations[0]
    by = acts.staff(desk, "manager")
    assert code(brakes.override, desk, part, gate, by=by, at=MONDAY, reason="Now") == "not_allowed"


def test_an_override_covers_one_code_until_it_is_requested_again(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    part, by = case.cancellations[0], acts.staff(desk, "manager")
    assert code(brakes.override, desk, part, "moon", by=by, at=MONDAY, reason="Now") == "invalid"
    assert code(brakes.override, desk, part, "not_contacted", by=by, at=MONDAY, reason="") == "invalid"
    brakes.override(desk, part, "not_contacted", by=by, at=MONDAY, reason="A signed paper")
    codes = {line.code for line in gates.unmet(gates.gate_a(desk, part, MONDAY))}
    assert codes == {"not_authorised", "numbers_undecided"}
    acts.dispose(desk, part, MONDAY, "porting")
    review.defer(desk, part, by=by, at=MONDAY)
    assert "not_contacted" in {line.code for line in gates.unmet(gates.gate_a(desk, part, MONDAY))}


class TestApprovals:
    @pytest.fixture
    def settings(self) -> Settings:
        return Settings.model_validate({"termination": {"second_approval": {"monthly": Decimal("10.00")}}})

    def test_a_large_plan_waits_for_another_manager(self, desk: Desk, world: World) -> None:
        case = acts.submit(desk, MONDAY)
        part = case.cancellations[0]
        acts.reach(desk, case, MONDAY)
        acts.dispose(desk, part, MONDAY)
        acts.confirm(desk, part, MONDAY, name="manager")
        assert acts.letters(desk, to_customer=False) == ["approval_needed"]
        assert code(brakes.approve, desk, part, by=acts.staff(desk), at=MONDAY) == "not_allowed"
        own = acts.staff(desk, "manager")
        assert code(brakes.approve, desk, part, by=own, at=MONDAY) == "needs_second_approval"
        world.time.now = run_moment(part)
        world.work(desk.session)
        assert part.waits_for == ["needs_second_approval"]
        other = acts.staff(desk, "manager2")
        brakes.approve(desk, part, by=other, at=world.time.now)
        world.work(desk.session)
        assert part.state == State.terminated
        assert code(brakes.approve, desk, part, by=other, at=MONDAY) == "out_of_date"


def test_the_stop_switch_needs_somebody_else_to_start_again(desk: Desk, world: World) -> None:
    part = acts.scheduled(desk, MONDAY)
    manager, admin = acts.staff(desk, "manager"), acts.staff(desk, "admin")
    assert code(brakes.start_again, desk, by=admin, at=MONDAY) == "out_of_date"
    assert code(brakes.stop_all, desk, by=acts.staff(desk), at=MONDAY) == "not_allowed"
    brakes.stop_all(desk, by=manager, at=MONDAY, reason="A wrong list")
    world.time.now = run_moment(part)
    world.work(desk.session)
    assert part.waits_for == ["stopped"]
    assert code(brakes.start_again, desk, by=manager, at=world.time.now) == "needs_second_approval"
    brakes.start_again(desk, by=admin, at=world.time.now)
    world.work(desk.session)
    assert part.state == State.terminated


def test_an_owner_does_case_work(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    by = acts.staff(desk)
    assert code(brakes.assign, desk, case, by=by, at=MONDAY, to=acts.staff(desk, "admin").user) == "invalid"
    brakes.assign(desk, case, by=by, at=MONDAY, to=by.user)
    assert case.owner is by.user
    review.withdraw(desk, case.cancellations[0], by=actors.customer(), at=MONDAY)
    assert code(brakes.assign, desk, case, by=by, at=MONDAY, to=by.user) == "out_of_date"

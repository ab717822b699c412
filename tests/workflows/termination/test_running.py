"""Runs: once, safely, in order; what fails, what stays unknown, who may go on."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from tests import acts
from tests.conftest import MONDAY, World
from workflows import acting, actors, review
from workflows.adapters.sandbox import WorkerKilled
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.records import Call, Cancellation, Run, Step
from workflows.states import OrderState, State
from workflows.termination import beginning, lease, ledger, running

pytestmark = pytest.mark.usefixtures("acme")
FULL = [
    "freeze",
    "stop_renewal",
    "disable_trunks",
    "remove_services",
    "remove_e911",
    "release:+12565550101",
    "release:+12565550102",
    "remove_trunks",
    "revoke_access",
]


@pytest.fixture
def part(desk: Desk, world: World) -> Cancellation:
    made = acts.scheduled(desk, MONDAY)
    assert made.run_at is not None
    world.time.now = made.run_at
    return made


def pass_time(desk: Desk, world: World, **parts: float) -> None:
    world.time.pass_(**parts)
    world.work(desk.session)


def test_every_step_once_and_in_order(desk: Desk, world: World, part: Cancellation) -> None:
    world.work(desk.session)
    assert part.state == State.terminated
    assert world.books.steps["HQ"] == FULL
    assert world.books.violations == []
    assert acts.letters(desk)[-1] == "terminated"
    calls = desk.session.scalars(select(Call)).all()
    assert all(call.answer == "applied" and call.answered_at for call in calls)
    assert part.location.ended_at == world.time.now


def test_the_second_time_there_is_nothing_to_do(desk: Desk, world: World, part: Cancellation) -> None:
    world.work(desk.session)
    world.work(desk.session)
    assert world.books.steps["HQ"] == FULL
    assert acts.letters(desk).count("terminated") == 1


def test_errors_are_tried_again_on_the_ladder(desk: Desk, world: World, part: Cancellation) -> None:
    world.books.fail("freeze", "error", 3)
    world.work(desk.session)
    for minutes, applied in ((1, []), (5, []), (30, FULL)):
        pass_time(desk, world, minutes=minutes)
        assert world.books.steps["HQ"] == applied


def test_a_step_that_fails_for_good_blocks_with_its_reason(
    desk: Desk, world: World, part: Cancellation
) -> None:
    world.books.fail("stop_renewal", "denied")
    world.work(desk.session)
    assert part.state == State.blocked
    assert "stop_renewal" in part.blocked_why
    assert "run_blocked" in acts.letters(desk, to_customer=False)


def test_unknown_is_read_and_never_called_twice(desk: Desk, world: World, part: Cancellation) -> None:
    world.books.fail("disable_trunks", "timeout_applied")
    world.work(desk.session)
    assert world.books.steps["HQ"] == FULL
    answers = desk.session.scalars(select(Call.answer).where(Call.name == "disable_trunks")).all()
    assert answers == ["timeout"]


def test_an_outcome_that_stays_unknown_blocks_and_is_looked_up_by_a_retry(
    desk: Desk, world: World, part: Cancellation
) -> None:
    world.books.fail("freeze", "error")
    world.books.fail("disable_trunks", "timeout_applied")
    world.work(desk.session)
    world.books.fail("read", "unreachable", 4)
    for minutes in (1, 1, 5, 30):
        pass_time(desk, world, minutes=minutes)
    assert part.state == State.blocked
    assert ledger.irreversible_is_done(ledger.newest(desk, part))
    acting.retry_runs(desk, [part], by=acts.staff(desk), at=world.time.now)
    world.work(desk.session)
    assert world.books.steps["HQ"] == FULL


def test_a_number_with_an_open_port_is_skipped_and_the_others_go_on(
    desk: Desk, world: World, part: Cancellation
) -> None:
    world.books.fail("remove_e911", "error")
    world.work(desk.session)
    world.books.port("P-1", "acme", ["+12565550101"], OrderState.requested, at=world.time.now)
    pass_time(desk, world, minutes=1)
    assert part.state == State.blocked
    assert world.books.released == ["+12565550102"]
    with pytest.raises(Refused) as refused:
        acting.retry_runs(desk, [part], by=acts.staff(desk), at=world.time.now)
    assert "port_pending" in refused.value.codes


def test_a_number_that_is_wanted_after_all_is_not_released(
    desk: Desk, world: World, part: Cancellation
) -> None:
    world.books.fail("remove_e911", "error")
    world.work(desk.session)
    acts.dispose(desk, part, world.time.now, "undecided")
    pass_time(desk, world, minutes=1)
    assert part.state == State.blocked
    assert world.books.released == []


def test_a_killed_worker_is_followed_by_another_after_the_lease(
    desk: Desk, world: World, part: Cancellation
) -> None:
    world.books.crash("release:+12565550101")
    with pytest.raises(WorkerKilled):
        world.work(desk.session)
    desk.session.rollback()
    world.work(desk.session)
    assert part.state == State.terminating
    pass_time(desk, world, seconds=60)
    assert part.state == State.terminated
    assert world.books.steps["HQ"] == FULL


def test_a_worker_that_lost_its_lease_changes_nothing(desk: Desk, world: World, part: Cancellation) -> None:
    run = _begun(desk, world, part)
    mine = lease.claim(desk, run.id, "one", world.time.now)
    assert mine is not None
    old = running.Worker(desk, mine, world.time.read, lambda: False)
    world.time.pass_(seconds=61)
    assert lease.claim(desk, run.id, "two", world.time.now) is not None
    desk.session.commit()
    with pytest.raises(lease.LostLease):
        old.go_on()
    assert world.books.steps["HQ"] == []


def test_a_leased_run_is_nobody_elses(desk: Desk, world: World, part: Cancellation) -> None:
    run = _begun(desk, world, part)
    assert lease.claim(desk, run.id, "one", world.time.now) is not None
    assert lease.claim(desk, run.id, "two", world.time.now + timedelta(seconds=59)) is None


def test_the_platform_denies_an_older_worker(desk: Desk, world: World, part: Cancellation) -> None:
    run = _begun(desk, world, part)
    world.books.shelf.location("HQ").fencing = 10**12
    with pytest.raises(lease.LostLease):
        running.work(desk, run.id, "one", world.time.read)
    assert world.books.steps["HQ"] == []


def _begun(desk: Desk, world: World, part: Cancellation) -> Run:
    beginning.try_to_begin(desk, part, world.time.now)
    desk.session.commit()
    run = ledger.newest(desk, part)
    assert run is not None
    return run


def test_blocked_early_is_reverted_completely(desk: Desk, world: World, part: Cancellation) -> None:
    world.books.fail("disable_trunks", "denied")
    world.work(desk.session)
    review.withdraw(desk, part, by=acts.staff(desk), at=world.time.now)
    desk.session.commit()
    assert part.state == State.withdrawn
    assert world.books.steps["HQ"] == ["freeze", "stop_renewal", "undo:stop_renewal", "undo:freeze"]


def test_a_later_run_of_the_location_is_not_taken_for_an_old_worker(
    desk: Desk, world: World, part: Cancellation
) -> None:
    world.books.fail("disable_trunks", "error", 4)
    for minutes in (0, 1, 5, 30):
        pass_time(desk, world, minutes=minutes)
    review.withdraw(desk, part, by=acts.staff(desk), at=world.time.now)
    again = acts.scheduled(desk, world.time.now, requested_for=date(2027, 3, 19))
    assert again.run_at is not None
    world.time.now = again.run_at
    world.work(desk.session)
    assert again.state == State.terminated


def test_a_customer_cannot_withdraw_what_is_blocked(desk: Desk, world: World, part: Cancellation) -> None:
    world.books.fail("freeze", "denied")
    world.work(desk.session)
    with pytest.raises(Refused) as refused:
        review.withdraw(desk, part, by=actors.customer(), at=world.time.now)
    assert refused.value.codes == {"not_allowed"}


def test_a_revert_that_fails_keeps_it_blocked(desk: Desk, world: World, part: Cancellation) -> None:
    world.books.fail("disable_trunks", "denied")
    world.work(desk.session)
    world.books.fail("undo:freeze", "error")
    with pytest.raises(Refused) as refused:
        review.withdraw(desk, part, by=acts.staff(desk), at=world.time.now)
    assert refused.value.codes == {"unreachable"}
    desk.session.commit()
    assert part.state == State.blocked
    world.time.pass_(seconds=61)
    review.withdraw(desk, part, by=acts.staff(desk), at=world.time.now)
    assert world.books.steps["HQ"] == ["freeze", "stop_renewal", "undo:stop_renewal", "undo:freeze"]


def test_what_is_irreversible_cannot_be_withdrawn(desk: Desk, world: World, part: Cancellation) -> None:
    world.books.fail("remove_e911", "denied")
    world.work(desk.session)
    with pytest.raises(Refused) as refused:
        review.withdraw(desk, part, by=acts.staff(desk), at=world.time.now)
    assert refused.value.codes == {"out_of_date"}


def test_a_retry_repeats_nothing(desk: Desk, world: World, part: Cancellation) -> None:
    world.books.fail("release:+12565550101", "denied")
    world.work(desk.session)
    assert world.books.released == ["+12565550102"]
    acting.retry_runs(desk, [part], by=acts.staff(desk), at=world.time.now)
    world.work(desk.session)
    assert part.state == State.terminated
    names = desk.session.scalars(select(Step.name).where(Step.state == "done")).all()
    assert sorted(names) == sorted(FULL)

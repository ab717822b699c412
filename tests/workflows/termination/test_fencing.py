"""Fencing: a worker that lost its lease changes nothing, wherever it slept; a lease outlasts its calls."""

import threading
import time as world_time
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from tests import acts
from tests.conftest import MONDAY, World
from workflows import acting, brakes, jobs, review, talking
from workflows.adapters.platform import AccountBook, Answer, NumberBook, Purpose, StepCall
from workflows.adapters.sandbox import SandboxPlatform
from workflows.desk import Desk
from workflows.errors import Overtaken, Refused
from workflows.records import Call, Cancellation, Run, Step
from workflows.states import State
from workflows.termination import beginning, lease, ledger, running

pytestmark = pytest.mark.usefixtures("acme")
Nap = Callable[[], None]


class Drowsy(SandboxPlatform):
    """A platform during whose answers something happens to the worker, once each."""

    def __init__(self, real: SandboxPlatform) -> None:
        super().__init__(real.books, real.now, real.timeout)
        self.naps: dict[str, Nap] = {}

    def _nap(self, when: str) -> None:
        self.naps.pop(when, lambda: None)()

    def account(self, ref: str, purpose: Purpose) -> AccountBook | None:
        seen = super().account(ref, purpose)
        self._nap(f"read {purpose}")
        return seen

    def number(self, location: str, number: str) -> NumberBook:
        seen = super().number(location, number)
        self._nap("number")
        return seen

    def apply(self, call: StepCall) -> Answer:
        self._nap(f"before {call.step}")
        answer = super().apply(call)
        self._nap(f"after {call.step}")
        return answer


@pytest.fixture
def platform(world: World) -> Drowsy:
    drowsy = Drowsy(world.house.platform)  # type: ignore[arg-type]
    world.house.platform = drowsy
    return drowsy


@pytest.fixture
def run(platform: Drowsy, desk: Desk, world: World) -> Run:
    desk.platform = platform
    part = acts.scheduled(desk, MONDAY)
    assert part.run_at is not None
    world.time.now = part.run_at
    beginning.try_to_begin(desk, part, world.time.now)
    desk.session.commit()
    made = ledger.newest(desk, part)
    assert made is not None
    return made


@pytest.fixture
def overslept(world: World, engine: Engine, run: Run) -> Nap:
    """The lease passes, and another worker takes the run and finishes it."""

    def sleep() -> None:
        world.time.pass_(seconds=61)
        with Session(engine) as session:
            running.work(world.house.desk(session), run.id, "other", world.time.read)

    return sleep


@pytest.mark.parametrize(
    ("when", "fault"),
    [
        ("before freeze", ""),
        ("after freeze", ""),
        ("after release:+12565550101", ""),
        ("number", ""),
        ("read after_timeout", "timeout_applied"),
        ("read after_timeout", "timeout_not_applied"),
    ],
)
def test_who_overslept_changes_nothing(
    world: World, desk: Desk, run: Run, platform: Drowsy, overslept: Nap, when: str, fault: str
) -> None:
    if fault:
        world.books.fail("disable_trunks", fault)
    platform.naps[when] = overslept
    with pytest.raises(lease.LostLease):
        running.work(desk, run.id, "mine", world.time.read)
    assert_others_work_stands(world, desk, run)


def assert_others_work_stands(world: World, desk: Desk, run: Run) -> None:
    desk.session.expire_all()
    steps = world.books.steps["HQ"]
    assert len(steps) == len(set(steps))
    assert world.books.violations == []
    assert run.cancellation.state == State.terminated
    assert {step.state for step in run.steps} == {"done"}
    assert acts.letters(desk).count("terminated") == 1


def test_the_log_says_that_a_lease_was_lost(
    world: World, desk: Desk, run: Run, platform: Drowsy, overslept: Nap
) -> None:
    platform.naps["after freeze"] = overslept
    with capture_logs() as said:
        jobs.do(world.shift(desk.session), next(job for job in jobs.JOBS if job.name == "run"))
    [line] = [each for each in said if each["event"] == "lost_lease"]
    assert (line["row"], line["worker"], line["log_level"]) == (run.id, "test", "warning")


def test_each_call_carries_the_token_of_its_claim(world: World, desk: Desk, run: Run) -> None:
    running.work(desk, run.id, "mine", world.time.read)
    tokens = set(desk.session.scalars(select(Call.fencing)))
    assert tokens == {run.fencing} == {call.fencing for call in world.books.calls}


def test_tokens_rise_also_after_an_older_state_was_restored(world: World, desk: Desk, run: Run) -> None:
    first = lease.claim(desk, run.id, "one", world.time.now)
    assert first is not None
    seen = first.fencing
    first.fencing, first.lease_until = 0, None
    desk.session.commit()
    second = lease.claim(desk, run.id, "two", world.time.pass_(seconds=1))
    assert second is not None
    assert second.fencing > seen


def test_two_claims_in_one_second_have_two_tokens(world: World, desk: Desk, run: Run) -> None:
    first = lease.claim(desk, run.id, "one", world.time.now)
    assert first is not None
    before = first.fencing
    lease.give_back(desk, first, before, world.time.now)
    second = lease.claim(desk, run.id, "two", world.time.now)
    assert second is not None
    assert second.fencing == before + 1


def test_a_lease_is_made_to_last_before_every_call_and_read(
    world: World, desk: Desk, run: Run, platform: Drowsy, engine: Engine
) -> None:
    """Every answer takes 50 seconds of a lease of 60: nobody else ever gets the run."""
    slow: list[Any] = []

    def doze() -> None:
        world.time.pass_(seconds=50)
        with Session(engine) as session:
            slow.append(lease.claim(world.house.desk(session), run.id, "other", world.time.now))

    names = [step.name for step in run.steps]
    platform.naps = {f"before {name}": doze for name in names} | {"number": doze}
    running.work(desk, run.id, "mine", world.time.read)
    assert len(slow) == len(names) + 1
    assert slow == [None] * len(slow)
    assert run.cancellation.state == State.terminated


def test_no_call_that_the_lease_might_not_outlast(
    world: World, desk: Desk, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit that takes long, such as one that waits for a full disk or a frozen machine."""
    commit = desk.session.commit

    def slow_commit() -> None:
        commit()
        if desk.session.scalar(select(Step.id).where(Step.state == "calling")):
            world.time.pass_(seconds=51)
        desk.session.rollback()

    monkeypatch.setattr(desk.session, "commit", slow_commit)
    with pytest.raises(lease.LostLease, match="might end before the platform answers"):
        running.work(desk, run.id, "mine", world.time.read)
    assert world.books.calls == []
    monkeypatch.undo()
    world.time.pass_(seconds=61)
    running.work(desk, run.id, "other", world.time.read)
    assert run.cancellation.state == State.terminated
    assert world.books.steps["HQ"].count("freeze") == 1


def test_a_claim_takes_only_what_is_due(world: World, desk: Desk, run: Run) -> None:
    """A worker that comes late to its list must not hold a run for nothing."""
    run.next_at = None
    desk.session.commit()
    running.work(desk, run.id, "late", world.time.read)
    assert run.lease_until is None


def test_who_is_leaving_hands_the_run_over(world: World, desk: Desk, run: Run) -> None:
    running.work(desk, run.id, "leaving", world.time.read, lambda: len(world.books.calls) == 2)
    assert len(world.books.steps["HQ"]) == 2
    assert (run.lease_until, run.next_at) == (None, world.time.now)
    running.work(desk, run.id, "next", world.time.read)
    assert run.cancellation.state == State.terminated


def test_nothing_is_locked_while_the_platform_answers(
    world: World, desk: Desk, run: Run, platform: Drowsy, engine: Engine
) -> None:
    """Another process writes in the middle of every call and read, at once."""
    waited: list[float] = []

    def write() -> None:
        began = world_time.monotonic()
        with Session(engine) as session:
            session.get_one(Cancellation, run.cancellation_id).case.requester = "kim@acme.example"
            session.commit()
        waited.append(world_time.monotonic() - began)

    world.books.fail("freeze", "timeout_applied")
    names = [step.name for step in run.steps]
    platform.naps = {f"before {name}": write for name in names}
    platform.naps |= {"number": write, "read after_timeout": write}
    running.work(desk, run.id, "mine", world.time.read)
    assert len(waited) == len(names) + 2
    assert max(waited) < 5


def test_the_gate_locks_nothing_while_the_platform_answers(
    world: World, desk: Desk, platform: Drowsy, engine: Engine
) -> None:
    desk.platform = platform
    part = acts.scheduled(desk, MONDAY)
    done = threading.Event()

    def write() -> None:
        with Session(engine) as session:
            session.get_one(Cancellation, part.id).case.requester = "kim@acme.example"
            session.commit()
        done.set()

    assert part.run_at is not None
    platform.naps["read gate"] = write
    beginning.try_to_begin(desk, part, part.run_at)
    desk.session.commit()
    assert done.is_set()


# Who decides about a blocked run holds it like a worker


@pytest.fixture
def blocked(world: World, desk: Desk, run: Run) -> Cancellation:
    world.books.fail("disable_trunks", "denied")
    running.work(desk, run.id, "mine", world.time.read)
    assert run.cancellation.state == State.blocked
    return run.cancellation


def test_a_retry_during_a_revert_is_told_to_wait(
    world: World, desk: Desk, blocked: Cancellation, platform: Drowsy, engine: Engine
) -> None:
    told: list[Refused] = []

    def retry() -> None:
        with Session(engine) as session:
            other = world.house.desk(session)
            part = session.get_one(Cancellation, blocked.id)
            with pytest.raises(Refused) as refused:
                acting.retry_runs(other, [part], by=acts.staff(other), at=world.time.now)
            told.append(refused.value)
            session.rollback()

    platform.naps["after undo:stop_renewal"] = retry
    review.withdraw(desk, blocked, by=acts.staff(desk), at=world.time.now)
    desk.session.commit()
    assert told[0].codes == {"out_of_date"}
    assert blocked.state == State.withdrawn


def test_a_revert_that_overslept_is_overtaken(
    world: World, desk: Desk, blocked: Cancellation, platform: Drowsy, engine: Engine
) -> None:
    def sleep() -> None:
        world.time.pass_(minutes=10)
        with Session(engine) as session:
            other = world.house.desk(session)
            part = session.get_one(Cancellation, blocked.id)
            acting.retry_runs(other, [part], by=acts.staff(other), at=world.time.now)
            session.commit()

    platform.naps["after undo:stop_renewal"] = sleep
    with pytest.raises(Overtaken):
        review.withdraw(desk, blocked, by=acts.staff(desk), at=world.time.now)
    desk.session.rollback()
    assert blocked.state == State.terminating
    assert_ends_completely(world, desk, blocked)


def assert_ends_completely(world: World, desk: Desk, part: Cancellation) -> None:
    """What was undone half-way is done again."""
    world.work(desk.session)
    assert part.state == State.terminated
    book = world.books.account("acme")
    shown = book.location("HQ") if book else None
    assert shown is not None
    assert (shown.frozen, shown.renewal_on) == (True, False)
    assert world.books.violations == []


def test_a_revert_that_was_killed_leaves_nothing_unknown(
    world: World, desk: Desk, blocked: Cancellation, platform: Drowsy
) -> None:
    def die() -> None:
        raise KeyboardInterrupt

    platform.naps["after undo:stop_renewal"] = die
    with pytest.raises(KeyboardInterrupt):
        review.withdraw(desk, blocked, by=acts.staff(desk), at=world.time.now)
    desk.session.rollback()
    world.time.pass_(minutes=10)
    acting.retry_runs(desk, [blocked], by=acts.staff(desk), at=world.time.now)
    assert_ends_completely(world, desk, blocked)


def test_a_revert_that_failed_may_be_tried_again_at_once(
    world: World, desk: Desk, blocked: Cancellation
) -> None:
    world.books.fail("undo:freeze", "error")
    with pytest.raises(Refused):
        review.withdraw(desk, blocked, by=acts.staff(desk), at=world.time.now)
    review.withdraw(desk, blocked, by=acts.staff(desk), at=world.time.now)
    assert blocked.state == State.withdrawn


# The stop switch


def test_a_stop_comes_before_the_next_step(
    world: World, desk: Desk, run: Run, platform: Drowsy, engine: Engine
) -> None:
    def stop() -> None:
        with Session(engine) as session:
            other = world.house.desk(session)
            brakes.stop_all(other, by=acts.staff(other, "manager"), at=world.time.now)
            session.commit()

    platform.naps["number"] = stop
    running.work(desk, run.id, "mine", world.time.read)
    assert "release:+12565550101" not in world.books.steps["HQ"]
    assert (run.lease_until, run.next_at) == (None, world.time.now)
    brakes.start_again(desk, by=acts.staff(desk, "admin"), at=world.time.now)
    running.work(desk, run.id, "mine", world.time.read)
    assert run.cancellation.state == State.terminated


def test_what_people_do_to_the_case_during_a_run_stays(
    world: World, desk: Desk, run: Run, platform: Drowsy, engine: Engine
) -> None:
    seen: list[int] = []

    def write() -> None:
        with Session(engine) as session:
            other = world.house.desk(session)
            case = session.get_one(Cancellation, run.cancellation_id).case
            talking.add_note(other, case, by=acts.staff(other), at=world.time.now, text="They called.")
            session.commit()
            seen.append(case.version)

    platform.naps["number"] = write
    running.work(desk, run.id, "mine", world.time.read)
    desk.session.expire_all()
    assert run.cancellation.case.version > seen[0]

"""One step after the other: write the intent, call the platform, record the answer.

These are the only commits outside the callers': an intent must be on disk before the platform is
called, and an answer before the next step. Each proves that the lease is still ours and makes it last
from now: what a worker writes carries its token, or is not written. While the platform answers, no
transaction is open: nobody waits for a slow platform."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, bindparam, case, exists, func, or_, select

from workflows import books, rows
from workflows.actors import SYSTEM
from workflows.adapters.platform import Answer, Purpose, StepCall, is_applied
from workflows.desk import Desk
from workflows.errors import Unreachable
from workflows.history import note
from workflows.letters import customer, staff
from workflows.moves import move
from workflows.records import Call, Number, Run, Step, Stop
from workflows.states import Action, Disposition, StepState
from workflows.termination import guards, lease
from workflows.termination.ledger import TO_DO, UNSETTLED, UNSURE
from workflows.termination.plan import AFTER_RELEASES

_AT: BindParameter[datetime] = bindparam("at")
_NUMBER = (
    select(Number)
    .where(Number.location_id == bindparam("place"), Number.e164 == bindparam("number"))
    .execution_options(populate_existing=True)
)
_DUE = (
    select(Run.id)
    .where(Run.next_at <= _AT, or_(Run.lease_until.is_(None), Run.lease_until <= _AT))
    .order_by(Run.next_at, Run.id)
)
LADDER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
"""How long after a failed try the next one comes; after the last it has failed for good."""

Now = Callable[[], datetime]


_READY = case((Run.lease_until > Run.next_at, Run.lease_until), else_=Run.next_at)
NEXT_WORK = select(func.min(_READY)).where(Run.next_at.is_not(None), ~exists().where(Stop.ended_at.is_(None)))
"""When a worker may next take a step: not before the run's own time, nor while it is leased or stopped."""


def due(desk: Desk, at: datetime) -> list[int]:
    return [] if guards.is_stopped(desk) else rows.ids(desk.session, _DUE, {"at": at})


def work(
    desk: Desk, run_id: int, worker: str, now: Now, is_leaving: Callable[[], bool] = lambda: False
) -> None:
    """Claims a run and takes its steps until it is over, has to wait, or the worker leaves.

    Raises lease.LostLease."""
    run = lease.claim(desk, run_id, worker, now(), only_due=True)
    desk.session.commit()
    if run is not None:
        Worker(desk, run, now, is_leaving).go_on()


class Worker:
    """One claim of one run."""

    def __init__(self, desk: Desk, run: Run, now: Now, is_leaving: Callable[[], bool]) -> None:
        self.desk, self.run, self.now, self.fencing = desk, run, now, run.fencing
        self.is_leaving = is_leaving
        self.part, self.progress_at = run.cancellation, run.progress_at

    def go_on(self) -> None:
        """Run and steps are nobody else's while the lease lasts, so they are read once."""
        session = self.desk.session
        session.expire(self.run, ["steps"])
        before, session.expire_on_commit = session.expire_on_commit, False
        try:
            self._go_on()
        finally:
            session.expire_on_commit = before

    def _go_on(self) -> None:
        while (step := self._next_step()) is not None:
            if (until := self._wait_until(step)) is not None:
                self._pause(until)
                return
            self._take(step)
            self._keep()
        self._end()
        self.desk.session.commit()

    def _keep(self) -> datetime:
        """Commits what was done, if the run is still ours. Returns until when the lease lasts now."""
        until = lease.renew(self.desk, self.run, self.fencing, self.now(), self.progress_at)
        self.desk.session.commit()
        return until

    def _wait_until(self, step: Step) -> datetime | None:
        """None where the step may be taken now. The stop switch holds a run before its next step."""
        now = self.now()
        if self.is_leaving() or guards.is_stopped(self.desk):
            return now
        return step.next_try_at if step.next_try_at and step.next_try_at > now else None

    def _pause(self, until: datetime) -> None:
        lease.give_back(self.desk, self.run, self.fencing, until)
        self.desk.session.commit()

    def _next_step(self) -> Step | None:
        """The first step not over; None where nothing is left, or nothing may be done any more."""
        for step in sorted(self.run.steps, key=lambda each: each.position):
            if step.state in UNSETTLED and not _is_release(step):
                return None
            if step.state in TO_DO:
                return None if step.name in AFTER_RELEASES and self._is_half_done() else step
        return None

    def _is_half_done(self) -> bool:
        return any(step.state in UNSETTLED for step in self.run.steps)

    def _take(self, step: Step) -> None:
        if step.state in UNSURE and self._learn(step):
            return
        if _is_release(step) and not self._may_release(step):
            return
        self._call(step)

    def _learn(self, step: Step) -> bool:
        """Reads whether a step of unknown outcome was applied. True where it is not to be called now."""
        try:
            applied = self._reads_as_applied(step)
        except Unreachable as why:
            self._write(step, state=StepState.unknown)
            self._try_later(step, f"Its outcome is unknown, and the platform could not be read: {why}")
            return True
        if applied:
            self._done(step, "The platform's books show it as done.")
        else:
            self._write(step, state=StepState.pending)
        return applied

    def _reads_as_applied(self, step: Step) -> bool:
        place, account, name = self.part.location.ref, self.part.location.account.ref, step.name
        self._keep()
        book = self.desk.platform.account(account, Purpose.after_timeout)
        return is_applied(name, book.location(place) if book else None)

    def _may_release(self, step: Step) -> bool:
        """The last look at a number before it goes for good."""
        number = self._number(step)
        if number.disposition != Disposition.not_needed:
            return self._skip(step, f"{number.last_four} is {number.disposition} now, no longer not needed.")
        place, e164 = self.part.location.ref, number.e164
        self._keep()
        try:
            book = self.desk.platform.number(place, e164)
        except Unreachable as why:
            self._try_later(step, f"The number could not be read: {why}")
            return False
        if not book.held:
            self._done(step, "It is no longer held at this location.")
            return False
        if book.open_order is not None:
            return self._skip(step, f"Port order {book.open_order} is open for {number.last_four}.")
        return True

    def _number(self, step: Step) -> Number:
        asked = {"place": self.part.location_id, "number": step.name.removeprefix("release:")}
        return self.desk.session.scalars(_NUMBER, asked).one()

    def _skip(self, step: Step, why: str) -> bool:
        self._write(step, state=StepState.skipped, reason=why)
        self._tell(step, "step_skipped", why)
        return False

    def _call(self, step: Step) -> None:
        """A stop that was thrown meanwhile comes first: the round begins anew and is held."""
        guards.pass_the_switch(self.desk)
        if guards.is_stopped(self.desk):
            return
        asked = StepCall(self.part.location.ref, step.name, step.request_id, self.fencing)
        call = self._intend(step)
        answer = self.desk.platform.apply(asked)
        rows.change(self.desk.session, Call, call, {"answer": answer, "answered_at": self.now()})
        self._record(step, answer)

    def _intend(self, step: Step) -> int:
        """The intent, on disk. Where that took so long that the lease might end during the call, another
        worker goes on from it. Returns the call's id. Raises LostLease."""
        at = self.progress_at = self.now()
        self._write(step, state=StepState.calling, tries=step.tries + 1)
        intent = {"step_id": step.id, "name": step.name, "fencing": self.fencing, "intended_at": at}
        call = rows.add(self.desk.session, Call, intent)
        until = self._keep()
        if not lease.outlasts_a_call(self.desk, until, self.now()):
            raise lease.LostLease("The lease might end before the platform answers: the step was not called.")
        return call

    def _record(self, step: Step, answer: Answer) -> None:
        match answer:
            case Answer.applied | Answer.gone:
                self._done(step, "" if answer == Answer.applied else "It was gone already.")
            case Answer.denied:
                self._fail(step, "The platform refused it.")
            case Answer.port_open:
                self._skip(step, "The platform answers that a port order is open.")
            case Answer.timeout:
                self._timed_out(step)
            case Answer.stale:
                self.desk.session.rollback()
                raise lease.LostLease(f"The platform has seen a newer worker for run {self.run.id}.")
            case Answer.error | Answer.unreachable:
                self._write(step, state=StepState.pending)
                self._count_failed_try(step, f"The platform answered: {answer}.")

    def _timed_out(self, step: Step) -> None:
        """Unknown, never failed: the platform is read at once."""
        self._write(step, state=StepState.unknown)
        self._tell(step, "step_unknown", "The call timed out.")
        try:
            applied = self._reads_as_applied(step)
        except Unreachable as why:
            self._count_failed_try(step, f"It timed out, and the platform could not be read: {why}")
            return
        if applied:
            self._done(step, "It timed out; the platform's books show it as done.")
        else:
            self._write(step, state=StepState.pending)
            self._count_failed_try(step, "It timed out, and was not applied.")

    def _try_later(self, step: Step, why: str) -> None:
        """A try that did not get as far as a call."""
        self._write(step, tries=step.tries + 1)
        self._count_failed_try(step, why)

    def _count_failed_try(self, step: Step, why: str) -> None:
        if step.tries <= len(LADDER):
            self._write(step, reason=why, next_try_at=self.now() + LADDER[step.tries - 1])
            self._tell(step, "step_put_off", why)
        else:
            self._fail(step, f"{why} It was tried {step.tries} times.")

    def _fail(self, step: Step, why: str) -> None:
        """Failed for good; one whose outcome is unknown stays unknown. Either stops the run."""
        state = StepState.stuck if step.state == StepState.unknown else StepState.failed
        self._write(step, state=state, reason=why, next_try_at=None)
        self._tell(step, "step_failed", why)

    def _done(self, step: Step, why: str) -> None:
        self._write(step, state=StepState.done, done_at=self.now(), reason=why, next_try_at=None)
        if step.name == "disable_trunks":
            rows.put(self.desk.session, self.part.location, {"trunks_enabled": False})
        if _is_release(step) and (number := self._number(step)).held:
            books.released(self.desk, number, self.now())
        self._tell(step, "step_done", why)

    def _tell(self, step: Step, name: str, why: str) -> None:
        """A platform's answer leaves an event; the step's number only by its last digits."""
        label = f"release:{step.name[-4:]}" if _is_release(step) else step.name
        note(
            self.desk,
            name,
            at=self.now(),
            by=SYSTEM,
            cancellation=self.part,
            why=why,
            step=label,
            tries=step.tries,
        )
        self.progress_at = self.now()

    def _write(self, step: Step, **values: Any) -> None:
        rows.put(self.desk.session, step, values)

    def _end(self) -> None:
        """The case may have gone on meanwhile: it is read anew."""
        self.desk.session.expire_all()
        at = self.now()
        unsettled = [step for step in self.run.steps if step.state in UNSETTLED]
        lease.give_back(self.desk, self.run, self.fencing, None)
        if unsettled:
            self._stop(unsettled, at)
        else:
            self._finish(at)

    def _stop(self, unsettled: list[Step], at: datetime) -> None:
        why = " ".join(f"{_label(step)}: {step.reason}" for step in unsettled)
        self.part.blocked_why = why
        move(self.desk, self.part, Action.stop, at=at, by=SYSTEM, why=why)
        staff.run_blocked(self.desk, self.part, at, why)

    def _finish(self, at: datetime) -> None:
        rows.put(self.desk.session, self.run, {"ended_at": at})
        rows.put(self.desk.session, self.part.location, {"ended_at": at, "renewal_notice_at": None})
        move(self.desk, self.part, Action.finish, at=at, by=SYSTEM)
        customer.terminated(self.desk, self.part, at)


def _is_release(step: Step) -> bool:
    return step.name.startswith("release:")


def _label(step: Step) -> str:
    return f"release of {step.name[-4:]}" if _is_release(step) else step.name

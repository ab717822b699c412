"""Undoing a blocked run while nothing irreversible is done: the reversible steps, in reverse order."""

import uuid
from datetime import datetime, timedelta

from workflows import clock
from workflows.actors import SYSTEM
from workflows.adapters.platform import Answer, Purpose, StepCall, is_applied
from workflows.desk import Desk
from workflows.errors import Line, Overtaken, Refused, Unreachable
from workflows.history import note
from workflows.records import Call, Cancellation, Run, Step
from workflows.states import State, StepState
from workflows.termination import lease, ledger
from workflows.termination.plan import REVERSIBLE


def too_late(desk: Desk, part: Cancellation) -> list[Line]:
    """The line of a blocked cancellation of which something cannot be undone any more."""
    if part.state != State.blocked or not ledger.irreversible_is_done(ledger.newest(desk, part)):
        return []
    return [Line("out_of_date", f"Part of {part.location.name} has ended for good: that cannot be undone.")]


def revert(desk: Desk, part: Cancellation, at: datetime) -> None:
    """Reverts a blocked run; does nothing for a cancellation without one. Raises Refused (`unreachable`)."""
    run = ledger.newest(desk, part) if part.state == State.blocked else None
    if run is None or run.ended_at is not None:
        return
    claimed = lease.claim(desk, run.id, "revert", at, lasting=_long_enough(desk))
    if claimed is None:
        raise Refused.because("out_of_date", "Somebody else is working on this run. Try again in a minute.")
    fencing = claimed.fencing
    desk.session.commit()
    try:
        _undo_all(desk, part, run, fencing, at)
    except lease.LostLease as lost:
        raise Overtaken(Line("out_of_date", str(lost))) from lost
    run.ended_at = at


def _long_enough(desk: Desk) -> timedelta:
    """For all that may be asked: of each step a read, a call and another read."""
    longest = 3 * len(REVERSIBLE) * desk.platform.timeout
    return clock.lasting(longest + desk.settings.termination.lease_seconds)


def _undo_all(desk: Desk, part: Cancellation, run: Run, fencing: int, at: datetime) -> None:
    try:
        for step in reversed([each for each in run.steps if each.name in REVERSIBLE]):
            _undo(desk, part, run, step, fencing, at)
    except Refused:
        lease.give_back(desk, run, fencing, None)
        desk.session.commit()
        raise
    lease.give_back(desk, run, fencing, None)


def _undo(desk: Desk, part: Cancellation, run: Run, step: Step, fencing: int, at: datetime) -> None:
    """Unknown until the answer is kept: who goes on after a crash reads first. A step that is done anew
    needs a new request id, or the platform would take it for the old one."""
    if not _is_there(desk, part, step):
        return
    call = Call(step=step, name=f"undo:{step.name}", fencing=fencing, intended_at=at)
    desk.session.add(call)
    asked = StepCall(part.location.ref, f"undo:{step.name}", f"{step.request_id}-undo", fencing)
    step.state, step.request_id = StepState.unknown, uuid.uuid4().hex
    lease.prove(desk, run, fencing, at)
    desk.session.commit()
    answer = desk.platform.apply(asked)
    call.answer, call.answered_at = answer, at
    if not _was_undone(desk, part, step, answer):
        words = f"The platform did not undo {step.name} ({answer}). What is undone stays undone; try again."
        raise Refused.because("unreachable", words)
    step.state, step.reverted_at = StepState.left_out, at
    note(desk, "step_reverted", at=at, by=SYSTEM, cancellation=part, step=step.name)


def _is_there(desk: Desk, part: Cancellation, step: Step) -> bool:
    """Whether there is anything to undo; a step of unknown outcome is looked up."""
    if step.state == StepState.done:
        return True
    if step.state not in (*ledger.UNSURE, StepState.stuck):
        return False
    return _shows(desk, part, step)


def _shows(desk: Desk, part: Cancellation, step: Step) -> bool:
    name, place, account = step.name, part.location.ref, part.location.account.ref
    desk.session.commit()
    try:
        book = desk.platform.account(account, Purpose.after_timeout)
    except Unreachable as why:
        raise Refused.because("unreachable", f"The platform could not be read: {why}") from why
    return book is not None and is_applied(name, book.location(place))


def _was_undone(desk: Desk, part: Cancellation, step: Step, answer: Answer) -> bool:
    if answer == Answer.timeout:
        return not _shows(desk, part, step)
    return answer in (Answer.applied, Answer.gone)

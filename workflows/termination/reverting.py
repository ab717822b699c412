"""Undoing a blocked run while nothing irreversible is done: the reversible steps, in reverse order."""

from datetime import datetime

from workflows.actors import SYSTEM
from workflows.adapters.platform import Answer, Purpose, StepCall, is_applied
from workflows.desk import Desk
from workflows.errors import Line, Refused, Unreachable
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
    claimed = lease.claim(desk, run.id, "revert", at)
    if claimed is None:
        raise Refused.because("out_of_date", "Somebody else is working on this run. Try again in a minute.")
    fencing = claimed.fencing
    for step in reversed([each for each in run.steps if each.name in REVERSIBLE]):
        _undo(desk, part, run, step, fencing, at)
    lease.give_back(desk, run, fencing, None)
    run.ended_at = at


def _undo(desk: Desk, part: Cancellation, run: Run, step: Step, fencing: int, at: datetime) -> None:
    if not _is_there(desk, part, step):
        return
    call = Call(step=step, name=f"undo:{step.name}", fencing=fencing, intended_at=at)
    desk.session.add(call)
    lease.renew(desk, run, fencing, at)
    desk.session.commit()
    answer = desk.platform.apply(
        StepCall(part.location.ref, f"undo:{step.name}", f"{step.request_id}-undo", fencing)
    )
    call.answer, call.answered_at = answer, at
    if not _was_undone(desk, part, step, answer):
        desk.session.commit()
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
    try:
        book = desk.platform.account(part.location.account.ref, Purpose.after_timeout)
    except Unreachable as why:
        raise Refused.because("unreachable", f"The platform could not be read: {why}") from why
    return book is not None and is_applied(step.name, book.location(part.location.ref))


def _was_undone(desk: Desk, part: Cancellation, step: Step, answer: Answer) -> bool:
    if answer == Answer.timeout:
        return not _shows(desk, part, step)
    return answer in (Answer.applied, Answer.gone)

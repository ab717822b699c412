"""Brakes and releases: holds, overrides, second approvals, the stop switch, who owns a case."""

from datetime import datetime

from workflows import allowed, gates, restoring, waiting
from workflows.actors import Actor
from workflows.desk import Desk
from workflows.errors import Line, Refused
from workflows.history import note
from workflows.records import Cancellation, Case, Hold, Override, Stop, User
from workflows.standing import restand
from workflows.states import State
from workflows.termination import guards, plan
from workflows.termination.ledger import steps_left


def hold(desk: Desk, case: Case, *, by: Actor, at: datetime, reason: str | None) -> None:
    """Stops confirm, reschedule, retry and begin; neither the clocks nor a run under way."""
    user = allowed.manager(by)
    lines = allowed.closed(case)
    if gates.open_hold(desk, case.id):
        lines.append(Line("out_of_date", f"{case.reference} is on hold already."))
    if reason is not None and not reason.strip():
        lines.append(Line("invalid", "Say why it is held.", "reason"))
    allowed.refuse(lines)
    desk.session.add(Hold(case_id=case.id, by=user, reason=(reason or "").strip(), at=at))
    note(desk, "hold", at=at, by=by, case=case, why=(reason or "").strip())


def release(desk: Desk, case: Case, *, by: Actor, at: datetime, reason: str | None = None) -> None:
    """Ends the hold; what is due begins at once."""
    allowed.manager(by)
    found = gates.open_hold(desk, case.id)
    lines = allowed.closed(case)
    if found is None:
        lines.append(Line("out_of_date", f"{case.reference} is not on hold."))
    allowed.refuse(lines)
    assert found is not None
    found.released_at = at
    note(desk, "release", at=at, by=by, case=case, why=(reason or "").strip())
    for part in case.cancellations:
        waiting.ask_again(part, at)


def override(desk: Desk, part: Cancellation, code: str, *, by: Actor, at: datetime, reason: str) -> None:
    """A manager's word against one code, until it next becomes requested or deferred, or ends."""
    user = allowed.manager(by)
    if code in gates.NEVER_OVERRIDDEN | gates.GATE_B_ALONE:
        raise Refused.because("not_allowed", f"Nobody may override {code}.")
    lines = allowed.ended(desk, part)
    if code not in gates.OVERRIDABLE:
        lines.append(Line("invalid", f"There is no gate {code}.", "gate"))
    if not reason.strip():
        lines.append(Line("invalid", "Say why it is overridden.", "reason"))
    allowed.refuse(lines)
    desk.session.add(
        Override(cancellation_id=part.id, code=code, by_id=user.id, reason=reason.strip(), at=at)
    )
    note(desk, "override", at=at, by=by, cancellation=part, why=reason.strip(), code=code)
    waiting.ask_again(part, at)


def approve(desk: Desk, part: Cancellation, *, by: Actor, at: datetime) -> None:
    """The second approval of a large plan, by a manager other than the confirmer."""
    user = allowed.manager(by)
    steps = steps_to_approve(desk, part)
    if steps is None:
        raise Refused.because("out_of_date", f"No approval waits at {part.location.name}.")
    if user.id == part.confirmed_by_id:
        words = "You confirmed it yourself: another manager has to approve."
        raise Refused.because("needs_second_approval", words)
    part.approved_at, part.approved_by, part.approved_steps = at, user, steps
    note(desk, "approved", at=at, by=by, cancellation=part, steps=len(steps))
    waiting.ask_again(part, at)


def steps_to_approve(desk: Desk, part: Cancellation) -> list[str] | None:
    """The steps for which an approval waits. None where none does."""
    if part.state == State.scheduled:
        steps = list(part.plan["steps"])
    elif part.state == State.blocked:
        steps = steps_left(desk, part)
    else:
        return None
    large = plan.is_large(desk, steps, part.location.monthly_price)
    return steps if large and not plan.is_approved(part, steps) else None


def stop_all(desk: Desk, *, by: Actor, at: datetime, reason: str | None = None) -> Stop:
    """The stop switch: no begin and no next step until somebody else starts again."""
    user = allowed.stopping(by)
    guards.lock_begins(desk, at)
    standing = guards.stop_in_force(desk)
    note(desk, "stop_all", at=at, by=by, why=(reason or "").strip())
    if standing is not None:
        return standing
    stop = Stop(at=at, by=user, reason=(reason or "").strip())
    desk.session.add(stop)
    desk.session.flush()
    return stop


def start_again(desk: Desk, *, by: Actor, at: datetime) -> None:
    """Needs a second person: not the one who stopped. After a restore the desk stopped itself."""
    user = allowed.stopping(by)
    guards.lock_begins(desk, at)
    stop = guards.stop_in_force(desk)
    if stop is None:
        raise Refused.because("out_of_date", "Nothing is stopped.")
    if stop.by_id == user.id:
        raise Refused.because("needs_second_approval", "You stopped it: somebody else has to start again.")
    allowed.refuse(restoring.not_compared(desk, stop))
    stop.ended_at, stop.ended_by_id = at, user.id
    note(desk, "start_again", at=at, by=by)
    desk.session.flush()
    waiting.ask_all_again(desk, at, "stopped")


def assign(desk: Desk, case: Case, *, by: Actor, at: datetime, to: User | None) -> None:
    """Gives the case an owner; None takes it away."""
    allowed.case_work(by)
    lines = allowed.closed(case)
    if to is not None and not (to.does_case_work and to.is_active):
        lines.append(Line("invalid", f"{to.name} does not work on cases.", "to"))
    allowed.refuse(lines)
    case.owner = to
    note(desk, "assigned", at=at, by=by, case=case, to=to.email if to else None)
    desk.session.flush()
    restand(desk, case, at)

"""What staff and customers decide about a cancellation: confirm, defer, reschedule, withdraw, decline.

Each function judges first and changes rows only when nothing stands against it. A refusal leaves
nothing but what a read of the platform brought. `retry` is in termination/retrying.py."""

from datetime import date, datetime

from workflows import allowed, asking, gates, intake, moments, review_dates, rows
from workflows.actors import Actor
from workflows.asking import Reading
from workflows.desk import Desk
from workflows.errors import Line
from workflows.gates import unmet
from workflows.letters import customer, staff
from workflows.moves import may, move, out_of_date
from workflows.records import Cancellation
from workflows.records.base import Row
from workflows.states import Action, By, Disposition, State
from workflows.termination import plan, reverting


def confirm(
    desk: Desk, part: Cancellation, *, by: Actor, at: datetime, reading: Reading, wanted: date | None = None
) -> None:
    """Gate A, the plan and its hash, the run's moment, the letter `scheduled`."""
    allowed.case_work(by)
    _judge(desk, part, Action.confirm, by, at, reading, wanted)
    schedule(desk, part, by=by, at=at, wanted=wanted)


def schedule(desk: Desk, part: Cancellation, *, by: Actor, at: datetime, wanted: date | None) -> None:
    """What a confirmation does once its gate was asked: only `confirm` may keep it."""
    user = allowed.case_work(by)
    confirmed: Row = {"confirmed_at": at, "confirmed_by_id": user.id}
    unapproved: Row = {"approved_at": None, "approved_by_id": None, "approved_steps": []}
    rows.put(desk.session, part, {**_planned(desk, part, wanted, at), **confirmed, **unapproved})
    rows.show(part, {"confirmed_by": user, "approved_by": None})
    move(desk, part, Action.confirm, at=at, by=by)
    customer.scheduled(desk, part, at)
    if _waits_for_approval(desk, part):
        staff.approval_needed(desk, part, at)


def reschedule(
    desk: Desk,
    part: Cancellation,
    *,
    by: Actor,
    at: datetime,
    reading: Reading,
    wanted: date | None,
    reason: str | None = None,
) -> None:
    """A new date: gate A again, planned anew, the letter `rescheduled`."""
    allowed.case_work(by)
    if wanted is None:
        allowed.refuse([Line("invalid", "Say the new date.", "for")])
    _judge(desk, part, Action.reschedule, by, at, reading, wanted)
    move_date(desk, part, by=by, at=at, wanted=wanted, reason=reason)


def move_date(
    desk: Desk, part: Cancellation, *, by: Actor, at: datetime, wanted: date | None, reason: str | None = None
) -> None:
    """What a new date does once its gate was asked: only `reschedule` may keep it."""
    before, waited = part.run_at, _waits_for_approval(desk, part)
    rows.put(desk.session, part, _planned(desk, part, wanted, at))
    move(desk, part, Action.reschedule, at=at, by=by, why=reason or "")
    assert before is not None
    customer.rescheduled(desk, part, at, before)
    if _waits_for_approval(desk, part) and not waited:
        staff.approval_needed(desk, part, at)


def _judge(
    desk: Desk,
    part: Cancellation,
    action: Action,
    by: Actor,
    at: datetime,
    reading: Reading,
    wanted: date | None,
) -> None:
    """Refuses with every reason at once. Our rows follow the reading, whatever comes of it."""
    if not may(part, action, by):
        allowed.refuse([out_of_date(desk, part)])
    asking.follow(desk, part, reading, at)
    lines = unmet(gates.gate_a(desk, part, at, wanted))
    if not may(part, action, by):
        lines.append(out_of_date(desk, part))
    allowed.refuse([*lines, *_too_far(desk, part, wanted, at)])


def _too_far(desk: Desk, part: Cancellation, wanted: date | None, at: datetime) -> list[Line]:
    """A past date is the gate's business; one that is years away is a slip of the pen."""
    if wanted is None or wanted < moments.local_day(part.location, at):
        return []
    return intake.date_problems(desk, part.location, wanted, at, "for")


def _planned(desk: Desk, part: Cancellation, wanted: date | None, at: datetime) -> Row:
    """The plan and its moment, as columns."""
    moment = moments.run_moment(desk, part, wanted or part.wanted_for, at)
    was_told = part.run_at == moment and part.tomorrow_at is None
    planned, day_before = plan.build(part.location), moment - moments.A_DAY
    return {
        "agreed_for": wanted or part.agreed_for,
        "plan": {"steps": list(planned.steps), "basis": planned.basis},
        "plan_hash": planned.hash,
        "run_at": moment,
        "begin_at": moment,
        "day_ends_at": moments.end_of_day(part.location, moment),
        "waits_for": [],
        "tomorrow_at": day_before if at <= day_before and not was_told else None,
    }


def _waits_for_approval(desk: Desk, part: Cancellation) -> bool:
    steps = part.plan["steps"]
    return plan.is_large(desk, steps, part.location.monthly_price) and not plan.is_approved(part, steps)


def defer(
    desk: Desk,
    part: Cancellation,
    *,
    by: Actor,
    at: datetime,
    review_on: date | None = None,
    paragraph: str = "",
) -> None:
    """Waits for a port, always with a review date. From `blocked` the reversible steps are reverted."""
    allowed.case_work(by)
    before = State(part.state)
    lines = [] if may(part, Action.defer, by) else [out_of_date(desk, part)]
    lines += _review_problems(desk, before, review_on, at)
    if before != State.deferred and not _has_something_to_wait_for(desk, part):
        lines.append(Line("nothing_to_wait_for", f"No number of {part.location.name} is being ported."))
    allowed.refuse([*lines, *reverting.too_late(desk, part)])
    reverting.revert(desk, part, at)
    review_dates.set_review(desk, part, at, review_on)
    move(desk, part, Action.defer, at=at, by=by)
    if before != State.deferred:
        customer.deferred(desk, part, at, by_agent=True, paragraph=paragraph)


def _review_problems(desk: Desk, before: State, review_on: date | None, at: datetime) -> list[Line]:
    if review_on is None:
        return [Line("invalid", "Say when to look again.", "for")] if before == State.deferred else []
    today = desk.calendar.local_date(at)
    if review_on < today:
        return [Line("invalid", f"Choose a date from {today:%a %-d %b %Y} on.", "for")]
    return []


def _has_something_to_wait_for(desk: Desk, part: Cancellation) -> bool:
    porting = any(number.disposition == Disposition.porting for number in part.location.numbers)
    return porting or bool(review_dates.open_orders(desk, part.location))


def withdraw(desk: Desk, part: Cancellation, *, by: Actor, at: datetime, reason: str | None = None) -> None:
    """The customer keeps the service."""
    if by.kind != By.customer:
        allowed.case_work(by)
    elif part.state == State.blocked:
        words = "The end has begun and stopped half-way. Please call us: we can still undo it together."
        allowed.refuse([Line("not_allowed", words)])
    if not may(part, Action.withdraw, by):
        allowed.refuse([out_of_date(desk, part)])
    allowed.refuse(reverting.too_late(desk, part))
    reverting.revert(desk, part, at)
    part.end_reason = reason or ""
    move(desk, part, Action.withdraw, at=at, by=by, why=part.end_reason)
    customer.withdrawn(desk, part, at, by)


def decline(desk: Desk, part: Cancellation, *, by: Actor, at: datetime, reason: str) -> None:
    """Not authorised, a mistake, the wrong process: the customer is told why."""
    allowed.case_work(by)
    lines = [] if may(part, Action.decline, by) else [out_of_date(desk, part)]
    if not reason.strip():
        lines.append(Line("invalid", "Say why it is declined: the customer reads it.", "reason"))
    allowed.refuse(lines)
    part.end_reason = reason.strip()
    move(desk, part, Action.decline, at=at, by=by, why=part.end_reason)
    customer.declined(desk, part, at)

"""Where a case stands: its place in the queue, and since when nobody and nothing is looking at it.

The queue's order (product rules, section 8): 1 a running clock past its due time, or a blocked
cancellation; 2 a running clock; 3 requested without a running clock; 4 deferred; 5 scheduled or
terminating. Groups 1 and 2 share one stored group: a clock that is past due has an earlier instant
than any that is not, so the order is right at every moment without anybody touching the rows."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from sqlalchemy import select

from workflows.desk import Desk
from workflows.records import Cancellation, Case, Clock
from workflows.states import State

URGENT, REQUESTED, DEFERRED, PLANNED = 1, 3, 4, 5
LAST = datetime(9999, 1, 1, tzinfo=UTC)


def running_clocks(desk: Desk, case: Case) -> list[Clock]:
    return list(
        desk.session.scalars(select(Clock).where(Clock.case_id == case.id, Clock.stopped_at.is_(None)))
    )


def restand(desk: Desk, case: Case, at: datetime) -> None:
    """Puts the case where its most urgent part stands. Called after whatever may change that."""
    desk.session.flush()
    clocks = running_clocks(desk, case)
    places = [(URGENT, clock.due_at) for clock in clocks]
    places += [_place(part) for part in case.cancellations if part.is_open]
    case.queue_group, case.queue_at = min(places, default=(PLANNED, LAST))
    _note_idleness(case, bool(clocks), at)


def _place(part: Cancellation) -> tuple[int, datetime]:
    match State(part.state):
        case State.blocked:
            return URGENT, part.state_since
        case State.requested:
            return REQUESTED, _midnight(part.wanted_for)
        case State.deferred:
            return DEFERRED, _midnight(part.review_on)
        case _:
            return PLANNED, part.run_at or LAST


def _midnight(day: date | None) -> datetime:
    """A date as a sortable instant; only compared with other dates."""
    return datetime.combine(day or date.max, time(0), UTC)


def _note_idleness(case: Case, has_clock: bool, at: datetime) -> None:
    dated = any(part.is_open and (part.review_on or part.run_at) for part in case.cancellations)
    if not case.is_open or case.owner_id or has_clock or dated:
        case.idle_since = None
    elif case.idle_since is None:
        case.idle_since = at


def most_urgent(parts: Iterable[Cancellation]) -> Cancellation:
    """The part by which a case is shown; of a closed case the one that ended last."""
    every = list(parts)
    living = [part for part in every if part.is_open]
    if living:
        return min(living, key=lambda part: (*_place(part), part.id))
    return max(every, key=lambda part: (part.ended_at or part.state_since, part.id))

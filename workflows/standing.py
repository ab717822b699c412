"""Where a case stands: its place in the queue, and since when nobody and nothing is looking at it.

The queue's order (product rules, section 8): 1 a running clock past its due time, or a blocked
cancellation; 2 a running clock; 3 requested without a running clock; 4 deferred; 5 scheduled or
terminating. Groups 1 and 2 share one stored group: a clock that is past due has an earlier instant
than any that is not, so the order is right at every moment without anybody touching the rows."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time

from workflows import rows
from workflows.desk import Desk
from workflows.records import Cancellation, Case, Clock
from workflows.states import State

URGENT, REQUESTED, DEFERRED, PLANNED = 1, 3, 4, 5
LAST = datetime(9999, 1, 1, tzinfo=UTC)


def running_clocks(desk: Desk, case: Case) -> list[Clock]:
    return [clock for clock in case.clocks if clock.stopped_at is None]


def restand(desk: Desk, case: Case, at: datetime) -> None:
    """Puts the case where its most urgent part stands. Called after whatever may change that."""
    clocks = running_clocks(desk, case)
    places = [(URGENT, clock.due_at) for clock in clocks]
    places += [_place(part) for part in case.cancellations if part.is_open]
    group, moment = min(places, default=(PLANNED, LAST))
    stands = {
        "queue_group": group,
        "queue_at": moment,
        "idle_since": _idle_since(case, bool(clocks), at),
        "wanted_for": most_urgent(case.cancellations).wanted_for,
    }
    if any(getattr(case, name) != value for name, value in stands.items()):
        rows.put(desk.session, case, stands)


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


def _idle_since(case: Case, has_clock: bool, at: datetime) -> datetime | None:
    dated = any(part.is_open and (part.review_on or part.run_at) for part in case.cancellations)
    if not case.is_open or case.owner_id or has_clock or dated:
        return None
    return case.idle_since or at


def most_urgent(parts: Iterable[Cancellation]) -> Cancellation:
    """The part by which a case is shown; of a closed case the one that ended last."""
    every = list(parts)
    living = [part for part in every if part.is_open]
    if living:
        return min(living, key=lambda part: (*_place(part), part.id))
    return max(every, key=lambda part: (part.ended_at or part.state_since, part.id))

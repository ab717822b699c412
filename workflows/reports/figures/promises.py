"""Whether promises are kept: by the week in which they fall due, how long customers wait, and right now."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select, union_all

from workflows.open_time import OpenTime
from workflows.records import Cancellation, Case, Clock, Hold
from workflows.reports.figures.scope import Scope
from workflows.reports.figures.seconds import unix
from workflows.reports.figures.tables import Cell, Figure, Key, Line, Table, Things, count, crosstab, share
from workflows.states import ClockName, State

RESULTS: tuple[Key, ...] = (("met", "Met"), ("missed", "Missed"), ("running", "Running"))
WAITS: tuple[Key, ...] = (("median", "Median"), ("slow", "90th of 100"), ("slowest", "95th of 100"))
PERCENTILES = {"median": 0.5, "slow": 0.9, "slowest": 0.95}
HOUR = 3600
SOON = timedelta(days=7)


def result(at: datetime) -> ColumnElement[str]:
    """A miss counts when the promise falls due, whether the case is open or not."""
    return case(
        (Clock.stopped_at <= Clock.due_at, "met"),
        (Clock.stopped_at.is_not(None), "missed"),
        (Clock.due_at < at, "missed"),
        else_="running",
    )


def _promised(scope: Scope, name: ClockName) -> Things:
    return Things(
        Clock,
        Clock.case_id,
        scope.bucket_of(Clock.due_at),
        result(scope.at),
        [Clock.name == name, scope.within(Clock.due_at), *scope.of_case(Clock.case_id)],
    )


def _kept(scope: Scope, name: ClockName) -> Table:
    rows = [(each.key, each.words) for each in scope.buckets]
    table = crosstab("Due from", rows, RESULTS, _promised(scope, name).counts(scope))
    lines = []
    for line, bucket in zip(table.lines, scope.buckets, strict=True):
        met, missed, _running = (cell.value for cell in line.cells)
        kept = share(met, met + missed)
        lines.append(Line(line.key, line.words, (*line.cells, kept), bucket.until > scope.at))
    return Table(table.head, (*RESULTS, ("share", "Met of decided")), lines)


def kept(name: ClockName, title: str, definition: str, figure: str) -> Figure:
    return Figure(
        figure,
        title,
        "promise",
        definition,
        lambda scope: _kept(scope, name),
        lambda scope, row, column: _promised(scope, name).cases(row, column),
    )


# How long until the first contact


def _contacted(scope: Scope) -> Any:
    seconds = unix(Clock.started_at), unix(Clock.stopped_at)
    found = select(*seconds, Clock.case_id, Case.owner_id)
    return found.join(Case, Case.id == Clock.case_id).where(
        Clock.name == ClockName.first_contact,
        scope.within(Clock.stopped_at),
        Clock.stopped_by != "moot",
        *scope.of_case(Clock.case_id),
    )


@dataclass(frozen=True)
class Waits:
    """Business seconds until the first contact, the quickest first: all, by bucket, by owner (0 is nobody).

    Plain tuples in plain loops: a page asks for thousands of them."""

    all: list[tuple[int, int, str, int]]
    """(seconds, case, bucket, owner)"""
    by_bucket: dict[str, list[int]]
    by_owner: dict[int, list[int]]


def waits(scope: Scope) -> Waits:
    """The first contacts of the period; asked once."""
    if "waits" not in scope.known:
        scope.known["waits"] = _waits(scope)
    known: Waits = scope.known["waits"]
    return known


def _waits(scope: Scope) -> Waits:
    found = scope.desk.session.connection().execute(_contacted(scope)).all()
    open_time = _open_time(scope, [row[0] for row in found])
    taken = open_time.between_all([(row[0], row[1]) for row in found])
    begins = [int(each.since.timestamp()) for each in scope.buckets]
    keys = [each.key for each in scope.buckets]
    buckets = [keys[bisect_right(begins, row[1]) - 1] for row in found]
    every = sorted(
        zip(taken, [row[2] for row in found], buckets, [row[3] or 0 for row in found], strict=True)
    )
    by_bucket: dict[str, list[int]] = defaultdict(list)
    by_owner: dict[int, list[int]] = defaultdict(list)
    for seconds, _case, bucket, owner in every:
        by_bucket[bucket].append(seconds)
        by_owner[owner].append(seconds)
    return Waits(every, by_bucket, by_owner)


def _open_time(scope: Scope, starts: Sequence[int]) -> OpenTime:
    last = int(min(scope.until, scope.at + timedelta(days=1)).timestamp())
    first = min(starts, default=last)
    return OpenTime(scope.desk.calendar, first, max(first, last))


def percentile(sorted_values: Sequence[int], part: float) -> float:
    """As SQL's percentile_cont: between two values it is interpolated."""
    place = (len(sorted_values) - 1) * part
    low = floor(place)
    high = min(low + 1, len(sorted_values) - 1)
    return sorted_values[low] + (sorted_values[high] - sorted_values[low]) * (place - low)


def _waited(scope: Scope) -> Table:
    lines = []
    for bucket in scope.buckets:
        values = waits(scope).by_bucket.get(bucket.key, [])
        cells = [_percentile_cell(values, name, part) for name, part in PERCENTILES.items()]
        is_now = bucket.until > scope.at
        lines.append(Line(bucket.key, bucket.words, (*cells, count(len(values), "cases")), is_now))
    return Table("Contacted from", (*WAITS, ("cases", "Cases")), lines)


def _percentile_cell(values: Sequence[int], name: str, part: float) -> Cell:
    return hours(percentile(values, part), name) if values else Cell(None, "–")


def hours(seconds: float, column: str | None = None) -> Cell:
    """Business hours with one decimal."""
    return Cell(round(seconds / HOUR, 2), f"{seconds / HOUR:.1f} h", column)


def _waiting_cases(scope: Scope, row: str | None, column: str | None) -> Select[int]:
    """The cases of a week, or only those that waited longer than its percentile."""
    known = waits(scope)
    part = PERCENTILES.get(column or "")
    least = {
        key: -1.0 if part is None else percentile(values, part) for key, values in known.by_bucket.items()
    }
    chosen = [
        case_id
        for seconds, case_id, bucket, _owner in known.all
        if row in (None, bucket) and seconds >= least[bucket]
    ]
    return select(Case.id).where(Case.id.in_(chosen))


# Right now

NOW: tuple[tuple[str, str, str], ...] = (
    ("late", "Late now", "promise missed, still open"),
    ("today", "Due today", "and not late yet"),
    ("risk", "At risk", "under {hours} business hours"),
    ("running", "Running", "on time"),
    ("waiting", "Waiting for port", "over 30 days"),
    ("ending", "Ending in 7 days", "on hold"),
)


def _running(scope: Scope, *more: Any) -> Select[Any]:
    """Cases with a promise that runs: one line each, however many run."""
    found = select(Clock.case_id).where(Clock.stopped_at.is_(None), *more, *scope.of_case(Clock.case_id))
    return found.distinct()


def _parts(scope: Scope, *more: Any) -> Select[Any]:
    filters = scope.of_case(Cancellation.case_id, Cancellation.location_id)
    return select(Cancellation.case_id).where(*more, *filters)


def _now(scope: Scope) -> dict[str, tuple[Select[Any], Select[Any]]]:
    """What each live count counts, and what is worth saying of it: one line a thing."""
    at = scope.at
    tonight = scope.midnight(scope.today + timedelta(days=1))
    late = _running(scope, Clock.due_at < at)
    today = _running(scope, Clock.due_at >= at, Clock.due_at < tonight)
    waiting = _parts(scope, Cancellation.state == State.deferred)
    ending = _parts(scope, Cancellation.state == State.scheduled, Cancellation.run_at < at + SOON)
    unowned = Clock.case_id.in_(select(Case.id).where(Case.owner_id.is_(None), Case.closed_at.is_(None)))
    held = Cancellation.case_id.in_(select(Hold.case_id).where(Hold.released_at.is_(None)))
    month = scope.today - timedelta(days=30)
    nothing = select(Clock.case_id).where(Clock.id < 0)
    return {
        "late": (late, nothing),
        "today": (today, today.where(unowned)),
        "risk": (_running(scope, Clock.at_risk_at <= at, Clock.due_at >= at), nothing),
        "running": (_running(scope, Clock.due_at >= at), nothing),
        "waiting": (waiting, waiting.where(Cancellation.deferred_on < month)),
        "ending": (ending, ending.where(held)),
    }


def _live(scope: Scope) -> Table:
    known = _now(scope)
    asked = [
        select(literal(f"{name}.{place}"), func.count()).select_from(each.subquery())
        for name, pair in known.items()
        for place, each in enumerate(pair)
    ]
    counts = {row[0]: row[1] for row in scope.desk.session.execute(union_all(*asked))}
    lines = []
    for name, words, _more in NOW:
        said = counts[f"{name}.1"]
        lines.append(Line(name, words, (count(counts[f"{name}.0"], "now"), count(said))))
    return Table("Right now", (("now", "Now"), ("of_these", "Of these")), lines)


def _live_cases(scope: Scope, row: str | None, _column: str | None) -> Select[int]:
    known = _now(scope)
    if row is None:
        return select(Case.id).where(Case.id.in_(union_all(*(pair[0] for pair in known.values()))))
    return known[row][0]


KEPT = kept(
    ClockName.first_contact,
    "First contact: met and missed",
    "First-contact promises by the week in which they fall due. Met and missed count when the promise falls "
    "due, so an open case that is late is a miss already. Running ones are not decided and not in the share.",
    "promises",
)
FOLLOW_UPS = kept(
    ClockName.follow_up,
    "Follow-up: met and missed",
    "Follow-up promises, which start when a port or a review wakes a case, by the week in which they fall "
    "due.",
    "follow_ups",
)
WAITED = Figure(
    "first_contact",
    "Time to first contact",
    "case",
    "Business hours from the request to the first proven contact, by the week of the contact: half of the "
    "customers waited less than the median, one in ten longer than the 90th of 100. A point opens the cases "
    "that waited as long or longer. Cases that ended before a contact are not in it.",
    _waited,
    _waiting_cases,
)
LIVE = Figure(
    "now",
    "Right now",
    "thing",
    "Late, due today, at risk and running count open cases by their running promises, first contact and "
    "follow-up; waiting for a port and ending in 7 days count locations.",
    _live,
    _live_cases,
    basis="now",
)

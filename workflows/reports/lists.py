"""Lists of cases for staff: the queue, all cases, what a search finds.

Pages by key, never by offset; the number of queries does not depend on the number of rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_, union_all
from sqlalchemy.orm import contains_eager, joinedload

from workflows.business_days import at_local
from workflows.desk import Desk
from workflows.records import Cancellation, Case, Clock, Hold, Number
from workflows.records.base import UTCDateTime
from workflows.reports.searching import matches
from workflows.stages import ATTEMPTED, NEXT_TRY, REACHED, Stage, Talk, condition, stage_of
from workflows.standing import URGENT, most_urgent
from workflows.states import Disposition

ROWS = 50
Key = tuple[int, datetime, int]
"""A place in the queue: group, instant, case."""


@dataclass(frozen=True)
class Wish:
    """What an address asks for. Every filter may have several values; none stands for all."""

    owners: tuple[int | None, ...] = ()
    """Ids of users; None stands for cases without an owner."""
    mine: int | None = None
    """My queue: this user's cases and those without an owner that are due soon."""
    stages: tuple[Stage, ...] = ()
    dues: tuple[str, ...] = ()
    """`late`, `today`, `later`."""
    text: str = ""
    open_only: bool = True
    closed_only: bool = False
    after: Key | None = None


@dataclass(frozen=True)
class Pips:
    """How many numbers stay safe, are porting, are to be decided."""

    settled: int = 0
    porting: int = 0
    open: int = 0

    @property
    def total(self) -> int:
        return self.settled + self.porting + self.open

    def __add__(self, other: "Pips") -> "Pips":
        return Pips(self.settled + other.settled, self.porting + other.porting, self.open + other.open)


@dataclass(frozen=True)
class Row:
    """One case as lists show it: by its most urgent part."""

    case: Case
    parts: list[Cancellation]
    part: Cancellation
    stage: Stage
    talk: Talk
    clock: Clock | None
    is_held: bool
    pips: Pips

    @property
    def key(self) -> Key:
        return self.case.queue_group, self.case.queue_at, self.case.id


@dataclass(frozen=True)
class Page:
    rows: list[Row] = field(default_factory=list)
    next: Key | None = None


def soon(desk: Desk, at: datetime) -> datetime:
    """Until when a case without an owner stands in everybody's queue: two business days."""
    return desk.calendar.due(at, 2, "end_of_day")


def end_of_today(desk: Desk, at: datetime) -> datetime:
    tomorrow = desk.calendar.local_date(at) + timedelta(days=1)
    return at_local(tomorrow, datetime.min.time(), desk.calendar.time_zone)


def page(desk: Desk, wish: Wish, at: datetime, most: int = ROWS) -> Page:
    """One page of cases: four queries, however many rows there are."""
    found = desk.session.execute(_cases(desk, wish, at, most + 1)).unique().all()
    cases = [row[0] for row in found[:most]]
    held = {row[0].id for row in found if row[1] is not None}
    rows = _rows(desk, cases, held)
    return Page(rows, rows[-1].key if len(found) > most and rows else None)


def _cases(desk: Desk, wish: Wish, at: datetime, most: int) -> Select[Case, int]:
    ids = [_stream(desk, wish, each, at, most).subquery() for each in _streams(desk, wish, at)]
    chosen = union_all(*(select(each.c.id) for each in ids)) if len(ids) > 1 else select(ids[0].c.id)
    return (
        select(Case, Hold.id)
        .join(Case.account)
        .outerjoin(Hold, (Hold.case_id == Case.id) & Hold.released_at.is_(None))
        .options(contains_eager(Case.account), joinedload(Case.owner))
        .where(Case.id.in_(chosen))
        .order_by(*_order(wish))
        .limit(most)
    )


def _streams(desk: Desk, wish: Wish, at: datetime) -> list[list[ColumnElement[bool]]]:
    """Conditions that an index serves in order, one stream each; their union is the list."""
    if wish.mine is not None:
        unowned = [Case.owner_id.is_(None), Case.queue_group == URGENT, Case.queue_at <= soon(desk, at)]
        return [[Case.owner_id == wish.mine], unowned]
    return [[_owned_by(owner)] for owner in wish.owners] or [[]]


def _owned_by(owner: int | None) -> ColumnElement[bool]:
    return Case.owner_id.is_(None) if owner is None else Case.owner_id == owner


def _stream(
    desk: Desk, wish: Wish, conditions: list[ColumnElement[bool]], at: datetime, most: int
) -> Select[int]:
    found = select(Case.id).where(*conditions, *_filters(desk, wish, at)).order_by(*_order(wish)).limit(most)
    if wish.after is None:
        return found
    if not wish.open_only:
        return found.where(Case.id < wish.after[2])
    here = tuple_(Case.queue_group, Case.queue_at, Case.id)
    group, instant, case_id = wish.after
    return found.where(here > tuple_(literal(group), literal(instant, UTCDateTime()), literal(case_id)))


def _order(wish: Wish) -> Sequence[Any]:
    """The order of work for open cases; the newest first where closed ones are among them."""
    if wish.open_only:
        return [Case.queue_group, Case.queue_at, Case.id]
    return [Case.id.desc()]


def _filters(desk: Desk, wish: Wish, at: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wish.open_only:
        found.append(Case.closed_at.is_(None))
    if wish.closed_only:
        found.append(Case.closed_at.is_not(None))
    if wish.stages:
        of_stage = condition(wish.stages[0])
        for stage in wish.stages[1:]:
            of_stage |= condition(stage)
        found.append(Case.id.in_(select(Cancellation.case_id).where(of_stage)))
    if wish.dues:
        found.append(_due(desk, wish.dues, at))
    if wish.text:
        found.append(matches(desk.session, wish.text))
    return found


def _due(desk: Desk, dues: tuple[str, ...], at: datetime) -> ColumnElement[bool]:
    today = end_of_today(desk, at)
    spans = {
        "late": Case.queue_at < at,
        "today": (Case.queue_at >= at) & (Case.queue_at < today),
        "later": Case.queue_at >= today,
    }
    named = [spans[each] for each in dues if each in spans]
    any_of = named[0]
    for each in named[1:]:
        any_of |= each
    return (Case.queue_group == URGENT) & any_of


def _rows(desk: Desk, cases: list[Case], held: set[int]) -> list[Row]:
    ids = [case.id for case in cases]
    parts, talks = parts_of(desk, ids)
    clocks = _clocks(desk, ids)
    pips = _pips(desk, [part.location_id for each in parts.values() for part in each])
    rows = []
    for case in cases:
        mine = parts[case.id]
        part = most_urgent(mine)
        shown = [each for each in mine if each.is_open] or mine
        numbers = sum((pips.get(each.location_id, Pips()) for each in shown), Pips())
        talk, clock = talks[part.id], clocks.get(case.id)
        rows.append(Row(case, mine, part, stage_of(part, talk), talk, clock, case.id in held, numbers))
    return rows


def parts_of(desk: Desk, ids: list[int]) -> tuple[dict[int, list[Cancellation]], dict[int, Talk]]:
    """The cancellations of some cases with their locations, and how far the talk about each has come."""
    found = desk.session.execute(
        select(Cancellation, ATTEMPTED, REACHED, NEXT_TRY)
        .join(Cancellation.location)
        .options(contains_eager(Cancellation.location))
        .where(Cancellation.case_id.in_(ids))
        .order_by(Cancellation.id)
    )
    parts: dict[int, list[Cancellation]] = defaultdict(list)
    talks = {}
    for part, attempted, reached, next_try in found:
        parts[part.case_id].append(part)
        talks[part.id] = Talk(bool(attempted), bool(reached), next_try)
    return parts, talks


def _clocks(desk: Desk, ids: list[int]) -> dict[int, Clock]:
    """The running clock of each case that is due first."""
    running = select(Clock).where(Clock.case_id.in_(ids), Clock.stopped_at.is_(None))
    found: dict[int, Clock] = {}
    for clock in desk.session.scalars(running.order_by(Clock.due_at.desc())):
        found[clock.case_id] = clock
    return found


def _pips(desk: Desk, locations: list[int]) -> dict[int, Pips]:
    counted = desk.session.execute(
        select(Number.location_id, Number.disposition, func.count())
        .where(Number.location_id.in_(locations), Number.held | (Number.disposition != Disposition.undecided))
        .group_by(Number.location_id, Number.disposition)
    )
    found: dict[int, Pips] = defaultdict(Pips)
    for location, disposition, count in counted:
        match disposition:
            case Disposition.undecided:
                found[location] += Pips(open=count)
            case Disposition.porting:
                found[location] += Pips(porting=count)
            case _:
                found[location] += Pips(settled=count)
    return found


def write_key(key: Key) -> str:
    return f"{key[0]}.{int(key[1].timestamp())}.{key[2]}"


def read_key(text: str) -> Key | None:
    """The key of an address; None where it is none."""
    try:
        group, instant, case_id = (int(part) for part in text.split("."))
        return group, datetime.fromtimestamp(instant, UTC), case_id
    except (ValueError, OverflowError, OSError):
        return None

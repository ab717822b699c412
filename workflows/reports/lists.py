"""Lists of cases for staff: the queue, all cases, what a search finds.

Pages by key, never by offset; the number of queries does not depend on the number of rows."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, reduce
from operator import add

from sqlalchemy import ColumnElement, Executable, Select, bindparam, exists, func, or_, select, union_all
from sqlalchemy.orm import contains_eager, joinedload

from workflows.business_days import at_local
from workflows.desk import Desk
from workflows.records import Cancellation, Case, Clock, Hold, Number, Request
from workflows.records.base import UTCDateTime
from workflows.reports.searching import matches
from workflows.reports.sorting import DEADLINE, NEWEST, Key, Sort
from workflows.stages import ATTEMPTED, NEXT_TRY, REACHED, Stage, Talk, condition, stage_of
from workflows.standing import DEFERRED, PLANNED, REQUESTED, URGENT, most_urgent
from workflows.states import Disposition, State

ROWS = 50
MOST = 1000
"""Counts end here: more is shown as 999+."""


@dataclass(frozen=True)
class Wish:
    """What an address asks for. Every filter may have several values; none stands for all."""

    owners: tuple[int | None, ...] = ()
    """Ids of users; None stands for cases without an owner."""
    mine: int | None = None
    """My queue: this user's cases and those without an owner that are due soon."""
    stages: tuple[Stage, ...] = ()
    dues: tuple[str, ...] = ()
    """`late`, `today`, `later`, `planned`."""
    reasons: tuple[str, ...] = ()
    asked_from: date | None = None
    asked_to: date | None = None
    has_port: bool = False
    is_near: bool = False
    """Only requested cancellations whose date is past or within one business day."""
    text: str = ""
    open_only: bool = True
    closed_only: bool = False
    sort: Sort | None = None
    after: Key | None = None

    @property
    def order(self) -> Sort:
        """The order of work for open cases; the newest first where closed ones are among them."""
        return self.sort or (DEADLINE if self.open_only else NEWEST)


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
    """One page of cases: three queries, however many rows there are."""
    found = desk.session.execute(_cases(desk, wish, at, most + 1)).unique().all()
    cases = [row[0] for row in found[:most]]
    held = {row[0].id for row in found if row[1] is not None}
    rows = _rows(desk, cases, held)
    return Page(rows, wish.order.key_of(rows[-1].case) if len(found) > most and rows else None)


def neighbours(desk: Desk, wish: Wish, case: Case, at: datetime) -> tuple[Case | None, Case | None]:
    """The cases before and after one in a list, by where it stands now."""
    here = wish.order.key_of(case)
    before, after = (
        desk.session.scalar(_ids(desk, replace(wish, sort=order, after=here), at, 1))
        for order in (wish.order.turned, wish.order)
    )
    wanted = select(Case).where(Case.id.in_({before, after} - {None}))
    known = {each.id: each for each in desk.session.scalars(wanted)}
    return known.get(before or 0), known.get(after or 0)


def rows(desk: Desk, cases: Sequence[Case]) -> list[Row]:
    """Some cases as lists show them, but for their holds."""
    return _rows(desk, list(cases), set())


def counts(desk: Desk, mine: int, at: datetime) -> dict[str, int]:
    """How many cases each group and each filter of a user's queue would show, up to MOST. One query."""
    moments = {"at": at, "tonight": end_of_today(desk, at), "soon": soon(desk, at)}
    row = desk.session.execute(_counting(), {"mine": mine, **moments}).one()
    return {name: min(count, MOST) for name, count in row._mapping.items()}


@cache
def _counting() -> Executable:
    """Put together once: it is asked on every look at a queue."""
    now, tonight, near = (bindparam(name, type_=UTCDateTime()) for name in ("at", "tonight", "soon"))
    urgent, later = Case.queue_group == URGENT, Case.queue_at >= tonight
    asked = {
        "late": urgent & (Case.queue_at < now),
        "today": urgent & (Case.queue_at >= now) & (Case.queue_at < tonight),
        "next": (urgent & later) | (Case.queue_group == REQUESTED),
        "waiting": Case.queue_group == DEFERRED,
        "planned": Case.queue_group == PLANNED,
        "port": _has_port(),
    }
    unowned = Case.owner_id.is_(None) & urgent & (Case.queue_at <= near)
    streams = (Case.owner_id == bindparam("mine"), unowned)
    columns = [
        reduce(add, (_count(stream, condition) for stream in streams)).label(name)
        for name, condition in asked.items()
    ]
    return select(*columns, _count(unowned).label("nobody"))


def _count(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    found = select(Case.id).where(Case.closed_at.is_(None), *conditions).limit(MOST).subquery()
    return select(func.count()).select_from(found).scalar_subquery()


def _cases(desk: Desk, wish: Wish, at: datetime, most: int) -> Select[Case, int]:
    return (
        select(Case, Hold.id)
        .join(Case.account)
        .outerjoin(Hold, (Hold.case_id == Case.id) & Hold.released_at.is_(None))
        .options(contains_eager(Case.account), joinedload(Case.owner))
        .where(Case.id.in_(_ids(desk, wish, at, most)))
        .order_by(*wish.order.by)
        .limit(most)
    )


def _ids(desk: Desk, wish: Wish, at: datetime, most: int) -> Select[int]:
    """The first so many of a list: of each stream that an index serves in order, then of all together."""
    filters = _filters(desk, wish, at)
    streams = [_stream(wish, [*each, *filters], most) for each in _streams(desk, wish, at)]
    if len(streams) == 1:
        return streams[0]
    whole = union_all(*(select(each.subquery().c.id) for each in streams))
    return select(Case.id).where(Case.id.in_(whole)).order_by(*wish.order.by).limit(most)


def _stream(wish: Wish, conditions: list[ColumnElement[bool]], most: int) -> Select[int]:
    found = select(Case.id).where(*conditions).order_by(*wish.order.by).limit(most)
    return found if wish.after is None else found.where(wish.order.beyond(wish.after))


def _streams(desk: Desk, wish: Wish, at: datetime) -> list[list[ColumnElement[bool]]]:
    """Conditions that an index serves in order, one stream each; their union is the list."""
    if wish.mine is not None:
        unowned = [Case.owner_id.is_(None), Case.queue_group == URGENT, Case.queue_at <= soon(desk, at)]
        mine = [Case.owner_id == wish.mine]
        return [unowned] if wish.owners == (None,) else [mine, unowned]
    return [[_owned_by(owner)] for owner in wish.owners] or [[]]


def _owned_by(owner: int | None) -> ColumnElement[bool]:
    return Case.owner_id.is_(None) if owner is None else Case.owner_id == owner


def _filters(desk: Desk, wish: Wish, at: datetime) -> list[ColumnElement[bool]]:
    found = _about_time(desk, wish, at)
    if wish.open_only:
        found.append(Case.closed_at.is_(None))
    if wish.closed_only:
        found.append(Case.closed_at.is_not(None))
    if wish.stages:
        found.append(_has_part(or_(*(condition(each) for each in wish.stages))))
    if wish.reasons:
        found.append(exists().where(Request.case_id == Case.id, Request.category.in_(wish.reasons)))
    if wish.has_port:
        found.append(_has_port())
    if wish.text:
        found.append(matches(desk.session, wish.text))
    return found


def _about_time(desk: Desk, wish: Wish, at: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wish.dues:
        found.append(_due(desk, wish.dues, at))
    if wish.asked_from:
        found.append(Case.wanted_for >= wish.asked_from)
    if wish.asked_to:
        found.append(Case.wanted_for <= wish.asked_to)
    if wish.is_near:
        found.append(_is_near(desk, at))
    return found


def _has_part(wanted: ColumnElement[bool]) -> ColumnElement[bool]:
    return Case.id.in_(select(Cancellation.case_id).where(wanted))


def _has_port() -> ColumnElement[bool]:
    """Whether a number of an open part is porting, or a part waits for its port."""
    porting = select(Cancellation.case_id).join(Number, Number.location_id == Cancellation.location_id)
    is_open = Cancellation.state.in_([state for state in State if not state.is_final])
    deferred = select(Cancellation.case_id).where(Cancellation.state == State.deferred)
    return Case.id.in_(union_all(porting.where(Number.disposition == Disposition.porting, is_open), deferred))


def _is_near(desk: Desk, at: datetime) -> ColumnElement[bool]:
    """Whether a requested part's date is past or within one business day, as in the digest."""
    last = desk.calendar.add_business_days(desk.calendar.local_date(at), 1)
    agreed = (Cancellation.agreed_for <= last) | (
        Cancellation.agreed_for.is_(None) & (Cancellation.requested_for <= last)
    )
    return _has_part((Cancellation.state == State.requested) & agreed)


DUES = ("late", "today", "later", "planned")


def _due(desk: Desk, dues: tuple[str, ...], at: datetime) -> ColumnElement[bool]:
    today, urgent = end_of_today(desk, at), Case.queue_group == URGENT
    spans = {
        "late": urgent & (Case.queue_at < at),
        "today": urgent & (Case.queue_at >= at) & (Case.queue_at < today),
        "later": urgent & (Case.queue_at >= today),
        "planned": Case.queue_group == PLANNED,
    }
    return or_(*(spans[each] for each in dues))


def _rows(desk: Desk, cases: list[Case], held: set[int]) -> list[Row]:
    parts, talks, clocks = _parts(desk, [case.id for case in cases])
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
    parts, talks, _clocks = _parts(desk, ids)
    return parts, talks


def _parts(
    desk: Desk, ids: list[int]
) -> tuple[dict[int, list[Cancellation]], dict[int, Talk], dict[int, Clock]]:
    """The parts of some cases, how far the talk about each is, and each case's clock that is due first."""
    found = desk.session.execute(
        select(Cancellation, ATTEMPTED, REACHED, NEXT_TRY, Clock)
        .join(Cancellation.location)
        .outerjoin(Clock, (Clock.case_id == Cancellation.case_id) & Clock.stopped_at.is_(None))
        .options(contains_eager(Cancellation.location))
        .where(Cancellation.case_id.in_(ids))
        .order_by(Cancellation.id, Clock.due_at.desc())
    )
    parts: dict[int, dict[int, Cancellation]] = defaultdict(dict)
    talks, clocks = {}, {}
    for part, attempted, reached, next_try, clock in found:
        parts[part.case_id][part.id] = part
        talks[part.id] = Talk(bool(attempted), bool(reached), next_try)
        if clock is not None:
            clocks[part.case_id] = clock
    return {case: list(each.values()) for case, each in parts.items()}, talks, clocks


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

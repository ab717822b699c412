"""What ends when, and what stands in its way: ports, renewals, closed days, holds."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import contains_eager

from workflows.desk import Desk
from workflows.moments import local_day
from workflows.records import Cancellation, Case, Hold, Number, PortOrder, PortOrderNumber
from workflows.review_dates import OPEN
from workflows.states import State

MOST = 300
PLANNED = (State.scheduled, State.terminating)


@dataclass(frozen=True)
class Clash:
    """Something that a person should know before the end: a kind and its words."""

    kind: str
    words: str


@dataclass(frozen=True)
class End:
    """One location that ends, with the day there and what clashes with it."""

    part: Cancellation
    day: date
    clashes: list[Clash] = field(default_factory=list)


def ends(desk: Desk, since: datetime, until: datetime, today: date) -> tuple[list[End], int]:
    """The first MOST ends from `since` to before `until`, and how many there are."""
    planned = _planned(since, until)
    found = list(
        desk.session.scalars(
            select(Cancellation)
            .join(Cancellation.location)
            .join(Cancellation.case)
            .join(Case.account)
            .options(
                contains_eager(Cancellation.location),
                contains_eager(Cancellation.case).contains_eager(Case.account),
            )
            .where(*planned)
            .order_by(Cancellation.run_at, Cancellation.id)
            .limit(MOST)
        )
    )
    many = desk.session.scalar(select(func.count(Cancellation.id)).where(*planned)) or 0
    ported, held = _ported(desk, found), _held(desk, found)
    shown = [
        _end(desk, part, today, ported.get(part.location_id, []), part.case_id in held) for part in found
    ]
    return shown, many


def _planned(since: datetime, until: datetime) -> list[ColumnElement[bool]]:
    return [Cancellation.state.in_(PLANNED), Cancellation.run_at >= since, Cancellation.run_at < until]


def _ported(desk: Desk, parts: Iterable[Cancellation]) -> dict[int, list[str]]:
    """The open port orders of each location's numbers."""
    places = [part.location_id for part in parts]
    query = (
        select(Number.location_id, PortOrder.ref)
        .join(PortOrderNumber, PortOrderNumber.e164 == Number.e164)
        .join(PortOrder, PortOrder.id == PortOrderNumber.order_id)
        .where(Number.location_id.in_(places), Number.held, OPEN)
        .distinct()
        .order_by(PortOrder.ref)
    )
    found: dict[int, list[str]] = defaultdict(list)
    for place, ref in desk.session.execute(query):
        found[place].append(ref)
    return found


def _held(desk: Desk, parts: Iterable[Cancellation]) -> set[int]:
    cases = {part.case_id for part in parts}
    return set(
        desk.session.scalars(select(Hold.case_id).where(Hold.case_id.in_(cases), Hold.released_at.is_(None)))
    )


def _end(desk: Desk, part: Cancellation, today: date, orders: list[str], is_held: bool) -> End:
    assert part.run_at is not None
    day = local_day(part.location, part.run_at)
    clashes = [Clash("port", f"Port order {ref} is open") for ref in orders]
    if part.location.renewal_on and today <= part.location.renews_on <= day:
        clashes.append(Clash("renewal", f"Renews before that, on {part.location.renews_on:%-d %b}"))
    if not desk.calendar.is_business_day(day):
        name = desk.calendar.holiday_name(day) or f"{day:%A}"
        clashes.append(Clash("closed", f"The office is closed: {name}"))
    if is_held:
        clashes.append(Clash("hold", "On hold"))
    return End(part, day, clashes)

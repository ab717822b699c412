"""All numbers in a port, by the expected date: overdue, without a date, with a changed one."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import selectinload

from workflows.desk import Desk
from workflows.records import Account, Cancellation, Event, Location, Number, PortOrder
from workflows.review_dates import OPEN

MOST = 200
KINDS = ("all", "overdue", "undated", "ahead", "changed")


@dataclass(frozen=True)
class Watched:
    """One open port order, with the open cancellation that it touches, where there is one."""

    order: PortOrder
    customer: str
    place: str
    part: Cancellation | None
    dates: list[date] = field(default_factory=list)
    """The earlier expected dates, the first told first."""
    is_overdue: bool = False

    @property
    def is_changed(self) -> bool:
        return len(self.dates) > 0


def counts(desk: Desk, at: datetime) -> dict[str, int]:
    """How many open orders there are of each kind that the rows alone tell."""
    row = desk.session.execute(
        select(
            func.count(),
            func.count().filter(PortOrder.foc < at),
            func.count().filter(PortOrder.foc.is_(None)),
            func.count().filter(PortOrder.foc >= at),
        ).where(OPEN)
    ).one()
    return dict(zip(KINDS, row, strict=False))


def watched(desk: Desk, kind: str, at: datetime) -> list[Watched]:
    """The open orders of a kind by their expected date, those without one last."""
    query = (
        select(PortOrder, Account.name)
        .join(Account, Account.id == PortOrder.account_id)
        .options(selectinload(PortOrder.numbers))
        .where(OPEN, *_of(kind, at))
        .order_by(PortOrder.foc.is_(None), PortOrder.foc, PortOrder.id)
        .limit(None if kind == "changed" else MOST)
    )
    found = list(desk.session.execute(query))
    orders = [order for order, _name in found]
    places = _places(desk, orders)
    parts = _parts(desk, {place.id for each in places.values() for place in each})
    dates = _dates(desk, orders, parts.values())
    rows = [_row(desk, order, name, places[order.id], parts, dates, at) for order, name in found]
    return [row for row in rows if kind != "changed" or row.is_changed][:MOST]


def _of(kind: str, at: datetime) -> list[ColumnElement[bool]]:
    conditions: dict[str, list[ColumnElement[bool]]] = {
        "overdue": [PortOrder.foc < at],
        "undated": [PortOrder.foc.is_(None)],
        "ahead": [PortOrder.foc >= at],
    }
    return conditions.get(kind, [])


def _places(desk: Desk, orders: list[PortOrder]) -> dict[int, list[Location]]:
    """The locations at which the numbers of each order are."""
    owners = {each.e164: order for order in orders for each in order.numbers}
    query = select(Number.e164, Location).join(Location, Location.id == Number.location_id)
    found: dict[int, list[Location]] = defaultdict(list)
    for e164, place in desk.session.execute(query.where(Number.e164.in_(owners), Number.held)):
        order = owners[e164]
        if place.account_id == order.account_id and place not in found[order.id]:
            found[order.id].append(place)
    return found


def _parts(desk: Desk, places: set[int]) -> dict[int, Cancellation]:
    """The open cancellation of each location."""
    query = select(Cancellation).options(selectinload(Cancellation.case))
    is_open = Cancellation.ended_at.is_(None)
    found = desk.session.scalars(query.where(Cancellation.location_id.in_(places), is_open))
    return {part.location_id: part for part in found}


def _dates(desk: Desk, orders: list[PortOrder], parts: Iterable[Cancellation]) -> dict[str, list[date]]:
    """Every date that an order was expected on, as the history of its case tells it."""
    refs, cases = {each.ref for each in orders}, {part.case_id for part in parts}
    told = select(Event.facts).where(Event.case_id.in_(cases), Event.name == "port_order").order_by(Event.id)
    found: dict[str, list[date]] = defaultdict(list)
    for facts in desk.session.scalars(told):
        if facts.get("order") not in refs or not facts.get("foc"):
            continue
        day = desk.calendar.local_date(datetime.fromisoformat(facts["foc"]))
        known = found[facts["order"]]
        if not known or known[-1] != day:
            known.append(day)
    return found


def _row(
    desk: Desk,
    order: PortOrder,
    customer: str,
    places: list[Location],
    parts: dict[int, Cancellation],
    dates: dict[str, list[date]],
    at: datetime,
) -> Watched:
    part = next((parts[each.id] for each in places if each.id in parts), None)
    now = desk.calendar.local_date(order.foc) if order.foc else None
    earlier = [day for day in dates.get(order.ref, []) if day != now]
    names = ", ".join(each.name for each in places)
    return Watched(order, customer, names, part, earlier, bool(order.foc and order.foc < at))

"""The earliest day on which a location may end without losing a number, and what waiting for it costs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from workflows import moments
from workflows.desk import Desk
from workflows.letters import facts
from workflows.records import Cancellation, Location, Number, PortOrder
from workflows.states import Disposition, OrderState

Orders = Mapping[str, Sequence[PortOrder]]
"""The port orders that name each number."""
NOTHING = Decimal("0.00")
MOST = 36
"""Renewals are counted no further ahead than this."""


@dataclass(frozen=True)
class SafeDate:
    """Days are those of the location."""

    earliest: date | None
    """None while a number moves and nobody knows when."""
    porting: int
    """How many numbers still move to another provider."""
    ports_on: date | None
    """The day on which the last of them is expected."""
    renews_on: date | None
    """The next renewal; None where nothing renews any more."""
    cost: Decimal
    """What is billed by the renewals up to the earliest safe day; nothing in Canada, where the notice ends
    the billing."""

    @property
    def is_now(self) -> bool:
        return not self.porting


def read(desk: Desk, part: Cancellation, at: datetime) -> SafeDate:
    return of(desk, part.location, at, orders_by_number(desk, part.location))


def orders_by_number(desk: Desk, place: Location) -> Orders:
    """The port orders that name each number of a location."""
    found: dict[str, list[PortOrder]] = {}
    for order in facts.orders(desk, place, list(OrderState)):
        for e164 in order.e164s:
            found.setdefault(e164, []).append(order)
    return found


def of(desk: Desk, place: Location, at: datetime, orders: Orders) -> SafeDate:
    porting = [each for each in place.numbers if _is_porting(each, orders)]
    expected = _expected(porting, orders)
    today, ports_on = moments.local_day(place, at), expected and moments.local_day(place, expected)
    if porting and (ports_on is None or ports_on < today):
        return SafeDate(None, len(porting), ports_on, _renewal(place), NOTHING)
    last = max((each for each in (_last_completion(place, orders), expected) if each), default=None)
    earliest = moments.local_day(place, moments.moment_after(desk, place, today, at, last))
    return SafeDate(earliest, len(porting), ports_on, _renewal(place), _cost(place, earliest))


def _is_porting(number: Number, orders: Orders) -> bool:
    if number.disposition == Disposition.porting:
        return True
    return number.held and any(order.is_open for order in orders.get(number.e164, ()))


def _expected(porting: list[Number], orders: Orders) -> datetime | None:
    """The last known date of all these numbers; None where one of them has none."""
    open_ones = [[each for each in orders.get(number.e164, ()) if each.is_open] for number in porting]
    dates = [order.foc for found in open_ones for order in found if order.foc]
    is_known = all(found and all(order.foc for order in found) for found in open_ones)
    return max(dates, default=None) if is_known else None


def _last_completion(place: Location, orders: Orders) -> datetime | None:
    """When the last of its ported numbers left, as first told."""
    ported = [each.e164 for each in place.numbers if each.disposition == Disposition.ported]
    told = [order.completed_at for e164 in ported for order in orders.get(e164, ()) if order.completed_at]
    return max(told, default=None)


def _renewal(place: Location) -> date | None:
    return place.renews_on if place.renewal_on else None


def _cost(place: Location, until: date) -> Decimal:
    """The price of every renewal on or before that day."""
    if not place.renewal_on or place.is_canadian:
        return NOTHING
    return place.monthly_price * sum(day <= until for day in _renewals(place.renews_on))


def _renewals(first: date) -> Iterable[date]:
    for ahead in range(MOST):
        years, month = divmod(first.month - 1 + ahead, 12)
        yield _day_of(first.year + years, month + 1, first.day)


def _day_of(year: int, month: int, day: int) -> date:
    """That day of the month, or its last one."""
    while True:
        try:
            return date(year, month, day)
        except ValueError:
            day -= 1


@dataclass(frozen=True)
class Leak:
    """A location whose numbers have all left by port, and which is still billed."""

    since: datetime
    monthly: Decimal


def leak(place: Location, orders: Orders) -> Leak | None:
    """None where a number is still there, or nothing is billed any more."""
    has_left = bool(place.numbers) and all(
        not each.held and each.disposition == Disposition.ported for each in place.numbers
    )
    since = _last_completion(place, orders)
    if not has_left or not place.renewal_on or place.ended_at is not None or since is None:
        return None
    return Leak(since, place.monthly_price)

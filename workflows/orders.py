"""Our rows of port orders and of the numbers they name follow what the carrier shows. No moves here.

States are not monotone: an order may leave `completed` and bring its numbers back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select, text

from workflows import books, review_dates
from workflows.actors import SYSTEM
from workflows.adapters.platform import OrderBook
from workflows.desk import Desk
from workflows.history import note
from workflows.records import Account, Cancellation, Case, Location, Number, PortOrder, PortOrderNumber
from workflows.records.case import IS_OPEN
from workflows.states import Disposition, OrderState

_BY_REF = select(PortOrder).where(PortOrder.ref == bindparam("ref"))
_NUMBERS = (
    select(Number)
    .join(Location, Number.location_id == Location.id)
    .where(Location.account_id == bindparam("account"), Number.e164.in_(bindparam("numbers", expanding=True)))
    .order_by(Number.id)
)
_OPEN_AT = select(Cancellation).where(
    Cancellation.location_id == bindparam("place"), text(f"cancellation.{IS_OPEN}")
)


@dataclass(frozen=True)
class Change:
    """How one order changed between two reads."""

    before: OrderState | None
    """None where it is seen for the first time."""
    after: OrderState

    @property
    def opened(self) -> bool:
        return self.after.is_open and not (self.before and self.before.is_open)

    @property
    def completed(self) -> bool:
        return self.after == OrderState.completed and self.before != OrderState.completed

    @property
    def left_completed(self) -> bool:
        return self.before == OrderState.completed and self.after != OrderState.completed

    @property
    def was_open(self) -> bool:
        return bool(self.before and self.before.is_open)


def relevant(location: Location, orders: Iterable[OrderBook]) -> list[OrderBook]:
    """The orders that name a number which is, or was, at the location."""
    here = {number.e164 for number in location.numbers}
    return [each for each in orders if here.intersection(each.numbers)]


def follow(desk: Desk, book: OrderBook, at: datetime) -> Change | None:
    """Our rows of one order and its numbers, without any move. None where nothing changed."""
    account = books.account(desk, book.account)
    if account is None:
        note(desk, "order_of_unknown_account", at=at, by=SYSTEM, order=book.ref, account=book.account)
        return None
    order = _order(desk, book)
    if order is not None and _is_same(order, book):
        order.read_at = at
        return None
    change = Change(OrderState(order.state) if order else None, book.state)
    old = set(order.e164s) if order else set()
    order = _put(desk, account, order, book, change, at)
    rows = _rows(desk, account, old | set(book.numbers))
    for row in rows:
        _dispose(desk, row, order, change, row.e164 in old, at)
    desk.session.flush()
    _tell_history(desk, order, change, rows, at)
    return change


def is_known(desk: Desk, book: OrderBook, at: datetime) -> bool:
    """Whether our rows show the order as it is; they keep when it was read."""
    order = _order(desk, book)
    if order is None or not _is_same(order, book):
        return False
    order.read_at = at
    return True


def _order(desk: Desk, book: OrderBook) -> PortOrder | None:
    return desk.session.scalar(_BY_REF, {"ref": book.ref})


def _is_same(order: PortOrder, book: OrderBook) -> bool:
    return (order.state, order.foc, order.e164s) == (book.state, book.foc, sorted(book.numbers))


def _put(
    desk: Desk, account: Account, order: PortOrder | None, book: OrderBook, change: Change, at: datetime
) -> PortOrder:
    if order is None:
        order = PortOrder(ref=book.ref, account_id=account.id, first_seen_at=at)
        desk.session.add(order)
    order.state, order.foc, order.read_at = book.state, book.foc, at
    if change.completed:
        order.completed_at = at
    elif change.after != OrderState.completed:
        order.completed_at = None
    order.stale_at = _stale_at(desk, order)
    if order.e164s != sorted(book.numbers):
        kept = {each.e164: each for each in order.numbers}
        order.numbers = [kept.get(each) or PortOrderNumber(e164=each) for each in sorted(book.numbers)]
    desk.session.flush()
    return order


def _stale_at(desk: Desk, order: PortOrder) -> datetime | None:
    if order.foc is None or not order.is_open or order.stale_told_at is not None:
        return None
    return desk.calendar.opening(
        desk.calendar.local_date(order.foc) + timedelta(days=desk.settings.ports.stale_days)
    )


def _rows(desk: Desk, account: Account, numbers: set[str]) -> list[Number]:
    """The rows that an order speaks of: where a number is held or on its way, else where it was last."""
    rows = desk.session.scalars(_NUMBERS, {"account": account.id, "numbers": sorted(numbers)}).all()
    on_the_way = (Disposition.porting, Disposition.ported)
    meant = [row for row in rows if row.held or row.disposition in on_the_way]
    found = {row.e164 for row in meant}
    gone = [row for row in rows if row.e164 not in found and row.ended_as is None]
    return [*meant, *gone]


def _dispose(
    desk: Desk, row: Number, order: PortOrder, change: Change, was_named: bool, at: datetime
) -> None:
    """One number of an order follows the order."""
    is_named = row.e164 in order.e164s
    if was_named and change.left_completed and row.disposition == Disposition.ported:
        books.returned(row)
    if is_named and order.is_open:
        if change.opened or not was_named:
            _set(row, Disposition.porting, order, at)
    elif is_named and order.state == OrderState.completed:
        if change.completed or not was_named:
            _set(row, Disposition.ported, order, at)
            books.left(desk, row, at)
    elif _takes_back(row, change, is_named):
        still = _other_open(desk, row, order)
        _set(row, Disposition.porting if still else Disposition.undecided, still or order, at)


def _takes_back(row: Number, change: Change, is_named: bool) -> bool:
    """Whether what the order had made of a number is over now; what another one made of it stays."""
    if is_named and change.before and change.before.has_failed:
        return False
    by_this = change.before == OrderState.completed and row.disposition == Disposition.ported
    return by_this or row.disposition == Disposition.porting


def _set(row: Number, to: Disposition, order: PortOrder, at: datetime) -> None:
    row.disposition, row.evidence, row.evidence_by, row.evidence_at = (
        to,
        f"port order {order.ref}",
        "carrier",
        at,
    )


def _other_open(desk: Desk, row: Number, order: PortOrder) -> PortOrder | None:
    return desk.session.scalar(
        select(PortOrder)
        .join(PortOrderNumber)
        .where(
            PortOrderNumber.e164 == row.e164,
            PortOrder.id != order.id,
            review_dates.OPEN,
        )
        .limit(1)
    )


def places(desk: Desk, book: OrderBook) -> list[Location]:
    """The locations whose numbers an order names now or named before."""
    account = books.account(desk, book.account)
    if account is None:
        return []
    order = _order(desk, book)
    numbers = set(book.numbers) | set(order.e164s if order else ())
    ids = {row.location_id for row in _rows(desk, account, numbers)}
    return [place for place in account.locations if place.id in ids]


def open_cancellation(desk: Desk, place: Location) -> Cancellation | None:
    return desk.session.scalar(_OPEN_AT, {"place": place.id})


def case_of(desk: Desk, order: PortOrder) -> Case | None:
    account = desk.session.get(Account, order.account_id)
    if account is None:
        return None
    places = {row.location_id for row in _rows(desk, account, set(order.e164s))}
    parts = (open_cancellation(desk, place) for place in account.locations if place.id in places)
    return next((part.case for part in parts if part), None)


def _tell_history(desk: Desk, order: PortOrder, change: Change, rows: list[Number], at: datetime) -> None:
    note(
        desk,
        "port_order",
        at=at,
        by=SYSTEM,
        case=case_of(desk, order),
        order=order.ref,
        before=change.before,
        after=change.after,
        foc=order.foc.isoformat() if order.foc else None,
        dispositions={str(row.id): row.disposition for row in rows},
    )

"""Port orders: read from the carrier, followed by our rows, and what that moves.

A webhook is a hint: the order is read. Polling finds what no webhook told. States are not monotone."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import select, update

from workflows import books, hazards, review_dates
from workflows.actors import SYSTEM
from workflows.adapters.platform import OrderBook
from workflows.desk import Desk
from workflows.errors import Unreachable
from workflows.history import note
from workflows.letters import customer, staff
from workflows.moves import move
from workflows.records import Account, Cancellation, Case, Feed, Location, Number, PortOrder, PortOrderNumber
from workflows.states import Action, Disposition, OrderState, State

FEED = "carrier"


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


def told(desk: Desk, ref: str, at: datetime) -> bool:
    """A webhook named an order: reads it from the carrier. False where nobody knows it."""
    book = desk.carrier.order(ref)
    if book is None:
        note(desk, "order_unknown", at=at, by=SYSTEM, order=ref)
        return False
    return apply(desk, book, at)


def poll(desk: Desk, at: datetime) -> int:
    """Reads every order that changed since the last poll. Returns how many our rows followed."""
    feed = _feed(desk)
    try:
        changed = desk.carrier.changes(feed.seen)
    except Unreachable as why:
        feed.failed_at, feed.failure = at, str(why)
        return 0
    feed.read_at, feed.failed_at, feed.failure = at, None, ""
    for book in changed:
        apply(desk, book, at)
        feed.seen = max(feed.seen, book.changed)
    return len(changed)


def seen(desk: Desk) -> int:
    """The last change that a poll has read."""
    return desk.session.scalar(select(Feed.seen).where(Feed.name == FEED)) or 0


def _feed(desk: Desk) -> Feed:
    feed = desk.session.get(Feed, FEED, with_for_update=True)
    if feed is None:
        feed = Feed(name=FEED, seen=0)
        desk.session.add(feed)
        desk.session.flush()
    return feed


def relevant(location: Location, orders: Iterable[OrderBook]) -> list[OrderBook]:
    """The orders that name a number which is, or was, at the location."""
    here = {number.e164 for number in location.numbers}
    return [each for each in orders if here.intersection(each.numbers)]


def apply(desk: Desk, book: OrderBook, at: datetime) -> bool:
    """Our rows follow one order, then whatever that moves is moved. False where nothing changed."""
    places = _places(desk, book)
    focs = {place.id: review_dates.latest_foc(desk, place) for place in places}
    change = follow(desk, book, at)
    if change is None:
        return False
    for place in places:
        part = open_cancellation(desk, place)
        if part is not None:
            _consequence(desk, part, change, focs[place.id], at)
        hazards.look(desk, place, at)
    return True


def follow(desk: Desk, book: OrderBook, at: datetime) -> Change | None:
    """Our rows of one order and its numbers, without any move. None where nothing changed."""
    account = books.account(desk, book.account)
    if account is None:
        note(desk, "order_of_unknown_account", at=at, by=SYSTEM, order=book.ref, account=book.account)
        return None
    order = desk.session.scalar(select(PortOrder).where(PortOrder.ref == book.ref))
    if order is not None and _is_same(order, book):
        order.read_at = at
        return None
    change = Change(OrderState(order.state) if order else None, book.state)
    old = set(order.e164s) if order else set()
    order = _put(desk, account, order, book, change, at)
    for row in _rows(desk, account, old | set(book.numbers)):
        _dispose(desk, row, order, change, row.e164 in old, at)
    desk.session.flush()
    _tell_history(desk, order, change, at)
    return change


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
    rows = desk.session.scalars(
        select(Number)
        .join(Location, Number.location_id == Location.id)
        .where(Location.account_id == account.id, Number.e164.in_(numbers))
        .order_by(Number.id)
    ).all()
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
    elif row.disposition in (Disposition.porting, Disposition.ported):
        still = _other_open(desk, row, order)
        _set(row, Disposition.porting if still else Disposition.undecided, still or order, at)


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
            PortOrder.state.in_(review_dates.OPEN),
        )
        .limit(1)
    )


def _places(desk: Desk, book: OrderBook) -> list[Location]:
    """The locations whose numbers an order names now or named before."""
    account = books.account(desk, book.account)
    if account is None:
        return []
    order = desk.session.scalar(select(PortOrder).where(PortOrder.ref == book.ref))
    numbers = set(book.numbers) | set(order.e164s if order else ())
    ids = {row.location_id for row in _rows(desk, account, numbers)}
    return [place for place in account.locations if place.id in ids]


def open_cancellation(desk: Desk, place: Location) -> Cancellation | None:
    final = (State.terminated, State.withdrawn, State.declined)
    return desk.session.scalar(
        select(Cancellation).where(Cancellation.location_id == place.id, Cancellation.state.not_in(final))
    )


def _consequence(desk: Desk, part: Cancellation, change: Change, foc: date | None, at: datetime) -> None:
    match State(part.state):
        case State.deferred:
            _wake_or_follow(desk, part, change, foc, at)
        case State.scheduled if change.opened:
            late_port(desk, part, at)
        case State.scheduled if change.completed and not change.was_open:
            recheck(desk, part, at, "A port that was completed when we first saw it took a number away.")
        case _:
            return


def _wake_or_follow(desk: Desk, part: Cancellation, change: Change, foc: date | None, at: datetime) -> None:
    if review_dates.open_orders(desk, part.location):
        latest = review_dates.latest_foc(desk, part.location)
        if latest is not None and latest != foc:
            review_dates.follow_foc(desk, part, at)
    elif change.completed:
        move(desk, part, Action.port_completed, at=at, by=SYSTEM)
        customer.port_completed(desk, part, at)
    elif change.was_open and change.after.has_failed:
        move(desk, part, Action.port_failed, at=at, by=SYSTEM)
        customer.port_failed(desk, part, at)


def late_port(desk: Desk, part: Cancellation, at: datetime) -> None:
    """A port began after the confirmation: the termination waits by itself."""
    review_dates.set_review(desk, part, at, None)
    move(desk, part, Action.late_port, at=at, by=SYSTEM, why="A port order appeared after the confirmation.")
    customer.deferred(desk, part, at, by_agent=False)
    staff.late_port(desk, part, at)


def recheck(desk: Desk, part: Cancellation, at: datetime, why: str) -> None:
    """Something that a person must look at again before anything ends."""
    move(desk, part, Action.recheck, at=at, by=SYSTEM, why=why)
    staff.run_blocked(desk, part, at, why)


NEXT_STALE = (
    select(PortOrder.stale_at).where(PortOrder.stale_at.is_not(None)).order_by(PortOrder.stale_at).limit(1)
)


def stale(desk: Desk, at: datetime) -> list[int]:
    """Open orders `stale_days` past their FOC date of which nobody was told."""
    return list(
        desk.session.scalars(
            select(PortOrder.id).where(PortOrder.stale_at <= at).order_by(PortOrder.stale_at, PortOrder.id)
        )
    )


def tell_stale(desk: Desk, order_id: int, at: datetime) -> None:
    """Tells of a stale order, once."""
    won = desk.session.scalar(
        update(PortOrder)
        .where(PortOrder.id == order_id, PortOrder.stale_at <= at)
        .values(stale_at=None, stale_told_at=at)
        .returning(PortOrder.id)
        .execution_options(synchronize_session="fetch")
    )
    order = desk.session.get(PortOrder, order_id) if won else None
    if order is not None:
        case = _case_of(desk, order)
        staff.port_stale(desk, order, at, case)
        note(desk, "port_stale", at=at, by=SYSTEM, case=case, order=order.ref)


def _case_of(desk: Desk, order: PortOrder) -> Case | None:
    account = desk.session.get(Account, order.account_id)
    if account is None:
        return None
    places = {row.location_id for row in _rows(desk, account, set(order.e164s))}
    parts = (open_cancellation(desk, place) for place in account.locations if place.id in places)
    return next((part.case for part in parts if part), None)


def _tell_history(desk: Desk, order: PortOrder, change: Change, at: datetime) -> None:
    note(
        desk,
        "port_order",
        at=at,
        by=SYSTEM,
        case=_case_of(desk, order),
        order=order.ref,
        before=change.before,
        after=change.after,
        foc=order.foc.isoformat() if order.foc else None,
        numbers=[each[-4:] for each in order.e164s],
    )

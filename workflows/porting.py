"""Port orders: read from the carrier, followed by our rows, and what that moves.

A webhook is a hint: the order is read. Polling finds what no webhook told. States are not monotone."""

from datetime import date, datetime

from sqlalchemy import bindparam, select, update

from workflows import hazards, orders, review_dates, rows
from workflows.actors import SYSTEM
from workflows.adapters.platform import OrderBook
from workflows.desk import Desk
from workflows.errors import Unreachable
from workflows.history import note
from workflows.letters import customer, staff
from workflows.moves import move
from workflows.records import Cancellation, Feed, PortOrder
from workflows.states import Action, State

FEED = "carrier"


def told(desk: Desk, ref: str, at: datetime) -> bool:
    """A webhook named an order: reads it from the carrier. False where nobody knows it."""
    book = desk.carrier.order(ref)
    if book is None:
        note(desk, "order_unknown", at=at, by=SYSTEM, order=ref)
        return False
    return apply(desk, book, at)


def poll(desk: Desk, at: datetime) -> int:
    """Reads every order that changed since the last poll. Returns how many there were."""
    try:
        changed = desk.carrier.changes(seen(desk))
    except Unreachable as why:
        could_not_read(desk, at, str(why))
        return 0
    could_read(desk, at)
    for book in changed:
        take(desk, book, at)
    return len(changed)


def could_not_read(desk: Desk, at: datetime, why: str) -> None:
    feed = _feed(desk)
    feed.failed_at, feed.failure = at, why


def could_read(desk: Desk, at: datetime) -> None:
    feed = _feed(desk)
    feed.read_at, feed.failed_at, feed.failure = at, None, ""


def take(desk: Desk, book: OrderBook, at: datetime) -> None:
    """One order that a poll read: our rows follow it, and the poll need not read it again."""
    feed = _feed(desk)
    apply(desk, book, at)
    feed.seen = max(feed.seen, book.changed)


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


def apply(desk: Desk, book: OrderBook, at: datetime) -> bool:
    """Our rows follow one order, then whatever that moves is moved. False where nothing changed."""
    if orders.is_known(desk, book, at):
        return False
    places = orders.places(desk, book)
    focs = {place.id: review_dates.latest_foc(desk, place) for place in places}
    change = orders.follow(desk, book, at)
    if change is None:
        return False
    for place in places:
        part = orders.open_cancellation(desk, place)
        if part is not None:
            _consequence(desk, part, change, focs[place.id], at)
        hazards.look(desk, place, at)
    return True


def _consequence(
    desk: Desk, part: Cancellation, change: orders.Change, foc: date | None, at: datetime
) -> None:
    match State(part.state):
        case State.deferred:
            _wake_or_follow(desk, part, change, foc, at)
        case State.scheduled if change.opened:
            late_port(desk, part, at)
        case State.scheduled if change.completed and not change.was_open:
            recheck(desk, part, at, "A port that was completed when we first saw it took a number away.")
        case _:
            return


def _wake_or_follow(
    desk: Desk, part: Cancellation, change: orders.Change, foc: date | None, at: datetime
) -> None:
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

_STALE = (
    select(PortOrder.id)
    .where(PortOrder.stale_at <= bindparam("at"))
    .order_by(PortOrder.stale_at, PortOrder.id)
)


def stale(desk: Desk, at: datetime) -> list[int]:
    """Open orders `stale_days` past their FOC date of which nobody was told."""
    return rows.ids(desk.session, _STALE, {"at": at})


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
        case = orders.case_of(desk, order)
        staff.port_stale(desk, order, at, case)
        note(desk, "port_stale", at=at, by=SYSTEM, case=case, order=order.ref)

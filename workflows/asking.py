"""Asking the platform before a gate is judged: read first, then let our rows follow, then judge.

The read happens before the transaction that writes, so that nobody waits for a slow platform."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from workflows import books, hazards, orders, porting, proofs
from workflows.adapters.platform import AccountBook, OrderBook, Purpose
from workflows.desk import Desk
from workflows.errors import Refused, Unreachable
from workflows.gates import GateLine
from workflows.records import Account, Cancellation


@dataclass(frozen=True)
class Reading:
    """What the platform and the carriers showed, for one cancellation's account."""

    book: AccountBook | None
    orders: list[OrderBook] = field(default_factory=list)
    others: list[AccountBook] = field(default_factory=list)
    """Other accounts to which numbers are said to have moved."""


def fetch(desk: Desk, part: Cancellation, purpose: Purpose = Purpose.gate) -> Reading:
    """Reads the platform, with no transaction open: what was written before is committed.

    Raises Refused (`unreachable`)."""
    ref, elsewhere = part.location.account.ref, _elsewhere(part)
    desk.session.commit()
    try:
        book = desk.platform.account(ref, purpose)
        orders = desk.carrier.orders(ref)
        others = [desk.platform.account(each, Purpose.books) for each in elsewhere]
    except Unreachable as why:
        raise Refused.because(
            "unreachable", f"The platform could not be read, so nothing was done: {why}"
        ) from why
    return Reading(book, orders, [each for each in others if each])


def _elsewhere(part: Cancellation) -> list[str]:
    """Accounts other than the location's own to which a number was moved."""
    own = part.location.account
    moved = {n.moved_to.account.ref for n in part.location.numbers if n.moved_to}
    return sorted(moved - {own.ref})


def follow(desk: Desk, part: Cancellation, reading: Reading, at: datetime) -> None:
    """Our rows follow what was read, and what that moves is moved."""
    for book, account in _accounts(part, reading):
        books.follow(desk, book, at, account)
    for order in orders.relevant(part.location, reading.orders):
        porting.apply(desk, order, at)
    for place in part.location.account.locations:
        hazards.look(desk, place, at)


def _accounts(part: Cancellation, reading: Reading) -> Iterator[tuple[AccountBook, Account | None]]:
    """What was read, and our row of it where that is at hand."""
    if reading.book is not None:
        yield reading.book, part.location.account
    yield from ((book, None) for book in reading.others)


def would_say(desk: Desk, part: Cancellation, reading: Reading, at: datetime) -> list[GateLine]:
    """Gate A as it would stand after that reading. No row changes."""
    desk.session.flush()
    look = desk.session.begin_nested()
    try:
        for book, account in _accounts(part, reading):
            books.shape(desk, book, at, account)
        for order in orders.relevant(part.location, reading.orders):
            orders.follow(desk, order, at)
        return proofs.shown(desk, part, at)
    finally:
        look.rollback()

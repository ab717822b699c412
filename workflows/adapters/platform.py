"""What Lastcall needs of the provider's phone and billing system, in our words.

An adapter raises `Unreachable` when a read did not come back; a call never raises, it answers."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from workflows.states import OrderState


class Purpose(StrEnum):
    """Why the platform is read. A platform may serve `gate`, `release` and `after_timeout` first:
    something irreversible waits for them."""

    gate = "gate"
    release = "release"
    after_timeout = "after_timeout"
    books = "books"


class Answer(StrEnum):
    """How a call ended. `timeout` says nothing about whether it was applied."""

    applied = "applied"
    gone = "gone"
    denied = "denied"
    error = "error"
    unreachable = "unreachable"
    timeout = "timeout"
    port_open = "port_open"
    stale = "stale"


@dataclass(frozen=True)
class Person:
    email: str
    role: str
    """`owner` or `authorised`."""
    name: str = ""
    phone: str = ""


@dataclass(frozen=True)
class LocationBook:
    """One location as the platform's books show it."""

    ref: str
    name: str
    time_zone: str
    jurisdiction: str
    numbers: tuple[str, ...]
    """E.164, ascending: the numbers held here now."""
    master_e911: str | None
    trunks: int
    services: tuple[str, ...]
    """Any of `metered`, `fax`, `sms` that are there now."""
    renews_on: date
    """The next renewal, in the location's time zone."""
    monthly_price: Decimal
    renewal_on: bool = True
    frozen: bool = False
    trunks_enabled: bool = True
    e911_present: bool = True
    access: bool = True
    billed: tuple[datetime, ...] = ()
    """When renewals were billed (UTC), ascending."""


@dataclass(frozen=True)
class AccountBook:
    ref: str
    name: str
    people: tuple[Person, ...]
    address_of_record: str
    locations: tuple[LocationBook, ...]

    def location(self, ref: str) -> LocationBook | None:
        return next((each for each in self.locations if each.ref == ref), None)


@dataclass(frozen=True)
class NumberBook:
    """One number at one location, read just before its release."""

    held: bool
    open_order: str | None
    """The name of an open port order of the number, if there is one."""


@dataclass(frozen=True)
class OrderBook:
    """One port-out order as the losing carrier shows it."""

    ref: str
    account: str
    numbers: tuple[str, ...]
    state: OrderState
    foc: datetime | None
    """The firm order commitment: when the port is set to happen (UTC)."""
    changed: int
    """Rises with every change of any order; the poll asks for what is above the last one seen."""


@dataclass(frozen=True)
class StepCall:
    """One step of a termination, or `undo:` of a reversible one.

    `request_id` is the same for every try of one step; `fencing` rises with every claim of the run,
    and the platform denies a lower one than it has seen for the location. A release carries the
    condition that no port order of the number is open; the platform answers `port_open` otherwise."""

    location: str
    step: str
    """`freeze`, `stop_renewal`, …, `release:+12565550101`, `undo:freeze`."""
    request_id: str
    fencing: int


class Platform(Protocol):
    timeout: float
    """Seconds after which a call counts as timed out; a lease must outlast it."""

    def accounts(self) -> list[str]:
        """The refs of all accounts. Raises Unreachable."""
        ...

    def account(self, ref: str, purpose: Purpose) -> AccountBook | None:
        """The whole account; None where the platform knows none of that ref. Raises Unreachable."""
        ...

    def number(self, location: str, number: str) -> NumberBook:
        """One number at a location, for its release. Raises Unreachable."""
        ...

    def apply(self, call: StepCall) -> Answer: ...


class Carrier(Protocol):
    def order(self, ref: str) -> OrderBook | None:
        """One order, None where the carrier knows none of that name. Raises Unreachable."""
        ...

    def orders(self, account: str) -> list[OrderBook]:
        """All orders of an account, in order of their last change. Raises Unreachable."""
        ...

    def changes(self, after: int) -> list[OrderBook]:
        """Orders changed since the change `after`, in order of their change. Raises Unreachable."""
        ...


def is_applied(step: str, book: LocationBook | None) -> bool:
    """Whether the platform's books show a step as done. A location that is gone has nothing left."""
    if book is None:
        return True
    name, _, number = step.partition(":")
    return {
        "freeze": book.frozen,
        "stop_renewal": not book.renewal_on,
        "disable_trunks": not book.trunks_enabled,
        "remove_services": not book.services,
        "remove_e911": not book.e911_present,
        "release": number not in book.numbers,
        "remove_trunks": book.trunks == 0,
        "revoke_access": not book.access,
    }[name]

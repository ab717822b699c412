"""What stands in the sandbox's books: plain records that can be written down as JSON."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from workflows.adapters.platform import AccountBook, LocationBook, OrderBook, Person
from workflows.errors import WorkflowError
from workflows.states import OrderState


class BooksError(WorkflowError):
    """The books cannot take that: something unknown, or a name that is taken."""


@dataclass
class Location:
    account: str
    ref: str
    name: str
    time_zone: str
    jurisdiction: str
    renews_on: date
    renewal_day: int
    """The day of month by which it renews; a shorter month renews on its last day."""
    monthly_price: Decimal
    numbers: set[str]
    master_e911: str | None
    trunks: int
    services: list[str]
    renewal_on: bool = True
    frozen: bool = False
    trunks_enabled: bool = True
    e911_present: bool = True
    access: bool = True
    billed: list[datetime] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    """Applied so far, in order; a revert stands as `undo:freeze`."""
    fencing: int = 0
    """The highest fencing token seen."""

    def book(self) -> LocationBook:
        return LocationBook(
            ref=self.ref,
            name=self.name,
            time_zone=self.time_zone,
            jurisdiction=self.jurisdiction,
            numbers=tuple(sorted(self.numbers)),
            master_e911=self.master_e911,
            trunks=self.trunks,
            services=tuple(self.services),
            renews_on=self.renews_on,
            monthly_price=self.monthly_price,
            renewal_on=self.renewal_on,
            frozen=self.frozen,
            trunks_enabled=self.trunks_enabled,
            e911_present=self.e911_present,
            access=self.access,
            billed=tuple(self.billed),
        )


@dataclass
class Account:
    ref: str
    name: str
    people: list[Person]
    address_of_record: str

    def book(self, locations: list[Location]) -> AccountBook:
        return AccountBook(
            ref=self.ref,
            name=self.name,
            people=tuple(self.people),
            address_of_record=self.address_of_record,
            locations=tuple(each.book() for each in locations if each.account == self.ref),
        )


@dataclass
class Order:
    ref: str
    account: str
    numbers: list[str]
    state: OrderState
    foc: datetime | None = None
    changed: int = 0
    changed_at: datetime | None = None
    taken: dict[str, str] = field(default_factory=dict)
    """Numbers that its completion took away, and the location that held each."""

    def book(self) -> OrderBook:
        return OrderBook(self.ref, self.account, tuple(self.numbers), self.state, self.foc, self.changed)


@dataclass
class Call:
    """One line of the platform's ledger: a call and how it was answered."""

    at: datetime
    location: str
    step: str
    request_id: str
    fencing: int
    answer: str


@dataclass
class Shelf:
    """All books together."""

    accounts: dict[str, Account] = field(default_factory=dict)
    locations: dict[str, Location] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    requests: dict[str, str] = field(default_factory=dict)
    """Applied request ids, and what each applied (`HQ freeze`)."""
    calls: list[Call] = field(default_factory=list)
    released: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    faults: dict[str, list[str]] = field(default_factory=dict)
    changes: int = 0

    def location(self, ref: str) -> Location:
        if ref not in self.locations:
            raise BooksError(f"The platform has no location {ref}.")
        return self.locations[ref]

    def holder(self, number: str) -> Location | None:
        """The location that holds a number now."""
        return next((each for each in self.locations.values() if number in each.numbers), None)

    def open_order(self, number: str) -> str | None:
        """The name of an open port order of a number."""
        return next((e.ref for e in self.orders.values() if e.state.is_open and number in e.numbers), None)

    def check_new_location(self, account: str, ref: str, numbers: Sequence[str]) -> None:
        """Raises BooksError where the location cannot be added."""
        if account not in self.accounts:
            raise BooksError(f"The platform has no account {account}.")
        if ref in self.locations:
            raise BooksError(f"There is a location {ref} already.")
        for number in numbers:
            if holder := self.holder(number):
                raise BooksError(f"{number} is held at {holder.ref} already.")

    def put(self, number: str, location: Location) -> None:
        """A number is held at one place only: it leaves where it was."""
        if holder := self.holder(number):
            holder.numbers.discard(number)
        location.numbers.add(number)

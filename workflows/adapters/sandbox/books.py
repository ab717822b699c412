"""The sandbox platform's and carriers' own books. No real clock: what depends on time is given `at` (UTC)."""

import threading
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from pydantic import TypeAdapter

from workflows.adapters.platform import AccountBook, Answer, NumberBook, OrderBook, Person, Purpose, StepCall
from workflows.adapters.sandbox import faults, orders, renewals, steps
from workflows.adapters.sandbox.records import Account, BooksError, Call, Location, Shelf
from workflows.errors import Unreachable
from workflows.states import OrderState

SHELF = TypeAdapter(Shelf)


class WorkerKilled(BaseException):
    """The worker died after the platform applied a step and before the answer was recorded."""


class Books:
    """Several threads may use the same books: one lock covers each change, readers look at copies.

    `changes` rises with every change of any book; ordered answers are no book."""

    def __init__(self, shelf: Shelf | None = None) -> None:
        self.shelf = shelf or Shelf()
        self.crash_during: str | None = None
        self.lock = threading.RLock()
        self._books: dict[str, AccountBook] = {}
        self._due: datetime | None = None
        self._due_known = False

    # What stands in the books

    @property
    def changes(self) -> int:
        return self.shelf.changes

    @property
    def last_order_change(self) -> int:
        """The `changed` of the order that changed last; a poll that has seen it finds nothing."""
        return max((each.changed for each in list(self.shelf.orders.values())), default=0)

    @property
    def steps(self) -> dict[str, list[str]]:
        """By location, the steps applied so far in order; reverts as `undo:freeze`."""
        return {ref: list(each.steps) for ref, each in list(self.shelf.locations.items())}

    @property
    def released(self) -> list[str]:
        return self.shelf.released

    @property
    def violations(self) -> list[str]:
        """Orders that no termination may give, obeyed all the same: out of order, trunks without E911."""
        return self.shelf.violations

    @property
    def calls(self) -> list[Call]:
        """Every call of a step, with its answer."""
        return self.shelf.calls

    @property
    def faults(self) -> dict[str, list[str]]:
        """Ordered answers that were not given yet, by name."""
        return {name: list(queue) for name, queue in list(self.shelf.faults.items()) if queue}

    def billed(self, location: str) -> list[datetime]:
        return list(self.shelf.location(location).billed)

    def holder(self, number: str) -> str | None:
        """The location that holds a number now."""
        with self.lock:
            found = self.shelf.holder(number)
        return found.ref if found else None

    def accounts(self) -> list[str]:
        return list(self.shelf.accounts)

    def account(self, ref: str) -> AccountBook | None:
        """An account as it stands, whatever answers were ordered."""
        with self.lock:
            if ref not in self._books and ref in self.shelf.accounts:
                self._books[ref] = self.shelf.accounts[ref].book(list(self.shelf.locations.values()))
            return self._books.get(ref)

    def order(self, ref: str) -> OrderBook | None:
        found = self.shelf.orders.get(ref)
        return found.book() if found else None

    def orders(self, account: str) -> list[OrderBook]:
        """All port orders of an account, in order of their last change."""
        return [each for each in self.orders_since(0) if each.account == account]

    def orders_since(self, after: int) -> list[OrderBook]:
        """Orders changed since the change `after`, in order of their change."""
        with self.lock:
            later = [each.book() for each in self.shelf.orders.values() if each.changed > after]
        return sorted(later, key=lambda order: order.changed)

    # What is read and called through the adapters

    def read_account(self, ref: str, purpose: Purpose) -> AccountBook | None:
        """An account for a purpose; all but `books` use up an ordered answer. Raises Unreachable."""
        if purpose != Purpose.books:
            self._spend_read()
        return self.account(ref)

    def read_number(self, location: str, number: str) -> NumberBook:
        """A number just before its release. Raises Unreachable."""
        self._spend_read()
        with self.lock:
            place = self.shelf.locations.get(location)
            held = place is not None and number in place.numbers
            return NumberBook(held=held, open_order=self.shelf.open_order(number))

    def apply(self, call: StepCall, at: datetime) -> Answer:
        """Applies one step, or answers as was ordered. Raises WorkerKilled where a crash was ordered."""
        with self.lock:
            fault = faults.take(self.shelf, call.step)
            answer, new = faults.UNTOUCHED.get(fault or ""), False
            if answer is None:
                answer, new = steps.take(self.shelf, call, at)
            if fault == "timeout_applied":
                answer = Answer.timeout
            self.shelf.calls.append(
                Call(at, call.location, call.step, call.request_id, call.fencing, answer.value)
            )
            if new:
                self._touch()
                self._kill_worker(call.step)
            return answer

    # What the provider's people do

    def add_account(
        self,
        ref: str,
        name: str = "",
        *,
        owner: str,
        authorised: Sequence[str] = (),
        address_of_record: str | None = None,
        names: Mapping[str, str] | None = None,
        phones: Mapping[str, str] | None = None,
    ) -> None:
        """`names` and `phones` are by e-mail address; the owner's is the address of record by default."""
        if ref in self.shelf.accounts:
            raise BooksError(f"There is an account {ref} already.")
        roles = {owner: "owner"} | {each: "authorised" for each in authorised if each != owner}
        known, numbers = names or {}, phones or {}
        people = [Person(e, role, known.get(e, ""), numbers.get(e, "")) for e, role in roles.items()]
        with self.lock:
            self.shelf.accounts[ref] = Account(ref, name or ref, people, address_of_record or owner)
            self._touch()

    def add_location(
        self,
        account: str,
        ref: str,
        name: str = "",
        *,
        renews_on: date,
        time_zone: str = "America/Chicago",
        jurisdiction: str = "US",
        numbers: Sequence[str] = (),
        master_e911: str | None = None,
        trunks: int = 1,
        services: Sequence[str] = (),
        monthly_price: Decimal = Decimal("49.00"),
    ) -> None:
        """A location; its ref is unique over all accounts. `renews_on` sets the day of month."""
        with self.lock:
            self.shelf.check_new_location(account, ref, numbers)
            self.shelf.locations[ref] = Location(
                account=account,
                ref=ref,
                name=name or ref,
                time_zone=time_zone,
                jurisdiction=jurisdiction,
                renews_on=renews_on,
                renewal_day=renews_on.day,
                monthly_price=monthly_price,
                numbers=set(numbers),
                master_e911=master_e911,
                trunks=trunks,
                services=list(services),
            )
            self._touch()

    def move(self, number: str, to_location: str) -> None:
        """The books show the number at another location from now on."""
        with self.lock:
            self.shelf.put(number, self.shelf.location(to_location))
            self._touch()

    def add_number(self, location: str, number: str) -> None:
        self.move(number, location)

    def set_master(self, location: str, number: str | None) -> None:
        """Names the location's master E911 number."""
        with self.lock:
            self.shelf.location(location).master_e911 = number
            self._touch()

    # What the carrier does

    def port(
        self,
        order: str,
        account: str,
        numbers: Sequence[str],
        state: OrderState,
        foc: datetime | None = None,
        *,
        at: datetime,
    ) -> None:
        """Creates or changes a port order. Never refused; numbers that nobody holds are allowed."""
        with self.lock:
            changed = orders.change(self.shelf, order, account, numbers, state, foc)
            if changed:
                self._touch()
                changed.changed, changed.changed_at = self.shelf.changes, at

    # Billing

    def next_renewal(self) -> datetime | None:
        """The next instant (UTC) at which a location is billed; None where renewal is off everywhere."""
        with self.lock:
            if not self._due_known:
                renewing = (each for each in self.shelf.locations.values() if each.renewal_on)
                self._due = min((renewals.due(each) for each in renewing), default=None)
                self._due_known = True
            return self._due

    def bill(self, at: datetime) -> int:
        """Bills every renewal due up to and including `at`; how many there were."""
        with self.lock:
            due = self.next_renewal()
            if due is None or due > at:
                return 0
            count = sum(renewals.bill(each, at) for each in self.shelf.locations.values())
            self._touch()
            return count

    def begin(self, at: datetime) -> None:
        """Passes over the renewals before `at` without billing: the books begin there."""
        with self.lock:
            for each in self.shelf.locations.values():
                while renewals.due(each) < at:
                    renewals.advance(each)
            self._touch()

    # What goes wrong on order

    def fail(self, on: str, answer: str, times: int = 1) -> None:
        """How the next calls of a step, or the next reads (`read`), are answered. Raises BooksError."""
        with self.lock:
            faults.order(self.shelf, on, answer, times)

    def crash(self, during: str) -> None:
        """Kills the worker once, when that step has really been applied."""
        self.crash_during = during

    # Keeping

    def to_json(self) -> str:
        with self.lock:
            return SHELF.dump_json(self.shelf, indent=1).decode()

    @classmethod
    def from_json(cls, text: str) -> "Books":
        return cls(SHELF.validate_json(text))

    def _touch(self) -> None:
        self.shelf.changes += 1
        self._books.clear()
        self._due_known = False

    def _kill_worker(self, step: str) -> None:
        if self.crash_during == step:
            self.crash_during = None
            raise WorkerKilled(step)

    def _spend_read(self) -> None:
        with self.lock:
            fault = faults.take(self.shelf, "read")
        if fault == "error":
            raise Unreachable("The platform answered the read with an error.")
        if fault:
            raise Unreachable("The platform could not be reached.")

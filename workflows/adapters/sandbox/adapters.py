"""The sandbox's books behind the Protocols, in the same process."""

from collections.abc import Callable
from datetime import datetime

from workflows.adapters.platform import AccountBook, Answer, NumberBook, OrderBook, Purpose, StepCall
from workflows.adapters.sandbox.books import Books


class SandboxPlatform:
    """`now` gives the instant (UTC) at which a step is applied; rehearsals give their simulated one."""

    def __init__(self, books: Books, now: Callable[[], datetime], timeout: float = 10.0) -> None:
        self.books = books
        self.now = now
        self.timeout = timeout

    def accounts(self) -> list[str]:
        return self.books.accounts()

    def account(self, ref: str, purpose: Purpose) -> AccountBook | None:
        return self.books.read_account(ref, purpose)

    def number(self, location: str, number: str) -> NumberBook:
        return self.books.read_number(location, number)

    def apply(self, call: StepCall) -> Answer:
        """Raises WorkerKilled where a crash was ordered during that step."""
        return self.books.apply(call, self.now())


class SandboxCarrier:
    def __init__(self, books: Books) -> None:
        self.books = books

    def order(self, ref: str) -> OrderBook | None:
        return self.books.order(ref)

    def orders(self, account: str) -> list[OrderBook]:
        return self.books.orders(account)

    def changes(self, after: int) -> list[OrderBook]:
        return self.books.orders_since(after)

"""Who leaves, with how many numbers, and what becomes of the ports: decided by the seed."""

import threading
import time
from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import httpx

from command_line.chaos.trial import Ground, Size
from workflows import clock
from workflows.adapters.sandbox import Books
from workflows.states import OrderState

FATES = {"plain": 60, "port_completes": 12, "port_rejected": 8, "late_port": 12, "withdraws": 8}
OFFICE = ZoneInfo("America/Chicago")
SERVICES = ("metered", "fax", "sms")


@dataclass(frozen=True)
class Fate:
    ref: str
    account: str
    numbers: tuple[str, ...]
    services: tuple[str, ...]
    kind: str
    asks_at: float
    """Seconds after the beginning."""
    days_ahead: int

    @property
    def owner(self) -> str:
        return f"owner@{self.account.lower()}.example"


def fates(size: Size) -> list[Fate]:
    return [_fate(size, n) for n in range(size.terminations)]


def _fate(size: Size, n: int) -> Fate:
    dice = size.dice("fate", n)
    numbers = tuple(f"+1256{2000000 + n * 8 + each}" for each in range(dice.randint(1, 4)))
    return Fate(
        ref=f"L{n}",
        account=f"A{n // 2}",
        numbers=numbers,
        services=tuple(each for each in SERVICES if dice.random() < 0.3),
        kind=dice.choices(list(FATES), list(FATES.values()))[0],
        asks_at=dice.uniform(0, size.seconds * 0.5 - 25),
        days_ahead=dice.randint(1, 2),
    )


def furnish(books: Books, people: list[Fate]) -> None:
    """The platform's books before anybody leaves."""
    day = clock.now().date() + timedelta(20)
    for each in people:
        if books.account(each.account) is None:
            books.add_account(each.account, owner=each.owner)
        books.add_location(
            each.account,
            each.ref,
            renews_on=day,
            numbers=each.numbers,
            master_e911=each.numbers[0],
            services=each.services,
        )


@dataclass
class Store:
    """The provider's store hands the requests in, again and again until each has a case."""

    ground: Ground
    people: list[Fate]
    references: dict[str, set[str]]
    wrong: list[str]

    def run(self, began: float, stop: threading.Event) -> None:
        address = f"http://127.0.0.1:{self.ground.web}/api/v1/requests"
        headers = {"Authorization": f"Bearer {self.ground.token}"}
        with httpx.Client(headers=headers, timeout=10, trust_env=False) as client:
            for each in sorted(self.people, key=lambda fate: fate.asks_at):
                stop.wait(max(0.0, began + each.asks_at - time.monotonic()))
                self._hand_in(client, address, each)

    def _hand_in(self, client: httpx.Client, address: str, fate: Fate) -> None:
        """One key for all tries: whatever gets lost, there is one case."""
        day = clock.now().astimezone(OFFICE).date() + timedelta(fate.days_ahead)
        body = {
            "account": fate.account,
            "locations": [fate.ref],
            "switches": [fate.ref],
            "requested_for": day.isoformat(),
            "reason": "Leaving",
            "by": fate.owner,
            "confirmed": True,
        }
        for _ in range(60):
            try:
                answer = client.post(address, json=body, headers={"Idempotency-Key": f"chaos-{fate.ref}"})
            except httpx.HTTPError:
                time.sleep(0.3)
                continue
            if answer.is_success:
                self.references.setdefault(fate.ref, set()).add(answer.json()["reference"])
                return
            if answer.status_code < 500:
                self.wrong.append(f"{fate.ref}: the API answered {answer.status_code} {answer.text[:200]}")
                return
            time.sleep(0.3)
        self.wrong.append(f"{fate.ref}: the API took no request for a minute")


@dataclass
class Carrier:
    """The losing carriers: orders open, complete, are rejected; some tell, some do not."""

    ground: Ground
    size: Size
    people: list[Fate]

    def run(self, began: float, stop: threading.Event) -> None:
        for moment, order, fate, state in sorted(self._acts(), key=lambda act: act[0]):
            if stop.wait(max(0.0, began + moment - time.monotonic())):
                return
            self.change(order, fate.account, list(fate.numbers[:2]), state, tell=int(moment * 10) % 2 == 0)

    def _acts(self) -> list[tuple[float, str, Fate, OrderState]]:
        acts = []
        for each in self.people:
            if not each.kind.startswith(("port_", "late_")):
                continue
            dice = self.size.dice("carrier", each.ref)
            opens = each.asks_at + (dice.uniform(4, 14) if each.kind == "late_port" else -0.1)
            ends = opens + dice.uniform(4, 12)
            completes = each.kind == "port_completes" or (each.kind == "late_port" and dice.random() < 0.5)
            state = OrderState.completed if completes else OrderState.rejected
            acts += [
                (opens, f"P-{each.ref}", each, OrderState.committed),
                (ends, f"P-{each.ref}", each, state),
            ]
        return acts

    def change(self, order: str, account: str, numbers: list[str], state: OrderState, *, tell: bool) -> None:
        body = {"order": order, "account": account, "numbers": numbers, "state": state.value, "tell": tell}
        address = f"http://127.0.0.1:{self.ground.platform}/sandbox/port"
        headers = {"Authorization": f"Bearer {self.ground.token}"}
        httpx.post(address, json=body, headers=headers, timeout=20, trust_env=False)


def finish_orders(books: Books, size: Size) -> None:
    """After the storm every port comes to an end."""
    for order in books.orders_since(0):
        if order.state.is_open:
            done = size.dice("end", order.ref).choice((OrderState.completed, OrderState.rejected))
            books.port(order.ref, order.account, [], done, at=clock.now())

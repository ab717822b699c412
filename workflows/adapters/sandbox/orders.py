"""The carriers' side: port orders, and the numbers that a completed one takes away."""

from collections.abc import Sequence
from datetime import datetime

from workflows.adapters.sandbox.records import Order, Shelf
from workflows.states import OrderState


def change(
    shelf: Shelf,
    ref: str,
    account: str,
    numbers: Sequence[str],
    state: OrderState,
    foc: datetime | None,
) -> Order | None:
    """Creates or changes an order; empty `numbers` and no `foc` keep what stands. None: nothing changed."""
    before = shelf.orders.get(ref)
    order = before or Order(ref, account, [], state)
    wanted = (account, list(dict.fromkeys(numbers)) or order.numbers, state, foc or order.foc)
    if before and wanted == (order.account, order.numbers, order.state, order.foc):
        return None
    order.account, order.numbers, order.state, order.foc = wanted
    shelf.orders[ref] = order
    _hand_over(shelf, order)
    return order


def _hand_over(shelf: Shelf, order: Order) -> None:
    """A completed order has its numbers taken away; whatever else it took goes back to where it was."""
    wanted = set(order.numbers) if order.state == OrderState.completed else set()
    for number in set(order.taken) - wanted:
        _give_back(shelf, number, order.taken.pop(number))
    for number in wanted - set(order.taken):
        if holder := shelf.holder(number):
            holder.numbers.discard(number)
            order.taken[number] = holder.ref


def _give_back(shelf: Shelf, number: str, location: str) -> None:
    """Unless somebody else got the number meanwhile."""
    if shelf.holder(number) is None and location in shelf.locations:
        shelf.locations[location].numbers.add(number)

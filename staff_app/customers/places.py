"""The locations of an account as the request form shows them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from workflows import refunds, review_dates
from workflows.desk import Desk
from workflows.orders import open_cancellation
from workflows.records import Account, Cancellation, Location
from workflows.refunds import Refund
from workflows.states import Disposition


@dataclass(frozen=True)
class Place:
    ref: str
    name: str
    numbers: list[str]
    """The last 4 digits of each number that is there."""
    moving: list[str]
    """Those that are on their way to another provider."""
    moves_on: date | None
    trunks: int
    services: list[str]
    price: Decimal | None
    """None where the reader may not see it."""
    renews_on: date | None
    refund: Refund | None
    """What would be paid back; None where nothing is, or no last day is chosen yet."""
    is_set: bool = False


def open_ones(account: Account) -> list[Location]:
    return [each for each in account.locations if each.ended_at is None]


def asked_already(desk: Desk, account: Account) -> list[Cancellation]:
    """What has an open request: it cannot be asked for again."""
    found = [open_cancellation(desk, each) for each in open_ones(account)]
    return [each for each in found if each is not None]


def to_choose(desk: Desk, account: Account) -> list[Location]:
    asked = {part.location_id for part in asked_already(desk, account)}
    return [each for each in open_ones(account) if each.id not in asked]


def shown(desk: Desk, place: Location, *, with_price: bool, last_day: date | None = None) -> Place:
    moving = moving_numbers(desk, place)
    return Place(
        ref=place.ref,
        name=place.name,
        numbers=[each.last_four for each in place.numbers if each.held],
        moving=[each[-4:] for each in moving],
        moves_on=review_dates.latest_foc(desk, place),
        trunks=place.trunks,
        services=list(place.services),
        price=place.monthly_price if with_price else None,
        renews_on=place.renews_on if place.renewal_on else None,
        refund=refunds.after(place, last_day) if last_day else None,
    )


def moving_numbers(desk: Desk, place: Location) -> list[str]:
    """Numbers in an open transfer order, or said to be moving."""
    ordered = {e164 for order in review_dates.open_orders(desk, place) for e164 in order.e164s}
    return [
        each.e164 for each in place.numbers if each.e164 in ordered or each.disposition == Disposition.porting
    ]

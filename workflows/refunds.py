"""What a customer in Canada gets back: the paid days after the last one (product rules, section 7).

Billing ends with the day on which the notice is received, or with a later one that was asked for or
agreed, also where the service ends afterwards. A billing cycle runs from one renewal to the day before the
next; a day of it costs the monthly price divided by the days of that cycle. The sum is rounded once, half
up, to cents."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from workflows.moments import local_day
from workflows.records import Cancellation, Location

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Refund:
    last_day: date
    """The last day that is paid for, at the location."""
    days: int
    """Paid days after it."""
    amount: Decimal
    per_day: Decimal
    """What a day of the cycle in which the last day lies costs, rounded."""


def of(part: Cancellation) -> Refund | None:
    """As things stand; None where the law of the location asks for none."""
    received = local_day(part.location, part.case.received_at)
    return after(part.location, max(part.wanted_for, received))


def after(location: Location, last_day: date) -> Refund | None:
    """If `last_day` is the last one. What runs until the next renewal counts as paid, and its own cycle."""
    if not location.is_canadian:
        return None
    price, cycle = location.monthly_price, _cycle_of(location.renews_on, last_day)
    begins, ends = _renewal(location.renews_on, cycle - 1), _renewal(location.renews_on, cycle)
    unused, length = (ends - last_day).days - 1, (ends - begins).days
    whole_cycles = max(-cycle, 0)
    days = unused + ((location.renews_on - ends).days if whole_cycles else 0)
    amount = price * unused / length + price * whole_cycles
    return Refund(last_day, days, _in_cents(amount), _in_cents(price / length))


def _cycle_of(renews_on: date, day: date) -> int:
    """Which cycle a day lies in: 0 ends with the next renewal, 1 is the one after it, -1 the one before."""
    cycle = (day.year - renews_on.year) * 12 + day.month - renews_on.month
    return cycle + 1 if day >= _renewal(renews_on, cycle) else cycle


def _renewal(renews_on: date, months: int) -> date:
    """The renewal so many months later: on the same day, or the last one of a shorter month."""
    years, month = divmod(renews_on.month - 1 + months, 12)
    year = renews_on.year + years
    return date(year, month + 1, min(renews_on.day, monthrange(year, month + 1)[1]))


def _in_cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)

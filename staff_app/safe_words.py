"""The earliest safe day and what is billed for nothing, each in one sentence."""

from staff_app.words import Say
from workflows.letters.wording import count
from workflows.records import Location
from workflows.safe_dates import Leak, SafeDate


def day(say: Say, safe: SafeDate, place: Location) -> str:
    """Earliest safe day: Thu 4 Dec, a business day after 2 numbers move. Waiting for it costs $214.00."""
    if safe.earliest is None:
        return f"{_unknown(say, safe)} {_each_month(say, safe, place)}".strip()
    near = say.near_day(safe.earliest)
    if safe.porting and safe.ports_on:
        numbers = count(safe.porting, "number moves", "numbers move")
        return f"Earliest safe day: {near}, after {numbers} on {say.day(safe.ports_on)}. {_cost(say, safe)}"
    return f"Earliest safe day: {near}. {_cost(say, safe)}"


def _unknown(say: Say, safe: SafeDate) -> str:
    numbers = count(safe.porting, "number is", "numbers are")
    if safe.ports_on is not None:
        return f"No safe day is known: {numbers} still porting, though due {say.day(safe.ports_on)}."
    return f"No safe day is known yet: {numbers} porting without a date."


def _each_month(say: Say, safe: SafeDate, place: Location) -> str:
    if safe.renews_on is None or place.is_canadian:
        return ""
    return f"Each renewal costs {say.money(place.monthly_price)}, the next on {say.day(safe.renews_on)}."


def _cost(say: Say, safe: SafeDate) -> str:
    if safe.renews_on is None:
        return "Nothing renews any more."
    if not safe.cost:
        return f"The next renewal is {say.day(safe.renews_on)}."
    return f"It renews {say.day(safe.renews_on)}: waiting for it costs {say.money(safe.cost)}."


def leak(say: Say, found: Leak) -> str:
    """Ported 4 days ago, still billed $49.00 a month."""
    ago = say.away(say.local(found.since).date())
    return f"Ported {ago}, still billed {say.money(found.monthly)} a month."

"""When a location renews: monthly, at 00:00 of its day in its own time zone."""

from calendar import monthrange
from datetime import UTC, date, datetime, time
from functools import lru_cache
from zoneinfo import ZoneInfo

from workflows.adapters.sandbox.records import Location


@lru_cache(maxsize=4096)
def instant(day: date, time_zone: str) -> datetime:
    """00:00 of a day (UTC). Where a clock change skips it, the moment of the change; of two, the first."""
    return datetime.combine(day, time(0), ZoneInfo(time_zone)).astimezone(UTC)


def following(day: date, renewal_day: int) -> date:
    """The renewal of the month after `day`: 31 January, 28 February, 31 March."""
    year, month = (day.year + 1, 1) if day.month == 12 else (day.year, day.month + 1)
    return date(year, month, min(renewal_day, monthrange(year, month)[1]))


def due(location: Location) -> datetime:
    """The instant of the next renewal (UTC)."""
    return instant(location.renews_on, location.time_zone)


def bill(location: Location, at: datetime) -> int:
    """Bills every renewal up to and including `at`; how many there were."""
    count = 0
    while location.renewal_on and due(location) <= at:
        location.billed.append(due(location))
        advance(location)
        count += 1
    return count


def advance(location: Location) -> None:
    location.renews_on = following(location.renews_on, location.renewal_day)


def skip(location: Location, at: datetime) -> None:
    """Passes over the renewals up to and including `at` without billing them."""
    while due(location) <= at:
        advance(location)

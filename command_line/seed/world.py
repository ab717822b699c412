"""What all seeded lives share: calendar, staff, the present, chance, and the shelf for their rows."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from random import Random

from command_line.seed.tables import Shelf
from workflows.business_days import BusinessCalendar, at_local
from workflows.business_words import explain
from workflows.config import Settings
from workflows.open_time import OpenTime

HOURS = (1, 0, 0, 0, 0, 1, 2, 5, 12, 18, 20, 17, 12, 13, 16, 17, 14, 9, 6, 5, 4, 3, 2, 1)
"""How often requests arrive in each hour of an office day."""
WEEKDAYS = (1.3, 1.05, 1.0, 0.95, 1.2, 0.22, 0.18)
DAY = 86_400
AHEAD = 120 * DAY


@dataclass(frozen=True)
class Colleague:
    id: int
    email: str


@dataclass(eq=False)
class World:
    calendar: BusinessCalendar
    settings: Settings
    agents: list[Colleague]
    managers: list[Colleague]
    now: int
    began: int
    draw: Random
    shelf: Shelf

    def __post_init__(self) -> None:
        self.open_time = OpenTime(self.calendar, self.began - DAY, self.now + AHEAD)

    def later(self, at: int, hours: float) -> int:
        """The instant that is so many open hours later."""
        return self.open_time.after(at, int(hours * 3600))

    def due(self, at: int, days: int) -> tuple[int, int, str]:
        """When a promise is due, from when it is at risk, and why."""
        received = datetime.fromtimestamp(at, UTC)
        due = self.calendar.due(received, days, self.settings.sla.reading)
        words = explain(self.calendar, received, days, self.settings.sla.reading)
        return int(due.timestamp()), self._risk(due), words

    @lru_cache(maxsize=4096)  # noqa: B019 - one world lives as long as its command
    def _risk(self, due: datetime) -> int:
        before = self.calendar.before(due, timedelta(hours=self.settings.sla.at_risk_hours))
        return int(before.timestamp())

    @lru_cache(maxsize=65_536)  # noqa: B019
    def moment(self, day: date, zone: str) -> int:
        """The run's moment on a day of a location."""
        return int(at_local(day, self.settings.termination.run_at, zone).timestamp())

    @lru_cache(maxsize=65_536)  # noqa: B019
    def midnight(self, day: date, zone: str) -> int:
        """The first second of a day."""
        return int(at_local(day, time(0), zone).timestamp())

    def office_day(self, at: int) -> date:
        return self.calendar.local_date(datetime.fromtimestamp(at, UTC))

    @lru_cache(maxsize=8192)  # noqa: B019
    def opening(self, day: date) -> int:
        return int(self.calendar.opening(day).timestamp())


def arrivals(calendar: BusinessCalendar, began: int, now: int, many: int, draw: Random) -> Iterator[int]:
    """The instants of so many requests in order: more of them on Mondays and Fridays, few on closed days."""
    first, last = (calendar.local_date(datetime.fromtimestamp(each, UTC)) for each in (began, now))
    days = [first + timedelta(days=each) for each in range((last - first).days + 1)]
    weights = [WEEKDAYS[day.weekday()] if calendar.is_business_day(day) else WEEKDAYS[6] for day in days]
    whole, done, given = sum(weights), 0.0, 0
    for day, weight in zip(days, weights, strict=True):
        done += weight
        today = round(many * done / whole) - given
        given += today
        midnight = int(at_local(day, time(0), calendar.time_zone).timestamp())
        hours = draw.choices(range(24), HOURS, k=today)
        instants = sorted(midnight + hour * 3600 + draw.randrange(3600) for hour in hours)
        yield from (max(began, min(each, now - 60)) for each in instants)

"""Dates, times, money and lists as customers read them: written out, with the zone named."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from workflows.desk import Desk
from workflows.letters import wording


@dataclass(frozen=True)
class Words:
    """Words for one page: it knows the office's day and the provider's currency."""

    today: date
    zone: str
    currency: str

    @classmethod
    def of(cls, desk: Desk, at: datetime) -> "Words":
        calendar = desk.calendar
        return cls(calendar.local_date(at), calendar.time_zone, desk.settings.provider.currency)

    def day(self, on: date) -> str:
        """Wednesday 3 December."""
        return wording.day(on.isoformat(), self.today.isoformat())

    def short(self, on: date) -> str:
        """Wed 3 Dec."""
        return wording.short_day(on.isoformat(), self.today.isoformat())

    def day_of(self, instant: datetime, zone: str = "") -> str:
        return self.day(instant.astimezone(ZoneInfo(zone or self.zone)).date())

    def short_of(self, instant: datetime, zone: str = "") -> str:
        return self.short(instant.astimezone(ZoneInfo(zone or self.zone)).date())

    def time(self, instant: datetime, zone: str = "") -> str:
        """18:00 Central Time."""
        where, iso = zone or self.zone, instant.isoformat()
        return f"{wording.clock(iso, where)} {wording.zone_words(where, iso)}"

    def moment(self, instant: datetime, zone: str = "") -> str:
        """Wednesday 3 December, 18:00 Central Time."""
        return wording.moment(instant.isoformat(), zone or self.zone, self.today.isoformat())

    def zone_words(self, instant: datetime) -> str:
        return wording.zone_words(self.zone, instant.isoformat())

    def money(self, amount: Decimal) -> str:
        return wording.money(str(amount), self.currency)

    def count(self, number: int, one: str, many: str) -> str:
        return wording.count(number, one, many)

    def listed(self, words: Iterable[str]) -> str:
        return wording.listed(words)

    def endings(self, numbers: Iterable[str]) -> str:
        """Number ending 0101; numbers ending 0101 and 0102."""
        return wording.endings(list(numbers))


def phone_link(number: str) -> str:
    """The provider's phone number as the address of a link."""
    return "tel:" + "".join(sign for sign in number if sign.isdigit() or sign == "+")

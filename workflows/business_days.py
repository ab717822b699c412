"""Business time: which days and hours count, when a promise is due, and why in words (product.md, section 4).

Pure arithmetic without a clock. Every instant is aware; results are UTC in whole seconds (fractions are cut).
Days are stepped as dates and only then tied to the zone: 86,400 seconds are no day where the clocks change.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from typing import Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

import holidays as public
from holidays.registry import EntityLoader

Reading = Literal["end_of_day", "same_time", "working_hours"]

READINGS = get_args(Reading)
ONE_DAY = timedelta(days=1)
ONE_SECOND = timedelta(seconds=1)
MIDNIGHT = time(0, 0)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OWN_HOLIDAY = "own holiday"
KNOWN_DAYS_KEPT = 20_000  # about fifty years; a guard against a caller who walks through all of history


class CalendarError(ValueError):
    """A calendar that contradicts itself or does not reach far enough, in words for who keeps it."""


@dataclass(frozen=True)
class Span:
    """Opening hours on the wall clock; `closes` is exclusive, and 00:00 there is the end of the day."""

    opens: time
    closes: time


class _Day(NamedTuple):
    spans: tuple[Span, ...]
    open: tuple[tuple[datetime, datetime], ...]  # the same stretches as UTC instants, one for each span


@dataclass(frozen=True)
class BusinessCalendar:
    """When the office works. `hours` run from Monday to Sunday; `holidays`: "US", "CA-ON", "" for none."""

    time_zone: str
    hours: tuple[tuple[Span, ...], ...]
    holidays: str
    extra_holidays: frozenset[date] = frozenset()
    extra_working_days: frozenset[date] = frozenset()
    version: int = 1

    def __post_init__(self) -> None:
        _zone(self.time_zone)
        _reach(self.holidays)
        _check_hours(self.hours)
        for day in sorted(self.extra_holidays & self.extra_working_days):
            raise CalendarError(f"{day} is an extra holiday and an extra working day; only one can be")

    # Days

    def is_business_day(self, day: date) -> bool:
        """Whether the office opens at all on that day."""
        return bool(self._on(day).spans)

    def holiday_name(self, day: date) -> str | None:
        """The holiday that keeps the office closed, in English; None on an extra working day."""
        if day in self.extra_working_days:
            return None
        own = OWN_HOLIDAY if day in self.extra_holidays else None
        return _public_holidays(self.holidays, day.year).get(day, own)

    def spans(self, day: date) -> tuple[Span, ...]:
        """The opening hours of that day, () when closed; a span skipped by a clock change is left out."""
        return self._on(day).spans

    def stretches_of(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The opening hours of that day as instants (UTC), () when closed."""
        return self._on(day).open

    def opening(self, day: date) -> datetime:
        """When work caused by a date happens, business day or not: its weekday's opening or the usual one."""
        return at_local(day, self._hours_of(day)[0].opens, self.time_zone)

    def close(self, day: date) -> datetime:
        """The close of a business day (UTC): its last, where it has several."""
        return self._on(day).open[-1][1]

    def add_business_days(self, day: date, days: int) -> date:
        """0 gives the day itself, even a closed one; 1 the next business day after it, and so on."""
        if days < 0:
            raise ValueError("business days are only counted forwards")
        while days:
            day += ONE_DAY
            days -= bool(self._on(day).spans)
        return day

    def next_business_day(self, day: date) -> date:
        """The day itself when it is one."""
        return day if self.is_business_day(day) else self.add_business_days(day, 1)

    def local_date(self, at: datetime) -> date:
        """The date in the office at that instant."""
        return _utc(at).astimezone(self._zone).date()

    # Moments

    def is_open(self, at: datetime) -> bool:
        """Whether the office works at that instant; at the instant of closing it does not."""
        return self.open_until(at) is not None

    def open_until(self, at: datetime) -> datetime | None:
        """The close of the span that contains that instant; None outside opening hours."""
        at = _utc(at)
        stretches = self._on(self.local_date(at)).open
        return next((closes for opens, closes in stretches if opens <= at < closes), None)

    def next_opening(self, at: datetime) -> datetime:
        """The first open instant from then on: the instant itself when the office is open."""
        return next(self._open_from(_utc(at)))[0]

    def between(self, start: datetime, end: datetime) -> timedelta:
        """Business time in [start, end), as it really passes; none when the end is not after the start."""
        start, end = _utc(start), _utc(end)
        day, last, total = self.local_date(start), self.local_date(end), timedelta()
        while day <= last:
            for opens, closes in self._on(day).open:
                total += max(min(closes, end) - max(opens, start), timedelta())
            day += ONE_DAY
        return total

    def before(self, due: datetime, left: timedelta) -> datetime:
        """The earliest instant from which `left` business time or less remains until `due`; often a close."""
        if left < timedelta():
            raise ValueError("the business time left cannot be negative")
        for opens, ends in self._open_before(_utc(due)):
            if left < ends - opens:
                return ends - left
            left -= ends - opens
        raise AssertionError("time has no beginning")  # the calendar's reach ends first, with a CalendarError

    # Promises

    def due(self, received: datetime, days: int, reading: Reading) -> datetime:
        """The last instant (UTC) that keeps a promise of one or more business days.

        What comes later is never due earlier. Raises CalendarError where the holidays end first.
        """
        received = promised(received, days, reading)
        if reading == "end_of_day":
            return self.close(self.add_business_days(self.local_date(received), days))
        if reading == "same_time":
            return self._landed(*self.wanted_day(self.next_opening(received), days))
        return list(self.stretches(received, days))[-1][1]

    def wanted_day(self, start: datetime, days: int) -> tuple[date, datetime]:
        """The day on which the promise ends, and the wanted instant, be the office open then or not."""
        first = self.local_date(start)
        day = self.add_business_days(first, days)
        into_day = _wall(start, self._zone) - datetime.combine(first, MIDNIGHT)
        return day, _instant(datetime.combine(day, MIDNIGHT) + into_day, self._zone)

    def _landed(self, day: date, wanted: datetime) -> datetime:
        """The wanted instant moved into the hours of its day: up to the opening, else down to a close."""
        landed = self._on(day).open[0][0]
        for opens, closes in self._on(day).open:
            if wanted >= opens:
                landed = min(wanted, closes)
        return landed

    def stretches(self, received: datetime, days: int) -> Iterator[tuple[datetime, datetime]]:
        """The stretches in which the promised working hours pass; the last one ends where none is left."""
        left = self.working_time(days)
        for opens, closes in self._open_from(received):
            worked = min(closes - opens, left)
            yield opens, opens + worked
            left -= worked
            if not left:
                return

    def working_time(self, days: int) -> timedelta:
        """Working hours of that many standard days: the first weekday with hours, as written on the door."""
        return days * sum((_length(span) for span in self._standard_hours), timedelta())

    # What is known of a day, worked out once

    @cached_property
    def _days(self) -> dict[date, _Day]:
        return {}

    @cached_property
    def _zone(self) -> ZoneInfo:
        return _zone(self.time_zone)

    @cached_property
    def _standard_hours(self) -> tuple[Span, ...]:
        return next(spans for spans in self.hours if spans)

    def _hours_of(self, day: date) -> tuple[Span, ...]:
        return self.hours[day.weekday()] or self._standard_hours

    def _on(self, day: date) -> _Day:
        known = self._days.get(day)
        return self._work_out(day) if known is None else known

    def _work_out(self, day: date) -> _Day:
        hours = () if self._is_closed(day) else self._hours_of(day)
        stretches = [(span, _instants(day, span, self._zone)) for span in hours]
        real = [(span, instants) for span, instants in stretches if instants[0] < instants[1]]
        if len(self._days) >= KNOWN_DAYS_KEPT:
            self._days.clear()
        return self._days.setdefault(day, _Day(tuple(s for s, _ in real), tuple(i for _, i in real)))

    def _is_closed(self, day: date) -> bool:
        holiday = self.holiday_name(day)  # asked on every weekday, so that a year out of reach never passes
        return day not in self.extra_working_days and (holiday is not None or not self.hours[day.weekday()])

    def _open_from(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open stretches from then on, the one under way cut to the rest; without end."""
        day = self.local_date(at)
        while True:
            for opens, closes in self._on(day).open:
                if at < closes:
                    yield max(opens, at), closes
            day += ONE_DAY

    def _open_before(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """The open stretches up to then, the latest first, the one under way cut to what has passed."""
        day = self.local_date(at)
        while True:
            for opens, closes in reversed(self._on(day).open):
                if opens < at:
                    yield opens, min(closes, at)
            day -= ONE_DAY


def at_local(day: date, at: time, zone: str) -> datetime:
    """UTC of a wall time: the first of two; the first instant after the gap where a clock change skips it."""
    return _instant(datetime.combine(day, at), _zone(zone))


# Wall clock and UTC


def _instant(wall: datetime, zone: ZoneInfo) -> datetime:
    at = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    skipped = at.astimezone(zone).replace(tzinfo=None) - wall
    return _clock_change(at - skipped, at, zone) if skipped else at


def _wall(at: datetime, zone: ZoneInfo) -> datetime:
    """The wall clock, stopped while an hour is repeated: else a later receipt could be due earlier."""
    local = at.astimezone(zone)
    if not local.fold:
        return local.replace(tzinfo=None)
    first = local.replace(fold=0).astimezone(UTC)
    change = _clock_change(first, at, zone)
    return (change - ONE_SECOND).astimezone(zone).replace(tzinfo=None) + ONE_SECOND


def _clock_change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second in (before, after] from which the UTC offset is that of `after`."""
    offset = after.astimezone(zone).utcoffset()
    seconds = range(int((after - before).total_seconds()) + 1)
    step = bisect_left(
        seconds, True, key=lambda s: (before + timedelta(seconds=s)).astimezone(zone).utcoffset() == offset
    )
    return before + timedelta(seconds=step)


def _instants(day: date, span: Span, zone: ZoneInfo) -> tuple[datetime, datetime]:
    opens = datetime.combine(day, span.opens)
    return _instant(opens, zone), _instant(opens + _length(span), zone)


def _utc(at: datetime) -> datetime:
    if at.tzinfo is not UTC:
        if at.utcoffset() is None:
            raise ValueError(f"{at.isoformat()} has no time zone, so it names no instant")
        at = at.astimezone(UTC)
    return at.replace(microsecond=0) if at.microsecond else at


def promised(received: datetime, days: int, reading: str) -> datetime:
    if reading not in READINGS:
        raise ValueError(f"there is no reading {reading!r} of a promise")
    if days < 1:
        raise ValueError("a promise takes at least one business day")
    return _utc(received)


# What the settings must be


@lru_cache(maxsize=512)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # unknown; not a relative path; a folder such as "America"
        raise CalendarError(f'time_zone "{name}": unknown; use a form such as "America/Chicago"') from None


def _check_hours(hours: tuple[tuple[Span, ...], ...]) -> None:
    if len(hours) != len(WEEKDAYS):
        raise CalendarError(f"hours: seven weekdays are needed, Monday first, not {len(hours)}")
    if not any(hours):
        raise CalendarError("hours: the office never opens, so nothing can ever be due")
    for weekday, spans in zip(WEEKDAYS, hours, strict=True):
        _check_spans(weekday, spans)


def _check_spans(weekday: str, spans: tuple[Span, ...]) -> None:
    free_from = timedelta()
    for span in spans:
        words = f"hours on {weekday}: {span.opens:%H:%M}-{span.closes:%H:%M}".replace("-00:00", "-24:00")
        if any(at.tzinfo or at.microsecond for at in (span.opens, span.closes)):
            raise CalendarError(f"{words} must be plain local times in whole seconds")
        if _length(span) <= timedelta():
            raise CalendarError(f"{words} closes before it opens")
        if _since_midnight(span.opens) < free_from:
            raise CalendarError(f"{words} opens before the span in front of it has closed")
        free_from = _since_midnight(span.opens) + _length(span)


def _length(span: Span) -> timedelta:
    closes = ONE_DAY if span.closes == MIDNIGHT else _since_midnight(span.closes)
    return closes - _since_midnight(span.opens)


def _since_midnight(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute, seconds=at.second)


@lru_cache(maxsize=64)
def _reach(code: str) -> tuple[int, int]:
    """The first and last year with known holidays; without holidays, what dates can express."""
    if not code:
        return date.min.year + 1, date.max.year - 1
    country, dash, subdivision = code.partition("-")
    is_known = country in EntityLoader.get_country_codes(include_aliases=True)
    if not is_known or (dash and subdivision not in getattr(public, country).subdivisions):
        raise CalendarError(f'holidays "{code}": no such place; use a form such as "US" or "CA-ON"')
    reach = public.country_holidays(country)
    return reach.start_year, reach.end_year


@lru_cache(maxsize=512)
def _public_holidays(code: str, year: int) -> Mapping[date, str]:
    first, last = _reach(code)
    if not first <= year <= last:
        raise CalendarError(f'holidays "{code}": known from {first} to {last}, but the year {year} is needed')
    if not code:
        return {}
    country, _, subdivision = code.partition("-")
    usual = public.country_holidays(country).default_language or ""
    language = usual if usual.startswith("en") else "en_US"
    found = public.country_holidays(country, subdivision or None, year, expand=False, language=language)
    return dict(found)

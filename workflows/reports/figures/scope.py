"""What a report is asked about: until when, which weeks, whose cases, which countries and reasons."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, String, and_, exists, false, literal_column, or_, select
from sqlalchemy.orm import aliased

from workflows.business_days import at_local
from workflows.desk import Desk
from workflows.records import Cancellation, Case, Location, Request

WEEK = timedelta(days=7)
STORED = {"sqlite": "%Y-%m-%d %H:%M:%S.%f", "postgresql": "%Y-%m-%d %H:%M:%S+00"}
"""How an instant of the database is compared with one that is written into the statement."""
MONTHS_FROM = 27
"""Periods of more weeks than this are told by the month."""
LONGEST = 366 * 5
NO_REASON = "none"


class Impossible(ValueError):
    """A period or filter that cannot be; the text is a sentence for its reader."""


@dataclass(frozen=True)
class Bucket:
    """A week or a month of the office: [since, until)."""

    first: date
    since: datetime
    until: datetime
    words: str

    @property
    def key(self) -> str:
        return self.first.isoformat()


@dataclass(frozen=True)
class Period:
    """Days of the office, the last one included."""

    first: date
    last: date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise Impossible("The period ends before it begins.")
        if (self.last - self.first).days > LONGEST:
            raise Impossible("A period may span five years at most.")


def weeks(today: date, many: int) -> Period:
    """So many weeks, the current one as the last."""
    monday = today - timedelta(days=today.weekday())
    return Period(monday - (many - 1) * WEEK, monday + timedelta(days=6))


def months(today: date, many: int) -> Period:
    """So many months, the current one as the last."""
    first = today.replace(day=1)
    last = _next_month(first) - timedelta(days=1)
    for _each in range(many - 1):
        first = (first - timedelta(days=1)).replace(day=1)
    return Period(first, last)


@dataclass(frozen=True)
class Scope:
    """All that an address may ask for. Every filter may have several values; none stands for all."""

    desk: Desk
    at: datetime
    period: Period
    owners: tuple[int | None, ...] = ()
    """Ids of users; None stands for cases without an owner."""
    countries: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    asked: dict[str, Any] = field(default_factory=dict)
    """The same as it stands in the address."""
    known: dict[str, Any] = field(default_factory=dict, compare=False)
    """What one report asks the database for several of its figures."""

    @property
    def zone(self) -> str:
        return self.desk.calendar.time_zone

    @property
    def today(self) -> date:
        return self.desk.calendar.local_date(self.at)

    def midnight(self, day: date) -> datetime:
        return at_local(day, time(0), self.zone)

    @property
    def since(self) -> datetime:
        return self.midnight(self.period.first)

    @property
    def until(self) -> datetime:
        return self.midnight(self.period.last + timedelta(days=1))

    @cached_property
    def buckets(self) -> list[Bucket]:
        """The weeks of the period, or its months where there are many."""
        first, end = self.period.first, self.period.last + timedelta(days=1)
        is_long = (end - first).days > MONTHS_FROM * 7
        found = []
        while first < end:
            until = _next_month(first) if is_long else first + timedelta(days=7 - first.weekday())
            until = min(until, end)
            words = f"{first:%b %Y}" if is_long else f"{first:%-d %b}"
            found.append(Bucket(first, self.midnight(first), self.midnight(until), words))
            first = until
        return found

    def bucket_of(self, instant: Any) -> ColumnElement[str]:
        """The key of the bucket in which an instant falls; meant for those within the period.

        Written as text: what is built of a dozen expressions takes longer than the query itself."""
        table, column = instant.class_.__tablename__, instant.key
        stored = STORED[self.desk.session.get_bind().dialect.name]
        whens = " ".join(
            f"WHEN \"{table}\".{column} < '{each.until:{stored}}' THEN '{each.key}'"
            for each in self.buckets[:-1]
        )
        last = f"'{self.buckets[-1].key}'"
        return literal_column(f"CASE {whens} ELSE {last} END" if whens else last, String())

    def within(self, instant: Any) -> ColumnElement[bool]:
        return and_(instant >= self.since, instant < self.until)

    # Filters

    def of_case(self, case_id: Any, location_id: Any = None) -> list[ColumnElement[bool]]:
        """The filters as conditions on what belongs to a case; on its location where it has one."""
        found: list[ColumnElement[bool]] = []
        if self.owners:
            mine = aliased(Case)
            found.append(exists().where(mine.id == case_id, self._owned(mine)))
        if self.categories:
            asked = aliased(Request)
            found.append(exists().where(asked.case_id == case_id, self._given(asked)))
        if self.countries:
            found.append(self._somewhere(case_id, location_id))
        return found

    def _owned(self, mine: Any) -> ColumnElement[bool]:
        known = [each for each in self.owners if each is not None]
        nobody = mine.owner_id.is_(None) if None in self.owners else false()
        return or_(mine.owner_id.in_(known), nobody)

    def _given(self, asked: Any) -> ColumnElement[bool]:
        nothing = asked.category.is_(None) if NO_REASON in self.categories else false()
        return or_(asked.category.in_(self.categories), nothing)

    def _somewhere(self, case_id: Any, location_id: Any) -> ColumnElement[bool]:
        place = aliased(Location)
        there = or_(*(place.jurisdiction.startswith(each, autoescape=True) for each in self.countries))
        if location_id is not None:
            return exists().where(place.id == location_id, there)
        part = aliased(Cancellation)
        return exists(
            select(part.id).join(place, part.location_id == place.id).where(part.case_id == case_id, there)
        )


def offsets(zone: str, since: datetime, until: datetime) -> Sequence[tuple[datetime, int]]:
    """From when on the zone is how many seconds ahead of UTC, over a span."""
    known = ZoneInfo(zone)
    found = [(since, _offset(since, known))]
    at = since
    while at < until:
        later = min(at + timedelta(days=1), until)
        if _offset(later, known) != found[-1][1]:
            found.append((_change(at, later, known), _offset(later, known)))
        at = later
    return found


def _offset(at: datetime, zone: ZoneInfo) -> int:
    ahead = at.astimezone(zone).utcoffset()
    return int(ahead.total_seconds()) if ahead else 0


def _change(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The first second of the new offset."""
    low, high = int(before.timestamp()), int(after.timestamp())
    old = _offset(before, zone)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (middle, high) if _offset(datetime.fromtimestamp(middle, UTC), zone) == old else (low, middle)
        )
    return datetime.fromtimestamp(high, UTC)


def _next_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)

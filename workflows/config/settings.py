"""Every setting with its default. The keys are those of the product rules, section 9."""

import re
from datetime import date, time
from decimal import Decimal, InvalidOperation
from functools import cached_property
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    field_validator,
    model_validator,
)

from workflows import zones
from workflows.business_days import BusinessCalendar, CalendarError, Span

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Hours = tuple[tuple[Span, ...], ...]
AN_AMOUNT = 'an amount is written "1000.00" or as a number'


def _time(value: Any) -> Any:
    if isinstance(value, str):
        if not re.fullmatch(r"\d{2}:\d{2}(:\d{2})?", value):
            raise ValueError('a time is written "18:00"')
        return time.fromisoformat(value)
    return value


def _money(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(value, str | int | float | Decimal):
        raise ValueError(AN_AMOUNT)
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise ValueError(AN_AMOUNT) from None


def _zone(value: str) -> str:
    if value not in zones.known():
        raise ValueError(f'"{value}" is no time zone of the IANA list, such as "America/Chicago"')
    return value


ClockTime = Annotated[time, BeforeValidator(_time)]
Money = Annotated[Decimal, BeforeValidator(_money), Field(ge=0)]
Zone = Annotated[str, AfterValidator(_zone)]


def _dates(value: Any) -> Any:
    """TOML gives a list; the model keeps a set, so that the calendar made from it can be a key."""
    if not isinstance(value, list):
        return value
    if not all(isinstance(each, date | str) for each in value):
        raise ValueError("days are written as a list of dates, such as [2027-12-24]")
    return frozenset(value)


Dates = Annotated[frozenset[date], BeforeValidator(_dates)]


class Section(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


def span(text: str) -> Span:
    """Opening hours as they are written. Raises ValueError with the words for people."""
    match = re.fullmatch(r"\s*(\d{2}:\d{2})\s*-\s*(\d{2}:\d{2})\s*", text)
    if not match:
        raise ValueError(f'hours are written "09:00-18:00", not "{text}"')
    opens, closes = match.groups()
    return Span(time.fromisoformat(opens), time(0) if closes == "24:00" else time.fromisoformat(closes))


def _weekdays(text: str) -> list[int]:
    first, _, last = text.strip().lower().partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise ValueError(f'weekdays are written "Mon-Fri" or "Sat", not "{text}"')
    start, end = DAYS.index(first), DAYS.index(last or first)
    if end < start:
        raise ValueError(f'"{text}" runs backwards')
    return list(range(start, end + 1))


def _hours_from_text(text: str) -> dict[int, list[Span]]:
    week: dict[int, list[Span]] = {}
    for part in text.split(";"):
        days, _, spans = part.strip().partition(" ")
        for day in _weekdays(days):
            if day in week:
                raise ValueError(f"{DAYS[day]} is named twice")
            week[day] = [span(each) for each in spans.split(",")]
    return week


def _hours_from_table(table: dict[str, Any]) -> dict[int, list[Span]]:
    week: dict[int, list[Span]] = {}
    for day, spans in table.items():
        if day not in DAYS:
            raise ValueError(f'"{day}" is no weekday; use mon, tue, … sun')
        if not isinstance(spans, list) or not all(isinstance(each, str) for each in spans):
            raise ValueError(f'{day} needs a list such as ["09:00-12:00", "13:00-18:00"]')
        week[DAYS.index(day)] = [span(each) for each in spans]
    return week


def _hours(value: Any) -> Any:
    if isinstance(value, str):
        week = _hours_from_text(value)
    elif isinstance(value, dict):
        week = _hours_from_table(value)
    else:
        return value
    return tuple(tuple(week.get(day, ())) for day in range(7))


class Office(Section):
    time_zone: Zone = "America/Chicago"
    hours: Annotated[Hours, BeforeValidator(_hours)] = Field(
        default=_hours("Mon-Fri 09:00-18:00"), validate_default=True
    )
    holidays: str = "US"
    extra_holidays: Dates = frozenset()
    extra_working_days: Dates = frozenset()

    @model_validator(mode="after")
    def _is_a_calendar(self) -> "Office":
        if not any(self.hours):
            raise ValueError("the office needs opening hours on at least one weekday")
        try:
            self.calendar  # noqa: B018 - building it is the check
        except CalendarError as wrong:
            raise ValueError(str(wrong)) from wrong
        return self

    @cached_property
    def calendar(self) -> BusinessCalendar:
        return BusinessCalendar(
            self.time_zone, self.hours, self.holidays, self.extra_holidays, self.extra_working_days
        )


class Sla(Section):
    first_contact_days: int = Field(default=2, ge=1, le=60)
    follow_up_days: int = Field(default=1, ge=1, le=60)
    reading: Literal["end_of_day", "same_time", "working_hours"] = "end_of_day"
    stops_on: Literal["contact", "reached"] = "contact"
    at_risk_hours: int = Field(default=4, ge=0, le=200)
    target_percent: int = Field(default=95, ge=0, le=100)


class Ports(Section):
    poll_minutes: int = Field(default=15, ge=1, le=1440)
    stale_days: int = Field(default=30, ge=1, le=3650)


class SecondApproval(Section):
    numbers: int = Field(default=25, ge=0)
    monthly: Money = Decimal("1000.00")


class Termination(Section):
    run_at: ClockTime = time(18, 0)
    port_grace_days: int = Field(default=1, ge=0, le=60)
    weekends: bool = True
    late_days: int = Field(default=2, ge=0, le=365)
    per_hour: int = Field(default=20, ge=1)
    per_day_percent: int = Field(default=10, ge=0, le=100)
    per_day_at_least: int = Field(default=5, ge=1)
    second_approval: SecondApproval = SecondApproval()
    evidence_days: int = Field(default=365, ge=1)
    lease_seconds: int = Field(default=60, ge=1, le=3600)
    reconcile_at: ClockTime = time(6, 0)


class Defer(Section):
    default_days: int = Field(default=14, ge=1, le=730)
    after_foc_days: int = Field(default=30, ge=0, le=730)


class Assignment(Section):
    round_robin: bool = False


class Retention(Section):
    years: int = Field(default=3, ge=1, le=100)


class Request(Section):
    latest_days: int = Field(default=730, ge=1, le=3650)
    reasons: Annotated[tuple[str, ...], BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v)] = (
        "Moving to another provider",
        "Moving to another system",
        "Closing the location",
        "Too expensive",
        "Not used any more",
        "Other",
    )


class Files(Section):
    largest_mb: int = Field(default=10, ge=1, le=100)
    kinds: Annotated[
        tuple[Literal["pdf", "png", "jpeg", "txt", "eml"], ...],
        BeforeValidator(lambda v: tuple(v) if isinstance(v, list) else v),
    ] = ("pdf", "png", "jpeg", "txt", "eml")


class Provider(Section):
    name: str = "Northline Voice"
    phone: str = "+1 256-555-0199"
    email: str = "success@northline.example"
    reply_to: str = "success@northline.example"
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$")


class Web(Section):
    public_url: str = "http://127.0.0.1:8080"
    status_link_days: int = Field(default=90, ge=1, le=730)
    sign_link_minutes: int = Field(default=30, ge=1, le=1440)
    handover_link_minutes: int = Field(default=30, ge=1, le=1440)
    reset_link_minutes: int = Field(default=60, ge=1, le=1440)
    session_hours: int = Field(default=12, ge=1, le=168)

    @field_validator("public_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not re.match(r"https?://[^/]+", value):
            raise ValueError("a web address starts with http:// or https://")
        return value.rstrip("/")


class Settings(Section):
    office: Office = Office()
    sla: Sla = Sla()
    ports: Ports = Ports()
    termination: Termination = Termination()
    defer: Defer = Defer()
    assignment: Assignment = Assignment()
    retention: Retention = Retention()
    request: Request = Request()
    files: Files = Files()
    provider: Provider = Provider()
    web: Web = Web()

    @property
    def calendar(self) -> BusinessCalendar:
        return self.office.calendar

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.office.time_zone)

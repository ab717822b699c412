"""Dates, times, money and numbers as staff read them. Deadlines stand in the office's time zone."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import phonenumbers

from workflows.adapters.platform import Answer
from workflows.desk import Desk
from workflows.letters import wording
from workflows.states import Authentication, Channel, Disposition, OrderState, Outcome, Role, StepState

AN_HOUR = timedelta(hours=1)
CHANNELS = {Channel.phone: "Phone", Channel.email: "E-mail", Channel.portal: "Status page"}
OUTCOMES = {
    Outcome.reached: "Reached",
    Outcome.no_answer: "No answer",
    Outcome.voicemail: "Voicemail left",
    Outcome.wrong_person: "Wrong person",
    Outcome.signed: "Signed on the status page",
}
AUTHENTICATIONS = {
    Authentication.callback: "Call-back to a number we know",
    Authentication.pin: "PIN",
    Authentication.portal: "Signed in to the portal",
    Authentication.none: "Not authenticated",
}
DISPOSITIONS = {
    Disposition.undecided: "No decision",
    Disposition.porting: "Moves to another provider",
    Disposition.ported: "Ported",
    Disposition.moved: "Moved to another location",
    Disposition.not_needed: "Not needed",
}
ORDERS = {
    OrderState.requested: "Port requested",
    OrderState.committed: "Ports out",
    OrderState.completed: "Ported",
    OrderState.rejected: "Port rejected",
    OrderState.cancelled: "Port cancelled",
}
STEP_STATES = {
    StepState.pending: "Waiting",
    StepState.calling: "In progress",
    StepState.unknown: "Outcome unknown",
    StepState.done: "Done",
    StepState.failed: "Failed",
    StepState.stuck: "Outcome still unknown",
    StepState.skipped: "Skipped",
    StepState.left_out: "Left out",
}
ANSWERS = {
    Answer.applied: "Done",
    Answer.gone: "Was gone already",
    Answer.denied: "Refused",
    Answer.error: "Error",
    Answer.unreachable: "Not reached",
    Answer.timeout: "Timed out",
    Answer.port_open: "A port order is open",
    Answer.stale: "Token too old",
}
ROLES = {Role.agent: "Agent", Role.manager: "Manager", Role.admin: "Admin"}


@dataclass(frozen=True)
class Say:
    """Words for one page: it knows the present instant and the office's calendar."""

    desk: Desk
    at: datetime

    @property
    def zone(self) -> str:
        return self.desk.calendar.time_zone

    @property
    def today(self) -> date:
        return self.desk.calendar.local_date(self.at)

    def local(self, instant: datetime, zone: str | None = None) -> datetime:
        return instant.astimezone(ZoneInfo(zone or self.zone))

    def zone_words(self, instant: datetime | None = None, zone: str | None = None) -> str:
        """Central Time."""
        return wording.zone_words(zone or self.zone, (instant or self.at).isoformat())

    def zone_short(self, instant: datetime | None = None, zone: str | None = None) -> str:
        """Central."""
        return self.zone_words(instant, zone).removesuffix(" Time").removesuffix(" time")

    def day(self, on: date) -> str:
        """Wed 3 Dec; with the year where it is not this one."""
        return wording.short_day(on.isoformat(), self.today.isoformat())

    def when(self, instant: datetime, zone: str | None = None) -> str:
        """Today 18:00, yesterday 15:05, Wed 3 Dec 09:00."""
        local = self.local(instant, zone)
        return f"{self.near_day(local.date())} {local:%H:%M}"

    def to_the_second(self, instant: datetime) -> str:
        """Today 18:00:04."""
        local = self.local(instant)
        return f"{self.near_day(local.date())} {local:%H:%M:%S}"

    def near_day(self, on: date) -> str:
        near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
        return near.get((on - self.today).days) or self.day(on)

    def where(self, instant: datetime, zone: str) -> str:
        """Thu 4 Dec 18:00 Eastern: at a location, with its zone named."""
        local = self.local(instant, zone)
        return f"{self.day(local.date())} {local:%H:%M} {self.zone_short(instant, zone)}"

    def full(self, instant: datetime) -> str:
        """Tuesday 25 November 2025, 11:20 Central Time."""
        local = self.local(instant)
        return f"{local:%A %-d %B %Y, %H:%M} {self.zone_words(instant)}"

    def away(self, on: date) -> str:
        """Today, in 3 days, 2 days ago."""
        days = (on - self.today).days
        if abs(days) <= 1:
            return self.near_day(on)
        return f"in {days} days" if days > 0 else f"{-days} days ago"

    def money(self, amount: Decimal) -> str:
        return wording.money(str(amount), self.desk.settings.provider.currency)

    def business(self, span: timedelta) -> str:
        """38 min, 4 h 03 min; above two business days as such."""
        standard = self.a_business_day
        if standard and span >= 2 * standard:
            return wording.count(int(span / standard), "business day", "business days")
        return wording.hours(span.total_seconds())

    @property
    def a_business_day(self) -> timedelta:
        calendar = self.desk.calendar
        opens = calendar.opening(calendar.next_business_day(self.today))
        return calendar.between(opens, opens + timedelta(hours=24))

    def number(self, e164: str) -> str:
        return phone(e164)

    def step(self, name: str) -> str:
        """A step of a plan, with the whole number: staff may see it."""
        kind, _, number = name.partition(":")
        undo = kind == "undo"
        if undo:
            return f"Undo: {wording.step(number).lower()}"
        return f"Release {phone(number)}" if kind == "release" else wording.step(name)

    def channel(self, name: str) -> str:
        return CHANNELS[Channel(name)]

    def outcome(self, name: str) -> str:
        return OUTCOMES[Outcome(name)]

    def authenticated(self, name: str) -> str:
        return AUTHENTICATIONS[Authentication(name)]

    def disposition(self, name: str) -> str:
        return DISPOSITIONS[Disposition(name)]

    def step_state(self, name: str) -> str:
        return STEP_STATES[StepState(name)]

    def answer(self, name: str) -> str:
        return ANSWERS[Answer(name)]

    def order_state(self, name: str) -> str:
        return ORDERS[OrderState(name)]

    def role(self, name: str) -> str:
        return ROLES[Role(name)]

    def capped(self, count: int) -> str:
        """A count as lists show it: 999+ from 1000 on."""
        return str(count) if count < 1000 else "999+"

    def size(self, octets: int) -> str:
        """840 bytes, 12 kB, 3.4 MB."""
        if octets < 1000:
            return wording.count(octets, "byte", "bytes")
        return f"{octets // 1000} kB" if octets < 1_000_000 else f"{octets / 1_000_000:.1f} MB"

    def count(self, number: int, one: str, many: str) -> str:
        return wording.count(number, one, many)


@lru_cache(maxsize=4096)
def phone(e164: str) -> str:
    """(973) 555-0101 within North America, +44 20 … elsewhere."""
    try:
        parsed = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return e164
    form = phonenumbers.PhoneNumberFormat.NATIONAL
    if parsed.country_code != 1:
        form = phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(parsed, form)

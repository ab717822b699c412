"""A changed calendar or policy: what it would move, shown first; then moved on command (section 4).

Running clocks are counted anew from their start; stopped ones keep their result."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from workflows import calendars
from workflows.actors import Actor
from workflows.business_words import explain
from workflows.config import Settings
from workflows.config.policy import Policy
from workflows.config.settings import Sla
from workflows.desk import Desk
from workflows.history import note
from workflows.records import Cancellation, Case, Clock, PortOrder
from workflows.standing import restand
from workflows.states import ClockName


@dataclass(frozen=True)
class Moved:
    """One running clock and its due time under both calendars."""

    clock: Clock
    before: datetime
    after: datetime


@dataclass(frozen=True)
class Preview:
    moved: list[Moved]
    at: datetime

    @property
    def vanishing(self) -> int:
        """Breaches that are none under the new calendar."""
        return sum(each.before < self.at <= each.after for each in self.moved)

    @property
    def appearing(self) -> int:
        return sum(each.after < self.at <= each.before for each in self.moved)

    @property
    def words(self) -> str:
        if not self.moved:
            return "No due time moves"
        said = [f"{_count(len(self.moved), 'due time')} {'moves' if len(self.moved) == 1 else 'move'}"]
        if self.vanishing:
            said.append(f"{_breaches(self.vanishing)} {'vanishes' if self.vanishing == 1 else 'vanish'}")
        if self.appearing:
            said.append(f"{_breaches(self.appearing)} {'appears' if self.appearing == 1 else 'appear'}")
        return ", ".join(said)


def preview(desk: Desk, wanted: Settings, at: datetime) -> Preview:
    """What putting these in force would move. Changes nothing."""
    return Preview(list(_moved(desk, wanted)), at)


def apply(desk: Desk, wanted: Settings, *, by: Actor, at: datetime, changed: Policy | None = None) -> Preview:
    """Puts these in force, moves the running clocks and the work that dates cause.

    `changed` is the policy where it is saved with the calendar; the desk goes on with what is in force."""
    kept = calendars.keep(desk.session, wanted.office, at, by.name, changed)
    shown = Preview(list(_moved(desk, wanted)), at)
    desk.settings, desk.calendar = wanted, replace(wanted.calendar, version=kept.id)
    for clock in _running(desk):
        _count_anew(desk, clock, at)
    _move_dated_work(desk)
    name = "calendar_applied" if changed is None else "policy_applied"
    note(desk, name, at=at, by=by, why=shown.words, version=kept.id)
    for case in {clock.case for clock in _running(desk)}:
        restand(desk, case, at)
    return shown


def _running(desk: Desk) -> list[Clock]:
    running = select(Clock).where(Clock.stopped_at.is_(None)).order_by(Clock.id)
    return list(desk.session.scalars(running.options(joinedload(Clock.case).joinedload(Case.account))))


def _moved(desk: Desk, wanted: Settings) -> Iterator[Moved]:
    for clock in _running(desk):
        due = wanted.calendar.due(clock.started_at, _days(wanted.sla, clock), wanted.sla.reading)
        if due != clock.due_at:
            yield Moved(clock, clock.due_at, due)


def _days(sla: Sla, clock: Clock) -> int:
    return sla.first_contact_days if clock.name == ClockName.first_contact else sla.follow_up_days


def _count_anew(desk: Desk, clock: Clock, at: datetime) -> None:
    """What was told of a breach or a risk that vanished is told again when it comes after all."""
    sla, calendar, days = desk.settings.sla, desk.calendar, _days(desk.settings.sla, clock)
    clock.due_at = calendar.due(clock.started_at, days, sla.reading)
    clock.at_risk_at = calendar.before(clock.due_at, timedelta(hours=sla.at_risk_hours))
    clock.explanation = explain(calendar, clock.started_at, days, sla.reading)
    clock.calendar_version = calendar.version
    clock.told_at_risk = clock.told_at_risk and clock.at_risk_at <= at
    clock.told_breached = clock.told_breached and clock.due_at < at


def _move_dated_work(desk: Desk) -> None:
    """Reviews and stale orders come at the new opening of their date."""
    waiting = select(Cancellation).where(Cancellation.review_at.is_not(None))
    for part in desk.session.scalars(waiting):
        if part.review_on is not None:
            part.review_at = desk.calendar.opening(part.review_on)
    days = timedelta(days=desk.settings.ports.stale_days)
    for order in desk.session.scalars(select(PortOrder).where(PortOrder.stale_at.is_not(None))):
        if order.foc is not None:
            order.stale_at = desk.calendar.opening(desk.calendar.local_date(order.foc) + days)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _breaches(number: int) -> str:
    return "1 breach" if number == 1 else f"{number} breaches"

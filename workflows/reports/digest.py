"""The lists of the digest (product rules, section 6): what managers should know when the day begins."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, func, select

from workflows.business_days import at_local
from workflows.desk import Desk
from workflows.records import (
    Account,
    Cancellation,
    Case,
    Clock,
    Finding,
    Location,
    PortOrder,
)
from workflows.records.base import Row
from workflows.states import OrderState, State

Lists = dict[str, list[Row]]
SAID = {"first_contact": "first contact", "follow_up": "follow-up"}


def lists(desk: Desk, at: datetime) -> Lists:
    """Rows of `reference`, `words` and `url` by the name of their list."""
    return {
        "late": late(desk, at),
        "due_today": due_today(desk, at),
        "at_risk": at_risk(desk, at),
        "date_near": date_near(desk, at),
        "ports_completed": ports_completed(desk, at),
        "runs_today": runs_today(desk, at),
        "no_owner": no_owner(desk),
        "findings": findings(desk, at),
    }


def late(desk: Desk, at: datetime) -> list[Row]:
    """Promises past their due time, and runs that stopped half-way."""
    blocked = _parts().where(Cancellation.state == State.blocked).order_by(Cancellation.state_since)
    return [
        *(_promise(desk, clock, "was due") for clock in _clocks(desk, Clock.due_at < at)),
        *(_row(part.case, f"{part.location.name}: the run failed") for part in desk.session.scalars(blocked)),
    ]


def due_today(desk: Desk, at: datetime) -> list[Row]:
    found = _clocks(desk, Clock.due_at >= at, Clock.due_at < _midnight(desk, at, 1))
    return [_promise(desk, clock, "is due") for clock in found]


def at_risk(desk: Desk, at: datetime) -> list[Row]:
    found = _clocks(desk, Clock.due_at >= at, Clock.at_risk_at <= at)
    return [_promise(desk, clock, "is due") for clock in found]


def date_near(desk: Desk, at: datetime) -> list[Row]:
    """Requested ones whose date is past or within one business day."""
    last = desk.calendar.add_business_days(desk.calendar.local_date(at), 1)
    wanted = func.coalesce(Cancellation.agreed_for, Cancellation.requested_for)
    near = _parts().where(Cancellation.state == State.requested, wanted <= last).order_by(wanted)
    return [
        _row(part.case, f"{part.location.name} is to end on {_day(part.wanted_for)} and is not confirmed")
        for part in desk.session.scalars(near)
    ]


def ports_completed(desk: Desk, at: datetime) -> list[Row]:
    """Since the same time of the last business day."""
    since = _previous_business_day(desk, at)
    found = (
        select(PortOrder, Account)
        .join(Account, PortOrder.account_id == Account.id)
        .where(PortOrder.state == OrderState.completed, PortOrder.completed_at >= since)
        .order_by(PortOrder.completed_at, PortOrder.id)
    )
    return [_port(desk, order, account) for order, account in desk.session.execute(found)]


def runs_today(desk: Desk, at: datetime) -> list[Row]:
    """What ends before the office's day is over, what is late included."""
    states = (State.scheduled, State.terminating)
    found = _parts().where(Cancellation.state.in_(states), Cancellation.run_at < _midnight(desk, at, 1))
    return [
        _row(part.case, f"{part.location.name} ends at {_time(desk, part.run_at)}")
        for part in desk.session.scalars(found.order_by(Cancellation.run_at))
    ]


def no_owner(desk: Desk) -> list[Row]:
    open_ones = select(Case).where(Case.closed_at.is_(None), Case.owner_id.is_(None))
    found = desk.session.scalars(open_ones.order_by(Case.queue_group, Case.queue_at, Case.id))
    return [_row(case, case.account.name) for case in found]


def findings(desk: Desk, at: datetime) -> list[Row]:
    since = _previous_business_day(desk, at)
    found = select(Finding).where(Finding.at >= since).order_by(Finding.id)
    return [_finding(desk, each) for each in desk.session.scalars(found)]


def _clocks(desk: Desk, *conditions: ColumnElement[bool]) -> Iterable[Clock]:
    running = select(Clock).where(Clock.stopped_at.is_(None), *conditions)
    return desk.session.scalars(running.order_by(Clock.due_at, Clock.id))


def _parts() -> Select[Cancellation]:
    return select(Cancellation).join(Location)


def _promise(desk: Desk, clock: Clock, verb: str) -> Row:
    local = clock.due_at.astimezone(desk.settings.zone)
    what = SAID[clock.name]
    return _row(clock.case, f"{clock.case.account.name}: {what} {verb} {_day(local.date())}, {local:%H:%M}")


def _port(desk: Desk, order: PortOrder, account: Account) -> Row:
    case = desk.session.scalar(
        select(Case)
        .where(Case.account_id == account.id)
        .order_by(Case.closed_at.is_not(None), Case.id.desc())
        .limit(1)
    )
    words = f"{account.name}: {len(order.numbers)} of its numbers moved to another provider"
    return _row(case, words) if case else {"reference": order.ref, "words": words, "url": "/queue"}


def _finding(desk: Desk, found: Finding) -> Row:
    case = desk.session.get(Case, found.case_id) if found.case_id else None
    return _row(case, found.words) if case else {"reference": "Desk", "words": found.words, "url": "/"}


def _row(case: Case, words: str) -> Row:
    return {"reference": case.reference, "words": words, "url": f"/cases/{case.reference}"}


def _midnight(desk: Desk, at: datetime, days: int) -> datetime:
    day = desk.calendar.local_date(at) + timedelta(days=days)
    return at_local(day, time(0), desk.calendar.time_zone)


def _previous_business_day(desk: Desk, at: datetime) -> datetime:
    """The opening of the last business day before today: a weekend's news is told on Monday."""
    day = desk.calendar.local_date(at) - timedelta(days=1)
    while not desk.calendar.is_business_day(day):
        day -= timedelta(days=1)
    return desk.calendar.opening(day)


def _day(day: date) -> str:
    return f"{day:%a %-d %b}"


def _time(desk: Desk, at: datetime | None) -> str:
    return f"{at.astimezone(desk.settings.zone):%H:%M}" if at else ""

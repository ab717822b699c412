"""The figures once more, in plain Python over all rows: slow, and without a query of theirs."""

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from statistics import quantiles
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.promises import state_of
from workflows.records import (
    Cancellation,
    Case,
    Clock,
    Contact,
    Event,
    Finding,
    Number,
    Override,
    PortOrder,
    Request,
)
from workflows.reports.figures.scope import Scope
from workflows.stages import stage_of, talks

Counts = dict[tuple[str, str], int]
MET = {"met": "met", "missed": "missed", "breached": "missed", "running": "running", "at_risk": "running"}


def _every(session: Session, noun: Any) -> list[Any]:
    return list(session.scalars(select(noun)))


def _local(scope: Scope, at: datetime) -> date:
    return scope.desk.calendar.local_date(at)


def _bucket(scope: Scope, at: datetime) -> str:
    day = _local(scope, at)
    monday = day - timedelta(days=day.weekday())
    return max(monday, scope.period.first).isoformat()


def _is_in(scope: Scope, at: datetime | None) -> bool:
    return at is not None and scope.period.first <= _local(scope, at) <= scope.period.last


def _counted(keys: list[tuple[str, str]]) -> Counts:
    return dict(Counter(keys))


def promises(scope: Scope, name: str = "first_contact") -> Counts:
    return _counted(
        [
            (_bucket(scope, each.due_at), MET[state_of(each, scope.at)])
            for each in _every(scope.desk.session, Clock)
            if each.name == name and _is_in(scope, each.due_at)
        ]
    )


def first_contact(scope: Scope) -> dict[str, list[float]]:
    """Sorted business hours by week."""
    found: dict[str, list[float]] = {}
    for each in _every(scope.desk.session, Clock):
        if each.name == "first_contact" and _is_in(scope, each.stopped_at) and each.stopped_by != "moot":
            taken = scope.desk.calendar.between(each.started_at, each.stopped_at)
            found.setdefault(_bucket(scope, each.stopped_at), []).append(taken / timedelta(hours=1))
    return {key: sorted(values) for key, values in found.items()}


def percentile(values: list[float], part: int) -> float:
    return values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[part - 1]


def now(scope: Scope) -> dict[str, int]:
    clocks = [each for each in _every(scope.desk.session, Clock) if each.stopped_at is None]
    states = [(each, state_of(each, scope.at)) for each in clocks]
    parts = _every(scope.desk.session, Cancellation)
    tonight = _local(scope, scope.at)

    def cases(wanted: Callable[[Clock, str], bool]) -> int:
        return len({each.case_id for each, state in states if wanted(each, state)})

    return {
        "late": cases(lambda _each, state: state == "breached"),
        "today": cases(lambda each, state: state != "breached" and _local(scope, each.due_at) == tonight),
        "risk": cases(lambda _each, state: state == "at_risk"),
        "running": cases(lambda _each, state: state != "breached"),
        "waiting": sum(each.state == "deferred" for each in parts),
        "ending": sum(
            each.state == "scheduled" and each.run_at < scope.at + timedelta(days=7) for each in parts
        ),
    }


def backlog(scope: Scope) -> Counts:
    parts = [each for each in _every(scope.desk.session, Cancellation) if each.is_open]
    said = talks(scope.desk.session, parts)
    return _counted([(str(stage_of(each, said[each.id])), _age(scope, each)) for each in parts])


def _age(scope: Scope, part: Cancellation) -> str:
    days = (_local(scope, scope.at) - _local(scope, part.case.received_at)).days
    return "0-2" if days <= 2 else "3-7" if days <= 7 else "8-30" if days <= 30 else "31-"


def deferrals(scope: Scope) -> dict[str, tuple[int, str]]:
    """Days, and the port's date, by cancellation."""
    events = [
        each
        for each in _every(scope.desk.session, Event)
        if each.to_state == "deferred" and each.from_state != "deferred"
    ]
    orders = [each for each in _every(scope.desk.session, PortOrder) if each.is_open and each.foc]
    found = {}
    for part in _every(scope.desk.session, Cancellation):
        if part.state != "deferred":
            continue
        began = max(each.at for each in events if each.cancellation_id == part.id)
        here = {each.e164 for each in part.location.numbers}
        dates = [_local(scope, each.foc) for each in orders if here.intersection(each.e164s)]
        told = max(dates).isoformat() if dates else ""
        found[str(part.id)] = (_local(scope, scope.at) - _local(scope, began)).days, told
    return found


def leaks(scope: Scope) -> dict[str, Decimal]:
    found = {}
    for part in _every(scope.desk.session, Cancellation):
        fates = {each.disposition for each in part.location.numbers}
        if part.is_open and part.location.renewal_on and "ported" in fates and "porting" not in fates:
            found[str(part.id)] = part.location.monthly_price
    return found


def on_the_date(scope: Scope) -> Counts:

    keys = []
    for part in _every(scope.desk.session, Cancellation):
        if part.state not in ("scheduled", "terminating", "blocked", "terminated") or part.run_at > scope.at:
            continue
        zone = ZoneInfo(part.location.time_zone)
        day = part.run_at.astimezone(zone).date()
        if not _is_in(scope, part.day_ends_at):
            continue
        if part.state == "terminated":
            keys.append(("on_time" if part.ended_at.astimezone(zone).date() <= day else "late", "n"))
        elif part.state == "blocked":
            keys.append(("failed", "n"))
        else:
            is_over = scope.at.astimezone(zone).date() > day
            keys.append(("late" if is_over else "under_way", "n"))
    return _counted(keys)


def stopped(scope: Scope) -> Counts:
    events = _every(scope.desk.session, Event)
    return _counted(
        [
            (each.name, "n")
            for each in events
            if each.name in ("recheck", "late_port") and _is_in(scope, each.at)
        ]
    )


def kept(scope: Scope) -> dict[str, tuple[int, Decimal]]:
    ended = [each for each in _every(scope.desk.session, Cancellation) if _is_in(scope, each.ended_at)]
    return {
        state: (len(of_state), sum((each.location.monthly_price for each in of_state), Decimal(0)))
        for state in ("withdrawn", "terminated", "declined")
        if (of_state := [each for each in ended if each.state == state]) is not None
    }


def reasons(scope: Scope) -> Counts:
    asked = [each for each in _every(scope.desk.session, Request) if _is_in(scope, each.case.received_at)]
    return _counted([(each.category or "none", "n") for each in asked])


def arrivals(scope: Scope) -> Counts:
    keys = []
    for case in _every(scope.desk.session, Case):
        if _is_in(scope, case.received_at):
            local = case.received_at.astimezone(scope.desk.settings.zone)
            keys.append((str(local.weekday()), str(local.hour // 2)))
    return _counted(keys)


def workload(scope: Scope) -> Counts:
    keys = []
    for case in _every(scope.desk.session, Case):
        owner = str(case.owner_id or 0)
        dues = [each.due_at for each in case.clocks if each.stopped_at is None]
        keys += [(owner, "open")] if case.is_open else []
        keys += [(owner, "closed")] if _is_in(scope, case.closed_at) else []
        if dues and min(dues) < scope.at:
            keys.append((owner, "late"))
        elif dues and _local(scope, min(dues)) <= _local(scope, scope.at):
            keys.append((owner, "today"))
    return _counted(keys)


def reach(scope: Scope) -> Counts:
    contacts = [each for each in _every(scope.desk.session, Contact) if each.struck_at is None]
    return _counted(
        [
            (_bucket(scope, each.at), "reached" if each.outcome in ("reached", "signed") else "other")
            for each in contacts
            if _is_in(scope, each.at)
        ]
    )


def overrides(scope: Scope) -> Counts:
    used = _every(scope.desk.session, Override)
    return _counted([(each.code, "n") for each in used if _is_in(scope, each.at)])


def findings(scope: Scope) -> Counts:
    found = _every(scope.desk.session, Finding)
    return _counted([(each.code, "n") for each in found if _is_in(scope, each.at)])


def lost(scope: Scope) -> Counts:
    orders = [
        each for each in _every(scope.desk.session, PortOrder) if each.state not in ("rejected", "cancelled")
    ]
    keys = [
        ("port", "n")
        for number in _every(scope.desk.session, Number)
        if number.ended_as == "released" and scope.period.first <= number.ended_on <= scope.period.last
        for order in orders
        if number.e164 in order.e164s
        and order.account_id == number.location.account_id
        and number.location.ended_at is not None
        and order.first_seen_at >= number.location.ended_at
    ]
    return _counted(keys)

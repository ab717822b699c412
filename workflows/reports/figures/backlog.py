"""What is open now: by stage and age, what waits for a port, and what is billed though every port is over."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, select, text
from sqlalchemy.orm import aliased

from workflows.records import (
    Account,
    Cancellation,
    Case,
    Event,
    Location,
    Number,
    PortOrder,
    PortOrderNumber,
)
from workflows.records.case import IS_OPEN
from workflows.reports.figures.scope import Scope
from workflows.reports.figures.tables import Cell, Figure, Key, Line, Table, Things, count, crosstab
from workflows.stages import ATTEMPTED, BY_STATE, BY_WAKE, REACHED, Stage
from workflows.states import Disposition, OrderState, State

AGES: tuple[Key, ...] = (("0-2", "0–2 days"), ("3-7", "3–7"), ("8-30", "8–30"), ("31-", "over 30"))
BOUNDS = ((2, "0-2"), (7, "3-7"), (30, "8-30"))
OPEN_STAGES = tuple(each for each in Stage if each not in (Stage.terminated, Stage.withdrawn, Stage.declined))
SHOWN = 5
OPEN = text(f"cancellation.{IS_OPEN}")


def _stage() -> ColumnElement[str]:
    """The stage as `stages.stage_of` names it; the first that matches."""
    by_state = [(Cancellation.state == state, str(stage)) for state, stage in BY_STATE.items()]
    by_wake = [(Cancellation.woken_by == wake, str(stage)) for wake, stage in BY_WAKE.items()]
    talked = ((REACHED, str(Stage.contacted)), (ATTEMPTED, str(Stage.attempted)))
    return case(*by_state, *by_wake, *talked, else_=str(Stage.new))


def _age(scope: Scope) -> ColumnElement[str]:
    """Calendar days of the office since the request."""
    whens = [(Case.received_at >= scope.midnight(scope.today - timedelta(days)), key) for days, key in BOUNDS]
    return case(*whens, else_="31-")


def _open(scope: Scope) -> Things:
    source = Cancellation.__table__.join(Case.__table__, Cancellation.case_id == Case.id)
    filters = scope.of_case(Cancellation.case_id, Cancellation.location_id)
    return Things(source, Cancellation.case_id, _stage(), _age(scope), [OPEN, *filters])


def _by_stage(scope: Scope) -> Table:
    rows = [(str(each), each.words) for each in OPEN_STAGES]
    table = crosstab("Stage", rows, AGES, _open(scope).counts(scope))
    lines = [
        Line(line.key, line.words, (*line.cells, _total(line)))
        for line in table.lines
        if any(cell.value for cell in line.cells)
    ]
    return Table(table.head, (*AGES, ("", "All")), lines)


def _total(line: Line) -> Cell:
    return count(sum(cell.value for cell in line.cells), "")


BACKLOG = Figure(
    "backlog",
    "Open locations by stage and age",
    "location",
    "Locations whose cancellation is open, by stage and by calendar days since the request.",
    _by_stage,
    lambda scope, row, column: _open(scope).cases(row, column or None),
    basis="now",
)

# Deferrals


def _since() -> Any:
    """When the deferral began: a later review date alone begins none."""
    return (
        select(func.max(Event.at))
        .where(
            Event.case_id == Cancellation.case_id,
            Event.cancellation_id == Cancellation.id,
            Event.to_state == State.deferred,
            Event.from_state != State.deferred,
        )
        .correlate(Cancellation)
        .scalar_subquery()
    )


def _port_date() -> Any:
    """The latest known date of an open port of the location's numbers."""
    open_ones = PortOrder.state.in_((OrderState.requested, OrderState.committed))
    return (
        select(func.max(PortOrder.foc))
        .join(PortOrderNumber, PortOrderNumber.order_id == PortOrder.id)
        .join(Number, Number.e164 == PortOrderNumber.e164)
        .where(Number.location_id == Cancellation.location_id, open_ones)
        .correlate(Cancellation)
        .scalar_subquery()
    )


def _deferred(scope: Scope) -> Select[Any]:
    return (
        select(
            Cancellation.id,
            Account.name,
            Location.name,
            func.coalesce(_since(), Cancellation.state_since).label("since"),
            _port_date().label("port"),
        )
        .join(Case, Cancellation.case_id == Case.id)
        .join(Account, Case.account_id == Account.id)
        .join(Location, Cancellation.location_id == Location.id)
        .where(
            Cancellation.state == State.deferred,
            *scope.of_case(Cancellation.case_id, Cancellation.location_id),
        )
        .order_by("since", Cancellation.id)
    )


def _deferrals(scope: Scope, most: int | None) -> Table:
    """The oldest first."""
    found = _asked_once(scope, "deferred", _deferred)
    shown = found[:most] if most else found
    lines = [_deferral(scope, row) for row in shown]
    columns = (("days", "Days waiting"), ("since", "Since"), ("port", "Port date"))
    return Table("Customer and location", columns, lines, len(found) - len(shown))


def _deferral(scope: Scope, row: Any) -> Line:
    part, customer, place, since, port = row
    days = age(scope, since)
    told = scope.desk.calendar.local_date(since)
    date = scope.desk.calendar.local_date(port) if port else None
    cells = (
        _days(days),
        Cell(told.isoformat(), f"{told:%-d %b %Y}"),
        Cell(date.isoformat() if date else "", f"{date:%-d %b %Y}" if date else "no port date"),
    )
    return Line(str(part), f"{customer}, {place}", cells)


def _days(days: int) -> Cell:
    return Cell(days, f"{days:,}", "days")


def age(scope: Scope, since: datetime) -> int:
    """Calendar days of the office."""
    return (scope.today - scope.desk.calendar.local_date(since)).days


def over(scope: Scope, days: int) -> int:
    """How many deferrals are older than so many days."""
    first = scope.midnight(scope.today - timedelta(days=days))
    return sum(row[3] < first for row in _asked_once(scope, "deferred", _deferred))


def _asked_once(scope: Scope, name: str, query: Callable[[Scope], Select[Any]]) -> list[Any]:
    """What a table and its sentence both need."""
    if name not in scope.known:
        scope.known[name] = scope.desk.session.execute(query(scope)).all()
    found: list[Any] = scope.known[name]
    return found


def _deferred_cases(scope: Scope, row: str | None, _column: str | None) -> Select[int]:
    found = select(Cancellation.case_id).where(
        Cancellation.state == State.deferred, *scope.of_case(Cancellation.case_id, Cancellation.location_id)
    )
    return found if row is None else found.where(Cancellation.id == int(row))


DEFERRALS = Figure(
    "deferrals",
    "Locations that wait for a port",
    "location",
    "Deferred locations, the longest waiting first: calendar days since the deferral began, and the latest "
    "date that an open port of its numbers has. The customer is billed all this time.",
    lambda scope: _deferrals(scope, SHOWN),
    _deferred_cases,
    basis="now",
    whole=lambda scope: _deferrals(scope, None),
)

# Ported and still billed


def _last_port() -> Any:
    theirs = aliased(Number)
    return (
        select(func.max(PortOrder.completed_at))
        .join(PortOrderNumber, PortOrderNumber.order_id == PortOrder.id)
        .join(theirs, theirs.e164 == PortOrderNumber.e164)
        .where(theirs.location_id == Location.id, theirs.disposition == Disposition.ported)
        .correlate(Location)
        .scalar_subquery()
    )


def _has(*dispositions: Disposition) -> Any:
    number = aliased(Number)
    return exists().where(
        number.location_id == Cancellation.location_id, number.disposition.in_(dispositions)
    )


def _leaking(scope: Scope, *columns: Any) -> Select[Any]:
    billed = and_(OPEN, Location.renewal_on, _has(Disposition.ported), ~_has(Disposition.porting))
    return (
        select(*columns)
        .select_from(Cancellation)
        .join(Location, Cancellation.location_id == Location.id)
        .where(billed, *scope.of_case(Cancellation.case_id, Cancellation.location_id))
    )


def _leaks(scope: Scope, most: int | None) -> Table:
    found = _asked_once(scope, "leaks", _every_leak)
    shown = found[:most] if most else found
    lines = [_leak(scope, row) for row in shown]
    heads = (("days", "Days since the last port"), ("monthly", "A month"))
    return Table("Customer and location", heads, lines, len(found) - len(shown))


def _every_leak(scope: Scope) -> Select[Any]:
    last = _last_port().label("last")
    columns = (Cancellation.id, Account.name, Location.name, last, Location.monthly_price)
    query = _leaking(scope, *columns).join(Account, Location.account_id == Account.id)
    return query.order_by("last", Cancellation.id)


def _leak(scope: Scope, row: Any) -> Line:
    part, customer, place, last, monthly = row
    days = _days(age(scope, last)) if last else Cell(None, "–", "days")
    return Line(str(part), f"{customer}, {place}", (days, money(monthly)))


def money(amount: Decimal) -> Cell:
    return Cell(str(amount), f"{amount:,.2f}")


def leak_totals(scope: Scope) -> tuple[int, Decimal]:
    """How many locations, and what they are billed in a month altogether."""
    found = _asked_once(scope, "leaks", _every_leak)
    return len(found), sum((row[4] for row in found), Decimal(0))


def _leak_cases(scope: Scope, row: str | None, _column: str | None) -> Select[int]:
    found = _leaking(scope, Cancellation.case_id)
    return found if row is None else found.where(Cancellation.id == int(row))


LEAKS = Figure(
    "leaks",
    "Ported and still billed",
    "location",
    "Open locations that have ported numbers, no port under way and a renewal that is still on: calendar "
    "days since the last port and the monthly price.",
    lambda scope: _leaks(scope, SHOWN),
    _leak_cases,
    basis="now",
    whole=lambda scope: _leaks(scope, None),
)

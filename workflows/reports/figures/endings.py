"""How services end: on the date or not, what a check stopped, numbers lost by mistake, customers kept."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Select, case, func, literal, select, text, union_all

from workflows.records import Cancellation, Event, Location, Number, PortOrder, PortOrderNumber
from workflows.records.event import COUNTED
from workflows.reports.figures.backlog import money
from workflows.reports.figures.scope import Scope
from workflows.reports.figures.tables import Figure, Key, Line, Table, Things, count, crosstab, share
from workflows.states import OrderState, State

COUNT: tuple[Key, ...] = (("n", "Locations"),)
ON_THE_DATE: tuple[Key, ...] = (
    ("on_time", "On the date"),
    ("late", "Later than the date"),
    ("failed", "Failed, needs a person"),
    ("under_way", "Due and not over yet"),
)
CHECKS: tuple[Key, ...] = (("recheck", "Something changed"), ("late_port", "A port had begun"))
LOST: tuple[Key, ...] = (("port", "In a port learnt later"), ("disputed", "Disputed by the customer"))
OUTCOMES: tuple[Key, ...] = (
    ("withdrawn", "Withdrawn: kept"),
    ("terminated", "Terminated"),
    ("declined", "Declined"),
)
DUE = (State.scheduled, State.terminating, State.blocked, State.terminated)
ONE = literal("n")


def _due(scope: Scope) -> Things:
    ended = Cancellation.state == State.terminated
    outcome = case(
        (ended & (Cancellation.ended_at <= Cancellation.day_ends_at), "on_time"),
        (ended, "late"),
        (Cancellation.state == State.blocked, "failed"),
        (Cancellation.day_ends_at < scope.at, "late"),
        else_="under_way",
    )
    where = [
        scope.within(Cancellation.day_ends_at),
        Cancellation.state.in_(DUE),
        Cancellation.run_at <= scope.at,
        *scope.of_case(Cancellation.case_id, Cancellation.location_id),
    ]
    return Things(Cancellation, Cancellation.case_id, outcome, ONE, where)


def _on_the_date(scope: Scope) -> Table:
    table = crosstab("Result", ON_THE_DATE, COUNT, _due(scope).counts(scope))
    whole = table.total("n") - table.value("under_way", "n")
    lines = [
        Line(line.key, line.words, (*line.cells, share(line.cells[0].value, whole)))
        if line.key != "under_way"
        else Line(line.key, line.words, (*line.cells, share(0, 0)))
        for line in table.lines
    ]
    return Table(table.head, (*COUNT, ("share", "Share")), lines)


def _counted(scope: Scope, names: tuple[Key, ...]) -> Things:
    where = [COUNTED_EVENTS, Event.name.in_([key for key, _words in names]), scope.within(Event.at)]
    return Things(Event, Event.case_id, Event.name, ONE, [*where, *scope.of_case(Event.case_id)])


COUNTED_EVENTS = text(f"event.{COUNTED.text}")


def _stopped(scope: Scope) -> Table:
    return crosstab("What was found", CHECKS, (("n", "Times"),), _counted(scope, CHECKS).counts(scope))


# Numbers lost by mistake


def _learnt_later(scope: Scope) -> Select[Any]:
    """Released by us, and then found in a port that was alive after that."""
    alive = PortOrder.state.not_in((OrderState.rejected, OrderState.cancelled))
    last = scope.period.last
    return (
        select(literal("port").label("how"), _case_of(Number.location_id).label("case_id"), Number.e164)
        .join(PortOrderNumber, PortOrderNumber.e164 == Number.e164)
        .join(PortOrder, PortOrder.id == PortOrderNumber.order_id)
        .join(Location, Location.id == Number.location_id)
        .where(
            text("number.ended_as = 'released'"),
            Number.ended_on.between(scope.period.first, last),
            alive,
            PortOrder.account_id == Location.account_id,
            PortOrder.first_seen_at >= Location.ended_at,
        )
    )


def _case_of(place: Any) -> Any:
    ended = select(func.max(Cancellation.case_id)).where(
        Cancellation.location_id == place, Cancellation.state == State.terminated
    )
    return ended.correlate(Number).scalar_subquery()


def _disputed(scope: Scope) -> Any:
    return select(literal("disputed"), Event.case_id, func.coalesce(Event.why, "")).where(
        COUNTED_EVENTS, Event.name == "disputed", scope.within(Event.at)
    )


def _lost(scope: Scope) -> Things:
    both = union_all(_learnt_later(scope), _disputed(scope)).subquery()
    return Things(both, both.c.case_id, both.c.how, ONE, scope.of_case(both.c.case_id))


def _lost_table(scope: Scope) -> Table:
    return crosstab("How we know", LOST, (("n", "Numbers"),), _lost(scope).counts(scope))


# Kept customers


def _closed(scope: Scope) -> Things:
    source = Cancellation.__table__.join(Location.__table__, Cancellation.location_id == Location.id)
    where = [
        scope.within(Cancellation.ended_at),
        *scope.of_case(Cancellation.case_id, Cancellation.location_id),
    ]
    return Things(source, Cancellation.case_id, Cancellation.state, ONE, where, Location.monthly_price)


def _kept(scope: Scope) -> Table:
    counts = _closed(scope).counts(scope)
    lines = []
    for key, words in OUTCOMES:
        many, amount = counts.get((key, "n"), (0, Decimal(0)))
        lines.append(Line(key, words, (count(many, "n"), money(Decimal(amount)))))
    return Table("Outcome", (*COUNT, ("monthly", "A month")), lines)


ENDINGS = Figure(
    "on_the_date",
    "Ends on the date",
    "location",
    "Locations whose run was due in the period, by the day that was set: ended before that day was over at "
    "the location, later, or stopped by a failure that still needs a person. Those that a check stopped are "
    "not in it.",
    _on_the_date,
    lambda scope, row, column: _due(scope).cases(row, column if column == "n" else None),
)
STOPPED = Figure(
    "stopped",
    "Stopped by a check",
    "time",
    "Times that a scheduled end was taken back in the period because a check found an open port or something "
    "else that a person must look at.",
    _stopped,
    lambda scope, row, column: _counted(scope, CHECKS).cases(row, column),
)
NUMBERS_LOST = Figure(
    "lost",
    "Numbers lost by mistake",
    "number",
    "Numbers that we released in the period and that are in a port of the same customer which we learnt of "
    "later, and losses that customers disputed. The target is none.",
    _lost_table,
    lambda scope, row, column: _lost(scope).cases(row, column),
)
KEPT = Figure(
    "kept",
    "Kept customers",
    "location",
    "Locations whose cancellation ended in the period, with their monthly price as last read. Kept are those "
    "withdrawn, of all withdrawn and terminated.",
    _kept,
    lambda scope, row, column: _closed(scope).cases(row, column),
)


def kept_share(table: Table) -> tuple[int, int]:
    """Withdrawn, of withdrawn and terminated."""
    withdrawn: int = table.value("withdrawn", "n")
    return withdrawn, withdrawn + table.value("terminated", "n")

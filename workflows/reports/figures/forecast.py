"""What falls due on the next business days, against what the team usually manages in a day."""

from collections import Counter
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import Select, func, select

from workflows.records import Clock
from workflows.reports.figures.scope import Scope
from workflows.reports.figures.tables import Figure, Line, Table, count

DAYS = 10
LOOK_BACK = 20


def _days(scope: Scope) -> list[date]:
    """Today where it is a business day, and those after it."""
    day = scope.desk.calendar.next_business_day(scope.today)
    found = [day]
    while len(found) < DAYS:
        day = scope.desk.calendar.add_business_days(day, 1)
        found.append(day)
    return found


def _due(scope: Scope, since: datetime, until: datetime) -> Select[int]:
    return select(Clock.case_id).where(
        Clock.stopped_at.is_(None), Clock.due_at >= since, Clock.due_at < until, *scope.of_case(Clock.case_id)
    )


def _ahead(scope: Scope) -> Table:
    days = _days(scope)
    since, until = scope.at, scope.midnight(days[-1] + timedelta(days=1))
    dues = scope.desk.session.scalars(_due(scope, since, until).with_only_columns(Clock.due_at))
    by_day = Counter(scope.desk.calendar.local_date(each) for each in dues)
    usual = pace(scope)
    lines = []
    for day in days:
        cells = count(by_day[day], "due"), count(usual)
        lines.append(Line(day.isoformat(), f"{day:%a %-d %b}", cells, by_day[day] > usual))
    return Table("Business day", (("due", "Due"), ("pace", "Usual pace")), lines)


def pace(scope: Scope) -> int:
    """The median of promises kept by a contact on each of the last business days."""
    days: list[date] = []
    day = scope.today
    while len(days) < LOOK_BACK:
        day -= timedelta(days=1)
        if scope.desk.calendar.is_business_day(day):
            days.append(day)
    since = scope.midnight(days[-1])
    stopped = select(Clock.stopped_at).where(
        Clock.stopped_at >= since,
        Clock.stopped_at < scope.midnight(scope.today),
        Clock.name.in_(("first_contact", "follow_up")),
        Clock.stopped_by != "moot",
        *scope.of_case(Clock.case_id),
    )
    found = scope.desk.session.scalars(stopped)
    by_day = Counter(scope.desk.calendar.local_date(each) for each in found if each)
    return int(median(by_day[each] for each in days))


def _cases(scope: Scope, row: str | None, _column: str | None) -> Select[int]:
    days = _days(scope)
    first = date.fromisoformat(row) if row else days[0]
    last = first if row else days[-1]
    since = max(scope.at, scope.midnight(first))
    return _due(scope, since, scope.midnight(last + timedelta(days=1)))


def overdue(scope: Scope) -> int:
    late = select(func.count(Clock.case_id.distinct())).where(
        Clock.stopped_at.is_(None), Clock.due_at < scope.at, *scope.of_case(Clock.case_id)
    )
    return scope.desk.session.scalar(late) or 0


FORECAST = Figure(
    "forecast",
    "Promises due on the next business days",
    "promise",
    "Running promises by the business day on which they fall due, beside the usual pace: the median of "
    "promises that a contact stopped on each of the last 20 business days.",
    _ahead,
    _cases,
    basis="now",
)

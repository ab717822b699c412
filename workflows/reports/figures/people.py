"""Who has how much to do. Nobody is ranked: lines stand by open work, and the team's total is there."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, case, func, literal, select

from workflows.records import Case, Clock, Contact, User
from workflows.reports.figures.promises import hours, percentile, result, waits
from workflows.reports.figures.scope import Scope
from workflows.reports.figures.tables import Cell, Figure, Key, Line, Table, Things, count, crosstab, share
from workflows.states import ClockName, Outcome

COLUMNS: tuple[Key, ...] = (
    ("open", "Open"),
    ("late", "Late"),
    ("today", "Due today"),
    ("closed", "Closed"),
    ("kept", "Met"),
    ("median", "Median"),
)
NOBODY, TEAM = "0", "team"
COUNTED = ("open", "late", "today", "closed")
Counts = dict[str, dict[str, int]]


def _owner(case_row: Any = Case) -> Any:
    return func.coalesce(case_row.owner_id, 0)


def _open(scope: Scope) -> Things:
    return Things(
        Case, Case.id, _owner(), literal("open"), [Case.closed_at.is_(None), *scope.of_case(Case.id)]
    )


def _closed(scope: Scope) -> Things:
    where = [scope.within(Case.closed_at), *scope.of_case(Case.id)]
    return Things(Case, Case.id, _owner(), literal("closed"), where)


def _pressing(scope: Scope) -> Things:
    """Cases by their running promise that is due first."""
    tonight = scope.midnight(scope.today + timedelta(days=1))
    running = [Clock.stopped_at.is_(None), *scope.of_case(Clock.case_id)]
    first = select(Clock.case_id, func.min(Clock.due_at).label("due")).where(*running).group_by(Clock.case_id)
    soonest = first.subquery()
    source = soonest.join(Case.__table__, Case.id == soonest.c.case_id)
    when = case((soonest.c.due < scope.at, "late"), else_="today")
    return Things(source, Case.id, _owner(), when, [soonest.c.due < tonight])


def _decided(scope: Scope) -> Things:
    source = Clock.__table__.join(Case.__table__, Clock.case_id == Case.id)
    where = [
        Clock.name == ClockName.first_contact,
        scope.within(Clock.due_at),
        *scope.of_case(Clock.case_id),
    ]
    return Things(source, Clock.case_id, _owner(), result(scope.at), where)


def _counts(scope: Scope) -> Counts:
    """By owner (0 is nobody) and column."""
    found: Counts = defaultdict(lambda: defaultdict(int))
    for things in (_open(scope), _closed(scope), _pressing(scope), _decided(scope)):
        for (owner, column), (many, _amount) in things.counts(scope).items():
            found[owner][column] += many
            found[TEAM][column] += many
    return found


def _seconds(scope: Scope) -> dict[str, list[int]]:
    found = {str(owner): seconds for owner, seconds in waits(scope).by_owner.items()}
    return found | {TEAM: [each[0] for each in waits(scope).all]}


def names(scope: Scope, owners: Iterable[str]) -> dict[str, str]:
    ids = [int(each) for each in owners if each.isdigit() and each != NOBODY]
    found = scope.desk.session.execute(select(User.id, User.name).where(User.id.in_(ids)))
    return {str(row[0]): row[1] for row in found} | {NOBODY: "No owner", TEAM: "Team"}


def _workload(scope: Scope) -> Table:
    counts, seconds = _counts(scope), _seconds(scope)
    named = names(scope, counts)
    owners = [each for each in counts if each not in (TEAM, NOBODY) and may_see(scope, each)]
    owners.sort(key=lambda each: (-counts[each]["open"], named.get(each, "")))
    shown = [*owners, *([NOBODY] if NOBODY in counts else []), TEAM]
    lines = [_line(each, named.get(each, "?"), counts[each], seconds.get(each, [])) for each in shown]
    return Table("Owner", COLUMNS, lines)


def may_see(scope: Scope, owner: str) -> bool:
    """An agent sees the own line and the team's."""
    only = scope.known.get("only")
    return only is None or owner == str(only)


def _line(key: str, words: str, counts: dict[str, int], seconds: list[int]) -> Line:
    cells = [count(counts[column], None if key == TEAM else column) for column in COUNTED]
    kept = share(counts["met"], counts["met"] + counts["missed"])
    median = hours(percentile(seconds, 0.5)) if seconds else Cell(None, "–")
    return Line(key, words, (*cells, kept, median), key == TEAM)


def _workload_cases(scope: Scope, row: str | None, column: str | None) -> Select[int]:
    owner = None if row in (None, TEAM) else row
    if column in ("late", "today"):
        return _pressing(scope).cases(owner, column)
    return (_closed if column == "closed" else _open)(scope).cases(owner, None)


# Contacts


def _contacts(scope: Scope) -> Things:
    how = case((Contact.outcome.in_((Outcome.reached, Outcome.signed)), "reached"), else_="other")
    where = [scope.within(Contact.at), Contact.struck_at.is_(None), *scope.of_case(Contact.case_id)]
    return Things(Contact, Contact.case_id, scope.bucket_of(Contact.at), how, where)


def _reach(scope: Scope) -> Table:
    columns = (("reached", "Reached"), ("other", "Not reached"))
    rows = [(each.key, each.words) for each in scope.buckets]
    table = crosstab("Contacts from", rows, columns, _contacts(scope).counts(scope))
    lines = [
        Line(
            line.key, line.words, (*line.cells, share(line.cells[0].value, sum(c.value for c in line.cells)))
        )
        for line in table.lines
    ]
    return Table(table.head, (*columns, ("share", "Reached of all")), lines)


def _throughput(scope: Scope) -> Things:
    where = [scope.within(Case.closed_at), *scope.of_case(Case.id)]
    return Things(Case, Case.id, _owner(), scope.bucket_of(Case.closed_at), where)


def _closed_by_week(scope: Scope) -> Table:
    counts = _throughput(scope).counts(scope)
    owners = {owner for owner, _bucket in counts}
    named = names(scope, owners)
    rows = sorted((named.get(each, "?"), each) for each in owners if may_see(scope, each))
    team: dict[tuple[str, str], tuple[int, int]] = defaultdict(lambda: (0, 0))
    for (_owner_id, bucket), (many, _amount) in counts.items():
        team[TEAM, bucket] = (team[TEAM, bucket][0] + many, 0)
    columns = [(each.key, each.words) for each in scope.buckets]
    keys = [*((each, words) for words, each in rows), (TEAM, "Team")]
    return crosstab("Owner", keys, columns, {**counts, **team})


def _throughput_cases(scope: Scope, row: str | None, column: str | None) -> Select[int]:
    return _throughput(scope).cases(None if row == TEAM else row, column)


WORKLOAD = Figure(
    "workload",
    "Who has how much to do",
    "case",
    "By the owner now: open cases, those with a promise that is late or due today, cases closed in the "
    "period, the share of first-contact promises due in the period that were met, and the median of business "
    "hours to the first contact. The order is by open cases; nobody is ranked.",
    _workload,
    _workload_cases,
)
REACH = Figure(
    "reach",
    "Contacts that reached somebody",
    "contact",
    "Contacts logged in the period, signatures too, struck ones left out, by whether somebody was reached.",
    _reach,
    lambda scope, row, column: _contacts(scope).cases(row, column),
)
THROUGHPUT = Figure(
    "throughput",
    "Cases closed",
    "case",
    "Cases closed in the period, by their owner now and the week in which they closed.",
    _closed_by_week,
    _throughput_cases,
)

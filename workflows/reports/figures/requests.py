"""What comes in: why customers leave, and when they ask."""

from itertools import pairwise

from sqlalchemy import case, func, literal

from workflows.records import Case, Request
from workflows.reports.figures.scope import NO_REASON, Scope, offsets
from workflows.reports.figures.seconds import unix
from workflows.reports.figures.tables import (
    Cell,
    Figure,
    Key,
    Line,
    Table,
    Things,
    count,
    crosstab,
    percent,
    share,
)

WEEKDAYS: tuple[Key, ...] = tuple(
    (str(place), words) for place, words in enumerate(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"))
)
SLOTS: tuple[Key, ...] = tuple((str(slot), f"{2 * slot:02}") for slot in range(12))
LONG_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
DAY = 86_400
SLOT = 7_200
MOST_OF = 80


def _asked(scope: Scope) -> Things:
    source = Request.__table__.join(Case.__table__, Request.case_id == Case.id)
    reason = func.coalesce(Request.category, NO_REASON)
    where = [scope.within(Case.received_at), *scope.of_case(Case.id)]
    return Things(source, Case.id, reason, literal("n"), where)


def _reasons(scope: Scope) -> Table:
    """The most frequent first, with the running share."""
    counts = {row: many for (row, _column), (many, _amount) in _asked(scope).counts(scope).items()}
    whole, done, lines = sum(counts.values()), 0, []
    for key in sorted(counts, key=lambda each: (-counts[each], each)):
        before, done = done, done + counts[key]
        is_behind = whole > 0 and percent(before, whole) >= MOST_OF
        words = "No reason named" if key == NO_REASON else key
        lines.append(Line(key, words, (count(counts[key], "n"), share(done, whole)), is_behind))
    return Table("Reason", (("n", "Requests"), ("share", "Running share")), lines)


def _arrived(scope: Scope) -> Things:
    """By the wall clock of the office; the hour that a clock change repeats counts twice in its slot."""
    ahead = offsets(scope.zone, scope.since, scope.until)
    whens = [(Case.received_at < later[0], now[1]) for now, later in pairwise(ahead)]
    local = unix(Case.received_at) + (case(*whens, else_=ahead[-1][1]) if whens else ahead[-1][1])
    where = [scope.within(Case.received_at), *scope.of_case(Case.id)]
    return Things(Case, Case.id, (local // DAY + 3) % 7, (local % DAY) // SLOT, where)


def _arrivals(scope: Scope) -> Table:
    return crosstab("Weekday", WEEKDAYS, SLOTS, _arrived(scope).counts(scope))


def heat(table: Table) -> dict[tuple[str, str], int]:
    """A shade from 0 to 5 for each cell by how much it holds of the fullest."""
    fullest = max((cell.value for line in table.lines for cell in line.cells), default=0)
    return {
        (line.key, column): _shade(cell, fullest)
        for line in table.lines
        for (column, _words), cell in zip(table.columns, line.cells, strict=True)
    }


def _shade(cell: Cell, fullest: int) -> int:
    return 0 if not cell.value else 1 + min(4, 5 * cell.value // (fullest + 1))


REASONS = Figure(
    "reasons",
    "Why customers leave",
    "request",
    "Requests received in the period by the reason that was chosen, with the running share.",
    _reasons,
    lambda scope, row, column: _asked(scope).cases(row, "n" if column == "n" else None),
)
ARRIVALS = Figure(
    "arrivals",
    "When requests arrive",
    "request",
    "Requests received in the period by weekday and two hours of the office's day.",
    _arrivals,
    lambda scope, row, column: _arrived(scope).cases(row, column),
)

"""A figure as a table: columns, lines, cells, each cell with the way to the cases behind it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Select, func, select

from workflows.reports.figures.scope import Scope

FEW = 5
"""Under so many, counts are told instead of a percentage."""
Key = tuple[str, str]
"""A key as it stands in addresses, and its words."""


@dataclass(frozen=True)
class Cell:
    """`value` is what CSV and chart take, `words` what people read."""

    value: Any
    words: str
    column: str | None = None
    """The column under which its cases are found; None where it opens none."""


@dataclass(frozen=True)
class Line:
    key: str
    words: str
    cells: tuple[Cell, ...]
    is_muted: bool = False
    """Told apart in charts: the current week, what is behind the first 80 %."""


@dataclass(frozen=True)
class Table:
    head: str
    """What the lines are."""
    columns: tuple[Key, ...]
    lines: list[Line] = field(default_factory=list)
    more: int = 0
    """How many lines are left to the CSV."""

    def value(self, line: str, column: str) -> Any:
        """One value by its keys; 0 where there is no such line."""
        place = [key for key, _words in self.columns].index(column)
        return next((each.cells[place].value for each in self.lines if each.key == line), 0)

    def total(self, column: str) -> Any:
        place = [key for key, _words in self.columns].index(column)
        return sum(each.cells[place].value or 0 for each in self.lines)

    @property
    def is_empty(self) -> bool:
        """Whether no cell opens anything."""
        return all(cell.column is None for line in self.lines for cell in line.cells)


@dataclass(frozen=True)
class Things:
    """What is counted: where it comes from, its case, and where each stands in the table."""

    source: FromClause | type[Any]
    case_id: Any
    row: Any
    column: Any
    where: Sequence[Any]
    amount: Any = None

    def counts(self, scope: Scope) -> dict[tuple[str, str], tuple[int, int]]:
        """How many, and how much, by row and column."""
        amount = func.coalesce(func.sum(self.amount), 0) if self.amount is not None else func.count()
        found = (
            select(self.row.label("r"), self.column.label("c"), func.count(), amount)
            .select_from(self.source)
            .where(*self.where)
            .group_by("r", "c")
        )
        return {(str(row), str(column)): (many, much) for row, column, many, much in _all(scope, found)}

    def cases(self, row: str | None, column: str | None) -> Select[int]:
        """The case of each thing in a row, a column, a cell or anywhere."""
        found = select(self.case_id).select_from(self.source).where(*self.where)
        if row is not None:
            found = found.where(_is(self.row, row))
        return found if column is None else found.where(_is(self.column, column))


def _is(expression: ColumnElement[Any], key: str) -> ColumnElement[bool]:
    return expression == (int(key) if expression.type.python_type is int else key)


def _all(scope: Scope, query: Select[Any]) -> Iterable[Any]:
    return scope.desk.session.connection().execute(query)


@dataclass(frozen=True)
class Figure:
    """One figure: what it says, how it is counted, and the cases behind each of its cells."""

    name: str
    title: str
    """Neutral; the dashboard may state a finding instead."""
    unit: str
    """`case`, `location`, …: what one thing in it is."""
    definition: str
    table: Callable[[Scope], Table]
    cases: Callable[[Scope, str | None, str | None], Select[int]]
    """The case of each thing behind a line (key), a column (key), a cell; None stands for all."""
    basis: str = "period"
    """`period` or `now`."""
    whole: Callable[[Scope], Table] | None = None
    """All lines, where the table on the page shows only the first."""


def crosstab(
    head: str, rows: Iterable[Key], columns: Sequence[Key], counts: dict[tuple[str, str], tuple[int, int]]
) -> Table:
    """Every row with its count in every column, none left out."""
    lines = []
    for key, words in rows:
        cells = tuple(count(counts.get((key, column), (0, 0))[0], column) for column, _words in columns)
        lines.append(Line(key, words, cells))
    return Table(head, tuple(columns), lines)


def count(many: int, column: str | None = None) -> Cell:
    return Cell(many, f"{many:,}", column if many else None)


def share(part: int, whole: int) -> Cell:
    """A percentage; counts where they are few, a dash where there is nothing."""
    if not whole:
        return Cell(None, "–")
    if whole < FEW:
        return Cell(f"{part} of {whole}", f"{part} of {whole}")
    exact = 100 * part / whole
    return Cell(round(exact, 1), f"{percent(part, whole)}%")


def percent(part: int, whole: int) -> int:
    """Whole per cent, but neither 0 nor 100 where it is not all."""
    rounded = round(100 * part / whole)
    if rounded == 100 and part < whole:
        return 99
    return 1 if rounded == 0 and part else rounded

"""A figure as its card shows it: the table, its sentence, and the ways to its CSV and its cases."""

from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from staff_app.reports.asking import address
from workflows.reports.figures.scope import Scope
from workflows.reports.figures.tables import Cell, Figure, Line, Table


@dataclass(frozen=True)
class Shown:
    figure: Figure
    table: Table
    headline: str
    scope: Scope

    @cached_property
    def csv(self) -> str:
        return address(f"/reports/{self.figure.name}.csv", self.scope.asked)

    @cached_property
    def cases(self) -> str:
        return address(f"/reports/{self.figure.name}/cases", self.scope.asked)

    @cached_property
    def base(self) -> str:
        """Before the keys of a line and a column."""
        whole = self.cases
        return f"{whole}{'&' if '?' in whole else '?'}"

    def behind(self, line: Line, cell: Cell) -> str:
        """The way to the cases behind one cell; empty where it opens none."""
        if cell.column is None:
            return ""
        return f"{self.base}row={quote(line.key)}&column={quote(cell.column)}"

    def of(self, line: str, column: str) -> str:
        return f"{self.base}row={quote(line)}&column={quote(column)}"

    def rest(self, line: Line) -> str:
        """The way to all cases of a line."""
        return f"{self.base}row={quote(line.key)}"


def show(figure: Figure, scope: Scope, headline: str = "") -> Shown:
    table = figure.table(scope)
    return Shown(figure, table, headline or figure.title, scope)

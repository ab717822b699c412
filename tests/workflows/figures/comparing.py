"""Every figure beside its plain recomputation, and every cell beside the cases that it opens."""

from typing import Any

import pytest

from tests.workflows.figures import plainly
from workflows.reports.figures import behind, book
from workflows.reports.figures.backlog import leak_totals
from workflows.reports.figures.scope import Scope
from workflows.reports.figures.tables import Table

BY_COUNT = {
    "promises": plainly.promises,
    "follow_ups": lambda scope: plainly.promises(scope, "follow_up"),
    "backlog": plainly.backlog,
    "on_the_date": plainly.on_the_date,
    "stopped": plainly.stopped,
    "lost": plainly.lost,
    "reasons": plainly.reasons,
    "arrivals": plainly.arrivals,
    "reach": plainly.reach,
    "overrides": plainly.overrides,
    "findings": plainly.findings,
}
NO_COUNTS = {"share", "", "monthly"}


def compare(scope: Scope) -> None:
    for name, recount in BY_COUNT.items():
        assert _counts(book.BY_NAME[name].table(scope)) == recount(scope), name  # type: ignore[no-untyped-call]
    _now(scope)
    _waits(scope)
    _lists(scope)
    _money(scope)
    _workload(scope)


def _counts(table: Table) -> plainly.Counts:
    return {
        (line.key, key): cell.value
        for line in table.lines
        for (key, _words), cell in zip(table.columns, line.cells, strict=True)
        if key not in NO_COUNTS and cell.value
    }


def _now(scope: Scope) -> None:
    table = book.BY_NAME["now"].table(scope)
    assert {line.key: line.cells[0].value for line in table.lines} == plainly.now(scope)


def _waits(scope: Scope) -> None:
    known = plainly.first_contact(scope)
    for line in book.BY_NAME["first_contact"].table(scope).lines:
        values = known.get(line.key, [])
        assert line.cells[3].value == len(values)
        for cell, part in zip(line.cells, (50, 90, 95), strict=False):
            expected = pytest.approx(plainly.percentile(values, part), abs=0.006) if values else None
            assert cell.value == expected


def _lists(scope: Scope) -> None:
    whole = book.BY_NAME["deferrals"].whole
    assert whole is not None
    lines = whole(scope).lines
    assert {each.key: (each.cells[0].value, each.cells[2].value) for each in lines} == plainly.deferrals(
        scope
    )
    days = [each.cells[0].value for each in lines]
    assert days == sorted(days, reverse=True)
    whole = book.BY_NAME["leaks"].whole
    assert whole is not None
    leaks = plainly.leaks(scope)
    assert {each.key: each.cells[1].value for each in whole(scope).lines} == {
        key: str(price) for key, price in leaks.items()
    }
    assert leak_totals(scope) == (len(leaks), sum(leaks.values()))


def _money(scope: Scope) -> None:
    table = book.BY_NAME["kept"].table(scope)
    for key, (many, amount) in plainly.kept(scope).items():
        assert (table.value(key, "n"), float(table.value(key, "monthly"))) == (many, float(amount))


def _workload(scope: Scope) -> None:
    known = plainly.workload(scope)
    table = book.BY_NAME["workload"].table(scope)
    counted = {("open", "late", "today", "closed")[place] for place in range(4)}
    found = {key: value for key, value in _counts(table).items() if key[1] in counted}
    assert {key: value for key, value in found.items() if key[0] != "team"} == known
    for column in counted:
        assert table.value("team", column) == sum(many for key, many in known.items() if key[1] == column)


def open_all(scope: Scope) -> int:
    """Every cell that opens cases opens as many things as it shows. How many were opened."""
    opened = 0
    for figure in book.ALL:
        for line in (figure.whole or figure.table)(scope).lines:
            for cell in line.cells:
                if cell.column is None:
                    continue
                many, _cases = behind.how_many(scope, figure, line.key, cell.column)
                assert many == _shown(scope, figure.name, cell.value), (figure.name, line.key, cell.column)
                opened += 1
    return opened


def _shown(scope: Scope, name: str, value: Any) -> Any:
    """A duration stands for the case that took it; what a percentile opens is tested by itself."""
    return value if name not in ("deferrals", "leaks", "first_contact") else _Some(value, name)


class _Some:
    """One case for lines of single locations; anything from one on for percentiles."""

    def __init__(self, value: Any, name: str) -> None:
        self.value, self.name = value, name

    def __eq__(self, many: object) -> bool:
        if self.name == "first_contact":
            return isinstance(many, int) and many >= 1
        return many == 1

    def __hash__(self) -> int:
        return hash(self.name)

"""The cases behind a figure, as a page and as CSV; and each figure's own table as CSV."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from flask import Blueprint, abort, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from staff_app.desks import house
from staff_app.frame import say
from staff_app.reports import asking, pages
from workflows.db import db
from workflows.reports.csv_lines import harmless, written
from workflows.reports.figures import behind, book
from workflows.reports.figures.behind import Behind
from workflows.reports.figures.scope import Impossible, Scope
from workflows.reports.figures.tables import Figure, Table

HEADS = (
    *("case", "customer", "received", "reason", "first_contact_due", "first_contact", "first_contact_result"),
    *("owner", "closed"),
)
RESULTS = {"met": "Met", "missed": "Missed", "running": "Running"}


def register(blueprint: Blueprint) -> None:
    pages.page(blueprint, "/reports/<name>.csv", _figure_csv)
    pages.page(blueprint, "/reports/<name>/cases", _cases)
    pages.page(blueprint, "/reports/<name>/cases.csv", _cases_csv)


def _figure(name: str) -> Figure:
    return book.BY_NAME.get(name) or abort(404)


def _place(figure: Figure, scope: Scope) -> tuple[str | None, str | None, str]:
    """The row and the column that the address names, and their words. Raises Impossible."""
    row, column = request.args.get("row"), request.args.get("column") or None
    table = (figure.whole or figure.table)(scope)
    rows, columns = {each.key: each.words for each in table.lines}, dict(table.columns)
    if row is not None and row not in rows:
        raise Impossible(f"The figure has no line “{row[:60]}” in this period.")
    if column is not None and column not in columns:
        raise Impossible(f"The figure has no column “{column[:60]}”.")
    words = [rows[row]] if row is not None else []
    return row, column, ", ".join([*words, *([columns[column]] if column is not None else [])])


def _cases(name: str) -> Response:
    figure, scope = _figure(name), asking.scope()
    row, column, words = _place(figure, scope)
    before = request.args.get("before", type=int)
    many, cases = behind.how_many(scope, figure, row, column)
    rows, more = behind.page(scope, figure, row, column, before)
    asked = {**scope.asked, "row": row, "column": column}
    path = f"/reports/{name}/cases"
    return pages.render(
        "report_cases.html",
        scope,
        figure=figure,
        what=words,
        many=many,
        cases=cases,
        rows=rows,
        results=RESULTS,
        more=asking.address(path, asked, before=more) if more else "",
        first=asking.address(path, asked) if before else "",
        csv=asking.address(f"{path}.csv", asked),
        back=asking.address("/reports/sla", scope.asked),
    )


def _cases_csv(name: str) -> Response:
    figure, scope = _figure(name), asking.scope()
    row, column, words = _place(figure, scope)
    title = f"{figure.title}: {words}" if words else figure.title
    lines = _all_rows(scope, figure, row, column)
    return _csv(f"{name}-cases", _about(figure, scope, title), HEADS, lines)


def _all_rows(scope: Scope, figure: Figure, row: str | None, column: str | None) -> Iterator[list[Any]]:
    """Read while they are sent, in a session of their own: that of the request ends before."""
    engine, known = db.engine, house()

    def read() -> Iterator[list[Any]]:
        with Session(engine) as session:
            session.connection(execution_options={"reading": True})
            own = replace(scope, desk=known.desk(session), known={})
            for each in behind.all_rows(own, figure, row, column):
                yield _row(each)

    return read()


def _row(each: Behind) -> list[Any]:
    return [
        each.reference,
        each.customer,
        _iso(each.received_at),
        each.category or "",
        _iso(each.due_at),
        _iso(each.stopped_at),
        each.result or "",
        each.owner or "",
        _iso(each.closed_at),
    ]


def _figure_csv(name: str) -> Response:
    """The same table as the one on the page, with all of its lines."""
    figure, scope = _figure(name), asking.scope()
    table = (figure.whole or figure.table)(scope)
    heads = [table.head, *(words for _key, words in table.columns)]
    return _csv(name, _about(figure, scope, figure.title), heads, _lines(table))


def _lines(table: Table) -> Iterator[list[Any]]:
    for line in table.lines:
        yield [line.words, *("" if cell.value is None else cell.value for cell in line.cells)]


def _about(figure: Figure, scope: Scope, title: str) -> list[str]:
    period = "now" if figure.basis == "now" else f"{scope.period.first} to {scope.period.last}"
    return [title, figure.definition, f"Counted: {figure.unit}. Period: {period}.", f"As of {_iso(scope.at)}"]


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _csv(name: str, about: list[str], heads: Iterable[str], rows: Iterable[list[Any]]) -> Response:
    def text() -> Iterator[str]:
        for words in about:
            yield f"# {words}\r\n"
        yield written(heads)
        for row in rows:
            yield written(harmless(each) for each in row)

    day = f"{say().local(say().at):%Y-%m-%d}"
    headers = {"Content-Disposition": f'attachment; filename="{name}-{day}.csv"'}
    return Response(text(), mimetype="text/csv; charset=utf-8", headers=headers)

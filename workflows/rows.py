"""Writes single rows at once, with prepared statements and past the unit of work.

For what is written at every turn - events, leases, claims, a place in the queue - working out what else
may have changed costs several times the statement itself. All here belongs to the session's transaction."""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import (
    CursorResult,
    Executable,
    Insert,
    Table,
    TextClause,
    Update,
    bindparam,
    insert,
    inspect,
    update,
)
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.schema import CallableColumnDefault, ScalarElementColumnDefault

from workflows import prepared
from workflows.records import Base

Values = Mapping[str, Any]


def run(session: Session, statement: Executable, values: Values | None = None) -> CursorResult[Any]:
    """Runs a prepared statement; what waits to be written goes first. Gives plain columns, no records."""
    session.flush()
    return session.connection().execute(statement, values)


def ids(session: Session, statement: Executable, values: Values | None = None) -> list[int]:
    """The one column of whole numbers that a prepared statement gives."""
    return list(run(session, statement, values).scalars())


def add(session: Session, model: type[Base], values: Values) -> int:
    """A new row, of which no record is needed: its id. The rows that it refers to are there already."""
    return _insert(session, model, {**_fresh(model), **values})


def add_all(session: Session, model: type[Base], values: Sequence[Values]) -> None:
    """New rows of which no records are needed now."""
    if values:
        session.connection().execute(insert(_table(model)), values)


def write(session: Session, record: Any) -> None:
    """A new record whose columns are given, written at once; what it refers to is there already."""
    model: type[Base] = type(record)
    columns = _table(model).c
    given = {name: value for name, value in record.__dict__.items() if name in columns}
    row = {**_fresh(model), **given}
    record.__dict__.update(row, id=_insert(session, model, row))
    make_transient_to_detached(record)
    session.add(record)


def change(session: Session, model: type[Base], row: int, values: Values) -> None:
    """Writes columns of a row of which no record is at hand."""
    prepared.run(session.connection(), _update(model, tuple(values)), {"row": row, **values})


def put(session: Session, row: Any, values: Values) -> None:
    """Writes columns of a row and lets the record show them."""
    change(session, type(row), row.id, values)
    show(row, values)


def put_all(session: Session, found: Sequence[Any], values: Values) -> None:
    """Writes the same columns of several rows of a kind."""
    if found:
        model: type[Base] = type(found[0])
        statement = _update(model, tuple(values))
        prepared.run(session.connection(), statement, [{"row": row.id, **values} for row in found])
    for row in found:
        show(row, values)


def compare_and_set(
    session: Session, row: Any, expected: Values, values: Values, only: TextClause | None = None
) -> bool:
    """Writes columns where others are still as expected. False where somebody else was faster.

    What waits to be written goes first; the record shows the new values if they were written."""
    session.flush()
    given = {f"was_{name}": value for name, value in expected.items()}
    model: type[Base] = type(row)
    statement = _update(model, tuple(values), tuple(expected), only)
    won = prepared.run(session.connection(), statement, {"row": row.id, **given, **values})
    if won.rowcount != 1:
        return False
    show(row, values)
    return True


def show(row: Any, values: Mapping[Any, Any]) -> None:
    """Lets a record show what its row holds."""
    for name, value in values.items():
        set_committed_value(row, name, value)


def _table(model: Any) -> Table:
    table = inspect(model).local_table
    assert isinstance(table, Table)
    return table


def _insert(session: Session, model: type[Base], row: Values) -> int:
    connection, columns = session.connection(), tuple(row)
    if connection.dialect.name == "sqlite":
        return prepared.run(connection, _new(model, columns), row).lastrowid
    return int(prepared.run(connection, _new_returning(model, columns), row).scalar_one())


def _fresh(model: Any) -> Values:
    """What the columns hold that are not given."""
    return {**_constant(model), **{name: make(None) for name, make in _made(model)}}


@cache
def _constant(model: Any) -> Values:
    columns = _table(model).columns
    nothing = {each.key: None for each in columns if each.nullable}
    return nothing | {
        each.key: each.default.arg for each in columns if isinstance(each.default, ScalarElementColumnDefault)
    }


@cache
def _made(model: Any) -> list[tuple[str, Callable[[Any], Any]]]:
    columns = _table(model).columns
    return [
        (each.key, each.default.arg) for each in columns if isinstance(each.default, CallableColumnDefault)
    ]


@cache
def _new(model: Any, columns: tuple[str, ...]) -> Insert:
    table = _table(model)
    return insert(table).values({name: bindparam(name, type_=table.c[name].type) for name in columns})


@cache
def _new_returning(model: Any, columns: tuple[str, ...]) -> Insert:
    return _new(model, columns).returning(_table(model).c.id)


@cache
def _update(
    model: Any,
    columns: tuple[str, ...],
    expected: tuple[str, ...] = (),
    only: TextClause | None = None,
) -> Update:
    table = _table(model)
    was: list[Any] = [table.c[name] == bindparam(f"was_{name}") for name in expected]
    was += [] if only is None else [only]
    written = {name: bindparam(name, type_=table.c[name].type) for name in columns}
    return update(table).where(table.c.id == bindparam("row"), *was).values(written)

"""Rows by the hundred thousand: as tuples to SQLite, as COPY to PostgreSQL. Instants are Unix seconds."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import lru_cache
from operator import itemgetter
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Connection, Table, func, inspect, select, text

from workflows.records import (
    Account,
    Base,
    Cancellation,
    Case,
    Clock,
    Contact,
    Event,
    Finding,
    Hold,
    Letter,
    Location,
    Number,
    Override,
    Person,
    PortOrder,
    PortOrderNumber,
    Request,
    Run,
    Step,
    Word,
)
from workflows.records.base import Cents, Row, UTCDateTime

ORDER: tuple[type[Base], ...] = (
    *(Account, Person, Location, Number, PortOrder, PortOrderNumber, Case, Request, Cancellation, Clock),
    *(Contact, Letter, Event, Run, Step, Hold, Override, Finding, Word),
)
"""Parents before children."""
DERIVED = ("ending",)
"""Columns whose default is worked out of the rest of the row: here they are given."""
Form = Callable[[Any], Any]


HASTE = ("foreign_keys = OFF", "cache_size = -400000", "synchronous = OFF")
"""Parents are written before children anyway, and a seed that breaks off is made anew."""


def make_haste(connection: Connection) -> None:
    """What lets this connection write faster; asked for outside of a transaction."""
    if connection.dialect.name == "sqlite":
        cursor = connection.connection.cursor()
        for each in HASTE:
            cursor.execute(f"PRAGMA {each}")


class Shelf:
    """New rows by table. Their ids go on where those of the database end."""

    def __init__(self, connection: Connection) -> None:
        self.rows: dict[type[Base], list[Row]] = defaultdict(list)
        self._last = {each: _highest(connection, each) for each in ORDER}
        self._loaders = {each: Loader(connection, each) for each in ORDER}

    def add(self, model: type[Base], **values: Any) -> Row:
        self._last[model] += 1
        row = {**self._loaders[model].defaults, "id": self._last[model], **values}
        self.rows[model].append(row)
        return row

    def next_id(self, model: type[Base]) -> int:
        return self._last[model] + 1

    def write(self) -> None:
        """What has gathered goes to the database."""
        for model in ORDER:
            self._loaders[model].load(self.rows[model])
        self.rows.clear()

    def finish(self) -> None:
        """The database goes on giving ids behind ours."""
        for model in ORDER:
            self._loaders[model].go_on_from(self._last[model])


class Loader:
    """Writes the rows of one table as fast as the database takes them."""

    def __init__(self, connection: Connection, model: type[Base]) -> None:
        table = inspect(model).local_table
        assert isinstance(table, Table)
        self._connection, self._table = connection, table
        self._is_sqlite = connection.dialect.name == "sqlite"
        forms = _SQLITE if self._is_sqlite else _POSTGRES
        self.defaults = {each.key: _default(each) for each in table.columns}
        self._row = itemgetter(*self.defaults)
        found = [(place, _form(each, forms)) for place, each in enumerate(table.columns)]
        self._forms = [(place, form) for place, form in found if form is not None]
        quote = connection.dialect.identifier_preparer.quote
        self._name = quote(table.name)
        self._names = ", ".join(quote(each.name) for each in table.columns)

    def load(self, rows: list[Row]) -> None:
        if not rows:
            return
        if self._is_sqlite:
            marks = ", ".join("?" for _each in self.defaults)
            self._driver().executemany(
                f"INSERT INTO {self._name} ({self._names}) VALUES ({marks})",  # noqa: S608 - our own names
                self._tuples(rows),
            )
        else:
            with self._driver().copy(f"COPY {self._name} ({self._names}) FROM STDIN") as copy:
                for row in self._tuples(rows):
                    copy.write_row(row)

    def _driver(self) -> Any:
        return self._connection.connection.cursor()

    def _tuples(self, rows: list[Row]) -> Iterator[list[Any]]:
        for row in rows:
            values = list(self._row(row))
            for place, form in self._forms:
                values[place] = form(values[place])
            yield values

    def go_on_from(self, last: int) -> None:
        if not self._is_sqlite and last:
            named = {"name": self._name, "last": last}
            self._connection.execute(text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :last)"), named)


def _highest(connection: Connection, model: type[Base]) -> int:
    return connection.scalar(select(func.max(inspect(model).local_table.c["id"]))) or 0


def _default(column: Column[Any]) -> Any:
    """What the column holds where nothing is given; a callable is asked once, for what is never changed."""
    arg = getattr(column.default, "arg", None)
    return arg(None) if callable(arg) and column.key not in DERIVED else arg


@lru_cache(maxsize=100_000)
def _words(at: int | None) -> str | None:
    """As SQLAlchemy stores an instant in SQLite."""
    return None if at is None else f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S}.000000"


@lru_cache(maxsize=100_000)
def _instant(at: int | None) -> datetime | None:
    return None if at is None else datetime.fromtimestamp(at, UTC)


def _json(value: Any) -> str:
    return "{}" if value == {} else json.dumps(value)


def _day(value: Any) -> str | None:
    return None if value is None else value.isoformat()


def _truth(value: Any) -> int | None:
    return None if value is None else int(value)


_SQLITE: dict[type, Form] = {UTCDateTime: _words, JSON: _json, Boolean: _truth}
_POSTGRES: dict[type, Form] = {UTCDateTime: _instant, JSON: _json}


def _form(column: Column[Any], forms: dict[type, Form]) -> Form | None:
    """How a value of the column is handed to the driver; None as it is. Money is in cents already."""
    if isinstance(column.type, Cents):
        return None
    found = next((form for kind, form in forms.items() if isinstance(column.type, kind)), None)
    if found is None and forms is _SQLITE and column.type.python_type.__name__ == "date":
        return _day
    return found

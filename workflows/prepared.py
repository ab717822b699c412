"""Inserts and updates prepared once for a connection.

SQLAlchemy keeps the text of a statement, but finds out at every execution how each value is converted and
what may come back: that costs several times what the database itself needs."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, CursorResult, Insert, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

Values = Mapping[str, Any]


class Prepared:
    """A statement as the driver takes it. Each of its values has a name and a type."""

    def __init__(self, statement: Insert | Update, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        self.text, self.has_names = str(compiled), compiled.positiontup is None
        convert = {name: _converter(bind.type, dialect) for name, bind in compiled.binds.items()}
        self.ways = [(name, convert[name]) for name in compiled.positiontup or convert]

    def given(self, values: Values) -> Any:
        """The values in the driver's form."""
        found = [(name, values[name] if way is None else way(values[name])) for name, way in self.ways]
        return dict(found) if self.has_names else tuple([value for _name, value in found])


def run(
    connection: Connection, statement: Insert | Update, values: Values | Sequence[Values]
) -> CursorResult[Any]:
    """Runs it for these values, or once for each of several."""
    known = connection.info.setdefault(__name__, {})
    if (prepared := known.get(statement)) is None:
        prepared = known[statement] = Prepared(statement, connection.dialect)
    several = [prepared.given(each) for each in values] if isinstance(values, Sequence) else None
    return connection.exec_driver_sql(prepared.text, several or prepared.given(values))


def _converter(kind: Any, dialect: Dialect) -> Callable[[Any], Any] | None:
    found: Callable[[Any], Any] | None = kind.dialect_impl(dialect).bind_processor(dialect)
    return found

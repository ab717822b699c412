"""An instant of the database as Unix seconds, on SQLite and PostgreSQL."""

from typing import Any

from sqlalchemy import BigInteger
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class unix(FunctionElement[int]):  # noqa: N801 - it is used like SQL's own functions
    """Whole seconds since 1970."""

    type = BigInteger()
    inherit_cache = True
    name = "unix"


@compiles(unix, "sqlite")
def _sqlite(element: unix, compiler: Any, **words: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **words)}) AS INTEGER)"


@compiles(unix, "postgresql")
def _postgresql(element: unix, compiler: Any, **words: Any) -> str:
    return f"CAST(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **words)}) AS BIGINT)"

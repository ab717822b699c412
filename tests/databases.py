"""Databases for tests: made once with all tables, copied for each test. SQLite, or PostgreSQL by its URL.

`LASTCALL_TEST_POSTGRES` names a server on which databases may be made and dropped."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from workflows.db import with_manners
from workflows.records import Base

POSTGRES = os.environ.get("LASTCALL_TEST_POSTGRES", "")
_numbers = count(1)
LEAVE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
COUNTED = "SELECT sequencename FROM pg_sequences WHERE last_value IS NOT NULL"
_idle: dict[str, list[str]] = {}
"""Databases that were emptied after a test, by the template they were made of. To make one takes PostgreSQL
ten times as long as to empty one."""


def on_postgres() -> bool:
    return bool(POSTGRES)


def _order(statement: str) -> None:
    """A statement that stands outside of any transaction."""
    engine = create_engine(POSTGRES, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def _with_tables(url: str) -> None:
    engine = with_manners(create_engine(url))
    Base.metadata.create_all(engine)
    engine.dispose()


def named(name: str) -> str:
    return make_url(POSTGRES).set(database=name).render_as_string(hide_password=False)


@contextmanager
def template(folder: Path) -> Iterator[str]:
    """The database from which those of the tests are copied: a file's path or a database's name."""
    if not on_postgres():
        path = folder / "template.db"
        _with_tables(f"sqlite:///{path}")
        yield str(path)
        return
    name = f"lastcall_template_{os.getpid()}"
    _order(f'CREATE DATABASE "{name}"')
    _with_tables(named(name))
    yield name
    for each in (name, *_idle.pop(name, ())):
        _order(f'DROP DATABASE "{each}" WITH (FORCE)')


@contextmanager
def empty(folder: Path, like: str | None = None) -> Iterator[str]:
    """The URL of a database of one's own; with the tables of `like`, a template."""
    if not on_postgres():
        path = folder / "lastcall.db"
        if like:
            shutil.copyfile(like, path)
        yield f"sqlite:///{path}"
        return
    idle = _idle.setdefault(like, []) if like else []
    name = idle.pop() if idle else _new(like)
    yield named(name)
    if like and _is_emptied(name):
        idle.append(name)
    else:
        _order(f'DROP DATABASE "{name}" WITH (FORCE)')


def _new(like: str | None) -> str:
    name = f"lastcall_test_{os.getpid()}_{next(_numbers)}"
    _order(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like}" STRATEGY FILE_COPY' if like else ""))
    return name


def _is_emptied(name: str) -> bool:
    """Nobody is left in it, no row, and every count begins anew. Not where a test took tables away."""
    engine = create_engine(named(name), poolclass=NullPool)
    filled = " UNION ALL ".join(
        f"SELECT '{each}' WHERE EXISTS (SELECT FROM \"{each}\")" for each in Base.metadata.tables
    )
    with engine.begin() as connection:
        connection.exec_driver_sql(LEAVE)
        if not set(Base.metadata.tables) <= set(connection.exec_driver_sql(TABLES).scalars()):
            return False
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")  # no order among tables
        for table in connection.exec_driver_sql(filled).scalars():
            connection.exec_driver_sql(f'DELETE FROM "{table}"')
        for count_of in connection.exec_driver_sql(COUNTED).scalars():
            connection.exec_driver_sql(f'ALTER SEQUENCE "{count_of}" RESTART')
    return True

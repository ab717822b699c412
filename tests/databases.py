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

from workflows.db import with_manners
from workflows.records import Base

POSTGRES = os.environ.get("LASTCALL_TEST_POSTGRES", "")
_numbers = count(1)


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
    _order(f'DROP DATABASE "{name}" WITH (FORCE)')


@contextmanager
def empty(folder: Path, like: str | None = None) -> Iterator[str]:
    """The URL of a database of one's own; with the tables of `like`, a template."""
    if not on_postgres():
        path = folder / "lastcall.db"
        if like:
            shutil.copyfile(like, path)
        yield f"sqlite:///{path}"
        return
    name = f"lastcall_test_{os.getpid()}_{next(_numbers)}"
    _order(f'CREATE DATABASE "{name}"' + (f' TEMPLATE "{like}" STRATEGY FILE_COPY' if like else ""))
    yield named(name)
    _order(f'DROP DATABASE "{name}" WITH (FORCE)')

"""Brings a database to the tables of this version, and back. SQLite and PostgreSQL alike."""

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.types import TypeDecorator

from workflows import files
from workflows.db import with_manners
from workflows.records import Base

FOLDER = files.HERE / "migrations"


def _as_plain_type(kind: str, what: Any, autogen: Any) -> str | bool:
    """Migrations must not change with our code, so our own types are written as what they are stored as."""
    if kind == "type" and isinstance(what, TypeDecorator):
        return f"sa.{what.impl_instance!r}"
    return False


ON_ALEMBIC: dict[str, Any] = {
    "target_metadata": Base.metadata,
    "render_as_batch": True,
    "compare_type": True,
    "render_item": _as_plain_type,
}
"""How Alembic is configured wherever it is used. In batches, because SQLite cannot alter a table."""


def to(url: str, revision: str = "head") -> None:
    """Upgrades to a revision, the newest by default."""
    with _connected(url) as connection:
        command.upgrade(_config(connection), revision)


def back_to(url: str, revision: str) -> None:
    """Downgrades; `base` is an empty database."""
    with _connected(url) as connection:
        command.downgrade(_config(connection), revision)


def write(url: str, message: str, revision: str) -> None:
    """Writes the next migration from what the records have and the database has not."""
    with _connected(url) as connection:
        command.revision(_config(connection), message, autogenerate=True, rev_id=revision)


def differences(url: str) -> list[Any]:
    """What the records have and the database has not, or the other way round."""
    with _connected(url) as connection:
        context = MigrationContext.configure(connection, opts=ON_ALEMBIC)
        return list(compare_metadata(context, Base.metadata))


def newest() -> str:
    """The newest revision that this version knows."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current(url: str) -> str | None:
    """The revision of a database; None where it has none of our tables."""
    with _connected(url) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def is_current(engine: Engine) -> bool:
    """Whether the tables are those of this version."""
    with engine.connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    return found == newest()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _connected(url: str) -> Iterator[Connection]:
    """One transaction. SQLite copies tables to alter them, so its foreign keys are looked at afterwards."""
    engine = with_manners(create_engine(url))
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _without_foreign_keys)
    try:
        with engine.begin() as connection:
            yield connection
            if engine.dialect.name == "sqlite":
                _check_foreign_keys(connection)
    finally:
        engine.dispose()


def _without_foreign_keys(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA foreign_keys = OFF")


def _check_foreign_keys(connection: Connection) -> None:
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        raise RuntimeError(f"A migration broke references: {broken[:5]}")


def main(words: str, number: str) -> None:
    """Writes the next migration into this checkout; look at it before it is committed."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/scratch.db"
        to(url)
        write(url, words, number)


if __name__ == "__main__":
    main(*sys.argv[1:3])

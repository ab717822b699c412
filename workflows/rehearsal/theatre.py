"""Opens a database for rehearsals and plays files in it, one after the other, each in empty tables.

One connection serves all files. Nobody else writes there, so its sessions keep what they have read."""

import gc
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, table, text
from sqlalchemy.exc import ArgumentError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from workflows import chain
from workflows.config import Settings
from workflows.errors import WorkflowError
from workflows.records import Base
from workflows.rehearsal.language import Malformed, Rehearsal, read
from workflows.rehearsal.player import Report, play

Change = Callable[[Settings], Settings]
IN_MEMORY = "sqlite://"
STATEMENTS = 1000
"""How many SQLite keeps prepared: more than a rehearsal has."""
TABLES = tuple(reversed(Base.metadata.sorted_tables))
"""Those that refer to others before those that are referred to."""
EMPTIED = ";".join(str(each.delete()) for each in (*TABLES, table("sqlite_sequence")))


class NoStage(WorkflowError):
    """The database that was named cannot be used."""


def rehearse(
    paths: Sequence[Path], url: str | None = None, change: Change = lambda settings: settings
) -> Iterator[Report]:
    """Plays the files in their order. Raises Malformed, with all that is wrong, before any is played.

    `change` gives each file other settings than its own: a calendar or a policy is tried."""
    found = read_all(paths)
    return play_all([each.model_copy(update={"settings": change(each.settings)}) for each in found], url)


def read_all(paths: Sequence[Path]) -> list[Rehearsal]:
    """The rehearsals in the files. Raises Malformed."""
    found: list[Rehearsal] = []
    wrong: list[str] = []
    for path in paths:
        try:
            found.append(read(path))
        except Malformed as malformed:
            wrong.append(str(malformed))
    if wrong:
        raise Malformed("\n".join(wrong))
    return found


def play_all(rehearsals: Sequence[Rehearsal], url: str | None = None) -> Iterator[Report]:
    with stage(url) as connection, _seldom_collected():
        for rehearsal in rehearsals:
            with Session(connection, expire_on_commit=False) as session:
                _hold(session)
                chain.write_alone(session)
                report = play(rehearsal, session)
            _clear(connection)
            yield report


@contextmanager
def stage(url: str | None = None) -> Iterator[Connection]:
    """A connection to empty tables of its own. Whatever happens, nothing of them is left behind.

    Raises NoStage."""
    connection = _open(url or IN_MEMORY)
    try:
        yield from IN[connection.dialect.name](connection)
    finally:
        connection.close()
        connection.engine.dispose()


@cache
def _engine(url: str) -> Engine:
    """One for all stages: it keeps the statements that it has compiled."""
    memory = {"cached_statements": STATEMENTS} if url.startswith("sqlite") else {}
    return create_engine(url, poolclass=StaticPool, connect_args=memory)


def _open(url: str) -> Connection:
    try:
        engine = _engine(url)
        if engine.dialect.name not in IN:
            raise NoStage(f"A rehearsal plays on {' or '.join(IN)}, not on {engine.dialect.name}.")
        return engine.connect()
    except (ArgumentError, ImportError, OperationalError) as wrong:
        raise NoStage(f"The database cannot be used: {wrong}") from wrong


def _in_a_schema(connection: Connection) -> Iterator[Connection]:
    name = f"rehearsal_{uuid.uuid4().hex[:12]}"
    connection.execute(text(f"CREATE SCHEMA {name}"))
    connection.execute(text(f"SET search_path TO {name}"))
    Base.metadata.create_all(connection)
    connection.commit()
    try:
        yield connection
    finally:
        connection.rollback()
        connection.execute(text(f"DROP SCHEMA {name} CASCADE"))
        connection.commit()


def _in_a_file(connection: Connection) -> Iterator[Connection]:
    """SQLite's file, or its memory where none is named. Nobody else is there to wait for."""
    connection.execute(text("PRAGMA foreign_keys = ON"))
    if inspect(connection).get_table_names():
        raise NoStage("The database holds tables already: a rehearsal needs an empty one.")
    Base.metadata.create_all(connection)
    connection.commit()
    try:
        yield connection
    finally:
        connection.rollback()
        Base.metadata.drop_all(connection)
        connection.commit()


IN = {"sqlite": _in_a_file, "postgresql": _in_a_schema}


def _hold(session: Session) -> None:
    """Keeps every record at hand: a session lets go of what nobody refers to, and would read it again."""
    held: set[Base] = set()
    for met in ("pending_to_persistent", "detached_to_persistent", "loaded_as_persistent"):
        event.listen(session, met, lambda _session, record: held.add(record))


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """Records and statements come and go by the thousand: a look for cycles after every 700 finds none."""
    before = gc.get_threshold()
    gc.set_threshold(20_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _clear(connection: Connection) -> None:
    """Empties all tables; ids begin at 1 again."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(f'"{each.name}"' for each in TABLES)
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY"))
    else:
        _driver(connection).executescript(EMPTIED)
    connection.commit()


def _driver(connection: Connection) -> Any:
    return connection.connection.driver_connection

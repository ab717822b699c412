"""Binds Flask-SQLAlchemy to the tables and gives SQLite its manners."""

from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event

from workflows.records import Base

db = SQLAlchemy(metadata=Base.metadata)

BUSY_SECONDS = 20
ASLEEP_SECONDS = 60
"""A process that was frozen in the middle of a transaction for so long keeps the others waiting no more."""


def with_manners(engine: Engine) -> Engine:
    """PostgreSQL: nobody waits for a lock for ever; who falls asleep in a transaction loses it.

    SQLite: foreign keys on, write-ahead log, waiting instead of failing when another process writes.

    Transactions begin IMMEDIATE where they may write: two that read first and write later would
    otherwise fail with "database is locked" without waiting."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", _be_patient)
    return engine


def options(url: str) -> dict[str, Any]:
    """For an engine: a server that was restarted is met with new connections, not with an error."""
    return {"pool_pre_ping": True} if url.startswith("postgresql") else {}


def _set_up(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.close()


def _begin(connection: Any) -> None:
    wanted = connection.get_execution_options()
    if wanted.get("hurried"):
        _begin_without_waiting(connection)
    else:
        connection.exec_driver_sql("BEGIN" if wanted.get("reading") else "BEGIN IMMEDIATE")


def _begin_without_waiting(connection: Any) -> None:
    """For what is not worth anybody's time: fails at once where another process writes."""
    connection.exec_driver_sql("PRAGMA busy_timeout = 0")
    try:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    finally:
        connection.exec_driver_sql(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


def _be_patient(connection: Any, _record: Any) -> None:
    connection.autocommit = True
    connection.execute(f"SET lock_timeout = '{BUSY_SECONDS}s'")
    connection.execute(f"SET idle_in_transaction_session_timeout = '{ASLEEP_SECONDS}s'")
    connection.autocommit = False

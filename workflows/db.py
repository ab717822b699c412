"""Binds Flask-SQLAlchemy to the tables and gives SQLite its manners."""

from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Engine, event

from workflows.records import Base

db = SQLAlchemy(metadata=Base.metadata)

BUSY_SECONDS = 20


def with_manners(engine: Engine) -> Engine:
    """SQLite: foreign keys on, write-ahead log, waiting instead of failing when another process writes.

    Transactions begin IMMEDIATE where they may write: two that read first and write later would
    otherwise fail with "database is locked" without waiting."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_up)
        event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = NORMAL")
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")
    cursor.close()


def _begin(connection: Any) -> None:
    reading = connection.get_execution_options().get("reading", False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

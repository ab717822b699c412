"""`lastcall backup` and `restore`: a copy of the database while everything runs, and the way back."""

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path

import click
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from command_line.console import Console, operator, revision, use
from workflows import clock, heartbeat, migrating, restoring
from workflows.config import ConfigError
from workflows.db import with_manners

DUMP = "pg_dump --format=custom --file=FILE URL"
LOAD = "pg_restore --clean --if-exists --single-transaction --dbname=URL FILE"
REFERENCE = re.compile(r"C-(\d{4,15})")
PATIENCE = 20
HIGHEST = 'SELECT max(id) FROM "case"'


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@use
def backup(console: Console, file: Path) -> None:
    """Copy the database to FILE while everything runs (SQLite)."""
    source = _sqlite(console.database_url, f"For PostgreSQL: {DUMP} (docs/operating.md).")
    if not source.is_file():
        raise ConfigError(f"There is no database at {source}.")
    if file.exists():
        raise ConfigError(f"{file} is there already: choose another name.")
    draft = file.with_name(f".{file.name}.draft")
    try:
        copy(source, draft)
        check(draft)
        os.replace(draft, file)
    except (OSError, sqlite3.Error) as wrong:
        raise ConfigError(f"{file}: the copy could not be made: {wrong}") from wrong
    finally:
        draft.unlink(missing_ok=True)
    click.echo(f"{file}: {file.stat().st_size} bytes, revision {migrating.current(f'sqlite:///{file}')}.")


@click.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, exists=True), required=False)
@click.option("--loaded", is_flag=True, help="It was loaded by other means (pg_restore): do the rest.")
@click.option("--last-reference", metavar="C-1234", help="The highest reference that anybody was told.")
@use
def restore(console: Console, file: Path | None, loaded: bool, last_reference: str | None) -> None:
    """Bring an older state of the database back. Nothing ends until it was compared.

    The stop switch is on afterwards. Stop the web app and the schedulers before.
    """
    highest = _number(last_reference)
    if loaded == (file is not None):
        raise ConfigError("Name the backup FILE, or say --loaded.")
    _must_be_quiet(console.database_url)
    if file is not None:
        highest = max(highest, _bring_back(console.database_url, file))
    _afterwards(console, highest)


def _number(reference: str | None) -> int:
    if reference is None:
        return 0
    match = REFERENCE.fullmatch(reference)
    if match is None:
        raise ConfigError(f'--last-reference: "{reference}" is no reference like C-1234.')
    return int(match[1]) - 1000


def _must_be_quiet(url: str) -> None:
    """A scheduler that goes on working would write its own present over the past."""
    if revision(url) is None:
        return
    engine = with_manners(create_engine(url))
    try:
        with Session(engine) as session:
            alive = heartbeat.is_alive(session, clock.now())
    except SQLAlchemyError:
        alive = False
    finally:
        engine.dispose()
    if alive:
        raise ConfigError("A scheduler is alive: stop schedulers and web app, wait a minute, try again.")


def _bring_back(url: str, file: Path) -> int:
    """The backup's content in the database's place; what was there is kept aside. The highest id in it."""
    target = _sqlite(url, f"For PostgreSQL: {LOAD}, then lastcall restore --loaded (docs/operating.md).")
    try:
        check(file)
        highest = 0
        if target.is_file():
            aside = target.with_name(f"{target.name}.before-{clock.now():%Y%m%dT%H%M%SZ}")
            copy(target, aside)
            highest = _highest(aside)
            click.echo(f"What was there is kept in {aside}.")
        target.parent.mkdir(parents=True, exist_ok=True)
        copy(file, target)
    except (OSError, sqlite3.Error) as wrong:
        raise ConfigError(f"{file}: it could not be restored: {wrong}") from wrong
    migrating.to(url)
    return highest


def _highest(path: Path) -> int:
    """A database that is broken or empty tells nothing."""
    try:
        with closing(sqlite3.connect(path)) as known:
            return int(known.execute(HIGHEST).fetchone()[0] or 0)
    except sqlite3.Error:
        return 0


def _afterwards(console: Console, highest: int) -> None:
    with console.desk() as desk:
        at = clock.now()
        last = restoring.settle(desk, at, by=operator(), highest=highest)
        desk.session.commit()
        new = restoring.compare(desk, at)
        stop = restoring.own_stop(desk)
        waits = restoring.not_compared(desk, stop) if stop else []
    click.echo(f"All terminations are stopped. New references begin at C-{1001 + last}.")
    if waits:
        click.echo("The platform could not be read: the scheduler compares, or lastcall restore --loaded.")
    else:
        click.echo(f"Platform and desk were compared: {new} new findings. A manager may start again.")


def _sqlite(url: str, otherwise: str) -> Path:
    known = make_url(url)
    if known.get_backend_name() != "sqlite" or not known.database:
        raise ConfigError(f"Only SQLite is copied by this command. {otherwise}")
    return Path(known.database)


def copy(source: Path, target: Path) -> None:
    """All pages in one go, whoever writes meanwhile. Raises sqlite3.Error."""
    with closing(_open(source)) as old, closing(_open(target)) as new:
        old.backup(new)


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=PATIENCE)


def check(path: Path) -> None:
    """Raises ConfigError where the file is no whole database of Lastcall."""
    try:
        with closing(sqlite3.connect(path)) as known:
            found = known.execute("PRAGMA integrity_check").fetchone()[0]
            tables = {
                name for (name,) in known.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            }
    except sqlite3.Error as wrong:
        raise ConfigError(f"{path} is no database: {wrong}") from wrong
    if found != "ok" or not {"alembic_version", "case", "cancellation"} <= tables:
        raise ConfigError(f"{path} is no whole database of Lastcall.")

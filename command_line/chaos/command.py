"""`lastcall chaos`: does the desk keep its word under fire? The proof comes from the platform's books."""

import logging
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import SystemRandom
from typing import Any

import click
from rich.console import Console as Screen
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy import create_engine, inspect
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from command_line.chaos import director, postgres, proof, racing, report
from command_line.chaos.director import Storm
from command_line.chaos.postgres import Server
from command_line.chaos.racing import Race
from command_line.chaos.trial import Ground, Size
from command_line.console import first_line
from workflows import clock
from workflows.adapters.sandbox import Books, SandboxCarrier, SandboxPlatform
from workflows.config import ConfigError
from workflows.house import House

OWN_POSTGRES, OWN_FILE = "postgresql", ""


@click.command()
@click.option("--terminations", default=100, show_default=True, type=click.IntRange(1, 20_000))
@click.option("--kills", default=20, show_default=True, type=click.IntRange(0, 5_000))
@click.option("--faults", default=20.0, show_default=True, type=click.FloatRange(0, 60), help="In percent.")
@click.option(
    "--seed", type=int, help="Decides who leaves and what goes wrong; by default another each time."
)
@click.option(
    "--database",
    default=OWN_FILE,
    metavar="URL",
    help="An empty database; `postgresql` for a server of its own. By default a file of its own.",
)
@click.option("--races", default=0, type=click.IntRange(0, 5_000), help="Withdrawals against begins first.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="The report.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="A folder for the logs.")
@click.pass_context
def chaos(
    context: click.Context,
    terminations: int,
    kills: int,
    faults: float,
    seed: int | None,
    database: str,
    races: int,
    json_file: Path | None,
    keep: Path | None,
) -> None:
    """Put a desk under fire, and prove that nothing was lost."""
    size = Size(terminations, kills, faults, SystemRandom().randrange(10**6) if seed is None else seed, races)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    if json_file and not json_file.absolute().parent.is_dir():
        raise ConfigError(f"--json: there is no folder {json_file.absolute().parent}.")
    with _ground(database, keep) as (ground, server), _fast_clock(ground):
        known = _tried(size, ground, server)
    click.echo(report.as_text(known))
    if json_file:
        json_file.write_text(report.as_json(known), "utf-8")
    context.exit(0 if known["passed"] else 1)


@contextmanager
def _ground(database: str, keep: Path | None) -> Iterator[tuple[Ground, Server | None]]:
    """Raises ConfigError before anything is started."""
    if database not in (OWN_POSTGRES, OWN_FILE):
        _must_be_empty(database)
    folder = Path(tempfile.mkdtemp(prefix="lastcall-chaos-"))
    try:
        if database == OWN_POSTGRES:
            with postgres.server() as server:
                yield Ground(folder, server.url), server
        else:
            yield Ground(folder, database or f"sqlite:///{folder / 'desk.db'}"), None
    finally:
        if keep:
            shutil.copytree(folder, keep, dirs_exist_ok=True)
        shutil.rmtree(folder, ignore_errors=True)


def _must_be_empty(url: str) -> None:
    try:
        if make_url(url).get_backend_name() not in ("sqlite", "postgresql"):
            raise ConfigError("--database: Lastcall works with SQLite and PostgreSQL.")
        engine = create_engine(url)
        tables = inspect(engine).get_table_names()
        engine.dispose()
    except (ArgumentError, SQLAlchemyError, ImportError) as wrong:
        raise ConfigError(f"--database: it cannot be used: {first_line(wrong)}") from wrong
    if tables:
        raise ConfigError("--database: it is not empty. A trial needs a database of its own.")


@contextmanager
def _fast_clock(ground: Ground) -> Iterator[None]:
    """For the sandbox and the director, which live in this process."""
    before = os.environ.get(clock.VARIABLE)
    os.environ[clock.VARIABLE] = ground.environment[clock.VARIABLE]
    try:
        yield
    finally:
        os.environ.pop(clock.VARIABLE)
        if before is not None:
            os.environ[clock.VARIABLE] = before


def _tried(size: Size, ground: Ground, server: Server | None) -> dict[str, Any]:
    began = time.monotonic()
    with director.prepared(size, ground, server) as storm, _progress(size) as bar:
        director.blow(storm, bar)
        known = report.facts(storm, list(proof.laws(storm)))
        report.add_races(known, _raced(storm))
        return known | {"seconds": round(time.monotonic() - began, 1)}


def _raced(storm: Storm) -> list[Race]:
    """Against the trial's database, with a platform of their own."""
    if not storm.size.races:
        return []
    shelves, at = Books(), clock.now()
    house = House(
        storm.house.settings,
        storm.house.secrets,
        SandboxPlatform(shelves, clock.now),
        SandboxCarrier(shelves),
        storm.house.mail,
    )
    parts = racing.set_out(house, storm.engine, shelves, storm.size.races, at)
    return [racing.race(house, storm.engine, part) for part in parts]


@contextmanager
def _progress(size: Size) -> Iterator[director.Progress]:
    words = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total} ended")
    with Progress(*words, TimeElapsedColumn(), console=Screen(stderr=True)) as shown:
        task = shown.add_task("starting", total=size.terminations)

        def tell(phase: str, ended: int, _seconds: int) -> None:
            shown.update(task, description=phase, completed=ended)

        yield tell

"""The command: so many cases, with a bar, in batches that are each committed."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from itertools import islice
from random import Random

import click
from rich.console import Console as Screen
from rich.progress import Progress
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from command_line.console import Console, use
from command_line.seed import cast
from command_line.seed.life import Life
from command_line.seed.tables import Shelf, make_haste
from command_line.seed.world import Colleague, World, arrivals
from workflows import clock, users
from workflows.desk import Desk
from workflows.records import Case, User
from workflows.states import Role

BATCH, COMMIT = 1000, 20_000
PER_YEAR = 25_000
A_YEAR = timedelta(days=365.25)
SHORTEST = timedelta(days=180)
Told = Callable[[int], None]
"""Called with the number of cases that are done."""


@click.command()
@click.option("--cases", type=click.IntRange(1, 5_000_000), required=True, help="How many cases.")
@click.option(
    "--years", type=click.FloatRange(0.1, 60), help="Over how long; 25,000 cases a year by default."
)
@click.option("--password", envvar="LASTCALL_PASSWORD", default="", help="Lets the seeded staff sign in.")
@click.option("--draw", type=int, default=1, show_default=True, help="Another number, other lives.")
@use
def seed(console: Console, cases: int, years: float | None, password: str, draw: int) -> None:
    """Fill the database with years of plausible cases.

    For a trial or a measurement. They are added to what is there. Never do this to a desk at work: the
    customers are made up, but their promises and planned ends look real to the scheduler.
    """
    engine = console.engine()
    try:
        with Session(engine) as session, _bar(cases) as told:
            desk = console.house.desk(session)
            prepare(desk, password, clock.now())
            session.commit()
            fill(engine, desk, cases, clock.now(), years=years, draw=draw, told=told)
    finally:
        engine.dispose()
    click.echo(f"{cases:,} cases are there.")


@contextmanager
def _bar(cases: int) -> Iterator[Told]:
    with Progress(console=Screen(stderr=True)) as progress:
        task = progress.add_task("Cases", total=cases)
        yield lambda done: progress.update(task, completed=done)


def prepare(desk: Desk, password: str, at: datetime) -> None:
    """Staff to own the cases, where there is none yet. Without a password nobody signs in as they."""
    for names, role in ((cast.STAFF, Role.agent), (cast.MANAGERS, Role.manager)):
        if desk.session.scalar(select(User.id).where(User.role == role).limit(1)) is None:
            for name in names:
                email = f"{name.split()[0].lower()}@seed.example"
                if password:
                    users.add(desk, email, name, role, password, at=at)
                else:
                    desk.session.add(User(email=email, name=name, role=role))
    desk.session.flush()


def fill(
    engine: Engine,
    desk: Desk,
    cases: int,
    at: datetime,
    *,
    years: float | None = None,
    draw: int = 1,
    told: Told | None = None,
) -> None:
    """So many cases that end at `at`, in batches that are each committed."""
    span = max(SHORTEST, A_YEAR * cases / PER_YEAR) if years is None else A_YEAR * years
    chance = Random(draw)
    now, began = int(at.timestamp()), int((at - span).timestamp())
    staff = {role: _staff(desk, role) for role in (Role.agent, Role.manager)}
    desk.session.commit()
    received = arrivals(desk.calendar, began, now, cases, chance)
    done = 0
    with engine.connect() as connection:
        make_haste(connection)
        shelf = Shelf(connection)
        world = World(
            desk.calendar, desk.settings, staff[Role.agent], staff[Role.manager], now, began, chance, shelf
        )
        while batch := list(islice(received, BATCH)):
            _live(world, batch)
            done += len(batch)
            if done % COMMIT == 0:
                connection.commit()
            if told is not None:
                told(done)
        shelf.finish()
        connection.exec_driver_sql("ANALYZE")
        connection.commit()


def _live(world: World, received: list[int]) -> None:
    for at in received:
        Life(world, at, world.shelf.next_id(Case)).live()
    world.shelf.write()


def _staff(desk: Desk, role: Role) -> list[Colleague]:
    found = select(User).where(User.role == role, User.is_active).order_by(User.id)
    return [Colleague(each.id, each.email) for each in desk.session.scalars(found)]

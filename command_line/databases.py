"""`lastcall migrate`: brings the database to the tables of this version."""

from pathlib import Path

import click
from sqlalchemy.engine import make_url

from command_line.console import Console, revision, use
from workflows import migrating


@click.command()
@click.option("--to", "upwards", metavar="REVISION", default="head", help="Stop at a revision.")
@click.option("--down", metavar="REVISION", help="Go back to a revision; `base` takes all tables away.")
@use
def migrate(console: Console, upwards: str, down: str | None) -> None:
    """Bring the database to the tables of this version."""
    url = console.database_url
    _make_room(url)
    before = revision(url)
    if down:
        migrating.back_to(url, down)
    else:
        migrating.to(url, upwards)
    now = migrating.current(url)
    if now == before:
        click.echo(f"The database is at revision {now or 'none'} already.")
    else:
        click.echo(f"The database is at revision {now or 'none'}; it was at {before or 'none'}.")


def _make_room(url: str) -> None:
    """SQLite makes its file, not the folder."""
    known = make_url(url)
    if known.get_backend_name() == "sqlite" and known.database:
        Path(known.database).parent.mkdir(parents=True, exist_ok=True)

"""What every command works with: the configuration file, the house, a desk on the database."""

import getpass
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

from workflows.actors import Actor
from workflows.config import ConfigError, Secrets
from workflows.desk import Desk
from workflows.errors import WorkflowError
from workflows.states import By

if TYPE_CHECKING:
    from workflows.house import House

DEFAULT = Path("config.toml")
DONE, REFUSED, CANNOT_BEGIN = 0, 1, 2


class NotReady(ConfigError):
    """The database is not one that this version can work with; the text says what to do."""


@dataclass
class Console:
    config_file: Path | None

    @cached_property
    def house(self) -> "House":
        """Raises ConfigError."""
        from workflows.house import open_house  # here, for the commands that need none

        return open_house(self.config_file)

    @property
    def database_url(self) -> str:
        return self.house.secrets.database_url

    def engine(self) -> Engine:
        """A database with the tables of this version. Raises NotReady."""
        need_tables(self.database_url)
        return self.house.engine()

    @contextmanager
    def desk(self) -> Iterator[Desk]:
        """A desk in a transaction that is committed where nothing goes wrong."""
        engine = self.engine()
        try:
            with Session(engine) as session:
                yield self.house.desk(session)
                session.commit()
        finally:
            engine.dispose()


def need_tables(url: str) -> None:
    """Raises NotReady where `lastcall migrate` has to run first."""
    from workflows import migrating

    found, newest = revision(url), migrating.newest()
    if found is None:
        raise NotReady("The database has no tables yet: run `lastcall migrate` first.")
    if found != newest:
        raise NotReady(
            f"The database is at revision {found}, this version needs {newest}: run `lastcall migrate` first."
        )


def revision(url: str) -> str | None:
    """Raises NotReady where the database cannot be reached."""
    try:
        if _is_missing_file(url):
            return None
        from workflows import migrating

        return migrating.current(url)
    except (SQLAlchemyError, ArgumentError, ImportError) as wrong:
        variable = Secrets.variable("database_url")
        raise NotReady(f"{variable}: the database cannot be used: {first_line(wrong)}") from wrong


def _is_missing_file(url: str) -> bool:
    """SQLite would make the file by looking at it."""
    known = make_url(url)
    return known.get_backend_name() == "sqlite" and not Path(known.database or "").is_file()


def first_line(wrong: Exception) -> str:
    return (str(wrong).splitlines() or [type(wrong).__name__])[0]


def operator() -> Actor:
    """Whoever sits at the command line: the desk knows them by their name on this machine."""
    return Actor(By.system, "system", address=f"{getpass.getuser()}@{socket.gethostname()}")


class Plain(click.Group):
    """Errors that are for readers are said in words, without a traceback."""

    def __init__(self, *words: Any, places: dict[str, str], **more: Any) -> None:
        """`places`: the commands in the order in which somebody needs them, and where they are."""
        super().__init__(*words, **more)
        self.places = places

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.places:
            return None
        module, _, name = self.places[cmd_name].rpartition(".")
        found = getattr(import_module(f"command_line.{module}"), name)
        assert isinstance(found, click.Command)
        return found

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ConfigError as wrong:
            self._say(ctx, str(wrong), CANNOT_BEGIN)
        except WorkflowError as refused:
            self._say(ctx, str(refused), REFUSED)
        except SQLAlchemyError as wrong:
            self._say(ctx, f"The database did not do what was asked: {first_line(wrong)}", CANNOT_BEGIN)

    @staticmethod
    def _say(ctx: click.Context, words: str, code: int) -> None:
        click.echo(words, err=True)
        ctx.exit(code)


use = click.make_pass_decorator(Console)
"""Gives a command the console."""

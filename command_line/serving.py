"""`lastcall run`, `scheduler` and `sandbox`: the processes of a desk."""

from pathlib import Path
from typing import Any

import click
import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication
from sqlalchemy.orm import Session

import sandbox.main
import scheduler as heart
from command_line import mailbox
from command_line.console import DEFAULT, Console, need_tables, use
from staff_app import create_app
from workflows import calendars, clock, logs
from workflows.house import House, open_house

NEEDED = ("secret_key", "platform_token", "api_token", "handover_secret", "webhook_secret", "bounce_secret")
"""Without these the web app would leave a door open or be of no use."""

log = structlog.get_logger()


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn, started from here instead of by its own command."""

    def __init__(self, house: House, options: dict[str, Any]) -> None:
        self.house, self.options = house, options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self.options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """In each worker, so that none inherits another's connections."""
        logs.set_up()
        return create_app(self.house)


def from_environment() -> Flask:
    """The web app for another WSGI server, and for `flask --app command_line.serving:from_environment db`."""
    return create_app(open_house(DEFAULT if DEFAULT.is_file() else None))


KEPT = 75
"""Seconds for which an idle connection stays open: longer than a proxy goes on using it."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8080, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@use
def run(console: Console, host: str, port: int, workers: int) -> None:
    """Serve the pages and the API (gunicorn). Starts no scheduler."""
    house = console.house
    house.secrets.need(*NEEDED)
    need_tables(house.secrets.database_url)
    logs.set_up()
    tell_of_calendar(house)
    options = {"bind": f"{host}:{port}", "workers": workers, "timeout": 60, "threads": 4, "keepalive": KEPT}
    Server(house, options | {"worker_class": "gthread", "control_socket_disable": True}).run()


def tell_of_calendar(house: House) -> None:
    """The first start takes the file's calendar; later ones report that it is another one."""
    engine = house.engine()
    with Session(engine) as session:
        calendars.adopt(session, house.settings, clock.now())
        for name, words in calendars.differences(session, house.settings):
            log.warning(name, why=words)
        session.commit()
    engine.dispose()


@click.command()
@click.option("--jobs", is_flag=True, help="Print the table of jobs, and end.")
@click.pass_context
@use
def scheduler(console: Console, context: click.Context, jobs: bool) -> None:
    """Do what is due, until it is asked to end. Any number may run."""
    if jobs:
        for name, words, how_often in heart.described():
            click.echo(f"{name:14} {words:45} {how_often}")
        return
    need_tables(console.database_url)
    context.exit(heart.main(console.config_file))


@click.command(name="sandbox")
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8090, show_default=True, type=click.IntRange(1, 65535))
@click.option("--file", "path", type=click.Path(path_type=Path), help="Keeps the books over a restart.")
@use
def sandbox_command(console: Console, host: str, port: int, path: Path | None) -> None:
    """Serve a platform to try things out on."""
    secrets, web = console.house.secrets, console.house.settings.web
    secrets.need("platform_token")
    click.echo(f"The sandbox platform is at http://{host}:{port}/")
    sandbox.main.serve(
        token=secrets.platform_token,
        webhook_url=f"{web.public_url}/api/v1/webhooks/carrier",
        webhook_secret=secrets.webhook_secret,
        host=host,
        port=port,
        path=path,
    )


@click.command(hidden=True)
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("smtp_port", type=int)
@click.argument("port", type=int)
def letters(folder: Path, smtp_port: int, port: int) -> None:
    """The demo's mail server, and the page on which its letters are read."""
    mailbox.serve(folder, smtp_port, port)

"""`lastcall demo`: a whole desk on this machine, with plausible data, until Ctrl-C."""

import logging
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import fields
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any

import click

from command_line import demo_accounts, demo_data
from command_line.demo_folder import Folder, Ports
from command_line.demo_stage import PEOPLE
from workflows import clock, config, links, logs, migrating
from workflows.config import ConfigError, Secrets

PATIENCE = 60
"""Seconds within which everything must answer."""
TO_END = 20
"""Seconds that a program has to end by itself."""
NAMES = {"web": "--port", "platform": "--platform-port", "smtp": "--mail-port", "letters": "--letters-port"}
DEFAULT = Ports()


def port(name: str, words: str) -> Callable[[Any], Any]:
    kind = click.IntRange(1, 65535)
    return click.option(
        NAMES[name], name, default=getattr(DEFAULT, name), type=kind, show_default=True, help=words
    )


@click.command()
@click.option("--folder", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True)
@click.option("--reset", is_flag=True, help="Start afresh.")
@port("web", "The web app.")
@port("platform", "The sandbox platform.")
@port("smtp", "The mail server.")
@port("letters", "The page with the letters.")
def demo(folder: Path, reset: bool, **ports: int) -> None:
    """Show a whole desk with plausible data.

    Web app, scheduler, sandbox platform and mail, all on this machine. Ctrl-C stops it; the next
    start goes on with the same data.
    """
    logs.set_up(least=logging.WARNING)
    place, chosen = Folder(folder), Ports(**ports)
    need_free(chosen)
    if reset or not place.is_filled:
        place.empty()
    place.secrets()
    place.write_config(chosen, clock.now())
    prepare(place, chosen)
    run(place, chosen)


def need_free(ports: Ports) -> None:
    """Raises ConfigError that names the option for each port that somebody else uses."""
    taken = [each.name for each in fields(ports) if _is_taken(getattr(ports, each.name))]
    if taken:
        lines = [f"Port {getattr(ports, each)} is taken; choose another: {NAMES[each]}." for each in taken]
        how = 'Is a demo running already? With make: make demo ARGS="--port 9080".'
        raise ConfigError("\n".join([*lines, how]))


def _is_taken(number: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", number))
        except OSError:
            return True
    return False


def prepare(place: Folder, ports: Ports) -> None:
    """Fills the folder once; what an older version filled is brought to the tables of this one."""
    if place.is_filled:
        migrating.to(place.database_url)
    else:
        fill(place, ports)


def fill(place: Folder, ports: Ports) -> None:
    click.echo("Playing the last weeks of a desk (once) …")
    known, settings = place.known(ports), config.load(place.config)
    password = place.secrets()["password"]
    demo_data.fill(place.path, place.database_url, settings, known.secret_key, password, clock.now())
    place.note_filled()


def programs(place: Folder, ports: Ports) -> dict[str, list[str]]:
    """What runs beside each other, and how each is started."""
    us = [sys.executable, "-m", "command_line", "--config", str(place.config)]
    return {
        "platform": [*us, "sandbox", "--port", str(ports.platform), "--file", str(place.platform)],
        "letters": [*us, "letters", str(place.mail), str(ports.smtp), str(ports.letters)],
        "web": [*us, "run", "--port", str(ports.web)],
        "scheduler": [*us, "scheduler"],
    }


def run(place: Folder, ports: Ports) -> None:
    """Until Ctrl-C, or until one of the programs ends by itself."""
    leaving = Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: leaving.set())
    with started(place, ports) as running:
        if wait_for(ports, running, leaving):
            tell(place, ports)
        while not leaving.wait(0.5):
            need_all(running, place)
    click.echo("Everything has stopped. `make demo` goes on from here.")


@contextmanager
def started(place: Folder, ports: Ports) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """The programs, in groups of their own: Ctrl-C reaches us alone, and we end them in order."""
    place.logs.mkdir(parents=True, exist_ok=True)
    running: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in programs(place, ports).items():
            with (place.logs / f"{name}.log").open("ab") as log:
                running[name] = subprocess.Popen(  # noqa: S603 - our own programs
                    command,
                    env=os.environ | _variables(place.known(ports)),
                    stdout=log,
                    stderr=log,
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )
        yield running
    finally:
        end(running)


def _variables(secrets: Secrets) -> dict[str, str]:
    here = str(Path(__file__).parent.parent)
    path = os.pathsep.join(filter(None, [here, os.environ.get("PYTHONPATH", "")]))
    said = {each.metadata["env"]: getattr(secrets, each.name) for each in fields(secrets)}
    return {**said, "PYTHONPATH": path}


def end(running: dict[str, subprocess.Popen[bytes]]) -> None:
    """The scheduler first: what it is about to do still finds everybody there."""
    for name in reversed(list(running)):
        running[name].terminate()
        try:
            running[name].wait(TO_END)
        except subprocess.TimeoutExpired:
            running[name].kill()
            running[name].wait()


def wait_for(ports: Ports, running: dict[str, Any], leaving: Event) -> bool:
    """Until all ports answer. False where somebody was impatient, or a program ended."""
    deadline = monotonic() + PATIENCE
    waiting = [getattr(ports, each.name) for each in fields(ports)]
    while waiting and monotonic() < deadline and not leaving.is_set():
        if any(each.poll() is not None for each in running.values()):
            return False
        waiting = [each for each in waiting if not _answers(each)]
        leaving.wait(0.1)
    return not waiting


def _answers(number: int) -> bool:
    with closing(socket.socket()) as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", number)) == 0


def need_all(running: dict[str, subprocess.Popen[bytes]], place: Folder) -> None:
    """Raises ConfigError where a program has ended by itself."""
    for name, each in running.items():
        if each.poll() is not None:
            log = place.logs / f"{name}.log"
            last = "\n".join(log.read_text("utf-8", "replace").splitlines()[-5:])
            raise ConfigError(f"The program {name} has ended by itself. Its last words ({log}):\n{last}")


def tell(place: Folder, ports: Ports) -> None:
    """Where everything is, and who signs in."""
    settings, password = config.load(place.config), place.secrets()["password"]
    web = settings.web.public_url
    customer = demo_accounts.SENDER
    link = links.handover_token(
        customer.ref, customer.owner[1], place.known(ports).handover_secret, clock.now()
    )
    click.echo(f"\nLastcall is at     {web}/")
    for key, (name, email, _role) in PEOPLE.items():
        click.echo(f"  {key:10}       {email:28} {name}")
    click.echo(f"  password         {password}   (the same for all)")
    click.echo(f"A customer's way in ({customer.owner[0]} of {customer.name}):\n  {web}/h/{link}")
    click.echo(f"Sandbox platform   http://127.0.0.1:{ports.platform}/   complete PO-4410 of Juniper Hotels")
    click.echo(f"All letters        http://127.0.0.1:{ports.letters}/")
    click.echo(f"Logs               {place.logs}/")
    click.echo(f"\nServices end at {settings.termination.run_at:%H:%M} of their location. At the first start")
    click.echo("that is minutes ahead: watch Kestrel Print Shop end. Ctrl-C stops everything.")

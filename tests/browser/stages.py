"""A house with a server for a whole module: one browser, one database, time that stands until it is moved."""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from staff_app import create_app
from tests import databases
from tests.browser import axe
from tests.conftest import MONDAY, STAFF, Time, World
from workflows import books, clock, links, users
from workflows.adapters.memory_mail import MemoryMail
from workflows.adapters.sandbox import Books, SandboxCarrier, SandboxPlatform
from workflows.config import Secrets, Settings
from workflows.db import db
from workflows.desk import Desk
from workflows.house import House
from workflows.records import Case, User

PASSWORD = "a long enough password"


@dataclass
class Stage:
    """What a module's tests share."""

    world: World
    desk: Desk
    address: str
    context: BrowserContext

    def account(self, ref: str, *places: str, jurisdiction: str = "US") -> None:
        """An account with two numbers at each location; its owner is pat@<ref>.example."""
        shelves = self.world.books
        shelves.add_account(ref, f"{ref.title()} Dental", owner=f"pat@{ref}.example", names={})
        for place in places:
            first = 100 + 2 * len(self.numbers)
            held = [f"+1256555{first}0", f"+1256555{first}1"]
            self.numbers[f"{ref}-{place}"] = held
            shelves.add_location(
                ref,
                f"{ref}-{place}",
                f"{place.title()} office",
                renews_on=date(2027, 3, 28),
                numbers=held,
                services=["fax"],
                jurisdiction=jurisdiction,
            )
        books.read(self.desk, ref, self.world.time.now)
        self.desk.session.commit()

    def __post_init__(self) -> None:
        self.numbers: dict[str, list[str]] = {}

    def status(self, case: Case) -> str:
        """The address of its status page, as a letter has it."""
        token = links.status_token(self.desk, case, self.world.house.secrets.secret_key, self.world.time.now)
        self.desk.session.commit()
        return f"/s/{token}"

    def handover(self, ref: str) -> str:
        secret = self.world.house.secrets.handover_secret
        return f"/h/{links.handover_token(ref, f'pat@{ref}.example', secret, self.world.time.now)}"

    def work(self) -> None:
        self.world.work(self.desk.session)


@contextmanager
def opened(folder: Path, tables: str, browser: Browser) -> Iterator[Stage]:
    """A stage with its staff, all of whom may sign in; axe-core stands ready in its browser."""
    with databases.empty(folder, tables) as url, pytest.MonkeyPatch.context() as patch:
        world = _world(url)
        patch.setattr(clock, "now", world.time.read)
        engine = world.house.engine()
        with Session(engine, expire_on_commit=False) as session, _served(world) as address:
            desk = world.house.desk(session)
            _hire(desk)
            context = browser.new_context(base_url=address)
            context.set_default_timeout(8_000)
            axe.bring(context)
            yield Stage(world, desk, address, context)
            context.close()
        engine.dispose()


def _world(url: str) -> World:
    time, shelves = Time(), Books()
    mail = MemoryMail(time.now)
    secrets = Secrets(
        database_url=url, secret_key="test-key", handover_secret="handover-secret", api_token="api-token"
    )
    house = House(Settings(), secrets, SandboxPlatform(shelves, time.read), SandboxCarrier(shelves), mail)
    return World(time, shelves, mail, house)


def _hire(desk: Desk) -> None:
    """One password for all: hashing it once is enough."""
    desk.session.add_all(
        User(email=f"{name}@desk.example", name=name.title(), role=role) for name, role in STAFF.items()
    )
    desk.session.flush()
    everybody = desk.session.query(User).all()
    users.set_password(desk, everybody[0], PASSWORD, at=MONDAY)
    for user in everybody[1:]:
        user.password_hash, user.session_mark = everybody[0].password_hash, everybody[0].session_mark
    desk.session.commit()


@contextmanager
def _served(world: World) -> Iterator[str]:
    app = create_app(world.house)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()

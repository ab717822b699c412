"""A real browser against the real app on loopback."""

import logging
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from tests import acts
from tests.conftest import MONDAY
from workflows import users
from workflows.desk import Desk
from workflows.records import User

PASSWORD = "a long enough password"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
REFUSAL = "Failed to load resource: the server responded with a status of 4"
PROGRAMS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_playwright() as driver:
        made = driver.chromium.launch(executable_path=program, args=list(FLAGS))
        yield made
        made.close()


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the app answers."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(browser: Browser, address: str, tmp_path: Path) -> Iterator[Page]:
    """A page of a context of its own; a message in its console fails the test, but for the browser's own
    word that an answer was a refusal."""
    context = browser.new_context(base_url=address, viewport={"width": 1440, "height": 1000})
    made = context.new_page()
    said: list[str] = []
    made.on("console", lambda message: said.append(message.text))
    made.on("pageerror", lambda error: said.append(str(error)))
    made.set_default_timeout(8_000)
    yield made
    context.close()
    assert [each for each in said if not each.startswith(REFUSAL)] == []


@pytest.fixture
def passwords(desk: Desk) -> None:
    """Everybody on the staff may sign in."""
    for user in desk.session.scalars(select(User)):
        users.set_password(desk, user, PASSWORD, at=MONDAY, by=acts.staff(desk, "admin"))
    desk.session.commit()


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill(f"{name}@desk.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/queue")

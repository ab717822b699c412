"""A customer at their browser: handed over by the store, or with the link of a letter."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from workflows import actors, asking, deciding, intake, links, review, talking
from workflows.records import Cancellation, Case, Letter, User
from workflows.states import Authentication, Channel, Disposition, Outcome

CHOSEN = {
    "locations": ["HQ"],
    "requested_for-day": "15",
    "requested_for-month": "3",
    "requested_for-year": "2027",
    "category": "Closing the location",
    "reason": "We close this office.",
    "wish": "",
}


@dataclass
class Browser:
    """Opens pages and sends their forms, with the token that the form has."""

    client: FlaskClient
    page: str = ""
    path: str = ""
    status: int = 0
    hidden: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> TestResponse:
        return self._seen(self.client.get(path, follow_redirects=True))

    def send(self, path: str | None = None, **form: Any) -> TestResponse:
        """Posts a form to the page that is open, or to `path`, and follows."""
        body = {**self.hidden, **{name.replace("__", "-"): value for name, value in form.items()}}
        return self._seen(self.client.post(path or self.path, data=body, follow_redirects=True))

    def _seen(self, answer: TestResponse) -> TestResponse:
        self.page, self.status, self.path = answer.text, answer.status_code, answer.request.path
        found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', self.page)
        self.hidden = {name: unescape(value) for name, value in found}
        return answer

    @property
    def text(self) -> str:
        """What is read, without tags."""
        body = self.page.partition('<main id="main" tabindex="-1">')[2]
        words = unescape(" ".join(re.sub(r"<[^>]+>", " ", body).split()))
        return re.sub(r" ([.,:])", r"\1", words)

    @property
    def title(self) -> str:
        return unescape(re.search(r"<title>(.*?)</title>", self.page, re.DOTALL)[1])  # type: ignore[index]


@pytest.fixture
def browser(client: FlaskClient) -> Browser:
    return Browser(client)


@pytest.fixture
def arrive(browser: Browser, world: Any, acme: str) -> Callable[..., TestResponse]:
    """The store hands somebody over."""

    def come(email: str = "pat@acme.example", account: str = "acme") -> TestResponse:
        token = links.handover_token(account, email, world.house.secrets.handover_secret, world.time.now)
        browser.get(f"/h/{token}")
        return browser.send()

    return come


@pytest.fixture
def chosen() -> dict[str, Any]:
    return dict(CHOSEN)


@pytest.fixture
def agent(session: Session, app: Flask) -> actors.Actor:
    user = session.scalars(select(User).where(User.email == "agent@desk.example")).one()
    return actors.staff(user)


@pytest.fixture
def case(world: Any, desk: Any, acme: str) -> Case:
    """A request for the front desk alone."""
    return ask(desk, world.time.now, "HQ")


@pytest.fixture
def both(world: Any, desk: Any, acme: str) -> Case:
    return ask(desk, world.time.now, "HQ", "Branch")


def ask(desk: Any, at: Any, *places: str) -> Case:
    wanted = at.date().replace(day=15)
    asked = intake.NewRequest("acme", places, wanted, "We close.", "pat@acme.example", places, True)
    made = intake.submit(desk, asked, at=at, by=actors.customer("pat@acme.example"))
    desk.session.commit()
    return made


@pytest.fixture
def link(world: Any, desk: Any) -> Callable[[Case], str]:
    """The address of a case's status page, as a letter has it now."""

    def made(case: Case) -> str:
        token = links.status_token(desk, case, world.house.secrets.secret_key, world.time.now)
        desk.session.commit()
        return f"/s/{token}"

    return made


@pytest.fixture
def confirm(world: Any, desk: Any, agent: actors.Actor) -> Callable[[Cancellation], None]:
    """Speaks to the customer, settles the numbers and sets the end."""

    def done(part: Cancellation) -> None:
        at = world.time.now
        talking.log_contact(
            desk,
            part.case,
            by=agent,
            at=at,
            channel=Channel.phone,
            outcome=Outcome.reached,
            authenticated=Authentication.pin,
        )
        deciding.dispose(desk, part, None, Disposition.not_needed, by=agent, at=at)
        review.confirm(desk, part, by=agent, at=at, reading=asking.fetch(desk, part))
        desk.session.commit()

    return done


@pytest.fixture
def letters(session: Session) -> Callable[[str], list[Letter]]:
    def named(name: str) -> list[Letter]:
        session.rollback()
        found = list(session.scalars(select(Letter).where(Letter.name == name).order_by(Letter.id)))
        session.rollback()
        return found

    return named

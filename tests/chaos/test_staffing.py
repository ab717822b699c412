"""The play's people find their way through the pages as they are: what a page is called here, it is there."""

from collections.abc import Iterator

import httpx
import pytest
from flask import Flask
from sqlalchemy import select

from command_line.chaos import staffing
from command_line.chaos.pages import Person
from command_line.chaos.staffing import Worker
from command_line.chaos.trial import Size
from staff_app.limits import limiter
from tests import acts
from tests.conftest import MONDAY, World
from workflows import users
from workflows.desk import Desk
from workflows.records import Cancellation
from workflows.states import State

PASSWORD = "correct horse battery"


@pytest.fixture
def person(app: Flask, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    limiter.reset()
    monkeypatch.setattr(staffing, "PAUSE", 0.0)
    monkeypatch.setattr(staffing, "AFTER_A_FAILURE", 0.0)
    agent = users.find(desk, "agent@desk.example")
    assert agent is not None
    users.set_password(desk, agent, PASSWORD, at=MONDAY)
    desk.session.commit()
    made = Person("http://desk.example", agent.email, PASSWORD, httpx.WSGITransport(app))
    yield made
    made.client.close()


@pytest.fixture
def worker(person: Person) -> Worker:
    return Worker(person, Size(1, 0, 0, 7))


def part_of(desk: Desk) -> Cancellation:
    desk.session.rollback()
    return desk.session.scalars(select(Cancellation)).one()


@pytest.mark.usefixtures("acme")
def test_a_request_is_worked_on_until_it_is_confirmed(worker: Worker, desk: Desk, world: World) -> None:
    acts.submit(desk, MONDAY)
    for _ in range(4):
        worker.round()
        desk.session.rollback()
    assert part_of(desk).state == State.scheduled, worker.acts

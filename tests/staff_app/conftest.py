"""People who are signed in, and cases to work on."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import select

from tests.conftest import World
from tests.staff_app.people_at_work import Person
from workflows.desk import Desk
from workflows.records import User


@pytest.fixture
def signed_in(app: Flask, desk: Desk, world: World) -> Callable[[str], Person]:
    """signed_in("agent") is a browser in which agent@desk.example has signed in, just now."""

    def as_(name: str) -> Person:
        user = desk.session.scalars(select(User).where(User.email == f"{name}@desk.example")).one()
        user.last_seen_at = world.time.now
        desk.session.commit()
        return Person(app, user.id, user.session_mark)

    return as_


@pytest.fixture
def agent(signed_in: Callable[[str], Person]) -> Person:
    return signed_in("agent")


@pytest.fixture
def manager(signed_in: Callable[[str], Person]) -> Person:
    return signed_in("manager")


@pytest.fixture
def admin(signed_in: Callable[[str], Person]) -> Person:
    return signed_in("admin")

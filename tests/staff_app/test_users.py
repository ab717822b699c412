"""The users' pages: an invitation that ends in a session, and sessions that end at once."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from time import monotonic

import pytest
from flask import Flask
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from staff_app.limits import limiter
from tests.conftest import World
from tests.staff_app.people_at_work import TOKEN, Person, words
from tests.staff_app.test_lists import counted
from workflows.db import BUSY_SECONDS
from workflows.desk import Desk
from workflows.records import User

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _no_memory(app: Flask) -> None:
    limiter.reset()


def _user(desk: Desk, name: str) -> User:
    desk.session.expire_all()
    found = desk.session.scalars(select(User).where(User.email == f"{name}@desk.example")).one()
    desk.session.commit()
    return found


def test_an_invitation_ends_in_a_session(app: Flask, desk: Desk, world: World, admin: Person) -> None:
    given = {"email": "new@desk.example", "name": "New One", "role": "agent"}
    assert admin.send("/desk/invite", **given).status_code == 303
    assert "Invited" in admin.read(f"/admin/users/{_user(desk, 'new').id}")
    world.work(desk.session)
    body = world.mail.accepted[-1].message.get_body(("plain",))
    assert body
    found = re.search(r"/reset/[\w-]+", body.get_content())
    assert found
    client = app.test_client()
    for path, fields in (
        (found.group(), {"password": PASSWORD}),
        ("/sign-in", {"email": "new@desk.example", "password": PASSWORD}),
    ):
        token = TOKEN.search(client.get(path).text)
        assert token
        answer = client.post(path, data={"csrf_token": unescape(token.group(1)), **fields})
        assert answer.status_code == 303
    assert client.get("/queue").status_code == 200


@pytest.mark.parametrize("act", ["deactivate", "sign-out-everywhere"])
def test_sessions_end_with_the_next_click(desk: Desk, agent: Person, admin: Person, act: str) -> None:
    assert agent.get("/queue").status_code == 200
    assert admin.send(f"/users/{_user(desk, 'agent').id}/{act}").status_code == 303
    assert agent.get("/queue").status_code == 303
    assert admin.get("/admin/users").status_code == 200


def test_a_changed_role_counts_from_now(
    desk: Desk, agent: Person, admin: Person, signed_in: Callable[[str], Person]
) -> None:
    thing = _user(desk, "agent").id
    assert admin.send(f"/users/{thing}/change-role", role="manager").status_code == 303
    assert agent.get("/me").status_code == 303
    assert "Manager" in signed_in("agent").read("/me")


def test_the_own_account_is_left_to_another_admin(desk: Desk, admin: Person) -> None:
    thing = _user(desk, "admin").id
    assert "/deactivate" not in admin.read(f"/admin/users/{thing}")
    answer = admin.post(f"/users/{thing}/deactivate")
    assert answer.status_code == 422
    assert "another admin has to do it" in words(answer)


def test_last_seen_is_written_once_a_minute(app: Flask, desk: Desk, world: World, agent: Person) -> None:
    written = []
    for _ in range(3):
        world.time.pass_(seconds=30)
        with counted(app) as sent:
            agent.read("/me")
        written.append(any(each.startswith("UPDATE") for each in sent))
    assert written == [False, True, False]
    assert _user(desk, "agent").last_seen_at == world.time.now - timedelta(seconds=30)


def test_a_page_does_not_wait_to_note_who_was_here(
    engine: Engine, desk: Desk, world: World, agent: Person
) -> None:
    """While somebody else holds the lock that it would need."""
    was = _user(desk, "agent").last_seen_at
    desk.session.rollback()
    world.time.pass_(minutes=2)
    with Session(engine) as other:
        other.execute(update(User).where(User.email == "agent@desk.example").values(last_seen_at=was))
        began = monotonic()
        assert "Agent" in agent.read("/me")
        assert monotonic() - began < BUSY_SECONDS / 4
        other.rollback()
    assert _user(desk, "agent").last_seen_at == was
    desk.session.rollback()
    agent.read("/me")
    assert _user(desk, "agent").last_seen_at == world.time.now


def test_the_list_costs_the_same_for_many(app: Flask, desk: Desk, admin: Person) -> None:
    with counted(app) as few:
        admin.read("/admin/users")
    desk.session.add_all(
        User(email=f"u{number}@desk.example", name=f"U {number}", role="agent") for number in range(30)
    )
    desk.session.commit()
    with counted(app) as many:
        assert "u29@desk.example" in admin.read("/admin/users")
    assert len(few) == len(many)


def test_an_unknown_user_is_not_found(admin: Person) -> None:
    assert admin.get("/admin/users/999").status_code == 404


def test_a_manager_turns_the_digest_off(desk: Desk, agent: Person, manager: Person) -> None:
    assert "Send me the digest" in manager.read("/me")
    assert "Send me the digest" not in agent.read("/me")
    assert manager.post("/me/digest").status_code == 303
    assert not _user(desk, "manager").wants_digest
    assert manager.post("/me/digest", digest="yes").status_code == 303
    assert _user(desk, "manager").wants_digest

"""Signing in and out, the lock-out, and a new password by letter."""

import re
from datetime import timedelta
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from staff_app.limits import limiter
from tests.conftest import World
from tests.staff_app.people_at_work import TOKEN, words
from workflows import users
from workflows.desk import Desk
from workflows.records import Letter, User
from workflows.states import Role

PASSWORD = "correct horse battery"


@pytest.fixture
def dana(desk: Desk, world: World) -> User:
    user = users.add(desk, "dana@desk.example", "Dana", Role.agent, PASSWORD, at=world.time.now)
    desk.session.commit()
    return user


@pytest.fixture(autouse=True)
def _no_memory(app: Flask) -> None:
    limiter.reset()


def send(client: FlaskClient, path: str, **fields: str) -> TestResponse:
    found = TOKEN.search(client.get(path).text)
    assert found
    return client.post(path, data={"csrf_token": unescape(found.group(1)), **fields})


def letter_link(world: World) -> str:
    body = world.mail.accepted[-1].message.get_body(("plain",))
    assert body
    found = re.search(r"/reset/[\w-]+", body.get_content())
    assert found
    return found.group()


def sign_in(client: FlaskClient, password: str = PASSWORD, email: str = "dana@desk.example") -> TestResponse:
    return send(client, "/sign-in", email=email, password=password, next="/cases")


@pytest.mark.usefixtures("dana")
def test_signing_in_leads_where_one_wanted_to_go(client: FlaskClient) -> None:
    assert client.get("/cases?q=acme").location == "/sign-in?next=/cases?q%3Dacme"
    assert sign_in(client, email=" DANA@desk.example ").location == "/cases"
    assert client.get("/queue").status_code == 200


@pytest.mark.usefixtures("dana")
def test_a_sign_in_gets_a_session_of_its_own(client: FlaskClient) -> None:
    client.get("/sign-in")
    with client.session_transaction() as session:
        session["left"], before = "behind", session.get("csrf_token")
    sign_in(client)
    with client.session_transaction() as session:
        assert "left" not in session
        assert session.get("csrf_token") != before


@pytest.mark.usefixtures("dana")
def test_wrong_words_are_the_same_for_known_and_unknown(client: FlaskClient) -> None:
    known, unknown = sign_in(client, "wrong"), sign_in(client, "wrong", "nobody@desk.example")
    assert known.status_code == unknown.status_code == 422
    assert "E-mail or password is wrong." in words(known)
    assert words(known).replace("dana@", "") == words(unknown).replace("nobody@", "")


def test_five_wrong_tries_lock_and_the_next_five_longer(
    client: FlaskClient, dana: User, desk: Desk, world: World
) -> None:
    for _ in range(5):
        assert "wrong" in words(sign_in(client, "wrong"))
    locked = sign_in(client)
    assert "Too many tries. Try again at 10:15, or ask an admin." in words(locked)
    world.time.pass_(minutes=15)
    for _ in range(5):
        sign_in(client, "wrong")
    desk.session.refresh(dana)
    desk.session.commit()
    assert dana.locked_until == world.time.now + timedelta(minutes=30)
    world.time.pass_(minutes=30)
    assert sign_in(client).status_code == 303
    desk.session.refresh(dana)
    assert dana.failed_tries == 0


def test_who_is_not_in_use_cannot_sign_in(client: FlaskClient, dana: User, desk: Desk) -> None:
    sign_in(client)
    dana.is_active = False
    desk.session.commit()
    assert client.get("/queue").status_code == 303
    assert sign_in(client).status_code == 422


@pytest.mark.usefixtures("dana")
def test_signing_out(client: FlaskClient) -> None:
    sign_in(client)
    found = TOKEN.search(client.get("/me").text)
    assert found
    answer = client.post("/sign-out", data={"csrf_token": found.group(1)})
    assert answer.location == "/sign-in"
    assert "You are signed out." in client.get("/sign-in").text
    assert client.get("/queue").status_code == 303


@pytest.mark.usefixtures("dana")
def test_one_address_may_not_knock_for_ever(client: FlaskClient) -> None:
    answers = [sign_in(client, "wrong", f"a{n}@desk.example").status_code for n in range(31)]
    assert answers[-1] == 429


@pytest.mark.usefixtures("dana")
def test_a_new_password_by_letter(client: FlaskClient, desk: Desk, world: World, app: Flask) -> None:
    elsewhere = app.test_client()
    sign_in(elsewhere)
    assert "Look at your e-mail" in words(send(client, "/reset", email="dana@desk.example"))
    world.work(desk.session)
    link = letter_link(world)
    assert client.get(link).status_code == 200
    too_short = send(client, link, password="short")
    assert too_short.status_code == 422
    assert send(client, link, password="another horse battery").status_code == 303
    assert "no longer works" in words(client.get(link))
    assert sign_in(client).status_code == 422
    assert sign_in(client, "another horse battery").status_code == 303
    assert elsewhere.get("/queue").status_code == 303


@pytest.mark.usefixtures("dana")
def test_an_old_link_does_not_work(client: FlaskClient, desk: Desk, world: World) -> None:
    send(client, "/reset", email="dana@desk.example")
    world.work(desk.session)
    link = letter_link(world)
    world.time.pass_(minutes=61)
    assert client.get(link).status_code == 404


def test_the_same_answer_for_an_unknown_address(client: FlaskClient, desk: Desk) -> None:
    desk.session.commit()
    assert "Look at your e-mail" in words(send(client, "/reset", email="nobody@desk.example"))
    assert desk.session.scalars(select(Letter)).all() == []


@pytest.mark.usefixtures("dana")
def test_the_own_password(client: FlaskClient, app: Flask) -> None:
    elsewhere = app.test_client()
    sign_in(client)
    sign_in(elsewhere)
    found = TOKEN.search(client.get("/me").text)
    assert found
    token = found.group(1)
    wrong = client.post(
        "/me/password", data={"csrf_token": token, "old": "no", "password": "another horse battery"}
    )
    assert wrong.status_code == 422
    assert "not your present password" in words(wrong)
    given = {"csrf_token": token, "old": PASSWORD, "password": "another horse battery"}
    assert client.post("/me/password", data=given).status_code == 303
    assert client.get("/queue").status_code == 200
    assert elsewhere.get("/queue").status_code == 303

"""Webhooks: only what is signed and fresh is heard; unknown things are no error."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from workflows.errors import Unreachable
from workflows.records import Event, Letter, PortOrder
from workflows.states import OrderState


def names(session):
    return [each.name for each in session.scalars(select(Event).order_by(Event.id))]


def test_an_order_is_read_from_the_carrier(tell, world, session, acme):
    world.books.port("P-1", "acme", ["+12565550101"], OrderState.requested, at=world.time.now)
    answer = tell("carrier", {"order": "P-1", "event": "order.changed", "at": "2027-03-01"})
    assert (answer.status_code, answer.json) == (202, {"heard": True})
    assert session.scalars(select(PortOrder)).one().ref == "P-1"


def test_an_unknown_order_is_logged(tell, session, acme):
    assert tell("carrier", {"order": "P-9"}).status_code == 202
    assert names(session) == ["order_unknown"]


def test_as_the_sandbox_signs(client, time, world, acme):
    webhooks = pytest.importorskip("sandbox.webhooks")
    body = b'{"order": "P-9"}'
    headers = {
        "X-Signature": webhooks.signature("webhook-secret", time.now, body),
        "Content-Type": "application/json",
    }
    assert client.post("/api/v1/webhooks/carrier", data=body, headers=headers).status_code == 202


@pytest.mark.parametrize("late", [301, -301])
def test_too_old_or_from_the_future(tell, session, acme, late):
    assert tell("carrier", {"order": "P-1"}, late=late).status_code == 401
    assert names(session) == []


def test_five_minutes_are_allowed(tell, acme):
    assert tell("carrier", {"order": "P-1"}, late=300).status_code == 202


@pytest.mark.parametrize(
    "signature", ["", "t=1,v1=", "v1=0", "t=1772000000,v1=" + "0" * 64, "t=" + "9" * 30 + ",v1=" + "0" * 64]
)
def test_wrong_signatures(client, signature, acme):
    answer = client.post(
        "/api/v1/webhooks/carrier", json={"order": "P-1"}, headers={"X-Signature": signature}
    )
    assert answer.status_code == 401
    assert answer.content_type == "application/problem+json"


def test_each_webhook_has_its_own_secret(tell, acme):
    assert tell("carrier", {"order": "P-1"}, secret="bounce-secret").status_code == 401
    assert tell("bounce", {"message_id": "<x>"}, secret="webhook-secret").status_code == 401


@pytest.mark.parametrize(("name", "secret"), [("carrier", "webhook_secret"), ("bounce", "bounce_secret")])
def test_an_empty_secret_accepts_nothing(tell, world, name, secret, acme):
    world.house.secrets = replace(world.house.secrets, **{secret: ""})
    assert tell(name, {"order": "P-1", "message_id": "<x>"}, secret="").status_code == 503


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"[]", 422), ({"orders": 1}, 422), ({"order": 1}, 422), ({"order": ""}, 422)],
)
def test_signed_nonsense(tell, acme, body, status):
    assert tell("carrier", body).status_code == status


def test_the_carrier_is_away(tell, world, monkeypatch, acme):
    def away(_):
        raise Unreachable("It is away.")

    monkeypatch.setattr(world.house.carrier, "order", away)
    assert tell("carrier", {"order": "P-1"}).status_code == 503


def test_a_letter_came_back(tell, submit, world, session, acme):
    submit()
    world.work(session)
    letter = session.scalars(select(Letter)).one()
    session.commit()
    said = {"message_id": letter.message_id, "reason": "mailbox full"}
    assert tell("bounce", said, secret="bounce-secret").status_code == 202
    session.expire_all()
    assert letter.bounced_at is not None
    assert letter.trouble == "mailbox full"


def test_an_unknown_letter_came_back(tell, session, acme):
    assert tell("bounce", {"message_id": "<x@y>"}, secret="bounce-secret").status_code == 202
    assert names(session) == ["bounce_of_unknown_letter"]

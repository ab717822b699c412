"""The store and a carrier, as callers of the API."""

import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

ASKED = {
    "account": "acme",
    "locations": ["HQ"],
    "switches": ["HQ"],
    "requested_for": "2027-03-15",
    "reason": "We close this office.",
    "category": "Closing the location",
    "by": "pat@acme.example",
    "confirmed": True,
}


@pytest.fixture
def asked() -> dict[str, Any]:
    return dict(ASKED)


@pytest.fixture
def bearer() -> dict[str, str]:
    return {"Authorization": "Bearer api-token"}


@pytest.fixture
def submit(client: FlaskClient, bearer: dict[str, str], asked: dict[str, Any]) -> Callable[..., TestResponse]:
    """Hands in the usual request with some members changed; None leaves one out."""

    def call(key: str | None = None, **changed: Any) -> TestResponse:
        body = {name: value for name, value in {**asked, **changed}.items() if value is not None}
        headers = {**bearer, **({"Idempotency-Key": key} if key else {})}
        return client.post("/api/v1/requests", json=body, headers=headers)

    return call


@pytest.fixture
def sign(time: Any) -> Callable[..., dict[str, str]]:
    """The headers of a signed body, as the sandbox and the mail provider send them."""

    def headers(body: bytes, secret: str = "webhook-secret", late: int = 0) -> dict[str, str]:
        moment = int(time.now.timestamp()) - late
        proof = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        return {"X-Signature": f"t={moment},v1={proof}", "Content-Type": "application/json"}

    return headers


@pytest.fixture
def tell(client: FlaskClient, sign: Callable[..., dict[str, str]]) -> Callable[..., TestResponse]:
    """Calls a webhook with a signed body."""

    def call(name: str, body: Any, **how: Any) -> TestResponse:
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        return client.post(f"/api/v1/webhooks/{name}", data=sent, headers=sign(sent, **how))

    return call

"""The bad weather does what it says: a call that comes late is an old one, a port opens first."""

from datetime import date
from typing import Any

import pytest
from werkzeug.test import Client

from command_line.chaos import weather
from command_line.chaos.trial import Size
from command_line.chaos.weather import Weather
from sandbox.service import create_app
from workflows.adapters.sandbox import Books

NUMBER = "+12565550101"


@pytest.fixture
def books() -> Books:
    made = Books()
    made.add_account("acme", owner="pat@acme.example")
    made.add_location("acme", "HQ", renews_on=date(2030, 1, 1), numbers=[NUMBER])
    return made


@pytest.fixture
def storm(books: Books) -> Weather:
    app = create_app(books, token="t", webhook_url="http://127.0.0.1:1", webhook_secret="s")
    return Weather(app, books, Size(1, 0, 0, 1))


def order(storm: Weather, step: str, token: int, key: str = "r1") -> Any:
    headers = {"Authorization": "Bearer t", "Idempotency-Key": key, "Fencing-Token": str(token)}
    body = {"step": step} | ({"condition": "no_open_port_order"} if step.startswith("release") else {})
    return Client(storm).post("/v1/locations/HQ/steps", json=body, headers=headers)


def test_a_late_call_is_denied_where_another_claim_called_meanwhile(
    storm: Weather, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile(_seconds: float) -> None:
        monkeypatch.setattr(storm, "_fault", lambda _environ: "")
        assert order(storm, "freeze", 2).status_code == 200

    monkeypatch.setattr(storm, "_fault", lambda _environ: "late")
    monkeypatch.setattr(weather.time, "sleep", meanwhile)
    assert order(storm, "freeze", 1).status_code == 409
    assert [call.answer for call in books.calls] == ["applied", "stale"]


def test_a_port_that_opens_first_forbids_the_release(
    storm: Weather, books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storm, "_fault", lambda _environ: "port_first")
    assert order(storm, f"release:{NUMBER}", 1).status_code == 412
    assert books.released == []

"""Alive without a database, ready only with one."""

import pytest
from sqlalchemy.exc import OperationalError

from workflows.db import db
from workflows.records import Base


def test_alive_and_ready(client):
    assert client.get("/health/live").json == {"status": "alive"}
    assert client.get("/health/ready").json == {"status": "ready"}


@pytest.fixture
def broken(monkeypatch):
    def fail(*_, **__):
        raise OperationalError("select", {}, Exception("gone"))

    monkeypatch.setattr(db.session, "connection", fail)


def test_without_a_database(client, broken):
    assert client.get("/health/live").status_code == 200
    answer = client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.content_type == "application/problem+json"


def test_without_tables(client, app):
    with app.app_context():
        Base.metadata.drop_all(db.engine)
    assert client.get("/health/ready").status_code == 503

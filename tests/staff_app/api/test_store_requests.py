"""The store hands in requests: what comes of it, and each way in which it is refused."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from workflows.adapters.platform import Purpose
from workflows.errors import Unreachable
from workflows.records import Case, Letter, Request


def pointers(answer):
    return {each.get("pointer"): each["code"] for each in answer.json["errors"]}


def test_a_new_case(submit, session, acme):
    answer = submit(wish="Call after five")
    assert answer.status_code == 201
    assert answer.headers["Location"] == "/api/v1/cases/C-1001"
    assert answer.json["reference"] == "C-1001"
    assert answer.json["contact_by"] == "2027-03-04T00:00:00Z"
    asked = session.scalars(select(Request)).one()
    assert (asked.came_by, asked.wish, asked.category) == ("api", "Call after five", "Closing the location")
    assert [each.name for each in session.scalars(select(Letter))] == ["received"]


def test_its_status_page_opens(submit, client, acme):
    url = submit().json["status_url"]
    assert url.startswith("http://127.0.0.1:8080/s/")


def test_the_same_key_gives_the_same_case(submit, session, acme):
    first, again = submit("k-1"), submit("k-1")
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["reference"] == again.json["reference"]
    assert session.scalar(select(func.count(Case.id))) == 1


def test_the_same_key_with_another_content(submit, acme):
    submit("k-1")
    answer = submit("k-1", reason="Another")
    assert answer.status_code == 409
    assert answer.json["errors"] == [
        {
            "detail": "This key was used before with another content.",
            "code": "conflict",
            "header": "Idempotency-Key",
        }
    ]


def test_a_location_with_an_open_request(submit, acme):
    submit()
    answer = submit(locations=["Branch", "HQ"], switches=["HQ", "Branch"])
    assert answer.status_code == 409
    assert answer.json["type"].endswith("/duplicate")
    assert pointers(answer) == {"/locations/1": "duplicate"}
    assert "C-1001" in answer.json["detail"]


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [
        ({"locations": ["HQ", "Nowhere"], "switches": ["HQ", "Nowhere"]}, "/locations/1"),
        ({"account": "nobody"}, "/account"),
        ({"switches": []}, "/switches"),
        ({"switches": ["HQ", "Branch"]}, "/switches"),
        ({"confirmed": False}, "/confirmed"),
        ({"reason": "  "}, "/reason"),
        ({"reason": ""}, "/reason"),
        ({"by": "pat"}, "/by"),
        ({"category": "Bored"}, "/category"),
        ({"requested_for": "2027-02-28"}, "/requested_for"),
        ({"requested_for": "2039-02-28"}, "/requested_for"),
        ({"requested_for": "2027-02-30"}, "/requested_for"),
        ({"requested_for": 20270315}, "/requested_for"),
        ({"confirmed": "yes"}, "/confirmed"),
        ({"locations": "HQ"}, "/locations"),
        ({"locations": []}, "/locations"),
        ({"locations": ["HQ", 7]}, "/locations/1"),
        ({"reason": None}, "/reason"),
        ({"reason": "nul \x00"}, "/reason"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_what_is_wrong_is_pointed_to(submit, session, acme, changed, pointer):
    answer = submit(**changed)
    assert answer.status_code == 422, answer.json
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == 422
    assert answer.json["type"].endswith("/invalid")
    assert pointers(answer)[pointer] == "invalid"
    assert session.scalar(select(func.count(Case.id))) == 0


def test_every_reason_once(submit, acme):
    answer = submit(
        locations=["HQ", "Branch"], switches=["HQ", "Branch"], requested_for="2027-02-01", reason=" "
    )
    assert [each["pointer"] for each in answer.json["errors"]] == ["/reason", "/requested_for"]


def test_an_overlong_key_is_a_header_mistake(submit, acme):
    answer = submit("k" * 201)
    assert answer.status_code == 422
    assert answer.json["errors"][0]["header"] == "Idempotency-Key"


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"{", 400), (b"", 400), (b"[" * 50_000, 400), (b'"{}"', 422), (b"[]", 422), (b" " * 70_000, 413)],
)
def test_bodies_that_are_no_object(client, bearer, acme, body, status):
    answer = client.post(
        "/api/v1/requests", data=body, headers={**bearer, "Content-Type": "application/json"}
    )
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"


def test_only_json(client, bearer, asked, acme):
    answer = client.post(
        "/api/v1/requests", data=json.dumps(asked), headers={**bearer, "Content-Type": "text/plain"}
    )
    assert answer.status_code == 415


@pytest.mark.parametrize("sent", ["", "Bearer wrong", "Bearer ", "Basic api-token", "api-token", "Bearer ä"])
def test_without_the_token(client, asked, sent, acme):
    answer = client.post("/api/v1/requests", json=asked, headers={"Authorization": sent})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("sent", ["Bearer ", "Bearer", ""])
def test_an_empty_token_opens_nothing(world, client, asked, sent, acme):
    world.house.secrets = replace(world.house.secrets, api_token="")
    answer = client.post("/api/v1/requests", json=asked, headers={"Authorization": sent})
    assert answer.status_code == 503


def away(*_: object) -> None:
    raise Unreachable("It is away.")


def test_a_known_account_is_not_lost_while_the_platform_is_away(submit, world, acme, monkeypatch):
    monkeypatch.setattr(world.house.platform, "account", away)
    assert submit().status_code == 201


def test_an_unknown_account_while_the_platform_is_away(submit, world, acme, monkeypatch):
    monkeypatch.setattr(world.house.platform, "account", away)
    answer = submit(account="new")
    assert answer.status_code == 503
    assert answer.json["type"].endswith("/unreachable")


def test_an_account_that_the_desk_sees_for_the_first_time(submit, world, acme):
    world.books.add_account("new", owner="lee@new.example")
    world.books.add_location("new", "Shop", "Shop", renews_on=world.time.now.date(), numbers=["+12565550155"])
    assert world.house.platform.account("new", Purpose.books) is not None
    assert submit(account="new", locations=["Shop"], switches=["Shop"]).status_code == 201


@pytest.mark.parametrize(("path", "status"), [("/api/v1/nothing", 404), ("/api/v1/requests", 405)])
def test_wrong_addresses_are_problems_too(client, bearer, path, status):
    answer = client.get(path, headers=bearer)
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    assert status == 404 or "POST" in answer.headers["Allow"]

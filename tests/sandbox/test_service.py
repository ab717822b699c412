"""The sandbox's service: its API, its page, its webhooks and its file."""

import hashlib
import hmac
import json
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import schemathesis
import yaml  # type: ignore[import-untyped]
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import settings
from werkzeug.serving import BaseWSGIServer

from sandbox import keeping
from sandbox.main import serve, serving
from sandbox.service import create_app
from tests.cheaper import examples
from workflows.adapters.sandbox import Books, BooksError
from workflows.states import OrderState

AT = datetime(2027, 3, 3, 18, tzinfo=UTC)
ONE, TWO = "+12565550101", "+12565550102"
TOKEN = {"Authorization": "Bearer platform-token"}
STEP = TOKEN | {"Idempotency-Key": "r1", "Fencing-Token": "1"}
CONTRACT = Path(__file__).parents[2] / "docs" / "platform.openapi.yaml"


class Clock:
    def __init__(self) -> None:
        self.at = AT

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def books() -> Books:
    books = Books()
    books.add_account("acme", "Acme", owner="pat@acme.example")
    books.add_location("acme", "HQ", numbers=[TWO, ONE], renews_on=date(2027, 4, 1))
    books.add_location("acme", "Lab", renews_on=date(2027, 4, 1))
    return books


@pytest.fixture
def kept_at(tmp_path: Path) -> Path:
    return tmp_path / "var" / "sandbox.json"


@pytest.fixture
def app(books: Books, clock: Clock, kept_at: Path) -> Flask:
    return service(books, "http://127.0.0.1:9/webhooks/orders", path=kept_at, now=clock)


def service(books: Books, webhook_url: str, **options: Any) -> Flask:
    return create_app(
        books, token="platform-token", webhook_url=webhook_url, webhook_secret="s3cret", **options
    )


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


def problem_of(answer: Any) -> str:
    assert answer.content_type == "application/problem+json"
    assert answer.json["status"] == answer.status_code
    return str(answer.json["type"]).rpartition("/")[2]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Bearer "}])
@pytest.mark.parametrize("path", ["/v1/accounts", "/v1/accounts/acme", "/v1/orders", "/v1/orders/P-1"])
def test_api_needs_the_token(client: FlaskClient, path: str, headers: dict[str, str]) -> None:
    assert problem_of(client.get(path, headers=headers)) == "unauthorized"


def test_service_needs_a_token(books: Books) -> None:
    with pytest.raises(ValueError, match="needs a token"):
        create_app(books, token="", webhook_url="", webhook_secret="")


def test_unknown_things_have_their_type(client: FlaskClient) -> None:
    assert problem_of(client.get("/v1/accounts/zed", headers=TOKEN)) == "unknown-account"
    assert problem_of(client.get("/v1/orders/P-9", headers=TOKEN)) == "unknown-order"
    assert problem_of(client.get("/v1/nothing", headers=TOKEN)) == "unknown-page"
    assert problem_of(client.post("/sandbox/explode", headers=TOKEN, json={})) == "unknown-page"


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (STEP, {}),
        (STEP, []),
        (STEP, {"step": "freeze", "more": 1}),
        (STEP, {"step": f"release:{ONE}"}),
        (TOKEN, {"step": "freeze"}),
        (STEP | {"Fencing-Token": "-1"}, {"step": "freeze"}),
        (STEP | {"Fencing-Token": "first"}, {"step": "freeze"}),
    ],
)
def test_calls_that_make_no_sense(
    client: FlaskClient, books: Books, headers: dict[str, str], body: Any
) -> None:
    answer = client.post("/v1/locations/HQ/steps", headers=headers, json=body)
    assert problem_of(answer) == "invalid"
    assert books.calls == []


@pytest.mark.parametrize(
    "path", ["/v1/accounts/acme?purpose=fun", "/v1/orders?after=-1", "/v1/locations/HQ/numbers/256"]
)
def test_reads_that_make_no_sense(client: FlaskClient, path: str) -> None:
    assert problem_of(client.get(path, headers=TOKEN)) == "invalid"


def test_body_that_is_no_json(client: FlaskClient) -> None:
    answer = client.post("/v1/locations/HQ/steps", headers=STEP, data="freeze")
    assert problem_of(answer) == "invalid"


@pytest.mark.parametrize(
    ("fault", "kind", "status"),
    [
        ("error", "error", 500),
        ("denied", "denied", 403),
        ("unreachable", "unavailable", 503),
        ("timeout_applied", "no-answer", 504),
    ],
)
def test_refusals_have_their_type(
    client: FlaskClient, books: Books, fault: str, kind: str, status: int
) -> None:
    books.fail("freeze", fault)
    answer = client.post("/v1/locations/HQ/steps", headers=STEP, json={"step": "freeze"})
    assert (problem_of(answer), answer.status_code) == (kind, status)


def test_acts_for_programs(client: FlaskClient, books: Books) -> None:
    def act(name: str, **body: Any) -> Any:
        answer = client.post(f"/sandbox/{name}", headers=TOKEN, json=body)
        return answer.get_json()["done"]

    assert act("account", ref="beta", owner="bo@beta.example") == "Account beta is open."
    assert act("location", account="beta", ref="Shop", renews_on="2027-05-01", monthly_price="12.50")
    assert act("number", location="Shop", number="+12565550200") == "+12565550200 is at Shop."
    assert act("move", number=ONE, to="Lab") == f"{ONE} is at Lab."
    assert act("master", location="Lab", number=ONE)
    assert act("fail", on="read", answer="error", times=2)
    foc = "2027-03-10T11:30:00-04:00"
    assert act("port", order="P-1", account="beta", numbers=["+12565550200"], state="committed", foc=foc)
    assert books.orders("beta")[0].foc == datetime(2027, 3, 10, 15, 30, tzinfo=UTC)
    assert books.faults == {"read": ["error", "error"]}


@pytest.mark.parametrize(
    ("act", "body", "kind"),
    [
        ("move", {"number": ONE, "to": "Moon"}, "conflict"),
        ("move", {"number": "+12565550999", "to": "Lab"}, "conflict"),
        ("move", {"number": "0101", "to": "Lab"}, "invalid"),
        ("number", {"location": "Lab", "number": ONE}, "conflict"),
        ("fail", {"on": "explode", "answer": "error"}, "conflict"),
        ("fail", {"on": "freeze", "answer": "perhaps"}, "invalid"),
        ("fail", {"on": "freeze", "answer": "error", "times": 0}, "invalid"),
        ("port", {"order": "P-1", "account": "zed", "numbers": [ONE], "state": "requested"}, "conflict"),
        ("port", {"order": "P-1", "account": "acme", "numbers": [], "state": "requested"}, "conflict"),
        ("port", {"order": "P 1", "account": "acme", "numbers": [ONE], "state": "requested"}, "invalid"),
        ("port", {"order": "P-1", "account": "acme", "numbers": [ONE], "state": "lost"}, "invalid"),
        ("location", {"account": "acme", "ref": "X", "renews_on": "2027-02-30"}, "invalid"),
        (
            "location",
            {"account": "acme", "ref": "X", "renews_on": "2027-02-03", "time_zone": "A/B"},
            "invalid",
        ),
    ],
)
def test_acts_that_are_refused(client: FlaskClient, books: Books, act: str, body: Any, kind: str) -> None:
    before = books.to_json()
    assert problem_of(client.post(f"/sandbox/{act}", headers=TOKEN, json=body)) == kind
    assert books.to_json() == before


def test_renewals_are_billed_as_time_passes(client: FlaskClient, books: Books, clock: Clock) -> None:
    client.get("/")
    assert books.billed("HQ") == []
    clock.at += timedelta(days=60)
    client.get("/")
    assert books.billed("HQ") == [datetime(2027, 4, 1, 5, tzinfo=UTC), datetime(2027, 5, 1, 5, tzinfo=UTC)]


# The page


def form(client: FlaskClient, act: str, **fields: str) -> Any:
    """Sends one of the page's forms with the token that the page carries."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/").text)
    assert found
    return client.post(f"/do/{act}", data=fields | {"csrf_token": found[1]}, follow_redirects=True)


def test_page_shows_the_books(client: FlaskClient, books: Books) -> None:
    books.port("P-1", "acme", [ONE], OrderState.requested, at=AT)
    client.post("/v1/locations/HQ/steps", headers=STEP, json={"step": "freeze"})
    text = client.get("/?account=acme").text
    for piece in ("pat@acme.example", "HQ", ONE, "P-1", "renews on 2027-04-01", "frozen", "r1"):
        assert piece in text
    assert "There are no accounts yet" not in text


def test_page_without_accounts() -> None:
    client = service(Books(), "").test_client()
    assert "There are no accounts yet" in client.get("/").text


def test_page_has_no_script_and_a_strict_policy(client: FlaskClient) -> None:
    answer = client.get("/")
    assert "<script" not in answer.text
    assert " style=" not in answer.text
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_every_field_has_a_label(client: FlaskClient, books: Books) -> None:
    books.port("P-1", "acme", [ONE], OrderState.requested, at=AT)
    text = client.get("/").text
    fields = re.findall(r'<(?:input|select) (?:type="[a-z-]+" )?id="([^"]+)"', text)
    assert len(fields) > 10
    assert set(fields) == set(re.findall(r'<label for="([^"]+)"', text))


def test_forms_change_the_books(client: FlaskClient, books: Books) -> None:
    made = form(client, "port", order="P-1", account="acme", numbers=ONE, state="committed",
                foc="2027-03-10T15:30", shown="acme")  # fmt: skip
    assert "Order P-1 is committed." in made.text
    assert books.orders("acme")[0].foc == datetime(2027, 3, 10, 15, 30, tzinfo=UTC)
    form(client, "port", order="P-1", account="acme", foc="", state="completed")
    assert books.holder(ONE) is None
    form(client, "move", number=TWO, to="Lab")
    form(client, "number", location="HQ", number="+12565550103")
    assert (books.holder(TWO), books.holder("+12565550103")) == ("Lab", "HQ")
    form(client, "fail", on="freeze", answer="denied", times="1")
    assert "freeze: denied" in client.get("/").text


def test_mistake_on_the_page_is_a_sentence(client: FlaskClient) -> None:
    answer = form(client, "port", order="P-1", account="acme", numbers="256-555", state="requested")
    assert answer.status_code == 422
    assert (
        "Nothing was changed. numbers: &#34;256-555&#34; is no number of the form +12565550101."
        in answer.text
    )
    assert 'value="256-555"' in answer.text
    assert form(client, "move", number=ONE, to="Moon").status_code == 422
    assert form(client, "explode").status_code == 404


def test_form_without_token_is_refused(client: FlaskClient, books: Books) -> None:
    answer = client.post("/do/move", data={"number": ONE, "to": "Lab"})
    assert answer.status_code == 400
    assert "reload" in answer.text
    assert books.holder(ONE) == "HQ"


# Webhooks


class Listener(BaseHTTPRequestHandler):
    heard: ClassVar[list[tuple[str, bytes]]] = []
    status = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.heard.append((self.headers["X-Signature"], body))
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Nothing on the terminal."""


@contextmanager
def listening(status: int = 204) -> Iterator[tuple[str, list[tuple[str, bytes]]]]:
    handler = type("Once", (Listener,), {"heard": [], "status": status})
    with HTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/orders", handler.heard  # type: ignore[attr-defined]
        server.shutdown()
        thread.join()


def test_webhook_names_the_order_and_is_signed(books: Books) -> None:
    with listening() as (url, heard):
        client = service(books, url, now=lambda: AT).test_client()
        page = form(client, "port", order="P-1", account="acme", numbers=ONE, state="requested", tell="true")
        form(client, "port", order="P-2", account="acme", numbers=TWO, state="requested")
    assert "Order P-1 is requested; the webhook was answered with 204." in page.text
    ((signature, body),) = heard
    told = json.loads(body)
    assert (told["event"], told["order"], told["account"]) == ("order.changed", "P-1", "acme")
    moment = int(AT.timestamp())
    proof = hmac.new(b"s3cret", f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    assert signature == f"t={moment},v1={proof}"


def test_webhook_that_fails_is_shown_and_changes_nothing(client: FlaskClient, books: Books) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    client = service(books, f"http://127.0.0.1:{port}/", now=lambda: AT).test_client()
    page = form(client, "port", order="P-1", account="acme", numbers=ONE, state="requested", tell="true")
    assert "Order P-1 is requested; nobody was told: " in page.text
    assert books.order("P-1")
    assert "order P-1: nobody was told" in client.get("/").text


# The file


def test_books_are_kept_and_found_again(client: FlaskClient, books: Books, kept_at: Path) -> None:
    books.fail("read", "error", times=2)
    client.post("/v1/locations/HQ/steps", headers=STEP, json={"step": "freeze"})
    again = keeping.load(kept_at)
    assert again
    assert again.shelf == books.shelf
    client.get("/v1/accounts/acme?purpose=gate", headers=TOKEN)
    spent = keeping.load(kept_at)
    assert spent
    assert spent.faults == {"read": ["error"]}
    assert [each.name for each in kept_at.parent.iterdir()] == [kept_at.name]


def test_no_file_yet_and_a_broken_one(kept_at: Path) -> None:
    assert keeping.load(kept_at) is None
    kept_at.parent.mkdir()
    kept_at.write_text("{")
    with pytest.raises(BooksError, match="does not hold the sandbox's books"):
        keeping.load(kept_at)


def test_kept_books_win_over_new_ones(books: Books, kept_at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[list[str]] = []

    def stop_at_once(server: BaseWSGIServer) -> None:
        answer = server.app.test_client().get("/v1/accounts", headers=TOKEN)  # type: ignore[attr-defined]
        served.append(answer.json["accounts"])

    monkeypatch.setattr(BaseWSGIServer, "serve_forever", stop_at_once)
    options: dict[str, Any] = {"token": "platform-token", "webhook_url": "", "webhook_secret": "", "port": 0}
    serve(**options, path=kept_at, books=books)
    serve(**options, path=kept_at, books=Books())
    serve(**options)
    assert served == [["acme"], ["acme"], []]


# The contract


def test_contract_names_every_route(app: Flask) -> None:
    paths = yaml.safe_load(CONTRACT.read_text("utf-8"))["paths"]
    promised = {(re.sub(r"{(\w+)}", "<>", path), verb) for path, verbs in paths.items() for verb in verbs}
    served = {
        (re.sub(r"<\w+>", "<>", rule.rule), verb.lower())
        for rule in app.url_map.iter_rules()
        for verb in (rule.methods or set()) - {"HEAD", "OPTIONS"}
        if rule.rule.startswith("/v1/")
    }
    assert promised == served


SCHEMA = schemathesis.openapi.from_path(CONTRACT)
SCHEMA.config.generation.with_security_parameters = False


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    books = Books()
    books.add_account("acme", "Acme", owner="pat@acme.example")
    books.add_location("acme", "HQ", numbers=[ONE], renews_on=date(2027, 4, 1))
    books.port("P-1", "acme", [ONE], OrderState.requested, at=AT)
    with serving(service(books, "", now=lambda: AT)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()


@SCHEMA.parametrize()
@settings(max_examples=examples(10), deadline=None, derandomize=True, database=None)
def test_service_keeps_the_contract(case: schemathesis.Case[Any], served: str) -> None:
    """Right and wrong requests made from the contract; answers are checked against it."""
    case.call_and_validate(base_url=served, headers=TOKEN)

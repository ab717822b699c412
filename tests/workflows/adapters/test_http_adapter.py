"""The HTTP adapters against the sandbox's service on loopback, and against servers that misbehave."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from sandbox.main import serving
from sandbox.service import create_app
from workflows.adapters.http import HttpCarrier, HttpPlatform
from workflows.adapters.platform import Answer, Carrier, NumberBook, Platform, Purpose, StepCall
from workflows.adapters.sandbox import Books
from workflows.errors import Unreachable
from workflows.states import OrderState

AT = datetime(2027, 3, 3, 18, tzinfo=UTC)
ONE, TWO = "+12565550101", "+12565550102"
TOKEN = "platform-token"


@pytest.fixture
def books() -> Books:
    books = Books()
    books.add_account("acme", "Acme", owner="pat@acme.example", phones={"pat@acme.example": "+12565550111"})
    books.add_location(
        "acme", "HQ", numbers=[TWO, ONE], master_e911=ONE, services=["fax"], renews_on=date(2027, 3, 1)
    )
    return books


@pytest.fixture
def url(books: Books) -> Iterator[str]:
    app = create_app(books, token=TOKEN, webhook_url="", webhook_secret="", now=lambda: AT)
    with serving(app) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def platform(url: str) -> Iterator[Platform]:
    platform = HttpPlatform(url, TOKEN)
    yield platform
    platform.close()


@pytest.fixture
def carrier(url: str) -> Iterator[Carrier]:
    carrier = HttpCarrier(url + "/", TOKEN)
    yield carrier
    carrier.close()


def call(step: str, request: str = "", fencing: int = 1) -> StepCall:
    return StepCall("HQ", step, request or f"r-{step}", fencing)


def test_reads_what_the_books_show(platform: Platform, books: Books) -> None:
    assert platform.accounts() == ["acme"]
    found = platform.account("acme", Purpose.gate)
    assert found == books.account("acme")
    assert found
    assert found.locations[0].billed == (datetime(2027, 3, 1, 6, tzinfo=UTC),)
    assert platform.account("nobody", Purpose.books) is None
    assert platform.number("HQ", ONE) == NumberBook(held=True, open_order=None)
    assert platform.number("nowhere/else", ONE) == NumberBook(held=False, open_order=None)


def test_reads_orders(carrier: Carrier, books: Books) -> None:
    foc = datetime(2027, 3, 10, 11, 30, tzinfo=timezone(timedelta(hours=-4)))
    books.port("P-1", "acme", [ONE], OrderState.committed, foc, at=AT)
    books.port("P-2", "other", [TWO], OrderState.requested, at=AT)
    first, second = books.orders_since(0)
    assert carrier.order("P-1") == first
    assert first.foc == datetime(2027, 3, 10, 15, 30, tzinfo=UTC)
    assert carrier.order("P-9") is None
    assert carrier.orders("acme") == [first]
    assert carrier.orders("nobody") == []
    assert carrier.changes(0) == [first, second]
    assert carrier.changes(first.changed) == [second]


def test_applies_once(platform: Platform, books: Books) -> None:
    assert platform.apply(call("freeze")) is Answer.applied
    assert platform.apply(call("freeze")) is Answer.applied
    assert platform.apply(call("freeze", "other")) is Answer.gone
    assert books.steps["HQ"] == ["freeze"]


def test_release_carries_its_condition(platform: Platform, books: Books) -> None:
    books.port("P-1", "acme", [ONE], OrderState.requested, at=AT)
    assert platform.apply(call(f"release:{ONE}")) is Answer.port_open
    assert platform.apply(call(f"release:{TWO}")) is Answer.applied
    assert books.released == [TWO]


def test_stale_token(platform: Platform) -> None:
    platform.apply(call("freeze", fencing=2))
    assert platform.apply(call("stop_renewal", fencing=1)) is Answer.stale


@pytest.mark.parametrize(
    ("fault", "answer"),
    [
        ("applied", Answer.applied),
        ("error", Answer.error),
        ("denied", Answer.denied),
        ("timeout_applied", Answer.timeout),
        ("timeout_not_applied", Answer.timeout),
        ("gone", Answer.gone),
        ("unreachable", Answer.unreachable),
    ],
)
def test_ordered_answers_arrive(platform: Platform, books: Books, fault: str, answer: Answer) -> None:
    books.fail("freeze", fault)
    assert platform.apply(call("freeze")) is answer


def test_ordered_failures_of_reads_arrive(platform: Platform, books: Books) -> None:
    books.fail("read", "error", times=2)
    with pytest.raises(Unreachable, match="answered the read with 503"):
        platform.account("acme", Purpose.gate)
    assert platform.account("acme", Purpose.books)
    with pytest.raises(Unreachable):
        platform.number("HQ", ONE)


def test_wrong_token(url: str) -> None:
    stranger = HttpPlatform(url, "wrong")
    with pytest.raises(Unreachable, match="401"):
        stranger.accounts()
    assert stranger.apply(call("freeze")) is Answer.error
    stranger.close()


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with using(port) as platform:
        assert platform.apply(call("freeze")) is Answer.unreachable
        with pytest.raises(Unreachable, match="The platform could not be reached"):
            platform.account("acme", Purpose.gate)


Speaker = Callable[[socket.socket], None]


@contextmanager
def talking(speak: Speaker) -> Iterator[int]:
    """A server that reads one request and then speaks as told."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            caller, _ = listener.accept()
            with caller:
                caller.recv(65536)
                speak(caller)

        thread = threading.Thread(target=answer)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@contextmanager
def using(port: int, timeout: float = 5.0) -> Iterator[HttpPlatform]:
    platform = HttpPlatform(f"http://127.0.0.1:{port}", TOKEN, timeout)
    yield platform
    platform.close()


def saying(status: str, body: str = "", kind: str = "application/json") -> Speaker:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n"
    return lambda caller: caller.sendall((head + body).encode())


def silence(caller: socket.socket) -> None:
    """Until the other side gives up."""
    caller.recv(1)


def hang_up(caller: socket.socket) -> None:
    caller.close()


def half_an_answer(caller: socket.socket) -> None:
    caller.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")


@pytest.mark.parametrize(("speak", "patience"), [(silence, 0.2), (hang_up, 5.0), (half_an_answer, 5.0)])
def test_answer_that_never_came_is_unknown(speak: Speaker, patience: float) -> None:
    with talking(speak) as port, using(port, patience) as platform:
        assert platform.apply(call("freeze")) is Answer.timeout


@pytest.mark.parametrize(("speak", "patience"), [(silence, 0.2), (hang_up, 5.0), (half_an_answer, 5.0)])
def test_read_that_never_came(speak: Speaker, patience: float) -> None:
    with talking(speak) as port, using(port, patience) as platform, pytest.raises(Unreachable):
        platform.accounts()


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        ("301 Moved", Answer.error),
        ("400 Bad", Answer.denied),
        ("401 Who", Answer.error),
        ("404 Not Found", Answer.error),
        ("409 Conflict", Answer.denied),
        ("410 Gone", Answer.gone),
        ("412 No", Answer.denied),
        ("422 No", Answer.denied),
        ("429 Slowly", Answer.error),
        ("500 Broken", Answer.error),
        ("502 Gateway", Answer.timeout),
        ("503 Busy", Answer.unreachable),
        ("504 Gateway", Answer.timeout),
    ],
)
def test_bare_status(status: str, answer: Answer) -> None:
    with talking(saying(status)) as port, using(port) as platform:
        assert platform.apply(call("freeze")) is answer


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("https://lastcall.example/problems/unknown-location", Answer.gone),
        ("https://elsewhere.example/unknown-location", Answer.error),
    ],
)
def test_not_found_counts_only_with_its_type(kind: str, answer: Answer) -> None:
    speak = saying("404 Not Found", f'{{"type": "{kind}"}}', "application/problem+json; charset=utf-8")
    with talking(speak) as port, using(port) as platform:
        assert platform.apply(call("freeze")) is answer


@pytest.mark.parametrize("body", ["", "fine", "[]", '{"answer": "perhaps"}', '{"answer": "denied"}'])
def test_success_that_makes_no_sense_is_unknown(body: str) -> None:
    with talking(saying("200 OK", body)) as port, using(port) as platform:
        assert platform.apply(call("freeze")) is Answer.timeout


@pytest.mark.parametrize("body", ["", "<html>", "[]", '{"accounts": "acme"}', '{"accounts": [1]}'])
def test_read_that_makes_no_sense(body: str) -> None:
    with (
        talking(saying("200 OK", body)) as port,
        using(port) as platform,
        pytest.raises(Unreachable, match="The platform's answer makes no sense: "),
    ):
        platform.accounts()


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"+12565550101"', '"256-555-0101"'),
        ('"2027-03-10T15:30:00Z"', '"2027-03-10T15:30:00"'),
        ('"committed"', '"lost"'),
        ('"changed": 1', '"changed": "1"'),
    ],
)
def test_every_part_of_an_order_is_checked(right: str, wrong: str) -> None:
    body = (
        '{"ref": "P-1", "account": "acme", "numbers": ["+12565550101"], "state": "committed", '
        '"foc": "2027-03-10T15:30:00Z", "changed": 1, "new_member": true}'
    )
    assert isinstance(order_from(body), str)
    assert isinstance(order_from(body.replace(right, wrong)), Unreachable)


def order_from(body: str) -> str | Unreachable:
    with talking(saying("200 OK", body)) as port:
        carrier = HttpCarrier(f"http://127.0.0.1:{port}", TOKEN)
        try:
            found = carrier.order("P-1")
        except Unreachable as wrong:
            return wrong
        finally:
            carrier.close()
    assert found
    return found.ref


def test_answer_without_end_is_cut_off() -> None:
    pause = threading.Event()

    def trickle(caller: socket.socket) -> None:
        caller.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        with suppress(OSError):
            while not pause.wait(0.02):
                caller.sendall(b"1\r\n \r\n")

    with talking(trickle) as port, using(port, 0.4) as platform:
        assert platform.apply(call("freeze")) is Answer.timeout

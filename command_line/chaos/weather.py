"""Bad weather between desk and platform: errors, silence before and after an act, delays, cut lines."""

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from io import BytesIO
from typing import Any

from command_line.chaos.trial import PLATFORM_TIMEOUT, Size
from workflows import clock
from workflows.adapters.sandbox import Books
from workflows.states import OrderState

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
STEP = re.compile(r"/v1/locations/([^/]+)/steps")
SILENCE = PLATFORM_TIMEOUT * 1.5
LATE = 9.0
"""Seconds by which a call is held up on its way: by then another claim may have called."""
ON_STEPS = (
    "error",
    "unavailable",
    "silent_before",
    "silent_after",
    "slow",
    "cut_before",
    "cut_after",
    "late",
)
OUTLIVED = 20.0
"""Seconds at most that a call is held up whose worker was put to sleep: its lease ends, another calls."""
REFUSED_SHARE = 0.01
"""The share of steps that the platform refuses for good, as long as it storms."""
ON_RELEASES = (*ON_STEPS, "port_first", "port_first")
REFUSALS = {
    "error": "500 Broken",
    "unavailable": "503 Away",
    "silent_before": "504 Too late",
    "cut_before": "500 Cut",
    "denied": "403 Denied",
}
ON_READS = ("error", "unavailable", "silent_before", "slow", "cut_before")


class Weather:
    """Stands before the sandbox and spoils a share of what passes through."""

    def __init__(self, app: Wsgi, books: Books, size: Size) -> None:
        self.app, self.books, self.size = app, books, size
        self.is_calm = False
        self.seen: Counter[str] = Counter()
        self.last_call = 0.0
        """When the platform last did a step (monotonic seconds)."""
        self.opened: list[str] = []
        """Port orders that opened in the very moment of a release."""
        self.traps: Counter[str] = Counter()
        """What is to happen to the next call that it fits: `sleeper` to a step, `port_first` to a release."""
        self.put_to_sleep: Callable[[str, int], bool] = lambda _location, _token: False
        """Freezes the worker that called with this token. False where it is gone already."""
        self._asked: Counter[tuple[str, str]] = Counter()
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], answer: Callable[..., Any]) -> Iterable[bytes]:
        fault = self._fault(environ)
        if fault:
            self.seen[fault] += 1
        if fault in REFUSALS:
            return self._instead(fault, environ, answer)
        self._before(fault, environ)
        done = self._pass(environ, answer)
        if fault == "silent_after":
            time.sleep(SILENCE)
        elif fault == "cut_after":
            self._cut(environ)
        return done

    def _instead(self, fault: str, environ: dict[str, Any], answer: Callable[..., Any]) -> Iterable[bytes]:
        """The platform never hears of it."""
        if fault == "silent_before":
            time.sleep(SILENCE)
        elif fault == "cut_before":
            self._cut(environ)
        answer(REFUSALS[fault], [("Content-Type", "text/plain"), ("Content-Length", "0")])
        return [b""]

    def _before(self, fault: str, environ: dict[str, Any]) -> None:
        if fault == "late":
            _body(environ)
            time.sleep(LATE)
        elif fault == "sleeper":
            self._outlive(environ)
        elif fault == "slow":
            time.sleep(self.size.dice("slow", self.seen["slow"]).uniform(0.1, PLATFORM_TIMEOUT / 2))
        elif fault == "port_first":
            self._open_a_port(environ)

    def _fault(self, environ: dict[str, Any]) -> str:
        """Decided by the seed for each thing asked and each time it is asked, in whatever order they come."""
        if self.is_calm or not environ["PATH_INFO"].startswith("/v1/"):
            return ""
        step = _step(environ)
        about = environ["PATH_INFO"], step
        with self._lock:
            self.seen["requests"] += 1
            self._asked[about] += 1
            times = self._asked[about]
            if step and (trap := self._sprung(step)):
                return trap
        if step and self.size.dice("denied", *about).random() < REFUSED_SHARE * bool(self.size.faults):
            return "denied"
        dice = self.size.dice("platform", *about, times)
        if dice.random() >= self.size.faults / 100 * (1 if step else 0.25):
            return ""
        if step.startswith("release:"):
            return dice.choice(ON_RELEASES)
        return dice.choice(ON_STEPS if step else ON_READS)

    def _sprung(self, step: str) -> str:
        fits = "port_first" if step.startswith("release:") else "sleeper"
        if self.traps[fits] <= 0:
            return ""
        self.traps[fits] -= 1
        return fits

    def _outlive(self, environ: dict[str, Any]) -> None:
        """The worker falls asleep in the middle of its call, and its call comes after another worker's."""
        _body(environ)
        place, token = STEP.fullmatch(environ["PATH_INFO"]), int(environ.get("HTTP_FENCING_TOKEN") or 0)
        if place is None or not self.put_to_sleep(place[1], token):
            with self._lock:
                self.traps["sleeper"] += 1
            return
        until, there = time.monotonic() + OUTLIVED, self.books.shelf.location(place[1])
        while time.monotonic() < until and there.fencing <= token:
            time.sleep(0.2)

    def _pass(self, environ: dict[str, Any], answer: Callable[..., Any]) -> Iterable[bytes]:
        is_step = STEP.fullmatch(environ["PATH_INFO"])
        if is_step:
            self._look_at_release(environ)
        done = self.app(environ, answer)
        if is_step:
            self.last_call = time.monotonic()
        return done

    def _look_at_release(self, environ: dict[str, Any]) -> None:
        """Kept apart from the sandbox's own check: what is released must have no open order."""
        number = _released(environ)
        if number and self.books.shelf.open_order(number):
            self.seen["release_under_a_port"] += 1

    def _open_a_port(self, environ: dict[str, Any]) -> None:
        place = STEP.fullmatch(environ["PATH_INFO"])
        number = _released(environ)
        if place and number and not self.books.shelf.open_order(number):
            ref = f"LATE-{number[1:]}-{len(self.opened)}"
            account = self.books.shelf.location(place[1]).account
            self.books.port(ref, account, [number], OrderState.requested, at=clock.now())
            self.opened.append(ref)

    def _cut(self, environ: dict[str, Any]) -> None:
        """The line goes dead: whoever asked learns nothing."""
        with suppress(OSError):
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)


def _body(environ: dict[str, Any]) -> bytes:
    """The body, left there for the sandbox to read."""
    if "chaos.body" not in environ:
        environ["chaos.body"] = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    body: bytes = environ["chaos.body"]
    environ["wsgi.input"] = BytesIO(body)
    return body


def _step(environ: dict[str, Any]) -> str:
    """The step that is asked for; empty where nothing is to be done."""
    if environ["REQUEST_METHOD"] == "POST":
        with suppress(ValueError):
            return str(json.loads(_body(environ) or b"{}").get("step", ""))
    return ""


def _released(environ: dict[str, Any]) -> str:
    name, _, number = _step(environ).partition(":")
    return number if name == "release" else ""

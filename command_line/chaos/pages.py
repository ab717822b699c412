"""A member of staff in front of a browser without JavaScript: signs in, reads pages, fills in forms."""

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from html import unescape
from typing import Any

import httpx

HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
CHOICE = re.compile(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', re.DOTALL)
OPTION = re.compile(r'<option value="([^"]*)"( selected)?')
FORM = '<form method="post" class="form"'
TRIES = 40
A_MOMENT = 0.4


class PageLost(Exception):
    """The web app answered nothing usable for a while, as while a database is away."""


@dataclass
class Person:
    """One session. What was answered is counted by its status; what broke is kept with its address."""

    address: str
    email: str
    password: str
    transport: httpx.BaseTransport | None = None
    """Where the app is not reached over the network."""
    seen: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[float, str]] = field(default_factory=list)
    """When a page answered with an error of ours (monotonic seconds), and which."""

    def __post_init__(self) -> None:
        self.client = httpx.Client(
            base_url=self.address, timeout=30, trust_env=False, transport=self.transport
        )

    def read(self, path: str) -> str:
        """The page as text; empty where there is none for this person now. Raises PageLost."""
        answer = self._ask("GET", path)
        return answer.text if answer.is_success else ""

    def send(self, path: str, **typed: Any) -> int:
        """Opens the form, fills it in and sends it once: 303 done, 422 refused, 409 somebody was faster.

        0 where the line was cut: whoever looks again sees whether it was done. Raises PageLost."""
        page = self.read(path)
        if FORM not in page:
            self.seen["no form"] += 1
            return 422
        return self._post(path, {**_as_shown(page.split(FORM)[-1]), **typed})

    def click(self, path: str, back: str = "/me") -> int:
        """A button that posts at once, such as the stop switch. Raises PageLost."""
        return self._post(path, {"csrf_token": _token(self.read(back)), "back": back})

    def _post(self, path: str, fields: dict[str, Any]) -> int:
        try:
            return self._count(path, self.client.post(path, data=fields)).status_code
        except httpx.HTTPError:
            self.seen["cut off"] += 1
            return 0

    def _ask(self, method: str, path: str) -> httpx.Response:
        for _ in range(TRIES):
            try:
                answer = self._count(path, self.client.request(method, path))
            except httpx.HTTPError:
                self.seen["cut off"] += 1
                time.sleep(A_MOMENT)
                continue
            if answer.status_code == 303 and "/sign-in" in answer.headers["location"]:
                self._sign_in()
            elif answer.status_code < 500:
                return answer
            else:
                time.sleep(A_MOMENT)
        raise PageLost(path)

    def _sign_in(self) -> None:
        try:
            page = self.client.get("/sign-in").text
            words = {"email": self.email, "password": self.password, "csrf_token": _token(page)}
            self._count("/sign-in", self.client.post("/sign-in", data=words))
        except httpx.HTTPError:
            self.seen["cut off"] += 1

    def _count(self, path: str, answer: httpx.Response) -> httpx.Response:
        self.seen[str(answer.status_code)] += 1
        if answer.status_code >= 500:
            self.broken.append((time.monotonic(), f"{path}: {answer.status_code}"))
        return answer


def _as_shown(form: str) -> dict[str, str]:
    """What a form holds before anybody typed: hidden fields, and what is chosen in its lists."""
    fields = {name: unescape(value) for name, value in HIDDEN.findall(form)}
    for name, options in CHOICE.findall(form):
        found = OPTION.findall(options)
        chosen = [value for value, selected in found if selected] or [value for value, _ in found[:1]]
        if chosen:
            fields[name] = unescape(chosen[0])
    return fields


def _token(page: str) -> str:
    found = TOKEN.search(page)
    return unescape(found.group(1)) if found else ""

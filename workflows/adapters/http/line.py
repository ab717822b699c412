"""The line to another system: one request, one answer, never longer than agreed."""

import ssl
import time
from collections.abc import Mapping
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from workflows.adapters.http.wire import ProblemWire
from workflows.errors import Unreachable

Model = TypeVar("Model", bound=BaseModel)
NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
"""Failures before a byte of the request left: nothing can have been done by it."""
LONGEST = 10_000_000
"""Bytes of an answer that are read; more is a mistake."""
PROBLEMS = "https://lastcall.example/problems/"


class Line:
    """HTTP with a bearer token.

    Each request has a connection of its own: one kept open may be closed by the other side just when it
    is used again, and that looks like a call of unknown outcome. Proxies of the environment are not used."""

    def __init__(self, url: str, token: str, timeout: float, name: str = "platform") -> None:
        self.timeout = timeout
        self.name = name
        self._client = httpx.Client(
            base_url=url.rstrip("/") + "/v1/",
            headers={"Authorization": f"Bearer {token}", "Accept": "application/json"},
            timeout=httpx.Timeout(timeout * 0.6, connect=timeout * 0.2, write=timeout * 0.2),
            limits=httpx.Limits(max_keepalive_connections=0),
            verify=ssl.create_default_context(),
            trust_env=False,
        )

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One request and its whole answer. Raises httpx.TransportError; a slow answer is a time-out.

        Connecting, writing and waiting share `timeout`; only a body that trickles in may overrun it."""
        deadline = time.monotonic() + self.timeout
        with self._client.stream(method, path, **request) as response:
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if time.monotonic() > deadline or len(body) > LONGEST:
                    raise httpx.ReadTimeout("the answer took too long", request=response.request)
        return httpx.Response(response.status_code, headers=_plain(response.headers), content=bytes(body))

    def read(
        self, model: type[Model], path: str, params: Mapping[str, str | int] | None = None
    ) -> Model | None:
        """What stands under a path; None where the other side says that there is no such thing.

        Raises Unreachable for everything else, a wrong answer included."""
        try:
            response = self.ask("GET", path, params=params)
        except (httpx.TransportError, httpx.DecodingError) as wrong:
            raise Unreachable(f"The {self.name} could not be reached: {words(wrong)}.") from wrong
        if response.status_code in (404, 410) and problem(response).startswith("unknown-"):
            return None
        if response.status_code != 200:
            raise Unreachable(f"The {self.name} answered the read with {said(response)}.")
        try:
            return model.model_validate_json(response.content)
        except ValidationError as wrong:
            raise Unreachable(f"The {self.name}'s answer makes no sense: {first_error(wrong)}.") from wrong

    def close(self) -> None:
        self._client.close()


def problem(response: httpx.Response) -> str:
    """The last part of a problem's type (`port-open`), empty where the answer names none."""
    if response.headers.get("content-type", "").partition(";")[0] != "application/problem+json":
        return ""
    try:
        kind = ProblemWire.model_validate_json(response.content).type
    except ValidationError:
        return ""
    return kind.removeprefix(PROBLEMS) if kind.startswith(PROBLEMS) else ""


def said(response: httpx.Response) -> str:
    """The status, and the problem's own words where there are some."""
    try:
        known = ProblemWire.model_validate_json(response.content)
    except ValidationError:
        return str(response.status_code)
    return f"{response.status_code} ({known.detail or known.title})".replace(" ()", "")


def words(wrong: Exception) -> str:
    return str(wrong).rstrip(".") or type(wrong).__name__


def first_error(wrong: ValidationError) -> str:
    error = wrong.errors(include_input=False, include_url=False)[0]
    return f"{'.'.join(str(part) for part in error['loc']) or 'the body'}: {error['msg']}"


def part(text: str) -> str:
    """A name as one part of a path."""
    return quote(text, safe="")


def _plain(headers: httpx.Headers) -> dict[str, str]:
    """Without what described the body on its way: it is unpacked by now."""
    return {k: v for k, v in headers.items() if k not in ("content-encoding", "transfer-encoding")}

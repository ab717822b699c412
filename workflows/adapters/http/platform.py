"""The provider's platform over HTTP."""

from typing import Any

import httpx
from pydantic import ValidationError

from workflows.adapters.http.line import NOT_SENT, Line, part, problem
from workflows.adapters.http.wire import AccountsWire, AccountWire, NumberWire, StepWire
from workflows.adapters.platform import AccountBook, Answer, NumberBook, Purpose, StepCall
from workflows.errors import Unreachable

BY_PROBLEM = {
    "stale-token": Answer.stale,
    "port-open": Answer.port_open,
    "gone": Answer.gone,
    "unknown-location": Answer.gone,
}
BY_STATUS = {
    400: Answer.denied,
    403: Answer.denied,
    409: Answer.denied,
    410: Answer.gone,
    412: Answer.denied,
    422: Answer.denied,
    502: Answer.timeout,
    503: Answer.unreachable,
    504: Answer.timeout,
}
"""What a status means where no problem type says more; any other one is an error.

A bare 404 is no proof that something is gone (a wrong address gives it too), so it is an error. A gateway
that gave up (502, 504) does not know whether the platform went on, so neither do we."""


class HttpPlatform:
    """`timeout` (seconds) covers connecting, writing and waiting for the answer."""

    def __init__(self, url: str, token: str, timeout: float = 10.0) -> None:
        self.timeout = timeout
        self._line = Line(url, token, timeout)

    def accounts(self) -> list[str]:
        found = self._line.read(AccountsWire, "accounts")
        if found is None:
            raise Unreachable("The platform has no list of accounts.")
        return found.accounts

    def account(self, ref: str, purpose: Purpose) -> AccountBook | None:
        found = self._line.read(AccountWire, f"accounts/{part(ref)}", {"purpose": purpose.value})
        return found.book() if found else None

    def number(self, location: str, number: str) -> NumberBook:
        """A location that the platform does not know holds no number."""
        path = f"locations/{part(location)}/numbers/{part(number)}"
        found = self._line.read(NumberWire, path, {"purpose": Purpose.release.value})
        return found.book() if found else NumberBook(held=False, open_order=None)

    def apply(self, call: StepCall) -> Answer:
        """One step. Where it cannot be known whether it was applied, the answer is `timeout`."""
        headers = {"Idempotency-Key": call.request_id, "Fencing-Token": str(call.fencing)}
        path = f"locations/{part(call.location)}/steps"
        try:
            response = self._line.ask("POST", path, json=_body(call.step), headers=headers)
        except NOT_SENT:
            return Answer.unreachable
        except (httpx.TransportError, httpx.DecodingError):
            return Answer.timeout
        return _meaning(response)

    def close(self) -> None:
        self._line.close()


def _body(step: str) -> dict[str, Any]:
    """A release carries its condition; the platform has to refuse it where it does not hold."""
    if step.startswith("release:"):
        return {"step": step, "condition": "no_open_port_order"}
    return {"step": step}


def _meaning(response: httpx.Response) -> Answer:
    """A success in words that we do not understand may or may not have been one: unknown."""
    if 200 <= response.status_code < 300:
        try:
            return StepWire.model_validate_json(response.content).answer
        except ValidationError:
            return Answer.timeout
    return BY_PROBLEM.get(problem(response)) or BY_STATUS.get(response.status_code, Answer.error)

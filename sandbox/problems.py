"""What went wrong, for programs: problem+json (RFC 9457) with the types that the contract names."""

from dataclasses import dataclass

from flask import Response, jsonify
from pydantic import ValidationError

from workflows.adapters.platform import Answer

PROBLEMS = "https://lastcall.example/problems/"


@dataclass(frozen=True)
class Kind:
    status: int
    title: str


KINDS = {
    "unauthorized": Kind(401, "The bearer token is missing or wrong."),
    "invalid": Kind(422, "The request makes no sense."),
    "unknown-account": Kind(404, "There is no such account."),
    "unknown-location": Kind(404, "There is no such location."),
    "unknown-order": Kind(404, "There is no such order."),
    "unknown-page": Kind(404, "There is nothing here."),
    "conflict": Kind(409, "The books do not allow that."),
    "denied": Kind(403, "The platform refuses this for good."),
    "stale-token": Kind(409, "A newer claim of the run has called already."),
    "port-open": Kind(412, "A port order of the number is open."),
    "gone": Kind(410, "This is done already."),
    "error": Kind(500, "Something broke."),
    "unavailable": Kind(503, "The platform cannot be used now."),
    "no-answer": Kind(504, "It is unknown whether this was done."),
}
BY_ANSWER = {
    Answer.stale: "stale-token",
    Answer.port_open: "port-open",
    Answer.denied: "denied",
    Answer.error: "error",
    Answer.unreachable: "unavailable",
    Answer.timeout: "no-answer",
}


def problem(kind: str, detail: str = "") -> Response:
    known = KINDS[kind]
    body = {"type": PROBLEMS + kind, "title": known.title, "status": known.status, "detail": detail}
    answer = jsonify({name: value for name, value in body.items() if value})
    answer.status_code, answer.content_type = known.status, "application/problem+json"
    return answer


def in_words(wrong: ValidationError) -> str:
    """Every mistake in one sentence, without what was sent."""
    errors = wrong.errors(include_url=False, include_input=False)
    return "; ".join(_sentence(error["loc"], error["msg"]) for error in errors)


def _sentence(place: tuple[int | str, ...], message: str) -> str:
    where = " ".join(str(part).replace("_", " ") for part in place if isinstance(part, str))
    words = message.removeprefix("Value error, ")
    return f"{where}: {words}" if where else words

"""What went wrong, for programs: problem+json (RFC 9457) with a pointer to each mistake in the body."""

from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from flask import Response, jsonify, request
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import MethodNotAllowed

from workflows.errors import Line, Refused

PROBLEMS = "https://lastcall.example/problems/"
MEDIA_TYPE = "application/problem+json"
HEADERS, ADDRESS = "Headers", "CasePath"
"""The names of the models of what is not the body: their mistakes have no pointer into it."""


class Mistake(BaseModel):
    """One reason. `pointer` is a JSON Pointer into the body that was sent."""

    detail: str
    code: str
    pointer: str | None = Field(default=None, description='Where in the body, such as "/locations/0".')
    header: str | None = Field(default=None, description="Which header, where it is none of the body.")


class Problem(BaseModel):
    """Every answer that is not a success."""

    type: str
    title: str
    status: int
    detail: str | None = None
    errors: list[Mistake] | None = None


@dataclass(frozen=True)
class Kind:
    status: int
    title: str


KINDS = {
    "no-json": Kind(400, "The body is no JSON."),
    "unauthorized": Kind(401, "The token or the signature is missing, wrong or too old."),
    "not-allowed": Kind(403, "This may not be done by who asks."),
    "not-found": Kind(404, "There is nothing here."),
    "conflict": Kind(409, "This does not fit with what is there already."),
    "duplicate": Kind(409, "There is an open request for this already."),
    "too-large": Kind(413, "The body is too large."),
    "media-type": Kind(415, "The body must be application/json."),
    "invalid": Kind(422, "The request cannot be accepted like this."),
    "broken": Kind(500, "Something went wrong on our side."),
    "unreachable": Kind(503, "The platform could not be read. Try again later."),
    "not-configured": Kind(503, "This is not set up: its secret is missing."),
    "not-ready": Kind(503, "The database does not answer."),
}
ORDER = ("invalid", "not_allowed", "duplicate", "conflict", "out_of_date", "unreachable")
BY_CODE = {
    "not_allowed": "not-allowed",
    "duplicate": "duplicate",
    "conflict": "conflict",
    "out_of_date": "conflict",
    "unreachable": "unreachable",
}


def problem(kind: str, detail: str = "", errors: Iterable[Mistake] = ()) -> Response:
    known = KINDS[kind]
    return _answer(PROBLEMS + kind, known.title, known.status, detail, list(errors))


def _answer(
    of_type: str, title: str, status: int, detail: str = "", errors: list[Mistake] | None = None
) -> Response:
    said = Problem(type=of_type, title=title, status=status, detail=detail or None, errors=errors or None)
    answer = jsonify(said.model_dump(exclude_none=True))
    answer.status_code, answer.content_type = status, MEDIA_TYPE
    if status == HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = "Bearer"
    return answer


def refused(wrong: Refused, mistakes: Iterable[Mistake] | None = None) -> Response:
    """A refusal with all its reasons; what the sender can mend comes first."""
    first = next((code for code in ORDER if code in wrong.codes), "invalid")
    listed = list(mistakes) if mistakes is not None else [mistake(line) for line in wrong.lines]
    detail = " ".join(dict.fromkeys(each.detail for each in listed))
    return problem(BY_CODE.get(first, "invalid"), detail, listed)


def mistake(line: Line, pointer: str | None = None) -> Mistake:
    where = pointer if pointer is not None else (f"/{line.field}" if line.field else None)
    return Mistake(detail=line.words, code=line.code, pointer=where)


def invalid(wrong: ValidationError) -> Response:
    """pydantic's findings as a problem, without an echo of what was sent."""
    found = wrong.errors(include_url=False, include_input=False, include_context=False)
    mistakes = [_of_model(wrong.title, each) for each in found]
    return problem("invalid", errors=mistakes)


def _of_model(model: str, error: Any) -> Mistake:
    words = str(error["msg"]).removeprefix("Value error, ")
    if model == HEADERS:
        return Mistake(detail=words, code="invalid", header=str(error["loc"][0]))
    if model == ADDRESS:
        return Mistake(detail=words, code="invalid")
    pointer = "".join(f"/{_escaped(str(part))}" for part in error["loc"])
    return Mistake(detail=words, code="invalid", pointer=pointer)


def _escaped(part: str) -> str:
    return part.replace("~", "~0").replace("/", "~1")


def everywhere(response: Response) -> Response:
    """Below /api/ and /health/ whatever goes wrong is a problem, also where no view was found."""
    is_ours = request.path.startswith(("/api/", "/health/"))
    if not is_ours or response.status_code < HTTPStatus.BAD_REQUEST or response.mimetype == MEDIA_TYPE:
        return response
    title = HTTPStatus(response.status_code).phrase
    answer = _answer("about:blank", title, response.status_code)
    wrong = request.routing_exception
    if isinstance(wrong, MethodNotAllowed) and wrong.valid_methods:
        answer.headers["Allow"] = ", ".join(wrong.valid_methods)
    return answer


def documented(*statuses: int) -> dict[str | int, type[BaseModel] | dict[Any, Any] | None]:
    """These problems as the description of the API lists them."""
    schema = {"schema": {"$ref": "#/components/schemas/Problem"}}
    said = {status: " / ".join(k.title for k in KINDS.values() if k.status == status) for status in statuses}
    return {str(each): {"description": said[each], "content": {MEDIA_TYPE: schema}} for each in statuses}

"""The platform's HTTP API (docs/platform.openapi.yaml), and acts upon the sandbox for tests and demos."""

import hmac
from typing import Any, Literal

from flask import Blueprint, Response, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from werkzeug.exceptions import BadRequest, UnsupportedMediaType

from sandbox.acts import ACTS, PhoneNumber
from sandbox.desk import desk
from sandbox.problems import BY_ANSWER, in_words, problem
from workflows.adapters.platform import (
    AccountBook,
    Answer,
    NumberBook,
    OrderBook,
    Purpose,
    StepCall,
)
from workflows.adapters.sandbox import REVERSIBLE, STEPS, BooksError
from workflows.errors import Unreachable

api = Blueprint("api", __name__)
ACCOUNT = TypeAdapter(AccountBook)
NUMBER = TypeAdapter(NumberBook)
ORDER = TypeAdapter(OrderBook)
SIMPLE = [each for each in STEPS if each != "release"]
PHONE_NUMBER: TypeAdapter[str] = TypeAdapter(PhoneNumber)


class Step(BaseModel):
    model_config = ConfigDict(extra="forbid")

    step: str = Field(
        pattern=rf"^({'|'.join(SIMPLE)}|release:\+[1-9]\d{{6,14}}|undo:({'|'.join(REVERSIBLE)}))$"
    )
    condition: Literal["no_open_port_order"] | None = None

    @model_validator(mode="after")
    def _release_has_its_condition(self) -> "Step":
        if self.step.startswith("release:") and self.condition is None:
            raise ValueError("a release carries the condition no_open_port_order")
        return self


class Tries(BaseModel):
    """The headers of a call."""

    request_id: str = Field(max_length=200, pattern=r"^[!-~]+$")
    fencing: int = Field(ge=0, lt=10**18)


@api.before_request
def need_token() -> Response | None:
    sent = request.headers.get("Authorization", "").removeprefix("Bearer ")
    wanted = desk().token
    if wanted and hmac.compare_digest(sent.encode(), wanted.encode()):
        return None
    return problem("unauthorized")


@api.errorhandler(ValidationError)
def makes_no_sense(wrong: ValidationError) -> Response:
    return problem("invalid", in_words(wrong))


@api.errorhandler(BadRequest)
@api.errorhandler(UnsupportedMediaType)
def is_no_json(wrong: Exception) -> Response:
    return problem("invalid", "The body is no JSON object, or a value of the address makes no sense.")


@api.errorhandler(BooksError)
def not_allowed(wrong: BooksError) -> Response:
    return problem("conflict", str(wrong))


@api.errorhandler(Unreachable)
def fails_on_order(wrong: Unreachable) -> Response:
    return problem("unavailable", str(wrong))


@api.get("/v1/accounts")
def accounts() -> Response:
    return jsonify(accounts=desk().books.accounts())


@api.get("/v1/accounts/<ref>")
def account(ref: str) -> Response:
    found = desk().books.read_account(ref, _purpose())
    return jsonify(ACCOUNT.dump_python(found, mode="json")) if found else problem("unknown-account")


@api.get("/v1/locations/<location>/numbers/<number>")
def number(location: str, number: str) -> Response:
    _purpose()
    found = desk().books.read_number(location, PHONE_NUMBER.validate_python(number))
    return jsonify(NUMBER.dump_python(found, mode="json"))


@api.post("/v1/locations/<location>/steps")
def step(location: str) -> Response:
    asked = Step.model_validate(_body())
    tries = Tries.model_validate(
        {
            "request_id": request.headers.get("Idempotency-Key"),
            "fencing": request.headers.get("Fencing-Token"),
        }
    )
    call = StepCall(location, asked.step, tries.request_id, tries.fencing)
    answer = desk().books.apply(call, desk().now())
    if answer in (Answer.applied, Answer.gone):
        return jsonify(answer=answer.value)
    return problem(BY_ANSWER[answer], f"{asked.step} at {location}")


@api.get("/v1/orders")
def orders() -> Response:
    """Of one account, or changed after a change that was seen; both together are possible."""
    known = desk().books.orders_since(_whole_number("after"))
    of = request.args.get("account")
    if of == "":
        raise BadRequest
    listed = [each for each in known if of in (None, each.account)]
    return jsonify(orders=[ORDER.dump_python(each, mode="json") for each in listed])


@api.get("/v1/orders/<ref>")
def order(ref: str) -> Response:
    found = desk().books.order(ref)
    return jsonify(ORDER.dump_python(found, mode="json")) if found else problem("unknown-order")


@api.post("/sandbox/<act>")
def act(act: str) -> Response:
    """What the page's forms do, for programs."""
    if act not in ACTS:
        return problem("unknown-page", f"The acts are {', '.join(ACTS)}.")
    return jsonify(done=desk().do(ACTS[act](_body())))


def _body() -> dict[str, Any]:
    body = request.get_json()
    if not isinstance(body, dict):
        raise BadRequest
    return body


def _purpose() -> Purpose:
    try:
        return Purpose(request.args.get("purpose", Purpose.books))
    except ValueError as wrong:
        raise BadRequest from wrong


def _whole_number(name: str) -> int:
    value = request.args.get(name, "0")
    if not value.isascii() or not value.isdigit() or len(value) > 18:
        raise BadRequest
    return int(value)


@api.record_once
def _check(state: Any) -> None:
    """An empty token would let everybody in."""
    if not state.app.extensions["sandbox"].token:
        raise ValueError("the sandbox needs a token for its API")

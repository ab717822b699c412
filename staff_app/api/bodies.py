"""Reads the body of a call: a JSON object that is not too large. All else is a problem at once."""

from flask import abort, request
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge

from staff_app.api.problems import Mistake, problem

LARGEST = 64_000


def need_object() -> None:
    if request.method != "POST":
        return
    request.max_content_length = LARGEST
    if not request.is_json:
        abort(problem("media-type"))
    if not isinstance(_parsed(), dict):
        abort(problem("invalid", errors=[Mistake(detail="Send an object.", code="invalid", pointer="")]))


def _parsed() -> object:
    try:
        return request.get_json()
    except RequestEntityTooLarge:
        abort(problem("too-large", f"Send at most {LARGEST} bytes."))
    except (BadRequest, RecursionError):
        abort(problem("no-json"))

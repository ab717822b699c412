"""Hints from outside: a port order changed, a letter came back. Unknown things are logged, never an error."""

from typing import Annotated

from flask import Response, jsonify, request
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag
from pydantic import BaseModel, ConfigDict, Field

from staff_app.api import bodies, problems
from staff_app.api.signatures import need_signature
from staff_app.customers.transaction import transaction
from staff_app.desks import at, desk, house
from workflows import porting
from workflows.errors import Unreachable
from workflows.letters import outbox

webhooks = APIBlueprint(
    "webhooks",
    __name__,
    url_prefix="/api/v1/webhooks",
    abp_tags=[Tag(name="Webhooks", description="Signed with X-Signature over the raw body.")],
)
SECRETS = {"webhooks.carrier": "webhook_secret", "webhooks.bounce": "bounce_secret"}
Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]


class Hint(BaseModel):
    """A carrier's webhook. Other members may stand beside `order`; they are not read."""

    model_config = ConfigDict(strict=True, extra="ignore")

    order: Name


class Bounce(BaseModel):
    """The mail provider's word that a letter came back."""

    model_config = ConfigDict(strict=True, extra="ignore")

    message_id: Name
    reason: Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")] = ""


class Heard(BaseModel):
    heard: bool


@webhooks.before_request
def check() -> None:
    request.max_content_length = bodies.LARGEST
    need_signature(getattr(house().secrets, SECRETS[request.endpoint or ""]))
    bodies.need_object()


@webhooks.errorhandler(Unreachable)
def is_away(wrong: Unreachable) -> Response:
    return problems.problem("unreachable", str(wrong))


@webhooks.post(
    "/carrier",
    summary="A port order changed",
    security=[{"webhook": []}],
    responses={"202": Heard, **problems.documented(400, 401, 413, 415, 422, 503)},
)
def carrier(body: Hint) -> tuple[Response, int]:
    """The order is read from the carrier before anything follows from it."""
    desk().session.rollback()
    with transaction() as made:
        porting.told(made, body.order, at())
    return jsonify(Heard(heard=True).model_dump()), 202


@webhooks.post(
    "/bounce",
    summary="A letter came back",
    security=[{"bounce": []}],
    responses={"202": Heard, **problems.documented(400, 401, 413, 415, 422, 503)},
)
def bounce(body: Bounce) -> tuple[Response, int]:
    with transaction() as made:
        outbox.bounced(made, body.message_id, at(), body.reason or "It came back.")
    return jsonify(Heard(heard=True).model_dump()), 202

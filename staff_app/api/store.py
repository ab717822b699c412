"""The part of the API that the provider's store uses, with its bearer token."""

from flask import Response
from flask_openapi3.blueprint import APIBlueprint
from flask_openapi3.models.tag import Tag

from staff_app.api import bodies, problems
from staff_app.api.signatures import need_token
from workflows.errors import Refused, Unreachable

store = APIBlueprint(
    "api",
    __name__,
    url_prefix="/api/v1",
    abp_tags=[Tag(name="Store", description="With the store's bearer token.")],
    abp_security=[{"bearer": []}],
)
store.before_request(need_token)
store.before_request(bodies.need_object)


@store.errorhandler(Refused)
def is_refused(wrong: Refused) -> Response:
    return problems.refused(wrong)


@store.errorhandler(Unreachable)
def is_away(wrong: Unreachable) -> Response:
    return problems.problem("unreachable", str(wrong))

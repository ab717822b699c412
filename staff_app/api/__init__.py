"""The API for the store, and the webhooks of carriers and the mail provider."""

from flask import Blueprint, Response, current_app, jsonify
from flask_openapi3.openapi import OpenAPI
from sqlalchemy.exc import SQLAlchemyError

from staff_app import errors
from staff_app.api import cases, problems, requests
from staff_app.api.health import health
from staff_app.api.store import store
from staff_app.api.webhooks import webhooks
from staff_app.security import csrf
from workflows import trouble
from workflows.db import db

__all__ = ["cases", "register", "requests"]

description = Blueprint("api_description", __name__, url_prefix="/api/v1")
SIGNED = "t=<Unix time>,v1=<hex HMAC-SHA256 of the time, a dot and the raw body>, with the secret of "
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "The store's token."},
    "webhook": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Signature",
        "description": f"{SIGNED}the carrier.",
    },
    "bounce": {
        "type": "apiKey",
        "in": "header",
        "name": "X-Signature",
        "description": f"{SIGNED}the mail provider.",
    },
}


def register(app: OpenAPI) -> None:
    """Adds the API to the web app."""
    app.security_schemes = SCHEMES  # type: ignore[assignment]
    app.validation_error_model = problems.Problem
    app.validation_error_callback = problems.invalid
    app.after_request(problems.everywhere)
    for each in (store, webhooks):
        csrf.exempt(each)
        app.register_api(each)
    app.register_blueprint(description)
    app.register_blueprint(health)


@webhooks.errorhandler(SQLAlchemyError)
@store.errorhandler(SQLAlchemyError)
def _without_database(wrong: SQLAlchemyError) -> errors.Answer | Response:
    """All or nothing of what was sent is written down; whoever sent it tries again."""
    why = trouble.of(wrong)
    if not why:
        return errors.bug(wrong)
    db.session.rollback()
    errors.tell(wrong, why)
    return problems.problem("not-ready", f"{why} Nothing of what was sent was written down.")


@description.get("/openapi.json")
def openapi() -> Response:
    """The description of the API; open to all, like the API's documentation."""
    assert isinstance(current_app, OpenAPI)
    return jsonify(current_app.api_doc)

"""The sandbox as a small web service of its own."""

import secrets
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from flask import Flask, Response, make_response, request
from flask_wtf.csrf import CSRFError, CSRFProtect
from werkzeug.exceptions import HTTPException

from sandbox.api import api
from sandbox.desk import Desk
from sandbox.keeping import Keeper
from sandbox.pages import pages
from sandbox.problems import problem
from sandbox.webhooks import Webhook
from workflows import clock
from workflows.adapters.sandbox import Books

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def create_app(
    books: Books,
    *,
    token: str,
    webhook_url: str,
    webhook_secret: str,
    path: Path | None = None,
    now: Callable[[], datetime] = clock.now,
) -> Flask:
    """The service around `books`. `token` opens the API; with a `path` the books are kept there as JSON.

    Renewals are billed as time passes, before each request is answered."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secrets.token_hex(),
        SESSION_COOKIE_NAME="sandbox_session",  # cookies do not know ports: not that of Lastcall itself
        SESSION_COOKIE_SAMESITE="Lax",
        WTF_CSRF_TIME_LIMIT=None,
        MAX_CONTENT_LENGTH=1_000_000,
    )
    desk = Desk(books, token, Webhook(webhook_url, webhook_secret), Keeper(books, path), now)
    app.extensions["sandbox"] = desk
    CSRFProtect(app).exempt(api)
    app.register_blueprint(api)
    app.register_blueprint(pages)
    _wire(app, desk)
    return app


def _wire(app: Flask, desk: Desk) -> None:
    @app.before_request
    def bill() -> None:
        desk.books.bill(desk.now())

    @app.after_request
    def keep(response: Response) -> Response:
        """What is answered is on disk before the answer leaves."""
        desk.keeper.keep()
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    @app.errorhandler(CSRFError)
    def form_too_old(wrong: CSRFError) -> Response:
        return make_response(
            "The form is too old or came from elsewhere. Go back, reload and try again.", 400
        )

    @app.errorhandler(HTTPException)
    def http_error(wrong: HTTPException) -> Response:
        """Plain words for people, problem+json for programs."""
        if wrong.code == 404 and request.path.startswith(("/v1/", "/sandbox/")):
            return problem("unknown-page")
        return make_response(wrong.get_response())

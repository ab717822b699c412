"""CSRF on every form, strict headers on every answer, read-only transactions for what only shows."""

from flask import Flask, Response, request
from flask_wtf.csrf import CSRFProtect

from workflows.db import db

csrf = CSRFProtect()
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
    "Cross-Origin-Opener-Policy": "same-origin",
}


def register(app: Flask) -> None:
    csrf.init_app(app)
    app.before_request(_read_only_where_it_shows)
    app.after_request(_with_headers)


def _read_only_where_it_shows() -> None:
    if request.method in ("GET", "HEAD", "OPTIONS") and request.endpoint != "static":
        db.session.connection(execution_options={"reading": True})


def _with_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if request.endpoint != "static":
        response.headers.setdefault("Cache-Control", "no-store")
    return response

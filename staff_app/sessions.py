"""How long a session lasts: from the last thing a person did, not from what a page asks by itself."""

from flask import Flask, request
from flask.sessions import SecureCookieSessionInterface, SessionMixin

BY_ITSELF = "X-Background"
"""Sent by a page that refreshes itself."""


class Sessions(SecureCookieSessionInterface):
    def should_set_cookie(self, app: Flask, session: SessionMixin) -> bool:
        """Only what a person did counts the time anew."""
        if request.headers.get(BY_ITSELF):
            return session.modified
        return super().should_set_cookie(app, session)


def register(app: Flask) -> None:
    app.session_interface = Sessions()

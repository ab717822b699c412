"""The desk of a request: one session, one instant."""

from datetime import datetime
from typing import cast

from flask import current_app, g, request

from workflows import clock
from workflows.db import db
from workflows.desk import Desk
from workflows.house import House


def house() -> House:
    return cast(House, current_app.extensions["house"])


def at() -> datetime:
    """The instant of this request, the same from its beginning to its end."""
    if "at" not in g:
        g.at = clock.now()
    return cast(datetime, g.at)


def desk() -> Desk:
    if "desk" not in g:
        g.desk = house().desk(db.session())
        g.desk.source = request.remote_addr or ""
    return cast(Desk, g.desk)

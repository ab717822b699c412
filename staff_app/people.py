"""Who is signed in, and which role a page needs. Loading is permission."""

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, cast

import structlog
from flask import Blueprint, Flask, Response, abort, g, make_response, request
from flask_login import LoginManager, UserMixin, current_user
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import Forbidden

from staff_app.desks import at
from workflows import actors, clock
from workflows.actors import Actor
from workflows.db import db
from workflows.records import User
from workflows.states import Role

CASE_WORK = (Role.agent, Role.manager)
STOPPING = (Role.manager, Role.admin)
EVERYBODY = tuple(Role)
A_MINUTE = 60
"""Seconds of the world between two notes of when somebody was last here."""

log = structlog.get_logger()
manager = LoginManager()


class SignedIn(UserMixin):  # type: ignore[misc]
    """A member of staff in a session. The mark ends sessions that are older than the password."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        return f"{self.user.id}.{self.user.session_mark}"

    @property
    def is_active(self) -> bool:
        return self.user.is_active


class NotForYou(Forbidden):
    """Signed in, but of another role."""

    def __init__(self, roles: Iterable[Role]) -> None:
        super().__init__()
        self.roles = tuple(roles)


@manager.user_loader  # type: ignore[untyped-decorator]
def _load(key: str) -> SignedIn | None:
    """Nobody is looked up for the error page of a database that does not answer."""
    if g.get("is_broken", False):
        return None
    number, _, mark = key.partition(".")
    user = db.session.get(User, int(number)) if number.isdigit() else None
    if user is None or not user.is_active or user.session_mark != mark:
        return None
    return SignedIn(user)


def me() -> User:
    """Who is signed in."""
    return cast(User, current_user.user)


def is_here() -> bool:
    return bool(current_user.is_authenticated)


def actor() -> Actor:
    return actors.staff(me())


def need(roles: tuple[Role, ...]) -> None:
    """Ends the request for whoever is not signed in, or not in one of these roles."""
    if not is_here():
        abort(make_response(manager.unauthorized()))
    if Role(me().role) not in roles:
        raise NotForYou(roles)


View = Callable[..., Any]


def guarded(view: View, roles: Iterable[Role]) -> View:
    """The view for these roles only: asked before anything else."""
    allowed = tuple(roles)

    @wraps(view)
    def asked_first(*args: Any, **kwargs: Any) -> Any:
        need(allowed)
        return view(*args, **kwargs)

    return asked_first


def page(blueprint: Blueprint, rule: str, roles: Iterable[Role], view: View, **options: Any) -> None:
    """A route for these roles only; its name is the view's without the underscore."""
    options.setdefault("endpoint", view.__name__.removeprefix("_"))
    blueprint.add_url_rule(rule, view_func=guarded(view, roles), **options)


def _note_seen(response: Response) -> Response:
    """When somebody was last here, to the minute."""
    shown = request.method == "GET" and (request.endpoint or "").startswith("staff.")
    if shown and response.status_code < 500 and is_here():
        _write_seen(me())
    return response


def _write_seen(user: User) -> None:
    """In a transaction of its own. Where the database only reads, or somebody else writes, the page is
    shown all the same and at once: the next one notes it."""
    if user.last_seen_at is not None and at() - user.last_seen_at < clock.lasting(A_MINUTE):
        return
    free = select(User.id).where(User.id == user.id).with_for_update(skip_locked=True)
    seen = update(User).where(User.id.in_(free)).values(last_seen_at=at())
    try:
        with db.engine.execution_options(hurried=True).begin() as connection:
            connection.execute(seen)
    except SQLAlchemyError as wrong:
        log.warning("last_seen_not_written", user=user.id, why=type(wrong).__name__)


def register(app: Flask) -> None:
    manager.init_app(app)
    app.after_request(_note_seen)

"""My settings: colours, being away, the own password. And the list of users, for admins."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import login_user
from sqlalchemy import select
from werkzeug.wrappers import Response

from staff_app import people
from staff_app.desks import at, desk
from staff_app.people import EVERYBODY, SignedIn
from staff_app.receipts import back_to, receipt
from workflows import users
from workflows.errors import Line, Refused
from workflows.records import User
from workflows.states import Role

THEMES = ("system", "light", "dark")
Answer = str | Response | tuple[str, int]


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/me", EVERYBODY, _settings)
    people.page(blueprint, "/me/theme", EVERYBODY, _set_theme, methods=["POST"])
    people.page(blueprint, "/me/away", EVERYBODY, _set_away, methods=["POST"])
    people.page(blueprint, "/me/password", EVERYBODY, _set_password, methods=["POST"])
    people.page(blueprint, "/admin/users", (Role.admin,), _users)


def _settings(lines: tuple[Line, ...] = ()) -> str:
    return render_template("pages/staff_settings.html", lines=lines, themes=THEMES, shortest=users.SHORTEST)


def _set_theme() -> Response:
    theme = request.form.get("theme", "")
    if theme in THEMES:
        people.me().theme = theme
        desk().session.commit()
    return back_to(request.form.get("back"))


def _set_away() -> Response:
    """Letters for an owner who is away go to the managers."""
    people.me().is_away = request.form.get("away") == "yes"
    desk().session.commit()
    away = "You are away: what concerns your cases goes to the managers."
    receipt(away if people.me().is_away else "You are back.")
    return redirect(url_for("staff.settings"), 303)


def _set_password() -> Answer:
    old, new = request.form.get("old", ""), request.form.get("password", "")
    user = people.me()
    try:
        users.change_password(desk(), user, old, new, at=at(), by=people.actor())
    except Refused as refused:
        desk().session.rollback()
        return _settings(refused.lines), 422
    desk().session.commit()
    session.clear()
    session.permanent = True
    login_user(SignedIn(user))
    receipt("Your password is changed. Sessions on other devices have ended.")
    return redirect(url_for("staff.settings"), 303)


def _users() -> str:
    found = desk().session.scalars(select(User).order_by(User.is_active.desc(), User.name)).all()
    return render_template("pages/staff_users.html", users=found)

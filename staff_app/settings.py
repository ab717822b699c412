"""My settings: colours, being away, the own password."""

from flask import Blueprint, redirect, render_template, request, session, url_for
from flask_login import login_user
from werkzeug.wrappers import Response

from staff_app import people
from staff_app.desks import at, desk
from staff_app.people import EVERYBODY, SignedIn
from staff_app.receipts import back_to, receipt
from workflows import team, users
from workflows.errors import Line, Refused
from workflows.states import Role

THEMES = ("system", "light", "dark")
Answer = str | Response | tuple[str, int]


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/me", EVERYBODY, _settings)
    people.page(blueprint, "/me/theme", EVERYBODY, _set_theme, methods=["POST"])
    people.page(blueprint, "/me/work", EVERYBODY, _set_work, methods=["POST"])
    people.page(blueprint, "/me/stay", EVERYBODY, _stay, methods=["POST"])
    people.page(blueprint, "/me/away", EVERYBODY, _set_away, methods=["POST"])
    people.page(blueprint, "/me/digest", (Role.manager,), _set_digest, methods=["POST"])
    people.page(blueprint, "/me/password", EVERYBODY, _set_password, methods=["POST"])


def _settings(lines: tuple[Line, ...] = ()) -> str:
    return render_template("pages/staff_settings.html", lines=lines, themes=THEMES, shortest=users.SHORTEST)


def _set_theme() -> Response:
    theme = request.form.get("theme", "")
    if theme in THEMES:
        people.me().theme = theme
        desk().session.commit()
    return back_to(request.form.get("back"))


def _set_work() -> Response:
    """How close lists stand, and whether single keys do something."""
    people.me().is_compact = request.form.get("density") == "compact"
    people.me().has_keys = request.form.get("keys") == "yes"
    desk().session.commit()
    receipt("Saved.")
    return redirect(url_for("staff.settings"), 303)


def _stay() -> Response:
    """Somebody is here: the session goes on. It is counted from each answer that sends it anew."""
    session.modified = True
    return redirect(url_for("staff.settings"), 303)


def _set_away() -> Response:
    """Letters for an owner who is away go to the managers."""
    today = desk().calendar.local_date(at())
    first = today if request.form.get("away") == "yes" else None
    team.set_away(desk(), people.me(), by=people.actor(), at=at(), first=first, last=None)
    desk().session.commit()
    away = "You are away: what concerns your cases goes to the managers."
    receipt(away if people.me().is_away else "You are back.")
    return redirect(url_for("staff.settings"), 303)


def _set_digest() -> Response:
    people.me().wants_digest = request.form.get("digest") == "yes"
    desk().session.commit()
    on, off = "You get the digest in the morning.", "You get no digest any more."
    receipt(on if people.me().wants_digest else off)
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

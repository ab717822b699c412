"""Signing in and out, and a new password by letter. The only staff pages without a session."""

from flask import Blueprint, Flask, redirect, render_template, request, session, url_for
from flask_login import login_user, logout_user
from werkzeug.wrappers import Response

from staff_app import kept, people
from staff_app.desks import at, desk, house
from staff_app.limits import KNOCKS, limiter
from staff_app.people import SignedIn
from staff_app.receipts import local, receipt
from workflows import links, users
from workflows.errors import Line, Refused
from workflows.intake import ADDRESS
from workflows.letters import customer

doors = Blueprint("doors", __name__)
Answer = str | Response | tuple[str, int]


@doors.route("/sign-in", methods=["GET", "POST"])
@limiter.limit(KNOCKS, methods=["POST"])
def sign_in() -> Answer:
    if request.method == "GET":
        if people.is_here():
            return redirect(url_for("staff.home"), 303)
        return _sign_in_page(local(request.args.get("next")) or "")
    email, password = request.form.get("email", ""), request.form.get("password", "")
    try:
        user = users.check_password(desk(), email, password, at())
    except Refused as refused:
        desk().session.commit()
        return _sign_in_page(request.form.get("next", ""), refused.lines), 422
    desk().session.commit()
    _open_session(SignedIn(user))
    words = kept.read(request.form.get("kept", ""))
    if words is not None:
        return kept.page(words)
    return redirect(local(request.form.get("next")) or url_for("staff.home"), 303)


def _sign_in_page(onward: str, lines: tuple[Line, ...] = ()) -> str:
    said = {"email": request.form.get("email", ""), "kept": request.form.get("kept", "")}
    return render_template("pages/staff_sign_in.html", next=onward, lines=lines, **said)


def _open_session(who: SignedIn) -> None:
    """A session of its own: nothing of the one before is kept, its CSRF token neither."""
    session.clear()
    session.permanent = True
    login_user(who)


@doors.post("/sign-out")
def sign_out() -> Response:
    logout_user()
    session.clear()
    receipt("You are signed out.")
    return redirect(url_for("doors.sign_in"), 303)


@doors.route("/reset", methods=["GET", "POST"])
@limiter.limit("10 per minute; 30 per hour", methods=["POST"])
def forgot() -> Answer:
    """The same answer whether or not the address is known."""
    email = request.form.get("email", "").strip()
    if request.method == "GET":
        return _forgot_page("")
    if not ADDRESS.fullmatch(email):
        return _forgot_page(email, [Line("invalid", "Give your e-mail address.", "email")]), 422
    user = users.find(desk(), email)
    if user is not None and user.is_active:
        customer.password_reset(desk(), user, at())
    desk().session.commit()
    return _forgot_page(email, sent=True)


def _forgot_page(email: str, lines: list[Line] | None = None, *, sent: bool = False) -> str:
    said = {"email": email, "lines": lines or (), "sent": sent}
    minutes = house().settings.web.reset_link_minutes
    return render_template("pages/staff_forgot.html", minutes=minutes, **said)


@doors.route("/reset/<token>", methods=["GET", "POST"])
@limiter.limit(KNOCKS)
def reset(token: str) -> Answer:
    """A GET only shows: mail scanners open links before people do."""
    link = links.find(desk(), "reset", token, at())
    if link is None:
        return _reset_page(is_known=False), 404
    if request.method == "GET":
        return _reset_page()
    try:
        users.reset_password(desk(), link, request.form.get("password", ""), at=at())
    except Refused as refused:
        desk().session.rollback()
        return _reset_page(refused.lines), 422
    desk().session.commit()
    session.clear()
    receipt("Your password is changed. Sign in with it.")
    return redirect(url_for("doors.sign_in"), 303)


def _reset_page(lines: tuple[Line, ...] = (), *, is_known: bool = True) -> str:
    return render_template("pages/staff_reset.html", lines=lines, is_known=is_known, shortest=users.SHORTEST)


def register(app: Flask) -> None:
    app.register_blueprint(doors)

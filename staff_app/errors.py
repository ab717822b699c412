"""Error pages: what happened, whether anything was done, and what to do now. What was typed is kept."""

import secrets

import structlog
from flask import Flask, current_app, g, redirect, render_template, request, url_for
from flask.wrappers import Response as FlaskResponse
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import (
    HTTPException,
    MethodNotAllowed,
    NotFound,
    RequestEntityTooLarge,
    TooManyRequests,
)
from werkzeug.wrappers import Response

from staff_app import kept as kept_words
from staff_app import people
from staff_app.api.problems import problem
from staff_app.desks import house
from staff_app.kept import Kept
from staff_app.people import NotForYou
from staff_app.receipts import local
from staff_app.words import ROLES
from workflows import trouble
from workflows.db import db
from workflows.errors import Unreachable
from workflows.records import User
from workflows.states import Role

log = structlog.get_logger()
Answer = tuple[str, int]
PUBLIC = ("/r/", "/s/", "/h/", "/sign/")
"""Where customers are: their error pages look like the rest of theirs."""
API = ("/api/", "/health/")
MISDIRECTED = {
    400: ("We could not read that", "Nothing was done. Go back and send it once more."),
    405: ("This page does not take that", "Nothing was done. Go back and use the buttons of the page."),
}
"""Title and words by status, for what a page rarely meets."""
TOO_MUCH = (
    "That is too much at once",
    "Nothing was done. Go back: what you typed is still there. Send less.",
)


def shown(title: str, *paragraphs: str, status: int, **more: object) -> Answer:
    back = more.get("back") or local(request.form.get("back")) or url_for("staff.home")
    values = {"title": title, "paragraphs": paragraphs, "framed": _is_framed(), "back": back} | more
    return render_template("pages/staff_error.html", **values), status


def to_customers(title: str, *paragraphs: str, status: int, **more: object) -> Answer:
    """The same for customers, in the frame of their pages."""
    return render_template("pages/customer_trouble.html", title=title, paragraphs=paragraphs, **more), status


def _is_framed() -> bool:
    """Whether the rail can be drawn: for staff, and while the database answers."""
    return not g.get("is_broken", False) and bool(getattr(current_user, "is_authenticated", False))


def kept(title: str, *paragraphs: str, status: int, **more: object) -> Answer:
    """A page that keeps what was typed and offers to send it again."""
    sent = Kept(request.path, kept_words.typed())
    more = {"typed": sent.shown, "hidden": sent.fields, "resend": sent.path} | more
    return shown(title, *paragraphs, status=status, **more)


def _csrf(_wrong: CSRFError) -> Answer:
    if people.is_here():
        words = "This page had been open for too long, so nothing was done yet. Check it and send it again."
        return kept("Please send it once more", words, status=400)
    return session_over()


def session_over() -> Answer:
    """A form came without a session: it had ended meanwhile."""
    words = "Nothing was done. Sign in, and what you typed comes back."
    sign_in = url_for("doors.sign_in")
    if request.endpoint in ("doors.sign_in", "doors.forgot", "doors.reset", "doors.sign_out"):
        words = "This page had been open for too long. Go back and try once more."
        return shown("Please try once more", words, status=400, back=sign_in)
    token = kept_words.write()
    resend = "" if token else request.path
    return kept("Your session has ended", words, status=401, sign_in=sign_in, token=token, resend=resend)


def unauthorized() -> Response | Answer:
    if request.method == "GET":
        onward = request.full_path.rstrip("?")
        return redirect(url_for("doors.sign_in", next=None if onward == "/" else onward), 303)
    return session_over()


def _forbidden(wrong: HTTPException) -> Answer:
    if isinstance(wrong, NotForYou):
        roles = " or ".join(ROLES[role].lower() for role in wrong.roles)
        mine = ROLES[Role(people.me().role)].lower()
        words = f"This needs the role {roles}. Yours is {mine}. {_who_gives_roles()} can give it, as admin."
        return shown("Not for your role", words, status=403)
    return shown("Not allowed", "This may not be done by you.", status=403)


def _who_gives_roles() -> str:
    admins = select(User.name).where(User.role == Role.admin, User.is_active).order_by(User.name).limit(3)
    names = list(db.session.scalars(admins))
    return f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else (names or ["An admin"])[0]


def _not_found(_wrong: NotFound) -> Answer:
    if request.path.startswith(PUBLIC):
        words = "There is no such page. The address may be incomplete: open it from our letter once more."
        return to_customers("Not found", words, status=404)
    words = "There is no such page or case. It may have been typed wrong."
    return shown("Not found", words, status=404, search=True)


def _too_many(_wrong: TooManyRequests) -> Answer:
    return shown("Too many tries", "Nothing was done. Wait a minute, then try again.", status=429)


def _too_large(_wrong: RequestEntityTooLarge) -> Answer:
    """The form itself cannot be read: nothing here may look into it."""
    if request.path.startswith(PUBLIC):
        return to_customers(*TOO_MUCH, status=413)
    if request.mimetype != "multipart/form-data":
        return shown(*TOO_MUCH, status=413, back=request.path)
    limit = house().settings.files.largest_mb
    words = f"A file may have at most {limit} MB. Nothing was kept; go back and choose a smaller one."
    return shown("The file is too large", words, status=413, back=request.path)


def _other(wrong: HTTPException) -> Answer | Response:
    if wrong.code is None or wrong.code < 400:
        return Response.force_type(wrong.get_response())
    title, words = MISDIRECTED.get(wrong.code, (wrong.name, wrong.description or ""))
    show = to_customers if request.path.startswith(PUBLIC) else shown
    page, status = show(title, words, status=wrong.code)
    answer = Response(page, status, content_type="text/html; charset=utf-8")
    if isinstance(wrong, MethodNotAllowed) and wrong.valid_methods:
        answer.headers["Allow"] = ", ".join(wrong.valid_methods)
    return answer


def _away(wrong: Unreachable) -> Answer:
    """The platform or a carrier does not answer, where no page has words of its own for it."""
    db.session.rollback()
    log.warning("unreachable", path=request.path, why=str(wrong))
    words = "The phone platform does not answer, so nothing was done. Try again in a few minutes."
    return shown("We cannot do this now", words, status=503)


def bug(wrong: Exception) -> Answer | FlaskResponse:
    """A bug of ours. The transaction is undone; the reference stands in the log."""
    if current_app.testing:
        raise wrong
    reference = secrets.token_hex(4).upper()
    g.is_broken = True
    db.session.rollback()
    log.error("page_failed", reference=reference, path=request.path, method=request.method, exc_info=wrong)
    done = "Nothing was changed." if request.method == "GET" else "What you sent was not done."
    if request.path.startswith(API):
        return problem("broken", f"{done} If it stays so, name the reference {reference}.")
    words = f"Something went wrong on our side. {done} Try again; if it stays so, name the reference."
    if request.path.startswith(PUBLIC):
        return to_customers("We could not do this", words, status=500, reference=reference)
    return shown("We could not do this", words, status=500, reference=reference)


def _database(wrong: SQLAlchemyError) -> Answer | FlaskResponse:
    """The database itself fails: it keeps all or nothing of what was sent, and what was typed stays."""
    why = trouble.of(wrong)
    if not why:
        return bug(wrong)
    g.is_broken = True
    db.session.rollback()
    tell(wrong, why)
    words = f"{why} Whoever runs Lastcall has to mend it; the log says more."
    if request.method != "POST":
        return shown("This cannot be shown now", f"{words} Nothing was changed.", status=503)
    done = "Nothing of what you sent was written down. It is kept on this page: send it again later."
    return kept("This cannot be written down now", words, done, status=503)


def tell(wrong: SQLAlchemyError, why: str) -> None:
    """The line of the log for a database that fails."""
    said = str(wrong).splitlines()[0]
    log.error("database_trouble", why=why, words=said, path=request.path, method=request.method)


def register(app: Flask) -> None:
    people.manager.unauthorized_handler(unauthorized)
    app.register_error_handler(CSRFError, _csrf)
    app.register_error_handler(403, _forbidden)
    app.register_error_handler(404, _not_found)
    app.register_error_handler(413, _too_large)
    app.register_error_handler(429, _too_many)
    app.register_error_handler(HTTPException, _other)
    app.register_error_handler(SQLAlchemyError, _database)
    app.register_error_handler(Unreachable, _away)
    app.register_error_handler(Exception, bug)

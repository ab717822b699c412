"""The blueprint of the public pages: what all of them know, and their error pages."""

from typing import Any

from flask import Blueprint, Response, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import TooManyRequests

from staff_app import errors, kept
from staff_app.customers import who
from staff_app.customers.wording import Words, phone_link
from staff_app.desks import at, desk, house
from staff_app.kept import Kept
from workflows import trouble as database_trouble
from workflows.db import db
from workflows.errors import Line, Overtaken, Refused, Unreachable

customers = Blueprint("customers", __name__)
OWN_WORDS = ("category", "reason", "wish", "address", "reference")
"""Inputs whose words are shown when a form could not be taken; the others travel unseen."""
CHANGED = "This has changed in the meantime, so nothing was done. Look at how it stands now, or call us."


@customers.app_template_global("public")
def public() -> dict[str, Any]:
    """What the frame of every public page says."""
    provider = house().settings.provider
    return {"provider": provider, "call": phone_link(provider.phone), "customer": who.current()}


@customers.context_processor
def _for_templates() -> dict[str, Any]:
    return {"words": Words.of(desk(), at())}


def for_customers(refused: Refused) -> list[Line]:
    """The reasons without what is the staff's business, each once."""
    lines = [Line(x.code, CHANGED) if x.code == "out_of_date" else x for x in refused.lines]
    return list(dict.fromkeys(lines))


trouble = errors.to_customers


def no_longer() -> tuple[str, int]:
    """The same for a forged, a used and an old link."""
    return render_template("pages/customer_gone.html"), 404


@customers.errorhandler(CSRFError)
def _too_long_open(_wrong: CSRFError) -> tuple[str, int]:
    words = "This page was open for too long, so nothing was sent. What you typed is kept: send it once more."
    sent = Kept(request.path, kept.typed())
    shown = [(name, value) for name, value in sent.shown if name in OWN_WORDS and value]
    more = {"typed": shown, "hidden": sent.fields, "resend": sent.path}
    return trouble("Please send it once more", words, status=400, **more)


@customers.errorhandler(TooManyRequests)
def _too_many(_wrong: TooManyRequests) -> tuple[str, int]:
    return trouble("Too many tries", "Wait a few minutes, then try again. Or call us.", status=429)


@customers.errorhandler(Unreachable)
def _away(_wrong: Unreachable) -> tuple[str, int]:
    db.session.rollback()
    words = (
        "We cannot read your account just now, so nothing was done. Try again in a few minutes, or call us."
    )
    return trouble("We cannot do this now", words, status=503)


@customers.errorhandler(SQLAlchemyError)
def _without_database(wrong: SQLAlchemyError) -> tuple[str, int] | Response:
    """Customers need not know why; whoever runs Lastcall reads it in the log."""
    why = database_trouble.of(wrong)
    if not why:
        return errors.bug(wrong)
    db.session.rollback()
    errors.tell(wrong, why)
    words = "Nothing was changed, and nothing that you sent was kept. Try again in a few minutes, or call us."
    return trouble("We cannot do this now", words, status=503)


@customers.errorhandler(Refused)
def _refused(wrong: Refused) -> tuple[str, int]:
    if isinstance(wrong, Overtaken):
        db.session.rollback()
    return trouble("This was not done", *(line.words for line in for_customers(wrong)), status=409)


@customers.after_request
def _keep_private(response: Any) -> Any:
    """Tokens stand in the addresses of these pages: nothing of them is kept or passed on."""
    if request.endpoint != "static":
        response.headers["Cache-Control"] = "no-store"
    return response

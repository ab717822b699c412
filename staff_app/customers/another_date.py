"""Asking for another last day on the status page: a wish that staff answer. Only a signature sets a date."""

from datetime import date, datetime

from flask import redirect, render_template, request, url_for

from staff_app.customers import dates
from staff_app.customers.dates import Typed
from staff_app.customers.pages import customers, no_longer
from staff_app.customers.signature import OFTEN, of_this_form
from staff_app.customers.status import actor, case_of, seen
from staff_app.customers.transaction import transaction
from staff_app.customers.who import Page
from staff_app.desks import at
from staff_app.limits import limiter
from workflows import acting, talking
from workflows.actors import Actor
from workflows.errors import Line, Refused
from workflows.records import Cancellation, Case


@customers.get("/s/<token>/date")
def another_date(token: str) -> Page:
    case = case_of(token)
    return no_longer() if case is None else _page(case, token, Typed())


@customers.post("/s/<token>/date")
@limiter.limit(OFTEN)
def asked_for_date(token: str) -> Page:
    case = case_of(token)
    if case is None:
        return no_longer()
    on = dates.typed(request.form, "wanted")
    wanted, lines = _read(on)
    parts = [part for part in case.cancellations if str(part.id) in request.form.getlist("parts")]
    if not parts:
        lines = [Line("invalid", "Choose for what you want another date.", "parts"), *lines]
    if wanted is None or lines:
        return _page(case, token, on, lines), 422
    try:
        _ask(parts, wanted, actor(case), at())
    except Refused as wrong:
        status = 409 if "out_of_date" in wrong.codes else 422
        return _page(case, token, on, of_this_form(wrong)), status
    return redirect(url_for("customers.status", token=token, done="date"), 303)


def _read(on: Typed) -> tuple[date | None, list[Line]]:
    if on.is_empty:
        return None, [Line("invalid", "Say on which day service should end.", "wanted")]
    return dates.read(on, "wanted")


def _ask(parts: list[Cancellation], wanted: date, by: Actor, at: datetime) -> None:
    with transaction() as made:

        def act(part: Cancellation) -> None:
            talking.ask_for_date(made, part, by=by, at=at, wanted=wanted)

        acting.over(made, "date_asked", parts, act, by=by, at=at)


def _page(case: Case, token: str, on: Typed, lines: list[Line] | None = None) -> str:
    asked = request.form.getlist("parts") or request.args.getlist("part")
    values = {**seen(case, token), "asked": asked, "on": on, "lines": lines or []}
    return render_template("pages/customer_date.html", **values)

"""The page of a request behind the link in its letters. It only shows; keeping the service takes a button."""

from datetime import datetime

from flask import redirect, render_template, request, url_for

from staff_app.customers import standing, who
from staff_app.customers.pages import customers, for_customers, no_longer
from staff_app.customers.standing import Part
from staff_app.customers.transaction import transaction
from staff_app.customers.who import Page
from staff_app.desks import at, desk, house
from workflows import acting, actors, links, review
from workflows.actors import Actor
from workflows.errors import Line, Refused
from workflows.records import Cancellation, Case


@customers.get("/s/<token>")
def status(token: str) -> Page:
    case = case_of(token)
    if case is None:
        return no_longer()
    return render_template("pages/customer_status.html", **seen(case, token), done=request.args.get("done"))


@customers.get("/s/<token>/keep")
def keep(token: str) -> Page:
    case = case_of(token)
    return no_longer() if case is None else _keep_page(case, token)


@customers.post("/s/<token>/keep")
def kept(token: str) -> Page:
    case = case_of(token)
    if case is None:
        return no_longer()
    chosen = set(request.form.getlist("parts"))
    parts = [part for part in case.cancellations if str(part.id) in chosen]
    if not parts:
        return _keep_page(case, token, [Line("invalid", "Choose what you want to keep.", "parts")]), 422
    try:
        _withdraw(parts, actor(case), at())
    except Refused as wrong:
        return _keep_page(case, token, for_customers(wrong)), 409
    return redirect(url_for("customers.status", token=token, done="kept"), 303)


def _withdraw(parts: list[Cancellation], by: Actor, at: datetime) -> None:
    with transaction() as made:

        def act(part: Cancellation) -> None:
            review.withdraw(made, part, by=by, at=at)

        acting.over(made, "withdraw", parts, act, by=by, at=at)


def _keep_page(case: Case, token: str, lines: list[Line] | None = None) -> str:
    asked = request.form.getlist("parts") or request.args.getlist("part")
    return render_template("pages/customer_keep.html", **seen(case, token), asked=asked, lines=lines or [])


def case_of(token: str) -> Case | None:
    return links.read_status_token(desk(), token, house().secrets.secret_key, at())


def seen(case: Case, token: str) -> dict[str, object]:
    """What the pages of one request show. Prices only to whom the store handed over."""
    parts: list[Part] = standing.shown(desk(), case, at(), with_price=who.sees_prices(case.account))
    return {
        "case": case,
        "token": token,
        "parts": parts,
        "works_until": links.status_link_ends(token, house().secrets.secret_key),
        "present": at(),
    }


def actor(case: Case) -> Actor:
    """The customer; by address only where the store vouches for it: the link itself goes to several."""
    customer = who.current()
    theirs = customer is not None and customer.account == case.account.ref
    return actors.customer(customer.email if customer and theirs else "")

"""A cancellation request in three steps, each at its own address. Nothing ends by sending it."""

from typing import Any

from flask import redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from staff_app.customers import answers, draft, places, standing, who
from staff_app.customers.answers import Choice
from staff_app.customers.draft import Draft
from staff_app.customers.pages import customers, for_customers
from staff_app.customers.transaction import transaction
from staff_app.customers.who import Customer, Page, needs_customer
from staff_app.desks import at, desk, house
from workflows import actors, intake, links
from workflows.errors import Line, Refused
from workflows.intake import NewRequest
from workflows.records import Account, Case, Request
from workflows.reports import searching

TOO_MUCH = "This is too much for one request. Use fewer words, or choose fewer locations at once."


@customers.get("/r/")
def begin() -> Page:
    return redirect(url_for("customers.choose"), 303)


@customers.get("/r/choose")
@needs_customer
def choose(customer: Customer, account: Account) -> Page:
    return _choose_page(account, Choice.of_draft(draft.of(customer)))


@customers.post("/r/choose")
@needs_customer
def chosen(customer: Customer, account: Account) -> Page:
    choice = Choice.of_form(request.form)
    lines = answers.mistakes(desk(), choice, places.to_choose(desk(), account), at())
    if lines:
        return _choose_page(account, choice, lines), 422
    kept = choice.onto(draft.of(customer) or draft.begun(customer))
    if not kept.fits:
        return _choose_page(account, choice, [Line("invalid", TOO_MUCH, "reason")]), 422
    return draft.keep(redirect(url_for("customers.switch"), 303), kept)


@customers.get("/r/switch")
@needs_customer
def switch(customer: Customer, account: Account) -> Page:
    kept = draft.of(customer)
    if kept is None or not kept.locations:
        return redirect(url_for("customers.choose"), 303)
    return _switch_page(account, kept)


@customers.post("/r/switch")
@needs_customer
def switched(customer: Customer, account: Account) -> Page:
    kept = draft.of(customer)
    if kept is None:
        return redirect(url_for("customers.choose"), 303)
    on = [ref for ref in kept.locations if ref in request.form.getlist("switches")]
    kept = draft.switched(kept, on)
    if not on:
        words = "Switch on at least one location, or keep everything on."
        return _switch_page(account, kept, [Line("invalid", words, "switches")]), 422
    return draft.keep(redirect(url_for("customers.check"), 303), kept)


@customers.get("/r/check")
@needs_customer
def check(customer: Customer, account: Account) -> Page:
    kept = draft.of(customer)
    if kept is None or not kept.switches:
        return redirect(url_for("customers.choose" if kept is None else "customers.switch"), 303)
    return _check_page(account, kept)


@customers.post("/r/check")
@needs_customer
def send(customer: Customer, account: Account) -> Page:
    """Sends it. The same form sent twice makes one case, also where its answers are forgotten already."""
    if (case := _sent_before(account, request.form.get("key", ""))) is not None:
        return draft.forget(_to_done(case))
    kept = draft.of(customer)
    if kept is None or not kept.switches or kept.key != request.form.get("key"):
        return redirect(url_for("customers.check"), 303)
    lines = answers.confirmation_mistakes(request.form, answers.phrase(len(kept.switches)))
    if lines:
        return _check_page(account, kept, lines), 422
    try:
        return draft.forget(_to_done(_submitted(customer, kept)))
    except Refused as wrong:
        return _check_page(account, kept, for_customers(wrong)), 422


@customers.get("/r/done/<reference>")
@needs_customer
def done(_customer: Customer, account: Account, reference: str) -> Page:
    case_id = searching.reference(reference[:20])
    found = select(Case).where(Case.id == case_id, Case.account_id == account.id)
    case = desk().session.scalar(found)
    if case is None:
        return redirect(url_for("customers.choose"), 303)
    contact_by = standing.contact_by(desk(), case)
    values = {"case": case, "contact_by": contact_by, "link": _status_link(case)}
    return render_template("pages/customer_done.html", **values)


def _choose_page(account: Account, choice: Choice, lines: list[Line] | None = None) -> str:
    made, prices = desk(), who.sees_prices(account)
    asked = [
        {"name": part.location.name, "reference": part.case.reference, "link": _status_link(part.case)}
        for part in places.asked_already(made, account)
    ]
    values = {
        "places": [places.shown(made, each, with_price=prices) for each in places.to_choose(made, account)],
        "asked": asked,
        "reasons": [(each, each) for each in made.settings.request.reasons],
        "choice": choice,
        "lines": lines or [],
        "longest": answers.LONGEST,
    }
    return render_template("pages/customer_choose.html", account=account, **values)


def _switch_page(account: Account, kept: Draft, lines: list[Line] | None = None) -> str:
    return render_template("pages/customer_switch.html", **_summary(account, kept.locations, kept, lines))


def _check_page(account: Account, kept: Draft, lines: list[Line] | None = None) -> str:
    made = desk()
    contact_by = made.calendar.due(at(), made.settings.sla.first_contact_days, made.settings.sla.reading)
    values = _summary(account, kept.switches, kept, lines)
    phrase = answers.phrase(len(kept.switches))
    typed = request.form
    return render_template(
        "pages/customer_check.html", phrase=phrase, contact_by=contact_by, typed=typed, **values
    )


def _summary(
    account: Account, refs: tuple[str, ...], kept: Draft, lines: list[Line] | None
) -> dict[str, Any]:
    prices = who.sees_prices(account)
    meant = [each for each in places.open_ones(account) if each.ref in refs]
    return {
        "account": account,
        "places": [
            places.shown(desk(), each, with_price=prices, last_day=kept.requested_for) for each in meant
        ],
        "draft": kept,
        "days": desk().settings.sla.first_contact_days,
        "lines": lines or [],
    }


def _submitted(customer: Customer, kept: Draft) -> Case:
    try:
        return _submit(customer, kept)
    except IntegrityError:  # sent twice at once: the other one's case is there to be found now
        return _submit(customer, kept)


def _submit(customer: Customer, kept: Draft) -> Case:
    asked = NewRequest(
        account=kept.account,
        locations=kept.switches,
        switches=kept.switches,
        requested_for=kept.requested_for,
        reason=kept.reason,
        category=kept.category,
        wish=kept.wish,
        by=customer.email,
        confirmed=True,
    )
    with transaction() as made:
        by = actors.customer(customer.email)
        return intake.submit(made, asked, at=at(), by=by, key=_key(kept.key), came_by="form")


def _key(key: str) -> str:
    return f"form:{key}"


def _sent_before(account: Account, key: str) -> Case | None:
    known = select(Case).join(Request, Request.case_id == Case.id).where(Request.key == _key(key))
    return desk().session.scalar(known.where(Case.account_id == account.id))


def _to_done(case: Case) -> Any:
    return redirect(url_for("customers.done", reference=case.reference), 303)


def _status_link(case: Case) -> str:
    token = links.status_token(desk(), case, house().secrets.secret_key, at())
    return url_for("customers.status", token=token)

"""A new link for who has lost theirs. The answer is the same whether or not we know the address."""

from flask import redirect, render_template, request, url_for
from sqlalchemy import func, or_, select

from staff_app.customers.pages import customers
from staff_app.customers.signature import OFTEN, has_enough, looks_like_one
from staff_app.customers.transaction import transaction
from staff_app.customers.who import Page
from staff_app.desks import at
from staff_app.limits import limiter
from workflows.desk import Desk
from workflows.errors import Line
from workflows.letters import customer as letters
from workflows.records import Account, Case
from workflows.reports import searching

MOST = 5
"""Requests of one address for which links are sent at once."""


@customers.get("/s/new")
def new_link() -> Page:
    return render_template("pages/customer_new_link.html", sent="sent" in request.args)


@customers.post("/s/new")
@limiter.limit(OFTEN)
def send_new_link() -> Page:
    address = request.form.get("address", "").strip()
    reference = request.form.get("reference", "").strip()
    if not looks_like_one(address):
        lines = [Line("invalid", "Give an e-mail address, such as name@company.example.", "address")]
        values = {"lines": lines, "address": address, "reference": reference}
        return render_template("pages/customer_new_link.html", **values), 422
    with transaction() as made:
        for case in _cases(made, address, reference):
            if not has_enough(made, case, "new_link"):
                letters.new_link(made, case, address, at())
    return redirect(url_for("customers.new_link", sent=1), 303)


def _cases(desk: Desk, address: str, reference: str) -> list[Case]:
    """The requests that this address asked for or is told of: the open ones, else the newest."""
    theirs = or_(
        func.lower(Case.requester) == address.lower(),
        func.lower(Account.address_of_record) == address.lower(),
    )
    found = select(Case).join(Account, Account.id == Case.account_id).where(theirs).order_by(Case.id.desc())
    if reference:
        case_id = searching.reference(reference[:20])
        return list(desk.session.scalars(found.where(Case.id == case_id)))
    open_ones = list(desk.session.scalars(found.where(Case.closed_at.is_(None)).limit(MOST)))
    return open_ones or list(desk.session.scalars(found.limit(1)))

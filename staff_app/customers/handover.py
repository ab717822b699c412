"""The store hands a customer over. Mail scanners open links, so only the button signs in."""

from datetime import datetime, timedelta

from flask import redirect, render_template, url_for
from werkzeug.wrappers import Response

from staff_app.customers import draft, who
from staff_app.customers.pages import customers, trouble
from staff_app.customers.transaction import transaction
from staff_app.customers.who import Customer, Page
from staff_app.desks import at, desk, house
from workflows import books, links, porting
from workflows.adapters.platform import AccountBook, OrderBook, Purpose
from workflows.desk import Desk
from workflows.errors import Unreachable
from workflows.links import Handover
from workflows.records import Account


@customers.get("/h/<token>")
def arrive(token: str) -> Page:
    handed = _read(token)
    if handed is None:
        return _too_old()
    return render_template("pages/customer_handover.html", handed=handed)


@customers.post("/h/<token>")
def sign_in(token: str) -> Page:
    handed = _read(token)
    if handed is None:
        return _too_old()
    account = _read_account(handed.account)
    if account is None:
        words = (
            "We do not know the account that you came from. Please call us: we take your request by phone."
        )
        return trouble("We do not know this account", words, status=404)
    who.sign_in(_known(account, handed.email.strip()))
    return redirect(url_for("customers.choose"), 303)


def _known(account: Account, email: str) -> Customer:
    person = account.person(email)
    return Customer(account.ref, email, person.name if person else "")


@customers.post("/h/leave")
def leave() -> Response:
    who.leave()
    return draft.forget(redirect(url_for("customers.left"), 303))


@customers.get("/h/left")
def left() -> Page:
    return render_template("pages/customer_left.html")


def _read(token: str) -> Handover | None:
    minutes = timedelta(minutes=house().settings.web.handover_link_minutes)
    return links.read_handover(token, house().secrets.handover_secret, at(), minutes)


def _too_old() -> tuple[str, int]:
    words = (
        "For your safety it works only for a short time. Sign in to your account again and start from there."
    )
    return trouble("This link no longer works", words, status=404)


def _read_account(ref: str) -> Account | None:
    """Reads the account and its number transfers; what was read last stands in while nothing answers."""
    made = desk()
    made.session.rollback()
    try:
        book, orders = made.platform.account(ref, Purpose.books), made.carrier.orders(ref)
    except Unreachable:
        known = books.account(made, ref)
        if known is None:
            raise
        return known
    return None if book is None else _follow(made, book, orders, at())


def _follow(desk: Desk, book: AccountBook, orders: list[OrderBook], at: datetime) -> Account:
    with transaction():
        account = books.follow(desk, book, at)
        for order in orders:
            porting.apply(desk, order, at)
    return account

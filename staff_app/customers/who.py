"""Who the customer is: handed over by the store, for a day, apart from the staff's sign-in."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import timedelta
from functools import wraps

from flask import render_template, session
from werkzeug.wrappers import Response

from staff_app.desks import at, desk
from workflows import books
from workflows.records import Account

KEY = "customer"
LASTS = timedelta(hours=24)
Page = str | Response | tuple[str, int]


@dataclass(frozen=True)
class Customer:
    account: str
    email: str
    name: str = ""
    """As the account had it when they came."""

    @property
    def called(self) -> str:
        return self.name or self.email


def sign_in(customer: Customer) -> None:
    until = int((at() + LASTS).timestamp())
    session[KEY] = {**asdict(customer), "until": until}


def leave() -> None:
    session.pop(KEY, None)


def current() -> Customer | None:
    known = session.get(KEY)
    if not known or at().timestamp() > known["until"]:
        return None
    return Customer(known["account"], known["email"], known.get("name", ""))


def sees_prices(account: Account) -> bool:
    """Prices are for the owner and authorised contacts who came from the store; a link alone shows none."""
    customer = current()
    return (
        customer is not None
        and customer.account == account.ref
        and account.person(customer.email) is not None
    )


def needs_customer(page: Callable[..., Page]) -> Callable[..., Page]:
    """For pages of a signed-in customer, who is handed to them with the account as last read."""

    @wraps(page)
    def checked(**address: str) -> Page:
        customer = current()
        account = books.account(desk(), customer.account) if customer else None
        if customer is None or account is None:
            return render_template("pages/customer_start.html"), 403
        return page(customer, account, **address)

    return checked

"""The page of a customer: contacts, locations, cases and letters. Read only: the platform keeps accounts."""

from flask import Blueprint, abort, render_template, request

from staff_app import people
from staff_app.desks import desk
from staff_app.people import CASE_WORK
from workflows.reports import account_page


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/accounts/<path:ref>", CASE_WORK, _account)


def _account(ref: str) -> str:
    before_case = request.args.get("cases", type=int)
    before_letter = request.args.get("letters", type=int)
    page = account_page.read(desk(), ref, before_case, before_letter)
    if page is None:
        abort(404)
    return render_template(
        "pages/staff_account.html",
        page=page,
        account=page.account,
        is_later=before_case is not None,
        letters_are_later=before_letter is not None,
    )

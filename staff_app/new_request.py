"""A request that reached staff by phone or e-mail: the same checks as the customer's own form."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from staff_app import kept, people
from staff_app.desks import at, desk, house
from staff_app.frame import say
from staff_app.people import CASE_WORK
from staff_app.receipts import receipt
from staff_app.words import AUTHENTICATIONS, CHANNELS
from workflows import books, intake, talking
from workflows.errors import Line, Refused, Unreachable
from workflows.intake import NewRequest
from workflows.letters.wording import count
from workflows.orders import open_cancellation
from workflows.records import Account, Case
from workflows.states import AskedAs, Authentication, Channel, Outcome

Answer = str | Response | tuple[str, int]
WHAT = ("account", "locations", "requested_for", "reason", "category")
FIELDS = (*WHAT, "by", "role", "authority", "channel", "authenticated", "confirmed")
ASKED_BY = (Channel.phone, Channel.email)


@dataclass(frozen=True)
class Choice:
    """One location of the account, and whether something speaks against it."""

    ref: str
    name: str
    facts: str
    open_case: str


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/requests/new", CASE_WORK, _new_request, methods=["GET", "POST"])


def _new_request() -> Answer:
    ref = (request.form if request.method == "POST" else request.args).get("account", "").strip()
    account = _account(ref)
    if request.method == "GET":
        unknown = Line("invalid", f"We know no account {ref}.", "account")
        return _page(account, ref, [unknown] if ref and account is None else [])
    if kept.is_wanted_back():
        return _page(account, ref, [])
    if account is None:
        return _page(None, ref, [Line("invalid", "Choose the account first.", "account")]), 422
    return _submit(account)


def _account(ref: str) -> Account | None:
    """The account by its number or name: as read now, else as last read."""
    if not ref:
        return None
    same_name = select(Account.ref).where(func.lower(Account.name) == ref.lower()).limit(1)
    known = desk().session.scalar(same_name) or ref
    stored = books.account(desk(), known)
    if request.method == "GET" and stored is not None:
        return stored
    desk().session.commit()
    try:
        stored = books.read(desk(), known, at())
    except Unreachable:
        return stored
    desk().session.commit()
    return stored


def _submit(account: Account) -> Answer:
    lines = _missing()
    if lines:
        desk().session.commit()
        return _page(account, account.ref, lines), 422
    try:
        case = intake.submit(desk(), _wanted(account), at=at(), by=people.actor(), came_by="staff")
        _log(case)
    except Refused as refused:
        desk().session.rollback()
        return _page(_account(account.ref), account.ref, list(refused.lines)), 422
    desk().session.commit()
    receipt(f"{case.reference} is open. The customer gets an e-mail that we have the request.")
    return redirect(url_for("staff.case", reference=case.reference), 303)


def _day() -> date | None:
    try:
        return date.fromisoformat(request.form.get("requested_for", ""))
    except ValueError:
        return None


def _missing() -> list[Line]:
    """What the staff's form asks beyond the checks of every request."""
    form, known = request.form, set(Authentication)
    checks = (
        (_day() is None, "Give the date on which service should end.", "requested_for"),
        (form.get("channel") not in ASKED_BY, "Say how the request came.", "channel"),
        (form.get("authenticated") not in known, "Say how they were authenticated.", "authenticated"),
    )
    return [Line("invalid", words, name) for wrong, words, name in checks if wrong]


def _wanted(account: Account) -> NewRequest:
    form, day = request.form, _day()
    assert day is not None
    return NewRequest(
        account=account.ref,
        locations=tuple(form.getlist("locations")),
        requested_for=day,
        reason=form.get("reason", "").strip(),
        by=(form.get("other", "").strip() or form.get("by", "")),
        switches=tuple(form.getlist("locations")),
        confirmed=form.get("confirmed") == "yes",
        category=form.get("category") or None,
        wish=form.get("wish", "").strip(),
        role=AskedAs.new_provider if form.get("role") == "yes" else AskedAs.customer,
        authority=form.get("authority", "").strip(),
    )


def _log(case: Case) -> None:
    """Who asked and how they were authenticated; with `reached` it counts as contact."""
    form = request.form
    if form.get("reached") != "yes":
        words = f"Came by {CHANNELS[Channel(form['channel'])].lower()}; nobody was spoken to."
        talking.add_note(desk(), case, by=people.actor(), at=at(), text=words)
        return
    talking.log_contact(
        desk(),
        case,
        by=people.actor(),
        at=at(),
        channel=Channel(form["channel"]),
        outcome=Outcome.reached,
        authenticated=Authentication(form["authenticated"]),
        person=case.requester,
        words="The request itself.",
    )


def _page(account: Account | None, ref: str, lines: list[Line]) -> str:
    return render_template(
        "pages/staff_new_request.html",
        account=account,
        ref=ref,
        lines=lines,
        matches=_matches(ref) if ref and account is None else (),
        inputs=FIELDS,
        form=request.form,
        chosen=request.form.getlist("locations"),
        choices=_choices(account) if account else [],
        asking=_people(account) if account else [],
        reasons=[("", "–"), *((each, each) for each in house().settings.request.reasons)],
        channels=[(str(each), CHANNELS[each]) for each in ASKED_BY],
        authentications=[(str(each), words) for each, words in AUTHENTICATIONS.items()],
    )


def _matches(text: str) -> Sequence[Account]:
    """Accounts that may have been meant."""
    named = func.lower(Account.name).contains(text.lower(), autoescape=True)
    return desk().session.scalars(select(Account).where(named).order_by(Account.name).limit(10)).all()


def _choices(account: Account) -> list[Choice]:
    found = []
    for place in account.locations:
        if place.ended_at is not None:
            continue
        held = sum(number.held for number in place.numbers)
        part = open_cancellation(desk(), place)
        facts = f"{count(held, 'number', 'numbers')} · {say().money(place.monthly_price)} a month"
        found.append(Choice(place.ref, place.name, facts, part.case.reference if part else ""))
    return found


def _people(account: Account) -> list[tuple[str, str]]:
    roles = {"owner": "owner"}
    named = [
        (each.email, f"{each.name or each.email}, {roles.get(each.role, 'authorised contact')}")
        for each in account.people
    ]
    return [*named, ("", "Somebody else")]

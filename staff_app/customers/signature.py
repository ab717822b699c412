"""Signing: a person names their address, and a link of their own goes to that address alone."""

from datetime import date, datetime, timedelta

from flask import redirect, render_template, request, url_for
from sqlalchemy import func, select

from staff_app.customers import dates, standing
from staff_app.customers.dates import Typed
from staff_app.customers.pages import customers, for_customers, no_longer
from staff_app.customers.status import case_of, seen
from staff_app.customers.transaction import transaction
from staff_app.customers.who import Page
from staff_app.desks import at, desk
from staff_app.limits import limiter
from workflows import acting, actors, intake, links, talking
from workflows.desk import Desk
from workflows.errors import Line, Overtaken, Refused
from workflows.letters import customer as letters
from workflows.records import Cancellation, Case, Letter, Link
from workflows.states import State

OFTEN = "10 per minute; 40 per hour"
MOST_AN_HOUR = 10
"""Links that one case may send in an hour, whoever asks: nobody's mailbox is filled."""
SIGNABLE = (State.requested, State.deferred, State.scheduled)
NEW_DATE = (State.requested, State.deferred)


@customers.get("/s/<token>/sign")
def ask_to_sign(token: str) -> Page:
    case = case_of(token)
    if case is None:
        return no_longer()
    return render_template(
        "pages/customer_ask_to_sign.html", **seen(case, token), sent="sent" in request.args
    )


@customers.post("/s/<token>/sign")
@limiter.limit(OFTEN)
def send_sign_link(token: str) -> Page:
    """The same answer for every address."""
    case = case_of(token)
    if case is None:
        return no_longer()
    address = request.form.get("address", "").strip()
    if not looks_like_one(address):
        lines = [Line("invalid", "Give an e-mail address, such as name@company.example.", "address")]
        values = {**seen(case, token), "lines": lines, "address": address}
        return render_template("pages/customer_ask_to_sign.html", **values), 422
    with transaction() as made:
        if any(part.state in NEW_DATE for part in case.cancellations) and not has_enough(
            made, case, "sign_link"
        ):
            letters.sign_link(made, case, address, at())
    return redirect(url_for("customers.ask_to_sign", token=token, sent=1), 303)


@customers.get("/sign/<token>")
def sign(token: str) -> Page:
    link = _link(token)
    return no_longer() if link is None else _sign_page(link, token, [], dates.Typed())


@customers.post("/sign/<token>")
def signed(token: str) -> Page:
    link = _link(token)
    if link is None:
        return no_longer()
    on = dates.typed(request.form, "wanted")
    wanted, lines = (None, []) if on.is_empty else dates.read(on, "wanted")
    parts = [part for part in _open(_case(link)) if str(part.id) in request.form.getlist("parts")]
    if not parts:
        lines = [Line("invalid", "Tick each location for which you sign.", "parts"), *lines]
    if lines:
        return _sign_page(link, token, lines, on), 422
    try:
        _sign(link, parts, wanted, at())
    except Overtaken:
        return no_longer()
    except Refused as wrong:
        return _sign_page(link, token, of_this_form(wrong), on), 422
    names = [part.location.name for part in parts]
    return render_template("pages/customer_signed.html", case=_case(link), names=names, address=link.address)


def _sign(link: Link, parts: list[Cancellation], wanted: date | None, at: datetime) -> None:
    """Uses the link up with the signature: both, or neither. What is scheduled takes no new date here."""
    case, by = _case(link), actors.customer(link.address)
    with transaction() as made:

        def act(part: Cancellation) -> None:
            day = wanted if part.state in NEW_DATE else None
            talking.sign(made, case, [part], by=by, at=at, wanted=day)

        acting.over(made, "sign", parts, act, by=by, at=at)
        if not links.use(made, link, at):
            raise Overtaken(Line("out_of_date", "This link was used already."))


def of_this_form(refused: Refused) -> list[Line]:
    """The date's input has a name of its own here."""
    return [Line(x.code, x.words, "wanted" if x.field == "for" else x.field) for x in for_customers(refused)]


def _sign_page(link: Link, token: str, lines: list[Line], on: Typed) -> str:
    case = _case(link)
    may = {part.id for part in _open(case)}
    parts = [part for part in standing.shown(desk(), case, at(), with_price=False) if part.id in may]
    values = {
        "case": case,
        "token": token,
        "parts": parts,
        "takes_date": any(part.may_sign for part in parts),
        "address": link.address,
        "lines": lines,
        "on": on,
        "ticked": request.form.getlist("parts"),
        "works_until": link.expires_at,
    }
    return render_template("pages/customer_sign.html", **values)


def _link(token: str) -> Link | None:
    link = links.find(desk(), "sign", token, at())
    return link if link is not None and link.case_id is not None and _open(_case(link)) else None


def _case(link: Link) -> Case:
    return desk().session.get_one(Case, link.case_id)


def _open(case: Case) -> list[Cancellation]:
    return [part for part in case.cancellations if part.state in SIGNABLE]


def looks_like_one(address: str) -> bool:
    return len(address) <= 254 and intake.ADDRESS.fullmatch(address) is not None


def has_enough(desk: Desk, case: Case, letter: str) -> bool:
    """Whether a case has sent its links of this hour. More are answered alike, and not sent."""
    sent = select(func.count(Letter.id)).where(
        Letter.case_id == case.id, Letter.name == letter, Letter.written_at > at() - timedelta(hours=1)
    )
    return (desk.session.scalar(sent) or 0) >= MOST_AN_HOUR

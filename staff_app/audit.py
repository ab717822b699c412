"""The audit: the whole history, searched, a page at a time or as CSV."""

from collections.abc import Iterator, Mapping
from datetime import date
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from staff_app import people
from staff_app.desks import desk, house
from staff_app.frame import say
from staff_app.history_words import ACTORS, TITLES, names_of, told
from staff_app.people import STOPPING
from workflows.db import db
from workflows.errors import Line
from workflows.house import House
from workflows.records import Anchor, User
from workflows.reports import audit, searching
from workflows.reports.audit import Search
from workflows.reports.searching import LARGEST

ASKED = ("actor", "what", "case", "source", "since", "until")
LAST = date(9998, 12, 30)
Answer = str | tuple[str, int]


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/admin/audit", STOPPING, _audit)
    people.page(blueprint, "/admin/audit.csv", STOPPING, _audit_csv)


def _audit() -> Answer:
    asked = _asked()
    search, lines = _read(asked)
    before = min(request.args.get("before", type=int) or LARGEST, LARGEST)
    found, more = audit.page(desk(), search, before) if not lines else ([], None)
    staff = list(desk().session.scalars(select(User).order_by(User.name)))
    names = names_of(staff)
    filled = {name: value for name, value in asked.items() if value}
    page = render_template(
        "pages/staff_audit.html",
        found=[(event, told(say(), event, names)) for event in found],
        lines=lines,
        asked=asked,
        actors=[("", "Anybody"), *ACTORS.items(), *((each.email, each.name) for each in staff)],
        events=[("", "Anything"), *((name, _words(name)) for name in sorted(TITLES))],
        more=f"{url_for('staff.audit')}?{urlencode(filled | {'before': more})}" if more else None,
        csv=f"{url_for('staff.audit_csv')}?{urlencode(filled)}",
        first=f"{url_for('staff.audit')}?{urlencode(filled)}",
        anchor=desk().session.scalar(select(Anchor).order_by(Anchor.id.desc()).limit(1)),
        is_later="before" in request.args,
    )
    return (page, 422) if lines else page


def _audit_csv() -> Response | Answer:
    search, lines = _read(_asked())
    if lines:
        return _audit()
    answer = Response(_streamed(house(), db.engine, search), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return answer


def _streamed(made: House, engine: Engine, search: Search) -> Iterator[str]:
    """The answer is sent after the request is over: it reads in a session of its own."""
    with Session(engine) as session:
        session.connection(execution_options={"reading": True})
        yield from audit.as_csv(made.desk(session), search)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _asked() -> dict[str, str]:
    return {name: request.args.get(name, "").strip() for name in ASKED}


def _read(asked: Mapping[str, str]) -> tuple[Search, list[Line]]:
    """The search, and a line for each input that makes no sense."""
    lines: list[Line] = []
    case_id = searching.reference(asked["case"])
    if asked["case"] and case_id is None:
        lines.append(Line("invalid", "A case is written C-1001.", "case"))
    since, until = (_day(asked[name], name, lines) for name in ("since", "until"))
    if since and until and until < since:
        lines.append(Line("invalid", "The last day must not be before the first.", "until"))
    case_id = None if case_id is None else min(case_id, LARGEST)
    return Search(asked["actor"], asked["what"], case_id, asked["source"], since, until), lines


def _day(text: str, name: str, lines: list[Line]) -> date | None:
    if not text:
        return None
    try:
        return min(date.fromisoformat(text), LAST)
    except ValueError:
        lines.append(Line("invalid", "Give the day as 2027-03-31.", name))
        return None

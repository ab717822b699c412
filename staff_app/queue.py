"""Lists of cases: my queue, unassigned, all, and what a search finds. Every filter stands in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from staff_app import deadlines, next_steps, people
from staff_app.deadlines import Deadline
from staff_app.desks import at, desk
from staff_app.frame import around, say
from staff_app.next_steps import NextStep
from staff_app.people import CASE_WORK, EVERYBODY
from workflows.records import Case, User
from workflows.reports import lists
from workflows.reports.lists import Page, Row, Wish
from workflows.reports.searching import reference
from workflows.stages import Stage
from workflows.states import Role

DUES = (("late", "Late", "alert"), ("today", "Due today", "clock"), ("later", "Due later", "cal"))
BY_PROMISE = "Sorted by the next promise we have to keep"
FILTERS = ("owner", "stage", "due", "status", "q")


@dataclass(frozen=True)
class Shown:
    """A row with its words."""

    row: Row
    deadline: Deadline
    step: NextStep


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/", EVERYBODY, _home)
    people.page(blueprint, "/queue", CASE_WORK, _queue)
    people.page(blueprint, "/cases", CASE_WORK, _cases)


def _home() -> Response:
    """Admins do no case work: their home is the users' page."""
    where = "staff.users" if people.me().role == Role.admin else "staff.queue"
    return redirect(url_for(where), 303)


def _queue() -> str:
    wish = Wish(mine=people.me().id, stages=_stages(), dues=_dues(), after=_after())
    return _list("queue", "My queue", BY_PROMISE, wish)


def _cases() -> str | Response:
    text = request.args.get("q", "").strip()
    if (named := _named(text)) is not None:
        return redirect(url_for("staff.case", reference=named.reference), 303)
    status = request.args.getlist("status")
    wish = Wish(
        owners=_owners(),
        stages=_stages(),
        dues=_dues(),
        text=text,
        open_only=status == ["open"] or bool(_dues()),
        closed_only=status == ["closed"] and not _dues(),
        after=_after(),
    )
    if status == ["open"] and _owners() == (None,) and not text:
        return _list("unassigned", "Unassigned", BY_PROMISE, wish)
    order = BY_PROMISE if wish.open_only else "The newest first, closed ones too"
    title = f"Cases that match “{text}”" if text else "All cases"
    return _list("cases", title, order, wish)


def _named(text: str) -> Case | None:
    """The case whose reference was typed: a search for it leads straight there."""
    case_id = reference(text)
    return None if case_id is None else desk().session.get(Case, case_id)


def _list(name: str, title: str, order: str, wish: Wish) -> str:
    around()
    page = lists.page(desk(), wish, at())
    staff = _staff()
    is_filtered = any(request.args.get(each) for each in FILTERS) and name != "unassigned"
    return render_template(
        "pages/staff_list.html",
        name=name,
        title=title,
        order=order,
        groups=_groups(page) if wish.open_only else [("", [_shown(each) for each in page.rows])],
        page=page,
        group_words=deadlines.GROUPS,
        searched=wish.text,
        staff=staff,
        chosen={each: request.args.getlist(each) for each in FILTERS},
        stages=list(Stage),
        dues=DUES,
        is_filtered=is_filtered,
        with_filter=_with_filter,
        more=_more(page),
        first=_first(),
        is_later=wish.after is not None,
    )


def _groups(page: Page) -> list[tuple[str, list[Shown]]]:
    tonight = lists.end_of_today(desk(), at())

    def group(row: Row) -> str:
        return deadlines.group_of(say(), row.case.queue_group, row.case.queue_at, tonight)

    return [(name, [_shown(each) for each in rows]) for name, rows in groupby(page.rows, group)]


def _shown(row: Row) -> Shown:
    return Shown(row, deadlines.of(say(), row.part, row.clock), next_steps.of(say(), row))


def _staff() -> Sequence[User]:
    working = (Role.agent, Role.manager)
    return (
        desk()
        .session.scalars(select(User).where(User.role.in_(working), User.is_active).order_by(User.name))
        .all()
    )


# What the address asks for


def _owners() -> tuple[int | None, ...]:
    """`owner=none`, `owner=me` or a user's number; several may be given."""
    found: list[int | None] = []
    for value in _values("owner"):
        if value == "none":
            found.append(None)
        elif value == "me":
            found.append(people.me().id)
        elif value.isdigit():
            found.append(int(value))
    return tuple(dict.fromkeys(found))


def _stages() -> tuple[Stage, ...]:
    return tuple(Stage(value) for value in _values("stage") if value in set(Stage))


def _dues() -> tuple[str, ...]:
    known = {name for name, _words, _icon in DUES}
    return tuple(value for value in _values("due") if value in known)


def _values(name: str) -> list[str]:
    """Several values of a filter: repeated, or with commas between them."""
    return [part for value in request.args.getlist(name) for part in value.split(",") if part]


def _after() -> lists.Key | None:
    return lists.read_key(request.args.get("after", ""))


def _with_filter(name: str, value: str) -> str:
    """The address of this list with one value of a filter turned on or off."""
    args: dict[str, Any] = {each: _values(each) for each in FILTERS if each != "q"}
    args["q"] = [text for text in request.args.getlist("q") if text.strip()]
    values = args[name]
    args[name] = [each for each in values if each != value] if value in values else [*values, value]
    return url_for(request.endpoint or "staff.queue", **{key: each for key, each in args.items() if each})


def _first(**more: Any) -> str:
    """The address of the first page of this list."""
    args: dict[str, Any] = {name: request.args.getlist(name) for name in FILTERS if request.args.get(name)}
    return url_for(request.endpoint or "staff.queue", **args, **more)


def _more(page: Page) -> str:
    return _first(after=lists.write_key(page.next)) if page.next else ""

"""Lists of cases: my queue, unassigned, all, and what a search finds. Every filter stands in the address."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from staff_app import addresses, deadlines, next_steps, people
from staff_app.addresses import Address
from staff_app.deadlines import Deadline
from staff_app.desks import at, desk, house
from staff_app.frame import around, say
from staff_app.next_steps import NextStep
from staff_app.people import CASE_WORK, EVERYBODY
from workflows.records import Case, User
from workflows.reports import lists, looking, sorting
from workflows.reports.lists import Page, Row
from workflows.reports.searching import reference
from workflows.reports.sorting import DEADLINE
from workflows.stages import Stage
from workflows.states import Role

CHIPS = (
    ("due", "late", "Late", "alert", "late"),
    ("due", "today", "Due today", "clock", "today"),
    ("port", "yes", "Port involved", "port", "port"),
    ("due", "planned", "Scheduled", "cal", "planned"),
    ("owner", "none", "No owner", "user", "nobody"),
)
"""Filters that are turned on and off: name, value, words, shape, and which count they show."""
ORDERS = {
    "deadline": "Sorted by the next promise we have to keep",
    "customer": "Sorted by customer",
    "asked": "Sorted by the date asked for",
    "-number": "The newest first",
    "number": "The oldest first",
}


@dataclass(frozen=True)
class Shown:
    """A row with its words, and who else is looking at it."""

    row: Row
    deadline: Deadline
    step: NextStep
    lookers: Sequence[User]


def register(blueprint: Blueprint) -> None:
    people.page(blueprint, "/", EVERYBODY, _home)
    people.page(blueprint, "/queue", CASE_WORK, _queue)
    people.page(blueprint, "/cases", CASE_WORK, _cases)


def _home() -> Response:
    """Admins do no case work: their home is the users' page."""
    where = "staff.users" if people.me().role == Role.admin else "staff.queue"
    return redirect(url_for(where), 303)


def _queue() -> str:
    return _list("queue", "My queue", addresses.asked(people.me()))


def _cases() -> str | Response:
    address = addresses.asked(people.me())
    if (named := _named(address.text)) is not None:
        return redirect(url_for("staff.case", reference=named.reference), 303)
    if address.is_unassigned:
        return _list("unassigned", "Unassigned", address)
    title = f"Cases that match “{address.text}”" if address.text else "All cases"
    return _list("cases", title, address)


def _named(text: str) -> Case | None:
    """The case whose reference was typed: a search for it leads straight there."""
    case_id = reference(text)
    return None if case_id is None or case_id > 2**31 else desk().session.get(Case, case_id)


def _list(name: str, title: str, address: Address) -> str:
    around()
    wish = address.wish
    page = lists.page(desk(), wish, at())
    lookers, staff = looking.at_cases(desk(), [row.case.id for row in page.rows], at(), but=people.me())
    is_grouped = wish.open_only and wish.order == DEADLINE
    counts = lists.counts(desk(), people.me().id, at()) if name == "queue" else {}
    shown = [_shown(row, lookers.get(row.case.id, ())) for row in page.rows]
    return render_template(
        "pages/staff_list.html",
        name=name,
        title=title,
        address=address,
        order=ORDERS.get(wish.order.address) or f"{ORDERS[wish.order.name]}, backwards",
        sort=wish.order,
        groups=_groups(shown) if is_grouped else [("", shown)],
        counts=counts,
        group_counts=_group_counts(shown, page, counts if not address.is_filtered else {}),
        page=page,
        group_words=deadlines.GROUPS,
        searched=address.text,
        staff=staff,
        offered=_offered(staff),
        chips=[each for each in CHIPS if name == "queue" or each[1] != "none"],
        more=address.url(after=sorting.write(page.next)) if page.next else "",
        is_later=wish.after is not None,
        from_here=addresses.from_list(address),
    )


def _offered(staff: Sequence[User]) -> dict[str, list[tuple[str, str]]]:
    """What the filters with several values offer."""
    named = [(str(user.id), f"{user.name}{' (away)' if user.is_away else ''}") for user in staff]
    return {
        "stage": [(str(stage), stage.words) for stage in Stage],
        "reason": [(each, each) for each in house().settings.request.reasons],
        "owner": [("none", "No owner"), *named],
    }


def _group(row: Row) -> str:
    return deadlines.group_of(
        say(), row.case.queue_group, row.case.queue_at, lists.end_of_today(desk(), at())
    )


def _groups(shown: list[Shown]) -> list[tuple[str, list[Shown]]]:
    return [(name, list(each)) for name, each in groupby(shown, lambda it: _group(it.row))]


def _group_counts(shown: list[Shown], page: Page, counts: dict[str, int]) -> dict[str, str]:
    """How many stand in each group: counted over the whole list, or over a list that is one page."""
    if counts:
        return {name: say().capped(counts[key]) for name, key in deadlines.COUNTED.items()}
    if page.next is not None:
        return {}
    return {name: str(len(each)) for name, each in _groups(shown)}


def _shown(row: Row, lookers: Sequence[User]) -> Shown:
    return Shown(row, deadlines.of(say(), row.part, row.clock), next_steps.of(say(), row), lookers)

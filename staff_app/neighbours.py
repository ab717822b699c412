"""From a case back to the list it was opened from, and on to the cases beside it there."""

from dataclasses import dataclass

from flask import Flask, request, url_for

from staff_app import addresses, people
from staff_app.desks import at, desk
from workflows.records import Case
from workflows.reports import lists


@dataclass(frozen=True)
class Neighbours:
    """Addresses; empty where there is nothing before or after."""

    title: str
    url: str
    before: str = ""
    after: str = ""


def of(case: Case) -> Neighbours:
    """By `from` in the address of the page: the same list in the same order, as it is now."""
    address = addresses.read(request.args.get("from"), people.me())
    if address is None:
        return Neighbours("My queue", url_for("staff.queue"))
    found = lists.neighbours(desk(), address.wish, case, at())
    before, after = (_link(each, address.url()) for each in found)
    title = "My queue" if address.name == "queue" else "Unassigned" if address.is_unassigned else "All cases"
    return Neighbours(title, address.here(), before, after)


def _link(case: Case | None, address: str) -> str:
    url = url_for("staff.case", reference=case.reference) if case else ""
    return addresses.with_from(url, address) if url else ""


def register(app: Flask) -> None:
    app.context_processor(lambda: {"neighbours": of})

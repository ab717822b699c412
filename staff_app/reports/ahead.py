"""What ends when (by week, month or as a list), and the ports that are under way."""

from datetime import date, datetime, timedelta
from itertools import groupby

from flask import Blueprint, request
from werkzeug.wrappers import Response

from staff_app.desks import at, desk
from staff_app.frame import say
from staff_app.reports import asking, pages
from staff_app.reports.shown import show
from workflows.reports import port_watch, upcoming
from workflows.reports.figures import backlog, headlines
from workflows.reports.figures.scope import Impossible, Scope, weeks
from workflows.reports.upcoming import End

VIEWS = {"week": "Week", "month": "Month", "list": "List"}
LIST_DAYS = 90
LOOKS = {
    "port": ("port", "violet"),
    "renewal": ("tri", "amber"),
    "closed": ("cal", ""),
    "hold": ("pause", "amber"),
}
KINDS = {
    "all": "All",
    "overdue": "Overdue",
    "undated": "No date",
    "ahead": "Ahead",
    "changed": "Date changed",
}


def register(blueprint: Blueprint) -> None:
    pages.page(blueprint, "/upcoming", _upcoming)
    pages.page(blueprint, "/ports", _ports)


def _upcoming() -> Response:
    view = request.args.get("view", "week")
    if view not in VIEWS:
        raise Impossible(f"There is no view “{view[:40]}”.")
    scope = _now_scope()
    first, last = _span(view, _from(scope.today))
    since, until = scope.midnight(first), scope.midnight(last + timedelta(days=1))
    ends, many = upcoming.ends(desk(), since, until, scope.today)
    by_day = {day: list(found) for day, found in groupby(ends, key=lambda each: _office_day(each))}
    return pages.render(
        "report_upcoming.html",
        scope,
        view=view,
        views=VIEWS,
        first=first,
        last=last,
        weeks=_grid(first, last) if view == "month" else [],
        days=[first + timedelta(days=each) for each in range((last - first).days + 1)],
        by_day=by_day,
        ends=ends,
        many=many,
        clash_looks=LOOKS,
        closed=_closed_words,
        earlier=asking.address("/upcoming", {"view": view, "from": _before(view, first)}),
        later=asking.address("/upcoming", {"view": view, "from": last + timedelta(days=1)}),
    )


def _now_scope() -> Scope:
    return Scope(desk(), at(), weeks(desk().calendar.local_date(at()), 1))


def _from(today: date) -> date:
    value = request.args.get("from")
    if not value:
        return today
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Impossible(f"“{value[:40]}” is no date; a date is written 2027-03-01.") from None


def _span(view: str, day: date) -> tuple[date, date]:
    """The week or month of a day; the list goes on from it. Raises Impossible."""
    try:
        if view == "list":
            return day, day + timedelta(days=LIST_DAYS)
        if view == "week":
            monday = day - timedelta(days=day.weekday())
            return monday, monday + timedelta(days=6)
        first = day.replace(day=1)
        return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)
    except OverflowError:
        raise Impossible(f"{day} is too far away.") from None


def _before(view: str, first: date) -> date:
    return first - timedelta(days=LIST_DAYS + 1 if view == "list" else 1)


def _grid(first: date, last: date) -> list[list[date | None]]:
    """Whole weeks from Monday on; None where the month has no day."""
    found: list[list[date | None]] = []
    day = first - timedelta(days=first.weekday())
    while day <= last:
        week = [day + timedelta(days=each) for each in range(7)]
        found.append([each if first <= each <= last else None for each in week])
        day += timedelta(days=7)
    return found


def _office_day(end: End) -> date:
    moment: datetime | None = end.part.run_at
    assert moment is not None
    return desk().calendar.local_date(moment)


def _closed_words(day: date) -> str:
    """Why the office is closed on a day; empty where it is not."""
    calendar = desk().calendar
    if calendar.is_business_day(day):
        return ""
    return calendar.holiday_name(day) or "closed"


def _ports() -> Response:
    kind = request.args.get("state", "all")
    if kind not in KINDS:
        raise Impossible(f"There is no kind of port “{kind[:40]}”.")
    scope = _now_scope()
    many, monthly = backlog.leak_totals(scope)
    leaks = show(backlog.LEAKS, scope, headlines.leaks(many, say().money(monthly), backlog.LEAKS.title))
    return pages.render(
        "report_ports.html",
        scope,
        kind=kind,
        kinds=KINDS,
        counts=port_watch.counts(desk(), at()),
        rows=port_watch.watched(desk(), kind, at()),
        most=port_watch.MOST,
        leaks=leaks,
    )

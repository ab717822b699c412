"""What every staff page shows around its content: rail, business clock, stop switch, the scheduler's life."""

import hashlib
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any

from flask import Flask, Response, current_app, g, request, url_for

from staff_app import deadlines, keys, people
from staff_app.desks import at, desk
from staff_app.words import Say
from workflows.reports import frame
from workflows.reports.frame import Frame
from workflows.version import VERSION

STATIC = Path(__file__).parent / "static"
A_YEAR = "public, max-age=31536000, immutable"


def say() -> Say:
    if "say" not in g:
        g.say = Say(desk(), at())
    return g.say  # type: ignore[no-any-return]


def around() -> Frame:
    """The figures around a page; read once, and only where a page shows them."""
    if "frame" not in g:
        g.frame = frame.read(desk(), people.me(), at())
    return g.frame  # type: ignore[no-any-return]


def business_clock(words: Say) -> dict[str, Any]:
    """Open until, or closed until; the next day within a week that is closed by name."""
    calendar, now = words.desk.calendar, words.at
    until = calendar.open_until(now)
    moment = until or calendar.next_opening(now)
    local = words.local(moment)
    day = "" if local.date() == words.today else f"{words.near_day(local.date())} "
    return {
        "is_open": until is not None,
        "until": f"{day}{local:%H:%M} {words.zone_short(moment)}",
        "closed": _next_closed(words),
        "open": _open_spans(words),
    }


def _open_spans(words: Say) -> list[list[int]]:
    """The hours of this day and the next two, as Unix seconds: the page counts down by them."""
    calendar = words.desk.calendar
    days = [words.today + timedelta(days=each) for each in range(3)]
    spans = [span for day in days for span in calendar.stretches_of(day)]
    return [[int(opens.timestamp()), int(closes.timestamp())] for opens, closes in spans]


def _next_closed(words: Say) -> str:
    for ahead in range(8):
        day = words.today + timedelta(days=ahead)
        calendar = words.desk.calendar
        name = calendar.holiday_name(day)
        if name is not None and calendar.hours[day.weekday()] and not calendar.is_business_day(day):
            return f"{words.near_day(day)} closed ({name})"
    return ""


@lru_cache(maxsize=64)
def digest(path: str) -> str:
    file = STATIC / path
    return hashlib.sha256(file.read_bytes()).hexdigest()[:12] if file.is_file() else ""


def _with_hash(endpoint: str, values: dict[str, Any]) -> None:
    """Every address of a static file carries the hash of its content."""
    if endpoint == "static" and "v" not in values:
        values["v"] = digest(values["filename"])


def _keep_static(response: Response) -> Response:
    if request.endpoint == "static" and response.status_code == 200:
        fresh = request.args.get("v") == digest(str((request.view_args or {}).get("filename")))
        response.headers["Cache-Control"] = A_YEAR if fresh else "no-cache"
    return response


def _for_templates() -> dict[str, Any]:
    return {
        "say": say,
        "around": around,
        "business_clock": business_clock,
        "me": people.me,
        "is_here": people.is_here,
        "looks": deadlines.LOOKS,
        "here": _here,
        "product_version": VERSION,
        "keys_of_acts": keys.of_acts,
        "session_seconds": int(current_app.permanent_session_lifetime.total_seconds()),
    }


def _here() -> str:
    """This page's own address, for forms that come back to it."""
    return request.full_path.rstrip("?") if request.method == "GET" else url_for("staff.home")


def register(app: Flask) -> None:
    app.url_defaults(_with_hash)
    app.after_request(_keep_static)
    app.context_processor(_for_templates)

"""The history searched: who did what, to which case, when and from where. The newest first."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, select

from workflows.business_days import at_local
from workflows.desk import Desk
from workflows.records import Event
from workflows.reports.csv_lines import harmless, written
from workflows.states import By

ROWS = 50
AT_ONCE = 1000
COLUMNS = (
    *("line", "at", "actor", "source", "event", "case", "cancellation", "from", "to", "why", "facts"),
    "digest",
)


@dataclass(frozen=True)
class Search:
    """What is looked for; None or empty stands for all. Days are those of the office, both included."""

    actor: str = ""
    event: str = ""
    case_id: int | None = None
    source: str = ""
    since: date | None = None
    until: date | None = None


def page(desk: Desk, search: Search, before: int) -> tuple[Sequence[Event], int | None]:
    """(a page of lines, the line before which the next page begins or None)"""
    found = _lines(desk, search, select(Event)).where(Event.id < before).limit(ROWS + 1)
    lines = desk.session.scalars(found).all()
    more = lines[ROWS - 1].id if len(lines) > ROWS else None
    return lines[:ROWS], more


def as_csv(desk: Desk, search: Search) -> Iterator[str]:
    """All that was found, line by line; no more than some rows are in memory."""
    yield written(COLUMNS)
    found = _lines(desk, search, select(*Event.__table__.columns))
    for row in desk.session.execute(found.execution_options(yield_per=AT_ONCE)):
        yield written(
            (
                row.id,
                row.at.astimezone(UTC).isoformat(),
                harmless(row.actor),
                row.source,
                row.name,
                f"C-{1000 + row.case_id}" if row.case_id else "",
                row.cancellation_id or "",
                row.from_state or "",
                row.to_state or "",
                harmless(row.why),
                json.dumps(row.facts, ensure_ascii=False, sort_keys=True),
                row.digest,
            )
        )


def _lines(desk: Desk, search: Search, found: Select[Any]) -> Select[Any]:
    zone = desk.calendar.time_zone
    if search.actor:
        found = found.where(Event.actor == search.actor)
        if search.actor != By.system:
            found = found.where(Event.actor != By.system.value)
    if search.event:
        found = found.where(Event.name == search.event)
    if search.case_id is not None:
        found = found.where(Event.case_id == search.case_id)
    if search.source:
        found = found.where(Event.source == search.source)
    if search.since is not None:
        found = found.where(Event.at >= _midnight(search.since, zone))
    if search.until is not None:
        found = found.where(Event.at < _midnight(search.until + timedelta(days=1), zone))
    return found.order_by(Event.id.desc())


def _midnight(day: date, zone: str) -> datetime:
    return at_local(day, time(0), zone)

"""Calendar files: one entry for each end that is set, updated when it moves, taken back when it is off.

An entry keeps its UID for the life of a cancellation, and its SEQUENCE rises with each file that names it:
it is counted from the letters written before."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from icalendar import Calendar, Event, vCalAddress
from sqlalchemy import bindparam, select

from workflows import rows
from workflows.desk import Desk
from workflows.letters.facts import local_date
from workflows.letters.wording import moment
from workflows.records import Cancellation, Letter
from workflows.records.base import Row

_WITH_FILES = select(Letter.facts).where(Letter.case_id == bindparam("case"), Letter.calendar != "")


@dataclass(frozen=True)
class CalendarFile:
    text: str
    entry: Row
    """What the letter's facts keep of it: `uid`, `sequence`, `is_off`."""


def published(desk: Desk, cancellation: Cancellation, at: datetime) -> CalendarFile:
    """The entry of a set end: its first one, or an update."""
    last = _last(desk, cancellation)
    entry = {
        "uid": _uid(desk, cancellation),
        "sequence": last["sequence"] + 1 if last else 0,
        "is_off": False,
    }
    return _file(desk, cancellation, at, entry)


def cancelled(desk: Desk, cancellation: Cancellation, at: datetime) -> CalendarFile | None:
    """Takes the entry back; None where none stands in the customer's calendar."""
    last = _last(desk, cancellation)
    if last is None or last["is_off"]:
        return None
    return _file(desk, cancellation, at, {**last, "sequence": last["sequence"] + 1, "is_off": True})


def joined(first: str, second: str) -> str:
    """Both files as one; of two entries with the same UID the later counts."""
    if not first or not second:
        return first or second
    calendar, added = _read(first), _read(second)
    later = {str(event["UID"]) for event in added.events}
    kept = [event for event in calendar.events if str(event["UID"]) not in later]
    calendar.subcomponents = [*kept, *added.events]
    return _text(calendar)


def method(text: str) -> str:
    """PUBLISH or CANCEL."""
    return "CANCEL" if "\nMETHOD:CANCEL" in text else "PUBLISH"


def _last(desk: Desk, cancellation: Cancellation) -> Row | None:
    """The newest entry of a cancellation that a letter carried."""
    written = rows.run(desk.session, _WITH_FILES, {"case": cancellation.case_id}).scalars()
    entries = [cause.get("calendar") for said in written for cause in said["causes"]]
    uid = _uid(desk, cancellation)
    ours = [entry for entry in entries if entry and entry["uid"] == uid]
    return max(ours, key=lambda entry: int(entry["sequence"]), default=None)


def _uid(desk: Desk, cancellation: Cancellation) -> str:
    host = desk.settings.provider.email.rpartition("@")[2]
    return f"{cancellation.case.reference}-{cancellation.id}@{host}"


def _file(desk: Desk, cancellation: Cancellation, at: datetime, entry: Row) -> CalendarFile:
    calendar = Calendar()
    calendar.add("PRODID", "-//Lastcall//Cancellations//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "CANCEL" if entry["is_off"] else "PUBLISH")
    kept = {"starts": cancellation.run_at.isoformat()} if cancellation.run_at else {}
    entry = {**entry, **kept}
    calendar.add_component(_event(desk, cancellation, at, entry))
    return CalendarFile(_text(calendar), entry)


def _event(desk: Desk, cancellation: Cancellation, at: datetime, entry: Row) -> Event:
    name = cancellation.location.name
    event = Event()
    event.add("UID", entry["uid"])
    event.add("SEQUENCE", entry["sequence"])
    event.add("DTSTAMP", at.astimezone(UTC))
    event.add("DTSTART", datetime.fromisoformat(entry["starts"]).astimezone(UTC))
    event.add("SUMMARY", f"{name} stays on" if entry["is_off"] else f"{name} ends")
    event.add("DESCRIPTION", _description(desk, cancellation, at, entry))
    event.add("STATUS", "CANCELLED" if entry["is_off"] else "CONFIRMED")
    event.add("TRANSP", "TRANSPARENT")
    event.add("ORGANIZER", _organizer(desk))
    return event


def _description(desk: Desk, cancellation: Cancellation, at: datetime, entry: Row) -> str:
    if entry["is_off"]:
        return f"This is no longer planned. Request {cancellation.case.reference}."
    location, phone = cancellation.location, desk.settings.provider.phone
    ends = moment(entry["starts"], location.time_zone, local_date(location, at))
    return (
        f"All services of {location.name} end on {ends}. You can stop this until then: "
        f"call {phone}. Request {cancellation.case.reference}."
    )


def _organizer(desk: Desk) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{desk.settings.provider.email}")
    organizer.params["CN"] = desk.settings.provider.name
    return organizer


def _read(text: str) -> Any:
    return Calendar.from_ical(text)


def _text(calendar: Any) -> str:
    return str(calendar.to_ical().decode())

"""The business calendar in force: the one last applied, which may be older than the one in the file."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.business_days import BusinessCalendar
from workflows.config import Settings
from workflows.config.settings import DAYS, Office
from workflows.records import CalendarVersion

CHANGED = (
    "The calendar in the configuration is not the one in force. Look at what would move with"
    " `lastcall calendar preview`, then put it in force with `lastcall calendar apply`."
)


def in_force(session: Session, settings: Settings) -> BusinessCalendar:
    """The newest applied calendar; the file's where none was ever applied."""
    newest = applied(session)
    if newest is None:
        return settings.calendar
    return replace(office_of(newest.settings).calendar, version=newest.id)


def applied(session: Session) -> CalendarVersion | None:
    return session.scalar(select(CalendarVersion).order_by(CalendarVersion.id.desc()).limit(1))


def stored(office: Office) -> dict[str, Any]:
    """As JSON, in the forms of the configuration file."""
    return {
        "time_zone": office.time_zone,
        "hours": {
            day: [f"{span.opens:%H:%M}-{span.closes:%H:%M}" for span in spans]
            for day, spans in zip(DAYS, office.hours, strict=True)
        },
        "holidays": office.holidays,
        "extra_holidays": sorted(day.isoformat() for day in office.extra_holidays),
        "extra_working_days": sorted(day.isoformat() for day in office.extra_working_days),
    }


def office_of(stored: dict[str, Any]) -> Office:
    days = {
        name: [date.fromisoformat(each) for each in stored[name]]
        for name in ("extra_holidays", "extra_working_days")
    }
    return Office.model_validate(stored | days)


def is_changed(session: Session, settings: Settings) -> bool:
    """Whether the file holds another calendar than the one in force."""
    newest = applied(session)
    return newest is not None and office_of(newest.settings) != settings.office


def keep(session: Session, office: Office, at: datetime, by: str) -> CalendarVersion:
    """The calendar in force from now on. Moves no due time: see calendar_change.py."""
    row = CalendarVersion(settings=stored(office), at=at, by=by)
    session.add(row)
    session.flush()
    return row


def adopt(session: Session, settings: Settings, at: datetime) -> None:
    """The first start on a database: the file's calendar is the one in force, until another is applied."""
    if applied(session) is None:
        keep(session, settings.office, at, "system")

"""The business calendar in force: the one last applied, which may be older than the one in the file."""

from dataclasses import replace
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.business_days import BusinessCalendar
from workflows.config import Settings
from workflows.config.settings import Office
from workflows.records import CalendarVersion


def in_force(session: Session, settings: Settings) -> BusinessCalendar:
    """The newest applied calendar; the file's where none was ever applied."""
    newest = session.scalar(select(CalendarVersion).order_by(CalendarVersion.id.desc()).limit(1))
    if newest is None:
        return settings.calendar
    return replace(office_of(newest.settings).calendar, version=newest.id)


def office_of(stored: dict[str, Any]) -> Office:
    return Office.model_validate_json(stored["office"])


def stored(office: Office) -> dict[str, Any]:
    return {"office": office.model_dump_json()}

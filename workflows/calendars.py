"""Calendar and policy in force: those last applied, which may be older than the ones in the file.

One rule: config.toml holds the first version. Of the calendar the version in force wins from the first
start on, of the policy from the moment when one is saved; a file that differs is told of at each start."""

import json
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows.business_days import BusinessCalendar
from workflows.config import Settings, policy
from workflows.config.policy import Policy
from workflows.config.settings import DAYS, Office
from workflows.records import CalendarVersion

CHANGED = (
    "The calendar in the configuration is not the one in force. Look at what would move with"
    " `lastcall calendar preview`, then put it in force with `lastcall calendar apply`."
)
POLICY_CHANGED = (
    "The policy in the configuration is not the one in force, which was saved on the page. Look at what"
    " would move with `lastcall policy preview`, then put it in force with `lastcall policy apply`."
)


def in_force(session: Session, settings: Settings) -> BusinessCalendar:
    """The newest applied calendar; the file's where none was ever applied."""
    return rules_in_force(session, settings)[1]


def rules_in_force(session: Session, settings: Settings) -> tuple[Settings, BusinessCalendar]:
    """The settings as they are in force, and their calendar with its version."""
    newest = applied(session)
    if newest is None:
        return settings, settings.calendar
    return _made(settings, newest.id, json.dumps([newest.settings, newest.policy]))


@lru_cache(maxsize=16)
def _made(settings: Settings, version: int, words: str) -> tuple[Settings, BusinessCalendar]:
    office, changed = json.loads(words)
    found = policy.over(settings, changed or {}).model_copy(update={"office": office_of(office)})
    return found, replace(found.calendar, version=version)


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


def is_policy_changed(session: Session, settings: Settings) -> bool:
    """Whether the file holds another policy than the one that was saved."""
    newest = applied(session)
    return newest is not None and newest.policy is not None and newest.policy != policy.stored(settings)


def differences(session: Session, settings: Settings) -> list[tuple[str, str]]:
    """(name for the log, words for people) of each part of the file that is not in force."""
    found = [("calendar_changed", CHANGED)] if is_changed(session, settings) else []
    return found + ([("policy_changed", POLICY_CHANGED)] if is_policy_changed(session, settings) else [])


def keep(
    session: Session, office: Office, at: datetime, by: str, changed: Policy | None = None
) -> CalendarVersion:
    """In force from now on; the policy stays as it was where none is given. Moves no due time."""
    newest = applied(session)
    known = newest.policy if newest and changed is None else changed
    row = CalendarVersion(settings=stored(office), policy=known, at=at, by=by)
    session.add(row)
    session.flush()
    return row


def adopt(session: Session, settings: Settings, at: datetime) -> None:
    """The first start on a database: the file's calendar is the one in force, until another is applied."""
    if applied(session) is None:
        keep(session, settings.office, at, "system")

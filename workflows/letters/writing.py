"""Writes a letter as a row: at most one of a name per case and instant; a second cause joins it."""

import hashlib
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, select

from workflows import rows
from workflows.actors import SYSTEM
from workflows.desk import Desk
from workflows.history import note
from workflows.letters.calendar_file import joined
from workflows.letters.rendering import render
from workflows.records import Case, Letter
from workflows.states import LetterState

_WITH_KEY = select(Letter.id).where(Letter.key == bindparam("key"))


@dataclass
class Draft:
    """A letter to be. `facts` are common to all causes, `cause` is what this one adds."""

    name: str
    recipients: list[str]
    facts: dict[str, Any]
    cause: dict[str, Any] = field(default_factory=dict)
    case: Case | None = None
    about: str = ""
    """What a letter without a case is about, such as a location; part of its key."""
    to_customer: bool = True
    caused_by_agent: bool = False
    calendar: str = ""
    is_unique: bool = True
    """False for `message`: every one is a letter of its own."""


def write(desk: Desk, draft: Draft, at: datetime) -> Letter | None:
    """The letter as a row. None where nobody is there to receive it."""
    if not draft.recipients:
        return None
    moment = at
    while (twin := _twin(desk, draft, moment)) is not None:
        if twin.state == LetterState.waiting and twin.tries == 0:
            return _join(twin, draft)
        moment += timedelta(seconds=1)
    return _new(desk, draft, moment, at)


def _key(draft: Draft, moment: datetime) -> str:
    scope = draft.case.reference if draft.case else draft.about
    return f"{scope}|{draft.name}|{moment:%Y-%m-%dT%H:%M:%SZ}"


def _twin(desk: Desk, draft: Draft, moment: datetime) -> Letter | None:
    if not draft.is_unique:
        return None
    found = rows.ids(desk.session, _WITH_KEY, {"key": _key(draft, moment)})
    return desk.session.get_one(Letter, found[0]) if found else None


def _join(twin: Letter, draft: Draft) -> Letter:
    facts = {**twin.facts, "causes": [*twin.facts["causes"], draft.cause]}
    twin.facts = facts
    twin.recipients = list(dict.fromkeys([*twin.recipients, *draft.recipients]))
    twin.caused_by_agent = twin.caused_by_agent or draft.caused_by_agent
    twin.calendar = joined(twin.calendar, draft.calendar)
    twin.subject, twin.text, twin.html = render(draft.name, facts)
    return twin


def _new(desk: Desk, draft: Draft, moment: datetime, at: datetime) -> Letter:
    facts = {**draft.facts, "causes": [draft.cause]}
    subject, text, html = render(draft.name, facts)
    key = _key(draft, moment) if draft.is_unique else f"{_key(draft, moment)}|{uuid.uuid4().hex}"
    letter = Letter(
        case_id=draft.case.id if draft.case else None,
        name=draft.name,
        to_customer=draft.to_customer,
        caused_by_agent=draft.caused_by_agent,
        key=key,
        recipients=draft.recipients,
        facts=facts,
        subject=subject,
        text=text,
        html=html,
        calendar=draft.calendar,
        message_id=message_id(key, desk.settings.provider.email),
        written_at=at,
        next_try_at=at,
    )
    rows.write(desk.session, letter)
    note(desk, "letter_written", at=at, by=SYSTEM, case=draft.case, letter=draft.name, subject=subject)
    return letter


def message_id(key: str, address: str) -> str:
    """The Message-ID: the same for every try of one letter."""
    digest = hashlib.sha256(key.encode()).hexdigest()[:24]
    return f"<{digest}@{address.rpartition('@')[2]}>"

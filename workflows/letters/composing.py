"""Makes the message of a letter: text and HTML of equal content, its calendar file, its thread."""

import re
from datetime import UTC, datetime
from email.headerregistry import Address, Group, HeaderRegistry
from email.message import EmailMessage
from email.policy import SMTP
from functools import lru_cache
from typing import Any

from workflows.config import Settings
from workflows.letters import calendar_file
from workflows.letters.writing import message_id
from workflows.records import Case, Letter

ATOM = r"[^\s\x00-\x1f\x7f@<>()\[\],;:\"\\]+"
PLAIN = re.compile(rf"({ATOM})@({ATOM})")
"""What may stand in a header unquoted, so nothing that could start another address or header."""


class _Headers:
    """The standard's headers, remembered: most are the same from letter to letter, and parsing them costs
    more than all else here."""

    def __getitem__(self, name: str) -> Any:
        return _kind(name)

    def __call__(self, name: str, value: Any) -> Any:
        return _parsed(name, value)


_registry = HeaderRegistry()
_kind = lru_cache(maxsize=64)(_registry.__getitem__)
_parsed = lru_cache(maxsize=1024)(_registry)
POLICY = SMTP.clone(header_factory=_Headers())
NOBODY = Group("undisclosed-recipients")


def compose(desk_settings: Settings, letter: Letter, *, text: str, html: str, at: datetime) -> EmailMessage:
    """One message to all recipients of the letter. `text` and `html` carry the link of their readers."""
    provider = desk_settings.provider
    message = EmailMessage(policy=POLICY)
    message["From"] = str(Address(_one_line(provider.name), addr_spec=provider.email))
    message["To"] = _named(letter.recipients)
    message["Reply-To"] = _named([provider.reply_to])
    message["Subject"] = _one_line(letter.subject)
    message["Date"] = at.astimezone(UTC).replace(microsecond=0)
    message["Message-ID"] = letter.message_id
    _thread(message, letter, provider.email)
    message["X-Lastcall-Letter"] = letter.name
    if letter.name != "message":
        message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    _attach(message, letter)
    return message


def root(case: Case, address: str, *, to_customer: bool) -> str:
    """The Message-ID that a case's thread hangs on: that of `received`; the staff have their own thread."""
    received = f"{case.reference}|received|{case.received_at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
    return message_id(received if to_customer else f"{case.reference}|staff", address)


def _thread(message: EmailMessage, letter: Letter, address: str) -> None:
    if letter.case is None:
        return
    first = root(letter.case, address, to_customer=letter.to_customer)
    if first != letter.message_id:
        message["In-Reply-To"] = first
        message["References"] = first


def _attach(message: EmailMessage, letter: Letter) -> None:
    if not letter.calendar:
        return
    name = f"{letter.case.reference if letter.case else 'lastcall'}.ics"
    method = calendar_file.method(letter.calendar)
    message.add_attachment(letter.calendar, subtype="calendar", filename=name, params={"method": method})


def _named(recipients: list[str]) -> str:
    """Those that are e-mail addresses. Of another one the mail server complains, and the desk hears it."""
    plain = [match for each in recipients if (match := PLAIN.fullmatch(each))]
    return ", ".join(str(Address("", *match.groups())) for match in plain) or str(NOBODY)


def _one_line(text: str) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f]", " ", text).split())

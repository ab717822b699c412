"""Finding cases: by reference, customer, location, e-mail address or phone number in any spelling."""

import re

import phonenumbers
from sqlalchemy import ColumnElement, func, select

from workflows.records import Account, Cancellation, Case, Location, Number, Person

REFERENCE = re.compile(r"\s*c\s*-?\s*(\d{4,})\s*", re.IGNORECASE)
REGIONS = ("US", "CA")


def reference(text: str) -> int | None:
    """The id of the case whose reference was typed, such as C-1001 or c1001."""
    found = REFERENCE.fullmatch(text)
    return int(found.group(1)) - 1000 if found else None


def phone_number(text: str) -> str | None:
    """The number in E.164, however it was typed; None where it is none."""
    if len(re.sub(r"\D", "", text)) < 7:
        return None
    for region in REGIONS:
        try:
            parsed = phonenumbers.parse(text, region)
        except phonenumbers.NumberParseException:
            continue
        if phonenumbers.is_possible_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    return None


def matches(text: str) -> ColumnElement[bool]:
    """A condition on Case: what a person may have meant by `text`."""
    wanted = text.strip()
    if (case_id := reference(wanted)) is not None:
        return Case.id == case_id
    if (number := phone_number(wanted)) is not None:
        return _by_number(number)
    if "@" in wanted:
        return _by_address(wanted.lower())
    return _by_name(wanted)


def _by_number(number: str) -> ColumnElement[bool]:
    there = select(Cancellation.case_id).join(Number, Number.location_id == Cancellation.location_id)
    people = select(Person.account_id).where(Person.phone == number)
    return Case.id.in_(there.where(Number.e164 == number)) | Case.account_id.in_(people)


def _by_address(address: str) -> ColumnElement[bool]:
    people = select(Person.account_id).where(func.lower(Person.email).startswith(address, autoescape=True))
    of_record = select(Account.id).where(func.lower(Account.address_of_record) == address)
    asked = func.lower(Case.requester).startswith(address, autoescape=True)
    return asked | Case.account_id.in_(people) | Case.account_id.in_(of_record)


def _by_name(text: str) -> ColumnElement[bool]:
    lowered = text.lower()
    accounts = select(Account.id).where(
        func.lower(Account.name).contains(lowered, autoescape=True) | (func.lower(Account.ref) == lowered)
    )
    by_name = func.lower(Location.name).contains(lowered, autoescape=True)
    named = by_name | (func.lower(Location.ref) == lowered)
    there = select(Cancellation.case_id).join(Location, Location.id == Cancellation.location_id)
    return Case.account_id.in_(accounts) | Case.id.in_(there.where(named))

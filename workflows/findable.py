"""The words by which accounts, locations and cases are found; written where what they come from changes."""

import re
import unicodedata
from collections.abc import Iterable

from workflows.records import Account, Case, Location, Word

PHONE = "#"
"""Before the turned digits of a phone number, so that no other word is taken for one."""


def plain(text: str) -> str:
    """In small letters and without accents."""
    return "".join(
        each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each)
    )


def words(text: str) -> list[str]:
    """Each run of letters and digits."""
    return re.findall(r"[^\W_]+", plain(text))


def turned(text: str) -> str:
    """The digits from the last to the first: the end of a number is then the beginning of a word."""
    return re.sub(r"\D", "", text)[::-1]


def of_address(address: str) -> list[str]:
    """The whole address, and the part after the @."""
    whole = address.strip().casefold()
    return [whole, whole.rpartition("@")[2]] if whole else []


def of_account(name: str, ref: str, address: str) -> list[str]:
    return [*words(name), *words(ref), *of_address(address)]


def of_person(name: str, email: str, phone: str) -> list[str]:
    return [*words(name), *of_address(email), *([PHONE + turned(phone)] if turned(phone) else [])]


def of_location(name: str, ref: str) -> list[str]:
    return [*words(name), *words(ref)]


def name_account(row: Account) -> None:
    """Its name, number, address of record, and its people with their addresses and phones."""
    found = of_account(row.name, row.ref, row.address_of_record)
    for person in row.people:
        found += of_person(person.name, person.email, person.phone)
    row.words = _rows(found)


def name_location(row: Location) -> None:
    row.words = _rows(of_location(row.name, row.ref))


def name_case(row: Case) -> None:
    """The address that the request came from; it may be nobody's of the account."""
    row.words = _rows(of_address(row.requester))


def _rows(found: Iterable[str]) -> list[Word]:
    return [Word(word=each) for each in dict.fromkeys(found)]

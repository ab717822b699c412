"""Finding cases: by reference, customer, location, e-mail address or phone number in any spelling.

All by the beginning of a word, which an index serves; of a phone number its end is enough."""

import re
from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, false, literal, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, Session

from workflows.findable import PHONE, plain, turned, words
from workflows.records import Cancellation, Case, Number, Word

REFERENCE = re.compile(r"\s*c\s*-?\s*(\d{4,})\s*", re.IGNORECASE)
SPELLED = re.compile(r"[\d\s()+./-]+")
"""What a phone number is written with."""
SHORTEST, MOST = 4, 5
"""Digits that a part of a number has at least; words that are looked at."""
FEW = 500
"""So many cases are told one by one; a word that finds more is asked of each case instead."""
FIRST = 1000
"""References count from here: C-1001 is the row 1."""
LARGEST = 2**31
Ids = Select[int] | Select[int | None]


@dataclass(frozen=True)
class Sought:
    """One word that has to be found: beginnings of words, ends of numbers, the case it names."""

    words: tuple[str, ...]
    endings: tuple[str, ...] = ()
    case_id: int | None = None

    def ids(self) -> list[Ids]:
        """The cases that it finds, by the indexes of words and numbers."""
        named = _any(Word.word, self.words)
        found: list[Ids] = [
            select(Case.id).join(Word, Word.account_id == Case.account_id).where(named),
            _there(Word).where(named),
            select(Word.case_id).where(named, Word.case_id.is_not(None)),
        ]
        if self.endings:
            found.append(_there(Number).where(_any(Number.ending, self.endings)))
        if self.case_id is not None:
            found.append(select(Case.id).where(Case.id == self.case_id))
        return found

    def condition(self) -> ColumnElement[bool]:
        """The same, asked of one case after the other; what is joined to a word keeps off its index."""
        named, here = _any(Word.word.concat(""), self.words), Cancellation.case_id == Case.id
        found = [
            exists().where(Word.account_id == Case.account_id, named),
            _there(Word).where(here, named).correlate(Case).exists(),
            exists().where(Word.case_id == Case.id, named),
        ]
        if self.endings:
            found.append(
                _there(Number)
                .where(here, _any(Number.ending.concat(""), self.endings))
                .correlate(Case)
                .exists()
            )
        return or_(*found, Case.id == self.case_id)


def reference(text: str) -> int | None:
    """The id of the case whose reference was typed, such as C-1001 or c1001."""
    found = REFERENCE.fullmatch(text)
    return int(found.group(1)) - FIRST if found else None


def matches(session: Session, text: str) -> ColumnElement[bool]:
    """A condition on Case: what a person may have meant by `text`. Every word has to be found."""
    if (case_id := reference(text)) is not None:
        return Case.id == min(case_id, LARGEST)
    sought = _sought(text)
    if not sought:
        return false()
    found = _found(session, sought)
    few = [found[place] for place in range(len(sought)) if len(found[place]) <= FEW]
    many = [each for place, each in enumerate(sought) if len(found[place]) > FEW]
    if not few:
        return and_(*(Case.id.in_(union_all(*each.ids())) for each in many))
    return and_(Case.id.in_(set.intersection(*few)), *(each.condition() for each in many))


def _sought(text: str) -> list[Sought]:
    if SPELLED.fullmatch(text) and len(turned(text)) >= SHORTEST:
        return [_digits(text.strip())]
    if "@" in text:
        return [Sought((plain(text.strip().removeprefix("@")),))] if len(text.strip()) > 1 else []
    return [Sought((each,)) for each in words(text)[:MOST]]


def _digits(typed: str) -> Sought:
    """The end of a number, a reference without its letter, a word of digits."""
    endings = tuple(each for each in {turned(typed), turned(typed).rstrip("0")} if len(each) >= SHORTEST)
    phones = tuple(PHONE + each for each in endings)
    if not typed.isdigit():
        return Sought(phones, endings)
    return Sought((*phones, typed), endings, min(int(typed) - FIRST, LARGEST))


def _found(session: Session, sought: list[Sought]) -> dict[int, set[int]]:
    """The cases that each finds, as far as they are few."""
    parts = [
        select(
            literal(place).label("place"), union_all(*each.ids()).limit(FEW * 2 + 1).subquery("found").c[0]
        )
        for place, each in enumerate(sought)
    ]
    found: dict[int, set[int]] = defaultdict(set)
    for place, case_id in session.execute(union_all(*parts)):
        found[place].add(case_id)
    return found


def _there(noun: type[Word] | type[Number]) -> Select[int]:
    """Cases by what belongs to their locations."""
    return select(Cancellation.case_id).join(noun, noun.location_id == Cancellation.location_id)


def _any(
    column: ColumnElement[str] | InstrumentedAttribute[str], texts: tuple[str, ...]
) -> ColumnElement[bool]:
    return or_(*(begins(column, each) for each in texts))


def begins(column: ColumnElement[str] | InstrumentedAttribute[str], text: str) -> ColumnElement[bool]:
    """Whether a column begins with a text, as a range of its index."""
    return (column >= text) & (column < text[:-1] + chr(ord(text[-1]) + 1))

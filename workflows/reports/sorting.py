"""The orders of lists: by which columns, and how an address names a place in them."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from workflows.records import Case
from workflows.records.base import UTCDateTime

Key = tuple[Any, ...]
"""A place in a list: the values of the columns that order it, the case's id last."""


@dataclass(frozen=True)
class Sort:
    """Columns that are never empty, so that every place is before or after every other."""

    name: str
    columns: tuple[InstrumentedAttribute[Any], ...]
    is_down: bool = False

    @property
    def by(self) -> list[ColumnElement[Any]]:
        return [each.desc() if self.is_down else each.asc() for each in self.columns]

    @property
    def turned(self) -> "Sort":
        return replace(self, is_down=not self.is_down)

    @property
    def address(self) -> str:
        """As addresses name it: a minus where it goes down."""
        return f"-{self.name}" if self.is_down else self.name

    def key_of(self, case: Case) -> Key:
        return tuple(getattr(case, each.key) for each in self.columns)

    def beyond(self, key: Key) -> ColumnElement[bool]:
        """Whether a case stands after that place."""
        here = tuple_(*self.columns)
        there = tuple_(*(literal(value, each.type) for value, each in zip(key, self.columns, strict=True)))
        return here < there if self.is_down else here > there

    def read(self, text: str) -> Key | None:
        """The place that an address names; None where it names none."""
        try:
            return tuple(
                _read(each, value) for each, value in zip(self.columns, json.loads(text), strict=True)
            )
        except (ValueError, TypeError, OverflowError, OSError):
            return None


def write(key: Key) -> str:
    return json.dumps([_written(value) for value in key], separators=(",", ":"))


def _written(value: Any) -> Any:
    if isinstance(value, datetime):
        return int(value.timestamp())
    return value.isoformat() if isinstance(value, date) else value


def _read(column: InstrumentedAttribute[Any], value: Any) -> Any:
    if isinstance(column.type, UTCDateTime):
        return datetime.fromtimestamp(int(value), UTC)
    kind = column.type.python_type
    if kind is date:
        return date.fromisoformat(value)
    if not isinstance(value, kind) or (kind is int and abs(value) >= 2**63):
        raise ValueError(value)
    return value


DEADLINE = Sort("deadline", (Case.queue_group, Case.queue_at, Case.id))
NEWEST = Sort("number", (Case.id,), is_down=True)
SORTS = {
    each.name: each
    for each in (
        DEADLINE,
        Sort("customer", (Case.customer, Case.id)),
        Sort("asked", (Case.wanted_for, Case.id)),
        NEWEST.turned,
    )
}


def named(text: str) -> Sort | None:
    """The order that an address names."""
    found = SORTS.get(text.removeprefix("-"))
    return found.turned if found and text.startswith("-") else found

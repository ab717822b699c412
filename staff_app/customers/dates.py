"""A date typed into three inputs: nothing of what was typed is lost, whatever it was."""

from dataclasses import dataclass
from datetime import date

from werkzeug.datastructures import MultiDict

from workflows.errors import Line
from workflows.letters.wording import MONTHS

Form = MultiDict[str, str]


@dataclass(frozen=True)
class Typed:
    """The three inputs as they were typed."""

    day: str = ""
    month: str = ""
    year: str = ""

    @classmethod
    def of(cls, on: date) -> "Typed":
        return cls(str(on.day), str(on.month), str(on.year))

    @property
    def is_empty(self) -> bool:
        return not (self.day or self.month or self.year)


def typed(form: Form, name: str) -> Typed:
    return Typed(*(form.get(f"{name}-{part}", "").strip() for part in ("day", "month", "year")))


def read(said: Typed, name: str) -> tuple[date | None, list[Line]]:
    """The date, or the line that says what is wrong with it."""
    missing = [part for part in ("day", "month", "year") if not getattr(said, part)]
    if missing:
        return None, [Line("invalid", f"Give the {' and the '.join(missing)} of the date.", name)]
    try:
        return date(_number(said.year, 4), _month(said.month), _number(said.day, 2)), []
    except ValueError:
        words = f"{said.day} {said.month} {said.year} is no date. Write it like 15 3 2027."
        return None, [Line("invalid", words, name)]


def _month(text: str) -> int:
    """A number, or an English name or its beginning."""
    named = [number for number, month in enumerate(MONTHS, 1) if month.lower().startswith(text.lower())]
    return named[0] if len(text) >= 3 and len(named) == 1 else _number(text, 2)


def _number(text: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > most:
        raise ValueError(text)
    return int(text)

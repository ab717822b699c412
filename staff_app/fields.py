"""The words that an act asks for: read from a form, with every mistake named at its input."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask import request
from werkzeug.datastructures import MultiDict

from staff_app.scenes import Scene
from workflows.business_days import at_local
from workflows.errors import Line

Words = dict[str, Any]
Option = tuple[str, ...]
"""(value, words) or (value, words, hint)"""
Form = MultiDict[str, str]


def always(_scene: Scene) -> bool:
    return True


@dataclass(frozen=True)
class Field:
    """One input. `kind`: text, area, date, moment, email, choice, radios, checks, tick, file, typed."""

    name: str
    label: str
    kind: str = "text"
    hint: str | Callable[[Scene], str] = ""
    missing: str = ""
    required: bool | Callable[[Scene], bool] = True
    is_shown: Callable[[Scene], bool] = always
    options: Callable[[Scene], Sequence[Option]] | None = None
    default: str | Callable[[Scene], str] = ""

    def is_required(self, scene: Scene) -> bool:
        return self.required if isinstance(self.required, bool) else self.required(scene)

    def hint_for(self, scene: Scene) -> str:
        return self.hint if isinstance(self.hint, str) else self.hint(scene)

    def default_for(self, scene: Scene) -> str:
        return self.default if isinstance(self.default, str) else self.default(scene)

    def options_for(self, scene: Scene) -> Sequence[Option]:
        return self.options(scene) if self.options else ()

    @property
    def wording(self) -> str:
        return self.missing or f"Fill in “{self.label}”."


def shown(fields: Sequence[Field], scene: Scene) -> list[Field]:
    return [field for field in fields if field.is_shown(scene)]


def read(fields: Sequence[Field], form: Form, scene: Scene) -> tuple[Words, list[Line]]:
    """The words, and a line for each that is missing or makes no sense."""
    words: Words = {}
    lines: list[Line] = []
    for field in shown(fields, scene):
        try:
            words[field.name] = READERS[field.kind](field, form, scene)
        except ValueError as wrong:
            words[field.name] = None
            lines.append(Line("invalid", str(wrong), field.name))
            continue
        if not words[field.name] and field.is_required(scene):
            lines.append(Line("invalid", field.wording, field.name))
    return words, lines


def typed(fields: Sequence[Field], form: Form) -> dict[str, Any]:
    """What was typed, to show again. A typed confirmation is asked for anew."""
    return {
        field.name: form.getlist(field.name) if field.kind == "checks" else form.get(field.name, "")
        for field in fields
        if field.kind != "typed"
    }


def defaults(fields: Sequence[Field], scene: Scene) -> dict[str, Any]:
    return {field.name: field.default_for(scene) for field in fields}


def told(fields: Sequence[Field], scene: Scene, values: dict[str, Any]) -> list[tuple[str, str]]:
    """What was typed, each input by its label and each choice in its words."""
    return [
        (field.label, _in_words(field, scene, values[field.name]))
        for field in fields
        if values.get(field.name)
    ]


def _in_words(field: Field, scene: Scene, value: str | list[str]) -> str:
    words = {option[0]: option[1] for option in field.options_for(scene)}
    return ", ".join(words.get(each, each) for each in ([value] if isinstance(value, str) else value))


def asked_for(fields: Sequence[Field], address: Form, scene: Scene) -> dict[str, Any]:
    """The defaults, but for what the address of the page gives; never a typed confirmation."""
    given = {name: value for name, value in typed(fields, address).items() if value}
    return {**defaults(fields, scene), **given}


def _text(field: Field, form: Form, _scene: Scene) -> str:
    return form.get(field.name, "").replace("\r\n", "\n").strip()


def _date(field: Field, form: Form, scene: Scene) -> date | None:
    text = _text(field, form, scene)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError("Give the date as 2027-03-31.") from None


def _moment(field: Field, form: Form, scene: Scene) -> datetime | None:
    """A moment of the office, as `datetime-local` inputs send it."""
    text = _text(field, form, scene)
    if not text:
        return None
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("Give the moment as 2027-03-31 14:30.") from None
    moment = at_local(wall.date(), wall.time(), scene.desk.calendar.time_zone)
    if moment <= scene.at:
        raise ValueError("Choose a moment that is still to come.")
    return moment


def _one(field: Field, form: Form, scene: Scene) -> str:
    value = form.get(field.name, "")
    if value and value not in {option[0] for option in field.options_for(scene)}:
        raise ValueError(field.wording)
    return value


def _several(field: Field, form: Form, scene: Scene) -> list[str]:
    known = {option[0] for option in field.options_for(scene)}
    values = form.getlist(field.name)
    if any(value not in known for value in values):
        raise ValueError(field.wording)
    return values


@dataclass(frozen=True)
class Upload:
    """A file as it came: its name is only what somebody called it."""

    name: str
    content: bytes


def _file(field: Field, _form: Form, _scene: Scene) -> Upload | None:
    sent = request.files.get(field.name)
    return Upload(sent.filename, sent.read()) if sent and sent.filename else None


def _confirmation(field: Field, form: Form, scene: Scene) -> str:
    """The name of the location, ignoring case and outer spaces."""
    text, wanted = _text(field, form, scene), scene.part.location.name
    if text.casefold() != wanted.strip().casefold():
        raise ValueError(f"Type {wanted} exactly. You typed “{text}”." if text else f"Type {wanted}.")
    return text


READERS: dict[str, Callable[[Field, Form, Scene], Any]] = {
    "text": _text,
    "area": _text,
    "email": _text,
    "date": _date,
    "moment": _moment,
    "choice": _one,
    "radios": _one,
    "checks": _several,
    "tick": _text,
    "file": _file,
    "typed": _confirmation,
}

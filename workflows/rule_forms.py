"""Calendar and policy as a form gives them: text for every input, and every mistake named at its input."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import ValidationError

from workflows.config import Settings, policy
from workflows.config.policy import ALL, Policy
from workflows.config.reading import reason
from workflows.config.settings import DAYS, Office, span
from workflows.errors import Line

Form = Mapping[str, str]
LISTS = ("extra_holidays", "extra_working_days")


def office_as_text(office: Office) -> dict[str, str]:
    """What stands in the inputs of a calendar."""
    hours = {
        f"hours_{day}": ", ".join(f"{each.opens:%H:%M}-{each.closes:%H:%M}" for each in spans)
        for day, spans in zip(DAYS, office.hours, strict=True)
    }
    days = {name: "\n".join(str(day) for day in sorted(getattr(office, name))) for name in LISTS}
    return {"time_zone": office.time_zone, "holidays": office.holidays, **hours, **days}


def read_office(form: Form) -> tuple[Office | None, list[Line]]:
    """The calendar of a form; None with a line for each input that makes no sense."""
    lines: list[Line] = []
    hours = {day: _hours(form, f"hours_{day}", lines) for day in DAYS}
    days = {name: _days(form, name, lines) for name in LISTS}
    if lines:
        return None, lines
    plain = {name: form.get(name, "").strip() for name in ("time_zone", "holidays")}
    try:
        return Office.model_validate({**plain, "hours": hours, **days}), []
    except ValidationError as wrong:
        return None, [_line(each) for each in wrong.errors()]


def _hours(form: Form, name: str, lines: list[Line]) -> list[str]:
    spans = [each.strip() for each in form.get(name, "").split(",") if each.strip()]
    try:
        for each in spans:
            span(each)
    except ValueError as wrong:
        lines.append(Line("invalid", _sentence(str(wrong)), name))
    return spans


def _days(form: Form, name: str, lines: list[Line]) -> list[date]:
    found = []
    for text in form.get(name, "").split():
        try:
            found.append(date.fromisoformat(text.strip(",;")))
        except ValueError:
            lines.append(Line("invalid", f'A day is written 2027-12-24, not "{text}".', name))
    return found


def _line(error: Any) -> Line:
    """What only the whole calendar shows belongs to the input that it names."""
    words, place = reason(error), [str(part) for part in error["loc"]]
    named = {"holidays": "holidays", "time_zone": "time_zone", "hours": "hours_mon"}
    field = place[0] if place else next((named[each] for each in named if words.startswith(each)), "")
    if not field:
        field = "extra_working_days" if "extra" in words else "hours_mon"
    return Line("invalid", _sentence(words), named.get(field, field))


def policy_as_text(settings: Settings) -> dict[str, str]:
    """What stands in the inputs of a policy, by the keys of the configuration file."""
    return {key: _as_text(value) for key, value in policy.stored(settings).items()}


def _as_text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return str(value)


def read_policy(settings: Settings, form: Form) -> tuple[Policy, list[Line]]:
    """The policy of a form, and a line for each input that makes no sense."""
    before = policy.stored(settings)
    given = {key: _as_value(form.get(key, "").strip(), before[key]) for key in ALL}
    wrong = policy.problems(settings, given)
    return given, [Line("invalid", _sentence(words), key) for key, words in wrong.items()]


def _as_value(text: str, before: Any) -> Any:
    if isinstance(before, bool):
        return text == "yes"
    if isinstance(before, int):
        return int(text) if text.isascii() and text.lstrip("-").isdigit() and len(text) < 10 else text
    return text


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}".rstrip(".") + "."

"""What the address of a report asks for: period, owners, countries, reasons. What cannot be is told."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy import select

from staff_app import people
from staff_app.desks import at, desk
from workflows.records import User
from workflows.reports.figures import places
from workflows.reports.figures.scope import NO_REASON, Impossible, Period, Scope, months, weeks
from workflows.states import Role

PERIODS = {"4w": "4 weeks", "12w": "12 weeks", "12m": "12 months"}
USUAL = "12w"
FILTERS = ("owner", "country", "reason")


def scope() -> Scope:
    """The scope of this request. Raises Impossible."""
    today = desk().calendar.local_date(at())
    asked = {**_asked_period(), **_asked()}
    made = Scope(desk(), at(), _period(today), _owners(), _countries(), _reasons(), asked)
    if people.me().role == Role.agent:
        made.known["only"] = people.me().id
    return made


def address(path: str, asked: dict[str, Any], **more: Any) -> str:
    """An address with what is asked; empty values are left out."""
    given = {key: value for key, value in {**asked, **more}.items() if value not in (None, "", [])}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


def _period(today: date) -> Period:
    if "from" in request.args or "to" in request.args:
        return Period(_day("from"), _day("to"))
    match request.args.get("period", USUAL):
        case "4w":
            return weeks(today, 4)
        case "12w":
            return weeks(today, 12)
        case "12m":
            return months(today, 12)
        case other:
            raise Impossible(f"There is no period “{other[:40]}”.")


def _day(name: str) -> date:
    value = request.args.get(name, "")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Impossible(f"“{value[:40]}” is no date; a date is written 2027-03-01.") from None


def _asked_period() -> dict[str, Any]:
    return {name: request.args[name] for name in ("period", "from", "to") if request.args.get(name)}


def _asked() -> dict[str, Any]:
    return {name: found for name in FILTERS if (found := _values(name))}


def _values(name: str) -> list[str]:
    return list(dict.fromkeys(each for each in request.args.getlist(name) if each))


def _owners() -> tuple[int | None, ...]:
    found: list[int | None] = []
    for value in _values("owner"):
        if value == "none":
            found.append(None)
        elif value.isdigit() and desk().session.get(User, int(value[:12])) is not None:
            found.append(int(value))
        else:
            raise Impossible(f"Nobody on the staff is “{value[:40]}”.")
    if people.me().role == Role.agent and set(found) - {people.me().id}:
        raise Impossible("Agents see their own figures and the team's.")
    return tuple(found)


def _countries() -> tuple[str, ...]:
    asked = _values("country")
    known = places.countries(desk()) if asked else []
    for value in asked:
        if value not in known:
            raise Impossible(f"No location is in “{value[:40]}”.")
    return tuple(asked)


def _reasons() -> tuple[str, ...]:
    known = reasons()
    for value in _values("reason"):
        if value not in known:
            raise Impossible(f"“{value[:60]}” is no reason of the list.")
    return tuple(_values("reason"))


def reasons() -> list[str]:
    return [*desk().settings.request.reasons, NO_REASON]


def staff() -> list[User]:
    """Whose figures the reader may ask for."""
    working = User.role.in_((Role.agent, Role.manager)), User.is_active
    if people.me().role == Role.agent:
        return [people.me()]
    return list(desk().session.scalars(select(User).where(*working).order_by(User.name)))

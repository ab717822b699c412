"""Business calendar and policy, for admins: changed in a form, previewed, and moved only when confirmed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from staff_app import people
from staff_app.desks import at, desk, house
from staff_app.receipts import receipt
from staff_app.rule_inputs import POLICY, WEEK, Part
from workflows import calendar_change, calendars, rule_forms
from workflows.business_words import explain
from workflows.config import Settings, policy
from workflows.config.policy import Policy
from workflows.errors import Line
from workflows.records import CalendarVersion, User
from workflows.states import Role

ADMIN = (Role.admin,)
EXAMPLES = 20
VERSIONS = 20
SHOWN = 50
Answer = str | Response | tuple[str, int]
Wanted = tuple[Settings | None, Policy | None, list[Line]]


@dataclass(frozen=True)
class Kind:
    """One of the two pages."""

    name: str
    title: str
    read: Callable[[Mapping[str, str]], Wanted]
    """The settings as a form wants them (None where it makes no sense), what is saved of the policy."""
    texts: Callable[[Settings], dict[str, str]]
    parts: Sequence[Part] = ()


@dataclass(frozen=True)
class Example:
    received: datetime
    due: datetime
    before: datetime
    words: str


def register(blueprint: Blueprint) -> None:
    for kind in (CALENDAR, RULES):
        options = {"endpoint": kind.name, "methods": ["GET", "POST"]}
        people.page(blueprint, f"/admin/{kind.name}", ADMIN, _page(kind), **options)


def _page(kind: Kind) -> people.View:
    def view() -> Answer:
        if request.method == "GET":
            return _shown(kind, kind.texts(desk().settings))
        return _changed(kind)

    return view


def _changed(kind: Kind) -> Answer:
    """A form that came: previewed first, saved when it was confirmed on what is still in force."""
    form = request.form
    wanted, changed, lines = kind.read(form)
    if request.form.get("version") != _version():
        words = "Somebody else changed it in the meantime. Look at what is in force now, then change it."
        lines.append(Line("out_of_date", words))
    if wanted is None or lines:
        return _shown(kind, form, lines=lines), 422
    if form.get("step") != "confirm":
        return _shown(kind, form, wanted=wanted)
    done = calendar_change.apply(desk(), wanted, by=people.actor(), at=at(), changed=changed)
    desk().session.commit()
    receipt(f"{kind.title} saved and in force. {done.words}.")
    return redirect(url_for(f"staff.{kind.name}"), 303)


def _shown(
    kind: Kind, values: Mapping[str, str], *, lines: Sequence[Line] = (), wanted: Settings | None = None
) -> str:
    session = desk().session
    newest = select(CalendarVersion).order_by(CalendarVersion.id.desc()).limit(VERSIONS)
    return render_template(
        f"pages/staff_{kind.name}.html",
        kind=kind,
        values=values,
        lines=lines,
        week=WEEK,
        preview=calendar_change.preview(desk(), wanted, at()) if wanted else None,
        examples=_examples(desk().settings, wanted or desk().settings),
        most=SHOWN,
        version=_version(),
        versions=session.scalars(newest).all(),
        names={user.email: user.name for user in session.scalars(select(User))},
        file_differs=[words for _name, words in calendars.differences(session, house().settings)],
    )


def _version() -> str:
    """What is in force: a form that was opened on something else is stale."""
    newest = calendars.applied(desk().session)
    return str(newest.id if newest else 0)


def _examples(before: Settings, after: Settings) -> list[Example]:
    """Requests received now and in the coming days, in the morning and in the evening."""
    today = after.calendar.local_date(at())
    moments = [at()]
    for day in range(1, EXAMPLES):
        noon = after.calendar.opening(today + timedelta(days=(day + 1) // 2))
        moments.append(noon + timedelta(hours=10 if day % 2 == 0 else 1))
    return [_example(moment, before, after) for moment in moments]


def _example(received: datetime, before: Settings, after: Settings) -> Example:
    def due(settings: Settings) -> datetime:
        sla = settings.sla
        return settings.calendar.due(received, sla.first_contact_days, sla.reading)

    sla = after.sla
    words = explain(after.calendar, received, sla.first_contact_days, sla.reading)
    return Example(received, due(after), due(before), words)


def _calendar(form: Mapping[str, str]) -> Wanted:
    office, lines = rule_forms.read_office(form)
    return (desk().settings.model_copy(update={"office": office}) if office else None), None, lines


def _policy(form: Mapping[str, str]) -> Wanted:
    given, lines = rule_forms.read_policy(desk().settings, form)
    return (None if lines else policy.over(desk().settings, given)), given, lines


CALENDAR = Kind(
    "calendar", "Business calendar", _calendar, lambda settings: rule_forms.office_as_text(settings.office)
)
RULES = Kind("policy", "Policy", _policy, rule_forms.policy_as_text, POLICY)

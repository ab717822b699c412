"""Calendar and policy in the browser: previewed, confirmed, in force everywhere; mistakes at their input."""

import re
from datetime import date, time
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from staff_app.rule_inputs import POLICY
from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from tests.staff_app.test_lists import counted
from workflows import calendars, rule_forms
from workflows.config import Settings, policy
from workflows.config.settings import Office
from workflows.desk import Desk
from workflows.records import CalendarVersion, Clock, Event

pytestmark = pytest.mark.usefixtures("acme")
PAGES = pytest.mark.parametrize("page", ["calendar", "policy"])


def _version(person: Person, page: str) -> str:
    found = re.findall(r'name="version" value="(\d+)"', person.read(f"/admin/{page}"))
    return found[-1]


def _calendar(**changed: str) -> dict[str, str]:
    return {**rule_forms.office_as_text(Office()), **changed}


def _policy(**changed: str) -> dict[str, str]:
    return {
        **rule_forms.policy_as_text(Settings()),
        **{key.replace("__", "."): value for key, value in changed.items()},
    }


def _due(desk: Desk) -> Any:
    desk.session.expire_all()
    due = desk.session.scalars(select(Clock.due_at)).one()
    desk.session.commit()
    return due


def _change(admin: Person, page: str, values: dict[str, str]) -> Any:
    return admin.post(f"/admin/{page}", **{"step": "confirm", "version": _version(admin, page), **values})


def test_a_calendar_is_previewed_then_confirmed(desk: Desk, admin: Person) -> None:
    acts.submit(desk, MONDAY)
    before = _due(desk)
    wanted = _calendar(extra_holidays="2027-03-02", hours_fri="09:00-12:00, 13:00-17:00")
    shown = admin.post("/admin/calendar", version=_version(admin, "calendar"), **wanted)
    assert shown.status_code == 200
    assert "1 due time moves" in words(shown)
    assert "A request received now is due Thu 4 Mar 18:00" in words(shown)
    assert "wed 3 Mar 18:00" in words(shown).replace("Wed", "wed")
    assert len(re.findall(r"<td class=\"small\">", shown.text)) == 20
    assert _due(desk) == before
    confirm = shown.text.split('name="step" value="confirm"')[1].split("</form>")[0]
    given = {name: unescape(value) for name, value in re.findall(r'name="([\w.]+)" value="([^"]*)"', confirm)}
    assert admin.post("/admin/calendar", step="confirm", **given).status_code == 303
    assert _due(desk) > before
    newest = calendars.applied(desk.session)
    assert newest and (newest.by, newest.settings["extra_holidays"]) == ("admin@desk.example", ["2027-03-02"])
    [told] = acts.events(desk, "calendar_applied")
    assert (told.actor, told.why) == ("admin@desk.example", "1 due time moves")


def test_all_processes_take_a_new_version_up(desk: Desk, world: World, admin: Person, agent: Person) -> None:
    assert _change(admin, "calendar", _calendar(time_zone="America/New_York")).status_code == 303
    assert _change(admin, "policy", _policy(termination__run_at="17:30")).status_code == 303
    elsewhere = world.house.desk(desk.session)
    assert elsewhere.calendar.time_zone == elsewhere.settings.office.time_zone == "America/New_York"
    assert elsewhere.settings.termination.run_at == time(17, 30)
    assert world.shift(desk.session).desk.settings.termination.run_at == time(17, 30)
    assert "Eastern" in agent.read("/queue")


def test_a_policy_moves_running_clocks_and_leaves_stopped_ones(desk: Desk, admin: Person) -> None:
    stopped = acts.submit(desk, MONDAY, locations=("Branch",))
    acts.reach(desk, stopped, MONDAY)
    running = acts.submit(desk, MONDAY, locations=("HQ",), requested_for=date(2027, 4, 1))
    desk.session.commit()
    answer = _change(admin, "policy", _policy(sla__first_contact_days="3", sla__at_risk_hours="2"))
    assert answer.status_code == 303
    assert "1 due time moves" in admin.read("/admin/policy")
    desk.session.expire_all()
    clocks = {clock.case_id: clock for clock in desk.session.scalars(select(Clock))}
    assert clocks[running.id].due_at.isoformat() == "2027-03-05T00:00:00+00:00"
    assert clocks[stopped.id].due_at.isoformat() == "2027-03-04T00:00:00+00:00"
    assert clocks[running.id].at_risk_at.isoformat() == "2027-03-04T22:00:00+00:00"


def test_the_file_counts_until_a_policy_is_saved(desk: Desk, world: World, admin: Person) -> None:
    def counts() -> tuple[int, bool]:
        found = world.house.desk(desk.session).settings.termination.per_hour
        differs = calendars.is_policy_changed(desk.session, world.house.settings)
        desk.session.commit()
        return found, differs

    world.house.settings = policy.over(world.house.settings, {"termination.per_hour": 7})
    assert counts() == (7, False)
    assert _change(admin, "calendar", _calendar()).status_code == 303
    assert counts() == (7, False)
    assert _change(admin, "policy", _policy(termination__per_hour="9")).status_code == 303
    assert counts() == (9, True)
    assert "lastcall policy apply" in words(admin.get("/admin/policy"))


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("time_zone", "Mars/Base", "is no time zone of the IANA list"),
        ("holidays", "XX", "no such place"),
        ("hours_tue", "9-17", "Hours are written"),
        ("hours_mon", "18:00-09:00", "closes before it opens"),
        ("extra_holidays", "2027-13-01", "A day is written 2027-12-24"),
        ("extra_working_days", "tomorrow", "A day is written 2027-12-24"),
    ],
)
def test_a_mistake_in_the_calendar(desk: Desk, admin: Person, field: str, value: str, said: str) -> None:
    answer = _change(admin, "calendar", _calendar(**{field: value}))
    assert answer.status_code == 422
    assert said in words(answer)
    assert f'id="e-{field}"' in answer.text
    assert value in answer.text
    assert desk.session.scalars(select(CalendarVersion)).all() == []


def test_an_office_that_never_opens(admin: Person) -> None:
    closed = {f"hours_{day}": "" for day in ("mon", "tue", "wed", "thu", "fri")}
    assert "needs opening hours" in words(_change(admin, "calendar", _calendar(**closed)))


def test_a_day_that_is_both(admin: Person) -> None:
    both = _calendar(extra_holidays="2027-12-24", extra_working_days="2027-12-24")
    assert "only one can be" in words(_change(admin, "calendar", both))


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("sla.first_contact_days", "0", "Must be 1 or more."),
        ("sla.first_contact_days", "two", "Needs a whole number."),
        ("sla.reading", "never", "Must be 'end_of_day', 'same_time' or 'working_hours'."),
        ("termination.run_at", "6 pm", 'A time is written "18:00".'),
        ("termination.second_approval.monthly", "much", "An amount is written"),
        ("termination.per_day_percent", "101", "Must be 100 or less."),
    ],
)
def test_a_mistake_in_the_policy(desk: Desk, admin: Person, key: str, value: str, said: str) -> None:
    answer = _change(admin, "policy", {**rule_forms.policy_as_text(Settings()), key: value})
    assert answer.status_code == 422
    assert said in words(answer)
    assert f'id="e-{key}"' in answer.text
    assert desk.session.scalars(select(CalendarVersion)).all() == []


@PAGES
def test_a_stale_form_changes_nothing(desk: Desk, admin: Person, page: str) -> None:
    values = _calendar() if page == "calendar" else _policy()
    old = _version(admin, page)
    assert _change(admin, page, values).status_code == 303
    answer = admin.post(f"/admin/{page}", step="confirm", version=old, **values)
    assert answer.status_code == 422
    assert "Somebody else changed it in the meantime" in words(answer)
    assert len(desk.session.scalars(select(CalendarVersion)).all()) == 1


@PAGES
def test_queries_do_not_grow_with_clocks(
    app: Flask, desk: Desk, world: World, admin: Person, page: str
) -> None:
    values = (
        _calendar(extra_holidays="2027-03-02") if page == "calendar" else _policy(sla__first_contact_days="4")
    )
    version = _version(admin, page)
    acts.submit(desk, MONDAY)
    admin.csrf()
    with counted(app) as few:
        admin.post(f"/admin/{page}", version=version, **values)
    for number in range(12):
        ref = f"cust-{number}"
        world.books.add_account(ref, ref, owner=f"o@{ref}.example", authorised=[])
        world.books.add_location(ref, f"{ref}-1", ref, renews_on=date(2027, 3, 28), numbers=[])
        acts.submit(desk, MONDAY, account=ref, locations=(f"{ref}-1",), by=f"o@{ref}.example")
    with counted(app) as many:
        shown = admin.post(f"/admin/{page}", version=version, **values)
    assert "13 due times move" in words(shown)
    assert len(few) == len(many)


def test_every_key_of_the_policy_has_its_input() -> None:
    assert sorted(it.key for part in POLICY for it in part.inputs) == sorted(policy.ALL)


def test_versions_say_who_and_when(desk: Desk, admin: Person) -> None:
    _change(admin, "policy", _policy(sla__target_percent="90"))
    page = words(admin.get("/admin/policy"))
    assert "Version 1, today 10:00: Admin" in page
    assert "policy saved" in page
    assert (
        desk.session.scalars(select(Event).where(Event.name == "policy_applied")).one().source == "127.0.0.1"
    )


@PAGES
def test_the_pages_are_well_made(admin: Person, page: str) -> None:
    text = admin.read(f"/admin/{page}")
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids))
    for target in re.findall(r'(?:aria-labelledby|aria-describedby|\sfor)="([^"]+)"', text):
        assert set(target.split()) <= set(ids), target

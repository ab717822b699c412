"""What holds the pages up: every route stands on a list, every POST needs a session and a CSRF token."""

import re
from pathlib import Path

import pytest
from flask import Flask

from staff_app import actions, acts
from tests import acts as desk_acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import HIDDEN, Person, words
from workflows import users
from workflows.desk import Desk

STAFF_PAGES = {
    "/": {"agent", "manager", "admin"},
    "/queue": {"agent", "manager"},
    "/bulk": {"agent", "manager"},
    "/views": {"agent", "manager"},
    "/views/<int:thing>/delete": {"agent", "manager"},
    "/cases/<reference>/viewing": {"agent", "manager"},
    "/keys": {"agent", "manager", "admin"},
    "/me/work": {"agent", "manager", "admin"},
    "/me/stay": {"agent", "manager", "admin"},
    "/cases": {"agent", "manager"},
    "/cases/<reference>": {"agent", "manager"},
    "/cases/<reference>/todo": {"agent", "manager"},
    "/cases/<reference>/files/<int:thing>": {"agent", "manager"},
    "/cases/<reference>/letters/<int:thing>": {"agent", "manager"},
    "/cases/<reference>/letters/<int:thing>/html": {"agent", "manager"},
    "/cases/<reference>/preview/<name>": {"agent", "manager"},
    "/cases/<reference>/preview/<name>/<int:thing>": {"agent", "manager"},
    "/requests/new": {"agent", "manager"},
    "/upcoming": {"agent", "manager"},
    "/ports": {"agent", "manager"},
    "/accounts/<path:ref>": {"agent", "manager"},
    "/reports/sla": {"agent", "manager"},
    "/reports/workload": {"agent", "manager"},
    "/reports/reasons": {"agent", "manager"},
    "/reports/definitions": {"agent", "manager"},
    "/reports/<name>.csv": {"agent", "manager"},
    "/reports/<name>/cases": {"agent", "manager"},
    "/reports/<name>/cases.csv": {"agent", "manager"},
    "/runs": {"agent", "manager", "admin"},
    "/runs/<int:number>": {"agent", "manager", "admin"},
    "/approvals": {"manager"},
    "/findings": {"agent", "manager", "admin"},
    "/admin/health": {"manager", "admin"},
    "/me": {"agent", "manager", "admin"},
    "/me/theme": {"agent", "manager", "admin"},
    "/me/away": {"agent", "manager", "admin"},
    "/me/password": {"agent", "manager", "admin"},
    "/me/digest": {"manager"},
    "/declined": {"manager"},
    "/holds": {"manager"},
    "/stops": {"manager", "admin"},
    "/team": {"manager"},
    "/admin/calendar": {"admin"},
    "/admin/policy": {"admin"},
    "/admin/audit": {"manager", "admin"},
    "/admin/audit.csv": {"manager", "admin"},
    "/admin/users": {"admin"},
    "/admin/users/<int:thing>": {"admin"},
}
ACTS = {rule: {str(role) for role in act.roles} for act in actions.ACTS for rule in acts.rules(act)}
DOORS = {"/sign-in", "/sign-out", "/reset", "/reset/<token>"}
"""Pages without a session: they still need a CSRF token."""
OTHERS = ("/static/", "/api/", "/health/", "/s/", "/r/", "/sign/", "/openapi")
"""Rooms of others, with lists of their own."""


def _rules(app: Flask) -> list[tuple[str, set[str]]]:
    return [(rule.rule, set(rule.methods or ()) - {"HEAD", "OPTIONS"}) for rule in app.url_map.iter_rules()]


def test_every_route_of_staff_stands_on_a_list(app: Flask) -> None:
    ours = {
        rule.rule for rule in app.url_map.iter_rules() if rule.endpoint.split(".")[0] in ("staff", "doors")
    }
    assert ours == {*STAFF_PAGES, *ACTS, *DOORS}


@pytest.mark.once
@pytest.mark.parametrize("rule", [*STAFF_PAGES, *ACTS])
@pytest.mark.usefixtures("acme")
def test_each_page_is_for_its_roles_only(rule: str, app: Flask, desk: Desk, signed_in: object) -> None:
    desk_acts.submit(desk, MONDAY)
    named = {"<reference>": "C-1001", "<int:thing>": "1", "<int:number>": "1", "<name>": "promises"}
    named["<path:ref>"] = "acme"
    path = re.sub("<[^>]+>", lambda found: named[found.group()], rule)
    methods = {m for each, methods in _rules(app) if each == rule for m in methods}
    roles = STAFF_PAGES.get(rule) or ACTS[rule]
    assert app.test_client().open(path, method="GET" if "GET" in methods else "POST").status_code in (
        303,
        401,
    )
    for name in ("agent", "manager", "admin"):
        person: Person = signed_in(name)  # type: ignore[operator]
        answer = person.get(path) if "GET" in methods else person.post(path)
        assert (answer.status_code != 403) == (name in roles), (name, answer.status_code)


@pytest.mark.usefixtures("acme")
def test_every_post_needs_a_csrf_token(app: Flask, desk: Desk, agent: Person, manager: Person) -> None:
    desk_acts.submit(desk, MONDAY)
    posts = [rule for rule, methods in _rules(app) if "POST" in methods and not rule.startswith(OTHERS)]
    checked = 0
    for rule in posts:
        if rule not in {*STAFF_PAGES, *ACTS, *DOORS}:
            continue
        path = re.sub(r"<[^>]+>", "1", rule.replace("<reference>", "C-1001"))
        for person in (agent, manager):
            answer = person.client.post(path, data={"text": "typed words", "password": "secret words"})
            assert answer.status_code == 400, rule
            assert "secret words" not in answer.text
        checked += 1
    assert checked >= len(actions.ACTS)


@pytest.mark.usefixtures("acme")
def test_an_expired_form_keeps_what_was_typed(desk: Desk, agent: Person) -> None:
    case = desk_acts.submit(desk, MONDAY)
    path = f"/cases/{case.reference}/note"
    form = agent.form(path)
    answer = agent.client.post(path, data={**form, "csrf_token": "old", "text": "Long <b>words</b>."})
    assert answer.status_code == 400
    assert "Long &lt;b&gt;words&lt;/b&gt;." in answer.text
    token = re.findall(r'name="csrf_token" value="([^"]+)"', answer.text)[-1]
    again = agent.client.post(path, data={**form, "csrf_token": token, "text": "Long <b>words</b>."})
    assert again.status_code == 303


@pytest.mark.usefixtures("acme")
def test_a_session_that_ended_keeps_what_was_typed(app: Flask, desk: Desk, agent: Person) -> None:
    case = desk_acts.submit(desk, MONDAY)
    form = agent.form(f"/cases/{case.reference}/note")
    user = desk_acts.staff(desk).user
    assert user
    user.session_mark = "another"
    desk.session.commit()
    answer = agent.client.post(f"/cases/{case.reference}/note", data={**form, "text": "Kept words"})
    assert answer.status_code == 401
    assert "Kept words" in answer.text
    users.set_password(desk, user, "a long enough word", at=MONDAY)
    desk.session.commit()
    hidden = dict(HIDDEN.findall(answer.text))
    who = {"email": user.email, "password": "a long enough word"}
    desk.session.commit()
    page = agent.client.post("/sign-in", data={**hidden, "csrf_token": csrf_of(answer.text), **who})
    assert "You are signed in again" in words(page)
    assert "Kept words" in page.text
    sent = {**dict(HIDDEN.findall(page.text)), "csrf_token": csrf_of(page.text)}
    filled = agent.client.post(f"/cases/{case.reference}/note", data=sent)
    assert filled.status_code == 200
    assert re.search(r"<textarea[^>]*>Kept words</textarea>", filled.text)
    assert desk_acts.events(desk, "note") == []


def csrf_of(page: str) -> str:
    return str(re.findall(r'name="csrf_token" value="([^"]+)"', page)[-1])


def test_a_bug_has_a_reference_and_tells_nothing_else(
    app: Flask, desk: Desk, agent: Person, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk.session.commit()

    def broken(*_args: object, **_more: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("staff_app.queue.lists.page", broken)
    app.testing = False
    answer = agent.get("/queue")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    found = re.search(r"Reference ([0-9A-F]{8})", words(answer))
    assert found
    assert found.group(1) in capsys.readouterr().out


@pytest.mark.usefixtures("acme")
def test_every_page_is_strict_and_well_made(app: Flask, desk: Desk, world: World, agent: Person) -> None:
    case = desk_acts.submit(desk, MONDAY, locations=("HQ", "Branch"))
    part = case.cancellations[0]
    paths = ["/queue", "/cases", "/me", "/runs", "/requests/new?account=acme", f"/cases/{case.reference}"]
    paths += [
        f"/cases/{case.reference}/{name}/{part.id}" for name in ("confirm", "defer", "numbers", "decline")
    ]
    paths += [f"/cases/{case.reference}/{name}" for name in ("contact", "message", "note", "assign")]
    for path in paths:
        answer = agent.get(path)
        page = answer.text
        assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert not re.search(r'\sstyle="|\son\w+="|<style|<script(?! src)', page), path
        assert page.count("<h1") == 1, path
        assert page.count("<main") == 1
        assert 'class="skip"' in page
        assert re.search(r"<title>.+ · Lastcall</title>", page), path
        ids = re.findall(r'\sid="([^"]+)"', page)
        assert len(ids) == len(set(ids)), (path, [each for each in ids if ids.count(each) > 1])
        for target in re.findall(r'(?:aria-labelledby|aria-describedby|\sfor)="([^"]+)"', page):
            assert set(target.split()) <= set(ids), (path, target)
        for action in re.findall(r'<form method="post"[^>]*>(.*?)</form>', page, re.DOTALL):
            assert 'name="csrf_token"' in action, path
        assert not re.search(r">\s*Cancel\s*<", page), path


def test_templates_hold_no_inline_style_or_script() -> None:
    folder = Path(__file__).parent.parent.parent / "templates"
    for file in [*folder.glob("pages/*.html"), *folder.glob("parts/**/*.html")]:
        text = file.read_text("utf-8")
        assert not re.search(r'\sstyle="|\son(click|change|submit|load)="|<style|<script(?! src)', text), (
            file.name
        )

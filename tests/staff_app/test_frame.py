"""What stands around every page: counts, business clock, stop switch, the scheduler's life, colours."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from staff_app import frame
from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from workflows import brakes
from workflows.desk import Desk
from workflows.records import Beat, User


@pytest.mark.parametrize(
    ("at", "said"),
    [
        ("2027-03-01T16:00", "Open until 18:00 Central · Mon 1 Mar 10:00"),
        ("2027-03-02T01:00", "Closed until tomorrow 09:00 Central"),
        ("2027-03-06T16:00", "Closed until Mon 8 Mar 09:00 Central"),
        ("2027-07-01T16:00", "Mon 5 Jul closed (Independence Day"),
    ],
)
def test_the_business_clock(desk: Desk, world: World, agent: Person, at: str, said: str) -> None:
    desk.session.commit()
    world.time.now = datetime.fromisoformat(at).replace(tzinfo=UTC)
    page = " ".join(agent.read("/queue").replace("<b>", "").replace("</b>", "").split())
    assert said in page.replace('<span class="lg">', "")


@pytest.mark.usefixtures("acme")
def test_counts_in_the_rail(desk: Desk, agent: Person, world: World) -> None:
    acts.submit(desk, MONDAY)
    page = agent.read("/queue").split("</nav>")[1]
    assert page.count('<span class="ct">1</span>') == 3
    world.time.pass_(days=4)
    assert '<span class="ct hot">1</span>' in agent.read("/queue")


def test_the_stop_switch_is_one_click_on_every_page(desk: Desk, signed_in: Callable[[str], Person]) -> None:
    desk.session.commit()
    for name, path in (
        ("manager", "/queue"),
        ("manager", "/me"),
        ("admin", "/admin/users"),
        ("admin", "/runs"),
    ):
        assert 'action="/desk/stop-all"' in signed_in(name).read(path)
    assert 'action="/desk/stop-all"' not in signed_in("agent").read("/queue")


def test_the_red_banner_while_stopped(desk: Desk, agent: Person, admin: Person) -> None:
    brakes.stop_all(desk, by=acts.staff(desk, "manager"), at=MONDAY, reason="Carrier outage")
    desk.session.commit()
    for person, path in ((agent, "/queue"), (agent, "/me"), (admin, "/runs")):
        page = person.read(path)
        assert "All terminations are stopped." in page
        assert "Manager, today 10:00: Carrier outage" in page
    assert "Start again" in admin.read("/runs")
    assert "Start again" not in agent.read("/queue")


def test_the_banner_while_no_scheduler_lives(desk: Desk, world: World, agent: Person) -> None:
    desk.session.commit()
    assert "The scheduler gives no sign of life" in agent.read("/queue")
    desk.session.add(Beat(name="scheduler", at=world.time.now))
    desk.session.commit()
    assert "no sign of life" not in agent.read("/queue")
    world.time.now += timedelta(seconds=60)
    assert "no sign of life" not in agent.read("/queue")
    world.time.now += timedelta(seconds=1)
    assert "no sign of life since today 10:00" in " ".join(agent.read("/queue").split())


def test_colours_are_kept_per_person(desk: Desk, agent: Person, manager: Person) -> None:
    assert "data-theme" not in agent.read("/queue")
    assert agent.post("/me/theme", theme="dark", back="/cases?q=x").location == "/cases?q=x"
    assert '<html lang="en" data-theme="dark">' in agent.read("/queue")
    assert "data-theme" not in manager.read("/queue")
    agent.post("/me/theme", theme="pink")
    assert 'data-theme="dark"' in agent.read("/queue")


def test_being_away(desk: Desk, agent: Person) -> None:
    answer = agent.post("/me/away", away="yes")
    assert "You are away" in agent.read(answer.location)
    assert desk.session.query(User).filter_by(is_away=True).one().email == "agent@desk.example"


def test_a_receipt_is_shown_once_and_can_be_dismissed(desk: Desk, manager: Person) -> None:
    desk.session.commit()
    manager.post("/desk/stop-all", back="/me")
    assert "data-dismiss" in manager.read("/me")
    assert "data-dismiss" not in manager.read("/me")


def test_static_files_are_named_by_their_content(desk: Desk, agent: Person) -> None:
    desk.session.commit()
    page = agent.read("/queue")
    path = page.split('<link rel="stylesheet" href="')[1].split('"')[0]
    assert "?v=" in path
    with agent.get(path) as fresh, agent.get("/static/app.css?v=old") as old:
        assert fresh.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert old.headers["Cache-Control"] == "no-cache"


def test_admins_do_no_case_work(desk: Desk, admin: Person) -> None:
    desk.session.commit()
    assert admin.get("/").location == "/admin/users"
    for path in ("/queue", "/cases", "/cases/C-1001", "/requests/new"):
        answer = admin.get(path)
        assert answer.status_code == 403
        assert "needs the role agent or manager" in words(answer)


def test_only_admins_see_the_users(desk: Desk, agent: Person, manager: Person, admin: Person) -> None:
    desk.session.commit()
    assert "manager2@desk.example" in admin.read("/admin/users")
    assert agent.get("/admin/users").status_code == manager.get("/admin/users").status_code == 403


def test_every_place_that_a_key_leads_to_exists(desk: Desk, agent: Person) -> None:
    desk.session.commit()
    script = (Path(frame.STATIC) / "app.js").read_text("utf-8")
    places = re.findall(r': "(/[\w/]+)"', script.split("const places = ")[1].split("}")[0])
    assert len(places) == 7
    for path in places:
        assert agent.get(path).status_code == 200, path

"""Where managers' acts have their place: each list shows what is in force, with a fixed number of queries."""

from datetime import date

import pytest
from flask import Flask

from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from tests.staff_app.test_lists import counted
from workflows import brakes, retention, review, team
from workflows.desk import Desk
from workflows.errors import Refused
from workflows.records import Case

pytestmark = pytest.mark.usefixtures("acme")


def _case(world: World, desk: Desk, number: int, owner: str = "") -> Case:
    ref = f"cust-{number}"
    world.books.add_account(ref, f"Customer {number}", owner=f"o@{ref}.example", authorised=[])
    world.books.add_location(ref, f"{ref}-1", f"Site {number}", renews_on=date(2027, 3, 28), numbers=[])
    case = acts.submit(desk, MONDAY, account=ref, locations=(f"{ref}-1",), by=f"o@{ref}.example")
    if owner:
        by = acts.staff(desk, owner)
        brakes.assign(desk, case, by=by, at=MONDAY, to=by.user)
    return case


def _act_on(desk: Desk, case: Case, kind: str) -> None:
    manager, part = acts.staff(desk, "manager"), case.cancellations[0]
    if kind == "declined":
        review.decline(desk, part, by=acts.staff(desk), at=MONDAY, reason="Wrong process, call us")
    elif kind == "holds":
        brakes.hold(desk, case, by=manager, at=MONDAY, reason="A dispute")
        brakes.override(desk, part, "not_contacted", by=manager, at=MONDAY, reason="Known for years")
        retention.keep(desk, case, by=manager, at=MONDAY, reason="A lawsuit")
    desk.session.commit()


SAID = {
    "declined": ["Wrong process, call us", "Agent"],
    "holds": ["A dispute", "Known for years", "A lawsuit", "Manager", "Nobody was reached"],
}


@pytest.mark.parametrize("page", SAID)
def test_the_lists(app: Flask, world: World, desk: Desk, manager: Person, page: str) -> None:
    _act_on(desk, _case(world, desk, 1), page)
    with counted(app) as few:
        said = words(manager.get(f"/{page}"))
    assert all(each in said for each in [*SAID[page], "C-1001"])
    for number in range(2, 8):
        _act_on(desk, _case(world, desk, number), page)
    with counted(app) as many:
        manager.read(f"/{page}")
    assert len(few) == len(many)


def test_declined_requests_have_pages(world: World, desk: Desk, manager: Person) -> None:
    for number in range(52):
        _act_on(desk, _case(world, desk, number), "declined")
    assert manager.read("/declined").count("Wrong process") == 50
    assert manager.read("/declined?before=3").count("Wrong process") == 2
    assert "No request was declined before these" in manager.read("/declined?before=1")


def test_what_ended_is_not_in_force(world: World, desk: Desk, manager: Person) -> None:
    case = _case(world, desk, 1)
    _act_on(desk, case, "holds")
    brakes.release(desk, case, by=acts.staff(desk, "manager"), at=MONDAY)
    retention.let_go(desk, case, by=acts.staff(desk, "manager"), at=MONDAY)
    review.withdraw(desk, case.cancellations[0], by=acts.staff(desk), at=MONDAY)
    desk.session.commit()
    said = words(manager.get("/holds"))
    for nothing in ("No case is on hold.", "No line is overridden.", "No records are under a legal hold."):
        assert nothing in said


def test_the_stop_switch_and_its_history(manager: Person, admin: Person) -> None:
    assert "It was never used." in admin.read("/stops")
    assert manager.post("/desk/stop-all", back="/stops").location == "/stops"
    page = manager.read("/stops")
    assert "You stopped it: somebody else has to start again." in page
    assert "not yet" in page
    assert "/desk/start-again" in admin.read("/stops")
    assert admin.send("/desk/start-again?back=/stops").status_code == 303
    said = words(manager.get("/stops"))
    assert "Terminations are on" in said
    assert "Manager" in said and "Admin" in said


def test_reassign_all_of_an_absent_agent(world: World, desk: Desk, manager: Person) -> None:
    cases = [_case(world, desk, number, "agent") for number in range(3)]
    user = acts.staff(desk).user
    assert user
    user.is_away = True
    desk.session.commit()
    assert "Reassign all" in manager.read("/team")
    path = f"/users/{user.id}/reassign"
    shown = words(manager.get(path))
    assert "3 open cases of Agent would go to somebody else. Nothing is done yet" in shown
    assert acts.events(desk, "reassigned") == []
    desk.session.commit()
    answer = manager.send(path, to="turn", back="/team")
    assert answer.location == "/team"
    assert "3 cases of Agent went to all who are here, in turn." in manager.read("/team")
    desk.session.expire_all()
    owners = [case.owner.name for case in cases if case.owner]
    assert sorted(owners) == ["Agent2", "Manager", "Manager2"]
    assert len([each for each in acts.events(desk, "assigned") if each.actor == "manager@desk.example"]) == 3


def test_nothing_to_hand_on(desk: Desk) -> None:
    manager, user, other = (acts.staff(desk, name) for name in ("manager", "agent", "agent2"))
    assert user.user and other.user
    with pytest.raises(Refused) as refused:
        team.reassign(desk, user.user, by=manager, at=MONDAY, to=[other.user])
    assert refused.value.codes == {"out_of_date"}
    with pytest.raises(Refused) as refused:
        team.reassign(desk, user.user, by=user, at=MONDAY, to=[other.user])
    assert refused.value.codes == {"not_allowed"}


def test_the_team_costs_the_same_for_many(app: Flask, world: World, desk: Desk, manager: Person) -> None:
    _case(world, desk, 1, "agent")
    desk.session.commit()
    with counted(app) as few:
        manager.read("/team")
    for number in range(2, 12):
        _case(world, desk, number, "agent2" if number % 2 else "agent")
    desk.session.commit()
    with counted(app) as many:
        assert "Nobody is ranked" in manager.read("/team")
    assert len(few) == len(many)

"""How agents work a list: sorting, filters, saved views, who looks, the cases beside, several at once."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape

import pytest
from flask import Flask

from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from tests.staff_app.test_lists import _case, _shown
from workflows import review
from workflows.desk import Desk
from workflows.records import Case, SavedView, User, Viewing
from workflows.reports import lists, sorting

NEXT = re.compile(r'href="([^"]+)" rel="next"')


def _onward(page: str) -> str:
    found = NEXT.search(page)
    return unescape(found.group(1)) if found else ""


@pytest.fixture
def three(desk: Desk, world: World) -> list[Case]:
    """Cases of the agent: names and dates in other orders than their numbers."""
    made = [
        _case(world, desk, number, owner="agent", name=name)
        for number, name in ((1, "Zeta"), (2, "alpha"), (3, "Mid"))
    ]
    for case, day in zip(made, (12, 20, 15), strict=True):
        case.cancellations[0].requested_for = case.wanted_for = date(2027, 3, day)
    desk.session.commit()
    return made


@pytest.mark.parametrize(
    ("sort", "order", "aria"),
    [
        ("deadline", "123", "ascending"),
        ("-deadline", "321", "descending"),
        ("customer", "231", "ascending"),
        ("-customer", "132", "descending"),
        ("asked", "132", "ascending"),
        ("-asked", "231", "descending"),
    ],
)
def test_a_list_is_sorted_by_a_column(
    three: list[Case], agent: Person, sort: str, order: str, aria: str
) -> None:
    page = agent.read(f"/queue?sort={sort}")
    assert _shown(page) == [f"C-100{each}" for each in order]
    assert page.count("aria-sort=") == page.count(f'aria-sort="{aria}"') == 1
    assert ('scope="rowgroup"' in page) == (sort == "deadline")


@pytest.mark.parametrize(
    "sort", ["deadline", "-deadline", "customer", "-customer", "asked", "-asked", "number"]
)
def test_every_order_pages_by_key(
    desk: Desk, three: list[Case], agent: Person, monkeypatch: pytest.MonkeyPatch, sort: str
) -> None:
    whole = _shown(agent.read(f"/cases?status=open&sort={sort}"))
    monkeypatch.setattr(lists.page, "__defaults__", (2,))
    first = agent.read(f"/cases?status=open&sort={sort}")
    assert _shown(first) + _shown(agent.read(_onward(first))) == whole


@pytest.mark.parametrize(
    "key", ["", "[]", "[1,2,3,4]", '["a",1,1]', "[1,1e400,1]", "{}", "[1,99999999999999,1]"]
)
def test_a_wrong_key_is_no_key(key: str) -> None:
    assert sorting.DEADLINE.read(key) is None


def test_filters_of_ports_dates_and_reasons(desk: Desk, three: list[Case], agent: Person) -> None:
    one, two, three_ = (case.reference for case in three)
    acts.dispose(desk, three[0].cancellations[0], MONDAY, "porting")
    three[1].cancellations[0].agreed_for = date(2027, 3, 2)
    desk.session.commit()
    assert _shown(agent.read("/queue?port=yes")) == [one]
    assert _shown(agent.read("/queue?near=yes")) == [two]
    assert _shown(agent.read("/queue?asked_from=2027-03-13&asked_to=2027-03-18")) == [three_]
    assert _shown(agent.read("/cases?reason=Other&reason=None")) == []
    assert _shown(agent.read("/queue?owner=none")) == []
    said = words(agent.get("/queue?port=yes"))
    assert "Port involved 1" in said
    assert "1 case" in said
    assert "Your queue has 3 open cases." in words(agent.get("/queue?stage=declined"))


def test_counts_are_of_the_whole_queue(
    desk: Desk, three: list[Case], agent: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists.page, "__defaults__", (2,))
    assert "Next (3)" in words(agent.get("/queue"))
    counts = lists.counts(desk, three[0].owner_id or 0, MONDAY)
    assert counts == {
        "late": 0,
        "today": 0,
        "planned": 0,
        "next": 3,
        "waiting": 0,
        "port": 0,
        "nobody": 0,
    }


def test_the_cases_beside_follow_the_list_one_came_from(three: list[Case], agent: Person) -> None:
    listed = agent.read("/queue?sort=customer")
    links = [unescape(each) for each in re.findall(r'c-who"><a href="([^"]+)"', listed)]
    page = agent.read(links[1])
    before, after = (
        unescape(re.findall(rf'href="([^"]+)" rel="{each}"', page)[0]) for each in ("prev", "next")
    )
    assert [before, after] == [links[0], links[2]]
    assert 'rel="prev"' not in agent.read(before)
    assert 'rel="next"' not in agent.read(after)
    assert 'href="/queue?sort=customer"' in page
    assert 'rel="next"' not in agent.read("/cases/C-1001?from=//evil.example")


def test_a_view_is_saved_shared_and_deleted(
    desk: Desk, agent: Person, manager: Person, signed_in: Callable[[str], Person]
) -> None:
    desk.session.commit()
    address = "/cases?stage=new&status=open&sort=customer"
    answer = agent.post("/views", name=" New  ones ", address=address)
    assert answer.location == "/cases?stage=new&status=open&sort=customer"
    agent.post("/views", name="For all", address="/queue?due=late", shared="yes")
    agent.post("/views", name="New ones", address="/queue?due=today")
    assert desk.session.query(SavedView).count() == 2
    desk.session.commit()
    assert "For all" in manager.read("/views")
    assert "New ones" not in manager.read("/views")
    assert agent.post("/views", name="x", address="//evil.example").status_code == 303
    views = {each.name: each.id for each in desk.session.query(SavedView)}
    desk.session.commit()
    other = signed_in("agent2")
    assert [other.post(f"/views/{each}/delete").status_code for each in views.values()] == [404, 404]
    assert manager.post(f"/views/{views['For all']}/delete").status_code == 303
    assert agent.post(f"/views/{views['New ones']}/delete").status_code == 303
    assert "No view is saved yet" in words(agent.get("/views"))


def test_others_see_who_looks_at_a_case(
    desk: Desk, world: World, three: list[Case], agent: Person, manager: Person
) -> None:
    manager.post("/cases/C-1001/viewing")
    said = words(agent.post("/cases/C-1001/viewing"))
    assert said == "Manager is looking at this case"
    assert "Manager is looking at it" in agent.read("/queue")
    assert "Agent is looking at it" not in agent.read("/queue")
    world.time.pass_(seconds=76)
    assert "is looking" not in agent.read("/queue")
    world.time.pass_(hours=2)
    agent.post("/cases/C-1002/viewing")
    assert desk.session.query(Viewing).count() == 1


def test_several_cases_get_an_owner_after_a_dry_run(desk: Desk, three: list[Case], agent: Person) -> None:
    review.withdraw(desk, three[2].cancellations[0], by=acts.staff(desk), at=MONDAY)
    desk.session.commit()
    refs = [case.reference for case in three]
    to = str(desk.session.query(User).filter_by(email="agent2@desk.example").one().id)
    desk.session.commit()
    shown = agent.post("/bulk", what="assign", case=refs, back="/queue")
    assert "2 of 3 can be assigned." in words(shown)
    assert "C-1003 : It is closed." in words(shown)
    assert {case.owner_id for case in desk.session.query(Case)} != {int(to)}
    desk.session.commit()
    done = agent.post("/bulk", what="assign", case=refs, back="/queue", go="yes", to=to)
    assert "2 cases of 3 assigned." in words(done)
    desk.session.expire_all()
    assert [case.owner_id == int(to) for case in desk.session.query(Case).order_by(Case.id)] == [
        True,
        True,
        False,
    ]


def test_several_cases_get_a_note_or_a_file(desk: Desk, three: list[Case], agent: Person) -> None:
    refs = [case.reference for case in three[:2]]
    assert agent.post("/bulk", what="note", case=refs, go="yes").status_code == 422
    done = agent.post("/bulk", what="note", case=refs, go="yes", text="Called the chain.", back="/queue")
    assert done.location == "/queue"
    assert len(acts.events(desk, "note")) == 2
    desk.session.commit()
    file = agent.post("/bulk", what="export", case=refs)
    assert file.headers["Content-Disposition"] == 'attachment; filename="cases-2027-03-01.csv"'
    assert file.text.splitlines()[1].startswith("C-1001,Zeta,Site 1,New,2027-03-04T00:00")


def test_nothing_that_ends_service_is_done_to_several(three: list[Case], agent: Person) -> None:
    for what in ("confirm", "withdraw", "decline", "retry", "x", ""):
        answer = agent.post("/bulk", what=what, case=["C-1001"], go="yes", back="/queue")
        assert answer.location == "/queue"
    assert agent.post("/bulk", what="take", back="/queue").location == "/queue"
    assert "Select at least one case" in words(agent.get("/queue"))
    assert three[0].cancellations[0].state == "requested"


def test_an_act_from_a_list_leads_back_to_it(three: list[Case], agent: Person) -> None:
    path = "/cases/C-1001/note?back=%2Fqueue%3Fsort%3Dcustomer"
    answer = agent.post(path, **agent.form(path), text="Seen.")
    assert answer.location == "/queue?sort=customer"
    assert 'class="t" tabindex="-1" autofocus' in agent.read(answer.location)


def test_keys_and_density_are_each_persons_own(desk: Desk, agent: Person, manager: Person) -> None:
    desk.session.commit()
    page = agent.read("/queue")
    assert "data-keys=" in page
    assert "data-density" not in page
    agent.post("/me/work", density="compact")
    page = agent.read("/queue")
    assert "data-keys=" not in page
    assert 'data-density="compact"' in page
    assert "data-keys=" in manager.read("/queue")
    assert "Confirm the end" in agent.read("/keys")
    assert "You have switched them off." in words(agent.get("/keys"))


def test_a_page_that_refreshes_itself_does_not_prolong_the_session(
    app: Flask, desk: Desk, agent: Person
) -> None:
    desk.session.commit()
    with agent.client.session_transaction() as session:
        session.permanent = True
    agent.csrf()
    by_itself = agent.get("/queue", headers={"X-Background": "yes"})
    assert "Set-Cookie" not in by_itself.headers
    assert "Set-Cookie" in agent.get("/queue").headers
    assert "Set-Cookie" in agent.post("/me/stay").headers


def test_an_instant_of_the_list_is_told(three: list[Case], world: World, agent: Person) -> None:
    """The page counts down by itself: it needs the moment it was made, hours, and what was left."""
    page = agent.read("/queue")
    assert f'data-at="{MONDAY.isoformat()}"' in page
    assert f'data-left="{int(timedelta(hours=8 + 9 + 9).total_seconds())}"' in page
    assert 'data-open="[[' in page

"""What ends when, with what stands in its way, and the ports under way."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from tests import acts
from tests.conftest import MONDAY, World
from tests.staff_app.people_at_work import Person, words
from workflows import books, brakes, porting
from workflows.adapters.platform import OrderBook
from workflows.desk import Desk
from workflows.records import PortOrder, PortOrderNumber
from workflows.reports import port_watch, upcoming
from workflows.states import OrderState


def _order(desk: Desk, ref: str, numbers: list[str], foc: datetime | None) -> PortOrder:
    account = books.account(desk, "acme")
    assert account is not None
    order = PortOrder(
        ref=ref,
        account_id=account.id,
        state=OrderState.committed if foc else OrderState.requested,
        foc=foc,
        first_seen_at=MONDAY,
        read_at=MONDAY,
        numbers=[PortOrderNumber(e164=each) for each in numbers],
    )
    desk.session.add(order)
    desk.session.commit()
    return order


@pytest.mark.usefixtures("acme")
def test_an_end_stands_on_its_day_with_what_clashes(desk: Desk, manager: Person) -> None:
    part = acts.scheduled(desk, MONDAY, requested_for=date(2027, 3, 28))
    _order(desk, "P-9", ["+12565550101"], None)
    brakes.hold(desk, part.case, by=acts.staff(desk, "manager"), at=MONDAY, reason="Legal asks")
    desk.session.commit()
    for view in ("week", "month", "list"):
        shown = words(manager.get(f"/upcoming?view={view}&from=2027-03-28"))
        assert "1 location ends" in shown
        assert "Acme Dental" in shown
    shown = words(manager.get("/upcoming?from=2027-03-24"))
    for said in (
        "Port order P-9 is open",
        "Renews before that, on 28 Mar",
        "The office is closed: Sunday",
        "On hold",
    ):
        assert said in shown
    assert "Sun 28 Mar 18:00 Central" in shown
    assert "Nothing ends in these days." in words(manager.get("/upcoming?view=list&from=2027-04-01"))


@pytest.mark.usefixtures("acme")
def test_renewals_behind_us_clash_no_more(desk: Desk) -> None:
    acts.scheduled(desk, MONDAY, requested_for=date(2027, 3, 30))
    since, until = MONDAY, MONDAY + timedelta(days=60)
    ends, many = upcoming.ends(desk, since, until, date(2027, 3, 29))
    assert (many, [each.clashes for each in ends]) == (1, [[]])


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("asked", ["view=year", "from=soon", "from=9999-12-31&view=month"])
def test_impossible_days_get_a_sentence(manager: Person, asked: str) -> None:
    answer = manager.get(f"/upcoming?{asked}")
    assert (answer.status_code, 'href="/upcoming"' in answer.text) == (400, True)


@pytest.mark.usefixtures("acme")
def test_ports_stand_by_their_expected_date(desk: Desk, manager: Person) -> None:
    case = acts.submit(desk, MONDAY)
    _order(desk, "P-1", ["+12565550101"], MONDAY + timedelta(days=9))
    _order(desk, "P-2", ["+12565550102"], MONDAY - timedelta(days=2))
    _order(desk, "P-3", ["+12565550103"], None)
    page = manager.read("/ports")
    assert re.findall(r"· (P-\d)</div>", page) == ["P-2", "P-1", "P-3"]
    assert page.count(f'href="/cases/{case.reference}"') == 2
    assert f"/cases/{case.reference}/todo?location=" in page
    assert port_watch.counts(desk, MONDAY) == {"all": 3, "overdue": 1, "undated": 1, "ahead": 1}
    for kind, refs in {"overdue": ["P-2"], "undated": ["P-3"], "ahead": ["P-1"], "changed": []}.items():
        assert re.findall(r"· (P-\d)</div>", manager.read(f"/ports?state={kind}")) == refs
    assert manager.get("/ports?state=lost").status_code == 400


@pytest.mark.usefixtures("acme")
def test_a_changed_date_is_told_with_the_earlier_one(desk: Desk, world: World, manager: Person) -> None:
    acts.submit(desk, MONDAY)
    for changed, day in enumerate((10, 17), 1):
        foc = datetime(2027, 3, day, 15, tzinfo=UTC)
        book = OrderBook("P-1", "acme", ("+12565550101",), OrderState.committed, foc, changed=changed)
        porting.apply(desk, book, MONDAY)
        desk.session.commit()
    (row,) = port_watch.watched(desk, "changed", MONDAY)
    assert (row.dates, row.place) == ([date(2027, 3, 10)], "Front desk")
    assert "was Wed 10 Mar" in words(manager.get("/ports?state=changed"))


@pytest.mark.usefixtures("acme")
def test_no_port_at_all(manager: Person) -> None:
    assert "No number is in a port." in words(manager.get("/ports"))
    assert "Nobody is billed after all ports are over" in words(manager.get("/ports"))

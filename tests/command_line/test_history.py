"""`lastcall verify-history`: what it says and with which status it ends."""

from datetime import date
from typing import Any

import pytest
from sqlalchemy import update

from tests import acts
from tests.conftest import MONDAY
from workflows import migrating, verifying
from workflows.desk import Desk
from workflows.records import Event

pytestmark = pytest.mark.usefixtures("acme")


@pytest.fixture(autouse=True)
def _migrated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrating, "current", lambda _url: migrating.newest())


def test_a_whole_history(desk: Desk, lastcall: Any) -> None:
    acts.submit(desk, MONDAY)
    ended = lastcall("verify-history")
    assert ended.exit_code == 0
    assert "the history is whole." in ended.output


def test_a_changed_line(desk: Desk, lastcall: Any) -> None:
    case = acts.submit(desk, MONDAY, requested_for=date(2027, 4, 1))
    desk.session.execute(update(Event).where(Event.id == 1).values(actor="system"))
    desk.session.commit()
    ended = lastcall("verify-history")
    assert ended.exit_code == 1
    assert f"Line 1 ({case.reference} submitted" in ended.output
    assert "1 thing does not fit." in ended.output


def test_an_anchor_that_was_kept(desk: Desk, lastcall: Any) -> None:
    acts.submit(desk, MONDAY)
    made = verifying.anchor(desk.session, MONDAY.replace(day=2))
    desk.session.commit()
    assert made
    assert f"The newest anchor is {made.digest}." in lastcall("verify-history").output
    assert lastcall("verify-history", "--anchor", made.digest).exit_code == 0
    ended = lastcall("verify-history", "--anchor", "00")
    assert (ended.exit_code, "is not among the anchors" in ended.output) == (1, True)

"""The chain of the history: whole after work, concurrent writers and lost savepoints; broken by tampering."""

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, select, update
from sqlalchemy.orm import Session

from tests import acts
from tests.conftest import MONDAY, World
from workflows import actors, chain, verifying
from workflows.desk import Desk
from workflows.history import note
from workflows.records import Anchor, Event

pytestmark = pytest.mark.usefixtures("acme")


def _lines(desk: Desk) -> list[Event]:
    return list(desk.session.scalars(select(Event).order_by(Event.id)))


def _problems(desk: Desk) -> list[str]:
    desk.session.expire_all()
    return verifying.verify(desk.session).problems


@pytest.fixture
def lived(desk: Desk, world: World) -> Desk:
    """Two cases with some history, the letters sent."""
    acts.scheduled(desk, MONDAY)
    acts.submit(desk, MONDAY, locations=("Branch",), requested_for=date(2027, 4, 1))
    world.work(desk.session)
    return desk


def test_what_was_written_holds_together(lived: Desk) -> None:
    found = verifying.verify(lived.session)
    assert found.problems == []
    assert found.lines == len(_lines(lived)) > 12


def test_each_line_is_joined_to_its_case_and_to_the_newest(lived: Desk) -> None:
    before: dict[int | None, int] = {}
    newest = None
    for line in _lines(lived):
        assert (line.previous_id, line.after_id) == (before.get(line.case_id), newest)
        newest = before[line.case_id] = line.id


def _change(**values: Any) -> Callable[[Session, list[Event]], None]:
    return lambda session, lines: session.execute(
        update(Event).where(Event.id == lines[3].id).values(**values)
    )  # type: ignore[func-returns-value]


def _remove(place: int) -> Callable[[Session, list[Event]], None]:
    return lambda session, lines: session.execute(delete(Event).where(Event.id == lines[place].id))  # type: ignore[func-returns-value]


def _swap(session: Session, lines: list[Event]) -> None:
    one, other = lines[2].id, lines[3].id
    for line, to in ((one, -1), (other, one), (-1, other)):
        session.execute(update(Event).where(Event.id == line).values(id=to))


def _elsewhere(session: Session, lines: list[Event]) -> None:
    """To the end, in its own case."""
    session.execute(update(Event).where(Event.id == lines[3].id).values(id=lines[-1].id + 1))


TAMPERING: dict[str, Callable[[Session, list[Event]], None]] = {
    "another actor": _change(actor="agent2@desk.example"),
    "another time": _change(at=MONDAY + timedelta(seconds=1)),
    "other words": _change(why="Something else."),
    "other facts": _change(facts={"clock": "follow_up"}),
    "another source": _change(source="192.0.2.1"),
    "another case": _change(case_id=2),
    "another name": _change(name="note"),
    "another state": _change(to_state="declined"),
    "unchained": _change(digest=""),
    "sealed by hand": _change(sealed="00", why="", facts={}),
    "the first removed": _remove(0),
    "one removed": _remove(3),
    "the last but one removed": _remove(-2),
    "two swapped": _swap,
    "put at the end": _elsewhere,
}


@pytest.mark.parametrize("name", TAMPERING)
def test_tampering_is_found(lived: Desk, name: str) -> None:
    assert _problems(lived) == []
    TAMPERING[name](lived.session, _lines(lived))
    assert _problems(lived), name


def test_the_newest_line_of_a_case_is_found_missing(lived: Desk) -> None:
    """Another case went on meanwhile: its line was joined to this one."""
    last = max(line.id for line in _lines(lived) if line.case_id == 1)
    note(lived, "note", at=MONDAY, by=actors.SYSTEM)
    lived.session.commit()
    lived.session.execute(delete(Event).where(Event.id == last))
    assert any(f"Line {last} is missing" in each for each in _problems(lived))


def test_a_removed_end_of_a_history_is_found(lived: Desk) -> None:
    confirm = next(line for line in _lines(lived) if line.name == "confirm")
    lived.session.execute(delete(Event).where(Event.id >= confirm.id))
    assert "C-1001 has a part that is scheduled, but its history ends with requested." in _problems(lived)


def test_an_anchor_vouches_for_the_lines_before_it(lived: Desk) -> None:
    made = verifying.anchor(lived.session, MONDAY + timedelta(hours=2))
    assert made and made.lines == len(_lines(lived))
    assert verifying.anchor(lived.session, MONDAY + timedelta(hours=3)) is None
    note(lived, "note", at=MONDAY + timedelta(hours=3), by=actors.SYSTEM)
    later = verifying.anchor(lived.session, MONDAY + timedelta(hours=5))
    assert later and later.lines == 1
    lived.session.commit()
    found = verifying.verify(lived.session, later.digest)
    assert (found.problems, found.anchors, found.newest_anchor) == ([], 2, later.digest)
    assert "is not among the anchors" in verifying.verify(lived.session, "00").problems[0]


def test_a_history_written_anew_does_not_fit_its_anchor(lived: Desk) -> None:
    """Whoever can write the whole chain anew cannot make the anchor that was kept elsewhere."""
    made = verifying.anchor(lived.session, MONDAY + timedelta(hours=2))
    assert made
    kept, lines = made.digest, _lines(lived)
    lived.session.execute(delete(Event).where(Event.id == lines[-1].id))
    assert any("1 of its lines are missing" in each for each in _problems(lived))
    lived.session.execute(delete(Anchor))
    assert "is not among the anchors" in verifying.verify(lived.session, kept).problems[-1]


def test_lines_of_the_last_hour_wait_for_the_next_anchor(lived: Desk) -> None:
    assert verifying.anchor(lived.session, MONDAY + timedelta(minutes=59)) is None


def test_a_lost_savepoint_leaves_no_gap(desk: Desk) -> None:
    case = acts.submit(desk, MONDAY)
    note(desk, "note", at=MONDAY, by=actors.SYSTEM, case=case, why="before")
    inner = desk.session.begin_nested()
    note(desk, "note", at=MONDAY, by=actors.SYSTEM, case=case, why="lost")
    inner.rollback()
    note(desk, "note", at=MONDAY, by=actors.SYSTEM, case=case, why="after")
    desk.session.rollback()
    note(desk, "note", at=MONDAY, by=actors.SYSTEM, case=desk.session.merge(case), why="later")
    desk.session.commit()
    assert _problems(desk) == []


def test_who_writes_alone_reads_no_ends_and_leaves_no_gap(desk: Desk) -> None:
    chain.write_alone(desk.session)
    case = acts.submit(desk, MONDAY)
    for why in ("one", "another"):
        note(desk, "note", at=MONDAY, by=actors.SYSTEM, case=case, why=why)
        desk.session.commit()
    known = desk.session.info[chain.KEY]
    assert known.newest.id == _lines(desk)[-1].id
    inner = desk.session.begin_nested()
    note(desk, "note", at=MONDAY, by=actors.SYSTEM, case=case, why="lost")
    inner.rollback()
    note(desk, "note", at=MONDAY, by=actors.SYSTEM, case=case, why="after")
    desk.session.commit()
    note(desk, "note", at=MONDAY, by=actors.SYSTEM, case=case, why="lost too")
    desk.session.rollback()
    note(desk, "note", at=MONDAY, by=actors.SYSTEM, case=desk.session.merge(case), why="last")
    desk.session.commit()
    assert _problems(desk) == []
    assert [each.why for each in _lines(desk)][-2:] == ["after", "last"]


def test_writers_at_the_same_time(desk: Desk, world: World, engine: Engine) -> None:
    """Several write to the same cases at once, each in transactions of its own."""
    cases = [
        acts.submit(desk, MONDAY, locations=(place,), requested_for=date(2027, 4, 1)).id
        for place in ("HQ", "Branch")
    ]

    def write(name: str) -> None:
        for number in range(20):
            with Session(engine) as session:
                other = world.house.desk(session)
                line = {
                    "case_id": cases[number % 2],
                    "cancellation_id": None,
                    "at": MONDAY,
                    "actor": "system",
                }
                for name_ in (name, "again"):
                    words = {"from_state": None, "to_state": None, "why": "", "facts": {}, "source": ""}
                    chain.add(other.session, {**line, **words, "name": name_})
                session.commit()

    threads = [threading.Thread(target=write, args=(f"writer{number}",)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert _problems(desk) == []
    assert len(acts.events(desk, "again")) == 80


def test_sealed_words_are_gone_and_the_chain_holds(lived: Desk) -> None:
    line = next(each for each in _lines(lived) if each.facts.get("address"))
    digest = line.digest
    chain.seal(line)
    lived.session.commit()
    assert (line.why, line.facts, line.source, line.salt, line.digest) == ("", {}, "", "", digest)
    assert _problems(lived) == []

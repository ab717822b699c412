"""Whatever people, carriers and platforms do: no number is lost, and the history tells the truth."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from tests.cheaper import examples
from tests.lives import lives, rehearsal
from workflows.adapters.platform import Answer, StepCall
from workflows.adapters.sandbox import Books
from workflows.db import with_manners
from workflows.records import Base, Cancellation, Clock, Event, Hold, Location, Number
from workflows.rehearsal.player import Player
from workflows.states import FINAL, Disposition

Life = list[tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    engine = with_manners(create_engine("sqlite://", poolclass=StaticPool))
    Base.metadata.create_all(engine)
    with engine.connect() as made:
        yield made
    engine.dispose()


def _played(life: Life, connection: Any, watch: bool) -> Player:
    """The player after a life, in a transaction that is never committed."""
    outer = connection.begin()
    session = Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
    try:
        player = Player(rehearsal(life), session)
        if watch:
            _watch(player)
        player.play()
        _replay(session)
        return player
    finally:
        session.close()
        outer.rollback()


def _watch(player: Player) -> None:
    """Looks at every release at the moment at which the platform really does it."""
    shelves: Books = player.world.books
    session, apply = player.desk.session, shelves.apply

    def watched(call: StepCall, at: datetime) -> Answer:
        before = list(shelves.released)
        answer = apply(call, at)
        for number in shelves.released[len(before) :]:
            row = session.scalars(
                select(Number)
                .join(Location, Number.location_id == Location.id)
                .where(Number.e164 == number, Location.ref == call.location)
            ).one()
            assert row.disposition == Disposition.not_needed
            assert not any(number in each.numbers and each.state.is_open for each in shelves.orders("acme"))
        return answer

    shelves.apply = watched  # type: ignore[method-assign]


@settings(
    max_examples=examples(25),
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(life=lives)
def test_no_life_loses_a_number_and_its_history_replays(life: Life, connection: Any) -> None:
    player = _played(life, connection, watch=True)
    assert player.world.books.violations == []


def _replay(session: Session) -> None:
    """The events alone give the present states, dates, dispositions, clocks and holds."""
    past = Past()
    for event in session.scalars(select(Event).order_by(Event.id)):
        past.take(event)
    for part in session.scalars(select(Cancellation)):
        shown = past.parts.get(
            part.id, {"state": "requested", "agreed_for": None, "review_on": None, "run_at": None}
        )
        assert shown == {
            "state": part.state,
            "agreed_for": _iso(part.agreed_for),
            "review_on": _iso(part.review_on),
            "run_at": _iso(part.run_at),
        }
    for number in session.scalars(select(Number)):
        assert past.dispositions.get(number.id, "undecided") == number.disposition
    for clock in session.scalars(select(Clock)):
        key = (clock.case_id, clock.name, clock.started_at.isoformat())
        assert past.clocks[key] == (clock.due_at.isoformat(), _iso(clock.stopped_at))
    held = set(session.scalars(select(Hold.case_id).where(Hold.released_at.is_(None))))
    assert past.held == held


def _iso(value: Any) -> str | None:
    return value.isoformat() if value else None


class Past:
    """The desk as the history alone tells it."""

    def __init__(self) -> None:
        self.parts: dict[int, dict[str, Any]] = {}
        self.dispositions: dict[int, str] = {}
        self.clocks: dict[tuple[int, str, str], tuple[str, str | None]] = {}
        self.held: set[int] = set()

    def take(self, event: Event) -> None:
        if event.to_state and event.cancellation_id:
            self._move(event, event.cancellation_id)
        elif event.name in ("signed", "review_moved") and event.cancellation_id:
            self._date(event, event.cancellation_id)
        elif event.name == "disposed":
            self.dispositions |= dict.fromkeys(event.facts["numbers"], event.facts["to"])
        elif event.name == "port_order":
            self.dispositions |= {int(row): to for row, to in event.facts["dispositions"].items()}
        elif event.name.startswith("clock_") and event.case_id:
            self._clock(event, event.case_id)
        elif event.name == "hold" and event.case_id:
            self.held.add(event.case_id)
        elif event.name == "release" and event.case_id:
            self.held.discard(event.case_id)

    def _move(self, event: Event, part: int) -> None:
        before = self.parts.get(part, {"state": "requested"})["state"]
        assert before == event.from_state
        assert before not in FINAL
        dates = {name: event.facts[name] for name in ("agreed_for", "review_on", "run_at")}
        self.parts[part] = {"state": event.to_state, **dates}
        self.dispositions |= dict.fromkeys(event.facts["forgotten"], "undecided")

    def _date(self, event: Event, part: int) -> None:
        shown = self.parts.setdefault(
            part, {"state": "requested", "agreed_for": None, "review_on": None, "run_at": None}
        )
        if event.name == "review_moved":
            shown["review_on"] = event.facts["review_on"]
        elif event.facts["wanted"]:
            shown["agreed_for"] = event.facts["wanted"]

    def _clock(self, event: Event, case: int) -> None:
        name, facts = event.facts["clock"], event.facts
        if event.name == "clock_started":
            self.clocks[case, name, event.at.isoformat()] = (facts["due"], None)
        elif event.name == "clock_stopped":
            key = (case, name, facts["started"])
            self.clocks[key] = (self.clocks[key][0], facts["stopped"])
        elif event.name == "clock_runs_again":
            key = (case, name, facts["started"])
            self.clocks[key] = (self.clocks[key][0], None)

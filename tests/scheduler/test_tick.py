"""One tick: what is due is done in the order of one instant, once among all schedulers."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

import scheduler
from workflows import actors, heartbeat, intake, jobs, restoring, rounds, talking
from workflows.desk import Desk
from workflows.errors import Unreachable
from workflows.intake import NewRequest
from workflows.jobs import JOBS, Shift
from workflows.records import Beat, Case, Event, Feed, Finding, Letter, Link, PortOrder, User
from workflows.states import Channel, OrderState, Outcome


@pytest.fixture
def shift(world: Any, session: Session) -> Shift:
    made: Shift = world.shift(session)
    rounds.begin(made.desk, made.now())
    session.commit()
    return made


def asked(world: Any, desk: Desk, *, locations: tuple[str, ...] = ("HQ",)) -> Case:
    """A customer's request, written now."""
    request = NewRequest(
        "acme", locations, date(2027, 4, 1), "Closing", "pat@acme.example", locations, confirmed=True
    )
    case = intake.submit(desk, request, at=world.time.now, by=actors.customer("pat@acme.example"))
    desk.session.commit()
    return case


def letters(desk: Desk) -> list[str]:
    return list(desk.session.scalars(select(Letter.name).order_by(Letter.id)))


def beats(desk: Desk, name: str) -> datetime:
    return heartbeat.last(desk.session, [name])[name]


def test_the_table_holds_every_job_and_round_once() -> None:
    names = [name for name, _words, _often in scheduler.described()]
    assert names == [
        *("away", "poll", "at_risk", "breached", "review_due", "renewal_ahead", "port_stale"),
        *("reconcile", "digest", "tomorrow", "begin", "run", "letters", "tidy", "retention", "anchor"),
    ]
    assert all(words and often for _name, words, often in scheduler.described())


def test_a_tick_with_nothing_due_does_nothing(shift: Shift) -> None:
    assert scheduler.tick(shift) == 0
    assert list(shift.desk.session.scalars(select(Event))) == []


def test_a_letter_is_sent(world: Any, shift: Shift, acme: str) -> None:
    asked(world, shift.desk)
    assert scheduler.tick(shift) == 1
    assert [each.message["X-Lastcall-Letter"] for each in world.mail.accepted] == ["received"]
    assert scheduler.tick(shift) == 0


def test_what_one_job_causes_is_done_in_the_same_tick(world: Any, shift: Shift, acme: str) -> None:
    asked(world, shift.desk)
    scheduler.tick(shift)
    heartbeat.put(shift.desk.session, "digest", world.time.pass_(days=3))
    scheduler.tick(shift)
    sent = [each.message["X-Lastcall-Letter"] for each in world.mail.accepted]
    assert sent[:2] == ["received", "breached"]


def test_every_job_does_nothing_the_second_time(world: Any, shift: Shift, acme: str) -> None:
    asked(world, shift.desk)
    world.time.pass_(days=2)
    scheduler.tick(shift)
    before = letters(shift.desk)
    assert scheduler.tick(shift) == 0
    assert letters(shift.desk) == before


# The poll


def port(world: Any, order: str = "P-1") -> None:
    numbers = ["+12565550101"]
    world.books.port(order, "acme", numbers, OrderState.requested, at=world.time.now)


def test_the_poll_comes_at_the_grid(world: Any, shift: Shift, acme: str) -> None:
    world.time.pass_(minutes=3)
    port(world)
    scheduler.tick(shift)
    assert shift.desk.session.scalar(select(PortOrder)) is None
    world.time.pass_(minutes=12)
    scheduler.tick(shift)
    found = shift.desk.session.scalars(select(PortOrder)).one()
    assert found.first_seen_at == datetime(2027, 3, 1, 16, 15, tzinfo=UTC)


def test_a_missed_poll_waits_for_the_next_point(world: Any, shift: Shift, acme: str) -> None:
    port(world)
    world.time.pass_(minutes=20)
    rounds.begin(shift.desk, world.time.now)
    scheduler.tick(shift)
    assert shift.desk.session.scalar(select(PortOrder)) is None
    world.time.pass_(minutes=10)
    scheduler.tick(shift)
    assert shift.desk.session.scalars(select(PortOrder)).one().ref == "P-1"


def test_a_second_scheduler_that_starts_moves_no_turn(world: Any, shift: Shift) -> None:
    before = beats(shift.desk, "poll")
    world.time.pass_(seconds=30)
    rounds.begin(shift.desk, world.time.now)
    assert beats(shift.desk, "poll") == before


def test_a_carrier_that_is_away_is_written_down(
    world: Any, shift: Shift, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_after: int) -> None:
        raise Unreachable("no line")

    monkeypatch.setattr(shift.desk.carrier, "changes", away)
    world.time.pass_(minutes=15)
    scheduler.tick(shift)
    assert shift.desk.session.scalars(select(Feed)).one().failure == "no line"


def test_one_order_that_fails_does_not_keep_the_others(
    world: Any, shift: Shift, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    port(world, "P-1")
    world.books.port("P-2", "acme", ["+12565550103"], OrderState.requested, at=world.time.now)
    real = rounds.porting.take

    def take(desk: Desk, book: Any, at: datetime) -> None:
        if book.ref == "P-1":
            raise RuntimeError("a bug")
        real(desk, book, at)

    monkeypatch.setattr(rounds.porting, "take", take)
    world.time.pass_(minutes=15)
    scheduler.tick(shift)
    assert list(shift.desk.session.scalars(select(PortOrder.ref))) == ["P-2"]


# The reconciler and the digest


def test_the_reconciler_comes_once_a_day(world: Any, shift: Shift, acme: str) -> None:
    world.time.pass_(hours=20)
    scheduler.tick(shift)
    assert beats(shift.desk, "reconcile") == world.time.now
    world.time.pass_(hours=1)
    scheduler.tick(shift)
    assert beats(shift.desk, "reconcile") == world.time.now - timedelta(hours=1)


def test_an_absence_is_made_up_for_once(
    world: Any, shift: Shift, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns: list[datetime] = []
    monkeypatch.setattr(restoring, "reconcile", lambda _desk, at, _between: turns.append(at))
    world.time.pass_(days=4)
    rounds.begin(shift.desk, world.time.now)
    scheduler.tick(shift)
    scheduler.tick(shift)
    assert turns == [world.time.now]


def test_two_schedulers_take_one_turn(world: Any, shift: Shift, acme: str) -> None:
    world.time.pass_(days=1)
    seen = rounds.due(shift.desk, world.time.now)["reconcile"]
    assert rounds.do(shift, rounds.RECONCILE, seen)
    assert not rounds.do(shift, rounds.RECONCILE, seen)


def test_a_round_that_fails_is_tried_again(
    world: Any, shift: Shift, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bug(*_anything: object) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as broken:
        broken.setattr(restoring, "reconcile", bug)
        world.time.pass_(hours=20)
        scheduler.tick(shift)
    trouble = shift.desk.session.scalar(select(Beat.trouble).where(Beat.name == "reconcile"))
    assert trouble == "RuntimeError"
    world.time.pass_(minutes=6)
    scheduler.tick(shift)
    assert beats(shift.desk, "reconcile") == world.time.now


def test_findings_are_told_before_the_day_is(world: Any, shift: Shift, acme: str) -> None:
    world.books.port("P-9", "acme", ["+12565550103"], OrderState.completed, at=world.time.now)
    world.time.pass_(minutes=15)
    scheduler.tick(shift)
    world.time.now = datetime(2027, 3, 2, 15, 0, tzinfo=UTC)
    scheduler.tick(shift)
    assert shift.desk.session.scalars(select(Finding)).one().code == "ported_still_billing"
    assert letters(shift.desk)[-2:] == ["found", "digest"]


@pytest.mark.parametrize(
    ("after", "next_one"),
    [
        (datetime(2027, 3, 1, 14, 59, tzinfo=UTC), datetime(2027, 3, 1, 15, 0, tzinfo=UTC)),
        (datetime(2027, 3, 1, 15, 0, tzinfo=UTC), datetime(2027, 3, 2, 15, 0, tzinfo=UTC)),
        (datetime(2027, 3, 5, 16, 0, tzinfo=UTC), datetime(2027, 3, 8, 15, 0, tzinfo=UTC)),
    ],
)
def test_the_digest_comes_at_opening(shift: Shift, after: datetime, next_one: datetime) -> None:
    assert rounds.next_digest(shift.desk, after) == next_one


def test_a_digest_of_a_day_that_is_over_is_dropped(world: Any, shift: Shift) -> None:
    world.time.now = datetime(2027, 3, 6, 18, 0, tzinfo=UTC)
    scheduler.tick(shift)
    assert "digest" not in letters(shift.desk)
    assert beats(shift.desk, "digest") == world.time.now


# What ends, and what fails


def test_expired_links_are_removed(world: Any, shift: Shift) -> None:
    for days in (0, 5):
        expires = world.time.now + timedelta(days=days)
        shift.desk.session.add(
            Link(purpose="sign", token_hash=str(days), made_at=world.time.now, expires_at=expires)
        )
    world.time.pass_(days=2)
    scheduler.tick(shift)
    assert list(shift.desk.session.scalars(select(Link.token_hash))) == ["5"]


def test_a_worker_that_leaves_begins_nothing(world: Any, shift: Shift, acme: str) -> None:
    asked(world, shift.desk)
    shift.is_leaving = lambda: True
    assert scheduler.tick(shift) == 0
    assert world.mail.accepted == []


def test_a_worker_leaves_between_two_letters(world: Any, shift: Shift, acme: str) -> None:
    case = asked(world, shift.desk)
    agent = shift.desk.session.scalars(select(User).where(User.name == "Agent")).one()
    talking.log_contact(
        shift.desk,
        case,
        by=actors.staff(agent),
        at=world.time.now,
        channel=Channel.phone,
        outcome=Outcome.no_answer,
    )
    shift.desk.session.commit()
    shift.is_leaving = lambda: len(world.mail.accepted) == 1
    scheduler.tick(shift)
    assert len(world.mail.accepted) == 1


def test_a_poisoned_row_is_put_off_and_the_others_go_on(
    world: Any, shift: Shift, acme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(world, shift.desk)
    asked(world, shift.desk, locations=("Branch",))
    real = jobs.outbox.send

    def send(desk: Desk, letter_id: int, *rest: Any) -> None:
        if letter_id == 1:
            raise RuntimeError("a bug")
        real(desk, letter_id, *rest)

    monkeypatch.setattr(jobs.outbox, "send", send)
    scheduler.tick(shift)
    assert len(world.mail.accepted) == 1
    assert list(shift.put_off) == [("letters", 1)]
    assert scheduler.tick(shift) == 0


def test_jobs_stand_in_the_order_of_one_instant() -> None:
    assert [each.name for each in JOBS[: scheduler.BEFORE_THE_ROUNDS]] == [
        *("at_risk", "breached", "review_due", "renewal_ahead", "port_stale")
    ]

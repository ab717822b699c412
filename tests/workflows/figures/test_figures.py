"""Figures against an independent recomputation, over seeded years and over random lives."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session
from sqlalchemy.pool import StaticPool

from command_line.seed.command import fill, prepare
from tests.conftest import MONDAY
from tests.lives import lives, rehearsal
from tests.workflows.figures import comparing, plainly
from workflows.db import with_manners
from workflows.desk import Desk
from workflows.records import Base, Case, PortOrder, PortOrderNumber, User
from workflows.records import Number as NumberRow
from workflows.rehearsal.player import Player
from workflows.reports.figures import behind, book, headlines, promises
from workflows.reports.figures.scope import Impossible, Period, Scope, months, offsets, weeks
from workflows.reports.figures.tables import Cell, Line, Table, share

TODAY = date(2027, 3, 1)


@pytest.fixture
def seeded(engine: Any, desk: Desk) -> Desk:
    prepare(desk, "", MONDAY)
    desk.session.commit()
    fill(engine, desk, 400, MONDAY, years=0.5, draw=5)
    return desk


def test_seeded_years_are_counted_rightly(seeded: Desk) -> None:
    for period in (weeks(TODAY, 12), weeks(TODAY, 4), Period(date(2026, 11, 4), date(2027, 2, 11))):
        comparing.compare(Scope(seeded, MONDAY, period))
    assert comparing.open_all(Scope(seeded, MONDAY, weeks(TODAY, 12))) > 150


def test_filters_part_the_cases(seeded: Desk) -> None:
    """Every case has one owner, one reason, locations of one country here: parts add up to the whole."""
    period = weeks(TODAY, 12)
    owners = [None, *seeded.session.scalars(select(User.id))]
    reasons = [*seeded.settings.request.reasons, "none"]
    for name in ("promises", "reasons", "kept", "backlog", "on_the_date", "stopped"):
        figure = book.BY_NAME[name]
        column = figure.table(Scope(seeded, MONDAY, period)).columns[0][0]
        whole = figure.table(Scope(seeded, MONDAY, period)).total(column)
        by_owner = [figure.table(Scope(seeded, MONDAY, period, owners=(each,))) for each in owners]
        by_reason = [figure.table(Scope(seeded, MONDAY, period, categories=(each,))) for each in reasons]
        assert sum(each.total(column) for each in by_owner) == whole > 0, name
        assert sum(each.total(column) for each in by_reason) == whole, name
    both = Scope(seeded, MONDAY, period, owners=tuple(owners), categories=tuple(reasons))
    assert comparing.open_all(both) > 100


def test_countries_are_those_of_locations(seeded: Desk) -> None:
    scopes = [Scope(seeded, MONDAY, weeks(TODAY, 12), countries=(each,)) for each in ("US", "CA")]
    kept = [book.BY_NAME["kept"].table(each) for each in scopes]
    whole = book.BY_NAME["kept"].table(Scope(seeded, MONDAY, weeks(TODAY, 12)))
    assert sum(each.total("n") for each in kept) == whole.total("n")
    assert all(each.total("n") for each in kept)


def test_months_tell_a_year(seeded: Desk) -> None:
    scope = Scope(seeded, MONDAY, months(TODAY, 12))
    assert [each.words for each in scope.buckets][:2] == ["Apr 2026", "May 2026"]
    assert scope.buckets[-1].first == date(2027, 3, 1)
    received = book.BY_NAME["promises"].table(scope)
    assert sum(received.total(each) for each in ("met", "missed", "running")) == 400


def test_a_point_opens_whoever_waited_as_long(seeded: Desk) -> None:
    scope = Scope(seeded, MONDAY, weeks(TODAY, 12))
    figure = book.BY_NAME["first_contact"]
    week = scope.buckets[3].key
    rows, _more = behind.page(scope, figure, week, "slow", None)
    waited = plainly.first_contact(scope)[week]
    slow = plainly.percentile(waited, 90)
    assert len(rows) == sum(each >= slow - 1e-9 for each in waited) < len(waited)


def test_lists_go_on_where_they_ended(seeded: Desk) -> None:
    scope = Scope(seeded, MONDAY, weeks(TODAY, 12))
    figure, found, before = book.BY_NAME["reasons"], [], None
    while True:
        rows, before = behind.page(scope, figure, None, None, before)
        found += [each.case_id for each in rows]
        if before is None:
            break
    assert found == sorted(set(found), reverse=True)
    assert len(found) == behind.how_many(scope, figure, None, None)[1]
    assert found == [each.case_id for each in behind.all_rows(scope, figure, None, None)]


def test_a_number_in_a_port_learnt_later_is_lost(seeded: Desk) -> None:
    scope = Scope(seeded, MONDAY, weeks(TODAY, 12))
    released = NumberRow.ended_as == "released", NumberRow.ended_on > date(2027, 1, 1)
    gone = seeded.session.scalars(select(NumberRow).where(*released).limit(1)).one()
    order = PortOrder(
        ref="LATE-1",
        account_id=gone.location.account_id,
        state="requested",
        first_seen_at=MONDAY,
        read_at=MONDAY,
        numbers=[PortOrderNumber(e164=gone.e164)],
    )
    seeded.session.add(order)
    seeded.session.flush()
    comparing.compare(scope)
    table = book.BY_NAME["lost"].table(scope)
    assert table.value("port", "n") == 1
    rows, _more = behind.page(scope, book.BY_NAME["lost"], "port", "n", None)
    assert [each.case_id for each in rows] == [_case_of(seeded, gone).id]
    order.state = "rejected"
    seeded.session.flush()
    assert book.BY_NAME["lost"].table(scope).total("n") == 0


def _case_of(desk: Desk, number: NumberRow) -> Case:
    return next(
        case
        for case in desk.session.scalars(select(Case).where(Case.account_id == number.location.account_id))
        if any(part.location_id == number.location_id for part in case.cancellations)
    )


@pytest.fixture(scope="module")
def connection() -> Iterator[Any]:
    engine = with_manners(create_engine("sqlite://", poolclass=StaticPool))
    Base.metadata.create_all(engine)
    with engine.connect() as made:
        yield made
    engine.dispose()


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(life=lives)
def test_random_lives_are_counted_rightly(life: list[tuple[int, dict[str, Any]]], connection: Any) -> None:
    outer = connection.begin()
    session = Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
    try:
        player = Player(rehearsal(life), session)
        player.play()
        session.flush()
        at: datetime = player.at
        scope = Scope(player.desk, at, weeks(player.desk.calendar.local_date(at), 16))
        comparing.compare(scope)
        comparing.open_all(scope)
    finally:
        session.close()
        outer.rollback()


# The words of periods, percentages and findings


def test_periods_end_with_the_present(desk: Desk) -> None:
    assert weeks(date(2027, 3, 3), 2) == Period(date(2027, 2, 22), date(2027, 3, 7))
    assert months(date(2027, 3, 3), 2) == Period(date(2027, 2, 1), date(2027, 3, 31))
    with pytest.raises(Impossible, match="ends before"):
        Period(date(2027, 3, 2), date(2027, 3, 1))
    with pytest.raises(Impossible, match="five years"):
        Period(date(2007, 3, 2), date(2027, 3, 1))
    spring = Scope(desk, MONDAY, Period(date(2027, 3, 12), date(2027, 3, 15)))
    assert [each.words for each in spring.buckets] == ["12 Mar", "15 Mar"]
    assert spring.until - spring.since == timedelta(hours=95)


def test_offsets_change_with_the_clocks(desk: Desk) -> None:
    scope = Scope(desk, MONDAY, Period(date(2027, 3, 1), date(2027, 11, 30)))
    found = offsets("America/Chicago", scope.since, scope.until)
    assert [(f"{at:%Y-%m-%d %H:%M:%S}", ahead) for at, ahead in found[1:]] == [
        ("2027-03-14 08:00:00", -18000),
        ("2027-11-07 07:00:00", -21600),
    ]


def test_few_are_counted_and_most_is_not_all() -> None:
    assert share(0, 0).words == "–"
    assert share(3, 4).words == "3 of 4"
    assert share(19, 20).words == "95%"
    assert share(999, 1000).words == "99%"
    assert share(1, 1000).words == "1%"
    assert promises.percentile([10], 0.9) == 10
    assert promises.percentile([0, 10], 0.5) == 5


def _weeks(*counts: tuple[int, int], last_is_now: bool = True) -> Table:
    lines = [
        Line(str(at), str(at), tuple(Cell(each, str(each)) for each in (*both, 0, 0)), False)
        for at, both in enumerate(counts)
    ]
    now = [Line("now", "now", tuple(Cell(0, "0") for _each in range(4)), True)] if last_is_now else []
    return Table("Due from", (*promises.RESULTS, ("share", "")), [*lines, *now])


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (((98, 2), (97, 3), (98, 2)), "98% met last week; above the 95% target three weeks running"),
        (((98, 2), (90, 10), (80, 20)), "80% met last week; below the 95% target two weeks running"),
        (((90, 10), (98, 2)), "98% met last week"),
        (((0, 0),), "Neutral"),
        ((), "Neutral"),
        (((3, 1),), "3 of 4 met last week"),
    ],
)
def test_promises_state_their_finding(counts: Any, said: str) -> None:
    assert headlines.first_contact_kept(_weeks(*counts), 95, "Neutral") == said


def test_empty_figures_are_neutral(desk: Desk) -> None:
    scope = Scope(desk, MONDAY, weeks(TODAY, 12))
    tables = {each.name: each.table(scope) for each in book.ALL}
    assert all(each.is_empty for each in tables.values())
    said = [
        headlines.first_contact_kept(tables["promises"], 95, "-"),
        headlines.waits(tables["first_contact"], 27, "-"),
        headlines.backlog(tables["backlog"], "-"),
        headlines.deferrals(tables["deferrals"], 0, "-"),
        headlines.on_the_date(tables["on_the_date"], "-"),
        headlines.kept(tables["kept"], "-"),
        headlines.reasons(tables["reasons"], "-"),
        headlines.arrivals(tables["arrivals"], "-"),
        headlines.workload(tables["workload"], "-"),
        headlines.forecast(tables["forecast"], "-"),
    ]
    assert set(said) == {"-"}

"""Business time for any calendar: what holds whatever the hours, the zone, the days off and the moment."""

from datetime import UTC, date, datetime, time, timedelta
from typing import get_args
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.cheaper import examples
from workflows.business_days import BusinessCalendar, Reading, Span, at_local
from workflows.business_words import explain

ALWAYS_THE_SAME = settings(deadline=None, max_examples=examples(30), derandomize=True)

READINGS: tuple[Reading, ...] = get_args(Reading)
NONE = timedelta()
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)
ZONES = [
    "America/Chicago",
    "America/Toronto",
    "America/Nuuk",  # changes at midnight
    "America/Havana",  # skips midnight
    "Pacific/Honolulu",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # changes by half an hour
    "Pacific/Kiritimati",
    "Europe/London",
    "Antarctica/Troll",  # changes by two hours
]
CHANGES = [  # the days around which clocks are changed somewhere
    *(date(2027, 3, day) for day in (14, 28)),
    *(date(2027, 4, day) for day in (3, 4)),
    *(date(2027, 10, day) for day in (2, 3, 30, 31)),
    date(2027, 11, 7),
    date(2027, 12, 31),
]


@st.composite
def spans(draw: st.DrawFn) -> tuple[Span, ...]:
    """Up to three spans, on any minute, touching or not, perhaps until midnight."""
    minutes = draw(st.lists(st.integers(0, 1440), min_size=0, max_size=6, unique=True).map(sorted))
    pairs = list(zip(minutes[::2], minutes[1::2], strict=False))
    touching = draw(st.booleans())
    if touching and len(pairs) > 1:
        pairs[1] = (pairs[0][1], pairs[1][1])
    return tuple(Span(of_day(opens), of_day(closes)) for opens, closes in pairs)


def of_day(minute: int) -> time:
    return time(minute // 60 % 24, minute % 60)


DAYS = st.frozensets(st.dates(date(2027, 1, 1), date(2027, 12, 31)), max_size=12)


@st.composite
def calendars(draw: st.DrawFn) -> BusinessCalendar:
    hours = tuple(draw(st.tuples(*[spans()] * 7)))
    assume(any(hours))
    off = draw(DAYS)
    return BusinessCalendar(
        time_zone=draw(st.sampled_from(ZONES)),
        hours=hours,
        holidays=draw(st.sampled_from(["", "US", "CA-ON"])),
        extra_holidays=off,
        extra_working_days=draw(DAYS) - off,
    )


def near(days: list[date]) -> st.SearchStrategy[datetime]:
    """An instant within two days of one of these."""
    starts = st.sampled_from([datetime.combine(day, time(0), tzinfo=UTC) for day in days])
    return st.builds(lambda start, off: start + off * SECOND, starts, st.integers(-2 * 86400, 2 * 86400))


SECONDS_OF_2027 = st.integers(0, 365 * 86_400 - 1)
INSTANTS = near(CHANGES) | SECONDS_OF_2027.map(
    lambda passed: datetime(2027, 1, 1, tzinfo=UTC) + passed * SECOND
)
PROMISED = st.integers(1, 4)
READING = st.sampled_from(READINGS)


def closes_of(calendar: BusinessCalendar, at: datetime) -> bool:
    """Whether some span closes at that instant, found by its wall time rather than by the code under test."""
    day = calendar.local_date(at)
    for each in (day - DAY, day):
        for span in calendar.spans(each):
            last = each if span.closes != time(0) else each + DAY
            if at_local(last, span.closes, calendar.time_zone) == at:
                return True
    return False


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS, INSTANTS, PROMISED, READING)
def test_later_received_is_never_due_earlier(
    calendar: BusinessCalendar, one: datetime, other: datetime, days: int, reading: Reading
) -> None:
    first, second = sorted((one, other))
    assert calendar.due(first, days, reading) <= calendar.due(second, days, reading)


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS, st.integers(1, 5400), PROMISED, READING)
def test_a_little_later_received_is_never_due_earlier(
    calendar: BusinessCalendar, first: datetime, seconds: int, days: int, reading: Reading
) -> None:
    assert calendar.due(first, days, reading) <= calendar.due(first + seconds * SECOND, days, reading)


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS, PROMISED, READING)
def test_more_days_are_never_due_earlier(
    calendar: BusinessCalendar, received: datetime, days: int, reading: Reading
) -> None:
    assert calendar.due(received, days, reading) <= calendar.due(received, days + 1, reading)


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS, PROMISED, READING)
def test_due_lies_in_opening_hours_or_at_a_close(
    calendar: BusinessCalendar, received: datetime, days: int, reading: Reading
) -> None:
    due = calendar.due(received, days, reading)
    assert due > received
    assert due.tzinfo is UTC
    assert due.microsecond == 0
    assert calendar.is_open(due) or closes_of(calendar, due)


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS, PROMISED)
def test_working_hours_are_as_many_as_promised(
    calendar: BusinessCalendar, received: datetime, days: int
) -> None:
    due = calendar.due(received, days, "working_hours")
    standard = next(hours for hours in calendar.hours if hours)
    promised = days * sum((wall_length(span) for span in standard), NONE)
    assert calendar.between(received, due) == promised
    assert calendar.between(received, due - SECOND) < promised


def wall_length(span: Span) -> timedelta:
    opens = datetime.combine(date(2000, 1, 1), span.opens)
    closes = datetime.combine(date(2000, 1, 1) + (DAY if span.closes == time(0) else NONE), span.closes)
    return closes - opens


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS, PROMISED)
def test_end_of_day_is_a_close_after_so_many_business_days(
    calendar: BusinessCalendar, received: datetime, days: int
) -> None:
    due = calendar.due(received, days, "end_of_day")
    day = calendar.local_date(due - SECOND)
    first = calendar.local_date(received)
    between = [first + n * DAY for n in range(1, (day - first).days + 1)]
    assert sum(calendar.is_business_day(each) for each in between) == days
    assert closes_of(calendar, due)
    assert calendar.between(due, at_local(day + DAY, time(0), calendar.time_zone)) == NONE


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS, PROMISED)
def test_same_time_is_the_same_time_where_the_office_is_open_then(
    calendar: BusinessCalendar, received: datetime, days: int
) -> None:
    zone = ZoneInfo(calendar.time_zone)
    start = calendar.next_opening(received)
    wall = start.astimezone(zone)
    day = calendar.add_business_days(wall.date(), days)
    wanted = at_local(day, wall.time(), calendar.time_zone)
    assume(not wall.fold)
    due = calendar.due(received, days, "same_time")
    assert due == wanted or not calendar.is_open(wanted)
    assert calendar.local_date(due - SECOND) == day or calendar.local_date(due) == day


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS, st.integers(0, 200_000))
def test_before_is_the_earliest_instant_with_so_little_left(
    calendar: BusinessCalendar, due: datetime, seconds: int
) -> None:
    left = seconds * SECOND
    start = calendar.before(due, left)
    assert start <= due
    assert calendar.between(start, due) <= left
    assert calendar.between(start - SECOND, due) > left


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS, INSTANTS, INSTANTS)
def test_business_time_adds_up(
    calendar: BusinessCalendar, one: datetime, two: datetime, three: datetime
) -> None:
    first, second, third = sorted((one, two, three))
    parts = calendar.between(first, second) + calendar.between(second, third)
    assert calendar.between(first, third) == parts
    assert NONE <= parts <= third - first
    assert calendar.between(third, first) == NONE


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS)
def test_the_questions_about_a_moment_agree(calendar: BusinessCalendar, at: datetime) -> None:
    opens, until = calendar.next_opening(at), calendar.open_until(at)
    assert calendar.is_open(opens)
    assert calendar.between(at, opens) == NONE
    assert calendar.is_open(at) == (opens == at) == (until is not None)
    assert calendar.is_open(at) == (calendar.between(at, at + SECOND) == SECOND)
    if until:
        assert calendar.between(at, until) == until - at
        assert closes_of(calendar, until)


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS, st.integers(1, 3 * 1440))
def test_business_time_counted_minute_by_minute(
    calendar: BusinessCalendar, start: datetime, minutes: int
) -> None:
    """Against the plainest count there is: read the wall clock every minute, where it is not put back."""
    start = start.replace(second=0)
    moments = [start + timedelta(minutes=n) for n in range(minutes)]
    walls = [moment.astimezone(ZoneInfo(calendar.time_zone)) for moment in moments]
    assume(len({wall.utcoffset() for wall in walls}) == 1)
    assume(not any(wall.fold for wall in walls))
    open_minutes = sum(on_the_door(calendar, wall) for wall in walls)
    assert calendar.between(start, start + timedelta(minutes=minutes)) == timedelta(minutes=open_minutes)


def on_the_door(calendar: BusinessCalendar, wall: datetime) -> bool:
    at = wall.time()
    return any(
        span.opens <= at and (at < span.closes or span.closes == time(0))
        for span in calendar.spans(wall.date())
    )


@ALWAYS_THE_SAME
@given(calendars(), st.dates(date(2026, 12, 1), date(2028, 1, 31)), st.integers(0, 20))
def test_business_days_are_counted_one_by_one(calendar: BusinessCalendar, day: date, days: int) -> None:
    found = calendar.add_business_days(day, days)
    passed = [day + n * DAY for n in range(1, (found - day).days + 1)]
    assert sum(calendar.is_business_day(each) for each in passed) == days
    assert days == 0 or calendar.is_business_day(found)
    assert calendar.next_business_day(found) == calendar.next_business_day(calendar.next_business_day(found))


@ALWAYS_THE_SAME
@given(calendars(), st.dates(date(2027, 1, 1), date(2027, 12, 31)))
def test_own_days_win(calendar: BusinessCalendar, day: date) -> None:
    for working in calendar.extra_working_days:
        assert calendar.holiday_name(working) is None
    for off in calendar.extra_holidays:
        assert not calendar.is_business_day(off)
        assert calendar.holiday_name(off)
    if calendar.is_business_day(day):
        assert calendar.holiday_name(day) is None
        assert calendar.opening(day) <= calendar.next_opening(calendar.opening(day))


@ALWAYS_THE_SAME
@given(
    st.sampled_from(ZONES), st.one_of(st.sampled_from(CHANGES), st.dates(date(2027, 1, 1), date(2030, 1, 1)))
)
def test_wall_times_of_a_day_are_in_order(zone: str, day: date) -> None:
    moments = [at_local(day, time(hour, minute), zone) for hour in range(24) for minute in (0, 15, 30, 45)]
    assert moments == sorted(moments)
    for moment, quarter in zip(moments, range(96), strict=True):
        wall = moment.astimezone(ZoneInfo(zone))
        wanted = time(quarter // 4, quarter % 4 * 15)
        assert wall.fold == 0
        if wall.time() != wanted:  # skipped: the second before it, another offset held
            assert (moment - SECOND).astimezone(ZoneInfo(zone)).utcoffset() != wall.utcoffset()


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS, st.integers(1, 14), READING)
def test_explanations_are_whole_sentences(
    calendar: BusinessCalendar, received: datetime, days: int, reading: Reading
) -> None:
    sentence = explain(calendar, received, days, reading)
    due = calendar.due(received, days, reading).astimezone(ZoneInfo(calendar.time_zone))
    wall = f"{due:%H:%M}"
    assert sentence.startswith("received ")
    assert wall in sentence or "24:00" in sentence
    assert not {"None", "; ;", ",,", ", ;", "  ", "()"} & {sentence[n : n + 2] for n in range(len(sentence))}
    assert sentence.count("due ") == 1
    assert 3 <= len(sentence.split("; ")) <= 4 or "; due at the close before" in sentence


@ALWAYS_THE_SAME
@given(calendars(), INSTANTS, PROMISED, READING)
def test_a_calendar_that_knows_many_days_answers_like_a_new_one(
    calendar: BusinessCalendar, received: datetime, days: int, reading: Reading
) -> None:
    due = calendar.due(received, days, reading)
    calendar.between(received - 60 * DAY, received)
    fresh = BusinessCalendar(
        calendar.time_zone,
        calendar.hours,
        calendar.holidays,
        calendar.extra_holidays,
        calendar.extra_working_days,
    )
    assert fresh == calendar
    assert hash(fresh) == hash(calendar)
    assert fresh.due(received, days, reading) == due == calendar.due(received, days, reading)

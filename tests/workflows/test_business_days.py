"""Business time by example: every rule of product.md section 4, on dates that can be looked up."""

import copy
import pickle
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import partial
from typing import Any, get_args

import pytest

from workflows.business_days import BusinessCalendar, CalendarError, Reading, Span, at_local
from workflows.business_words import explain

READINGS: tuple[Reading, ...] = get_args(Reading)
CHICAGO = "America/Chicago"
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)


def spans(text: str) -> tuple[Span, ...]:
    """Spans from "09:00-12:00 13:00-24:00"."""
    pairs = [each.replace("24:00", "00:00").split("-") for each in text.split()]
    return tuple(Span(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in pairs)


def week(weekday: str = "09:00-18:00", saturday: str = "", sunday: str = "") -> tuple[tuple[Span, ...], ...]:
    return (spans(weekday),) * 5 + (spans(saturday), spans(sunday))


def days_of(**hours: str) -> tuple[tuple[Span, ...], ...]:
    return tuple(spans(hours.get(day, "")) for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun"))


def office(hours: tuple[tuple[Span, ...], ...] = week(), **other: Any) -> BusinessCalendar:
    return BusinessCalendar(**{"time_zone": CHICAGO, "hours": hours, "holidays": "US"} | other)


def at(text: str, zone: str = CHICAGO) -> datetime:
    """UTC of "2027-01-15 18:00" on the office's wall; with an offset in the text, that instant."""
    moment = datetime.fromisoformat(text)
    return at_local(moment.date(), moment.time(), zone) if moment.tzinfo is None else moment.astimezone(UTC)


OFFICE = office()
PLAIN = office(holidays="")


# Days


@pytest.mark.parametrize(
    ("day", "works"),
    [
        ("2027-01-15", True),  # Friday
        ("2027-01-16", False),  # Saturday
        ("2027-01-18", False),  # Martin Luther King Jr. Day
        ("2026-07-03", False),  # Independence Day, a Saturday, observed on Friday
        ("2027-07-05", False),  # Independence Day, a Sunday, observed on Monday
        ("2027-12-31", False),  # New Year's Day of 2028, observed in the year before
        ("2028-01-03", True),
        ("2028-02-29", True),
        ("2026-11-27", True),  # the day after Thanksgiving is no public holiday
    ],
)
def test_business_day(day: str, works: bool) -> None:
    assert OFFICE.is_business_day(date.fromisoformat(day)) is works


@pytest.mark.parametrize(
    ("holidays", "day", "name"),
    [
        ("US", "2027-05-31", "Memorial Day"),
        ("CA-ON", "2027-05-31", None),
        ("CA-ON", "2027-05-24", "Victoria Day"),
        ("CA-ON", "2027-09-06", "Labour Day"),  # in the country's own English
        ("CA-QC", "2027-06-24", "Saint Jean Baptiste Day"),
        ("CA-ON", "2027-06-24", None),
        ("US", "2027-12-31", "New Year's Day (observed)"),
        ("US", "2027-12-25", "Christmas Day"),  # a Saturday
        ("DE-BY", "2027-01-06", "Epiphany"),  # in English, whatever the country's language
        ("NZ", "2027-02-06", "Waitangi Day"),  # a country whose names exist in English only
        ("", "2027-12-25", None),
    ],
)
def test_holiday_name(holidays: str, day: str, name: str | None) -> None:
    assert office(holidays=holidays).holiday_name(date.fromisoformat(day)) == name


def test_own_holiday_and_own_working_day() -> None:
    friday, columbus = date(2027, 11, 26), date(2027, 10, 11)
    own = office(extra_holidays=frozenset({friday}), extra_working_days=frozenset({columbus}))
    assert own.holiday_name(friday) == "own holiday"
    assert own.spans(friday) == ()
    assert OFFICE.is_business_day(friday)
    assert own.holiday_name(columbus) is None
    assert own.spans(columbus) == spans("09:00-18:00")
    assert not OFFICE.is_business_day(columbus)


def test_own_holiday_on_a_public_one_has_the_public_name() -> None:
    christmas = date(2028, 12, 25)
    assert office(extra_holidays=frozenset({christmas})).holiday_name(christmas) == "Christmas Day"


def test_extra_working_day_on_a_closed_weekday_has_the_hours_of_the_first_weekday_that_has_any() -> None:
    hours = days_of(tue="10:00-12:00 13:00-16:00", wed="08:00-20:00")
    own = office(hours, extra_working_days=frozenset({date(2027, 1, 23), date(2027, 1, 20)}))
    assert own.spans(date(2027, 1, 23)) == spans("10:00-12:00 13:00-16:00")
    assert own.spans(date(2027, 1, 20)) == spans("08:00-20:00")  # a Wednesday keeps its own
    assert own.spans(date(2027, 1, 16)) == ()


def test_add_business_days() -> None:
    friday, saturday = date(2027, 1, 15), date(2027, 1, 16)
    assert OFFICE.add_business_days(saturday, 0) == saturday
    assert OFFICE.add_business_days(friday, 1) == date(2027, 1, 19)
    assert OFFICE.add_business_days(saturday, 1) == date(2027, 1, 19)
    assert OFFICE.add_business_days(friday, 2) == date(2027, 1, 20)
    # After 1 January, 2027 has 260 weekdays and 11 of them are holidays, 31 December for 2028 among them.
    assert OFFICE.add_business_days(date(2027, 1, 1), 249) == date(2027, 12, 30)
    assert OFFICE.add_business_days(date(2027, 1, 1), 250) == date(2028, 1, 3)
    with pytest.raises(ValueError, match="forwards"):
        OFFICE.add_business_days(friday, -1)


def test_next_business_day() -> None:
    assert OFFICE.next_business_day(date(2027, 1, 15)) == date(2027, 1, 15)
    assert OFFICE.next_business_day(date(2027, 1, 16)) == date(2027, 1, 19)


def test_local_date_is_the_offices() -> None:
    assert OFFICE.local_date(at("2027-01-15T05:30:00+00:00")) == date(2027, 1, 14)
    assert OFFICE.local_date(at("2027-01-15T06:00:00+00:00")) == date(2027, 1, 15)


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ("2027-01-15", "2027-01-15 08:00"),
        ("2027-01-18", "2027-01-18 08:00"),  # a holiday has its weekday's opening
        ("2027-01-16", "2027-01-16 10:00"),  # Saturday has its own
        ("2027-01-17", "2027-01-17 08:00"),  # Sunday has none: the first weekday's
        ("2027-03-14", "2027-03-14 08:00"),  # the day on which the clocks go forward
    ],
)
def test_opening_of_any_day(day: str, expected: str) -> None:
    calendar = office(week("08:00-12:00 13:00-18:00", "10:00-14:00"))
    assert calendar.opening(date.fromisoformat(day)) == at(expected)


def test_opening_needs_no_holidays() -> None:
    assert OFFICE.opening(date(2150, 1, 5)) == at("2150-01-05 09:00")


# Moments


@pytest.mark.parametrize(
    ("moment", "until", "opens"),
    [
        ("2027-01-15 08:59:59", None, "2027-01-15 09:00"),
        ("2027-01-15 09:00", "2027-01-15 12:00", "2027-01-15 09:00"),
        ("2027-01-15 11:59:59", "2027-01-15 12:00", "2027-01-15 11:59:59"),
        ("2027-01-15 12:00", None, "2027-01-15 13:00"),
        ("2027-01-15 13:00", "2027-01-15 18:00", "2027-01-15 13:00"),
        ("2027-01-15 18:00", None, "2027-01-19 09:00"),  # closing time is exclusive
        ("2027-01-18 10:00", None, "2027-01-19 09:00"),
    ],
)
def test_open_and_closed(moment: str, until: str | None, opens: str) -> None:
    calendar = office(week("09:00-12:00 13:00-18:00"))
    assert calendar.is_open(at(moment)) is (until is not None)
    assert calendar.open_until(at(moment)) == (at(until) if until else None)
    assert calendar.next_opening(at(moment)) == at(opens)


def test_touching_spans_are_two() -> None:
    calendar = office(week("09:00-12:00 12:00-18:00"))
    assert calendar.open_until(at("2027-01-15 11:00")) == at("2027-01-15 12:00")
    assert calendar.is_open(at("2027-01-15 12:00"))
    assert calendar.between(at("2027-01-15 11:00"), at("2027-01-15 13:00")) == 2 * HOUR


def test_closing_at_midnight() -> None:
    calendar = office(week("18:00-24:00"), holidays="")
    assert calendar.is_open(at("2027-01-14 23:59:59"))
    assert not calendar.is_open(at("2027-01-15 00:00"))
    assert calendar.open_until(at("2027-01-14 20:00")) == at("2027-01-15 00:00")
    assert calendar.due(at("2027-01-13 10:00"), 1, "end_of_day") == at("2027-01-15 00:00")
    assert calendar.due(at("2027-01-13 23:00"), 1, "same_time") == at("2027-01-14 23:00")
    assert calendar.due(at("2027-01-13 18:00"), 2, "working_hours") == at("2027-01-15 00:00")


def test_round_the_clock() -> None:
    calendar = office((spans("00:00-24:00"),) * 7, holidays="")
    start = at("2027-01-13 10:00")
    assert calendar.next_opening(start) == start
    assert calendar.open_until(start) == at("2027-01-14 00:00")
    assert calendar.between(start, start + timedelta(days=9)) == timedelta(days=9)
    assert calendar.due(start, 2, "working_hours") == at("2027-01-15 10:00")
    assert calendar.due(start, 2, "same_time") == at("2027-01-15 10:00")


def test_between() -> None:
    def between(start: str, end: str) -> timedelta:
        return OFFICE.between(at(start), at(end))

    assert between("2027-01-15 10:00", "2027-01-15 10:30") == 30 * MINUTE
    assert between("2027-01-15 17:00", "2027-01-19 10:00") == 2 * HOUR  # over a long weekend
    assert between("2027-01-15 18:00", "2027-01-19 09:00") == timedelta()
    assert between("2027-01-11 00:00", "2027-01-16 00:00") == 45 * HOUR
    assert between("2027-01-15 11:00", "2027-01-15 11:00") == timedelta()
    assert between("2027-01-19 11:00", "2027-01-15 11:00") == timedelta()


@pytest.mark.parametrize(
    ("due", "left", "expected"),
    [
        ("2027-03-03 18:00", 4 * HOUR, "2027-03-03 14:00"),
        ("2027-01-21 09:00", 4 * HOUR, "2027-01-20 14:00"),  # due at an opening: the hours are the day before
        (
            "2027-01-19 13:00",
            4 * HOUR,
            "2027-01-15 18:00",
        ),  # exactly at the opening: already at the close before
        ("2027-01-19 13:00", 5 * HOUR, "2027-01-15 17:00"),
        ("2027-01-19 13:00", 4 * HOUR - SECOND, "2027-01-19 09:00:01"),
        ("2027-01-19 13:00", timedelta(), "2027-01-19 13:00"),
        ("2027-01-18 13:00", timedelta(), "2027-01-15 18:00"),
        ("2027-01-15 18:00", 45 * HOUR, "2027-01-08 18:00"),
    ],
)
def test_before(due: str, left: timedelta, expected: str) -> None:
    assert OFFICE.before(at(due), left) == at(expected)


def test_before_stops_at_a_gap_between_two_spans() -> None:
    calendar = office(week("09:00-12:00 13:00-18:00"))
    assert calendar.before(at("2027-01-15 15:00"), 2 * HOUR) == at("2027-01-15 12:00")
    assert calendar.before(at("2027-01-15 15:00"), 3 * HOUR) == at("2027-01-15 11:00")


def test_before_refuses_a_negative_rest() -> None:
    with pytest.raises(ValueError, match="negative"):
        OFFICE.before(at("2027-01-15 15:00"), -HOUR)


# End of day


@pytest.mark.parametrize(
    ("received", "days", "due"),
    [
        ("2027-01-14 23:30", 2, "2027-01-19 18:00"),  # Thursday, in UTC already Friday
        ("2027-01-15 17:59:30", 2, "2027-01-20 18:00"),  # the last open minute before a long weekend
        ("2027-01-15 18:00", 2, "2027-01-20 18:00"),
        ("2027-01-18 10:00", 2, "2027-01-20 18:00"),  # on the holiday itself
        ("2027-01-16 00:00", 1, "2027-01-19 18:00"),
        ("2027-11-24 12:00", 2, "2027-11-29 18:00"),
        ("2027-12-30 17:59", 2, "2028-01-04 18:00"),
        ("2027-03-11 19:00", 2, "2027-03-15 18:00"),  # the clocks go forward
        ("2027-11-05 19:00", 1, "2027-11-08 18:00"),  # and back
        ("2028-02-28 09:00", 1, "2028-02-29 18:00"),
    ],
)
def test_end_of_day(received: str, days: int, due: str) -> None:
    assert OFFICE.due(at(received), days, "end_of_day") == at(due)


def test_end_of_day_is_the_last_spans_close_of_that_very_weekday() -> None:
    calendar = office(week("09:00-12:00 13:00-17:30", "10:00-14:00"))
    assert calendar.due(at("2027-01-21 08:00"), 2, "end_of_day") == at("2027-01-23 14:00")
    assert calendar.due(at("2027-01-22 18:00"), 2, "end_of_day") == at("2027-01-25 17:30")


def test_end_of_day_with_own_days() -> None:
    own = office(
        extra_holidays=frozenset({date(2027, 11, 26)}), extra_working_days=frozenset({date(2027, 10, 11)})
    )
    assert own.due(at("2027-10-07 16:00"), 2, "end_of_day") == at("2027-10-11 18:00")
    assert own.due(at("2027-11-24 12:00"), 2, "end_of_day") == at("2027-11-30 18:00")


def test_end_of_day_in_canada() -> None:
    toronto = office(time_zone="America/Toronto", holidays="CA-ON")
    assert toronto.due(at("2027-05-20T18:30:00-04:00"), 2, "end_of_day") == at("2027-05-25T18:00:00-04:00")
    assert toronto.due(at("2027-05-28T14:00:00-04:00"), 1, "end_of_day") == at("2027-05-31T18:00:00-04:00")


# Same time


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2027-01-15 17:59:30", "2027-01-20 17:59:30"),
        ("2027-01-15 18:00", "2027-01-21 09:00"),  # rolls to Tuesday's opening, the holiday being closed
        ("2027-01-19 07:00", "2027-01-21 09:00"),
        ("2027-01-17 12:00", "2027-01-21 09:00"),
        ("2027-03-12 16:00", "2027-03-16 16:00"),  # 95 hours later
        ("2027-11-05 16:00", "2027-11-09 16:00"),  # 97 hours later
    ],
)
def test_same_time(received: str, due: str) -> None:
    assert OFFICE.due(at(received), 2, "same_time") == at(due)


def test_same_time_is_the_time_on_the_wall() -> None:
    received = at("2027-03-12 16:00")
    assert OFFICE.due(received, 2, "same_time") - received == 95 * HOUR


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2027-01-21 09:30", "2027-01-23 10:00"),  # Saturday opens later
        ("2027-01-21 16:00", "2027-01-23 14:00"),  # and closes earlier
        ("2027-01-21 12:15", "2027-01-23 12:00"),  # between its spans: the close before
        ("2027-01-21 12:00", "2027-01-23 12:00"),
        ("2027-01-21 13:00", "2027-01-23 13:00"),
        ("2027-01-21 14:00", "2027-01-23 14:00"),
        ("2027-01-22 17:00", "2027-01-25 17:00"),
        ("2027-01-23 13:30", "2027-01-26 13:30"),
        ("2027-01-23 14:00", "2027-01-27 09:00"),  # after Saturday's close it counts from Monday
    ],
)
def test_same_time_lands_inside_the_hours_of_the_day(received: str, due: str) -> None:
    calendar = office(week("09:00-18:00", "10:00-12:00 13:00-14:00"))
    assert calendar.due(at(received), 2, "same_time") == at(due)


# Working hours


@pytest.mark.parametrize(
    ("received", "due"),
    [
        ("2027-11-05 09:00", "2027-11-08 18:00"),  # Monday's close, not Tuesday's opening
        ("2027-11-05 16:00", "2027-11-09 16:00"),
        ("2027-11-05 19:00", "2027-11-09 18:00"),
        ("2027-01-15 17:59:30", "2027-01-20 17:59:30"),
        ("2027-01-18 12:00", "2027-01-20 18:00"),
    ],
)
def test_working_hours(received: str, due: str) -> None:
    assert OFFICE.due(at(received), 2, "working_hours") == at(due)


def test_working_hours_count_the_first_weekday_that_has_hours() -> None:
    calendar = office(days_of(wed="09:00-11:00 12:00-14:00", thu="09:00-19:00"), holidays="")
    assert calendar.due(at("2027-01-13 09:00"), 1, "working_hours") == at("2027-01-13 14:00")
    assert calendar.due(at("2027-01-13 11:30"), 1, "working_hours") == at("2027-01-14 11:00")
    assert calendar.due(at("2027-01-14 09:00"), 2, "working_hours") == at("2027-01-14 17:00")


def test_working_hours_end_at_a_close_between_two_spans() -> None:
    calendar = office(week("09:00-12:00 13:00-18:00"))
    assert calendar.due(at("2027-01-20 12:30"), 1, "working_hours") == at("2027-01-21 12:00")


# Clock changes


@pytest.mark.parametrize(
    ("day", "wall", "expected"),
    [
        ("2027-03-14", "01:59:59", "2027-03-14T01:59:59-06:00"),
        ("2027-03-14", "02:00", "2027-03-14T03:00:00-05:00"),
        ("2027-03-14", "02:30", "2027-03-14T03:00:00-05:00"),
        ("2027-03-14", "03:00", "2027-03-14T03:00:00-05:00"),
        ("2027-11-07", "00:59", "2027-11-07T00:59:00-05:00"),
        ("2027-11-07", "01:30", "2027-11-07T01:30:00-05:00"),
        ("2027-11-07", "02:00", "2027-11-07T02:00:00-06:00"),
    ],
)
def test_wall_time_that_is_skipped_or_comes_twice(day: str, wall: str, expected: str) -> None:
    moment = at_local(date.fromisoformat(day), time.fromisoformat(wall), CHICAGO)
    assert moment == at(expected)
    assert moment.tzinfo is UTC


def test_a_marked_second_time_is_still_the_first() -> None:
    first = at_local(date(2027, 11, 7), time(1, 30), CHICAGO)
    assert at_local(date(2027, 11, 7), time(1, 30, fold=1), CHICAGO) == first


def test_wall_time_in_other_zones() -> None:
    assert at_local(date(2027, 10, 3), time(2, 15), "Australia/Lord_Howe") == at("2027-10-02T15:30:00+00:00")
    assert at_local(date(2027, 3, 14), time(2, 30), "Pacific/Honolulu") == at("2027-03-14T12:30:00+00:00")
    assert at_local(date(2011, 12, 30), time(12), "Pacific/Apia") == at("2011-12-30T10:00:00+00:00")


NIGHT = office((spans("00:00-24:00"),) * 7, holidays="")


def test_hours_over_a_clock_change_are_real_hours() -> None:
    assert NIGHT.between(at("2027-03-14 00:00"), at("2027-03-15 00:00")) == 23 * HOUR
    assert NIGHT.between(at("2027-11-07 00:00"), at("2027-11-08 00:00")) == 25 * HOUR
    assert NIGHT.before(at("2027-03-14 04:00"), 3 * HOUR) == at("2027-03-14 00:00")
    assert NIGHT.due(at("2027-03-13 12:00"), 1, "working_hours") == at("2027-03-14 13:00")
    assert NIGHT.due(at("2027-11-06 12:00"), 1, "working_hours") == at("2027-11-07 11:00")


def test_same_time_never_falls_while_an_hour_is_repeated() -> None:
    first = at("2027-11-07 01:30")
    assert NIGHT.due(first, 2, "same_time") == at("2027-11-09 01:30")
    assert NIGHT.due(first + HOUR, 2, "same_time") == at("2027-11-09 02:00")  # 01:30 for the second time
    assert NIGHT.due(first + 2 * HOUR, 2, "same_time") == at("2027-11-09 02:30")


def test_same_time_on_a_day_that_skips_it() -> None:
    assert NIGHT.due(at("2027-03-12 02:30"), 2, "same_time") == at("2027-03-14T03:00:00-05:00")
    assert NIGHT.due(at("2027-11-05 01:30"), 2, "same_time") == at("2027-11-07T01:30:00-05:00")


def test_repeated_hour_before_midnight_belongs_to_its_day() -> None:
    nuuk = office(
        NIGHT.hours, time_zone="America/Nuuk", holidays=""
    )  # on 2027-10-31 at 00:00 it is 23:00 again
    second_time = at("2027-10-31T01:30:00+00:00")
    assert nuuk.local_date(second_time) == date(2027, 10, 30)
    assert nuuk.due(second_time, 2, "same_time") == at("2027-11-02 00:00", "America/Nuuk")


def test_a_span_that_the_clock_change_skips_does_not_exist_that_day() -> None:
    calendar = office(days_of(sun="02:00-03:00", mon="09:00-18:00"), holidays="")
    assert calendar.spans(date(2027, 3, 7)) == spans("02:00-03:00")
    assert not calendar.is_business_day(date(2027, 3, 14))
    assert calendar.due(at("2027-03-12 12:00"), 1, "end_of_day") == at("2027-03-15 18:00")
    assert calendar.next_opening(at("2027-03-12 12:00")) == at("2027-03-15 09:00")


def test_a_span_partly_skipped_is_shorter() -> None:
    calendar = office(days_of(sun="01:00-02:30", mon="09:00-18:00"), holidays="")
    assert calendar.open_until(at("2027-03-14 01:30")) == at("2027-03-14T03:00:00-05:00")
    assert calendar.between(at("2027-03-14 00:00"), at("2027-03-14 12:00")) == HOUR


def test_a_date_that_a_zone_left_out_is_no_business_day() -> None:
    apia = office(week(), time_zone="Pacific/Apia", holidays="")  # had no Friday 2011-12-30
    assert not apia.is_business_day(date(2011, 12, 30))
    assert apia.due(at("2011-12-29T10:00:00-10:00"), 1, "end_of_day") == at("2012-01-02T18:00:00+14:00")


# Words


def why(received: str, days: int, reading: Reading, calendar: BusinessCalendar = OFFICE) -> str:
    return explain(calendar, at(received, calendar.time_zone), days, reading)


def test_why_end_of_day() -> None:
    assert why("2027-01-15 17:59", 2, "end_of_day") == (
        "received Friday 17:59; Saturday, Sunday and Monday, Martin Luther King Jr. Day, do not count; "
        "second business day is Wednesday 20 January; due at its close, 18:00 Central"
    )


@pytest.mark.parametrize(
    ("received", "days", "sentence"),
    [
        (
            "2027-01-12 08:00",
            1,
            (
                "received Tuesday 08:00; first business day is Wednesday 13 January; "
                "due at its close, 18:00 Central"
            ),
        ),
        (
            "2027-11-24 12:00",
            1,
            (
                "received Wednesday 12:00; Thursday, Thanksgiving Day, does not count; "
                "first business day is Friday 26 November; due at its close, 18:00 Central"
            ),
        ),
        (
            "2027-01-16 12:00",  # the closed day of receipt is not one of those passed over
            1,
            (
                "received Saturday 12:00; Sunday and Monday, Martin Luther King Jr. Day, do not count; "
                "first business day is Tuesday 19 January; due at its close, 18:00 Central"
            ),
        ),
        (
            "2027-12-30 12:00",
            2,
            (
                "received Thursday 12:00; Friday (New Year's Day, observed), Saturday and Sunday do not "
                "count; second business day is Tuesday 4 January; due at its close, 18:00 Central"
            ),
        ),
        (
            "2027-12-23 12:00",  # Christmas itself is a Saturday: closed anyhow
            1,
            (
                "received Thursday 12:00; Friday (Christmas Day, observed), Saturday and Sunday do not "
                "count; first business day is Monday 27 December; due at its close, 18:00 Central"
            ),
        ),
        (
            "2027-01-19 10:00",
            9,
            (
                "received Tuesday 10:00; Saturday, Sunday, Saturday 30 January and Sunday 31 January "
                "do not count; ninth business day is Monday 1 February; due at its close, 18:00 Central"
            ),
        ),
        (
            "2027-01-15 17:59",
            12,
            (
                "received Friday 17:59; 7 closed days do not count, among them Monday (Martin Luther King "
                "Jr. Day); business day 12 is Wednesday 3 February; due at its close, 18:00 Central"
            ),
        ),
        (
            "2027-04-02 10:00",
            20,
            (
                "received Friday 10:00; 8 closed days do not count; business day 20 is Friday 30 April; "
                "due at its close, 18:00 Central"
            ),
        ),
    ],
)
def test_why_end_of_day_skips_as_many_days_as_there_are(received: str, days: int, sentence: str) -> None:
    assert why(received, days, "end_of_day") == sentence


def test_why_gives_the_date_of_a_weekday_that_is_a_week_away() -> None:
    tuesdays = office(days_of(tue="09:00-18:00"), holidays="")
    assert why("2027-01-19 18:00", 1, "working_hours", tuesdays) == (
        "received Tuesday 18:00, outside office hours, so counted from Tuesday 26 January 09:00; "
        "Wednesday, Thursday, Friday, Saturday, Sunday and Monday do not count; 9 working hours, all on "
        "Tuesday 26 January; due on Tuesday 26 January at the close, 18:00 Central"
    )


def test_why_names_holidays_of_its_own_and_two_at_once() -> None:
    own = office(extra_holidays=frozenset({date(2027, 11, 26)}))
    assert (
        "Thursday (Thanksgiving Day), Friday (a holiday of this office), Saturday and Sunday do not"
        in why("2027-11-24 12:00", 2, "end_of_day", own)
    )
    assert "and Monday, Presidents' Day and Susan B. Anthony Day, do not count" in why(
        "2027-02-12 12:00", 1, "end_of_day", office(holidays="US-CA")
    )
    assert "Friday (Christmas Day, observed, and Christmas Eve), Saturday" in why(
        "2027-12-23 12:00", 1, "end_of_day", office(holidays="US-TX")
    )


def test_why_at_midnight_says_24() -> None:
    calendar = office(week("12:00-24:00"), holidays="")
    assert why("2027-01-13 10:00", 1, "end_of_day", calendar) == (
        "received Wednesday 10:00; first business day is Thursday 14 January; due at its close, 24:00 Central"
    )


@pytest.mark.parametrize(
    ("received", "sentence"),
    [
        (
            "2027-01-15 17:59",
            (
                "received Friday 17:59; Saturday, Sunday and Monday, Martin Luther King Jr. Day, do not "
                "count; second business day is Wednesday 20 January; due at the same time, 17:59 Central"
            ),
        ),
        (
            "2027-01-15 18:00",
            (
                "received Friday 18:00, outside office hours, so counted from Tuesday 09:00; Saturday, "
                "Sunday and Monday, Martin Luther King Jr. Day, do not count; second business day after "
                "Tuesday is Thursday 21 January; due at the same time, 09:00 Central"
            ),
        ),
        (
            "2027-01-19 07:00",
            (
                "received Tuesday 07:00, outside office hours, so counted from 09:00; "
                "second business day is Thursday 21 January; due at the same time, 09:00 Central"
            ),
        ),
    ],
)
def test_why_same_time(received: str, sentence: str) -> None:
    assert why(received, 2, "same_time") == sentence


@pytest.mark.parametrize(
    ("received", "ending"),
    [
        ("2027-01-21 09:30", "Saturday 23 January, which opens later; due at its opening, 10:00 Central"),
        ("2027-01-21 16:00", "Saturday 23 January, which closes earlier; due at its close, 14:00 Central"),
        (
            "2027-01-21 12:15",
            (
                "Saturday 23 January, when the office is closed at 12:15; "
                "due at the close before that, 12:00 Central"
            ),
        ),
        ("2027-01-21 14:00", "Saturday 23 January; due at the same time, 14:00 Central"),
    ],
)
def test_why_same_time_lands_elsewhere(received: str, ending: str) -> None:
    calendar = office(week("09:00-18:00", "10:00-12:00 13:00-14:00"))
    assert why(received, 2, "same_time", calendar).endswith(f"second business day is {ending}")


def test_why_same_time_at_a_clock_change() -> None:
    assert why("2027-03-12 02:30", 2, "same_time", NIGHT) == (
        "received Friday 02:30; second business day is Sunday 14 March; "
        "due at the same time but for the clock change, 03:00 Central"
    )
    assert explain(NIGHT, at("2027-11-07T01:30:00-06:00"), 2, "same_time") == (
        "received Sunday 01:30; second business day is Tuesday 9 November; "
        "due at the same time but for the clock change, 02:00 Central"
    )


@pytest.mark.parametrize(
    ("received", "days", "sentence"),
    [
        (
            "2027-11-05 16:00",
            2,
            (
                "received Friday 16:00; Saturday and Sunday do not count; 18 working hours: 2 h on Friday, "
                "9 h on Monday and 7 h on Tuesday; due on Tuesday 9 November, 16:00 Central"
            ),
        ),
        (
            "2027-11-05 09:00",
            2,
            (
                "received Friday 09:00; Saturday and Sunday do not count; 18 working hours: 9 h on Friday "
                "and 9 h on Monday; due on Monday 8 November at the close, 18:00 Central"
            ),
        ),
        (
            "2027-01-18 12:00",
            1,
            (
                "received Monday 12:00, outside office hours, so counted from Tuesday 09:00; "
                "9 working hours, all on Tuesday; due on Tuesday 19 January at the close, 18:00 Central"
            ),
        ),
        (
            "2027-04-02 17:29:30",
            1,
            (
                "received Friday 17:29; Saturday and Sunday do not count; 9 working hours: 30 min 30 s on "
                "Friday and 8 h 29 min 30 s on Monday; due on Monday 5 April, 17:29 Central"
            ),
        ),
        (
            "2027-04-02 10:00",
            10,
            (
                "received Friday 10:00; Saturday, Sunday, Saturday 10 April and Sunday 11 April do not "
                "count; 90 working hours from Friday 2 April to Friday 16 April; "
                "due on Friday 16 April, 10:00 Central"
            ),
        ),
    ],
)
def test_why_working_hours(received: str, days: int, sentence: str) -> None:
    assert why(received, days, "working_hours") == sentence


@pytest.mark.parametrize(
    ("hours", "budget"),
    [
        ("09:00-10:00", "1 working hour, all"),
        ("09:00-11:00", "2 working hours, all"),
        ("09:00-16:30", "7 h 30 min of working time, all"),
    ],
)
def test_why_names_the_working_time(hours: str, budget: str) -> None:
    assert budget in why("2027-01-12 08:00", 1, "working_hours", office(week(hours)))


@pytest.mark.parametrize(
    ("zone", "word"),
    [
        ("America/New_York", "Eastern"),
        ("America/Toronto", "Eastern"),
        ("US/Eastern", "Eastern"),
        ("America/Winnipeg", "Central"),
        ("America/Denver", "Mountain"),
        ("America/Phoenix", "Phoenix time"),  # in summer it is not Denver's time
        ("America/Los_Angeles", "Pacific"),
        ("America/Anchorage", "Alaska"),
        ("Pacific/Honolulu", "Hawaii"),
        ("America/Halifax", "Atlantic"),
        ("America/St_Johns", "Newfoundland"),
        ("America/Argentina/Buenos_Aires", "Buenos Aires time"),
        ("Europe/Berlin", "Berlin time"),
        ("Asia/Shanghai", "Shanghai time"),  # its CST is not Chicago's
        ("UTC", "UTC"),
        ("Etc/UTC", "UTC"),
    ],
)
def test_why_names_the_zone(zone: str, word: str) -> None:
    sentence = why("2027-06-15 10:00", 1, "end_of_day", office(time_zone=zone, holidays=""))
    assert sentence.endswith(f"due at its close, 18:00 {word}")


# Errors


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"time_zone": "America/Chicag"}, 'time_zone "America/Chicag"'),
        ({"time_zone": "America"}, 'time_zone "America"'),
        ({"time_zone": ""}, 'time_zone ""'),
        ({"time_zone": "/etc/localtime"}, "time_zone"),
        ({"time_zone": "../UTC"}, "time_zone"),
        ({"holidays": "XX"}, 'holidays "XX"'),
        ({"holidays": "us"}, 'holidays "us"'),
        ({"holidays": "CA-XX"}, 'holidays "CA-XX"'),
        ({"holidays": "US-"}, 'holidays "US-"'),
        ({"holidays": "HolidayBase"}, "no such place"),
        ({"holidays": "XNYS"}, "no such place"),  # an exchange, not a country
        ({"hours": ((),) * 7}, "never opens"),
        ({"hours": (spans("09:00-18:00"),) * 5}, "seven weekdays"),
        ({"hours": week("18:00-09:00")}, "hours on Monday: 18:00-09:00 closes before it opens"),
        ({"hours": week("09:00-09:00")}, "closes before it opens"),
        ({"hours": week("09:00-12:00 11:00-18:00")}, "hours on Monday: 11:00-18:00 opens before"),
        ({"hours": week(sunday="13:00-18:00 09:00-12:00")}, "hours on Sunday: 09:00-12:00 opens before"),
        ({"hours": week("09:00-24:00 10:00-11:00")}, "10:00-11:00 opens before"),
        ({"hours": week("09:00-18:00 17:00-24:00")}, "17:00-24:00 opens before"),
        ({"hours": ((Span(time(9, 0, 0, 5), time(18)),),) * 7}, "whole seconds"),
        ({"hours": ((Span(time(9, tzinfo=UTC), time(18)),),) * 7}, "plain local times"),
        (
            {
                "extra_holidays": frozenset({date(2027, 1, 4)}),
                "extra_working_days": frozenset({date(2027, 1, 4)}),
            },
            "2027-01-04",
        ),
    ],
)
def test_calendar_that_cannot_be(wrong: dict[str, Any], words: str) -> None:
    with pytest.raises(CalendarError) as error:
        office(**wrong)
    assert words in str(error.value)


@pytest.mark.parametrize("reading", READINGS)
def test_year_out_of_reach_is_an_error(reading: Reading) -> None:
    assert OFFICE.due(at("2100-12-20 10:00"), 2, reading) < at("2100-12-23 00:00")
    with pytest.raises(CalendarError, match=r'holidays "US": known from 1777 to 2100, but the year 2101'):
        OFFICE.due(at("2100-12-30 10:00"), 2, reading)
    with pytest.raises(CalendarError, match="2101"):
        explain(OFFICE, at("2100-12-30 10:00"), 2, reading)


def test_other_questions_about_a_year_out_of_reach() -> None:
    beyond, early = at("2101-02-01 10:00"), at("1777-01-01 10:00")
    for ask in (OFFICE.is_open, OFFICE.open_until, OFFICE.next_opening):
        with pytest.raises(CalendarError, match="2101"):
            ask(beyond)
    for ask_day in (OFFICE.is_business_day, OFFICE.holiday_name, OFFICE.spans, OFFICE.next_business_day):
        with pytest.raises(CalendarError, match="2101"):
            ask_day(date(2101, 2, 5))
    with pytest.raises(CalendarError, match="2101"):
        OFFICE.between(at("2100-12-01 10:00"), beyond)
    with pytest.raises(CalendarError, match="1776"):
        OFFICE.before(early, HOUR)
    with pytest.raises(CalendarError, match="2101"):
        OFFICE.add_business_days(date(2027, 1, 1), 1_000_000)


def test_a_country_that_ends_sooner() -> None:
    japan = office(time_zone="Asia/Tokyo", holidays="JP")
    with pytest.raises(CalendarError, match=r"JP.*2099.*2100"):
        japan.due(at("2099-12-31T10:00:00+09:00"), 1, "end_of_day")


def test_without_holidays_there_is_no_such_end() -> None:
    assert PLAIN.due(at("2101-02-01 10:00"), 1, "end_of_day") == at("2101-02-02 18:00")
    with pytest.raises(CalendarError, match="9999"):
        PLAIN.next_business_day(date(9999, 12, 31))


@pytest.mark.parametrize("zone", ["Mars/Olympus", "", "Europe"])
def test_wall_time_of_an_unknown_zone(zone: str) -> None:
    with pytest.raises(CalendarError, match="time_zone"):
        at_local(date(2027, 1, 1), time(9), zone)


def test_naive_instants_are_refused() -> None:
    naive = datetime.fromisoformat("2027-01-15 10:00")
    asks = [OFFICE.local_date, OFFICE.is_open, OFFICE.open_until, OFFICE.next_opening]
    for ask in asks:
        with pytest.raises(ValueError, match="no time zone"):
            ask(naive)
    with pytest.raises(ValueError, match="no time zone"):
        OFFICE.between(naive, at("2027-01-15 10:00"))
    with pytest.raises(ValueError, match="no time zone"):
        OFFICE.between(at("2027-01-15 10:00"), naive)
    with pytest.raises(ValueError, match="no time zone"):
        OFFICE.before(naive, HOUR)
    for reading in READINGS:
        for promise in (OFFICE.due, partial(explain, OFFICE)):
            with pytest.raises(ValueError, match="no time zone"):
                promise(naive, 2, reading)


def test_a_promise_needs_a_known_reading_and_a_day() -> None:
    for ask in (OFFICE.due, partial(explain, OFFICE)):
        with pytest.raises(ValueError, match="no reading 'soon'"):
            ask(at("2027-01-15 10:00"), 2, "soon")  # type: ignore[arg-type]
        with pytest.raises(ValueError, match="at least one"):
            ask(at("2027-01-15 10:00"), 0, "end_of_day")


# As a value


def test_instants_go_in_with_any_offset_and_come_out_in_utc() -> None:
    received = datetime(2027, 1, 15, 20, 0, 0, 999_999, tzinfo=timezone(2 * HOUR))  # 12:00 in Chicago
    due = OFFICE.due(received, 2, "same_time")
    assert due == at("2027-01-20 12:00")
    assert due.tzinfo is UTC
    for moment in (OFFICE.next_opening(received), OFFICE.before(received, timedelta())):
        assert moment == at("2027-01-15 12:00")
        assert moment.tzinfo is UTC


def test_calendar_is_a_value() -> None:
    used, fresh = office(), office()
    used.due(at("2027-01-15 10:00"), 2, "end_of_day")
    assert used == fresh
    assert hash(used) == hash(fresh)
    assert len({used, fresh}) == 1
    assert repr(used) == repr(fresh)
    assert office(version=2) != fresh
    assert copy.deepcopy(used) == pickle.loads(pickle.dumps(used)) == fresh


def test_a_changed_copy_does_not_remember_the_old_hours() -> None:
    OFFICE.due(at("2027-01-15 10:00"), 1, "end_of_day")
    later = replace(OFFICE, hours=week("09:00-20:00"), version=2)
    assert later.due(at("2027-01-15 10:00"), 1, "end_of_day") == at("2027-01-19 20:00")


def test_days_known_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.business_days.KNOWN_DAYS_KEPT", 10)
    calendar = office()
    start, end = at("2027-01-01 00:00"), at("2027-12-31 00:00")
    assert calendar.between(start, end) == OFFICE.between(start, end)
    assert len(calendar._days) <= 10

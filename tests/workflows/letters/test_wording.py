"""Dates, zones, money, numbers and lists in words."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workflows.letters import wording

TODAY = "2026-11-24"
AT = datetime(2026, 11, 26, 0, 0, tzinfo=UTC).isoformat()


@pytest.mark.parametrize(
    ("value", "words", "short"),
    [
        ("2026-12-03", "Thursday 3 December", "Thu 3 Dec"),
        ("2027-01-01", "Friday 1 January 2027", "Fri 1 Jan 2027"),
        ("2025-05-31", "Saturday 31 May 2025", "Sat 31 May 2025"),
    ],
)
def test_days(value: str, words: str, short: str) -> None:
    assert wording.day(value, TODAY) == words
    assert wording.short_day(value, TODAY) == short


def test_moments() -> None:
    assert wording.moment(AT, "America/Chicago", TODAY) == "Wednesday 25 November, 18:00 Central Time"
    assert wording.short_moment(AT, "America/Chicago", TODAY) == "Wed 25 Nov, 18:00 Central Time"
    assert wording.moment("2027-01-01T05:30:00+00:00", "America/Chicago", TODAY).startswith(
        "Thursday 31 December, 23:30"
    )


def test_when() -> None:
    assert wording.when(AT, "America/Chicago", TODAY) == "Wed 25 Nov 18:00"
    assert wording.when(AT, "America/Chicago", "2026-11-25") == "today 18:00"


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ("America/New_York", "Eastern Time"),
        ("America/Indiana/Indianapolis", "Eastern Time"),
        ("America/Chicago", "Central Time"),
        ("America/Denver", "Mountain Time"),
        ("America/Phoenix", "Mountain Standard Time"),
        ("America/Regina", "Central Standard Time"),
        ("America/Los_Angeles", "Pacific Time"),
        ("America/Anchorage", "Alaska Time"),
        ("Pacific/Honolulu", "Hawaii Standard Time"),
        ("America/Halifax", "Atlantic Time"),
        ("America/Puerto_Rico", "Atlantic Standard Time"),
        ("America/St_Johns", "Newfoundland Time"),
        ("America/Sao_Paulo", "Sao Paulo time"),
        ("Europe/Berlin", "Berlin time"),
        ("Asia/Shanghai", "Shanghai time"),
        ("Australia/Brisbane", "Brisbane time"),
        ("UTC", "UTC"),
        ("Etc/GMT+5", "UTC-5"),
        ("Etc/GMT-3", "UTC+3"),
        ("Singapore", "UTC+8"),
    ],
)
def test_zones_in_winter_and_in_summer(zone: str, words: str) -> None:
    assert wording.zone_words(zone, "2026-01-15T12:00:00+00:00") == words
    assert wording.zone_words(zone, "2026-07-15T12:00:00+00:00") == words


def test_zones_while_an_hour_comes_twice() -> None:
    assert wording.zone_words("America/Chicago", "2026-11-01T06:30:00+00:00") == "Central Daylight Time"
    assert wording.zone_words("America/Chicago", "2026-11-01T07:30:00+00:00") == "Central Standard Time"
    assert wording.zone_words("Europe/Berlin", "2026-10-25T00:30:00+00:00") == "Berlin time (UTC+2)"
    assert wording.zone_words("Europe/Berlin", "2026-10-25T01:30:00+00:00") == "Berlin time (UTC+1)"


@pytest.mark.parametrize(
    ("value", "currency", "words"),
    [
        ("214.00", "USD", "$214.00"),
        ("214", "USD", "$214.00"),
        ("1214.5", "CAD", "CA$1,214.50"),
        ("49.00", "EUR", "€49.00"),
        ("49.00", "CHF", "49.00 CHF"),
    ],
)
def test_money(value: str, currency: str, words: str) -> None:
    assert wording.money(value, currency) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 min"), (2280, "38 min"), (10800, "3 h"), (14580, "4 h 03 min")]
)
def test_hours(seconds: float, words: str) -> None:
    assert wording.hours(seconds) == words


def test_lists() -> None:
    places = [{"location": name} for name in ("HQ", "Lab", "HQ", "Depot")]
    assert wording.names(places) == "HQ, Lab and Depot"
    assert wording.listed(["HQ", "Lab"]) == "HQ and Lab"
    assert wording.listed(["HQ"]) == "HQ"


def test_same() -> None:
    rows = [{"on": "2026-12-04", "time": "18:00"}, {"on": "2026-12-04", "time": "19:00"}]
    assert wording.same(rows, "on")
    assert not wording.same(rows, "on", "time")


def test_endings() -> None:
    assert wording.endings(["0101"]) == "number ending 0101"
    assert wording.endings(["0101", "0102", "0103"]) == "numbers ending 0101, 0102 and 0103"


def test_counts() -> None:
    assert wording.count(1, "trunk", "trunks") == "1 trunk"
    assert wording.count(0, "trunk", "trunks") == "0 trunks"


def test_hidden_numbers() -> None:
    words = "release:+12565550101 failed, +14165550301 too; order 12565550101"
    assert wording.hide_numbers(words) == "release:…0101 failed, …0301 too; order 12565550101"


@pytest.mark.parametrize(
    "written",
    [
        "+12565550101",
        "2565550101",
        "+1 256-555-0101",
        "1 (256) 555 0101",
        "(256) 555-0101",
        "256.555.0101",
        "001 256 555 0101",
    ],
)
def test_hidden_however_they_are_written(written: str) -> None:
    hidden = wording.hide_these(f"Keep {written}, not +12565550142.", ["+12565550101"])
    assert hidden == "Keep …0101, not +12565550142."


@given(st.text(alphabet="+()-. x0123456789", max_size=12), st.text(alphabet="+()-. x0123456789", max_size=12))
def test_hidden_wherever_they_stand(before: str, after: str) -> None:
    hidden = wording.hide_these(f"{before} +12565550101 {after}", ["+12565550101"])
    assert "+12565550101" not in hidden


def test_steps_and_findings() -> None:
    assert wording.step("release:+12565550101") == "Release number ending 0101"
    assert wording.step_done("release:0101") == "Phone number ending 0101 released"
    assert wording.step("freeze") == "Close the location for changes"
    assert wording.step_done("stop_renewal") == "Renewal stopped"
    assert wording.step_done("remove_services") == "Other services removed"
    assert wording.step_done("remove_services", ["fax", "sms"]) == "Fax and text messages (SMS) removed"
    assert wording.service("metered") == "Services billed by use"
    assert wording.service("pager") == "Pager"
    assert wording.finding("run_stuck") == "a termination does not move on"
    assert wording.finding("something_new") == "something new"


def test_paragraphs() -> None:
    assert wording.paragraphs("\nOne \r\ntwo\r\n \r\n\r\nthree") == [["One", "two"], ["three"]]


def test_heading() -> None:
    assert wording.heading("HQ stays\non [C-1001]") == "HQ stays on"
    assert wording.heading("[C-1001] first") == "[C-1001] first"


def test_tidy() -> None:
    assert wording.tidy("\n\na\n\n\n\nb\n") == "a\n\nb\n"

"""Calendar files: what a customer's calendar makes of the letters of one case."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from workflows.actors import customer as by_customer
from workflows.letters import calendar_file, customer
from workflows.records import Cancellation, Letter
from workflows.states import LetterState

RUN_AT = datetime(2026, 12, 5, 0, 0, tzinfo=UTC)


def scheduled(scene: Any, part: Cancellation, at: datetime) -> Letter:
    scene.schedule(part, RUN_AT)
    return there(customer.scheduled(scene.desk, part, at))


def there(letter: Letter | None) -> Letter:
    assert letter is not None
    return letter


def events(letter: Letter) -> list[tuple[str, int, str]]:
    """(UID, SEQUENCE, STATUS) of each entry of a letter's file."""
    found = Calendar.from_ical(letter.calendar).events
    return [(str(each["UID"]), int(each["SEQUENCE"]), str(each["STATUS"])) for each in found]


HQ, LAB = "C-1001-1@northline.example", "C-1001-2@northline.example"


def test_a_set_end(scene: Any) -> None:
    letter = scheduled(scene, scene.hq, scene.at)
    calendar: Any = Calendar.from_ical(letter.calendar)
    event = calendar.events[0]
    assert (calendar["VERSION"], calendar["METHOD"]) == ("2.0", "PUBLISH")
    assert event["SUMMARY"] == "HQ ends"
    assert event["DTSTART"].dt == RUN_AT
    assert event["DTSTAMP"].dt == scene.at
    assert event["ORGANIZER"] == "mailto:success@northline.example"
    assert "end on Friday 4 December, 18:00 Central Time." in event["DESCRIPTION"]
    assert "call +1 256-555-0199" in event["DESCRIPTION"]
    assert events(letter) == [(HQ, 0, "CONFIRMED")]


def test_its_form(scene: Any) -> None:
    scene.hq.location.name = "Ünion; Hall, North\nDock " + "x" * 80
    letter = scheduled(scene, scene.hq, scene.at)
    lines = letter.calendar.encode().split(b"\r\n")
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert lines[-2:] == [b"END:VCALENDAR", b""]
    assert max(len(line) for line in lines) <= 75
    event: Any = Calendar.from_ical(letter.calendar).events[0]
    assert str(event["SUMMARY"]) == f"{scene.hq.location.name} ends"


def test_two_causes_are_two_entries(scene: Any) -> None:
    scheduled(scene, scene.hq, scene.at)
    letter = scheduled(scene, scene.lab, scene.at)
    assert events(letter) == [(HQ, 0, "CONFIRMED"), (LAB, 0, "CONFIRMED")]
    assert letter.calendar.count("BEGIN:VCALENDAR") == 1


def test_a_new_date_updates_the_entry(scene: Any) -> None:
    scheduled(scene, scene.hq, scene.at)
    scheduled(scene, scene.lab, scene.at)
    scene.schedule(scene.hq, RUN_AT + timedelta(days=7))
    letter = there(customer.rescheduled(scene.desk, scene.hq, scene.at + timedelta(hours=1), RUN_AT))
    assert events(letter) == [(HQ, 1, "CONFIRMED")]
    event: Any = Calendar.from_ical(letter.calendar).events[0]
    assert event["DTSTART"].dt == RUN_AT + timedelta(days=7)


def test_of_one_entry_in_one_letter_the_later_counts(scene: Any) -> None:
    scheduled(scene, scene.hq, scene.at)
    at = scene.at + timedelta(hours=1)
    for days in (7, 8):
        scene.schedule(scene.hq, RUN_AT + timedelta(days=days))
        letter = there(customer.rescheduled(scene.desk, scene.hq, at, RUN_AT))
    assert events(letter) == [(HQ, 2, "CONFIRMED")]


def test_withdrawn_takes_the_entries_back(scene: Any) -> None:
    for part in (scene.hq, scene.lab):
        scheduled(scene, part, scene.at)
    for part in (scene.hq, scene.lab, scene.toronto):
        part.state, part.run_at = "withdrawn", None
        later = scene.at + timedelta(hours=1)
        letter = there(customer.withdrawn(scene.desk, part, later, by_customer("kim@acme.example")))
    assert calendar_file.method(letter.calendar) == "CANCEL"
    assert events(letter) == [(HQ, 1, "CANCELLED"), (LAB, 1, "CANCELLED")]
    event: Any = Calendar.from_ical(letter.calendar).events[0]
    assert event["DTSTART"].dt == RUN_AT
    assert "takes the date out of your calendar" in letter.text


def test_without_an_entry_nothing_is_taken_back(scene: Any) -> None:
    letter = there(customer.withdrawn(scene.desk, scene.hq, scene.at, by_customer()))
    assert letter.calendar == ""
    assert "calendar" not in letter.text


@pytest.mark.parametrize("by_agent", [True, False])
def test_a_deferral_takes_it_back_once(scene: Any, by_agent: bool) -> None:
    scheduled(scene, scene.hq, scene.at)
    later = scene.at + timedelta(hours=1)
    letter = there(customer.deferred(scene.desk, scene.hq, later, by_agent=by_agent))
    assert events(letter) == [(HQ, 1, "CANCELLED")]
    assert "takes the old date out of your calendar" in letter.text
    last = there(customer.declined(scene.desk, scene.hq, later + timedelta(hours=1)))
    assert last.calendar == ""


def test_declined_after_a_recheck(scene: Any) -> None:
    scheduled(scene, scene.hq, scene.at)
    letter = there(customer.declined(scene.desk, scene.hq, scene.at + timedelta(hours=1)))
    assert events(letter) == [(HQ, 1, "CANCELLED")]


def test_confirmed_again_after_a_deferral(scene: Any) -> None:
    scheduled(scene, scene.hq, scene.at)
    customer.deferred(scene.desk, scene.hq, scene.at + timedelta(hours=1), by_agent=True)
    letter = scheduled(scene, scene.hq, scene.at + timedelta(hours=2))
    assert events(letter) == [(HQ, 2, "CONFIRMED")]


def test_a_letter_that_has_left_is_not_joined(scene: Any) -> None:
    first = scheduled(scene, scene.hq, scene.at)
    scene.session.flush()
    first.state = LetterState.sent
    second = scheduled(scene, scene.lab, scene.at)
    assert second is not first
    assert events(second) == [(LAB, 0, "CONFIRMED")]


def test_joining_with_nothing() -> None:
    assert calendar_file.joined("", "") == ""
    assert calendar_file.joined("a", "") == "a"
    assert calendar_file.joined("", "b") == "b"

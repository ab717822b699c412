"""How time moves in a rehearsal: the grid of the poll, the order at one instant, the mornings.

The steps give their time as UTC-6: Chicago's until 14 March 2027, an hour behind it afterwards."""

from collections.abc import Callable
from typing import Any

Play = Callable[..., Any]
WAIT = 'do = "wait"'
EXPECT = 'do = "expect"\n'
REACHED = 'do = "contact"\nby = "agent"\nchannel = "phone"\noutcome = "reached"\nauthenticated = "pin"'
NOT_NEEDED = 'do = "dispose"\nlocation = "HQ"\nnumbers = "all"\nto = "not_needed"\nby = "agent"'
CONFIRM = 'do = "confirm"\nby = "agent"'
ACCOUNT = """
[[account]]
ref = "acme"
owner = "pat@acme.example"
  [[account.location]]
  ref = "HQ"
  numbers = ["+12565550101"]
  renews_on = 2027-03-18
  [[account.location]]
  ref = "Lab"
  numbers = ["+12565550103"]
  renews_on = 2027-03-28
"""


def _port(state: str, via: str = "silent", **keys: str) -> str:
    given = "\n".join(f"{name} = {value}" for name, value in keys.items())
    order = f'account = "acme"\norder = "P"\nnumbers = ["+12565550101"]\nstate = "{state}"\nvia = "{via}"'
    return f'do = "port"\n{order}\n{given}'


def _scheduler(running: bool) -> str:
    return f'do = "scheduler"\nrunning = {str(running).lower()}'


def _told(report: Any, *names: str) -> list[tuple[str, str]]:
    """(UTC time, name) of the events of these names, in their order."""
    assert report.ok, report.failures
    events = [(each["at"][8:16], each["what"].removeprefix("C-1001 ")) for each in report.timeline]
    return [(at, name) for at, what in events for name in names if what.split(" ")[0].rstrip(":") == name]


# The grid


def test_a_silent_change_is_seen_on_the_grid(play: Play) -> None:
    report = play(("01 10:07:00", _port("requested")), ("01 10:14:59", WAIT), ("01 10:30:00", WAIT))
    assert _told(report, "port_order", "wait") == [
        ("01T16:14", "wait"),
        ("01T16:15", "port_order"),
        ("01T16:30", "wait"),
    ]


def test_a_change_on_the_grid_waits_for_the_next_point(play: Play) -> None:
    report = play(("01 10:15:00", _port("requested")), ("01 11:00:00", WAIT))
    assert _told(report, "port_order") == [("01T16:30", "port_order")]


def test_the_grid_has_other_minutes(play: Play) -> None:
    report = play(
        ("01 10:15:00", _port("requested")), ("01 11:00:00", WAIT), config="ports.poll_minutes = 20"
    )
    assert _told(report, "port_order") == [("01T16:20", "port_order")]


def test_a_missed_poll_waits_for_the_next_point(play: Play) -> None:
    report = play(
        ("01 10:07:00", _scheduler(running=False)),
        ("01 10:08:00", _port("requested")),
        ("01 10:50:00", _scheduler(running=True)),
        ("01 11:30:00", WAIT),
    )
    assert _told(report, "port_order") == [("01T17:00", "port_order")]


def test_a_webhook_acts_while_the_scheduler_is_down(play: Play) -> None:
    report = play(
        ("01 10:07:00", _scheduler(running=False)),
        ("01 10:08:00", _port("requested", via="webhook")),
        ("01 11:30:00", WAIT),
    )
    assert _told(report, "port_order") == [("01T16:08", "port_order")]


# The order at one instant


def test_the_order_at_the_opening(play: Play, submit: str) -> None:
    """A review, a renewal three days ahead and a stale port at 09:00, and the letters after all of them."""
    report = play(
        ("01 10:00:00", submit),
        ("01 10:30:00", REACHED),
        ("01 11:00:00", _port("committed", via="webhook", foc="2027-03-05T12:00:00-06:00")),
        ("01 12:00:00", 'do = "defer"\nby = "agent"\nfor = 2027-03-15'),
        ("16 00:00:00", WAIT),
        account=ACCOUNT,
        config="ports.stale_days = 10",
    )
    names = ("review_due", "renewal_ahead", "port_stale", "letter_accepted")
    assert [each for each in _told(report, *names) if each[0] == "15T14:00"] == [
        ("15T14:00", "review_due"),
        ("15T14:00", "renewal_ahead"),
        ("15T14:00", "port_stale"),
        *[("15T14:00", "letter_accepted")] * 3,
    ]


def test_the_poll_comes_before_the_clocks_and_the_reconciler_before_tomorrow(play: Play, submit: str) -> None:
    report = play(
        ("01 17:00:00", submit),
        ("02 10:00:00", 'do = "message"\nby = "agent"\ntext = "Hello"'),
        ("02 10:00:01", REACHED),
        ("02 10:00:02", NOT_NEEDED),
        ("02 10:00:03", CONFIRM),
        ("09 16:00:00", 'do = "mail"\nanswer = "down"'),
        ("09 16:30:00", 'do = "message"\nby = "agent"\ntext = "Hello"'),
        ("09 17:50:00", _port("requested")),
        ("09 18:00:00", WAIT),
        account=ACCOUNT,
        config='termination.reconcile_at = "18:00"\nports.poll_minutes = 30',
    )
    names = ("port_order", "late_port", "finding", "letter_written", "begin")
    at_six = [each for each in _told(report, *names) if each[0] == "10T00:00"]
    assert [name for _at, name in at_six[:2]] == ["port_order", "late_port"]
    assert "finding" in [name for _at, name in at_six]


def test_the_reconciler_comes_before_tomorrow(play: Play, submit: str) -> None:
    report = play(
        ("01 17:00:00", submit),
        ("02 10:00:01", REACHED),
        ("02 10:00:02", NOT_NEEDED),
        ("02 10:00:03", CONFIRM),
        ("09 16:00:00", 'do = "mail"\nanswer = "down"'),
        ("09 16:30:00", 'do = "message"\nby = "agent"\ntext = "Hello"'),
        ("09 18:00:00", WAIT),
        account=ACCOUNT,
        config='termination.reconcile_at = "18:00"',
    )
    written = [
        (each["what"], each["facts"].get("letter"))
        for each in report.timeline
        if each["at"].startswith("2027-03-10T00:00:00")
    ]
    found = next(place for place, (what, _letter) in enumerate(written) if "finding" in what)
    assert found < written.index(("C-1001 letter_written", "tomorrow"))


def test_a_step_comes_after_what_is_due_at_its_instant(play: Play, submit: str) -> None:
    report = play(
        ("01 10:00:00", submit),
        ("03 18:00:00", EXPECT + 'clock.first_contact.state = "at_risk"\nalerts = ["at_risk"]'),
        ("03 18:00:01", EXPECT + 'clock.first_contact.state = "breached"\nalerts = ["breached"]'),
        ("03 18:00:01", 'do = "message"\nby = "agent"\ntext = "Hello"'),
        ("03 18:00:01", EXPECT + 'clock.first_contact.state = "missed"\nletters = ["received", "message"]'),
    )
    assert report.ok, report.failures


# The mornings


def test_what_is_found_is_found_in_the_morning(play: Play, submit: str) -> None:
    report = play(
        ("01 10:00:00", submit),
        ("01 12:00:00", 'do = "mail"\nanswer = "down"'),
        ("01 13:00:00", 'do = "message"\nby = "agent"\ntext = "Hello"'),
        ("02 05:59:59", EXPECT + "findings = []"),
        ("02 06:00:00", EXPECT + 'findings = ["letter_unsent"]'),
    )
    assert report.ok, report.failures


def test_an_act_long_after_the_last_one_waits_for_the_next_morning(play: Play) -> None:
    """Every number left by port; the books are read the morning after, not at the act."""
    report = play(
        ("01 10:00:00", WAIT),
        ("29 15:00:00", _port("completed", via="webhook")),
        ("29 15:00:00", EXPECT + "findings = []"),
        ("30 04:59:59", EXPECT + "findings = []"),
        ("30 05:00:00", EXPECT + 'findings = ["ported_still_billing"]'),
        account=ACCOUNT,
    )
    assert report.ok, report.failures


def test_a_run_that_is_held_is_found_however_long_the_quiet_was(play: Play, submit: str) -> None:
    report = play(
        ("01 10:00:00", submit.replace("2027-03-10", "2027-03-28")),
        ("01 10:10:00", REACHED),
        ("01 10:20:00", NOT_NEEDED),
        ("01 10:30:00", CONFIRM),
        ("01 10:40:00", 'do = "stop_switch"\non = true\nby = "manager"'),
        ("29 04:59:59", EXPECT + "findings = []"),
        ("29 05:00:00", EXPECT + 'findings = ["scheduled_without_run"]\nstate.HQ = "scheduled"'),
        account=ACCOUNT,
    )
    assert report.ok, report.failures


def test_each_finding_is_told_once(play: Play, submit: str) -> None:
    report = play(
        ("01 10:00:00", submit),
        ("01 12:00:00", 'do = "mail"\nanswer = "down"\nuntil = 2027-03-02T08:00:00-06:00'),
        ("01 13:00:00", 'do = "message"\nby = "agent"\ntext = "Hello"'),
        ("20 12:00:00", WAIT),
    )
    assert _told(report, "finding") == [("02T12:00", "finding"), ("04T12:00", "finding")]
    told = [each["what"] for each in report.timeline if "finding" in each["what"]]
    assert "The letter" in told[0]
    assert "neither owner nor a next moment" in told[1]


def test_a_missed_morning_is_made_up_for(play: Play, submit: str) -> None:
    report = play(
        ("01 10:00:00", submit),
        ("01 12:00:00", 'do = "mail"\nanswer = "down"'),
        ("01 13:00:00", 'do = "message"\nby = "agent"\ntext = "Hello"'),
        ("01 14:00:00", _scheduler(running=False)),
        ("02 12:00:00", EXPECT + "findings = []"),
        ("02 12:00:00", _scheduler(running=True)),
        ("02 12:00:00", EXPECT + 'findings = ["letter_unsent"]'),
    )
    assert report.ok, report.failures


def test_a_renewal_is_billed_while_the_scheduler_is_down(play: Play) -> None:
    report = play(
        ("01 10:00:00", _scheduler(running=False)),
        ("17 22:59:59", EXPECT + "renewals.HQ = 0"),
        ("17 23:00:00", EXPECT + "renewals.HQ = 1"),
        account=ACCOUNT,
    )
    assert report.ok, report.failures

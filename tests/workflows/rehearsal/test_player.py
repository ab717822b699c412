"""What a play reports: which steps failed, in lines and as JSON, and with which exit code."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from workflows.rehearsal import printing
from workflows.rehearsal.language import Malformed
from workflows.rehearsal.theatre import NoStage, rehearse, stage

Play = Callable[..., Any]
Write = Callable[..., str]
POSTGRES = os.environ.get("LASTCALL_TEST_POSTGRES")
EXPECT = 'do = "expect"\n'
WAIT = 'do = "wait"'
REACHED = 'do = "contact"\nby = "agent"\nchannel = "phone"\noutcome = "reached"\nauthenticated = "pin"'
CONFIRM = 'do = "confirm"\nby = "agent"\n'


@dataclass
class Screen:
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)

    def __call__(self, message: str, *, err: bool = False) -> None:
        (self.err if err else self.out).extend(message.split("\n"))


@pytest.fixture
def screen() -> Screen:
    return Screen()


# Refusals


def test_a_refusal_that_was_said_holds(play: Play, submit: str) -> None:
    assert play(("01 10:00:00", submit), ("01 11:00:00", CONFIRM + 'refused = "not_contacted"')).ok


def test_refused_names_one_of_the_codes(play: Play, submit: str) -> None:
    for code in ("not_contacted", "numbers_undecided"):
        assert play(("01 10:00:00", submit), ("01 11:00:00", f'{CONFIRM}refused = "{code}"')).ok


def test_another_code_fails(play: Play, submit: str) -> None:
    report = play(("01 10:00:00", submit), ("01 11:00:00", CONFIRM + 'refused = "on_hold"'))
    [failure] = report.failures
    assert failure.startswith("step 2: expected refused = on_hold got not_contacted, numbers_undecided: ")


def test_a_refusal_that_nobody_said_fails(play: Play, submit: str) -> None:
    [failure] = play(("01 10:00:00", submit), ("01 11:00:00", CONFIRM)).failures
    assert failure.startswith("step 2: expected no refusal got not_contacted, numbers_undecided: Nobody has")


def test_what_should_be_refused_and_is_not_fails(play: Play, submit: str) -> None:
    report = play(("01 10:00:00", submit), ("01 11:00:00", REACHED + '\nrefused = "invalid"'))
    assert report.failures == ["step 2: expected refused = invalid got no refusal"]


def test_a_refused_step_changes_nothing(play: Play, submit: str) -> None:
    report = play(
        ("01 10:00:00", submit),
        ("01 11:00:00", 'do = "decline"\nby = "agent"\nreason = " "\nrefused = "invalid"'),
        ("01 11:00:00", EXPECT + 'state.HQ = "requested"\nopen = true\nletters = ["received"]'),
    )
    assert report.ok


def test_a_submit_that_should_be_refused_makes_no_case(play: Play, submit: str) -> None:
    late = submit.replace("2027-03-10", "2027-02-01")
    refused = ("01 10:00:00", late + 'refused = "invalid"')
    assert play(refused, ("01 10:00:00", EXPECT + "cases = 0")).ok
    report = play(("01 10:00:00", submit + 'refused = "invalid"'), ("01 11:00:00", EXPECT + "queue = []"))
    assert [each.split(" got ")[0] for each in report.failures] == [
        "step 1: expected refused = invalid",
        "step 2: expected queue = []",
    ]


def test_a_case_that_was_never_made_fails_and_the_play_goes_on(play: Play, submit: str) -> None:
    late = submit.replace("2027-03-10", "2027-02-01")
    report = play(
        ("01 10:00:00", late),
        ("01 11:00:00", REACHED),
        ("01 12:00:00", EXPECT + 'open = true\nstate.HQ = "requested"\ntodo.HQ = []'),
        ("01 13:00:00", EXPECT + "cases = 0"),
    )
    assert report.failures[0].startswith("step 1: expected no refusal got invalid: ")
    assert report.failures[1:] == [
        "step 2: expected a case got none",
        "step 3: expected state.HQ = requested got nothing",
        "step 3: expected todo.HQ = [] got nothing",
        "step 3: expected open = true got nothing",
    ]


# Expectations


def test_each_wrong_key_is_a_failure_of_its_own(play: Play, submit: str) -> None:
    wrong = 'state.HQ = "deferred"\nopen = false\ncases = 2\nletters = ["received", "message"]\n'
    wrong += 'clock.first_contact.state = "met"\nclock.first_contact.due = 2027-03-03T18:00:00-06:00'
    report = play(
        ("01 10:00:00", submit), ("01 10:00:00", EXPECT + wrong), ("02 10:00:00", EXPECT + "cases = 1")
    )
    assert report.failures == [
        "step 2: expected state.HQ = deferred got requested",
        "step 2: expected clock.first_contact.state = met got running",
        "step 2: expected letters = [received, message] got [received]",
        "step 2: expected open = false got true",
        "step 2: expected cases = 2 got 1",
    ]


def test_letters_count_from_the_last_look_at_them(play: Play, submit: str) -> None:
    message = 'do = "message"\nby = "agent"\ntext = "Hello"'
    report = play(
        ("01 10:00:00", submit),
        ("01 10:30:00", EXPECT + "alerts = []"),
        ("01 11:00:00", message),
        ("01 11:00:00", message),
        ("01 11:00:00", EXPECT + 'letters = ["message", "message", "received"]'),
        ("01 12:00:00", EXPECT + "letters = []"),
    )
    assert report.ok


def test_the_timeline_is_the_history(play: Play, submit: str) -> None:
    report = play(("01 10:00:00", submit), ("01 11:00:00", 'do = "withdraw"\nby = "customer"'))
    told = [(each["at"][11:16], each["actor"], each["what"]) for each in report.timeline]
    assert told[0] == ("16:00", "customer", "C-1001 submitted")
    assert ("17:00", "customer", "C-1001 withdraw requested -> withdrawn") in told
    assert [each[0] for each in told] == sorted(each[0] for each in told)


def test_a_calendar_that_ends_is_told_and_ends_the_play(file: Any, write: Write, submit: str) -> None:
    text = write(("01 10:00:00", submit), ("01 11:00:00", WAIT)).replace("2027", "2399")
    [report] = rehearse([file("a.toml", text)])
    [failure] = report.failures
    assert failure.startswith('step 1: expected no error got holidays "US": known from ')


# Lines, JSON, exit codes


def test_a_file_that_holds(file: Any, write: Write, submit: str, screen: Screen) -> None:
    path = file("a.toml", write(("01 10:00:00", submit), title="A \\n simple life"))
    assert printing.main([path], False, None, screen) == 0
    assert screen.out[-1] == "ok A simple life"
    assert screen.out[0] == "2027-03-01T16:00:00+00:00  customer  C-1001 submitted"
    assert screen.err == []


def test_a_file_that_fails(file: Any, write: Write, submit: str, screen: Screen) -> None:
    wrong = EXPECT + "cases = 3\nopen = false"
    fails = file("a.toml", write(("01 10:00:00", submit), ("01 10:00:00", wrong), title="Wrong"))
    holds = file("b.toml", write(("01 10:00:00", submit), title="Right"))
    assert printing.main([fails, holds], False, None, screen) == 1
    assert [line for line in screen.out if not line.startswith("2027-")] == [
        "FAILED Wrong: step 2: expected open = false got true",
        "FAILED Wrong: step 2: expected cases = 3 got 1",
        "ok Right",
    ]


def test_one_object_per_file(file: Any, write: Write, submit: str, screen: Screen) -> None:
    wrong = ("01 10:00:00", EXPECT + "cases = 3")
    paths = [
        file("a.toml", write(("01 10:00:00", submit), title="Right")),
        file("b.toml", write(("01 10:00:00", submit), wrong, title="Wrong")),
    ]
    assert printing.main(paths, True, None, screen) == 1
    right, other = (json.loads(line) for line in screen.out)
    assert right.keys() == {"title", "file", "ok", "failures", "timeline"}
    assert (right["title"], right["file"], right["ok"], right["failures"]) == (
        "Right",
        str(paths[0]),
        True,
        [],
    )
    assert (other["ok"], other["failures"]) == (False, ["step 2: expected cases = 3 got 1"])
    assert right["timeline"][0].keys() == {"at", "actor", "what", "facts"}


def test_every_problem_of_every_file_is_told_before_any_is_played(
    file: Any, write: Write, submit: str, screen: Screen
) -> None:
    good = file("a.toml", write(("01 10:00:00", submit)))
    bad = file("b.toml", write(("01 10:00:00", submit + 'colour = "red"'), ("01 09:00:00", 'do = "fly"')))
    worse = file("c.toml", "title =")
    paths = [good, bad, worse, good.parent / "nowhere.toml"]
    assert printing.main(paths, False, None, screen) == 2
    assert screen.out == []
    assert [line.removeprefix(f"{good.parent}/").split(": ")[:2] for line in screen.err] == [
        ["b.toml", "step 1"],
        ["b.toml", "step 2"],
        ["c.toml, line 1", "is no TOML"],
        ["nowhere.toml", "cannot be read"],
    ]


def test_malformed_is_raised_at_once(file: Any) -> None:
    with pytest.raises(Malformed):
        rehearse([file("a.toml", "")])


# Databases


def test_files_do_not_see_each_other(file: Any, write: Write, submit: str) -> None:
    path = file("a.toml", write(("01 10:00:00", submit), ("01 10:00:00", EXPECT + "cases = 1")))
    reports = list(rehearse([path, path, path]))
    assert [report.ok for report in reports] == [True, True, True]
    assert reports[0].timeline == reports[1].timeline == reports[2].timeline


def test_a_database_file_is_left_empty(file: Any, write: Write, submit: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'stage.db'}"
    assert all(report.ok for report in rehearse([file("a.toml", write(("01 10:00:00", submit)))], url))
    engine = create_engine(url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()


def test_tables_of_others_are_left_alone(
    file: Any, write: Write, submit: str, tmp_path: Path, screen: Screen
) -> None:
    url = f"sqlite:///{tmp_path / 'used.db'}"
    engine = create_engine(url)
    with engine.begin() as used:
        used.execute(text('CREATE TABLE "case" (id INTEGER)'))
        used.execute(text('INSERT INTO "case" VALUES (1)'))
    assert printing.main([file("a.toml", write(("01 10:00:00", submit)))], False, url, screen) == 2
    assert screen.err == ["The database holds tables already: a rehearsal needs an empty one."]
    with engine.connect() as used:
        assert used.execute(text('SELECT id FROM "case"')).all() == [(1,)]
    engine.dispose()


@pytest.mark.parametrize(
    "url", ["nonsense", "sqlite:////nowhere/at/all.db", "postgresql+psycopg://u@127.0.0.1:1/x"]
)
def test_a_database_that_cannot_be_used(
    file: Any, write: Write, submit: str, screen: Screen, url: str
) -> None:
    assert printing.main([file("a.toml", write(("01 10:00:00", submit)))], False, url, screen) == 2
    assert screen.err[0].startswith("The database cannot be used: ")
    assert screen.out == []


def test_a_kind_of_database_that_is_not_played_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workflows.rehearsal.theatre.IN", {"postgresql": None})
    with pytest.raises(NoStage, match="not on sqlite"), stage():
        pass


def test_a_stage_is_empty(connection: Connection) -> None:
    assert connection.execute(text('SELECT count(*) FROM "case"')).scalar() == 0


@pytest.mark.postgres
@pytest.mark.skipif(POSTGRES is None, reason="LASTCALL_TEST_POSTGRES names no database")
def test_the_schema_is_gone_also_after_a_failure() -> None:
    with pytest.raises(ZeroDivisionError):
        _fail_on_stage()
    with stage(POSTGRES) as connection:
        assert _schemas(connection) == 1


def _fail_on_stage() -> None:
    with stage(POSTGRES) as connection:
        assert _schemas(connection) // 0


def _schemas(connection: Connection) -> int:
    found = "SELECT count(*) FROM information_schema.schemata WHERE schema_name LIKE 'rehearsal_%'"
    return int(connection.execute(text(found)).scalar_one())

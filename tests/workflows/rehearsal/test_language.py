import re
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from workflows.errors import WorkflowError
from workflows.rehearsal.language import Malformed, Rehearsal, parse, read
from workflows.rehearsal.steps import Confirm, Expect, PlatformStep, PortStep, Submit, Withdraw
from workflows.states import ClockName, State

FILES = sorted((Path(__file__).parents[2] / "rehearsals").glob("*.toml"))
HEAD = 'title = "t"\n'
ACCOUNT = """
[[account]]
ref = "acme"
owner = "pat@acme.example"
  [[account.location]]
  ref = "HQ"
  numbers = ["+12565550101", "+12565550102"]
  renews_on = 2027-02-05
"""
SECOND_LOCATION = """
  [[account.location]]
  ref = "Branch"
  numbers = ["+12565550103"]
  renews_on = 2027-02-05
"""
SUBMIT = """
do = "submit"
account = "acme"
locations = ["HQ"]
requested_for = 2027-02-01
reason = "Leaving"
by = "pat@acme.example"
"""


def _file(*steps: str, head: str = HEAD, account: str = ACCOUNT) -> str:
    """A file with one step a minute; a step that carries its own `at` keeps it."""
    timed = (
        step if "at =" in step else f"at = 2027-01-15T10:{minute:02}:00-06:00\n{step}"
        for minute, step in enumerate(steps)
    )
    return "\n".join([head, account, *(f"[[step]]\n{step}" for step in timed)])


def _played(*steps: str, account: str = ACCOUNT) -> Rehearsal:
    return parse(_file(*steps, account=account), "a.toml")


def _wrong(text: str) -> list[str]:
    with pytest.raises(Malformed) as caught:
        parse(text, "a.toml")
    lines = str(caught.value).splitlines()
    assert all(line.startswith("a.toml") and "pydantic" not in line for line in lines)
    return [line.removeprefix("a.toml: ") for line in lines]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_rehearsal_of_the_set_is_read(path: Path) -> None:
    found = read(path)
    assert found.title and found.steps and found.name == str(path)


def test_the_set_is_there() -> None:
    assert len(FILES) >= 32


def test_the_long_and_the_short_form_are_the_same() -> None:
    short = """
title = "t"
account = [{ ref = "acme", owner = "pat@acme.example", location = [
  { ref = "HQ", numbers = ["+12565550101", "+12565550102"], renews_on = 2027-02-05 },
] }]
step = [
  { at = 2027-01-15T10:00:00-06:00, do = "submit", account = "acme", locations = ["HQ"],"""
    short += ' requested_for = 2027-02-01, reason = "Leaving", by = "pat@acme.example" },\n'
    short += '  { at = 2027-01-15T10:01:00-06:00, do = "expect", state.HQ = "requested" },\n]\n'
    assert parse(short, "a.toml") == _played(SUBMIT, 'do = "expect"\nstate.HQ = "requested"')


def test_what_is_left_out_has_its_default() -> None:
    found = _played(
        SUBMIT, 'do = "port"\naccount = "acme"\norder = "P"\nnumbers = ["+12565550101"]\nstate = "requested"'
    )
    submit, port = found.steps
    assert isinstance(submit, Submit) and isinstance(port, PortStep)
    assert (submit.as_, submit.key, submit.switches, submit.confirmed) == ("case", None, None, True)
    assert (port.via, port.foc, port.refused) == ("webhook", None, None)
    location = found.accounts[0].location[0]
    assert (location.trunks, location.services, location.jurisdiction) == (1, [], "US")
    assert (location.time_zone, location.master_e911) == (None, None)
    assert location.monthly_price == Decimal("49.00")
    assert found.settings.sla.reading == "end_of_day"


def test_instants_become_utc() -> None:
    step = _played("do = 'wait'\nat = 2027-01-15T17:59:30-06:00").steps[0]
    assert step.at == datetime(2027, 1, 15, 23, 59, 30, tzinfo=UTC)
    assert step.at.tzinfo is UTC


def test_words_that_python_keeps_for_itself() -> None:
    submit, confirm = _played(SUBMIT + 'as = "c1"', 'do = "confirm"\nby = "agent"\nfor = 2027-02-03').steps
    assert isinstance(submit, Submit) and submit.as_ == "c1"
    assert isinstance(confirm, Confirm) and confirm.for_ == date(2027, 2, 3)


def test_the_customer_may_withdraw() -> None:
    step = _played(SUBMIT, 'do = "withdraw"\nby = "customer"').steps[1]
    assert isinstance(step, Withdraw) and step.by == "customer" and step.reason is None


def test_the_platform_answers_a_release() -> None:
    step = _played('do = "platform"\non = "release:+12565550101"\nanswer = "gone"\ntimes = 3').steps[0]
    assert isinstance(step, PlatformStep) and step.times == 3


def test_expectations_are_typed() -> None:
    step = _played(
        SUBMIT,
        """
do = "expect"
state.HQ = "requested"
disposition."+12565550101" = "undecided"
clock.first_contact = { due = 2027-01-20T18:00:00-06:00, state = "running" }
clocks.follow_up = 0
steps.HQ = ["freeze", "undo:freeze"]
todo.HQ = []
letters = []
""",
    ).steps[1]
    assert isinstance(step, Expect)
    assert step.state == {"HQ": State.requested}
    assert step.clock[ClockName.first_contact].due == datetime(2027, 1, 21, tzinfo=UTC)
    assert step.clocks == {ClockName.follow_up: 0} and step.todo == {"HQ": []}
    assert (step.letters, step.alerts, step.open, step.review_on) == ([], None, None, {})


@pytest.mark.parametrize("price", ["120", '"120.00"', "120.0"])
def test_a_price_is_text_or_number(price: str) -> None:
    account = f"{ACCOUNT}  monthly_price = {price}\n"
    assert _played("do = 'wait'", account=account).accounts[0].location[0].monthly_price == 120


@pytest.mark.parametrize(
    "config",
    [
        '[config]\nsla.reading = "same_time"',
        '[config.sla]\nreading = "same_time"',
        '[config]\n"sla.reading" = "same_time"',
    ],
)
def test_settings_are_dotted_or_nested(config: str) -> None:
    assert parse(_file("do = 'wait'", head=f"{HEAD}{config}"), "a").settings.sla.reading == "same_time"


ACCEPTED = {
    "empty reason of a request": SUBMIT.replace('"Leaving"', '""'),
    "unknown location of a request": SUBMIT.replace('"HQ"', '"Moon"'),
    "no location": SUBMIT.replace('["HQ"]', "[]"),
    "empty message": 'do = "message"\nby = "agent"\ntext = ""',
    "empty reason to decline": 'do = "decline"\nby = "agent"\nreason = ""',
    "hold without a reason": 'do = "hold"\nby = "manager"',
    "unknown location to confirm": 'do = "confirm"\nby = "agent"\nlocation = "Moon"',
    "unknown number": 'do = "dispose"\nlocation = "HQ"\nnumbers = ["+1"]\nto = "moved"\nby = "agent"',
    "unknown gate": 'do = "override"\ngate = "moon"\nby = "manager"\nreason = ""',
    "start by an agent": 'do = "stop_switch"\non = false\nby = "agent"',
    "port of a stranger": (
        'do = "port"\naccount = "acme"\norder = "P"\nnumbers = ["+4930123456"]\nstate = "requested"'
    ),
}


@pytest.mark.parametrize("step", ACCEPTED.values(), ids=ACCEPTED)
def test_what_the_program_refuses_is_not_malformed(step: str) -> None:
    first = SUBMIT + 'as = "first"'
    case = "" if step.startswith(('\ndo = "submit', 'do = "stop', 'do = "port')) else 'case = "first"\n'
    assert _played(first, f'{step}\n{case}refused = "invalid"')


# ---- accounts, title, settings ----

NO_STEP = HEAD + ACCOUNT
WAIT = "do = 'wait'"
ABOUT_THE_FILE = {
    "title: is missing": _file(WAIT, head=""),
    "title: must not be empty": _file(WAIT, head='title = ""'),
    "title: must be text": _file(WAIT, head="title = 3"),
    "step: is missing": NO_STEP,
    "step: must not be empty": f"{HEAD}step = []\n{ACCOUNT}",
    "step: must be a list": f'{HEAD}step = "wait"\n{ACCOUNT}',
    "step 1: must be a table": f'{HEAD}step = ["wait"]\n{ACCOUNT}',
    "account: is missing": _file(WAIT, account=""),
    "account: must not be empty": _file(WAIT, account="account = []"),
    "steps: there is no such key": _file(WAIT, head=f"{HEAD}steps = []"),
    "config: must be a table": _file(WAIT, head=f"{HEAD}config = 3"),
    "config: sla.speed: there is no such setting": _file(WAIT, head=f"{HEAD}[config]\nsla.speed = 1"),
}


@pytest.mark.parametrize(("said", "text"), ABOUT_THE_FILE.items())
def test_a_wrong_file(said: str, text: str) -> None:
    assert _wrong(text) == [said]


def test_a_wrong_setting_and_a_wrong_step_are_both_told() -> None:
    found = _wrong(_file('do = "dance"', head=f'{HEAD}[config]\nsla.reading = "soon"'))
    assert found[0].startswith("config: sla.reading: ")
    assert found[1].startswith('step 1: do: "dance" is no step; known: submit, contact')


def _location(key: str, value: str) -> str:
    lines = [line for line in ACCOUNT.splitlines() if not line.startswith(f"  {key} =")]
    return "\n".join([*lines, f"  {key} = {value}" if value else ""])


LOCATIONS = [
    ("ref", "", "is missing"),
    ("ref", '""', "must not be empty"),
    ("numbers", "", "is missing"),
    ("numbers", '["12565550101"]', "must be a number such as +12565550101"),
    ("numbers", '["+1256"]', "must be a number such as +12565550101"),
    ("numbers", "[12565550101]", "must be text"),
    ("numbers", '"+12565550101"', "must be a list"),
    ("renews_on", "", "is missing"),
    ("renews_on", '"2027-02-05"', "must be a date, such as 2027-02-01"),
    ("renews_on", "2027-02-05T10:00:00-06:00", "must be a date, such as 2027-02-01"),
    ("time_zone", '"America/Nowhere"', "must be a time zone such as America/Chicago"),
    ("jurisdiction", '"Texas"', "must be a country or country-subdivision, such as US or CA-ON"),
    ("master_e911", '"+12565559999"', "must be one of the numbers of the location"),
    ("trunks", "-1", "must be 0 or more"),
    ("trunks", '"4"', "must be a whole number"),
    ("trunks", "true", "must be a whole number"),
    ("services", '["telex"]', '"telex" is unknown here; known: metered, fax or sms'),
    ("monthly_price", '"cheap"', 'must be an amount such as "49.00"'),
    ("monthly_price", '"-1"', "must be 0 or more"),
    ("monthly_price", "nan", "must be a finite amount"),
    ("monthly_price", "true", 'must be an amount such as "49.00"'),
    ("colour", '"red"', "there is no such key"),
]


@pytest.mark.parametrize(("key", "value", "reason"), LOCATIONS)
def test_a_wrong_location(key: str, value: str, reason: str) -> None:
    found = _wrong(_file(WAIT, account=_location(key, value)))
    assert found == [f"account 1, location 1: {key}: {reason}"]


ACCOUNTS = [
    (ACCOUNT.replace('"pat@acme.example"', '"pat"'), "account 1: owner: must be an e-mail address"),
    (ACCOUNT.replace('owner = "pat@acme.example"', ""), "account 1: owner: is missing"),
    ('account = [{ ref = "a", owner = "p@a.example" }]', "account 1: location: is missing"),
    (
        'account = [{ ref = "a", owner = "p@a.example", location = [] }]',
        "account 1: location: must not be empty",
    ),
    (
        ACCOUNT.replace("owner =", 'authorised = ["kim"]\nowner ='),
        "account 1: authorised: must be an e-mail address",
    ),
    (ACCOUNT.replace("owner =", 'boss = "kim"\nowner ='), "account 1: boss: there is no such key"),
]


@pytest.mark.parametrize(("account", "said"), ACCOUNTS)
def test_a_wrong_account(account: str, said: str) -> None:
    assert _wrong(_file(WAIT, account=account)) == [said]


def test_refs_and_numbers_are_unique_in_a_file() -> None:
    assert _wrong(_file(WAIT, account=ACCOUNT + ACCOUNT)) == [
        'account 2: ref: "acme" is given twice, first at account 1',
        'account 2, location 1: ref: "HQ" is given twice, first at account 1, location 1',
        'account 2, location 1: numbers: "+12565550101" is given twice, first at account 1, location 1',
        'account 2, location 1: numbers: "+12565550102" is given twice, first at account 1, location 1',
    ]


def test_a_file_that_is_no_toml_names_the_line() -> None:
    assert _wrong(HEAD + 'account = "x\n') == ["a.toml, line 2: is no TOML: illegal character '\\n'"]


def test_a_file_that_ends_too_soon_names_its_last_line() -> None:
    assert _wrong("title = [\n")[0].startswith("a.toml, line 2: is no TOML: ")


def test_a_day_that_does_not_exist_names_the_line() -> None:
    assert _wrong(f"{HEAD}day = 2027-02-30\n")[0].startswith("a.toml, line 2: is no TOML: ")


def test_deep_nesting_is_told() -> None:
    assert _wrong(f"a = {'[' * 100_000}") == ["is nested too deeply"]


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    latin = tmp_path / "latin.toml"
    latin.write_bytes('title = "Größe"'.encode("latin-1"))
    for path in (tmp_path / "none.toml", tmp_path, latin):
        with pytest.raises(WorkflowError, match=path.name):
            read(path)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "a.toml"
    path.write_text(_file(WAIT), "utf-8-sig")
    assert read(path).title == "t"


# ---- steps ----

PORT = 'do = "port"\naccount = "acme"\norder = "P"\nnumbers = ["+12565550101"]\nstate = "committed"\n'
DISPOSE = 'do = "dispose"\nlocation = "HQ"\nnumbers = "all"\nto = "not_needed"\nby = "agent"\n'
CONTACT = 'do = "contact"\nby = "agent"\nchannel = "phone"\noutcome = "reached"\n'
STAFF = "is unknown here; known: agent, agent2, manager, manager2 or admin"
STEPS = [
    ("", "do: is missing"),
    ("do = 3", 'do: "3" is no step'),
    ('do = "Wait"', 'do: "Wait" is no step'),
    ('do = "wait"\nby = "agent"', "by: there is no such key"),
    ('do = "wait"\nat = 2027-01-15T10:00:00', "at: needs an offset"),
    ('do = "wait"\nat = 2027-01-15', "at: must be a date and time"),
    ('do = "wait"\nat = "2027-01-15T10:00:00-06:00"', "at: must be a date and time"),
    ('do = "wait"\nat = 2027-01-15T10:00:00.5-06:00', "at: must be a whole second"),
    ('do = "wait"\nat = 0001-01-01T00:00:00+14:00', "at: is out of range"),
    ('do = "wait"\nrefused = "nope"', 'refused: "nope" is unknown here; known: not_contacted'),
    ('do = "expect"\nrefused = "invalid"', "refused: there is no such key"),
    (SUBMIT.replace('reason = "Leaving"', ""), "reason: is missing"),
    (SUBMIT.replace("2027-02-01", '"2027-02-01"'), "requested_for: must be a date"),
    (SUBMIT.replace('"pat@acme.example"', '"agent"'), "by: must be an e-mail address"),
    (SUBMIT.replace('"acme"', '"bolt"'), 'account: there is no account "bolt" in this file'),
    (SUBMIT + 'switches = "HQ"', "switches: must be a list"),
    (SUBMIT + "confirmed = 1", "confirmed: must be true or false"),
    (SUBMIT + 'as_ = "c"', "as_: there is no such key"),
    (SUBMIT + 'as = ""', "as: must not be empty"),
    (CONTACT.replace('"agent"', '"bob"'), f'by: "bob" {STAFF}'),
    (CONTACT.replace('"agent"', '"customer"'), f'by: "customer" {STAFF}'),
    (CONTACT.replace('"phone"', '"fax"'), 'channel: "fax" is unknown here; known: phone or email'),
    (CONTACT.replace('"reached"', '"met"'), 'outcome: "met" is unknown here'),
    (CONTACT + 'authenticated = "yes"', 'authenticated: "yes" is unknown here'),
    (CONTACT + 'person = "Pat"', "person: must be an e-mail address"),
    ('do = "message"\nby = "agent"', "text: is missing"),
    ('do = "sign"\nperson = "kim@acme"', "person: must be an e-mail address"),
    ('do = "sign"\nby = "agent"', "by: there is no such key"),
    ('do = "sign"\nfor = "2027-02-01"', "for: must be a date"),
    (DISPOSE.replace('"all"', '"some"'), 'numbers: must be a list of numbers or "all"'),
    (DISPOSE.replace('"all"', "[1]"), 'numbers: must be a list of numbers or "all"'),
    (DISPOSE.replace('"not_needed"', '"lost"'), 'to: "lost" is unknown here; known: undecided, porting'),
    (DISPOSE.replace('location = "HQ"', ""), "location: is missing"),
    ('do = "confirm"', "by: is missing"),
    ('do = "confirm"\nby = "customer"', f'by: "customer" {STAFF}'),
    ('do = "confirm"\nby = "agent"\nfor = 2027-02-01T00:00:00Z', "for: must be a date"),
    ('do = "withdraw"\nby = "pat@acme.example"', 'by: "pat@acme.example" is unknown here; known: agent'),
    ('do = "retry"\nby = "agent"\nfor = 2027-02-01', "for: there is no such key"),
    ('do = "hold"\nby = "manager"\nlocation = "HQ"', "location: there is no such key"),
    ('do = "approve"\nby = "manager"\nreason = "ok"', "reason: there is no such key"),
    ('do = "assign"\nby = "agent"\nto = "bob"', f'to: "bob" {STAFF}'),
    ('do = "stop_switch"\nby = "manager"', "on: is missing"),
    ('do = "stop_switch"\non = "true"\nby = "manager"', "on: must be true or false"),
    ('do = "override"\nby = "manager"\ngate = "on_hold"', "reason: is missing"),
    (PORT.replace('"acme"', '"bolt"'), 'account: there is no account "bolt" in this file'),
    (PORT.replace('["+12565550101"]', "[]"), "numbers: must not be empty"),
    (PORT.replace('"+12565550101"', '"2565550101"'), "numbers: must be a number such as"),
    (PORT.replace('"committed"', '"open"'), 'state: "open" is unknown here; known: requested, committed'),
    (PORT + "foc = 2027-02-01", "foc: must be a date and time"),
    (PORT + "foc = 2027-02-01T11:30:00", "foc: needs an offset"),
    (PORT + 'via = "mail"', 'via: "mail" is unknown here; known: webhook or silent'),
    ('do = "move"\nnumber = "+12565550101"\nto = "Moon"', 'to: there is no location "Moon" in this file'),
    ('do = "number"\nlocation = "Moon"\nadd = "+12565550109"', 'location: there is no location "Moon"'),
    ('do = "number"\nlocation = "HQ"\nadd = "109"', "add: must be a number such as"),
    ('do = "platform"\non = "explode"\nanswer = "error"', "on: must be read or a step of a termination"),
    ('do = "platform"\non = "release"\nanswer = "error"', "on: must be read or a step of a termination"),
    ('do = "platform"\non = "freeze"\nanswer = "maybe"', 'answer: "maybe" is unknown here'),
    ('do = "platform"\non = "read"\nanswer = "denied"', "answer: a read answers only error or unreachable"),
    ('do = "platform"\non = "freeze"\nanswer = "error"\ntimes = 0', "times: must be 1 or more"),
    ('do = "mail"\nanswer = "lost"', 'answer: "lost" is unknown here'),
    ('do = "mail"\nanswer = "down"\nuntil = 2027-01-15T11:00:00', "until: needs an offset"),
    ('do = "mail"\nanswer = "down"\nuntil = 2027-01-14T11:00:00Z', "until: must be later than at"),
    (
        'do = "mail"\nanswer = "down"\ntimes = 1\nuntil = 2027-01-16T11:00:00Z',
        "until: give either times or until",
    ),
    ('do = "scheduler"\nrunning = "no"', "running: must be true or false"),
    ('do = "crash"\nduring = "read"', "during: must be a step of a termination"),
    ('do = "crash"\nduring = "release:12565550101"', "during: must be a step of a termination"),
]


@pytest.mark.parametrize(("step", "said"), STEPS)
def test_a_wrong_step_is_named_with_its_key(step: str, said: str) -> None:
    named = "" if step.startswith(('\ndo = "submit', 'do = "submit')) else SUBMIT
    found = _wrong(_file("do = 'wait'", named or "do = 'wait'", step))
    assert len(found) == 1
    assert found[0].startswith(f"step 3: {said}")


EXPECTATIONS = [
    ("statee.HQ = 'requested'", "statee: there is no such key"),
    ("state.HQ = 'open'", 'state.HQ: "open" is unknown here; known: requested, deferred'),
    ("state = 'requested'", "state: must be a table"),
    ("state.Moon = 'requested'", 'state.Moon: there is no location "Moon" in this file'),
    ("terminate_at.HQ = 2027-02-01T18:00:00", "terminate_at.HQ: needs an offset"),
    ("terminate_at.HQ = 2027-02-01", "terminate_at.HQ: must be a date and time"),
    ("terminate_at.Moon = 2027-02-01T18:00:00Z", 'terminate_at.Moon: there is no location "Moon"'),
    ("review_on.HQ = 2027-02-01T18:00:00Z", "review_on.HQ: must be a date"),
    ("open = 'yes'", "open: must be true or false"),
    ("todo.HQ = ['not_due']", 'todo.HQ: "not_due" is unknown here; known: not_contacted'),
    ("todo.HQ = 'on_hold'", "todo.HQ: must be a list"),
    ("todo.Moon = []", 'todo.Moon: there is no location "Moon"'),
    ("disposition.'+12565550101' = 'gone'", 'disposition.+12565550101: "gone" is unknown here'),
    ("disposition.HQ = 'ported'", "disposition.HQ: must be a number such as"),
    ("released = ['HQ']", "released: must be a number such as"),
    ("released = 'none'", "released: must be a list"),
    ("steps.HQ = ['explode']", "steps.HQ: must be a step of a termination"),
    ("steps.HQ = ['read']", "steps.HQ: must be a step of a termination"),
    ("steps.Moon = []", 'steps.Moon: there is no location "Moon"'),
    ("clock.first.due = 2027-02-01T18:00:00Z", 'clock.first: "first" is unknown here; known: first_contact'),
    ("clock.first_contact.state = 'late'", 'clock.first_contact.state: "late" is unknown here'),
    ("clock.first_contact.when = 1", "clock.first_contact.when: there is no such key"),
    ("clock.first_contact.due = 2027-02-01", "clock.first_contact.due: must be a date and time"),
    ("clock.first_contact.stopped = 2027-02-01T10:00:00", "clock.first_contact.stopped: needs an offset"),
    ("clock.first_contact = 'met'", "clock.first_contact: must be a table"),
    ("clocks.second = 1", 'clocks.second: "second" is unknown here'),
    ("clocks.follow_up = -1", "clocks.follow_up: must be 0 or more"),
    ("letters = ['postcard']", 'letters: "postcard" is unknown here; known: received'),
    ("letters = ['at_risk']", 'letters: "at_risk" is unknown here'),
    ("alerts = ['received']", 'alerts: "received" is unknown here; known: at_risk'),
    ("cases = '1'", "cases: must be a whole number"),
    ("renewals.HQ = 1.5", "renewals.HQ: must be a whole number"),
    ("renewals.Moon = 1", 'renewals.Moon: there is no location "Moon"'),
    ("queue = ['c2']", 'queue: no submit before this step made a case "c2"'),
    ("findings = ['lost']", 'findings: "lost" is unknown here; known: terminated_still_billing'),
    ("case = 'c2'", 'case: no submit before this step made a case "c2"'),
]


@pytest.mark.parametrize(("keys", "said"), EXPECTATIONS)
def test_a_wrong_expectation_is_named_with_its_key(keys: str, said: str) -> None:
    found = _wrong(_file(SUBMIT, f'do = "expect"\n{keys}'))
    assert len(found) == 1
    assert found[0].startswith(f"step 2: {said}")


def test_every_problem_is_told_on_its_own_line() -> None:
    assert _wrong(_file('do = "confirm"\nby = "bob"\n"a\\nb" = 1', 'do = "mail"')) == [
        f'step 1: by: "bob" {STAFF}',
        'step 1: "a\\nb": there is no such key',
        "step 2: answer: is missing",
    ]


def test_a_name_of_several_lines_stays_on_one() -> None:
    found = _wrong(_file(SUBMIT, """do = "expect"\nstate."a\\nb" = "requested"\ncase = "c\\nd" """))
    assert found == [
        'step 2: state."a\\nb": there is no location "a\\nb" in this file',
        'step 2: case: no submit before this step made a case "c\\nd"',
    ]


JUNK = [
    "0",
    "-1.5",
    "nan",
    "true",
    '""',
    "[]",
    "[[1]]",
    "{}",
    "{ x = { y = [1] } }",
    "2027-01-01",
    "10:00:00",
]


@pytest.mark.parametrize("path", FILES[13::6], ids=lambda path: path.stem)
def test_no_wrong_value_is_ever_a_crash(path: Path) -> None:
    lines = path.read_text("utf-8").splitlines()
    for number, line in enumerate(lines):
        for value in JUNK:
            wrong = re.sub(r" = .*", f" = {value}", line)
            try:
                parse("\n".join([*lines[:number], wrong, *lines[number + 1 :]]), "a.toml")
            except Malformed as told:
                assert "cannot be used" not in str(told)


def test_steps_are_in_order_of_time() -> None:
    early = "do = 'wait'\nat = 2027-01-15T10:00:59+00:00"
    assert _wrong(_file(WAIT, early)) == ["step 2: at: is earlier than step 1"]


def test_two_steps_may_share_an_instant() -> None:
    same = "do = 'wait'\nat = 2027-01-15T11:00:00-05:00"
    assert len(_played(WAIT, same).steps) == 2


# ---- cases ----

CONFIRM = 'do = "confirm"\nby = "agent"\n'
KEYED = SUBMIT + 'key = "k"\n'


def test_a_case_must_have_been_made() -> None:
    assert _wrong(_file(CONFIRM)) == ["step 1: case: no submit before this step made a case"]


def test_a_named_case_must_have_been_made() -> None:
    said = 'step 1: case: no submit before this step made a case "c1"'
    assert _wrong(_file(CONFIRM + 'case = "c1"', SUBMIT + 'as = "c1"')) == [said]


def test_a_refused_request_makes_no_case() -> None:
    refused = SUBMIT + 'as = "c1"\nrefused = "invalid"'
    said = 'step 2: case: no submit before this step made a case "c1"'
    assert _wrong(_file(refused, CONFIRM + 'case = "c1"')) == [said]


def test_refused_requests_share_a_name() -> None:
    refused = SUBMIT + 'refused = "invalid"'
    assert _played(refused, refused, SUBMIT, refused, CONFIRM)


def test_two_cases_need_two_names() -> None:
    assert _wrong(_file(SUBMIT, SUBMIT)) == ['step 2: as: "case" already names another case']


def test_the_same_key_is_the_same_case() -> None:
    assert _played(KEYED, KEYED, CONFIRM)
    assert _played(KEYED, KEYED + 'as = "again"', CONFIRM + 'case = "again"', CONFIRM)


def test_a_second_name_may_not_be_that_of_another_case() -> None:
    other = SUBMIT + 'as = "c2"'
    assert _wrong(_file(KEYED, other, KEYED + 'as = "c2"')) == ['step 3: as: "c2" already names another case']


@pytest.mark.parametrize(
    "step", [CONFIRM, CONTACT, 'do = "expect"\nopen = true', 'do = "expect"\nclocks.follow_up = 0']
)
def test_with_two_cases_a_step_names_its_own(step: str) -> None:
    found = _wrong(_file(SUBMIT, SUBMIT + 'as = "c2"', step))
    assert found == ["step 3: case: is missing: there are 2 cases by now"]


def test_what_is_about_all_cases_names_none() -> None:
    assert _played(
        SUBMIT, SUBMIT + 'as = "c2"', 'do = "expect"\ncases = 2\nqueue = ["case", "c2"]\nsteps.HQ = []'
    )


def test_a_location_of_another_case_may_be_named() -> None:
    assert _played(SUBMIT, 'do = "expect"\nrenewals.Branch = 0', account=ACCOUNT + SECOND_LOCATION)

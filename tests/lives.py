"""Random lives of cancellations: sequences of steps that a rehearsal could hold, sensible or not."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from pydantic import TypeAdapter

from workflows.config import Settings
from workflows.rehearsal.accounts import AccountSpec
from workflows.rehearsal.language import Rehearsal
from workflows.rehearsal.steps import Step

START = datetime(2027, 3, 1, 16, 0, tzinfo=UTC)
NUMBERS = {"HQ": ["+12565550101", "+12565550102"], "Lab": ["+12565550103"]}
ALL = [number for held in NUMBERS.values() for number in held]
STAFF = ("agent", "manager", "manager2")
GAPS = (0, 1, 20, 60, 240, 1440, 3000, 10080)
"""Minutes between two steps."""
STEPS = ("freeze", "stop_renewal", "disable_trunks", "remove_e911", *(f"release:{each}" for each in ALL))
ANSWERS = ("error", "denied", "timeout_applied", "timeout_not_applied", "gone", "unreachable")

_where = st.sampled_from((None, "HQ", "Lab"))
_who = st.sampled_from(STAFF)
_some = st.lists(st.sampled_from(ALL), min_size=1, max_size=3, unique=True)


def _act(do: str, **keys: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"do": st.just(do), **keys})


def _days(most: int) -> st.SearchStrategy[int | None]:
    return st.one_of(st.none(), st.integers(-1, most))


ACTS = st.one_of(
    _act(
        "contact",
        by=_who,
        channel=st.just("phone"),
        outcome=st.sampled_from(("reached", "reached", "no_answer", "voicemail")),
        authenticated=st.sampled_from(("pin", "pin", "none")),
    ),
    _act(
        "dispose",
        location=st.sampled_from(("HQ", "Lab")),
        numbers=st.just("all"),
        to=st.sampled_from(("not_needed", "not_needed", "porting", "undecided")),
        by=_who,
    ),
    _act("confirm", location=_where, by=_who, days=_days(20)),
    _act("confirm", location=_where, by=_who, days=st.integers(0, 3)),
    _act("defer", location=_where, by=_who, days=_days(20)),
    _act("reschedule", location=_where, by=_who, days=_days(20)),
    _act("withdraw", location=_where, by=st.sampled_from((*STAFF, "customer"))),
    _act("retry", location=_where, by=_who),
    _act("hold", by=_who, reason=st.just("Legal asks")),
    _act("release", by=_who),
    _act(
        "override",
        location=_where,
        gate=st.sampled_from(("date_passed", "not_contacted", "port_pending")),
        by=_who,
        reason=st.just("Their word"),
    ),
    _act("message", by=_who, text=st.just("Please call us.")),
    _act("sign", location=_where, days=_days(20)),
    _act("stop_switch", on=st.booleans(), by=st.sampled_from(("manager", "manager2", "admin"))),
    _act(
        "port",
        account=st.just("acme"),
        order=st.sampled_from(("P-1", "P-2")),
        numbers=_some,
        state=st.sampled_from(("requested", "committed", "completed", "rejected", "cancelled")),
        via=st.sampled_from(("webhook", "silent")),
    ),
    _act("move", number=st.sampled_from(ALL), to=st.sampled_from(("HQ", "Lab"))),
    _act("platform", on=st.sampled_from(STEPS), answer=st.sampled_from(ANSWERS), times=st.integers(1, 4)),
    _act("platform", on=st.just("read"), answer=st.just("unreachable"), times=st.integers(1, 2)),
    _act("mail", answer=st.sampled_from(("ok", "refused", "bounce", "down")), times=st.integers(1, 3)),
    _act("scheduler", running=st.booleans()),
    _act("crash", during=st.sampled_from(STEPS)),
)
lives = st.lists(st.tuples(st.sampled_from(GAPS), ACTS), min_size=5, max_size=40)


def rehearsal(life: list[tuple[int, dict[str, Any]]]) -> Rehearsal:
    """A life as the player takes it: a request for both locations, then the steps."""
    at, rows = START, [_submit()]
    for gap, act in life:
        at += timedelta(minutes=gap)
        rows.append(_dated({**act, "at": at}))
    rows.append({"do": "wait", "at": at + timedelta(days=40)})
    steps = TypeAdapter(list[Step]).validate_python(rows)
    return Rehearsal(
        title="A random life", name="random", settings=Settings(), accounts=[_acme()], steps=steps
    )


def _submit() -> dict[str, Any]:
    return {
        "do": "submit",
        "at": START,
        "account": "acme",
        "locations": list(NUMBERS),
        "requested_for": date(2027, 3, 9),
        "reason": "Leaving",
        "by": "pat@acme.example",
    }


def _dated(step: dict[str, Any]) -> dict[str, Any]:
    """`days` from the step's own day become its date; what is None is left out."""
    days = step.pop("days", None)
    if days is not None:
        step["for"] = (step["at"] + timedelta(days=days)).date()
    return {key: value for key, value in step.items() if value is not None}


def _acme() -> AccountSpec:
    places = [
        {"ref": ref, "numbers": held, "renews_on": date(2027, 3, 28), "services": ["fax"]}
        for ref, held in NUMBERS.items()
    ]
    return AccountSpec.model_validate({"ref": "acme", "owner": "pat@acme.example", "location": places})

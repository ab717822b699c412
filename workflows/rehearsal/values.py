"""The values that a rehearsal may name: codes, letters, steps, instants, numbers, addresses."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from workflows.states import ClockName, Disposition, OrderState, State

NUMBER = r"\+[1-9][0-9]{7,14}"
STEP = (
    "freeze|stop_renewal|disable_trunks|remove_services|remove_e911|remove_trunks|revoke_access"
    rf"|release:{NUMBER}|undo:freeze|undo:stop_renewal"
)

ADDRESS = r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+\.[^@\s<>,;:\".]+"

GateA = Literal[
    "not_contacted",
    "not_authenticated",
    "not_authorised",
    "numbers_undecided",
    "port_pending",
    "date_passed",
    "on_hold",
]
GateB = Literal["not_due", "too_late", "stopped", "cap_reached", "plan_drift", "needs_second_approval"]
Code = Literal[
    GateA,
    GateB,
    "nothing_to_wait_for",
    "unreachable",
    "out_of_date",
    "not_allowed",
    "invalid",
    "duplicate",
    "conflict",
]
Staff = Literal["agent", "agent2", "manager", "manager2", "admin"]
PlatformAnswer = Literal[
    "applied", "error", "denied", "timeout_applied", "timeout_not_applied", "gone", "unreachable"
]


def shown(value: object) -> str:
    """A name as a file would write it, on one line and cut short."""
    if not isinstance(value, str):
        return "this"
    return json.dumps(value if len(value) <= 60 else f"{value[:60]}…", ensure_ascii=False)


def bare(key: str) -> str:
    """A key as a file would write it, on one line."""
    return key if re.fullmatch(r"[\w+-]+", key) else shown(key)


def _instant(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("needs an offset, such as 2027-01-15T17:59:30-06:00")
    if value.microsecond:
        raise ValueError("must be a whole second")
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("is out of range") from None


def _shaped(pattern: str, otherwise: str) -> Callable[[str], str]:
    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(otherwise)
        return value

    return check


def _numbers_or_all(value: Any) -> Any:
    if value == "all" or (isinstance(value, list) and all(isinstance(each, str) for each in value)):
        return value
    raise ValueError('must be a list of numbers or "all"')


Instant = Annotated[datetime, AfterValidator(_instant)]
Name = Annotated[str, Field(min_length=1)]
Number = Annotated[str, AfterValidator(_shaped(NUMBER, "must be a number such as +12565550101"))]
Email = Annotated[str, AfterValidator(_shaped(ADDRESS, "must be an e-mail address"))]
StepName = Annotated[str, AfterValidator(_shaped(STEP, "must be a step of a termination, such as freeze"))]
StepOrRead = Annotated[
    str, AfterValidator(_shaped(f"read|{STEP}", "must be read or a step of a termination, such as freeze"))
]
Times = Annotated[int, Field(ge=1, le=10_000)]
Count = Annotated[int, Field(ge=0)]
AState = Annotated[State, Field(strict=False)]
ADisposition = Annotated[Disposition, Field(strict=False)]
AnOrderState = Annotated[OrderState, Field(strict=False)]
AClockName = Annotated[ClockName, Field(strict=False)]
NumbersOrAll = Annotated[list[str] | Literal["all"], BeforeValidator(_numbers_or_all)]


class Part(BaseModel):
    """Any table of a rehearsal: exact types, no key that is not named."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

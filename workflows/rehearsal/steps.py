"""The steps of a rehearsal: one model per `do`, with the keys that a file may give."""

from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from workflows.letters.names import CustomerLetter, StaffLetter
from workflows.rehearsal.values import (
    AClockName,
    ADisposition,
    AnOrderState,
    AState,
    Code,
    Count,
    Email,
    GateA,
    Instant,
    Name,
    Number,
    NumbersOrAll,
    Part,
    PlatformAnswer,
    Staff,
    StepName,
    StepOrRead,
    Times,
)
from workflows.termination.findings import FindingCode


class Timed(Part):
    at: Instant


class Act(Timed):
    """Any step but `expect`. `refused` is the code with which it must be refused."""

    refused: Code | None = None


class OnCase(Act):
    """`case` may be left out where there is only one."""

    case: Name | None = None


class OnLocation(OnCase):
    """`location` left out: every location of the case for which it is possible."""

    location: Name | None = None


class Submit(Act):
    do: Literal["submit"]
    account: Name
    locations: list[str]
    requested_for: date
    reason: str
    by: Email
    key: Name | None = None
    switches: list[str] | None = None
    """The locations turned on; None stands for all of them."""
    confirmed: bool = True
    as_: Name = Field(default="case", alias="as")


class LogContact(OnCase):
    do: Literal["contact"]
    by: Staff
    channel: Literal["phone", "email"]
    outcome: Literal["reached", "no_answer", "voicemail", "wrong_person"]
    authenticated: Literal["callback", "pin", "portal", "none"] = "none"
    person: Email | None = None


class Message(OnCase):
    do: Literal["message"]
    by: Staff
    text: str


class Sign(OnLocation):
    do: Literal["sign"]
    person: Email | None = None
    for_: date | None = Field(default=None, alias="for")


class Dispose(OnCase):
    do: Literal["dispose"]
    location: Name
    numbers: NumbersOrAll
    to: ADisposition
    evidence: str | None = None
    moved_to: Name | None = None
    by: Staff


class Decision(OnLocation):
    by: Staff
    reason: str | None = None


class DatedDecision(Decision):
    for_: date | None = Field(default=None, alias="for")


class Confirm(DatedDecision):
    do: Literal["confirm"]


class DeferStep(DatedDecision):
    """`for_` is the review date."""

    do: Literal["defer"]


class Reschedule(DatedDecision):
    do: Literal["reschedule"]


class Withdraw(OnLocation):
    do: Literal["withdraw"]
    by: Literal[Staff, "customer"]
    reason: str | None = None


class Decline(Decision):
    do: Literal["decline"]


class Retry(Decision):
    do: Literal["retry"]


class HoldStep(OnCase):
    do: Literal["hold"]
    by: Staff
    reason: str | None = None


class Release(OnCase):
    do: Literal["release"]
    by: Staff
    reason: str | None = None


class Approve(OnLocation):
    do: Literal["approve"]
    by: Staff


class Assign(OnCase):
    do: Literal["assign"]
    by: Staff
    to: Staff


class StopSwitch(Act):
    do: Literal["stop_switch"]
    on: bool
    by: Staff
    reason: str | None = None


class OverrideStep(OnLocation):
    do: Literal["override"]
    gate: str
    by: Staff
    reason: str


class PortStep(Act):
    do: Literal["port"]
    account: Name
    order: Name
    numbers: list[Number] = Field(min_length=1)
    state: AnOrderState
    foc: Instant | None = None
    via: Literal["webhook", "silent"] = "webhook"


class Move(Act):
    do: Literal["move"]
    number: Number
    to: Name


class AddNumber(Act):
    do: Literal["number"]
    location: Name
    add: Number


class PlatformStep(Act):
    do: Literal["platform"]
    on: StepOrRead
    answer: PlatformAnswer
    times: Times = 1

    @field_validator("answer")
    @classmethod
    def _fits_a_read(cls, answer: str, info: ValidationInfo) -> str:
        if info.data.get("on") == "read" and answer not in ("error", "unreachable"):
            raise ValueError("a read answers only error or unreachable")
        return answer


class MailStep(Act):
    """Without `times` and `until` the answer lasts until the next such step; `until` is exclusive."""

    do: Literal["mail"]
    answer: Literal["ok", "refused", "deferred", "bounce", "down"]
    times: Times | None = None
    until: Instant | None = None

    @field_validator("until")
    @classmethod
    def _is_an_end(cls, until: datetime | None, info: ValidationInfo) -> datetime | None:
        if until and info.data.get("times"):
            raise ValueError("give either times or until")
        if until and "at" in info.data and until <= info.data["at"]:
            raise ValueError("must be later than at")
        return until


class SchedulerStep(Act):
    do: Literal["scheduler"]
    running: bool


class Crash(Act):
    do: Literal["crash"]
    during: StepName


class Wait(Act):
    do: Literal["wait"]


class ClockExpect(Part):
    due: Instant | None = None
    state: Literal["running", "at_risk", "breached", "met", "missed"] | None = None
    stopped: Instant | None = None


class Expect(Timed):
    """What must be true. An empty table or None says nothing about that key."""

    do: Literal["expect"]
    case: Name | None = None
    state: dict[str, AState] = {}
    terminate_at: dict[str, Instant] = {}
    review_on: dict[str, date] = {}
    open: bool | None = None
    todo: dict[str, list[GateA]] = {}
    disposition: dict[Number, ADisposition] = {}
    released: list[Number] | None = None
    steps: dict[str, list[StepName]] = {}
    clock: dict[AClockName, ClockExpect] = {}
    clocks: dict[AClockName, Count] = {}
    letters: list[CustomerLetter] | None = None
    alerts: list[StaffLetter] | None = None
    cases: Count | None = None
    renewals: dict[str, Count] = {}
    queue: list[Name] | None = None
    findings: list[FindingCode] | None = None


Step = Annotated[
    Submit
    | LogContact
    | Message
    | Sign
    | Dispose
    | Confirm
    | DeferStep
    | Reschedule
    | Withdraw
    | Decline
    | Retry
    | HoldStep
    | Release
    | Approve
    | Assign
    | StopSwitch
    | OverrideStep
    | PortStep
    | Move
    | AddNumber
    | PlatformStep
    | MailStep
    | SchedulerStep
    | Crash
    | Wait
    | Expect,
    Field(discriminator="do"),
]

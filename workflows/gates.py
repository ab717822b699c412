"""Gate A: may it be confirmed? Gate B: may it begin? One small function per line.

The gates judge our rows; whoever asks lets the rows follow the platform first (see `asking.py`)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import Row, bindparam, select
from sqlalchemy.orm import aliased

from workflows import review_dates, rows
from workflows.desk import Desk
from workflows.errors import Line
from workflows.moments import local_day
from workflows.records import (
    Cancellation,
    Contact,
    Hold,
    Number,
    Override,
    PortOrder,
    PortOrderNumber,
    Request,
)
from workflows.states import Authentication, Disposition, OrderState, Outcome
from workflows.termination import guards

OVERRIDABLE = frozenset({"not_contacted", "not_authenticated", "not_authorised", "date_passed", "on_hold"})
NEVER_OVERRIDDEN = frozenset({"numbers_undecided", "port_pending"})
GATE_B_ALONE = frozenset(
    {"not_due", "too_late", "stopped", "cap_reached", "plan_drift", "needs_second_approval"}
)
ONLY_WAITS = frozenset({"not_due", "stopped", "cap_reached", "needs_second_approval", "on_hold"})


@dataclass(frozen=True)
class Question:
    """What a gate is asked: a cancellation, at an instant, for a date."""

    desk: Desk
    part: Cancellation
    at: datetime
    wanted: date

    @cached_property
    def spoken_to(self) -> list[Contact]:
        """Contacts that reached somebody for this location: calls, mails and signatures, none struck."""
        asked = {"case": self.part.case_id, "part": self.part.id}
        return list(self.desk.session.scalars(_SPOKEN_TO, asked))

    @cached_property
    def standing(self) -> Row[Any]:
        """Whether there are overrides, open orders and holds at all: most often there are none."""
        part = self.part
        asked = {"part": part.id, "case": part.case_id, "place": part.location_id}
        return rows.run(self.desk.session, _STANDING, asked).one()

    @cached_property
    def overrides(self) -> dict[str, Override]:
        """The overrides in force, by their code."""
        if not self.standing.overrides:
            return {}
        return {each.code: each for each in self.desk.session.scalars(_OVERRIDES, {"part": self.part.id})}

    @cached_property
    def open_orders(self) -> list[PortOrder]:
        return review_dates.open_orders(self.desk, self.part.location) if self.standing.orders else []

    @cached_property
    def hold(self) -> Hold | None:
        return open_hold(self.desk, self.part.case_id) if self.standing.holds else None

    @cached_property
    def completed(self) -> set[str]:
        """The numbers of the location that a completed port order names."""
        return set(self.desk.session.scalars(_COMPLETED, {"place": self.part.location_id}))

    @cached_property
    def moved_there(self) -> set[int]:
        """The numbers of the location that the platform shows at the location they are said to be at."""
        return set(self.desk.session.scalars(_MOVED_THERE, {"place": self.part.location_id}))

    @classmethod
    def known(cls, desk: Desk, part: Cancellation, at: datetime, **facts: Any) -> "Question":
        """A question some of whose facts are at hand, so that nobody looks them up again."""
        asked = cls(desk, part, at, part.wanted_for)
        asked.__dict__.update(facts)
        return asked


_SPOKEN_TO = (
    select(Contact)
    .where(
        Contact.case_id == bindparam("case"),
        (Contact.outcome == Outcome.reached) | (Contact.outcome == Outcome.signed),
        Contact.struck_at.is_(None),
        Contact.cancellation_id.is_(None) | (Contact.cancellation_id == bindparam("part")),
    )
    .order_by(Contact.id)
)
_OVERRIDES = select(Override).where(
    Override.cancellation_id == bindparam("part"), Override.ended_at.is_(None)
)
_COMPLETED = (
    select(PortOrderNumber.e164)
    .join(PortOrder)
    .join(Number, Number.e164 == PortOrderNumber.e164)
    .where(Number.location_id == bindparam("place"), PortOrder.state == OrderState.completed)
)
_ELSEWHERE = aliased(Number)
_MOVED_THERE = (
    select(Number.id)
    .join(_ELSEWHERE, (_ELSEWHERE.location_id == Number.moved_to_id) & (_ELSEWHERE.e164 == Number.e164))
    .where(Number.location_id == bindparam("place"), _ELSEWHERE.held)
)
_OPEN_HOLD = select(Hold).where(Hold.case_id == bindparam("case"), Hold.released_at.is_(None))
_STANDING = select(
    _OVERRIDES.exists().label("overrides"),
    review_dates.OPEN_ORDERS.exists().label("orders"),
    _OPEN_HOLD.exists().label("holds"),
)


@dataclass(frozen=True)
class Settled:
    """Why a line is met, in words; who settled it and when, where somebody did."""

    words: str
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class GateLine:
    """One line of gate A as the pages show it."""

    title: str
    unmet: Line | None
    override: Override | None = None
    settled: Settled | None = None
    """What makes a met line met."""

    @property
    def is_met(self) -> bool:
        return self.unmet is None or self.override is not None


def gate_a(desk: Desk, part: Cancellation, at: datetime, wanted: date | None = None) -> list[GateLine]:
    """All six lines. `wanted` judges line 5 by a new date."""
    return judge(Question(desk, part, at, wanted or part.wanted_for))


def judge(asked: Question) -> list[GateLine]:
    overrides = asked.overrides
    first = _line("The customer was reached and authenticated", was_reached(asked), overrides)
    second = may_end(asked) if first.is_met else None
    return [
        first,
        _line("That person may end the service", second, overrides),
        _line("Every number has a decision that still holds", are_decided(asked), overrides),
        _line("No number has a port in progress", has_no_port(asked), overrides),
        _line("The date is not in the past", is_ahead(asked), overrides),
        _line("No hold", is_not_held(asked), overrides),
    ]


def unmet(lines: list[GateLine]) -> list[Line]:
    return [line.unmet for line in lines if line.unmet and not line.is_met]


def _line(title: str, found: Line | None, overrides: dict[str, Override]) -> GateLine:
    return GateLine(title, found, overrides.get(found.code) if found else None)


def was_reached(asked: Question) -> Line | None:
    contacts = asked.spoken_to
    if not contacts:
        return Line("not_contacted", "Nobody has spoken to the customer since the request.")
    if not any(each.authenticated != Authentication.none for each in contacts):
        return Line("not_authenticated", "The customer was reached, but never authenticated.")
    return None


def may_end(asked: Question) -> Line | None:
    """Asked as soon as line 1 is met or overridden."""
    contacts = asked.spoken_to
    sure = [each for each in contacts if each.authenticated != Authentication.none] or contacts
    account = asked.part.case.account
    if any(account.person(each.person) for each in sure) or authority_of(asked, sure):
        return None
    who = ", ".join(dict.fromkeys(each.person for each in sure)) or "Nobody we spoke to"
    return Line("not_authorised", f"{who} is neither owner nor authorised contact of {account.name}.")


def authority_of(asked: Question, contacts: list[Contact]) -> str:
    """By what a new provider, one of these, asked as the customer's agent: the law of Canada allows that."""
    case = asked.part.case
    is_theirs = any(each.person.lower() == case.requester.lower() for each in contacts)
    if not is_theirs or not asked.part.location.is_canadian:
        return ""
    request = asked.desk.session.scalar(select(Request).where(Request.case_id == case.id))
    return request.authority if request else ""


def are_decided(asked: Question) -> Line | None:
    open_ones = [each for each in asked.part.location.numbers if not holds(asked, each)]
    if not open_ones:
        return None
    ends = ", ".join(each.last_four for each in open_ones[:10])
    return Line("numbers_undecided", f"{len(open_ones)} without a decision that holds: ending {ends}.")


def holds(asked: Question, number: Number) -> bool:
    """Whether a number has a disposition with evidence that still holds."""
    return EVIDENCE[Disposition(number.disposition)](asked, number)


def _ported_holds(asked: Question, number: Number) -> bool:
    return not number.held or number.e164 in asked.completed


def _moved_holds(asked: Question, number: Number) -> bool:
    return number.id in asked.moved_there


def _word_holds(asked: Question, number: Number) -> bool:
    oldest = asked.at - timedelta(days=asked.desk.settings.termination.evidence_days)
    return number.evidence_at is not None and number.evidence_at >= oldest


EVIDENCE: dict[Disposition, Callable[[Question, Number], bool]] = {
    Disposition.undecided: lambda _asked, _number: False,
    Disposition.porting: lambda _asked, _number: True,
    Disposition.ported: _ported_holds,
    Disposition.moved: _moved_holds,
    Disposition.not_needed: _word_holds,
}


def has_no_port(asked: Question) -> Line | None:
    location = asked.part.location
    if asked.open_orders:
        named = ", ".join(order.ref for order in asked.open_orders)
        return Line("port_pending", f"A port is in progress: {named}. Ending now could lose the numbers.")
    if any(each.disposition == Disposition.porting for each in location.numbers):
        return Line("port_pending", "A number is to move to another provider, and has not moved yet.")
    return None


def is_ahead(asked: Question) -> Line | None:
    if asked.wanted < local_day(asked.part.location, asked.at):
        return Line("date_passed", f"The date {asked.wanted:%-d %B %Y} has passed. Agree a new one.", "for")
    return None


def is_not_held(asked: Question) -> Line | None:
    hold = asked.hold
    return Line("on_hold", f"On hold by {hold.by.name}: {hold.reason}") if hold else None


def open_hold(desk: Desk, case_id: int) -> Hold | None:
    return desk.session.scalar(_OPEN_HOLD, {"case": case_id})


def gate_b(desk: Desk, part: Cancellation, at: datetime) -> list[Line]:
    """All unmet lines at the run's moment: gate A without line 5, then what belongs to beginning."""
    lines = [line for line in unmet(gate_a(desk, part, at)) if line.code != "date_passed"]
    found = (
        guards.is_due(part, at),
        guards.is_in_time(desk, part, at),
        guards.is_not_stopped(desk),
        guards.is_unchanged(part),
        guards.is_approved(desk, part, part.plan["steps"]),
        guards.is_below_caps(desk, part, at),
    )
    return [*lines, *(each for each in found if each)]


def gate_b_for_retry(desk: Desk, part: Cancellation, at: datetime, steps: list[str]) -> list[Line]:
    """Gate B without `not_due`, `too_late`, `plan_drift` and the caps, for the steps that remain."""
    lines = [line for line in unmet(gate_a(desk, part, at)) if line.code != "date_passed"]
    found = (guards.is_not_stopped(desk), guards.is_approved(desk, part, steps))
    return [*lines, *(each for each in found if each)]

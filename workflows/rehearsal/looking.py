"""What a rehearsal expects, beside what is. Looking changes nothing."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from workflows import asking
from workflows.adapters.platform import Purpose
from workflows.gates import unmet
from workflows.letters.names import CUSTOMER
from workflows.promises import state_of
from workflows.records import Cancellation, Case, Clock, Finding, Number
from workflows.rehearsal.steps import ClockExpect, Expect
from workflows.rehearsal.world import World
from workflows.reports.queue import in_order

QUIET = ("digest", "found")
Difference = tuple[str, Any, Any]


class Looking:
    def __init__(self, world: World, cases: dict[str, int]) -> None:
        self.world, self.cases = world, cases
        self.told = {"letters": 0, "alerts": 0}
        """How many accepted letters were looked at by the last `expect` that named them."""

    def differences(self, step: Expect) -> Iterator[Difference]:
        """(key, expected, got) of every key that does not hold."""
        for key, expected, got in self._pairs(step):
            if expected != got:
                yield key, shown(expected), shown(got)

    def _pairs(self, step: Expect) -> Iterator[Difference]:
        yield from self._of_locations(step)
        yield from self._of_clocks(step)
        yield from self._of_the_platform(step)
        yield from self._of_letters(step)
        yield from self._of_the_desk(step)

    # The named case

    def _case_id(self, step: Expect) -> int | None:
        return self.cases.get(step.case) if step.case else next(iter(self.cases.values()), None)

    def _case(self, step: Expect) -> Case | None:
        return self.world.desk.session.get(Case, self._case_id(step) or 0)

    def _part(self, step: Expect, location: str) -> Cancellation | None:
        case = self._case(step)
        parts = case.cancellations if case else []
        return next((part for part in parts if part.location.ref == location), None)

    def _of_locations(self, step: Expect) -> Iterator[Difference]:
        for ref, state in step.state.items():
            part = self._part(step, ref)
            yield f"state.{ref}", str(state), part and part.state
        for ref, moment in step.terminate_at.items():
            part = self._part(step, ref)
            yield f"terminate_at.{ref}", moment, part and part.run_at
        for ref, day in step.review_on.items():
            part = self._part(step, ref)
            yield f"review_on.{ref}", day, part and part.review_on
        for ref, codes in step.todo.items():
            yield f"todo.{ref}", set(codes), self._todo(step, ref)

    def _todo(self, step: Expect, ref: str) -> set[str] | None:
        part = self._part(step, ref)
        if part is None or not part.is_open:
            return None if part is None else set()
        reading = asking.fetch(self.world.desk, part, Purpose.books)
        lines = asking.would_say(self.world.desk, part, reading, self.world.now)
        return {line.code for line in unmet(lines)}

    def _of_clocks(self, step: Expect) -> Iterator[Difference]:
        for name, expected in step.clock.items():
            clock = self._clocks(step, name)[-1:]
            yield from self._of_clock(f"clock.{name}", expected, clock[0] if clock else None)
        for name, count in step.clocks.items():
            yield f"clocks.{name}", count, len(self._clocks(step, name))

    def _clocks(self, step: Expect, name: str) -> list[Clock]:
        case = self._case(step)
        return [clock for clock in case.clocks if clock.name == name] if case else []

    def _of_clock(self, key: str, expected: ClockExpect, clock: Clock | None) -> Iterator[Difference]:
        if expected.due is not None:
            yield f"{key}.due", expected.due, clock and clock.due_at
        if expected.state is not None:
            yield f"{key}.state", expected.state, clock and str(state_of(clock, self.world.now))
        if expected.stopped is not None:
            yield f"{key}.stopped", expected.stopped, clock and clock.stopped_at

    # The platform, the letters, the desk

    def _of_the_platform(self, step: Expect) -> Iterator[Difference]:
        books = self.world.books
        for e164, disposition in step.disposition.items():
            yield f'disposition."{e164}"', str(disposition), self._disposition(e164)
        if step.released is not None:
            yield "released", set(step.released), set(books.released)
        for ref, names in step.steps.items():
            yield f"steps.{ref}", list(names), books.steps.get(ref, [])
        for ref, count in step.renewals.items():
            yield f"renewals.{ref}", count, len(books.billed(ref))

    def _disposition(self, e164: str) -> str | None:
        """Of the row that speaks: where the number is held undecided elsewhere, the decided one."""
        rows = self.world.desk.session.scalars(select(Number).where(Number.e164 == e164).order_by(Number.id))
        decided = [row.disposition for row in rows]
        return next((each for each in decided if each != "undecided"), decided[0] if decided else None)

    def _of_letters(self, step: Expect) -> Iterator[Difference]:
        for key, expected, to_customer in (("letters", step.letters, True), ("alerts", step.alerts, False)):
            if expected is None:
                continue
            sent = self._sent(to_customer)
            new, self.told[key] = sent[self.told[key] :], len(sent)
            yield key, Counter(expected), Counter(new)

    def _sent(self, to_customer: bool) -> list[str]:
        """Names of the letters that the mail server accepted, in that order."""
        names = (str(each.message["X-Lastcall-Letter"]) for each in self.world.mail.accepted)
        return [name for name in names if name not in QUIET and (name in CUSTOMER) == to_customer]

    def _of_the_desk(self, step: Expect) -> Iterator[Difference]:
        session = self.world.desk.session
        if step.open is not None:
            case = self._case(step)
            yield "open", step.open, case and case.is_open
        if step.cases is not None:
            yield "cases", step.cases, session.scalar(select(func.count(Case.id)))
        if step.queue is not None:
            yield "queue", step.queue, self._queue()
        if step.findings is not None:
            yield "findings", set(step.findings), set(session.scalars(select(Finding.code)))

    def _queue(self) -> list[str]:
        names = {case_id: name for name, case_id in reversed(self.cases.items())}
        found = self.world.desk.session.scalars(in_order())
        return [names.get(case_id, "a case without a name") for case_id in found]


def shown(value: Any) -> str:
    """A value as a person would write it in the file."""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Counter):
        return shown(value.elements())
    if isinstance(value, str) or value is None:
        return "nothing" if value is None else value
    if isinstance(value, set):
        return shown(sorted(value))
    if isinstance(value, Iterable):
        return "[" + ", ".join(shown(each) for each in value) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)

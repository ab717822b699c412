"""Plays a rehearsal: each step through the same functions as pages and scheduler, no gate passed by."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from workflows import acting, actors, books, brakes, intake, review, rows, talking
from workflows.actors import Actor
from workflows.business_days import CalendarError
from workflows.errors import Refused
from workflows.history import note
from workflows.intake import NewRequest
from workflows.records import Case, Event, User
from workflows.rehearsal import steps
from workflows.rehearsal.language import Rehearsal
from workflows.rehearsal.looking import Looking
from workflows.rehearsal.world import JobFailed, World
from workflows.states import Authentication, Channel, Disposition, Outcome

QUIET = (
    steps.LogContact,
    steps.Message,
    steps.Sign,
    steps.HoldStep,
    steps.Release,
    steps.Approve,
    steps.Assign,
    steps.StopSwitch,
    steps.OverrideStep,
    steps.PlatformStep,
    steps.MailStep,
    steps.SchedulerStep,
    steps.Crash,
    steps.Wait,
)
"""They change neither numbers nor whether a cancellation is open: nothing to compare with the books."""
HISTORY = select(
    Event.case_id, Event.at, Event.actor, Event.name, Event.from_state, Event.to_state, Event.why, Event.facts
).order_by(Event.id)


class NoCase(Exception):
    """The step that should have made it was refused: that failed already, and the play goes on."""


@dataclass
class Report:
    title: str
    file: str
    failures: list[str] = field(default_factory=list)
    timeline: list[dict[str, Any]] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.failures

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ok": self.ok}


def play(rehearsal: Rehearsal, session: Session) -> Report:
    """Plays the whole file, whatever fails on the way. The database must be empty."""
    return Player(rehearsal, session).play()


class Player:
    def __init__(self, rehearsal: Rehearsal, session: Session) -> None:
        self.rehearsal = rehearsal
        self.report = Report(rehearsal.title, rehearsal.name)
        self.world = World(rehearsal, session)
        self.desk = self.world.desk
        self.cases: dict[str, int] = {}
        self.looking = Looking(self.world, self.cases)
        self.staff = {user.name: user for user in session.scalars(select(User))}

    def play(self) -> Report:
        for number, step in enumerate(self.rehearsal.steps, 1):
            try:
                self._play(number, step)
            except (CalendarError, JobFailed) as broken:
                self.desk.session.rollback()
                self._fail(number, "no error", str(broken))
                break
        self._tell()
        return self.report

    def _play(self, number: int, step: steps.Step) -> None:
        self.world.advance(step.at)
        if isinstance(step, steps.Expect):
            for key, expected, got in self.looking.differences(step):
                self._fail(number, f"{key} = {expected}", got)
        else:
            self._take(number, step)

    def _fail(self, number: int, expected: str, got: str) -> None:
        self.report.failures.append(f"step {number}: expected {expected} got {got}")

    def _take(self, number: int, step: steps.Act) -> None:
        wanted = f"refused = {step.refused}" if step.refused else "no refusal"
        try:
            ACTS[type(step)](self, step)
        except Refused as refused:
            if step.refused not in refused.codes:
                self._fail(number, wanted, f"{', '.join(sorted(refused.codes))}: {refused}")
        except NoCase as missing:
            self._fail(number, str(missing), "none")
        else:
            if step.refused:
                self._fail(number, wanted, "no refusal")
        self.desk.session.commit()
        self.world.acted(quietly=isinstance(step, QUIET))

    def _tell(self) -> None:
        """The timeline is the history itself."""
        for event in rows.run(self.desk.session, HISTORY):
            moved = f" {event.from_state} -> {event.to_state}" if event.to_state else ""
            case = f"C-{1000 + event.case_id} " if event.case_id else ""
            self.report.timeline.append(
                {
                    "at": event.at.isoformat(),
                    "actor": event.actor,
                    "what": f"{case}{event.name}{moved}{': ' if event.why else ''}{event.why}",
                    "facts": event.facts,
                }
            )

    # Who and what a step speaks of

    @property
    def at(self) -> datetime:
        return self.world.now

    def by(self, name: str) -> Actor:
        return actors.staff(self.staff[name])

    def case(self, name: str | None) -> Case:
        """The case of that name; the only one where none is named. Raises NoCase."""
        case_id = self.cases.get(name) if name else next(iter(self.cases.values()), None)
        if case_id is None:
            raise NoCase(f"a case {name}" if name else "a case")
        return self.desk.session.get_one(Case, case_id)

    # The steps

    def submit(self, step: steps.Submit) -> None:
        switches = step.locations if step.switches is None else step.switches
        request = NewRequest(
            step.account,
            tuple(step.locations),
            step.requested_for,
            step.reason,
            step.by,
            tuple(switches),
            step.confirmed,
        )
        by = actors.customer(step.by)
        made = intake.submit(self.desk, request, at=self.at, by=by, key=step.key)
        if step.refused is None:
            self.cases[step.as_] = made.id

    def contact(self, step: steps.LogContact) -> None:
        talking.log_contact(
            self.desk,
            self.case(step.case),
            by=self.by(step.by),
            at=self.at,
            channel=Channel(step.channel),
            outcome=Outcome(step.outcome),
            authenticated=Authentication(step.authenticated),
            person=step.person,
        )

    def message(self, step: steps.Message) -> None:
        talking.message(self.desk, self.case(step.case), by=self.by(step.by), at=self.at, text=step.text)

    def sign(self, step: steps.Sign) -> None:
        case = self.case(step.case)
        parts = acting.parts_of(case, step.location)
        by = actors.customer(step.person or case.requester)
        talking.sign(self.desk, case, parts, by=by, at=self.at, wanted=step.for_)

    def dispose(self, step: steps.Dispose) -> None:
        [part] = acting.parts_of(self.case(step.case), step.location)
        acting.dispose(
            self.desk,
            part,
            None if step.numbers == "all" else step.numbers,
            Disposition(step.to),
            by=self.by(step.by),
            at=self.at,
            evidence=step.evidence or "",
            moved_to=books.location(self.desk, step.moved_to) if step.moved_to else None,
        )

    def confirm(self, step: steps.Confirm) -> None:
        parts = acting.parts_of(self.case(step.case), step.location)
        acting.confirm(self.desk, parts, by=self.by(step.by), at=self.at, wanted=step.for_)

    def reschedule(self, step: steps.Reschedule) -> None:
        parts = acting.parts_of(self.case(step.case), step.location)
        acting.reschedule(
            self.desk, parts, by=self.by(step.by), at=self.at, wanted=step.for_, reason=step.reason
        )

    def retry(self, step: steps.Retry) -> None:
        parts = acting.parts_of(self.case(step.case), step.location)
        acting.retry_runs(self.desk, parts, by=self.by(step.by), at=self.at)

    def defer(self, step: steps.DeferStep) -> None:
        by = self.by(step.by)
        self._over(
            "defer",
            step,
            by,
            lambda part: review.defer(self.desk, part, by=by, at=self.at, review_on=step.for_),
        )

    def withdraw(self, step: steps.Withdraw) -> None:
        by = actors.customer() if step.by == "customer" else self.by(step.by)
        self._over(
            "withdraw",
            step,
            by,
            lambda part: review.withdraw(self.desk, part, by=by, at=self.at, reason=step.reason),
        )

    def decline(self, step: steps.Decline) -> None:
        by = self.by(step.by)
        self._over(
            "decline",
            step,
            by,
            lambda part: review.decline(self.desk, part, by=by, at=self.at, reason=step.reason or ""),
        )

    def override(self, step: steps.OverrideStep) -> None:
        by = self.by(step.by)
        self._over(
            "override",
            step,
            by,
            lambda part: brakes.override(self.desk, part, step.gate, by=by, at=self.at, reason=step.reason),
        )

    def approve(self, step: steps.Approve) -> None:
        by = self.by(step.by)
        self._over("approve", step, by, lambda part: brakes.approve(self.desk, part, by=by, at=self.at))

    def _over(self, action: str, step: steps.OnLocation, by: Actor, act: Callable[[Any], None]) -> None:
        parts = acting.parts_of(self.case(step.case), step.location)
        acting.over(self.desk, action, parts, act, by=by, at=self.at)

    def hold(self, step: steps.HoldStep) -> None:
        brakes.hold(self.desk, self.case(step.case), by=self.by(step.by), at=self.at, reason=step.reason)

    def release(self, step: steps.Release) -> None:
        brakes.release(self.desk, self.case(step.case), by=self.by(step.by), at=self.at, reason=step.reason)

    def assign(self, step: steps.Assign) -> None:
        brakes.assign(
            self.desk, self.case(step.case), by=self.by(step.by), at=self.at, to=self.staff[step.to]
        )

    def stop_switch(self, step: steps.StopSwitch) -> None:
        if step.on:
            brakes.stop_all(self.desk, by=self.by(step.by), at=self.at, reason=step.reason)
        else:
            brakes.start_again(self.desk, by=self.by(step.by), at=self.at)

    def port(self, step: steps.PortStep) -> None:
        self.world.books.port(step.order, step.account, step.numbers, step.state, step.foc, at=self.at)
        if step.via == "webhook":
            self.world.webhook(step.order)
        else:
            self.world.polled_at = self.at

    def move(self, step: steps.Move) -> None:
        self.world.books.move(step.number, step.to)

    def number(self, step: steps.AddNumber) -> None:
        self.world.books.add_number(step.location, step.add)

    def platform(self, step: steps.PlatformStep) -> None:
        self.world.books.fail(step.on, step.answer, step.times)

    def mail(self, step: steps.MailStep) -> None:
        self.world.mail.answer(step.answer, step.times, step.until)

    def scheduler(self, step: steps.SchedulerStep) -> None:
        self.world.switch_scheduler(step.running)

    def crash(self, step: steps.Crash) -> None:
        self.world.books.crash(step.during)

    def wait(self, step: steps.Wait) -> None:
        note(self.desk, "wait", at=self.at, by=actors.SYSTEM)


ACTS: dict[type[Any], Callable[[Player, Any], None]] = {
    steps.Submit: Player.submit,
    steps.LogContact: Player.contact,
    steps.Message: Player.message,
    steps.Sign: Player.sign,
    steps.Dispose: Player.dispose,
    steps.Confirm: Player.confirm,
    steps.DeferStep: Player.defer,
    steps.Reschedule: Player.reschedule,
    steps.Withdraw: Player.withdraw,
    steps.Decline: Player.decline,
    steps.Retry: Player.retry,
    steps.HoldStep: Player.hold,
    steps.Release: Player.release,
    steps.Approve: Player.approve,
    steps.Assign: Player.assign,
    steps.StopSwitch: Player.stop_switch,
    steps.OverrideStep: Player.override,
    steps.PortStep: Player.port,
    steps.Move: Player.move,
    steps.AddNumber: Player.number,
    steps.PlatformStep: Player.platform,
    steps.MailStep: Player.mail,
    steps.SchedulerStep: Player.scheduler,
    steps.Crash: Player.crash,
    steps.Wait: Player.wait,
}

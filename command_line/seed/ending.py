"""How a seeded cancellation goes from the talk with the customer to its end, with what may come between."""

from collections.abc import Iterator
from datetime import date, timedelta

from command_line.seed import cast
from command_line.seed.part import UNSETTLED
from command_line.seed.porting import Porting, Until
from command_line.seed.world import DAY
from workflows.records import Override, Run, Step
from workflows.records.base import Row
from workflows.states import Action, Disposition, OrderState, State, StepState

Story = Iterator[int]


class Ending(Porting):
    """A cancellation with its whole story."""

    def story(self, at: int) -> Story:
        fate = self.draw.random()
        if fate < 0.03:
            at = self.world.later(at, self.draw.uniform(0.5, 8))
            yield at
            self.move(Action.decline, at, self.by, end_reason="not authorised")
            self.life.letter("declined", at)
        elif fate < 0.15:
            at = self.world.later(at, self.draw.uniform(1, 60))
            yield at
            self.withdraw(at)
        else:
            yield from self._leave(at)

    def withdraw(self, at: int) -> None:
        by = self.draw.choice((self.by, "customer"))
        self.move(Action.withdraw, at, by, end_reason="The customer keeps the service.")
        self.life.letter("withdrawn", at)

    def _leave(self, at: int) -> Story:
        if self.wants_a_port:
            at = yield from self._port(at)
        if self.is_open:
            yield from self._end(at)

    def _end(self, at: int) -> Story:
        """From the confirmation to the end, with what may come between."""
        at = yield from self._confirm(at)
        fate = self.draw.random()
        if fate < 0.05:
            at = self._before_the_run(at)
            yield at
            if self.row["state"] == State.scheduled:
                self._schedule(
                    Action.reschedule, at, self._wanted() + timedelta(days=self.draw.randrange(1, 20))
                )
                self.life.letter("rescheduled", at)
        elif fate < 0.075:
            at = self._before_the_run(at)
            yield at
            if self.row["state"] == State.scheduled:
                self.withdraw(at)
                return
        elif fate < 0.1:
            at = yield from self._come_back(at, is_late_port=fate < 0.088)
            at = yield from self._confirm(at)
        if self.row["state"] == State.scheduled:
            yield from self._run()

    def _before_the_run(self, at: int) -> int:
        moment: int = self.row["run_at"]
        return max(at + 1, min(self.world.later(at, self.draw.uniform(1, 15)), moment - 60))

    def _wanted(self) -> date:
        day: date = self.row.get("agreed_for") or self.row["requested_for"]
        return day

    def _confirm(self, at: int) -> Until:
        at = self.world.later(at, self.draw.uniform(0.05, 2.5))
        yield at
        while self.life.is_held:
            at = self.world.later(at, 3)
            yield at
        if self.row["state"] not in UNSETTLED:
            return at
        left = [each for each in self.numbers if each["disposition"] == Disposition.undecided]
        for each in left:
            each |= {"disposition": Disposition.not_needed, "evidence": "Owner, by phone"}
            each |= {"evidence_by": self.by, "evidence_at": at}
        if left:
            ids = [each["id"] for each in left]
            self.life.note("disposed", at, self.by, self, to="not_needed", numbers=ids)
        wanted = max(self._wanted(), self.world.office_day(at))
        if self.draw.random() < 0.02:
            self._override(at)
        self._schedule(Action.confirm, at, wanted)
        self.life.letter("scheduled", at)
        return at

    def _override(self, at: int) -> None:
        manager = self.draw.choice(self.world.managers)
        code = self.draw.choice(("date_passed", "not_authorised", "not_authenticated"))
        self.world.shelf.add(
            Override, cancellation_id=self.row["id"], code=code, by_id=manager.id, reason="Their word", at=at
        )
        self.life.note("override", at, manager.email, self, why="Their word", code=code)

    def _schedule(self, action: Action, at: int, wanted: date) -> None:
        """The plan and the moment of its run, as review.py stores them."""
        zone = self.place["time_zone"]
        moment, day = self.world.moment(wanted, zone), wanted
        while moment < at:
            day += timedelta(days=1)
            moment = self.world.moment(day, zone)
        self.row |= {"plan": {"steps": self._steps(), "basis": {}}, "run_at": moment, "agreed_for": wanted}
        self.row["day_ends_at"] = self.world.midnight(day + timedelta(days=1), zone) - 1
        self.row |= {"confirmed_at": at, "confirmed_by_id": self.life.owner.id}
        self.row["tomorrow_at"] = moment - DAY if max(at, self.world.now) <= moment - DAY else None
        self.move(action, at, self.by)

    def _steps(self) -> list[str]:
        leaving = [each["e164"] for each in self.numbers if each["disposition"] == Disposition.not_needed]
        steps = [each for each in cast.STEPS if each != "remove_services" or self.place["services"]]
        return [*steps, *(f"release:{each}" for each in sorted(leaving)), *cast.AFTER]

    def _come_back(self, at: int, is_late_port: bool) -> Until:
        """Before or at its moment something is found: a port that began late, or another doubt."""
        if not is_late_port:
            at = self.row["run_at"]
            yield at
            if self.row["state"] == State.scheduled:
                self.move(Action.recheck, at, why="A number appeared at the location.")
            return (yield from self._talk_again(at))
        at = self._before_the_run(at)
        yield at
        if self.row["state"] != State.scheduled:
            return at
        order = self._late_order(at)
        over = yield from self._commit(order, at)
        at = yield from self._wait(at, over)
        yield at
        self._follow(order, OrderState.completed, at)
        if self.row["state"] == State.deferred:
            self.move(Action.port_completed, at)
            self.life.letter("port_completed", at)
        return (yield from self._talk_again(at))

    def _late_order(self, at: int) -> Row:
        for each in self.numbers:
            if each["disposition"] == Disposition.not_needed:
                each["disposition"] = Disposition.undecided
        order = self._order(at)
        self.row |= {"deferred_on": self.world.office_day(at), "review_is_default": True}
        self._review(self.world.office_day(at) + timedelta(days=self.world.settings.defer.default_days))
        self.move(Action.late_port, at, **{name: self.row[name] for name in ("review_on", "review_at")})
        self.life.letter("deferred", at)
        return order

    def _run(self) -> Story:
        at = self.row["run_at"]
        yield at
        while self.life.is_held:
            at = self.world.later(at, 3)
            yield at
        if self.row["state"] != State.scheduled:
            return
        self.move(Action.begin, at)
        run = self._ledger(at)
        at += self.draw.randrange(2, 40)
        yield at
        if self.draw.random() < 0.012:
            at = yield from self._stop(run, at)
        self._finish(run, at)

    def _ledger(self, at: int) -> Row:
        shelf = self.world.shelf
        begun = {"begun_at": at, "progress_at": at, "next_at": at, "fencing": 1}
        run = shelf.add(Run, cancellation_id=self.row["id"], **begun, ended_at=None)
        self.steps = [
            shelf.add(
                Step,
                run_id=run["id"],
                position=position,
                name=name,
                state=StepState.pending,
                request_id=f"seed-{run['id']}-{position}",
            )
            for position, name in enumerate(self.row["plan"]["steps"])
        ]
        return run

    def _stop(self, run: Row, at: int) -> Until:
        """A step fails for good; somebody retries, mostly on the same day."""
        place = self.draw.randrange(len(self.steps))
        self._do(self.steps[:place], at)
        self.steps[place] |= {
            "state": StepState.failed,
            "tries": 4,
            "reason": "The platform answered an error.",
        }
        run |= {"next_at": None, "progress_at": at}
        why = f"{self.steps[place]['name']}: the platform answered an error."
        self.move(Action.stop, at, why=why, blocked_why=why)
        at = self.world.later(at, self.draw.lognormvariate(0.5, 1.1))
        yield at
        while self.life.is_held:
            at = self.world.later(at, 3)
            yield at
        self.move(Action.retry, at, self.by)
        at += self.draw.randrange(2, 30)
        yield at
        return at

    def _do(self, steps: list[Row], at: int) -> None:
        for step in steps:
            step |= {"state": StepState.done, "tries": 1, "done_at": at}

    def _finish(self, run: Row, at: int) -> None:
        self._do(self.steps, at)
        run |= {"ended_at": at, "next_at": None, "progress_at": at}
        today = self.world.office_day(at)
        for each in self.numbers:
            if each["held"]:
                each |= {"held": False, "ended_as": "released", "ended_on": today}
        renewal = today + timedelta(days=self.draw.randrange(1, 31))
        self.place |= {"renews_on": renewal, "ended_at": at, "renewal_on": False, "trunks_enabled": False}
        self.move(Action.finish, at)
        self.life.letter("terminated", at)

"""A seeded location whose numbers leave by port: the order, the deferral, its reviews, its completion."""

from collections.abc import Generator
from datetime import date, timedelta

from command_line.seed.part import Part, told
from command_line.seed.world import DAY
from workflows.records import PortOrder, PortOrderNumber
from workflows.records.base import Row
from workflows.states import Action, Disposition, OrderState, State

Until = Generator[int, None, int]
"""A piece of a story: the instants it waits for, then the one at which it is over."""


class Porting(Part):
    """A cancellation that may wait for a port."""

    def _port(self, at: int) -> Until:
        """From the order to its completion; returns when somebody has talked about it again."""
        at += self.draw.randrange(600, DAY)
        yield at
        order = self._order(at)
        at = self.world.later(at, self.draw.uniform(0.3, 3))
        yield at
        self._defer(at)
        self.life.letter("deferred", at)
        fate = self.draw.random()
        if fate < 0.06:
            over = self.row["review_at"] + self.draw.randrange(2 * DAY, 12 * DAY)
        else:
            over = yield from self._commit(order, at)
        at = yield from self._wait(at, over)
        is_lost = fate > 0.94
        yield at
        self._follow(order, OrderState.rejected if is_lost else OrderState.completed, at)
        if self.row["state"] == State.deferred:
            self.move(Action.port_failed if is_lost else Action.port_completed, at)
            self.life.letter("port_failed" if is_lost else "port_completed", at)
        return (yield from self._talk_again(at))

    def _order(self, at: int) -> Row:
        shelf = self.world.shelf
        order = shelf.add(
            PortOrder,
            ref=f"SP-{shelf.next_id(PortOrder)}",
            account_id=self.life.account["id"],
            state=OrderState.requested,
            foc=None,
            first_seen_at=at,
            read_at=at,
            completed_at=None,
            stale_at=None,
        )
        for each in self.numbers[: self.draw.randrange(1, len(self.numbers) + 1)]:
            shelf.add(PortOrderNumber, order_id=order["id"], e164=each["e164"])
            each["disposition"], each["evidence_at"] = Disposition.porting, at
            each["evidence"], each["evidence_by"] = f"port order {order['ref']}", "carrier"
        self._tell(order, None, at)
        return order

    def _commit(self, order: Row, at: int) -> Until:
        """The port's date becomes known. Returns when it is over."""
        at += self.draw.randrange(DAY, 6 * DAY)
        yield at
        foc = self.world.opening(self.world.office_day(at) + timedelta(days=self.draw.randrange(4, 26)))
        stale = self.world.settings.ports.stale_days
        order["foc"] = foc
        order["stale_at"] = self.world.opening(self.world.office_day(foc) + timedelta(days=stale))
        self._follow(order, OrderState.committed, at)
        if self.row["state"] == State.deferred and self.row["review_is_default"]:
            self._review(self.world.office_day(foc) + timedelta(self.world.settings.defer.after_foc_days))
            self.life.note("review_moved", at, part=self, review_on=self.row["review_on"].isoformat())
        late = self.draw.choices((0, 2, 9, 45), (70, 20, 7, 3))[0]
        return foc + late * DAY + self.draw.randrange(DAY // 3)

    def _follow(self, order: Row, state: OrderState, at: int) -> None:
        before, order["state"], order["read_at"] = order["state"], state, at
        if state == OrderState.completed:
            order["completed_at"], order["stale_at"] = at, None
        for each in self.numbers:
            if each["disposition"] == Disposition.porting and state == OrderState.completed:
                each |= {"disposition": Disposition.ported, "held": False, "evidence_at": at}
                each |= {"ended_as": "ported", "ended_on": self.world.office_day(at)}
            elif each["disposition"] == Disposition.porting and state == OrderState.rejected:
                each["disposition"] = Disposition.undecided
        self._tell(order, before, at)

    def _tell(self, order: Row, before: OrderState | None, at: int) -> None:
        dispositions = {str(each["id"]): each["disposition"] for each in self.numbers}
        facts = {"order": order["ref"], "before": before, "after": order["state"], "foc": told(order["foc"])}
        self.life.note("port_order", at, **facts, dispositions=dispositions)

    def _defer(self, at: int) -> None:
        self.row |= {"deferred_on": self.world.office_day(at), "review_is_default": True}
        self._review(self.world.office_day(at) + timedelta(days=self.world.settings.defer.default_days))
        dates = {name: self.row[name] for name in ("review_on", "review_at")}
        self.move(Action.defer, at, self.by, **dates)

    def _review(self, day: date) -> None:
        self.row["review_on"], self.row["review_at"] = day, self.world.opening(day)

    def _wait(self, at: int, over: int) -> Until:
        """Until the port is over; where the review date comes first, somebody asks and waits on."""
        while self.row["state"] == State.deferred and self.row["review_at"] < over:
            at = self.row["review_at"]
            yield at
            self.move(Action.review_due, at)
            at = yield from self._talk_again(at)
            if self.row["state"] == State.requested:
                self._defer(at)
        return max(at, over)

    def _talk_again(self, at: int) -> Until:
        """Somebody answers a wake: the follow-up promise is kept, or not."""
        at = self.world.later(at, self.draw.lognormvariate(0.9, 0.9))
        yield at
        if self.is_open:
            self.life.contact(at, "reached")
        return at

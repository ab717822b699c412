"""One case from its request to the present: what happens, when, and the rows that it leaves.

A life is a set of stories that wait for each other by the clock. Every move goes through the table of
moves; what has not happened yet at the present is simply not told, so open cases look as real ones do."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from command_line.seed import cast
from command_line.seed.ending import Ending
from command_line.seed.part import Part
from command_line.seed.world import Colleague, World
from workflows import findable
from workflows.records import Account, Case, Clock, Contact, Event, Hold, Letter, Person, Request, Word
from workflows.records.base import Row
from workflows.standing import LAST, PLANNED, URGENT
from workflows.states import WAKES, Action, ClockName, LetterState, State

Story = Iterator[int]
PROVING = ("message", "unreachable", "scheduled", "deferred", "rescheduled")
SUBJECTS = {
    "received": "We have your request",
    "unreachable": "We tried to reach you",
    "scheduled": "Your service ends as agreed",
    "rescheduled": "The new date of the end of your service",
    "deferred": "We wait until your numbers have moved",
    "port_completed": "Your numbers have moved",
    "port_failed": "Your number transfer did not go through",
    "terminated": "Your service has ended",
    "withdrawn": "Your service stays on",
    "declined": "About your request",
}


class Life:
    """A case and all that belongs to it."""

    def __init__(self, world: World, received: int, each: int) -> None:
        self.world, self.draw, self.received = world, world.draw, received
        self.owner: Colleague = self.draw.choice(world.agents)
        self.is_held = False
        self.account = self._account(each)
        self.case = self._case()
        self.clocks: list[Row] = []
        self.parts = [Ending(self, number) for number in range(self.draw.choices((1, 2, 3), (84, 12, 4))[0])]
        self._request()
        self._stories: list[tuple[int, Story]] = []

    def live(self) -> None:
        """Tells what happens up to the present, always the earliest next."""
        self.note("submitted", self.received, "customer", came_by=self.came_by)
        self.start(ClockName.first_contact, self.received)
        self.letter("received", self.received)
        self.follow(self._talk())
        if self.draw.random() < 0.97:
            self.follow(self._assign())
        while self._stories:
            place = min(range(len(self._stories)), key=lambda each: self._stories[each][0])
            at, story = self._stories.pop(place)
            if at <= self.world.now:
                self.follow(story)
        self._stand()

    def follow(self, story: Story) -> None:
        """Goes on with a story until it waits again."""
        at = next(story, None)
        if at is not None:
            self._stories.append((at, story))

    # Rows

    def _account(self, each: int) -> Row:
        shelf, name = self.world.shelf, cast.customer(self.draw, each)
        person, address = self.draw.choice(cast.PEOPLE), f"owner@{each}.customer.example"
        account = shelf.add(
            Account, ref=f"seed-{each}", name=name, address_of_record=address, read_at=self.received
        )
        shelf.add(Person, account_id=account["id"], email=address, name=person, role="owner", phone="")
        named = findable.of_account(name, account["ref"], address) + findable.of_person(person, address, "")
        for word in dict.fromkeys(named):
            shelf.add(Word, word=word, account_id=account["id"])
        self.owner_name, self.address, self.customer = person, address, findable.plain(name)
        return account

    def _case(self) -> Row:
        return self.world.shelf.add(
            Case,
            account_id=self.account["id"],
            owner_id=None,
            requester=self.address,
            customer=self.customer,
            received_at=self.received,
            closed_at=None,
            version=1,
            idle_since=None,
        )

    def _request(self) -> None:
        category = cast.category(self.draw, self.world.settings.request.reasons)
        self.came_by = self.draw.choices(("form", "api", "staff"), (70, 22, 8))[0]
        self.world.shelf.add(
            Request,
            case_id=self.case["id"],
            key=None,
            content={"account": self.account["ref"], "locations": [each.place["ref"] for each in self.parts]},
            requested_for=self.parts[0].row["requested_for"],
            reason=self.draw.choice(cast.SAID),
            category=category,
            came_by=self.came_by,
        )
        is_leaving = category == self.world.settings.request.reasons[0] if category else False
        for each in self.parts:
            each.wants_a_port = self.draw.random() < (0.72 if is_leaving else 0.04)

    def note(self, name: str, at: int, actor: str = "system", part: Part | None = None, **facts: Any) -> None:
        why, moved = facts.pop("why", ""), facts.pop("moved", (None, None))
        if actor != "system":
            self.case["version"] += 1
        self.world.shelf.add(
            Event,
            case_id=self.case["id"],
            cancellation_id=part.row["id"] if part else None,
            at=at,
            actor=actor,
            name=name,
            from_state=moved[0],
            to_state=moved[1],
            why=why,
            facts=facts,
        )

    def letter(self, name: str, at: int) -> None:
        """A thin letter, accepted within two minutes; a proof of contact where an agent's act caused it."""
        accepted = at + self.draw.randrange(5, 110)
        is_sent = accepted <= self.world.now
        key = f"C-{1000 + self.case['id']}|{name}|{at}"
        if any(each["key"] == key for each in self.world.shelf.rows[Letter][-8:]):
            return
        subject = SUBJECTS[name]
        row = self.world.shelf.add(
            Letter,
            case_id=self.case["id"],
            name=name,
            to_customer=True,
            caused_by_agent=name in PROVING,
            key=key,
            recipients=[self.address],
            facts={},
            subject=subject,
            text=f"{subject}.",
            html=f"<p>{subject}.</p>",
            message_id=f"<seed-{key}@lastcall.example>",
            written_at=at,
            state=LetterState.sent if is_sent else LetterState.waiting,
            next_try_at=None if is_sent else at,
            first_try_at=accepted if is_sent else None,
            tries=int(is_sent),
            accepted_at=accepted if is_sent else None,
        )
        self.follow(self._accepted(row, accepted))

    def _accepted(self, row: Row, at: int) -> Story:
        yield at
        self.note("letter_accepted", at, letter=row["name"], tries=1)
        if row["caused_by_agent"] and self.world.settings.sla.stops_on == "contact":
            self.stop_clocks(at, f"letter:{row['id']}")

    # Promises

    def start(self, name: ClockName, at: int) -> None:
        if any(each["name"] == name and each["stopped_at"] is None for each in self.clocks):
            return
        sla = self.world.settings.sla
        days = sla.first_contact_days if name == ClockName.first_contact else sla.follow_up_days
        due, risk, words = self.world.due(at, days)
        self.clocks.append(
            self.world.shelf.add(
                Clock,
                case_id=self.case["id"],
                name=name,
                started_at=at,
                due_at=due,
                at_risk_at=risk,
                calendar_version=self.world.calendar.version,
                explanation=words,
                stopped_at=None,
                moot_at=None,
                told_at_risk=risk <= self.world.now,
                told_breached=due < self.world.now,
            )
        )
        self.note("clock_started", at, clock=name, due=_iso(due))

    def stop_clocks(self, at: int, by: str) -> None:
        for each in self.clocks:
            if each["stopped_at"] is None:
                self._stop(each, at, by)

    def _stop(self, clock: Row, at: int, by: str) -> None:
        clock["stopped_at"], clock["stopped_by"] = at, by
        clock["told_at_risk"] = clock["at_risk_at"] <= at
        clock["told_breached"] = clock["due_at"] < at
        verdict = "met" if at <= clock["due_at"] else "missed"
        facts = {"clock": clock["name"], "started": _iso(clock["started_at"]), "stopped": _iso(at)}
        self.note("clock_stopped", at, **facts, proof=by, verdict=verdict)

    def moved(self, action: Action, at: int) -> None:
        """What follows from any move: the case closes, a wake starts a clock, needless ones stop."""
        self.case["version"] += 1
        if self.case["closed_at"] is None and not any(part.is_open for part in self.parts):
            self.case["closed_at"] = at
        if action in WAKES:
            self.start(ClockName.follow_up, at)
        requested = any(part.row["state"] == State.requested for part in self.parts)
        for clock in self.clocks:
            needed = self.case["closed_at"] is None and (requested or clock["name"] == "first_contact")
            if needed or clock["moot_at"] is not None:
                continue
            clock["moot_at"] = at
            if clock["stopped_at"] is None:
                self._stop(clock, at, "moot")

    # Stories

    def _assign(self) -> Story:
        at = self.world.later(self.received, self.draw.uniform(0.05, 5))
        yield at
        self.case["owner_id"] = self.owner.id
        self.note("assigned", at, self.owner.email, to=self.owner.email)

    def _talk(self) -> Story:
        """Attempts until the customer is reached; then each location goes its own way."""
        at = self.received
        for attempt in range(6):
            hours = self.draw.lognormvariate(1.5, 0.85) if not attempt else self.draw.uniform(2, 12)
            at = self.world.later(at, hours)
            yield at
            if self.case["closed_at"] is not None:
                return
            chances = (0, 0, 0, 100) if attempt == 5 else (20, 13, 3, 64)
            outcome = self.draw.choices(("no_answer", "voicemail", "wrong_person", "reached"), chances)[0]
            self.contact(at, outcome)
            if outcome == "reached":
                break
        for part in self.parts:
            self.follow(part.story(at))
        if self.draw.random() < 0.015:
            self.follow(self._hold(at))

    def contact(self, at: int, outcome: str) -> None:
        is_reached = outcome == "reached"
        row = self.world.shelf.add(
            Contact,
            case_id=self.case["id"],
            at=at,
            by=self.owner.email,
            channel="phone",
            outcome=outcome,
            authenticated=self.draw.choice(("pin", "callback")) if is_reached else "none",
            person=self.address,
        )
        self.note("contact", at, self.owner.email, channel="phone", outcome=outcome, person=self.address)
        for part in self.parts:
            part.row["woken_by"] = None
        counts = is_reached or (outcome == "voicemail" and self.world.settings.sla.stops_on == "contact")
        if counts:
            self.stop_clocks(at, f"contact:{row['id']}")
        if outcome == "no_answer":
            self.letter("unreachable", at)

    def _hold(self, at: int) -> Story:
        at = self.world.later(at, self.draw.uniform(1, 9))
        yield at
        if self.case["closed_at"] is not None:
            return
        manager = self.draw.choice(self.world.managers)
        row = self.world.shelf.add(
            Hold, case_id=self.case["id"], by_id=manager.id, reason="Legal asks", at=at, released_at=None
        )
        self.note("hold", at, manager.email, why="Legal asks")
        self.is_held = True
        at = self.world.later(at, self.draw.uniform(5, 40))
        yield at
        self.is_held = False
        row["released_at"] = at
        self.note("release", at, manager.email, why="Settled")

    def _stand(self) -> None:
        """The place in the queue, as standing.py gives it."""
        running = [(URGENT, each["due_at"]) for each in self.clocks if each["stopped_at"] is None]
        places = [*running, *(part.place_in_queue() for part in self.parts if part.is_open)]
        group, at = min(places, default=(PLANNED, int(LAST.timestamp())))
        self.case["queue_group"], self.case["queue_at"] = group, at
        self.case["wanted_for"] = self._most_urgent().wanted_for
        dated = any(part.row["review_on"] or part.row["run_at"] for part in self.parts if part.is_open)
        if places and self.case["owner_id"] is None and not running and not dated:
            self.case["idle_since"] = self.received

    def _most_urgent(self) -> Part:
        living = [part for part in self.parts if part.is_open]
        if living:
            return min(living, key=lambda part: (*part.place_in_queue(), part.row["id"]))
        return max(self.parts, key=lambda part: (part.row.get("ended_at") or 0, part.row["id"]))


def _iso(at: int) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat()

"""One location of a seeded case: its numbers, its port, its confirmation and its end."""

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from command_line.seed import cast
from workflows import findable
from workflows.records import Cancellation, Location, Number, Word
from workflows.records.base import Row
from workflows.standing import DEFERRED, LAST, PLANNED, REQUESTED, URGENT
from workflows.states import MOVES, Action, Disposition, State

if TYPE_CHECKING:
    from command_line.seed.life import Life

UNSETTLED = (State.requested, State.deferred)
WAKES = ("port_completed", "port_failed", "review_due", "recheck")


class Part:
    """A cancellation with its location."""

    def __init__(self, life: "Life", number: int) -> None:
        self.life, self.world, self.draw = life, life.world, life.draw
        self.wants_a_port = False
        at, shelf = life.received, self.world.shelf
        self.place = self._location(number)
        self.numbers = [
            self._number() for _each in range(self.draw.choices((1, 2, 3, 6), (38, 34, 20, 8))[0])
        ]
        self.row = shelf.add(
            Cancellation,
            case_id=life.case["id"],
            location_id=self.place["id"],
            state=State.requested,
            state_since=at,
            requested_for=self.world.office_day(at)
            + timedelta(days=int(self.draw.lognormvariate(2.6, 0.8)) + 1),
            unsettled_since=at,
            woken_by=None,
            review_on=None,
            run_at=None,
            plan={},
        )

    def _location(self, number: int) -> Row:
        place, at = cast.place(self.draw), self.life.received
        ref = f"{self.life.account['ref']}-{number + 1}"
        location = self.world.shelf.add(
            Location,
            account_id=self.life.account["id"],
            ref=ref,
            master_e911=None,
            renews_on=self.world.office_day(self.world.now) + timedelta(days=self.draw.randrange(1, 31)),
            renewal_on=True,
            read_at=at,
            **place,
        )
        for word in dict.fromkeys(findable.of_location(place["name"], ref)):
            self.world.shelf.add(Word, word=word, location_id=location["id"])
        return location

    def _number(self) -> Row:
        each = self.world.shelf.next_id(Number)
        e164 = f"+1{201 + each // 10_000_000:03}{each % 10_000_000:07}"
        return self.world.shelf.add(
            Number,
            location_id=self.place["id"],
            e164=e164,
            ending=findable.turned(e164),
            held=True,
            disposition=Disposition.undecided,
            ended_as=None,
        )

    @property
    def by(self) -> str:
        return self.life.owner.email

    @property
    def is_open(self) -> bool:
        return not State(self.row["state"]).is_final

    @property
    def wanted_for(self) -> date:
        wanted: date = self.row.get("agreed_for") or self.row["requested_for"]
        return wanted

    def place_in_queue(self) -> tuple[int, int]:
        match State(self.row["state"]):
            case State.blocked:
                return URGENT, self.row["state_since"]
            case State.requested:
                return REQUESTED, _utc(self.wanted_for)
            case State.deferred:
                return DEFERRED, _utc(self.row["review_on"])
            case _:
                return PLANNED, self.row["run_at"] or int(LAST.timestamp())

    def move(self, action: Action, at: int, by: str = "system", why: str = "", **brings: Any) -> None:
        """By the table of moves; the dates of the old state leave with it, as in moves.py."""
        row, before = self.row, State(self.row["state"])
        after = MOVES[before, action].to
        row |= {"state": after, "state_since": at, "woken_by": action if action in WAKES else None}
        row["unsettled_since"] = (row["unsettled_since"] or at) if after in UNSETTLED else None
        row |= brings
        if after != State.deferred:
            row |= {"review_on": None, "review_at": None}
        if after in UNSETTLED:
            row |= {"run_at": None, "day_ends_at": None}
        row["begin_at"] = row["run_at"] if after == State.scheduled else None
        if after != State.scheduled:
            row["tomorrow_at"] = None
        if after.is_final:
            row["ended_at"] = at
        facts = {name: told(row.get(name)) for name in ("run_at", "review_on", "agreed_for")}
        self.life.note(
            action, at, by, self, moved=(before, after), why=why, forgotten=self._forget(after), **facts
        )
        self.life.moved(action, at)

    def _forget(self, after: State) -> list[int]:
        if after not in (State.withdrawn, State.declined):
            return []
        meant = [each for each in self.numbers if each["disposition"] == Disposition.not_needed]
        for each in meant:
            each["disposition"] = Disposition.undecided
        return [each["id"] for each in meant]


def _utc(day: date) -> int:
    """A date as a sortable instant, as standing.py has it."""
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def told(value: Any) -> str | None:
    """An instant or a date as the history writes it."""
    if isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).isoformat()
    return value.isoformat() if value else None

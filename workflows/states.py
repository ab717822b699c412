"""The whole life of a cancellation on one screen. Imports nothing of ours."""

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    requested = "requested"
    deferred = "deferred"
    scheduled = "scheduled"
    terminating = "terminating"
    blocked = "blocked"
    terminated = "terminated"
    withdrawn = "withdrawn"
    declined = "declined"

    @property
    def is_final(self) -> bool:
        return self in FINAL


class Action(StrEnum):
    confirm = "confirm"
    defer = "defer"
    port_completed = "port_completed"
    port_failed = "port_failed"
    review_due = "review_due"
    late_port = "late_port"
    recheck = "recheck"
    reschedule = "reschedule"
    withdraw = "withdraw"
    decline = "decline"
    begin = "begin"
    finish = "finish"
    stop = "stop"
    retry = "retry"


class AskedAs(StrEnum):
    """In which role somebody asks for the end of a service."""

    customer = "customer"
    new_provider = "new_provider"


class By(StrEnum):
    """Who may make a move."""

    agent = "agent"
    customer = "customer"
    system = "system"


FINAL = frozenset({State.terminated, State.withdrawn, State.declined})
OPEN = frozenset(State) - FINAL
STAFF = frozenset({By.agent})
ANYBODY = frozenset({By.agent, By.customer})
SYSTEM = frozenset({By.system})


@dataclass(frozen=True)
class Move:
    to: State
    by: frozenset[By]


MOVES: dict[tuple[State, Action], Move] = {
    (State.requested, Action.confirm): Move(State.scheduled, STAFF),
    (State.requested, Action.defer): Move(State.deferred, STAFF),
    (State.scheduled, Action.defer): Move(State.deferred, STAFF),
    (State.deferred, Action.defer): Move(State.deferred, STAFF),
    (State.deferred, Action.confirm): Move(State.scheduled, STAFF),
    (State.deferred, Action.port_completed): Move(State.requested, SYSTEM),
    (State.deferred, Action.port_failed): Move(State.requested, SYSTEM),
    (State.deferred, Action.review_due): Move(State.requested, SYSTEM),
    (State.scheduled, Action.late_port): Move(State.deferred, SYSTEM),
    (State.scheduled, Action.recheck): Move(State.requested, SYSTEM),
    (State.scheduled, Action.reschedule): Move(State.scheduled, STAFF),
    (State.requested, Action.withdraw): Move(State.withdrawn, ANYBODY),
    (State.deferred, Action.withdraw): Move(State.withdrawn, ANYBODY),
    (State.scheduled, Action.withdraw): Move(State.withdrawn, ANYBODY),
    (State.blocked, Action.withdraw): Move(State.withdrawn, STAFF),
    (State.requested, Action.decline): Move(State.declined, STAFF),
    (State.scheduled, Action.begin): Move(State.terminating, SYSTEM),
    (State.terminating, Action.finish): Move(State.terminated, SYSTEM),
    (State.terminating, Action.stop): Move(State.blocked, SYSTEM),
    (State.blocked, Action.retry): Move(State.terminating, STAFF),
    (State.blocked, Action.defer): Move(State.deferred, STAFF),
}

WAKES = frozenset({Action.port_completed, Action.port_failed, Action.review_due, Action.recheck})
"""Moves by which the system wakes a cancellation: each starts the clock `follow_up`."""


class Disposition(StrEnum):
    undecided = "undecided"
    porting = "porting"
    ported = "ported"
    moved = "moved"
    not_needed = "not_needed"


class OrderState(StrEnum):
    requested = "requested"
    committed = "committed"
    completed = "completed"
    rejected = "rejected"
    cancelled = "cancelled"

    @property
    def is_open(self) -> bool:
        return self in (OrderState.requested, OrderState.committed)

    @property
    def has_failed(self) -> bool:
        return self in (OrderState.rejected, OrderState.cancelled)


class Channel(StrEnum):
    phone = "phone"
    email = "email"
    portal = "portal"


class Outcome(StrEnum):
    reached = "reached"
    no_answer = "no_answer"
    voicemail = "voicemail"
    wrong_person = "wrong_person"
    signed = "signed"


class Authentication(StrEnum):
    callback = "callback"
    pin = "pin"
    portal = "portal"
    none = "none"


class Role(StrEnum):
    agent = "agent"
    manager = "manager"
    admin = "admin"


class ClockName(StrEnum):
    first_contact = "first_contact"
    follow_up = "follow_up"


class LetterState(StrEnum):
    waiting = "waiting"
    sending = "sending"
    sent = "sent"
    given_up = "given_up"
    dropped = "dropped"


class StepState(StrEnum):
    """Where one step of a run stands. `unknown`: called, and the answer never came; `stuck`: still
    unknown after all tries."""

    pending = "pending"
    calling = "calling"
    unknown = "unknown"
    done = "done"
    failed = "failed"
    stuck = "stuck"
    skipped = "skipped"
    left_out = "left_out"

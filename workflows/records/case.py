"""A case: one request and its conversation; a cancellation: one location's part of it."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from workflows.records.account import Account, Location
from workflows.records.base import BYTES, Base, one_of
from workflows.records.user import User
from workflows.states import State

if TYPE_CHECKING:
    from workflows.records.promise import Clock
    from workflows.records.word import Word

IS_OPEN = "state NOT IN ('terminated', 'withdrawn', 'declined')"


def _one_open(name: str) -> Index:
    """At most one of a case that was not released yet."""
    is_open = text("released_at IS NULL")
    return Index(name, "case_id", unique=True, sqlite_where=is_open, postgresql_where=is_open)


class Case(Base):
    __tablename__ = "case"
    __table_args__ = (
        Index("ix_case_queue", "closed_at", "queue_group", "queue_at", "id"),
        Index("ix_case_owner_queue", "owner_id", "closed_at", "queue_group", "queue_at", "id"),
        Index("ix_case_customer", "closed_at", "customer", "id"),
        Index("ix_case_owner_customer", "owner_id", "closed_at", "customer", "id"),
        Index("ix_case_wanted", "closed_at", "wanted_for", "id"),
        Index("ix_case_owner_wanted", "owner_id", "closed_at", "wanted_for", "id"),
        {"sqlite_autoincrement": True},
    )
    """References are never given twice: the counter is kept, and may be moved on (see restoring.py)."""

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    requester: Mapped[str]
    """The requester's e-mail address as given. What was sent stands word for word in `Request`."""
    received_at: Mapped[datetime] = mapped_column(index=True)
    closed_at: Mapped[datetime | None]
    anonymised_at: Mapped[datetime | None]
    """When the words of people were taken away: `retention.years` after the end."""
    version: Mapped[int] = mapped_column(default=1)
    """Rises with every act: a page that shows an older one is stale."""
    queue_group: Mapped[int] = mapped_column(default=1)
    queue_at: Mapped[datetime]
    """The place in the agents' queue: see `standing.py`."""
    customer: Mapped[str] = mapped_column(BYTES, default="")
    wanted_for: Mapped[date] = mapped_column(default=date.max)
    """What lists are sorted by: the customer's name in small letters, the date of the most urgent part."""
    idle_since: Mapped[datetime | None]
    """Since when it has neither owner nor running clock nor a date on which something happens."""
    account: Mapped[Account] = relationship()
    owner: Mapped[User | None] = relationship()
    cancellations: Mapped[list["Cancellation"]] = relationship(
        back_populates="case", order_by="Cancellation.id"
    )
    clocks: Mapped[list["Clock"]] = relationship(back_populates="case", order_by="Clock.id")
    words: Mapped[list["Word"]] = relationship(cascade="all, delete-orphan")

    @property
    def reference(self) -> str:
        return f"C-{1000 + self.id}"

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def recipients(self) -> list[str]:
        """The requester and the address of record, each once."""
        both = [self.requester, self.account.address_of_record]
        return both[:1] if both[0].lower() == both[1].lower() else both


class Request(Base):
    """What the customer sent, kept word for word."""

    __tablename__ = "request"
    __table_args__ = (Index("ix_request_category", "category", "case_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), unique=True)
    key: Mapped[str | None] = mapped_column(unique=True)
    """The idempotency key, where one was given."""
    content: Mapped[dict[str, Any]]
    requested_for: Mapped[date]
    reason: Mapped[str]
    category: Mapped[str | None]
    wish: Mapped[str] = mapped_column(default="")
    came_by: Mapped[str]
    """`form`, `api` or `staff`."""
    case: Mapped[Case] = relationship()

    @property
    def authority(self) -> str:
        """By what a new provider asks as the customer's agent; empty where the customer asks."""
        return str(self.content.get("authority", ""))


class Cancellation(Base):
    """One location's cancellation. It carries the state, which only moves.py writes."""

    __tablename__ = "cancellation"
    __table_args__ = (
        one_of("state", State),
        CheckConstraint("state != 'deferred' OR review_on IS NOT NULL", name="deferred_has_review"),
        CheckConstraint("state != 'scheduled' OR run_at IS NOT NULL", name="scheduled_has_run"),
        Index(
            "uq_cancellation_open_location",
            "location_id",
            unique=True,
            sqlite_where=text(IS_OPEN),
            postgresql_where=text(IS_OPEN),
        ),
        Index("ix_cancellation_review_at", "review_at"),
        Index("ix_cancellation_begin_at", "begin_at"),
        Index("ix_cancellation_tomorrow_at", "tomorrow_at"),
        Index("ix_cancellation_state", "state", "run_at"),
        Index("ix_cancellation_asked", "state", "agreed_for", "requested_for", "case_id"),
        Index("ix_cancellation_day_ends_at", "day_ends_at", "state", "ended_at", "case_id", "location_id"),
        Index("ix_cancellation_ended_at", "ended_at", "state", "case_id", "location_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"), index=True)
    state: Mapped[str] = mapped_column(default=State.requested)
    state_since: Mapped[datetime]
    requested_for: Mapped[date]
    agreed_for: Mapped[date | None]
    """The last newly agreed date, in the location's time zone."""
    unsettled_since: Mapped[datetime | None]
    """Since when it is requested or deferred; None otherwise. `renewal_ahead` goes only to these."""
    woken_by: Mapped[str | None]
    """The move by which the system woke it, until the next contact or act."""

    date_wish: Mapped[date | None]
    """Another last day that the customer asked for on the status page, until a date is settled."""
    date_wish_at: Mapped[datetime | None]
    """When they asked for it, until somebody has spoken or written to them since."""

    deferred_on: Mapped[date | None]
    review_on: Mapped[date | None]
    review_at: Mapped[datetime | None]
    review_is_default: Mapped[bool] = mapped_column(default=False)

    confirmed_at: Mapped[datetime | None]
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    plan: Mapped[dict[str, Any]] = mapped_column(default=dict)
    """What was confirmed: steps and what they were derived from. See termination/plan.py."""
    plan_hash: Mapped[str] = mapped_column(default="")
    run_at: Mapped[datetime | None]
    """The moment of its run, stored at the confirmation."""
    day_ends_at: Mapped[datetime | None]
    """The last second of that day at the location: an end after it is not on the date."""
    begin_at: Mapped[datetime | None]
    """When gate B is asked next; None unless scheduled."""
    waits_for: Mapped[list[str]] = mapped_column(default=list)
    """The gate-B codes that hold a run whose moment has come."""
    tomorrow_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    approved_steps: Mapped[list[str]] = mapped_column(default=list)

    blocked_why: Mapped[str] = mapped_column(default="")
    end_reason: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship(back_populates="cancellations")
    location: Mapped[Location] = relationship()
    confirmed_by: Mapped[User | None] = relationship(foreign_keys=[confirmed_by_id])
    approved_by: Mapped[User | None] = relationship(foreign_keys=[approved_by_id])

    @property
    def is_open(self) -> bool:
        return not State(self.state).is_final

    @property
    def wanted_for(self) -> date:
        """The requested or newly agreed date, in the location's time zone."""
        return self.agreed_for or self.requested_for


class Override(Base):
    """A manager's word against one gate-A code of one cancellation."""

    __tablename__ = "override"
    __table_args__ = (Index("ix_override_at", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    cancellation_id: Mapped[int] = mapped_column(ForeignKey("cancellation.id"), index=True)
    code: Mapped[str]
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str]
    at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Held:
    """A manager's word on a case that stands until it is released."""

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    by_id: Mapped[int] = mapped_column(ForeignKey("user.id"))
    reason: Mapped[str]
    at: Mapped[datetime]
    released_at: Mapped[datetime | None]

    @declared_attr
    def by(self) -> Mapped[User]:
        return relationship(User)


class LegalHold(Held, Base):
    """The records of a case are kept, however old they are."""

    __tablename__ = "legal_hold"
    __table_args__ = (_one_open("uq_legal_hold_case_open"),)


class Hold(Held, Base):
    """Nothing of a case ends."""

    __tablename__ = "hold"
    __table_args__ = (_one_open("uq_hold_case_open"),)

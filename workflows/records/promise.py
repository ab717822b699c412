"""The promise timers of a case, and the contacts that keep the promises."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.records.base import Base, one_of
from workflows.records.case import Cancellation, Case
from workflows.states import Authentication, Channel, ClockName, Outcome


class Clock(Base):
    """One promise timer. Its state is computed from these instants, never stored."""

    __tablename__ = "clock"
    __table_args__ = (
        one_of("name", ClockName),
        Index("ix_clock_due", "name", "due_at", "stopped_at", "case_id"),
        Index("ix_clock_stopped", "name", "stopped_at", "started_at", "stopped_by", "case_id"),
        Index(
            "ix_clock_running_risk",
            "at_risk_at",
            sqlite_where=text("stopped_at IS NULL"),
            postgresql_where=text("stopped_at IS NULL"),
        ),
        Index(
            "ix_clock_running_due",
            "due_at",
            sqlite_where=text("stopped_at IS NULL"),
            postgresql_where=text("stopped_at IS NULL"),
        ),
        Index(
            "uq_clock_running",
            "case_id",
            "name",
            unique=True,
            sqlite_where=text("stopped_at IS NULL"),
            postgresql_where=text("stopped_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    name: Mapped[str]
    started_at: Mapped[datetime]
    due_at: Mapped[datetime]
    at_risk_at: Mapped[datetime]
    calendar_version: Mapped[int]
    explanation: Mapped[str]
    """Why it is due when it is, in words."""
    stopped_at: Mapped[datetime | None]
    stopped_by: Mapped[str] = mapped_column(default="")
    """What stopped it: `contact`, `letter`, `moot` and the row's id, such as `letter:12`."""
    moot_at: Mapped[datetime | None]
    """When the case no longer needed it: closed, or (follow_up) nothing was requested any more."""
    told_at_risk: Mapped[bool] = mapped_column(default=False)
    told_breached: Mapped[bool] = mapped_column(default=False)
    case: Mapped[Case] = relationship(back_populates="clocks")


class Contact(Base):
    """One attempt to reach the customer, or the customer's signature on the status page."""

    __tablename__ = "contact"
    __table_args__ = (
        one_of("channel", Channel),
        one_of("outcome", Outcome),
        one_of("authenticated", Authentication),
        Index("ix_contact_at", "at", "by", "outcome", "case_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    cancellation_id: Mapped[int | None] = mapped_column(ForeignKey("cancellation.id"))
    """Set on a signature: it counts for that location alone."""
    at: Mapped[datetime]
    by: Mapped[str]
    channel: Mapped[str]
    outcome: Mapped[str]
    authenticated: Mapped[str] = mapped_column(default=Authentication.none)
    person: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    next_try_at: Mapped[datetime | None]
    struck_at: Mapped[datetime | None]
    struck_by: Mapped[str] = mapped_column(default="")
    struck_why: Mapped[str] = mapped_column(default="")
    case: Mapped[Case] = relationship()
    cancellation: Mapped[Cancellation | None] = relationship()

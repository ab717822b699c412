"""What belongs to the desk as a whole: the stop switch, findings, heartbeats, links, calendars."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.records.base import Base
from workflows.records.user import User


class Stop(Base):
    """The stop switch thrown: open until somebody else starts again."""

    __tablename__ = "stop"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    """None where the desk stopped itself, after a restore."""
    reason: Mapped[str] = mapped_column(default="")
    ended_at: Mapped[datetime | None] = mapped_column(index=True)
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    by: Mapped[User | None] = relationship(foreign_keys=[by_id])

    @property
    def by_whom(self) -> str:
        return self.by.name if self.by else "the desk itself"


class Finding(Base):
    """Something that the reconciler found; each is reported once."""

    __tablename__ = "finding"
    __table_args__ = (UniqueConstraint("code", "subject"), Index("ix_finding_at", "at"))

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str]
    subject: Mapped[str]
    at: Mapped[datetime]
    words: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))


class DayNotice(Base):
    """Something that managers are told once a day of the office, such as `cap_reached`."""

    __tablename__ = "day_notice"

    name: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)


class Beat(Base):
    """The last sign of life of a job, and when it is due next where that is by the clock."""

    __tablename__ = "beat"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    trouble: Mapped[str] = mapped_column(default="")


class Link(Base):
    """A signed link. Only the hash of its token is kept."""

    __tablename__ = "link"

    id: Mapped[int] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    """`status`, `sign`, `handover` or `reset`."""
    token_hash: Mapped[str] = mapped_column(unique=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    address: Mapped[str] = mapped_column(default="")
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class CalendarVersion(Base):
    """Calendar and policy as they were put in force: a change is previewed and confirmed first."""

    __tablename__ = "calendar_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    settings: Mapped[dict[str, Any]]
    policy: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    """None until somebody saves one: the configuration file's is in force."""
    at: Mapped[datetime]
    by: Mapped[str]

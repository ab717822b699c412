"""Accounts, their people and locations, as last read from the platform. Never edited here."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.records.base import BYTES, Base

if TYPE_CHECKING:
    from workflows.records.word import Word


class Account(Base):
    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    address_of_record: Mapped[str]
    read_at: Mapped[datetime]
    people: Mapped[list["Person"]] = relationship(
        back_populates="account", cascade="all, delete-orphan", order_by="Person.id"
    )
    locations: Mapped[list["Location"]] = relationship(back_populates="account", order_by="Location.id")
    words: Mapped[list["Word"]] = relationship(cascade="all, delete-orphan")

    def person(self, email: str) -> "Person | None":
        return next((each for each in self.people if each.email.lower() == email.lower()), None)

    @property
    def owner(self) -> "Person | None":
        return next((each for each in self.people if each.role == "owner"), None)


class Person(Base):
    """An owner or authorised contact: who may end the service."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    email: Mapped[str]
    name: Mapped[str] = mapped_column(default="")
    phone: Mapped[str] = mapped_column(default="")
    role: Mapped[str]
    account: Mapped[Account] = relationship(back_populates="people")


class Location(Base):
    """One PBX: numbers, trunks, services, its bill."""

    __tablename__ = "location"
    __table_args__ = (
        Index("ix_location_renewal_notice_at", "renewal_notice_at"),
        Index(
            "ix_location_active",
            "id",
            sqlite_where=text("ended_at IS NULL"),
            postgresql_where=text("ended_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    ref: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    time_zone: Mapped[str]
    jurisdiction: Mapped[str]
    master_e911: Mapped[str | None]
    trunks: Mapped[int]
    trunks_enabled: Mapped[bool] = mapped_column(default=True)
    services: Mapped[list[str]]
    renews_on: Mapped[date]
    """The next renewal as last read, in the location's time zone."""
    renewal_on: Mapped[bool]
    monthly_price: Mapped[Decimal]
    read_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    """When Lastcall finished its termination."""
    renewal_notice_at: Mapped[datetime | None]
    """When `renewal_ahead` for `renews_on` is due; None once dealt with."""
    hazard_told_at: Mapped[datetime | None]
    """When `e911_hazard` was told: once."""
    account: Mapped[Account] = relationship(back_populates="locations")
    numbers: Mapped[list["Number"]] = relationship(
        back_populates="location", order_by="Number.e164", foreign_keys="Number.location_id"
    )
    words: Mapped[list["Word"]] = relationship(cascade="all, delete-orphan")

    @property
    def is_canadian(self) -> bool:
        return self.jurisdiction.split("-")[0] == "CA"


def _ending(context: Any) -> str:
    return str(context.get_current_parameters()["e164"])[:0:-1]


class Number(Base):
    """One phone number at one location. A number that moves has a row at each location it was seen at."""

    __tablename__ = "number"
    __table_args__ = (
        UniqueConstraint("location_id", "e164"),
        Index("ix_number_e164", "e164"),
        Index("ix_number_ending", "ending"),
        Index(
            "ix_number_porting",
            "location_id",
            sqlite_where=text("disposition = 'porting'"),
            postgresql_where=text("disposition = 'porting'"),
        ),
        Index(
            "ix_number_released",
            "ended_on",
            "e164",
            "location_id",
            sqlite_where=text("ended_as = 'released'"),
            postgresql_where=text("ended_as = 'released'"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(ForeignKey("location.id"))
    e164: Mapped[str]
    ending: Mapped[str] = mapped_column(BYTES, default=_ending)
    """The digits from the last to the first: people search by the end of a number."""
    held: Mapped[bool] = mapped_column(default=True)
    """Whether the platform showed it at this location when last read."""
    disposition: Mapped[str] = mapped_column(default="undecided")
    evidence: Mapped[str] = mapped_column(default="")
    evidence_by: Mapped[str] = mapped_column(default="")
    evidence_at: Mapped[datetime | None]
    moved_to_id: Mapped[int | None] = mapped_column(ForeignKey("location.id"))
    ended_as: Mapped[str | None]
    """`ported`, `moved` or `released`, once it has left for good."""
    ended_on: Mapped[date | None]
    location: Mapped[Location] = relationship(back_populates="numbers", foreign_keys=[location_id])
    moved_to: Mapped[Location | None] = relationship(foreign_keys=[moved_to_id])

    @property
    def last_four(self) -> str:
        return self.e164[-4:]

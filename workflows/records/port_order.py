"""Port-out orders as the losing carriers show them."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.records.base import Base, one_of
from workflows.states import OrderState


class PortOrder(Base):
    __tablename__ = "port_order"
    __table_args__ = (
        one_of("state", OrderState),
        Index("ix_port_order_stale_at", "stale_at"),
        Index("ix_port_order_state", "state", "foc"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(unique=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    state: Mapped[str]
    foc: Mapped[datetime | None]
    first_seen_at: Mapped[datetime]
    read_at: Mapped[datetime]
    completed_at: Mapped[datetime | None]
    """When its completion was first told to us."""
    stale_at: Mapped[datetime | None]
    """When it counts as stale; None while no FOC date is known or once told."""
    stale_told_at: Mapped[datetime | None]
    numbers: Mapped[list["PortOrderNumber"]] = relationship(
        back_populates="order", cascade="all, delete-orphan", order_by="PortOrderNumber.e164"
    )

    @property
    def is_open(self) -> bool:
        return OrderState(self.state).is_open

    @property
    def e164s(self) -> list[str]:
        return [each.e164 for each in self.numbers]


class PortOrderNumber(Base):
    __tablename__ = "port_order_number"
    __table_args__ = (UniqueConstraint("order_id", "e164"), Index("ix_port_order_number_e164", "e164"))

    id: Mapped[int] = mapped_column(primary_key=True)
    order_id: Mapped[int] = mapped_column(ForeignKey("port_order.id"))
    e164: Mapped[str]
    order: Mapped[PortOrder] = relationship(back_populates="numbers")


class Feed(Base):
    """How far a poll has read: the carrier's change number."""

    __tablename__ = "feed"

    name: Mapped[str] = mapped_column(primary_key=True)
    seen: Mapped[int] = mapped_column(default=0)
    read_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(default="")

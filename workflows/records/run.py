"""One execution of a plan and its ledger."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from workflows.records.base import Base, one_of
from workflows.records.case import Cancellation
from workflows.states import StepState


class Run(Base):
    """A cancellation may have several: one that was reverted, and a later one. The newest counts."""

    __tablename__ = "run"
    __table_args__ = (
        Index("ix_run_next_at", "next_at"),
        Index("ix_run_begun_at", "begun_at"),
        Index("ix_run_cancellation", "cancellation_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    cancellation_id: Mapped[int] = mapped_column(ForeignKey("cancellation.id"))
    begun_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    next_at: Mapped[datetime | None]
    """When a worker may take its next step; None while blocked and once ended."""
    lease_until: Mapped[datetime | None]
    worker: Mapped[str] = mapped_column(default="")
    fencing: Mapped[int] = mapped_column(default=0)
    """Rises with every claim; the platform denies an older one."""
    progress_at: Mapped[datetime]
    cancellation: Mapped[Cancellation] = relationship()
    steps: Mapped[list["Step"]] = relationship(back_populates="run", order_by="Step.position")


class Step(Base):
    __tablename__ = "step"
    __table_args__ = (one_of("state", StepState), UniqueConstraint("run_id", "name"))

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("run.id"))
    position: Mapped[int]
    name: Mapped[str]
    state: Mapped[str] = mapped_column(default=StepState.pending)
    tries: Mapped[int] = mapped_column(default=0)
    """Tries since the run began or was last retried."""
    request_id: Mapped[str]
    next_try_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    done_at: Mapped[datetime | None]
    reverted_at: Mapped[datetime | None]
    run: Mapped[Run] = relationship(back_populates="steps")
    calls: Mapped[list["Call"]] = relationship(back_populates="step", order_by="Call.id")


class Call(Base):
    """One call of the platform: the intent is on disk before, the answer after."""

    __tablename__ = "call"

    id: Mapped[int] = mapped_column(primary_key=True)
    step_id: Mapped[int] = mapped_column(ForeignKey("step.id"), index=True)
    name: Mapped[str]
    """The step's name, or `undo:` and the name."""
    fencing: Mapped[int]
    intended_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(default="")
    step: Mapped[Step] = relationship(back_populates="calls")

"""What figures count by.

Revision: 0002, after 0001."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cancellation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("day_ends_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_cancellation_day_ends_at",
            ["day_ends_at", "state", "ended_at", "case_id", "location_id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_cancellation_ended_at", ["ended_at", "state", "case_id", "location_id"], unique=False
        )

    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.create_index("ix_clock_due", ["name", "due_at", "stopped_at", "case_id"], unique=False)
        batch_op.create_index(
            "ix_clock_stopped", ["name", "stopped_at", "started_at", "stopped_by", "case_id"], unique=False
        )

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index("ix_contact_at", ["at", "by", "outcome", "case_id"], unique=False)

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.create_index(
            "ix_event_counted",
            ["name", "at", "case_id"],
            unique=False,
            sqlite_where=sa.text("name IN ('late_port', 'recheck', 'stop', 'disputed')"),
            postgresql_where=sa.text("name IN ('late_port', 'recheck', 'stop', 'disputed')"),
        )

    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.create_index("ix_finding_at", ["at"], unique=False)

    with op.batch_alter_table("number", schema=None) as batch_op:
        batch_op.create_index(
            "ix_number_released",
            ["ended_on", "e164", "location_id"],
            unique=False,
            sqlite_where=sa.text("ended_as = 'released'"),
            postgresql_where=sa.text("ended_as = 'released'"),
        )

    with op.batch_alter_table("override", schema=None) as batch_op:
        batch_op.create_index("ix_override_at", ["at"], unique=False)

    with op.batch_alter_table("port_order", schema=None) as batch_op:
        batch_op.create_index("ix_port_order_state", ["state", "foc"], unique=False)
    _know_the_ends_of_days()


INSTANT = sa.DateTime(timezone=True)
PARTS = sa.table(
    "cancellation",
    sa.column("id"),
    sa.column("location_id"),
    sa.column("run_at", INSTANT),
    sa.column("day_ends_at", INSTANT),
)
PLACES = sa.table("location", sa.column("id"), sa.column("time_zone"))


def _know_the_ends_of_days() -> None:
    """The last second of the day of each run at its location."""
    planned = (
        sa.select(PARTS.c.id, PARTS.c.run_at, PLACES.c.time_zone)
        .join_from(PARTS, PLACES, PARTS.c.location_id == PLACES.c.id)
        .where(PARTS.c.run_at.is_not(None))
    )
    ends = [{"row": part, "ends": _end(at, zone)} for part, at, zone in op.get_bind().execute(planned)]
    if ends:
        write = sa.update(PARTS).where(PARTS.c.id == sa.bindparam("row"))
        op.get_bind().execute(write.values(day_ends_at=sa.bindparam("ends")), ends)


def _end(at: datetime, zone: str) -> datetime:
    known = at if at.tzinfo else at.replace(tzinfo=UTC)
    tomorrow = known.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(0), ZoneInfo(zone)).astimezone(UTC) - timedelta(seconds=1)


def downgrade() -> None:
    with op.batch_alter_table("port_order", schema=None) as batch_op:
        batch_op.drop_index("ix_port_order_state")

    with op.batch_alter_table("override", schema=None) as batch_op:
        batch_op.drop_index("ix_override_at")

    with op.batch_alter_table("number", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_number_released",
            sqlite_where=sa.text("ended_as = 'released'"),
            postgresql_where=sa.text("ended_as = 'released'"),
        )

    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index("ix_finding_at")

    with op.batch_alter_table("event", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_event_counted",
            sqlite_where=sa.text("name IN ('late_port', 'recheck', 'stop', 'disputed')"),
            postgresql_where=sa.text("name IN ('late_port', 'recheck', 'stop', 'disputed')"),
        )

    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.drop_index("ix_contact_at")

    with op.batch_alter_table("clock", schema=None) as batch_op:
        batch_op.drop_index("ix_clock_stopped")
        batch_op.drop_index("ix_clock_due")

    with op.batch_alter_table("cancellation", schema=None) as batch_op:
        batch_op.drop_index("ix_cancellation_ended_at")
        batch_op.drop_index("ix_cancellation_day_ends_at")
        batch_op.drop_column("day_ends_at")

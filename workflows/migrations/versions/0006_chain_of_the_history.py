"""The chain of the history: from where an act came, what joins the lines, and the daily anchors.

Old lines are joined as they stand.

Revision: 0006, after 0005."""

import json
import os
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXTS = ("source", "digest", "salt", "sealed")
AT_ONCE = 1000
event = sa.table(
    "event",
    sa.column("id", WHOLE),
    sa.column("case_id", WHOLE),
    sa.column("cancellation_id", WHOLE),
    sa.column("at", sa.DateTime(timezone=True)),
    sa.column("facts", sa.JSON()),
    *(sa.column(name, sa.String()) for name in ("actor", "name", "from_state", "to_state", "why")),
    *(sa.column(name, sa.String()) for name in TEXTS),
    sa.column("previous_id", WHOLE),
    sa.column("after_id", WHOLE),
)


def upgrade() -> None:
    op.create_table(
        "anchor",
        sa.Column("id", WHOLE, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("through_id", WHOLE, nullable=False),
        sa.Column("lines", WHOLE, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anchor")),
    )
    with op.batch_alter_table("event", schema=None) as batch_op:
        for name in TEXTS:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("previous_id", WHOLE, nullable=True))
        batch_op.add_column(sa.Column("after_id", WHOLE, nullable=True))
    chain_old_lines()


def downgrade() -> None:
    with op.batch_alter_table("event", schema=None) as batch_op:
        for name in ("after_id", "previous_id", *reversed(TEXTS)):
            batch_op.drop_column(name)
    op.drop_table("anchor")


def chain_old_lines() -> None:
    """As chain.py joined them when this revision was written."""
    connection = op.get_bind()
    wanted = sa.select(event).order_by(event.c.id).limit(AT_ONCE)
    written = (
        sa.update(event)
        .where(event.c.id == sa.bindparam("line"))
        .values({name: sa.bindparam(name) for name in ("salt", "previous_id", "after_id", "digest")})
    )
    newest: tuple[int | None, str] = (None, "")
    of_case: dict[int | None, tuple[int | None, str]] = {}
    while rows := connection.execute(wanted.where(event.c.id > (newest[0] or 0))).mappings().all():
        changes = []
        for row in rows:
            previous, salt = of_case.get(row["case_id"], (None, "")), os.urandom(8).hex()
            digest = digest_of_line(previous[1], newest[1], row, salt)
            joined = {"salt": salt, "previous_id": previous[0], "after_id": newest[0], "digest": digest}
            changes.append({"line": row["id"], **joined})
            newest = of_case[row["case_id"]] = (row["id"], digest)
        connection.execute(written, changes)


def digest_of_line(previous: str, after: str, row: Any, salt: str) -> str:
    at: datetime = row["at"] if row["at"].tzinfo else row["at"].replace(tzinfo=UTC)
    plain = [row[name] for name in ("actor", "name", "from_state", "to_state")]
    words = digest_of(salt, row["why"], row["facts"], "")
    where = (row["case_id"], row["cancellation_id"], at.astimezone(UTC).isoformat())
    return digest_of(previous, after, *where, *plain, words)


def digest_of(*parts: Any) -> str:
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=20).hexdigest()

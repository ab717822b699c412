"""Another last day that a customer asks for.

Revision: 0004, after 0003."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cancellation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("date_wish", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("date_wish_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("cancellation", schema=None) as batch_op:
        batch_op.drop_column("date_wish_at")
        batch_op.drop_column("date_wish")

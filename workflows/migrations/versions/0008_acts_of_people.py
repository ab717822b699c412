"""An index on what people did, for the audit.

Revision: 0008, after 0007."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BY_PEOPLE = sa.text("actor != 'system'")


def upgrade() -> None:
    op.create_index(
        "ix_event_person", "event", ["actor", "id"], sqlite_where=BY_PEOPLE, postgresql_where=BY_PEOPLE
    )


def downgrade() -> None:
    op.drop_index("ix_event_person", "event", sqlite_where=BY_PEOPLE, postgresql_where=BY_PEOPLE)

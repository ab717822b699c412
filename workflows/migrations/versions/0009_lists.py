"""What lists are sorted and filtered by, lists under a name, who is looking, what each user likes.

Revision: 0009, after 0008."""

import unicodedata
from datetime import date

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

BYTES = sa.String().with_variant(sa.String(collation="C"), "postgresql")
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MANY = 5000
OF_CASE = {
    "ix_case_customer": ["closed_at", "customer", "id"],
    "ix_case_owner_customer": ["owner_id", "closed_at", "customer", "id"],
    "ix_case_wanted": ["closed_at", "wanted_for", "id"],
    "ix_case_owner_wanted": ["owner_id", "closed_at", "wanted_for", "id"],
}
PLACES = {"blocked": 1, "requested": 3, "deferred": 4}
CLOSED = ("terminated", "withdrawn", "declined")


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("is_shared", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_saved_view_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("user_id", "name", name=op.f("uq_saved_view_user_id_name")),
    )
    op.create_table(
        "viewing",
        sa.Column("case_id", Id, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_viewing_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_viewing_user_id")),
        sa.PrimaryKeyConstraint("case_id", "user_id", name=op.f("pk_viewing")),
    )
    with op.batch_alter_table("viewing", schema=None) as batch_op:
        batch_op.create_index("ix_viewing_seen_at", ["seen_at"], unique=False)
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("is_compact", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("has_keys", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch_op.add_column(sa.Column("given_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.alter_column("is_compact", existing_type=sa.Boolean(), server_default=None)
        batch_op.alter_column("has_keys", existing_type=sa.Boolean(), server_default=None)
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("customer", BYTES, nullable=True))
        batch_op.add_column(sa.Column("wanted_for", sa.Date(), nullable=True))
    fill()
    with op.batch_alter_table("case", schema=None) as batch_op:
        batch_op.alter_column("customer", existing_type=BYTES, nullable=False)
        batch_op.alter_column("wanted_for", existing_type=sa.Date(), nullable=False)
        for name, columns in OF_CASE.items():
            batch_op.create_index(name, columns, unique=False)
    with op.batch_alter_table("cancellation", schema=None) as batch_op:
        batch_op.create_index(
            "ix_cancellation_asked", ["state", "agreed_for", "requested_for", "case_id"], unique=False
        )
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.create_index("ix_request_category", ["category", "case_id"], unique=False)
    with op.batch_alter_table("number", schema=None) as batch_op:
        batch_op.create_index(
            "ix_number_porting",
            ["location_id"],
            unique=False,
            sqlite_where=sa.text("disposition = 'porting'"),
            postgresql_where=sa.text("disposition = 'porting'"),
        )


def downgrade() -> None:
    with op.batch_alter_table("number", schema=None) as batch_op:
        batch_op.drop_index("ix_number_porting")
    with op.batch_alter_table("request", schema=None) as batch_op:
        batch_op.drop_index("ix_request_category")
    with op.batch_alter_table("cancellation", schema=None) as batch_op:
        batch_op.drop_index("ix_cancellation_asked")
    with op.batch_alter_table("case", schema=None) as batch_op:
        for name in OF_CASE:
            batch_op.drop_index(name)
        batch_op.drop_column("wanted_for")
        batch_op.drop_column("customer")
    with op.batch_alter_table("user", schema=None) as batch_op:
        for name in ("given_at", "has_keys", "is_compact"):
            batch_op.drop_column(name)
    op.drop_table("viewing")
    op.drop_table("saved_view")


def fill() -> None:
    """Each case's customer, and the date of its most urgent part."""
    base, known = op.get_bind(), sa.MetaData()
    for name in ("account", "case", "cancellation"):
        sa.Table(name, known, autoload_with=base, resolve_fks=False)
    case, account, part = (known.tables[name] for name in ("case", "account", "cancellation"))
    dates: dict[int, tuple[object, date]] = {}
    for row in base.execute(sa.select(part).order_by(part.c.id)):
        here = place(row), row.agreed_for or row.requested_for
        if row.case_id not in dates or here[0] < dates[row.case_id][0]:  # type: ignore[operator]
            dates[row.case_id] = here
    named = base.execute(
        sa.select(case.c.id, account.c.name).join(account, account.c.id == case.c.account_id)
    )
    rows = [{"row": row.id, "customer": plain(row.name), "wanted_for": dates[row.id][1]} for row in named]
    put = sa.update(case).where(case.c.id == sa.bindparam("row"))
    for start in range(0, len(rows), MANY):
        base.execute(put, rows[start : start + MANY])


def place(row: sa.Row[tuple[object, ...]]) -> tuple[int, float, int]:
    """Where a part stands: open ones by urgency; of closed ones the last that ended is first."""
    if row.state in CLOSED:
        return 9, -(row.ended_at or row.state_since).timestamp(), -row.id
    moment = {
        "blocked": row.state_since,
        "requested": row.agreed_for or row.requested_for,
        "deferred": row.review_on,
    }
    at = moment.get(row.state, row.run_at)
    return (
        PLACES.get(row.state, 5),
        at.toordinal() if type(at) is date else at.timestamp() if at else 1e18,
        row.id,
    )


def plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in apart if not unicodedata.combining(each))

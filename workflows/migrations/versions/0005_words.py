"""Words by which cases are found, and the ends of phone numbers.

Revision: 0005, after 0004."""

import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BYTES = sa.String().with_variant(sa.String(collation="C"), "postgresql")
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MANY = 5000


def upgrade() -> None:
    op.create_table(
        "word",
        sa.Column("id", Id, nullable=False),
        sa.Column("word", BYTES, nullable=False),
        sa.Column("account_id", Id, nullable=True),
        sa.Column("location_id", Id, nullable=True),
        sa.Column("case_id", Id, nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_word_account_id")),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_word_case_id")),
        sa.ForeignKeyConstraint(["location_id"], ["location.id"], name=op.f("fk_word_location_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_word")),
    )
    with op.batch_alter_table("number", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ending", BYTES, nullable=True))
    fill()
    with op.batch_alter_table("number", schema=None) as batch_op:
        batch_op.alter_column("ending", existing_type=BYTES, nullable=False)
        batch_op.create_index("ix_number_ending", ["ending"], unique=False)
    with op.batch_alter_table("word", schema=None) as batch_op:
        batch_op.create_index("ix_word_word", ["word", "account_id", "location_id", "case_id"], unique=False)
        for each in ("account_id", "case_id", "location_id"):
            batch_op.create_index(op.f(f"ix_word_{each}"), [each], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("number", schema=None) as batch_op:
        batch_op.drop_index("ix_number_ending")
        batch_op.drop_column("ending")
    op.drop_table("word")


def fill() -> None:
    """What the rows that are there already are found by."""
    base = op.get_bind()
    known = sa.MetaData()
    for name in ("account", "person", "location", "number", "case", "word"):
        sa.Table(name, known, autoload_with=base, resolve_fks=False)
    tables = known.tables
    numbers = tables["number"]
    ends = [
        {"row": row.id, "to": row.e164[:0:-1]}
        for row in base.execute(sa.select(numbers.c.id, numbers.c.e164))
    ]
    end = sa.update(numbers).where(numbers.c.id == sa.bindparam("row")).values(ending=sa.bindparam("to"))
    put(end, ends)
    found = [
        *(
            ("account_id", row.id, word)
            for row in base.execute(sa.select(tables["account"]))
            for word in of_account(row)
        ),
        *(
            ("account_id", row.account_id, word)
            for row in base.execute(sa.select(tables["person"]))
            for word in of_person(row)
        ),
        *(
            ("location_id", row.id, word)
            for row in base.execute(sa.select(tables["location"]))
            for word in of_location(row)
        ),
        *(
            ("case_id", row.id, word)
            for row in base.execute(sa.select(tables["case"]))
            for word in of_address(row.requester)
        ),
    ]
    empty = {"account_id": None, "location_id": None, "case_id": None}
    put(
        sa.insert(tables["word"]),
        [empty | {key: row, "word": word} for key, row, word in dict.fromkeys(found)],
    )


def put(statement: sa.Executable, rows: list[dict[str, object]]) -> None:
    for start in range(0, len(rows), MANY):
        op.get_bind().execute(statement, rows[start : start + MANY])


def of_account(row: sa.Row[tuple[str, ...]]) -> list[str]:
    return [*words(row.name), *words(row.ref), *of_address(row.address_of_record)]


def of_person(row: sa.Row[tuple[str, ...]]) -> list[str]:
    digits = re.sub(r"\D", "", row.phone)[::-1]
    return [*words(row.name), *of_address(row.email), *(["#" + digits] if digits else [])]


def of_location(row: sa.Row[tuple[str, ...]]) -> list[str]:
    return [*words(row.name), *words(row.ref)]


def of_address(address: str) -> list[str]:
    whole = address.strip().casefold()
    return [whole, whole.rpartition("@")[2]] if whole else []


def words(text: str) -> list[str]:
    apart = unicodedata.normalize("NFKD", text.casefold())
    return re.findall(r"[^\W_]+", "".join(each for each in apart if not unicodedata.combining(each)))

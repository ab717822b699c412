"""Alembic's entrance: the connection handed in by workflows/migrating.py, or that of `flask db`."""

from alembic import context
from sqlalchemy import Connection

from workflows.db import db
from workflows.migrating import ON_ALEMBIC


def migrate(connection: Connection) -> None:
    context.configure(connection=connection, **ON_ALEMBIC)
    with context.begin_transaction():
        context.run_migrations()


handed = context.config.attributes.get("connection")
if handed is not None:
    migrate(handed)
else:
    with db.engine.begin() as own:
        migrate(own)

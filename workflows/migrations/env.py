"""Alembic's entrance: runs the migrations on the connection handed in by workflows/migrating.py."""

from alembic import context

from workflows.migrating import ON_ALEMBIC

context.configure(connection=context.config.attributes["connection"], **ON_ALEMBIC)
with context.begin_transaction():
    context.run_migrations()

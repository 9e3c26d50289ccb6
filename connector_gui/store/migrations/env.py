"""Alembic's entry: runs the migrations on the connection that `store.upgrade` hands over."""

from __future__ import annotations

from alembic import context

from connector_gui.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter most of a table; Alembic then copies it.
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()

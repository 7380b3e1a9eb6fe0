"""Alembic's entry: runs the chain on the connection that `gateway.store.migrate` hands in."""

from alembic import context

from gateway.store.tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=True,
    compare_type=False,
)
with context.begin_transaction():
    context.run_migrations()

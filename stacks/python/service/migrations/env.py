"""What Alembic runs around the revisions in `versions/`: they go through the connection that the caller opened."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
with context.begin_transaction():
    context.run_migrations()

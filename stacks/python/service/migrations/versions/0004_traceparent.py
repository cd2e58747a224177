"""The trace in which an order was made, for the worker to go on with; empty where there are no traces."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("orders", sa.Column("traceparent", sa.Text))


def downgrade() -> None:
    op.drop_column("orders", "traceparent")

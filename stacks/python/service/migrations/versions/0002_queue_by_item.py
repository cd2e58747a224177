"""The worker's queue by item: which items have orders that wait, and which of these waits the longest."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

WAITING = sa.text("status = 'accepted'")


def upgrade() -> None:
    op.drop_index("orders_accepted", "orders")
    op.create_index("orders_accepted", "orders", ["item_id", "id"], postgresql_where=WAITING)


def downgrade() -> None:
    op.drop_index("orders_accepted", "orders")
    op.create_index("orders_accepted", "orders", ["id"], postgresql_where=WAITING)

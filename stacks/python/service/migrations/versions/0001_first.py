"""Users with their profiles, items and orders."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    _users()
    _profiles()
    _items()
    _orders()


def downgrade() -> None:
    for table in ("orders", "items", "profiles", "users"):
        op.drop_table(table)


def _users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        # In the collation "C", lower() changes A to Z and no other letter.
        sa.Column("email", sa.Text(collation="C"), nullable=False),
        sa.Column("age", sa.Integer, nullable=False),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("password_hash", sa.Text, nullable=False),
        sa.CheckConstraint("role IN ('user', 'admin')", name="users_role_check"),
    )
    op.create_index("users_email_key", "users", [sa.text("lower(email)")], unique=True)


def _profiles() -> None:
    op.create_table(
        "profiles",
        sa.Column(
            "user_id",
            sa.BigInteger,
            sa.ForeignKey("users.id", ondelete="CASCADE", name="profiles_user_id_fkey"),
            primary_key=True,
        ),
        sa.Column("bio", sa.Text, nullable=False),
        sa.Column("city", sa.Text, nullable=False),
    )


def _items() -> None:
    op.create_table(
        "items",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("price_cents", sa.Integer, nullable=False),
        sa.Column("initial_stock", sa.BigInteger, nullable=False),
        sa.Column("stock", sa.BigInteger, nullable=False),
        sa.CheckConstraint("stock >= 0", name="items_stock_check"),
    )


def _orders() -> None:
    user, item = (
        sa.ForeignKey("users.id", ondelete="RESTRICT", name="orders_user_id_fkey"),
        sa.ForeignKey("items.id", name="orders_item_id_fkey"),
    )
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("user_id", sa.BigInteger, user, nullable=False),
        sa.Column("item_id", sa.BigInteger, item, nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.Column("idempotency_key", sa.Text, nullable=False),
        sa.Column("mode", sa.Text, nullable=False),
        sa.Column("status", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("mode IN ('sync', 'async')", name="orders_mode_check"),
        sa.CheckConstraint("status IN ('accepted', 'done', 'rejected')", name="orders_status_check"),
        # A key makes one order, also when two requests with it arrive at the same time.
        sa.UniqueConstraint("user_id", "idempotency_key", name="orders_user_id_idempotency_key_key"),
    )
    # The worker's queue: the few orders that wait, and not the millions that are done.
    op.create_index("orders_accepted", "orders", ["id"], postgresql_where=sa.text("status = 'accepted'"))

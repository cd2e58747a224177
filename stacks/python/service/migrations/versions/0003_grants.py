"""What the services' role may do with the tables, which belong to somebody else: the least that its requests need."""

from alembic import op

revision = "0003"
down_revision = "0002"

GRANTS = {
    "users": "SELECT, INSERT, UPDATE, DELETE",
    "profiles": "SELECT, INSERT, UPDATE, DELETE",
    "items": "SELECT, UPDATE (stock)",
    "orders": "SELECT, INSERT, UPDATE",
}


def upgrade() -> None:
    for table, what in GRANTS.items():
        op.execute(f"GRANT {what} ON {table} TO lab")


def downgrade() -> None:
    for table in GRANTS:
        op.execute(f"REVOKE ALL ON {table} FROM lab")

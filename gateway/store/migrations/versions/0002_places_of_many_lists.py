"""How far a place reaches, and quick answers to what refers to a place that a list dropped."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_REFERRING = ("alerts", "incidents", "reports", "subscribers")


def upgrade() -> None:
    op.add_column("places", sa.Column("extent_m", _ID, nullable=False, server_default="0"))
    for table in _REFERRING:
        op.create_index(f"ix_{table}_place_id", table, ["place_id"], unique=False)


def downgrade() -> None:
    for table in _REFERRING:
        op.drop_index(f"ix_{table}_place_id", table_name=table)
    op.drop_column("places", "extent_m")

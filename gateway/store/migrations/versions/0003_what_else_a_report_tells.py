"""What else a report tells: act, numbers, time, casualties, severity, movement."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("reports", sa.Column("facts", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("reports", "facts")

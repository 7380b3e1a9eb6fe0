"""Paths of numbers, the state and use of accounts, old attempts, parts of long messages."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)
_WORD = sa.String(length=64)
_QUEUED = sa.text("state = 'queued'")
_UNPROVEN = sa.text("state = 'submitted' AND priority <= 2 AND hedged_at IS NULL")
_UNJOINED = sa.text("message_id IS NULL")


def upgrade() -> None:
    _accounts()
    _parts()
    op.add_column("subscribers", sa.Column("path", _WORD, nullable=False, server_default=""))
    op.add_column("subscribers", sa.Column("heard_on", _WORD, nullable=True))
    op.add_column("subscribers", sa.Column("reached_by", _WORD, nullable=True))
    op.add_column("deliveries", sa.Column("path", _WORD, nullable=False, server_default=""))
    op.add_column("deliveries", sa.Column("hedged_at", _TIME, nullable=True))
    for name in ("transient", "bad_recipient"):
        op.add_column(
            "receipts", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false())
        )
    op.drop_index("ix_deliveries_open", table_name="deliveries")
    _partial("ix_deliveries_open", ["path", "priority", "distance_m", "id"], _QUEUED)
    _partial("ix_deliveries_unproven", ["submitted_at"], _UNPROVEN)


def downgrade() -> None:
    op.drop_index("ix_deliveries_unproven", table_name="deliveries")
    op.drop_index("ix_deliveries_open", table_name="deliveries")
    _partial("ix_deliveries_open", ["priority", "distance_m", "id"], _QUEUED)
    for table, columns in (
        ("receipts", ("bad_recipient", "transient")),
        ("deliveries", ("hedged_at", "path")),
        ("subscribers", ("reached_by", "heard_on", "path")),
    ):
        for column in columns:
            op.drop_column(table, column)
    for table in ("message_parts", "former_attempts", "account_uses", "account_states"):
        op.drop_table(table)


def _accounts() -> None:
    op.create_table(
        "account_states",
        sa.Column("account", _WORD, nullable=False),
        sa.Column("state", _WORD, nullable=False),
        sa.Column("error", _WORD, nullable=True),
        sa.Column("failures", _ID, nullable=False),
        sa.Column("probes", _ID, nullable=False),
        sa.Column("probe_at", _TIME, nullable=True),
        sa.Column("changed_at", _TIME, nullable=True),
        sa.Column("next_at", _TIME, nullable=True),
        sa.Column("blocked_until", _TIME, nullable=True),
        sa.Column("answer_s", sa.Double(), nullable=True),
        sa.Column("receipt_s", sa.Double(), nullable=True),
        sa.Column("balance", sa.Double(), nullable=True),
        sa.Column("currency", _WORD, nullable=True),
        sa.Column("balance_at", _TIME, nullable=True),
        sa.Column("told_at", _TIME, nullable=True),
        sa.PrimaryKeyConstraint("account", name="pk_account_states"),
    )
    op.create_table(
        "account_uses",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account", _WORD, nullable=False),
        sa.Column("minute", _TIME, nullable=False),
        sa.Column("sms", _ID, nullable=False),
        sa.Column("segments", _ID, nullable=False),
        sa.Column("cost", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_account_uses"),
        sa.UniqueConstraint("account", "minute", name="uq_account_uses_account_minute"),
    )
    op.create_index("ix_account_uses_minute", "account_uses", ["minute"])
    op.create_table(
        "former_attempts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("delivery_id", _ID, nullable=False),
        sa.Column("account", _WORD, nullable=False),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("cause", _WORD, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_former_attempts"),
    )
    op.create_index("ix_former_attempts_provider_id", "former_attempts", ["provider_id"])
    op.create_index("ix_former_attempts_delivery_id", "former_attempts", ["delivery_id"])


def _parts() -> None:
    op.create_table(
        "message_parts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account", _WORD, nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("sender_index", _WORD, nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("reference", _WORD, nullable=False),
        sa.Column("number", _ID, nullable=False),
        sa.Column("total", _ID, nullable=False),
        sa.Column("message_id", _ID, nullable=True),
        sa.Column("received_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_message_parts_message_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_message_parts"),
        sa.UniqueConstraint("account", "provider_id", name="uq_message_parts_account_provider_id"),
    )
    columns = ["sender_index", "reference"]
    op.create_index("ix_message_parts_reference", "message_parts", columns)
    op.create_index(
        "ix_message_parts_waiting",
        "message_parts",
        ["received_at"],
        sqlite_where=_UNJOINED,
        postgresql_where=_UNJOINED,
    )


def _partial(name: str, columns: list[str], where: sa.TextClause) -> None:
    op.create_index(name, "deliveries", columns, sqlite_where=where, postgresql_where=where)

"""Languages of users, presences, the rota, own texts and words, borders, owners of steps."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)
_WORD = sa.String(length=64)


def upgrade() -> None:
    op.add_column("users", sa.Column("language", _WORD, nullable=True))
    _presences()
    _owners()
    _rota()
    _texts()
    _words()
    _borders()
    op.create_index("ix_incidents_opened_at", "incidents", ["opened_at"])


def downgrade() -> None:
    op.drop_index("ix_incidents_opened_at", table_name="incidents")
    for table in (
        "borders", "lexicon_words", "template_texts", "rota_shifts", "step_owners", "presences",
    ):  # fmt: skip
        op.drop_table(table)
    op.drop_column("users", "language")


def _presences() -> None:
    op.create_table(
        "presences",
        sa.Column("incident_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_presences_incident_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_presences_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("incident_id", "user_id", name="pk_presences"),
    )


def _owners() -> None:
    op.create_table(
        "step_owners",
        sa.Column("id", _ID, nullable=False),
        sa.Column("incident_id", _ID, nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_step_owners_incident_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_step_owners_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_step_owners"),
        sa.UniqueConstraint("incident_id", "words", name="uq_step_owners_incident_id_words"),
    )


def _rota() -> None:
    op.create_table(
        "rota_shifts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("position", _ID, nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("hours", _WORD, nullable=False),
        sa.Column("days", _WORD, nullable=False),
        sa.Column("who", _WORD, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rota_shifts"),
        sa.UniqueConstraint("position", name="uq_rota_shifts_position"),
    )


def _texts() -> None:
    op.create_table(
        "template_texts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("language", _WORD, nullable=False),
        sa.Column("name", _WORD, nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("who", _WORD, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_template_texts"),
    )
    op.create_index("ix_template_texts_language_name", "template_texts", ["language", "name"])


def _words() -> None:
    op.create_table(
        "lexicon_words",
        sa.Column("id", _ID, nullable=False),
        sa.Column("language", _WORD, nullable=False),
        sa.Column("hazard", _WORD, nullable=False),
        sa.Column("phrase", sa.String(), nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("who", _WORD, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_lexicon_words"),
    )


def _borders() -> None:
    op.create_table(
        "borders",
        sa.Column("id", _ID, nullable=False),
        sa.Column("country", _WORD, nullable=False),
        sa.Column("level", _ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", _WORD, nullable=False),
        sa.Column("south", sa.Double(), nullable=False),
        sa.Column("west", sa.Double(), nullable=False),
        sa.Column("north", sa.Double(), nullable=False),
        sa.Column("east", sa.Double(), nullable=False),
        sa.Column("rings", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_borders"),
    )
    op.create_index("ix_borders_country_level", "borders", ["country", "level"])

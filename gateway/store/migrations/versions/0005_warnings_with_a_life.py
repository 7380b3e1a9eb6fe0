"""Alerts with areas and rounds; campaigns, replies, ties, playbooks, drills."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TIME = sa.DateTime(timezone=True)
_NEWER = (
    "SELECT id FROM deliveries WHERE round > 0"
    " OR alert_id IN (SELECT id FROM alerts WHERE incident_id IS NULL)"
)


def upgrade() -> None:
    op.create_table(
        "playbook_lines",
        sa.Column("id", _ID, nullable=False),
        sa.Column("hazard", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_playbook_lines"),
        sa.UniqueConstraint("hazard", "language", name="uq_playbook_lines_hazard_language"),
    )
    op.create_table(
        "playbook_steps",
        sa.Column("id", _ID, nullable=False),
        sa.Column("hazard", sa.String(length=64), nullable=False),
        sa.Column("position", _ID, nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_playbook_steps"),
        sa.UniqueConstraint("hazard", "position", name="uq_playbook_steps_hazard_position"),
    )
    op.create_table(
        "place_links",
        sa.Column("id", _ID, nullable=False),
        sa.Column("place_id", _ID, nullable=False),
        sa.Column("other_id", _ID, nullable=False),
        sa.Column("tie", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["other_id"], ["places.id"], name="fk_place_links_other_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name="fk_place_links_place_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_place_links"),
        sa.UniqueConstraint("place_id", "other_id", name="uq_place_links_place_id_other_id"),
    )
    op.create_index("ix_place_links_other_id", "place_links", ["other_id"])

    op.create_table(
        "checklist_ticks",
        sa.Column("id", _ID, nullable=False),
        sa.Column("incident_id", _ID, nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_checklist_ticks_incident_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_checklist_ticks_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_checklist_ticks"),
        sa.UniqueConstraint("incident_id", "words", name="uq_checklist_ticks_incident_id_words"),
    )
    op.create_table(
        "campaigns",
        sa.Column("id", _ID, nullable=False),
        sa.Column("alert_id", _ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("calendar", sa.JSON(), nullable=False),
        sa.Column("due_at", _TIME, nullable=True),
        sa.Column("runs", _ID, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        sa.Column("about_id", _ID, nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["about_id"], ["incidents.id"], name="fk_campaigns_about_id"),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_campaigns_alert_id"),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.UniqueConstraint("alert_id", name="uq_campaigns_alert_id"),
    )
    op.create_index("ix_campaigns_due_at", "campaigns", ["due_at"])

    op.create_table(
        "overrides",
        sa.Column("id", _ID, nullable=False),
        sa.Column("alert_id", _ID, nullable=False),
        sa.Column("version", _ID, nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name="fk_overrides_alert_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_overrides_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
        sa.UniqueConstraint(
            "alert_id", "version", "rule", name="uq_overrides_alert_id_version_rule"
        ),
    )
    op.create_table(
        "alert_replies",
        sa.Column("id", _ID, nullable=False),
        sa.Column("alert_id", _ID, nullable=False),
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("said", sa.String(length=64), nullable=False),
        sa.Column("message_id", _ID, nullable=True),
        sa.Column("place_id", _ID, nullable=True),
        sa.Column("report_id", _ID, nullable=True),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_alert_replies_alert_id"),
        sa.ForeignKeyConstraint(
            ["message_id"], ["messages.id"], name="fk_alert_replies_message_id"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name="fk_alert_replies_place_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_alert_replies_report_id"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_alert_replies_subscriber_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert_replies"),
        sa.UniqueConstraint(
            "alert_id", "subscriber_id", name="uq_alert_replies_alert_id_subscriber_id"
        ),
    )
    op.create_table(
        "campaign_runs",
        sa.Column("id", _ID, nullable=False),
        sa.Column("campaign_id", _ID, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("round", _ID, nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=False),
        sa.Column("people", _ID, nullable=False),
        sa.Column("capped", _ID, nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaigns.id"], name="fk_campaign_runs_campaign_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_campaign_runs"),
        sa.UniqueConstraint("campaign_id", "due_at", name="uq_campaign_runs_campaign_id_due_at"),
    )
    with op.batch_alter_table("alerts") as batch:
        batch.add_column(sa.Column("area", sa.JSON(none_as_null=True), nullable=True))
        batch.add_column(sa.Column("starts_at", _TIME, nullable=True))
        batch.add_column(sa.Column("repeat_minutes", _ID, nullable=True))
        batch.add_column(sa.Column("approvals_needed", _ID, nullable=False, server_default="1"))
        batch.add_column(sa.Column("round", _ID, nullable=False, server_default="0"))
        batch.add_column(sa.Column("spread_ring", _ID, nullable=False, server_default="-1"))
        batch.add_column(sa.Column("spread_at", _TIME, nullable=True))
        batch.add_column(sa.Column("next_round_at", _TIME, nullable=True))
        batch.add_column(sa.Column("glass_by", _ID, nullable=True))
        batch.add_column(sa.Column("glass_at", _TIME, nullable=True))
        batch.add_column(sa.Column("glass_reason", sa.Text(), nullable=True))
        batch.add_column(
            sa.Column("glass_broken", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("review", sa.Text(), nullable=True))
        batch.add_column(sa.Column("reviewed_by", _ID, nullable=True))
        batch.add_column(sa.Column("reviewed_at", _TIME, nullable=True))
        batch.alter_column("incident_id", nullable=True)
        batch.create_index("ix_alerts_glass_at", ["glass_at"])
        batch.create_index("ix_alerts_next_round_at", ["next_round_at"])
        batch.create_foreign_key("fk_alerts_reviewed_by", "users", ["reviewed_by"], ["id"])
        batch.create_foreign_key("fk_alerts_glass_by", "users", ["glass_by"], ["id"])
    op.execute("UPDATE alerts SET spread_at = approved_at")  # their outbox was written whole

    with op.batch_alter_table("calls") as batch:
        batch.add_column(sa.Column("alert_id", _ID, nullable=True))
        batch.alter_column("incident_id", nullable=True)
        batch.create_unique_constraint(
            "uq_calls_alert_id_cause_step_user_id", ["alert_id", "cause", "step", "user_id"]
        )
        batch.create_foreign_key("fk_calls_alert_id", "alerts", ["alert_id"], ["id"])

    with op.batch_alter_table("deliveries") as batch:
        batch.add_column(sa.Column("round", _ID, nullable=False, server_default="0"))
        for name in ("alert_id", "subscriber_id", "user_id", "exercise_id"):
            batch.drop_constraint(f"fk_deliveries_{name}", type_="foreignkey")
        batch.drop_constraint("uq_deliveries_alert_id_subscriber_id", type_="unique")
        batch.create_unique_constraint(
            "uq_deliveries_alert_id_subscriber_id_round", ["alert_id", "subscriber_id", "round"]
        )

    with op.batch_alter_table("exercises") as batch:
        batch.add_column(
            sa.Column("volunteers", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        batch.add_column(sa.Column("facts", sa.JSON(none_as_null=True), nullable=True))

    with op.batch_alter_table("subscribers") as batch:
        batch.add_column(
            sa.Column("drills", sa.Boolean(), nullable=False, server_default=sa.false())
        )

    with op.batch_alter_table("users") as batch:
        batch.add_column(sa.Column("drilled_at", _TIME, nullable=True))
        batch.add_column(sa.Column("drill_reminded_at", _TIME, nullable=True))


def downgrade() -> None:
    op.drop_table("campaign_runs")
    op.drop_table("alert_replies")
    op.drop_table("overrides")
    op.drop_index("ix_campaigns_due_at", table_name="campaigns")
    op.drop_table("campaigns")
    op.drop_table("checklist_ticks")
    op.drop_index("ix_place_links_other_id", table_name="place_links")
    op.drop_table("place_links")
    op.drop_table("playbook_steps")
    op.drop_table("playbook_lines")
    op.execute("UPDATE receipts SET delivery_id = NULL WHERE delivery_id IN (" + _NEWER + ")")  # noqa: S608
    op.execute("DELETE FROM deliveries WHERE id IN (" + _NEWER + ")")  # noqa: S608
    op.execute("DELETE FROM calls WHERE incident_id IS NULL")
    op.execute("DELETE FROM alerts WHERE incident_id IS NULL")
    with op.batch_alter_table("users") as batch:
        batch.drop_column("drill_reminded_at")
        batch.drop_column("drilled_at")

    with op.batch_alter_table("subscribers") as batch:
        batch.drop_column("drills")

    with op.batch_alter_table("exercises") as batch:
        batch.drop_column("facts")
        batch.drop_column("volunteers")

    with op.batch_alter_table("deliveries") as batch:
        batch.drop_constraint("uq_deliveries_alert_id_subscriber_id_round", type_="unique")
        batch.create_unique_constraint(
            "uq_deliveries_alert_id_subscriber_id", ["alert_id", "subscriber_id"]
        )
        for table in ("alert", "subscriber", "user", "exercise"):
            name = f"{table}_id"
            batch.create_foreign_key(f"fk_deliveries_{name}", f"{table}s", [name], ["id"])
        batch.drop_column("round")

    with op.batch_alter_table("calls") as batch:
        batch.drop_constraint("fk_calls_alert_id", type_="foreignkey")
        batch.drop_constraint("uq_calls_alert_id_cause_step_user_id", type_="unique")
        batch.alter_column("incident_id", nullable=False)
        batch.drop_column("alert_id")

    with op.batch_alter_table("alerts") as batch:
        batch.drop_constraint("fk_alerts_glass_by", type_="foreignkey")
        batch.drop_constraint("fk_alerts_reviewed_by", type_="foreignkey")
        batch.drop_index("ix_alerts_next_round_at")
        batch.drop_index("ix_alerts_glass_at")
        batch.alter_column("incident_id", nullable=False)
        batch.drop_column("reviewed_at")
        batch.drop_column("reviewed_by")
        batch.drop_column("review")
        batch.drop_column("glass_broken")
        batch.drop_column("glass_reason")
        batch.drop_column("glass_at")
        batch.drop_column("glass_by")
        batch.drop_column("next_round_at")
        batch.drop_column("spread_at")
        batch.drop_column("spread_ring")
        batch.drop_column("round")
        batch.drop_column("approvals_needed")
        batch.drop_column("repeat_minutes")
        batch.drop_column("starts_at")
        batch.drop_column("area")

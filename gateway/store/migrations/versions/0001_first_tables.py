"""The first tables: people, messages, places, incidents, alerts, records."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_subject", "audit", ["subject"], unique=False)
    op.create_table(
        "beats",
        sa.Column("job", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("job", name="pk_beats"),
    )
    op.create_table(
        "exercises",
        sa.Column("id", _ID, nullable=False),
        sa.Column("scenario", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_exercises"),
    )
    op.create_table(
        "moves",
        sa.Column("id", _ID, nullable=False),
        sa.Column("machine", sa.String(length=64), nullable=False),
        sa.Column("row_id", _ID, nullable=False),
        sa.Column("origin", sa.String(length=64), nullable=False),
        sa.Column("target", sa.String(length=64), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_moves"),
    )
    op.create_index("ix_moves_machine_row_id", "moves", ["machine", "row_id"], unique=False)
    op.create_table(
        "places",
        sa.Column("id", _ID, nullable=False),
        sa.Column("country", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("source_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("county", sa.String(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("population", _ID, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_places"),
        sa.UniqueConstraint(
            "country", "source", "source_id", name="uq_places_country_source_source_id"
        ),
    )
    op.create_index("ix_places_country", "places", ["country"], unique=False)
    op.create_index("ix_places_name", "places", ["name"], unique=False)
    op.create_table(
        "sign_in_attempts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("who_index", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_attempts"),
    )
    op.create_index("ix_sign_in_attempts_at", "sign_in_attempts", ["at"], unique=False)
    op.create_index(
        "ix_sign_in_attempts_who_index", "sign_in_attempts", ["who_index"], unique=False
    )
    op.create_table(
        "users",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("role", sa.String(length=64), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.Column("epoch", _ID, nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("name", name="uq_users_name"),
    )
    op.create_table(
        "incidents",
        sa.Column("id", _ID, nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("hazard", sa.String(length=64), nullable=False),
        sa.Column("place_id", _ID, nullable=True),
        sa.Column("place_name", sa.String(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("precision_m", _ID, nullable=True),
        sa.Column("placed_by", sa.String(length=64), nullable=False),
        sa.Column("reliability", sa.String(length=64), nullable=False),
        sa.Column("credibility", _ID, nullable=False),
        sa.Column("reports", _ID, nullable=False),
        sa.Column("sources", _ID, nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_report_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("merged_into_id", _ID, nullable=True),
        sa.Column("exercise_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercises.id"], name="fk_incidents_exercise_id"),
        sa.ForeignKeyConstraint(
            ["merged_into_id"], ["incidents.id"], name="fk_incidents_merged_into_id"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name="fk_incidents_place_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_incidents"),
    )
    op.create_index("ix_incidents_state", "incidents", ["state"], unique=False)
    op.create_index(
        "ix_incidents_state_last_report_at", "incidents", ["state", "last_report_at"], unique=False
    )
    op.create_table(
        "place_aliases",
        sa.Column("id", _ID, nullable=False),
        sa.Column("place_id", _ID, nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name="fk_place_aliases_place_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_place_aliases"),
        sa.UniqueConstraint("place_id", "name", name="uq_place_aliases_place_id_name"),
    )
    op.create_table(
        "subscribers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("pseudonym", sa.String(length=64), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("phone_index", sa.String(length=64), nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=64), nullable=True),
        sa.Column("place_id", _ID, nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("cell", _ID, nullable=True),
        sa.Column("focal_point", sa.Boolean(), nullable=False),
        sa.Column("reliability", sa.String(length=64), nullable=False),
        sa.Column("exercise_id", _ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["exercise_id"], ["exercises.id"], name="fk_subscribers_exercise_id"
        ),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name="fk_subscribers_place_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_subscribers"),
        sa.UniqueConstraint("phone_index", name="uq_subscribers_phone_index"),
        sa.UniqueConstraint("pseudonym", name="uq_subscribers_pseudonym"),
    )
    op.create_index("ix_subscribers_cell_state", "subscribers", ["cell", "state"], unique=False)
    op.create_table(
        "alerts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("incident_id", _ID, nullable=False),
        sa.Column("refers_to_id", _ID, nullable=True),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("msg_type", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=64), nullable=False),
        sa.Column("hazard", sa.String(length=64), nullable=False),
        sa.Column("urgency", sa.String(length=64), nullable=False),
        sa.Column("severity", sa.String(length=64), nullable=False),
        sa.Column("certainty", sa.String(length=64), nullable=False),
        sa.Column("place_id", _ID, nullable=True),
        sa.Column("place_name", sa.String(), nullable=False),
        sa.Column("lat", sa.Double(), nullable=False),
        sa.Column("lon", sa.Double(), nullable=False),
        sa.Column("radius_m", _ID, nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", _ID, nullable=False),
        sa.Column("drafted_by", _ID, nullable=False),
        sa.Column("submitted_by", _ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("content_hash", sa.String(length=64), nullable=True),
        sa.Column("audience", _ID, nullable=False),
        sa.Column("exercise_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["drafted_by"], ["users.id"], name="fk_alerts_drafted_by"),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercises.id"], name="fk_alerts_exercise_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_alerts_incident_id"),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name="fk_alerts_place_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(["refers_to_id"], ["alerts.id"], name="fk_alerts_refers_to_id"),
        sa.ForeignKeyConstraint(["submitted_by"], ["users.id"], name="fk_alerts_submitted_by"),
        sa.PrimaryKeyConstraint("id", name="pk_alerts"),
    )
    op.create_index("ix_alerts_incident_id", "alerts", ["incident_id"], unique=False)
    op.create_index("ix_alerts_state", "alerts", ["state"], unique=False)
    op.create_table(
        "messages",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=True),
        sa.Column("sender_index", sa.String(length=64), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("opt", sa.String(length=64), nullable=True),
        sa.Column("media", _ID, nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=True),
        sa.Column("subscriber_id", _ID, nullable=True),
        sa.Column("exercise_id", _ID, nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failure", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercises.id"], name="fk_messages_exercise_id"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_messages_subscriber_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_messages"),
        sa.UniqueConstraint("account", "provider_id", name="uq_messages_account_provider_id"),
    )
    op.create_index(
        "ix_messages_failed",
        "messages",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'failed'"),
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.create_index(
        "ix_messages_received",
        "messages",
        ["id"],
        unique=False,
        sqlite_where=sa.text("state = 'received'"),
        postgresql_where=sa.text("state = 'received'"),
    )
    op.create_index("ix_messages_received_at", "messages", ["received_at"], unique=False)
    op.create_index("ix_messages_sender_index", "messages", ["sender_index"], unique=False)
    op.create_table(
        "subscriptions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("place_id", _ID, nullable=False),
        sa.Column("joined_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name="fk_subscriptions_place_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_subscriptions_subscriber_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_subscriptions"),
        sa.UniqueConstraint(
            "subscriber_id", "place_id", name="uq_subscriptions_subscriber_id_place_id"
        ),
    )
    op.create_index("ix_subscriptions_place_id", "subscriptions", ["place_id"], unique=False)
    op.create_table(
        "alert_texts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("alert_id", _ID, nullable=False),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name="fk_alert_texts_alert_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_alert_texts"),
        sa.UniqueConstraint("alert_id", "language", name="uq_alert_texts_alert_id_language"),
    )
    op.create_table(
        "approvals",
        sa.Column("id", _ID, nullable=False),
        sa.Column("alert_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("version", _ID, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["alert_id"], ["alerts.id"], name="fk_approvals_alert_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_approvals_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_approvals"),
        sa.UniqueConstraint(
            "alert_id", "user_id", "version", name="uq_approvals_alert_id_user_id_version"
        ),
    )
    op.create_table(
        "consents",
        sa.Column("id", _ID, nullable=False),
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("via", sa.String(length=64), nullable=False),
        sa.Column("message_id", _ID, nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_consents_message_id"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"],
            ["subscribers.id"],
            name="fk_consents_subscriber_id",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_consents"),
    )
    op.create_index("ix_consents_subscriber_id", "consents", ["subscriber_id"], unique=False)
    op.create_table(
        "deliveries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("alert_id", _ID, nullable=True),
        sa.Column("subscriber_id", _ID, nullable=True),
        sa.Column("user_id", _ID, nullable=True),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("reference", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("priority", _ID, nullable=False),
        sa.Column("distance_m", _ID, nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", _ID, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=True),
        sa.Column("provider_id", sa.String(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("doubtful", sa.Boolean(), nullable=False),
        sa.Column("exercise_id", _ID, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["alert_id"], ["alerts.id"], name="fk_deliveries_alert_id"),
        sa.ForeignKeyConstraint(
            ["exercise_id"], ["exercises.id"], name="fk_deliveries_exercise_id"
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_deliveries_subscriber_id"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_deliveries_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_deliveries"),
        sa.UniqueConstraint(
            "alert_id", "subscriber_id", name="uq_deliveries_alert_id_subscriber_id"
        ),
        sa.UniqueConstraint("reference", name="uq_deliveries_reference"),
    )
    op.create_index(
        "ix_deliveries_claimed",
        "deliveries",
        ["lease_until"],
        unique=False,
        sqlite_where=sa.text("state IN ('claimed', 'unknown')"),
        postgresql_where=sa.text("state IN ('claimed', 'unknown')"),
    )
    op.create_index(
        "ix_deliveries_open",
        "deliveries",
        ["priority", "distance_m", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.create_index("ix_deliveries_provider_id", "deliveries", ["provider_id"], unique=False)
    op.create_index(
        "ix_deliveries_subscriber_id_kind", "deliveries", ["subscriber_id", "kind"], unique=False
    )
    op.create_table(
        "reports",
        sa.Column("id", _ID, nullable=False),
        sa.Column("message_id", _ID, nullable=False),
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("incident_id", _ID, nullable=True),
        sa.Column("copy_of_id", _ID, nullable=True),
        sa.Column("copy_index", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("hazard", sa.String(length=64), nullable=False),
        sa.Column("hazards", sa.JSON(), nullable=False),
        sa.Column("place_id", _ID, nullable=True),
        sa.Column("place_name", sa.String(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("lon", sa.Double(), nullable=True),
        sa.Column("precision_m", _ID, nullable=True),
        sa.Column("role", sa.String(length=64), nullable=True),
        sa.Column("found_by", sa.String(length=64), nullable=True),
        sa.Column("certainty", sa.Double(), nullable=True),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("match_why", sa.Text(), nullable=False),
        sa.Column("exercise_id", _ID, nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["copy_of_id"], ["reports.id"], name="fk_reports_copy_of_id"),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercises.id"], name="fk_reports_exercise_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_reports_incident_id"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_reports_message_id"),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name="fk_reports_place_id", ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_reports_subscriber_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
        sa.UniqueConstraint("message_id", name="uq_reports_message_id"),
    )
    op.create_index("ix_reports_copy_index", "reports", ["copy_index"], unique=False)
    op.create_index("ix_reports_incident_id", "reports", ["incident_id"], unique=False)
    op.create_index("ix_reports_received_at", "reports", ["received_at"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("id", _ID, nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("provider_id", sa.String(), nullable=False),
        sa.Column("reference", sa.String(length=64), nullable=True),
        sa.Column("delivery_id", _ID, nullable=True),
        sa.Column("status", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=True),
        sa.Column("error_code", sa.String(length=64), nullable=True),
        sa.Column("opted_out", sa.Boolean(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["delivery_id"], ["deliveries.id"], name="fk_receipts_delivery_id"),
        sa.PrimaryKeyConstraint("id", name="pk_receipts"),
    )
    op.create_index("ix_receipts_delivery_id", "receipts", ["delivery_id"], unique=False)
    op.create_index(
        "ix_receipts_waiting",
        "receipts",
        ["account", "provider_id"],
        unique=False,
        sqlite_where=sa.text("delivery_id IS NULL"),
        postgresql_where=sa.text("delivery_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_receipts_waiting",
        table_name="receipts",
        sqlite_where=sa.text("delivery_id IS NULL"),
        postgresql_where=sa.text("delivery_id IS NULL"),
    )
    op.drop_index("ix_receipts_delivery_id", table_name="receipts")
    op.drop_table("receipts")
    op.drop_index("ix_reports_received_at", table_name="reports")
    op.drop_index("ix_reports_incident_id", table_name="reports")
    op.drop_index("ix_reports_copy_index", table_name="reports")
    op.drop_table("reports")
    op.drop_index("ix_deliveries_subscriber_id_kind", table_name="deliveries")
    op.drop_index("ix_deliveries_provider_id", table_name="deliveries")
    op.drop_index(
        "ix_deliveries_open",
        table_name="deliveries",
        sqlite_where=sa.text("state = 'queued'"),
        postgresql_where=sa.text("state = 'queued'"),
    )
    op.drop_index(
        "ix_deliveries_claimed",
        table_name="deliveries",
        sqlite_where=sa.text("state IN ('claimed', 'unknown')"),
        postgresql_where=sa.text("state IN ('claimed', 'unknown')"),
    )
    op.drop_table("deliveries")
    op.drop_index("ix_consents_subscriber_id", table_name="consents")
    op.drop_table("consents")
    op.drop_table("approvals")
    op.drop_table("alert_texts")
    op.drop_index("ix_subscriptions_place_id", table_name="subscriptions")
    op.drop_table("subscriptions")
    op.drop_index("ix_messages_sender_index", table_name="messages")
    op.drop_index("ix_messages_received_at", table_name="messages")
    op.drop_index(
        "ix_messages_received",
        table_name="messages",
        sqlite_where=sa.text("state = 'received'"),
        postgresql_where=sa.text("state = 'received'"),
    )
    op.drop_index(
        "ix_messages_failed",
        table_name="messages",
        sqlite_where=sa.text("state = 'failed'"),
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.drop_table("messages")
    op.drop_index("ix_alerts_state", table_name="alerts")
    op.drop_index("ix_alerts_incident_id", table_name="alerts")
    op.drop_table("alerts")
    op.drop_index("ix_subscribers_cell_state", table_name="subscribers")
    op.drop_table("subscribers")
    op.drop_table("place_aliases")
    op.drop_index("ix_incidents_state_last_report_at", table_name="incidents")
    op.drop_index("ix_incidents_state", table_name="incidents")
    op.drop_table("incidents")
    op.drop_table("users")
    op.drop_index("ix_sign_in_attempts_who_index", table_name="sign_in_attempts")
    op.drop_index("ix_sign_in_attempts_at", table_name="sign_in_attempts")
    op.drop_table("sign_in_attempts")
    op.drop_index("ix_places_name", table_name="places")
    op.drop_index("ix_places_country", table_name="places")
    op.drop_table("places")
    op.drop_index("ix_moves_machine_row_id", table_name="moves")
    op.drop_table("moves")
    op.drop_table("exercises")
    op.drop_table("beats")
    op.drop_index("ix_audit_subject", table_name="audit")
    op.drop_table("audit")

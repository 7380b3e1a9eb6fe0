"""Matching by cells and marks, questions to people, calls to coordinators, casualties, risks."""

from datetime import timedelta
from typing import Any

import h3.api.basic_int as h3
import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_RESOLUTION = 5


def upgrade() -> None:
    op.create_table(
        "risk_notices",
        sa.Column("id", _ID, nullable=False),
        sa.Column("area", sa.String(), nullable=False),
        sa.Column("factor", _ID, nullable=False),
        sa.Column("week", sa.DateTime(timezone=True), nullable=False),
        sa.Column("count", _ID, nullable=False),
        sa.Column("expected", sa.Double(), nullable=False),
        sa.Column("threshold", sa.Double(), nullable=False),
        sa.Column("seen_by", sa.String(length=64), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_risk_notices"),
        sa.UniqueConstraint("area", "factor", "week", name="uq_risk_notices_area_factor_week"),
    )
    op.create_index("ix_risk_notices_week", "risk_notices", ["week"])
    op.create_table(
        "place_marks",
        sa.Column("id", _ID, nullable=False),
        sa.Column("place_id", _ID, nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("radius_m", _ID, nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["place_id"], ["places.id"], name="fk_place_marks_place_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_place_marks"),
        sa.UniqueConstraint("place_id", "mark", name="uq_place_marks_place_id_mark"),
    )
    op.create_table(
        "calls",
        sa.Column("id", _ID, nullable=False),
        sa.Column("incident_id", _ID, nullable=False),
        sa.Column("user_id", _ID, nullable=False),
        sa.Column("cause", sa.String(length=64), nullable=False),
        sa.Column("step", _ID, nullable=False),
        sa.Column("code_index", sa.String(length=64), nullable=False),
        sa.Column("code_until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_calls_incident_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_calls_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.UniqueConstraint(
            "incident_id",
            "cause",
            "step",
            "user_id",
            name="uq_calls_incident_id_cause_step_user_id",
        ),
    )
    op.create_index("ix_calls_user_id_at", "calls", ["user_id", "at"])
    op.create_table(
        "incident_factors",
        sa.Column("id", _ID, nullable=False),
        sa.Column("incident_id", _ID, nullable=False),
        sa.Column("factor", _ID, nullable=False),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_incident_factors_incident_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_incident_factors"),
        sa.UniqueConstraint("incident_id", "factor", name="uq_incident_factors_incident_id_factor"),
    )
    op.create_table(
        "casualties",
        sa.Column("id", _ID, nullable=False),
        sa.Column("report_id", _ID, nullable=True),
        sa.Column("incident_id", _ID, nullable=True),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("low", _ID, nullable=True),
        sa.Column("high", _ID, nullable=True),
        sa.Column("who", sa.String(length=64), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_casualties_incident_id"
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_casualties_report_id"),
        sa.PrimaryKeyConstraint("id", name="pk_casualties"),
    )
    op.create_index("ix_casualties_incident_id", "casualties", ["incident_id"])
    op.create_index("ix_casualties_report_id", "casualties", ["report_id"])
    op.create_table(
        "inquiries",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("subscriber_id", _ID, nullable=False),
        sa.Column("incident_id", _ID, nullable=True),
        sa.Column("report_id", _ID, nullable=True),
        sa.Column("number", _ID, nullable=False),
        sa.Column("place_name", sa.String(), nullable=True),
        sa.Column("distance_m", _ID, nullable=True),
        sa.Column("hazard", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=64), nullable=False),
        sa.Column("answer", sa.String(length=64), nullable=True),
        sa.Column("message_id", _ID, nullable=True),
        sa.Column("asked_by", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("remind_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("exercise_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["exercise_id"], ["exercises.id"], name="fk_inquiries_exercise_id"),
        sa.ForeignKeyConstraint(["incident_id"], ["incidents.id"], name="fk_inquiries_incident_id"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_inquiries_message_id"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_inquiries_report_id"),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_inquiries_subscriber_id"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_inquiries"),
    )
    op.create_index("ix_inquiries_incident_id", "inquiries", ["incident_id"])
    op.create_index("ix_inquiries_report_id", "inquiries", ["report_id"])
    op.create_index(
        "ix_inquiries_subscriber_id_asked_at", "inquiries", ["subscriber_id", "asked_at"]
    )
    op.create_index(
        "ix_inquiries_waiting",
        "inquiries",
        ["expires_at"],
        **_where("state IN ('proposed', 'asked')"),
    )
    op.create_table(
        "placements",
        sa.Column("id", _ID, nullable=False),
        sa.Column("report_id", _ID, nullable=False),
        sa.Column("from_id", _ID, nullable=True),
        sa.Column("to_id", _ID, nullable=False),
        sa.Column("act", sa.String(length=64), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("who", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["from_id"], ["incidents.id"], name="fk_placements_from_id"),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_placements_report_id"),
        sa.ForeignKeyConstraint(["to_id"], ["incidents.id"], name="fk_placements_to_id"),
        sa.PrimaryKeyConstraint("id", name="pk_placements"),
    )
    op.create_index("ix_placements_from_id", "placements", ["from_id"])
    op.create_index("ix_placements_report_id", "placements", ["report_id"])
    op.create_index("ix_placements_to_id", "placements", ["to_id"])
    op.create_table(
        "report_cells",
        sa.Column("cell", _ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name="fk_report_cells_report_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("cell", "at", "report_id", name="pk_report_cells"),
    )
    op.create_index("ix_report_cells_report_id", "report_cells", ["report_id"])
    op.create_table(
        "report_marks",
        sa.Column("mark", _ID, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("report_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name="fk_report_marks_report_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("mark", "at", "report_id", name="pk_report_marks"),
    )
    op.create_index("ix_report_marks_report_id", "report_marks", ["report_id"])
    op.create_table(
        "suggestions",
        sa.Column("id", _ID, nullable=False),
        sa.Column("report_id", _ID, nullable=False),
        sa.Column("incident_id", _ID, nullable=False),
        sa.Column("score", sa.Double(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=64), nullable=False),
        sa.Column("decided_by", sa.String(length=64), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name="fk_suggestions_incident_id"
        ),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_suggestions_report_id"),
        sa.PrimaryKeyConstraint("id", name="pk_suggestions"),
        sa.UniqueConstraint(
            "report_id", "incident_id", name="uq_suggestions_report_id_incident_id"
        ),
    )
    op.create_index("ix_suggestions_incident_id", "suggestions", ["incident_id"])
    op.create_index("ix_suggestions_open", "suggestions", ["report_id"], **_where("state = 'open'"))
    op.add_column("incidents", sa.Column("grade_why", sa.Text(), nullable=True))
    op.add_column("incidents", sa.Column("contradictions", _ID, nullable=False, server_default="0"))
    op.add_column("incidents", sa.Column("severity", sa.String(length=64), nullable=True))
    op.add_column(
        "incidents",
        sa.Column("coordinated", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.add_column(
        "incidents",
        sa.Column("hazard_by", sa.String(length=64), nullable=False, server_default="reports"),
    )
    op.add_column("incidents", sa.Column("area", sa.String(), nullable=True))
    op.add_column(
        "incidents", sa.Column("first_report_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "incidents",
        sa.Column(
            "owner_id", _ID, sa.ForeignKey("users.id", name="fk_incidents_owner_id"), nullable=True
        ),
        inline_references=True,
    )
    op.add_column("incidents", sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("incidents", sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("incidents", sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("incidents", sa.Column("judged_grade", sa.String(length=64), nullable=True))
    op.add_column("incidents", sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "incidents", sa.Column("reached_50_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column(
        "incidents", sa.Column("reached_90_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("incidents", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("incidents", sa.Column("tagged_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reports", sa.Column("copy_kind", sa.String(length=64), nullable=True))
    op.add_column(
        "reports",
        sa.Column("stance", sa.String(length=64), nullable=False, server_default="witness"),
    )
    op.add_column(
        "reports",
        sa.Column(
            "contradicts_id",
            _ID,
            sa.ForeignKey("incidents.id", name="fk_reports_contradicts_id"),
            nullable=True,
        ),
        inline_references=True,
    )
    op.add_column("reports", sa.Column("happened_from", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reports", sa.Column("happened_to", sa.DateTime(timezone=True), nullable=True))
    op.add_column("reports", sa.Column("armed", _ID, nullable=True))
    op.add_column("reports", sa.Column("from_lat", sa.Double(), nullable=True))
    op.add_column("reports", sa.Column("from_lon", sa.Double(), nullable=True))
    op.add_column("reports", sa.Column("to_lat", sa.Double(), nullable=True))
    op.add_column("reports", sa.Column("to_lon", sa.Double(), nullable=True))
    op.add_column("reports", sa.Column("bearing_deg", _ID, nullable=True))
    op.add_column("reports", sa.Column("travel", sa.String(length=64), nullable=True))
    op.create_index(
        "ix_reports_contradicts_id",
        "reports",
        ["contradicts_id"],
        **_where("contradicts_id IS NOT NULL"),
    )
    op.create_index(
        "ix_reports_copy_of_id", "reports", ["copy_of_id"], **_where("copy_of_id IS NOT NULL")
    )
    op.create_index(
        "ix_reports_subscriber_id_received_at", "reports", ["subscriber_id", "received_at"]
    )
    op.add_column("subscribers", sa.Column("quiet_hours", _ID, nullable=True))
    op.add_column(
        "subscribers", sa.Column("quiet_due_at", sa.DateTime(timezone=True), nullable=True)
    )
    op.add_column("users", sa.Column("totp_secret", sa.Text(), nullable=True))
    op.add_column("users", sa.Column("totp_step", _ID, nullable=True))
    op.create_index(
        "ix_incidents_merged_into_id",
        "incidents",
        ["merged_into_id"],
        **_where("merged_into_id IS NOT NULL"),
    )
    op.drop_index("ix_reports_copy_index", table_name="reports")
    op.drop_column("reports", "copy_index")  # report_marks do its work
    _index_open_reports()


def downgrade() -> None:
    op.add_column("reports", sa.Column("copy_index", sa.String(length=64), nullable=True))
    op.create_index("ix_reports_copy_index", "reports", ["copy_index"])
    op.drop_index("ix_incidents_merged_into_id", table_name="incidents")
    op.drop_index("ix_reports_subscriber_id_received_at", table_name="reports")
    op.drop_index("ix_reports_copy_of_id", table_name="reports")
    op.drop_index("ix_reports_contradicts_id", table_name="reports")
    op.drop_index("ix_suggestions_open", table_name="suggestions")
    op.drop_index("ix_suggestions_incident_id", table_name="suggestions")
    op.drop_table("suggestions")
    op.drop_index("ix_report_marks_report_id", table_name="report_marks")
    op.drop_table("report_marks")
    op.drop_index("ix_report_cells_report_id", table_name="report_cells")
    op.drop_table("report_cells")
    op.drop_index("ix_placements_to_id", table_name="placements")
    op.drop_index("ix_placements_report_id", table_name="placements")
    op.drop_index("ix_placements_from_id", table_name="placements")
    op.drop_table("placements")
    op.drop_index("ix_inquiries_waiting", table_name="inquiries")
    op.drop_index("ix_inquiries_subscriber_id_asked_at", table_name="inquiries")
    op.drop_index("ix_inquiries_report_id", table_name="inquiries")
    op.drop_index("ix_inquiries_incident_id", table_name="inquiries")
    op.drop_table("inquiries")
    op.drop_index("ix_casualties_report_id", table_name="casualties")
    op.drop_index("ix_casualties_incident_id", table_name="casualties")
    op.drop_table("casualties")
    op.drop_table("incident_factors")
    op.drop_index("ix_calls_user_id_at", table_name="calls")
    op.drop_table("calls")
    op.drop_table("place_marks")
    op.drop_index("ix_risk_notices_week", table_name="risk_notices")
    op.drop_table("risk_notices")
    with op.batch_alter_table("users") as batch:
        for column in ("totp_step", "totp_secret"):
            batch.drop_column(column)
    with op.batch_alter_table("subscribers") as batch:
        for column in ("quiet_due_at", "quiet_hours"):
            batch.drop_column(column)
    with op.batch_alter_table("reports") as batch:
        for column in (
            "travel",
            "bearing_deg",
            "to_lon",
            "to_lat",
            "armed",
            "from_lon",
            "from_lat",
            "happened_to",
            "happened_from",
            "contradicts_id",
            "stance",
            "copy_kind",
        ):
            batch.drop_column(column)
    with op.batch_alter_table("incidents") as batch:
        for column in (
            "tagged_at",
            "told_at",
            "reached_90_at",
            "reached_50_at",
            "approved_at",
            "judged_grade",
            "judged_at",
            "asked_at",
            "taken_at",
            "owner_id",
            "hazard_by",
            "first_report_at",
            "area",
            "coordinated",
            "severity",
            "contradictions",
            "grade_why",
        ):
            batch.drop_column(column)


def _where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def _index_open_reports() -> None:
    """What is open goes on gathering reports: its own ones must be found by their cells."""
    connection = op.get_bind()
    reports = sa.table(
        "reports",
        sa.column("id", _ID),
        sa.column("incident_id", _ID),
        sa.column("lat", sa.Double()),
        sa.column("lon", sa.Double()),
        sa.column("received_at", sa.DateTime(timezone=True)),
    )
    incidents = sa.table("incidents", sa.column("id", _ID), sa.column("state", sa.String()))
    cells = sa.table(
        "report_cells",
        sa.column("cell", _ID),
        sa.column("at", sa.DateTime(timezone=True)),
        sa.column("report_id", _ID),
    )
    newest = connection.scalar(sa.select(sa.func.max(reports.c.received_at)))
    if newest is None:
        return
    rows = connection.execute(
        sa.select(reports.c.id, reports.c.lat, reports.c.lon, reports.c.received_at)
        .join(incidents, incidents.c.id == reports.c.incident_id)
        .where(
            incidents.c.state.in_(("open", "verified")),
            reports.c.lat.is_not(None),
            reports.c.received_at >= newest - timedelta(days=4),
        )
    ).all()
    for row in rows:
        cell = h3.latlng_to_cell(row.lat, row.lon, _RESOLUTION)
        values = {"cell": cell, "at": row.received_at, "report_id": row.id}
        connection.execute(cells.insert().values(**values))

"""All row classes; importing this package fills the metadata."""

from gateway.store.tables.alerts import Alert, AlertText, Approval, Delivery, Receipt
from gateway.store.tables.asking import Inquiry
from gateway.store.tables.base import Base
from gateway.store.tables.duty import Call
from gateway.store.tables.incidents import (
    Casualty,
    Incident,
    Placement,
    Report,
    ReportCell,
    ReportMark,
    Suggestion,
)
from gateway.store.tables.messages import Exercise, Message
from gateway.store.tables.people import Consent, SignInAttempt, Subscriber, Subscription, User
from gateway.store.tables.places import Place, PlaceAlias, PlaceMark
from gateway.store.tables.records import AuditRow, Beat, Move
from gateway.store.tables.risk import IncidentFactor, RiskNotice

__all__ = [
    "Alert",
    "AlertText",
    "Approval",
    "AuditRow",
    "Base",
    "Beat",
    "Call",
    "Casualty",
    "Consent",
    "Delivery",
    "Exercise",
    "Incident",
    "IncidentFactor",
    "Inquiry",
    "Message",
    "Move",
    "Place",
    "PlaceAlias",
    "PlaceMark",
    "Placement",
    "Receipt",
    "Report",
    "ReportCell",
    "ReportMark",
    "RiskNotice",
    "SignInAttempt",
    "Subscriber",
    "Subscription",
    "Suggestion",
    "User",
]

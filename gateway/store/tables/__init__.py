"""All row classes; importing this package fills the metadata."""

from gateway.store.tables.alerts import Alert, AlertText, Approval, Delivery, Receipt
from gateway.store.tables.base import Base
from gateway.store.tables.incidents import Incident, Report
from gateway.store.tables.messages import Exercise, Message
from gateway.store.tables.people import Consent, SignInAttempt, Subscriber, Subscription, User
from gateway.store.tables.places import Place, PlaceAlias
from gateway.store.tables.records import AuditRow, Beat, Move

__all__ = [
    "Alert",
    "AlertText",
    "Approval",
    "AuditRow",
    "Base",
    "Beat",
    "Consent",
    "Delivery",
    "Exercise",
    "Incident",
    "Message",
    "Move",
    "Place",
    "PlaceAlias",
    "Receipt",
    "Report",
    "SignInAttempt",
    "Subscriber",
    "Subscription",
    "User",
]

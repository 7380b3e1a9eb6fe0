"""All row classes; importing this package fills the metadata."""

from gateway.store.tables.alerts import (
    Alert,
    AlertReply,
    AlertText,
    Approval,
    Delivery,
    Override,
    Receipt,
)
from gateway.store.tables.asking import Inquiry
from gateway.store.tables.base import Base
from gateway.store.tables.campaigns import Campaign, CampaignRun
from gateway.store.tables.duty import Call, Presence, RotaShift
from gateway.store.tables.incidents import (
    Casualty,
    Incident,
    Placement,
    Report,
    ReportCell,
    ReportMark,
    Suggestion,
)
from gateway.store.tables.messages import Exercise, Message, MessagePart
from gateway.store.tables.people import Consent, SignInAttempt, Subscriber, Subscription, User
from gateway.store.tables.places import Border, Place, PlaceAlias, PlaceLink, PlaceMark
from gateway.store.tables.playbooks import ChecklistTick, PlaybookLine, PlaybookStep, StepOwner
from gateway.store.tables.records import AuditRow, Beat, Move
from gateway.store.tables.risk import IncidentFactor, RiskNotice
from gateway.store.tables.roads import AccountState, AccountUse, FormerAttempt
from gateway.store.tables.words import LexiconWord, TemplateText

__all__ = [
    "AccountState",
    "AccountUse",
    "Alert",
    "AlertReply",
    "AlertText",
    "Approval",
    "AuditRow",
    "Base",
    "Beat",
    "Border",
    "Call",
    "Campaign",
    "CampaignRun",
    "Casualty",
    "ChecklistTick",
    "Consent",
    "Delivery",
    "Exercise",
    "FormerAttempt",
    "Incident",
    "IncidentFactor",
    "Inquiry",
    "LexiconWord",
    "Message",
    "MessagePart",
    "Move",
    "Override",
    "Place",
    "PlaceAlias",
    "PlaceLink",
    "PlaceMark",
    "Placement",
    "PlaybookLine",
    "PlaybookStep",
    "Presence",
    "Receipt",
    "Report",
    "ReportCell",
    "ReportMark",
    "RiskNotice",
    "RotaShift",
    "SignInAttempt",
    "StepOwner",
    "Subscriber",
    "Subscription",
    "Suggestion",
    "TemplateText",
    "User",
]

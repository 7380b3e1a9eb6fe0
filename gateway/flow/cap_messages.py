"""Makes the CAP message of a stored alert: the approved texts and area, and no word of people."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any, get_args
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts.cap import (
    Category,
    Certainty,
    Code,
    Info,
    Message,
    Reference,
    ResponseType,
    Severity,
    Urgency,
)
from gateway.alerts.cap_area import PlaceFacts, cap_area
from gateway.alerts.headlines import headline
from gateway.flow.reaching import due_time
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime
from gateway.store.tables import Alert, AlertText, Place
from gateway.terms.area import Area

_OWN = frozenset({"coordinator", "operator"})  # places of no list that partners could know
_EXERCISE = "This is an exercise. Nothing happened; nothing need be done."
_CANCELLED = "This warning was cancelled. Please do not pass it on."
_RESTRICTION = "For holders of a key to this feed."


def message_of(runtime: Runtime, session: Session, alert: Alert) -> Message:
    """The message of an alert that was approved; two calls give the same."""
    hazard = runtime.hazards.get(alert.hazard) or runtime.hazards["other"]
    campaign = alert.purpose == "campaign"
    zone = alert.zone
    area = cap_area(zone, alert.place_name, alert.place_id, _places(session, alert, zone))
    info = tuple(
        Info(
            language=text.language,
            categories=(_known(hazard.cap_category, Category, "Other"),),
            event="Public information" if campaign else hazard.cap_event,
            responses=_responses(alert.purpose, hazard.cap_response),
            urgency=_known(alert.urgency, Urgency, "Unknown"),
            severity=_known(alert.severity, Severity, "Unknown"),
            certainty=_known(alert.certainty, Certainty, "Unknown"),
            event_codes=(Code("gateway-hazard", alert.hazard),),
            effective=effective_at(runtime, alert).astimezone(runtime.zone),
            expires=alert.expires_at.astimezone(runtime.zone),
            sender_name=runtime.settings.service_name,
            headline=headline(text.body),
            description=text.body,
            area=area,
        )
        for text in _in_order(alert.texts, runtime.settings.languages)
    )
    return Message(
        **_envelope(runtime, alert),
        identifier=identifier_of(runtime.settings, alert.id),
        sent=sent_at(alert).astimezone(runtime.zone),
        msg_type=alert.msg_type,  # type: ignore[arg-type]
        note=_EXERCISE if alert.exercise_id is not None else "",
        references=_references(runtime, session, alert),
        info=info,
    )


def withdrawal_of(runtime: Runtime, alert: Alert, cancelled_at: datetime) -> Message:
    """The Cancel that holds from the moment of cancelling, before anybody approved its words."""
    note = _EXERCISE if alert.exercise_id is not None else _CANCELLED
    return Message(
        **_envelope(runtime, alert),
        identifier=f"{identifier_of(runtime.settings, alert.id)}-C",
        sent=cancelled_at.astimezone(runtime.zone),
        msg_type="Cancel",
        note=note,
        references=(_reference(runtime, alert),),
    )


def identifier_of(settings: Settings, alert_id: int) -> str:
    """The name of an alert among partners: the gateway's host and the number of its page."""
    return f"{_host(settings)}-W{alert_id}"


def sent_at(alert: Alert) -> datetime:
    """The moment from which it may not change."""
    return alert.approved_at or alert.created_at


def effective_at(runtime: Runtime, alert: Alert) -> datetime:
    """When people begin to be told: at approval, at its start, or after the quiet hours."""
    return due_time(runtime, alert, sent_at(alert))


def _envelope(runtime: Runtime, alert: Alert) -> dict[str, Any]:
    settings = runtime.settings
    return {
        "sender": _sender(settings),
        "status": alert.status,
        "scope": "Public" if settings.feeds.public else "Restricted",
        "restriction": "" if settings.feeds.public else _RESTRICTION,
        "incidents": () if alert.incident_id is None else (f"incident-{alert.incident_id}",),
    }


def _references(runtime: Runtime, session: Session, alert: Alert) -> tuple[Reference, ...]:
    """The alert that it follows, and what that one followed as far as it was still in force."""
    found: list[Reference] = []
    later = alert
    while later.refers_to_id is not None and later.refers_to_id < later.id:
        earlier = session.get_one(Alert, later.refers_to_id)
        if later is alert or (earlier.approved_at and earlier.expires_at > sent_at(alert)):
            found.append(_reference(runtime, earlier))
        later = earlier
    return tuple(reversed(found))


def _reference(runtime: Runtime, alert: Alert) -> Reference:
    return Reference(
        _sender(runtime.settings),
        identifier_of(runtime.settings, alert.id),
        sent_at(alert).astimezone(runtime.zone),
    )


def _places(session: Session, alert: Alert, zone: Area) -> dict[int, PlaceFacts]:
    wanted = {spot.place_id for spot in zone.spots}
    wanted |= set() if alert.place_id is None else {alert.place_id}
    if not wanted:
        return {}
    rows = select(Place.id, Place.extent_m, Place.source, Place.source_id)
    return {
        place_id: PlaceFacts(extent_m, None if source in _OWN else Code(source, source_id))
        for place_id, extent_m, source, source_id in session.execute(
            rows.where(Place.id.in_(wanted))
        )
    }


def _responses(purpose: str, of_hazard: Sequence[str]) -> tuple[ResponseType, ...]:
    """A cancel asks for nothing; a reminder calls for no action of an alerting system."""
    if purpose == "warning":
        return tuple(_known(one, ResponseType, "Monitor") for one in of_hazard)
    return {"all_clear": ("AllClear",), "campaign": ("None",)}.get(purpose, ())  # type: ignore[return-value]


def _known(value: str, words: Any, otherwise: str) -> Any:
    return value if value in get_args(words) else otherwise


def _in_order(texts: Sequence[AlertText], languages: Sequence[str]) -> list[AlertText]:
    """The deployment's usual language first."""
    rank = {language: number for number, language in enumerate(languages)}
    return sorted(texts, key=lambda text: (rank.get(text.language, len(rank)), text.language))


def _sender(settings: Settings) -> str:
    return settings.feeds.sender or f"alerts@{_host(settings)}"


def _host(settings: Settings) -> str:
    return re.sub(r"[^A-Za-z0-9.-]", "-", urlsplit(settings.public_url).hostname or "gateway")

"""Feeds a recorded message through the real rooms at its own time; nothing is sent."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow import take_in
from gateway.providers.base import InboundSms
from gateway.runtime import Runtime
from gateway.store.history import move
from gateway.store.tables import Delivery, Incident, Inquiry, Message, Place, Report
from gateway.subscribers import membership
from gateway.terms.phones import normalise

_ACCOUNT = "replay"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of a message; None where there is nothing to say."""

    kind: str
    report: int | None = None
    incident: int | None = None
    hazard: str | None = None
    lat: float | None = None
    lon: float | None = None
    copy_of: int | None = None
    grade: str | None = None


def replay_message(
    runtime: Runtime, *, provider_id: str, sender: str, text: str, now: datetime, home: Any = None
) -> Replayed:
    """Keeps and reads one message as if it came in at `now`, and withdraws its answers."""
    runtime.clock = lambda: now
    if home:
        _settle(runtime, sender, home, now)
    sms = InboundSms(provider_id=provider_id, sender=sender, recipient="", text=text)
    kept = take_in.keep(runtime, _ACCOUNT, [sms], now)
    try:
        return _read(runtime, kept[0], now)
    except Exception as error:
        if not take_in.is_at_fault(error):
            raise
        take_in.fail(runtime, kept[0], error)
        return Replayed(kind="failed")


def _read(runtime: Runtime, message_id: int, now: datetime) -> Replayed:
    """In one transaction with the withdrawal, so that no worker ever sees an answer waiting."""
    with runtime.database.writing() as session:
        message = session.get_one(Message, message_id, with_for_update=True)
        if message.state == "received":
            take_in.process(runtime, session, message, now)
            session.flush()
        _withdraw_answers(session, now)
        return _outcome(session, message_id)


def _settle(runtime: Runtime, sender: str, home: Any, now: datetime) -> None:
    """Gives the sender the home place that the recording knows of."""
    phone = normalise(sender, runtime.settings.country)
    name = home.get("name") if isinstance(home, dict) else home
    if phone is None or not name:
        return
    with runtime.database.writing() as session:
        found = runtime.gazetteer(session).search(str(name), limit=1)
        if found:
            person = membership.subscriber_of(session, runtime.keys, phone, now)
            place = session.get_one(Place, found[0].entry.id)
            membership.set_home(session, person, place, now=now)


def _withdraw_answers(session: Session, now: datetime) -> None:
    """Only what this message brought about: in a deployment real warnings may be waiting."""
    queued = select(Delivery).where(Delivery.state == "queued", Delivery.created_at == now)
    for delivery in session.scalars(queued):
        move(session, delivery, "withdrawn", who="replay", why="a replay sends nothing", now=now)
        delivery.settled_at = now
    asked = select(Inquiry).where(Inquiry.state == "asked", Inquiry.asked_at == now)
    for inquiry in session.scalars(asked):
        move(session, inquiry, "withdrawn", who="replay", why="a replay asks nobody", now=now)


def _outcome(session: Session, message_id: int) -> Replayed:
    message = session.get_one(Message, message_id)
    report = session.scalar(select(Report).where(Report.message_id == message_id))
    if report is None or report.incident_id is None:
        return Replayed(kind=message.kind or "failed")
    incident = session.get_one(Incident, report.incident_id)
    return Replayed(
        kind="report",
        report=report.id,
        incident=incident.id,
        hazard=report.hazard,
        lat=report.lat,
        lon=report.lon,
        copy_of=report.copy_of_id,
        grade=incident.grade,
    )

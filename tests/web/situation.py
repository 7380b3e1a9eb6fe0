"""A small situation made through the real doors: members, hostile reports, a warning."""

import uuid
from dataclasses import dataclass

from flask import Flask
from sqlalchemy import select

from gateway.flow import alerting, judging, take_in
from gateway.providers.base import InboundSms
from gateway.runtime import Runtime
from gateway.store.tables import Alert, Incident, User
from tests.make import make_place, make_subscriber, make_user

WITNESS, COPIER, MEMBER = "+254700000101", "+254700000102", "+254700000103"
INSIDE = "0722 123 456"  # a number that a report mentions
REPORT = f"Armed men are coming to Moa now <script>alert('x')</script> \u202ereversed call {INSIDE}"
NUMBERS = ("700000101", "700000102", "700000103", "722123456", "722 123 456", "700000199")


@dataclass
class Situation:
    """One incident of two reports (the second a copy), and who works on it."""

    runtime: Runtime
    incident_id: int
    asha: User
    bakari: User


def hear(runtime: Runtime, sender: str, text: str) -> None:
    """A message arrives and is read."""
    account = next(iter(runtime.settings.providers))
    sms = InboundSms(provider_id=uuid.uuid4().hex, sender=sender, recipient="20880", text=text)
    take_in.keep(runtime, account, [sms], runtime.clock())
    take_in.process_waiting(runtime, 10)


def make_situation(app: Flask) -> Situation:
    """Reports are read by the real pipeline."""
    runtime: Runtime = app.extensions["gateway"]
    with runtime.database.writing() as session:
        moa = make_place(session)
        make_subscriber(session, runtime.keys, MEMBER, place_id=moa.id)
        asha, bakari = make_user(session, "asha"), make_user(session, "bakari")
        asha.phone, bakari.phone = "+254700000199", None
    hear(runtime, WITNESS, REPORT)
    hear(runtime, COPIER, REPORT)
    with runtime.database.reading() as session:
        incident_id = session.scalars(select(Incident.id)).one()
    return Situation(runtime, incident_id, asha, bakari)


def make_draft(situation: Situation) -> Alert:
    """The incident verified and a warning drafted by Asha."""
    now = situation.runtime.clock()
    with situation.runtime.database.writing() as session:
        judging.verify(session, situation.incident_id, situation.asha, "seen by two", now)
        return alerting.draft(
            situation.runtime, session, situation.incident_id, situation.asha, now
        )

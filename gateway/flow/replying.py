"""Hears warned people say that they are safe, ask for help, or have moved."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.dispatch.audience import was_sent
from gateway.flow import answering, calling
from gateway.flow.crying import report_cry
from gateway.flow.naming import places_named
from gateway.inbox.safety import Said
from gateway.runtime import Runtime
from gateway.store.once import insert_once
from gateway.store.tables import (
    Alert,
    AlertReply,
    Delivery,
    Incident,
    Message,
    Move,
    Place,
    Report,
    Subscriber,
)
from gateway.understanding.folding import fold

log = structlog.get_logger()
AFTER = timedelta(hours=24)  # since its end: people still write of a warning that is over
_HOLDS, _ENDED = ("approved", "live"), ("expired", "cancelled")


def hear(
    runtime: Runtime, session: Session, person: Subscriber, message: Message, now: datetime
) -> str | None:
    """Takes SAFE, HELP or MOVED of somebody who was warned, and says what kind of message it was.

    None: it is read as any message; a longer cry goes to `hear_cry` afterwards.
    """
    said = runtime.keywords.parse_safety(message.body or "")
    if said is None or said.more:
        return None
    alert = _warning_of(session, person, message.received_at)
    if alert is None:
        return None
    place, clear = _place_named(runtime, session, said)
    if not clear:
        return None
    ear = _Ear(runtime, session, person, message, alert, now)
    if said.name != "help":
        ear.note(said.name, place.id if place else None)
        ear.answer(said.name)
        return "answer"
    ear.cry(place)
    command = answering.command_in(runtime, message)
    if command is not None and command.name == "help":  # it may only have been the menu
        answering.obey(runtime, session, person, message, command, now)
    return "report"


def hear_cry(
    runtime: Runtime,
    session: Session,
    person: Subscriber,
    message: Message,
    kind: str,
    now: datetime,
) -> str:
    """A cry in front of a longer text of somebody who was warned; its news stays as it was read.

    Says what kind of message it was, `kind` if it is none.
    """
    said = runtime.keywords.parse_safety(message.body or "")
    if said is None or said.name != "help":
        return kind
    alert = _warning_of(session, person, message.received_at)
    if alert is None:
        return kind
    ear = _Ear(runtime, session, person, message, alert, now)
    report = session.scalar(select(Report).where(Report.message_id == message.id))
    if report is None:
        ear.cry(None)
        return "report"
    ear.note("help", report.place_id, report)
    ear.call(session.get_one(Incident, report.incident_id))
    ear.answer("help")
    return kind


@dataclass(frozen=True, slots=True)
class _Ear:
    """One message of one warned person."""

    runtime: Runtime
    session: Session
    person: Subscriber
    message: Message
    alert: Alert
    now: datetime

    def cry(self, named: Place | None) -> None:
        """A report at once, and coordinators called at once."""
        incident, report = report_cry(
            self.runtime, self.session, self.person, self.message, self.alert, named, self.now
        )
        self.note("help", report.place_id, report)
        self.call(incident)
        self.answer("help")

    def note(self, said: str, place_id: int | None, report: Report | None = None) -> None:
        """The last word of the person counts, in the order in which they wrote."""
        key = {"alert_id": self.alert.id, "subscriber_id": self.person.id}
        word: dict[str, Any] = {
            "said": said,
            "message_id": self.message.id,
            "at": self.message.received_at,
        }
        if report is not None:
            word["report_id"] = report.id
        home = None if said == "moved" else self.person.place_id
        first = key | word | {"place_id": place_id or home}
        if insert_once(self.session, AlertReply, first, on=tuple(key)) is not None:
            return
        if place_id is not None or said != "safe":  # who moved and is safe is safe there
            word["place_id"] = place_id
        reply = self.session.scalars(
            select(AlertReply).filter_by(**key).with_for_update(),
            execution_options={"populate_existing": True},
        ).one()
        if reply.at <= self.message.received_at:
            for name, value in word.items():
                setattr(reply, name, value)

    def call(self, incident: Incident) -> None:
        """Coordinators hear of it now, unless they did."""
        warning = self.alert.id
        called = calling.call_to_help(self.runtime, self.session, incident, warning, self.now)
        log.warning("help asked", alert=warning, incident=incident.id, called=called)

    def answer(self, said: str) -> None:
        """Short, and nothing of what happened: somebody else may hold the phone."""
        if self.runtime.settings.policy.acknowledge == "off":
            return
        language = self.person.language or self.runtime.settings.languages[0]
        text = wording.render(language, f"reply_{said}")
        if self.alert.exercise_id is not None:
            text = wording.render(language, "exercise", text=text)
        answering.answer(self.runtime, self.session, self.person, text, self.now)


def _warning_of(session: Session, person: Subscriber, at: datetime) -> Alert | None:
    """The warning that somebody speaks of at that time: a real one before an exercise, one that
    holds before one that is over, then the newest."""
    ended = (
        select(func.max(Move.at))
        .where(Move.machine == "alert", Move.row_id == Alert.id, Move.target.in_(_ENDED))
        .scalar_subquery()
    )
    return session.scalar(
        select(Alert)
        .join(Delivery, Delivery.alert_id == Alert.id)
        .where(
            Delivery.subscriber_id == person.id,
            Delivery.kind == "alert",
            was_sent(),
            Alert.purpose == "warning",
            or_(Alert.state.in_(_HOLDS), and_(Alert.state.in_(_ENDED), ended >= at - AFTER)),
        )
        .order_by(
            Alert.exercise_id.is_not(None),
            Alert.state.not_in(_HOLDS),
            Alert.approved_at.desc(),
            Alert.id.desc(),
        )
        .limit(1)
    )


def _place_named(runtime: Runtime, session: Session, said: Said) -> tuple[Place | None, bool]:
    """The place that follows, if one does; False where the words tell something else.

    Words that nothing leads ("HELP Kipini") must be the very name of a place.
    """
    if not said.place:
        return None, True
    places = places_named(runtime, session, said.place)
    if not said.led:
        places = [place for place in places if fold(place.name) == fold(said.place)]
    return places[0] if len(places) == 1 else None, said.led or bool(places)

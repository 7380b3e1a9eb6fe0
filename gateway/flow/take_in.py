"""From a webhook to a report in its incident: keep, answer, then read."""

import json
from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gateway.dispatch.routing import EXERCISE_PATH, path_of
from gateway.flow import answering, asking_back, hearing, keeping, ordering, replying
from gateway.flow.rules import matching_rules, reader, stance_of
from gateway.inbox.keywords import Command
from gateway.inbox.receive import Origin
from gateway.incidents.casualties import claim
from gateway.incidents.gathering import gather
from gateway.incidents.severity import count_in
from gateway.plumbing import metrics
from gateway.providers.base import InboundSms
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.history import move
from gateway.store.tables import Incident, Message, Report, Subscriber
from gateway.subscribers.membership import subscriber_of
from gateway.terms.geo import Position
from gateway.terms.phones import normalise
from gateway.understanding.gazetteer import Entry
from gateway.understanding.reading import Reading, as_json, understand

log = structlog.get_logger()
_WHO = "gateway"
_FACTS = ("act", "count", "when", "casualties", "severity", "movement", "choices")
_RECENT = 50  # incidents that make a place near them the likelier


def keep(
    runtime: Runtime,
    account: str,
    messages: Sequence[InboundSms],
    now: datetime,
    *,
    exercise_id: int | None = None,
) -> list[int]:
    """Commits each message exactly once, returns the new ones' ids; the caller may then answer.

    A STOP is obeyed in the very transaction that keeps it. Parts of a long message are on disk too,
    and make a message as soon as all are there.
    """
    origin = Origin(account, runtime.settings.country, exercise_id)
    keeper = keeping.Keeper(runtime, origin, now, partial(_obey, runtime, now))
    kept = [message_id for sms in messages for message_id in keeper.keep(sms)]
    runtime.database.nudge("take_in")
    return kept


def join_overdue(runtime: Runtime) -> int:
    """Makes messages of parts that waited for others for a minute; returns how many."""
    made = keeping.join_overdue(runtime, partial(_obey, runtime, runtime.clock()))
    if made:
        runtime.database.nudge("take_in")
    return made


def _obey(runtime: Runtime, now: datetime, session: Session, message_id: int) -> None:
    process(runtime, session, session.get_one(Message, message_id), now)


def process_waiting(runtime: Runtime, limit: int) -> int:
    """Reads up to `limit` waiting messages, each in its own transaction; returns how many."""
    done = 0
    while done < limit and process_next(runtime):
        done += 1
    return done


def process_next(runtime: Runtime) -> bool:
    """Reads the oldest waiting message that no other worker holds; False when there is none.

    A message that cannot be read is kept as failed; a lost database leaves it waiting.
    """
    message_id: int | None = None
    try:
        with runtime.database.writing() as session:
            message = _next(session)
            if message is None:
                return False
            message_id = message.id
            process(runtime, session, message, runtime.clock())
    except Exception as error:
        if message_id is None or not is_at_fault(error):
            raise
        fail(runtime, message_id, error)
    return True


def process(runtime: Runtime, session: Session, message: Message, now: datetime) -> None:
    """Reads one message: a command is obeyed, a report joins its incident, the rest is kept."""
    phone = normalise(message.sender or "", runtime.settings.country)
    message.kind = "notice" if phone is None else _act_on(runtime, session, message, phone, now)
    message.processed_at = now
    move(session, message, "processed", who=_WHO, now=now)
    real = message.exercise_id is None
    metrics.PROCESSED.labels(message.kind if real else "exercise").inc()
    log.info("message processed", message=message.id, kind=message.kind)


def _next(session: Session) -> Message | None:
    return session.scalar(
        select(Message)
        .where(Message.state == "received")
        .order_by(Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _act_on(runtime: Runtime, session: Session, message: Message, phone: str, now: datetime) -> str:
    """Obeys a coordinator's order; everything else is a person's message."""
    ordered = ordering.order_in(runtime, session, message, phone)
    if ordered is not None and ordered.allowed:
        ordering.obey(runtime, session, ordered, now)
        return "order"
    kind = _read(runtime, session, message, phone, now)
    if ordered is not None:  # last, since the audit chain is locked after all other rows
        ordering.refuse(session, ordered, "not allowed", now)
    return kind


def _read(runtime: Runtime, session: Session, message: Message, phone: str, now: datetime) -> str:
    """Acts on a person's message and says what kind it was."""
    drill = message.exercise_id
    path = EXERCISE_PATH if drill is not None else path_of(runtime.settings.routes, phone)
    person = subscriber_of(session, runtime.keys, phone, now, exercise_id=drill, path=path)
    message.subscriber_id = person.id
    kind = _heard(runtime, session, message, person, now)
    # Last: judgements lock incidents first and then their people, as we have by now.
    person.path, person.heard_on = path, message.account
    return kind


def _heard(
    runtime: Runtime, session: Session, message: Message, person: Subscriber, now: datetime
) -> str:
    if person.state == "blocked":
        return "blocked"
    replied = replying.hear(runtime, session, person, message, now)
    if replied is not None:
        return replied
    command = answering.command_in(runtime, message)
    if command is not None:
        answering.obey(runtime, session, person, message, command, now)
        return "command"
    kind = _listen(runtime, session, message, person, now)
    return replying.hear_cry(runtime, session, person, message, kind, now)


def _listen(
    runtime: Runtime, session: Session, message: Message, person: Subscriber, now: datetime
) -> str:
    """Takes an answer as such, and what else a message tells as a report; says what kind it was."""
    read = partial(_understood, runtime, session, message, person)
    heard = hearing.hear(runtime, session, person, message, now)
    if heard is None:
        return _told(runtime, session, message, person, read(message.body or ""), now)
    if heard.rest and runtime.keywords.is_stop(heard.rest):
        answering.obey(runtime, session, person, message, Command("stop", "", None), now)
    elif heard.rest or heard.alarm:
        reading = hearing.news_beside(heard, read(heard.rest), _home(runtime, session, person))
        if reading is not None:
            incident, report = _report(runtime, session, message, person, reading, now)
            if heard.alarm and not asking_back.ask_back(
                runtime, session, person, report, incident, now
            ):
                answering.acknowledge(runtime, session, person, report, incident, now)
            nudge_after_commit(session, "ask")
    return "answer"


def _told(
    runtime: Runtime,
    session: Session,
    message: Message,
    person: Subscriber,
    reading: Reading,
    now: datetime,
) -> str:
    """What comes unasked, or completes the report before it."""
    if asking_back.complete(runtime, session, person, message, reading, now):
        return "answer"
    if reading.kind == "report":
        incident, report = _report(runtime, session, message, person, reading, now)
        calm = reading.hazard == "all_quiet" and hearing.hears_calm(
            runtime, session, person, message, now
        )
        if not calm and not asking_back.ask_back(runtime, session, person, report, incident, now):
            answering.acknowledge(runtime, session, person, report, incident, now)
        nudge_after_commit(session, "ask")
    return reading.kind


def _understood(
    runtime: Runtime, session: Session, message: Message, person: Subscriber, text: str
) -> Reading:
    gazetteer = runtime.gazetteer(session)
    with metrics.UNDERSTANDING.time():
        return understand(
            text,
            gazetteer=gazetteer,
            lexicon=runtime.lexicon,
            languages=runtime.settings.languages,
            sender_language=person.language,
            sender_place=_home(runtime, session, person),
            recent=_recent(session, person),
            received_at=message.received_at,
            zone=runtime.zone,
        )


def _recent(session: Session, person: Subscriber) -> list[Position]:
    """Where the newest open incidents of the sender's world lie."""
    points = session.execute(
        select(Incident.lat, Incident.lon)
        .where(
            Incident.state.in_(("open", "verified")),
            Incident.exercise_id == person.exercise_id,
        )
        .order_by(Incident.id.desc())
        .limit(_RECENT)
    )
    return [Position(lat, lon) for lat, lon in points if lat is not None and lon is not None]


def _home(runtime: Runtime, session: Session, person: Subscriber) -> Entry | None:
    if person.place_id is None:
        return None
    return runtime.gazetteer(session).get(person.place_id)


def _report(
    runtime: Runtime,
    session: Session,
    message: Message,
    person: Subscriber,
    reading: Reading,
    now: datetime,
) -> tuple[Incident, Report]:
    place = reading.place
    report = Report(
        message_id=message.id,
        subscriber_id=person.id,
        language=reading.language,
        hazard=reading.hazard or "other",
        hazards=dict(reading.hazards),
        place_id=place.place_id if place else None,
        place_name=place.name if place else None,
        lat=place.lat if place else None,
        lon=place.lon if place else None,
        precision_m=place.precision_m if place else None,
        role=place.role if place else None,
        found_by=place.found_by if place else None,
        certainty=place.certainty if place else None,
        why=json.dumps(reading.why, ensure_ascii=False),
        match_why="[]",
        facts=json.dumps(_facts(reading), ensure_ascii=False),
        stance=stance_of(reading, person, runtime.settings.matching.hearsay_m),
        exercise_id=message.exercise_id,
        received_at=message.received_at,
        **_when(reading, message.received_at),
        **_movement(reading),
    )
    session.add(report)
    session.flush()
    claim(session, report, reading.casualties, now)
    body = message.body or ""
    incident = gather(session, report, body, matching_rules(runtime), reader(runtime), now)
    count_in(incident, report, reading.severity.level if reading.severity else None)
    return incident, report


def _when(reading: Reading, received_at: datetime) -> dict[str, datetime]:
    """The span in which it happened; what is only announced counts from when it is told."""
    span = reading.when
    if span is None or span.from_ is None or span.to is None or span.from_ > received_at:
        return {}
    return {"happened_from": span.from_, "happened_to": min(span.to, received_at)}


def _movement(reading: Reading) -> dict[str, Any]:
    """Who goes where: what later sightings are compared with."""
    found: dict[str, Any] = {"armed": reading.count}
    if reading.movement is None:
        return found
    found |= {"bearing_deg": reading.movement.bearing_deg, "travel": reading.movement.by}
    for role, name in (("from", "from"), ("toward", "to")):
        tag = next((tag for tag in reading.places if tag.role == role), None)
        if tag is not None and tag != reading.place:
            found |= {f"{name}_lat": tag.lat, f"{name}_lon": tag.lon}
    return found


def _facts(reading: Reading) -> dict[str, Any]:
    shape = as_json(reading)
    return {name: shape[name] for name in _FACTS if shape[name]}


def is_at_fault(error: Exception) -> bool:
    """Whether the message itself fails, rather than the database being busy or away."""
    if not isinstance(error, DBAPIError):
        return True
    if error.connection_invalidated:
        return False
    return type(error).__name__ in ("DataError", "IntegrityError", "ProgrammingError")


def fail(runtime: Runtime, message_id: int, error: Exception) -> None:
    """Keeps a message that cannot be read as failed, for a person to look at."""
    log.exception("message failed", message=message_id)
    with runtime.database.writing() as session:
        message = session.get_one(Message, message_id, with_for_update=True)
        if message.exercise_id is None:
            metrics.FAILED.inc()
        if message.state == "received":
            message.failure = type(error).__name__[:64]
            move(
                session, message, "failed", who=_WHO, why=type(error).__name__, now=runtime.clock()
            )

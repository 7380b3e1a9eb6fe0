"""Tags incidents with the risk factors they show, and keeps what coordinators say of it."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from gateway.flow.areas import area_of
from gateway.incidents.counting import STATES, WEEKS_BACK, weeks_before
from gateway.incidents.risk import Tag, factors_of
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.database import nudge_after_commit
from gateway.store.once import insert_once
from gateway.store.tables import Incident, IncidentFactor, Message, Place, Report, User
from gateway.terms.refusals import NotFound, Refused, need_reason
from gateway.understanding.folding import tokens

WHO = "gateway"
_AT_ONCE, _ROUNDS = 25, 8  # incidents in one transaction, transactions in one sweep
_REPORTS = 200  # of one incident, the newest
_WORDS = 300
_HINTED = 0.95  # what reports hint at is never as sure as the incident's own hazard


def tag_new(runtime: Runtime) -> int:
    """Tags new and changed incidents, a bounded number; returns how many."""
    done = 0
    for _ in range(_ROUNDS):
        tagged = _tag_some(runtime)
        done += tagged
        if tagged < _AT_ONCE:
            break
    return done


def topics_in(runtime: Runtime, text: str) -> set[tuple[int, str]]:
    """What a text is about, as factor and topic, in the deployment's languages."""
    words = [token.word for token in tokens(text, _WORDS)]
    book = runtime.risk_words
    return {hit.value for at in range(len(words)) for hit in book.at(words, at)}


def correct(
    session: Session,
    incident_id: int,
    factor: int,
    by: User,
    reason: str,
    now: datetime,
    *,
    shown: bool,
) -> None:
    """A coordinator says that an incident shows a factor, or that it does not; that stays."""
    need_reason(reason)
    incident = session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise NotFound("There is no incident %(number)s.", number=incident_id)
    if incident.state == "merged":
        raise Refused(
            "Incident %(number)s was merged: correct the one it went into.", number=incident.id
        )
    values = {"incident_id": incident_id, "factor": factor, "who": by.name, "at": now}
    insert_once(
        session, IncidentFactor, values | {"removed": not shown}, on=("incident_id", "factor")
    )
    row = session.scalars(
        select(IncidentFactor)
        .where(IncidentFactor.incident_id == incident_id, IncidentFactor.factor == factor)
        .execution_options(populate_existing=True)
    ).one()
    row.removed, row.who, row.at, row.why = not shown, by.name, now, json.dumps([reason])
    act = "incident.factor_added" if shown else "incident.factor_removed"
    subject, facts = f"incident {incident_id}", {"factor": factor}
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts, reason=reason)
    nudge_after_commit(session, "watch")


def _tag_some(runtime: Runtime) -> int:
    since = weeks_before(runtime.clock(), WEEKS_BACK, runtime.zone)
    waiting = (
        select(Incident)
        .where(_waits(), Incident.state.in_((*STATES, "refuted", "unverifiable")))
        .where(Incident.last_report_at >= since)
        .order_by(Incident.last_report_at.desc())
        .limit(_AT_ONCE)
    )
    with runtime.database.reading() as session:
        if session.scalar(waiting.limit(1)) is None:
            return 0
    with runtime.database.writing() as session:
        incidents = session.scalars(waiting.with_for_update(skip_locked=True)).all()
        for incident in incidents:
            _tag(runtime, session, incident, runtime.clock())
        nudge_after_commit(session, "watch")
        return len(incidents)


def _waits() -> ColumnElement[bool]:
    return or_(Incident.tagged_at.is_(None), Incident.tagged_at < Incident.last_report_at)


def _tag(runtime: Runtime, session: Session, incident: Incident, now: datetime) -> None:
    known = runtime.factors
    hazards, texts, whole = _told(session, incident)
    tags: Sequence[Tag] = ()
    if incident.hazard not in known.uncounted:
        topics = {topic for text in texts for topic in topics_in(runtime, text)}
        tags = factors_of(known, hazards, topics)
    _keep_tags(session, incident.id, tags, whole, now)
    place = session.get(Place, incident.place_id) if incident.place_id is not None else None
    incident.area = area_of(place, incident, runtime.gazetteer(session))
    # Not the time of day: a report that was received before but gathered after is seen so.
    incident.tagged_at = incident.last_report_at


def _told(session: Session, incident: Incident) -> tuple[dict[str, float], list[str], bool]:
    """Hazards with how sure each is, the texts, and whether no text was erased yet.

    A copy says nothing new, and who denies an event does not describe it.
    """
    rows = session.execute(
        select(Report.hazards, Message.body)
        .join(Message, Message.id == Report.message_id)
        .where(
            Report.incident_id == incident.id,
            Report.copy_of_id.is_(None),
            Report.stance != "denies",
        )
        .order_by(Report.id.desc())
        .limit(_REPORTS)
    ).all()
    hazards: dict[str, float] = {}
    for row in rows:
        for hazard, score in row.hazards.items():
            hazards[hazard] = max(hazards.get(hazard, 0.0), min(float(score), _HINTED))
    hazards[incident.hazard] = 1.0
    texts = [row.body for row in rows if row.body is not None]
    return hazards, texts, len(texts) == len(rows)


def _keep_tags(
    session: Session, incident_id: int, tags: Sequence[Tag], whole: bool, now: datetime
) -> None:
    """Makes the gateway's own tags what was found; a coordinator's word is left as it is."""
    rows = session.scalars(
        select(IncidentFactor).where(IncidentFactor.incident_id == incident_id)
    ).all()
    there = {row.factor: row for row in rows}
    for tag in tags:
        why, row = json.dumps(tag.why), there.get(tag.factor)
        if row is None:
            values = {
                "incident_id": incident_id, "factor": tag.factor, "removed": False,
                "who": WHO, "why": why, "at": now,
            }  # fmt: skip
            insert_once(session, IncidentFactor, values, on=("incident_id", "factor"))
        elif row.who == WHO and row.why != why and whole:
            row.why, row.at = why, now
    found = {tag.factor for tag in tags}
    for row in rows:
        if row.who == WHO and row.factor not in found and whole:  # erased texts take no tag along
            session.delete(row)

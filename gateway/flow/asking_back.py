"""One short question back to a reporter whose place or danger is not clear, and the answer."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.flow.answering import answer as reply
from gateway.flow.naming import places_named
from gateway.incidents import inquiries
from gateway.incidents.gathering import one_at_a_time, regrade
from gateway.incidents.inquiries import Patience, Question
from gateway.incidents.neighbours import is_unsafe
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Incident, Inquiry, Message, Report, Subscriber
from gateway.terms.geo import Position, distance_m
from gateway.understanding.entries import Entry
from gateway.understanding.folding import fold
from gateway.understanding.values import Geotag, Reading

KINDS = ("place", "hazard")
FOUND_BY = "answer"
_PER_DAY = 2
_LONGEST = 6  # words of an answer; a longer text is a report
_CERTAINTY = 0.9
_SAME_M = 2_000
_NO_NEWS = ("other", "all_quiet")


def ask_back(
    runtime: Runtime,
    session: Session,
    person: Subscriber,
    report: Report,
    incident: Incident,
    now: datetime,
) -> bool:
    """Asks for what neither the report nor its incident tells; True when a question was queued."""
    choices = _choices(runtime, session, report)
    kind = _lacking(report, incident, choices)
    if kind is None or not _may_ask(runtime, session, person, incident, now):
        return False
    language = person.language or report.language
    over = now + timedelta(minutes=runtime.settings.ask_back.minutes)
    question = Question(kind, language, report_id=report.id)
    inquiry = inquiries.propose(session, person, question, over, now)
    if inquiry is None:
        return False
    inquiries.ask(session, inquiry, Patience(None, over), now)
    text = _words(language, kind, choices)
    reply(runtime, session, person, text, now)
    return True


def complete(
    runtime: Runtime,
    session: Session,
    person: Subscriber,
    message: Message,
    reading: Reading,
    now: datetime,
) -> bool:
    """Takes the person's next message as the answer where it reads as one; else False.

    Either way the question is over: what comes after that is read by itself.
    """
    inquiry = _open(session, person, now)
    if inquiry is None or inquiry.report_id is None:
        return False
    one_at_a_time(session)
    report = session.get_one(Report, inquiry.report_id)
    text = message.body or ""
    fits = len(text.split()) <= _LONGEST
    fill = {"place": _fill_place, "hazard": _fill_hazard}[inquiry.kind]
    if not fits or not fill(runtime, session, report, text, reading):
        why = "another message came"
        inquiries.withdraw(session, inquiry, who=inquiries.WHO, why=why, now=now)
        return False
    inquiries.answer(session, inquiry, "told", message.id, now)
    _place_anew(runtime, session, report, now)
    reply(runtime, session, person, wording.render(inquiry.language, "told_thanks"), now)
    nudge_after_commit(session, "ask")
    return True


def _place_anew(runtime: Runtime, session: Session, report: Report, now: datetime) -> None:
    """The completed report may tell of another incident now; until then it stays where it is."""
    if report.incident_id is not None:
        regrade(session, session.get_one(Incident, report.incident_id))


def _lacking(report: Report, incident: Incident, choices: Sequence[Entry]) -> str | None:
    """What is not known, by this report or by others of its incident."""
    if report.copy_of_id is not None or report.hazard == "all_quiet":
        return None
    if report.lat is None and (incident.lat is None or choices):
        return "place"
    if report.hazard == "other" and incident.hazard == "other":
        return "hazard"
    return None


def _may_ask(
    runtime: Runtime, session: Session, person: Subscriber, incident: Incident, now: datetime
) -> bool:
    settings = runtime.settings.ask_back
    if not settings.enabled or person.state in ("stopped", "blocked"):
        return False
    if inquiries.asked_since(session, person.id, now - timedelta(hours=24), KINDS) >= _PER_DAY:
        return False
    if _open(session, person, now) is not None:
        return False
    spots = (person, incident)
    return settings.in_unsafe_areas or not any(
        is_unsafe(session, Position(spot.lat, spot.lon))
        for spot in spots
        if spot.lat is not None and spot.lon is not None
    )


def _words(language: str, kind: str, choices: Sequence[Entry]) -> str:
    if kind == "place" and choices:
        listed = "; ".join(_named(entry) for entry in choices)
        return wording.render(language, "ask_place_which", choices=listed)
    return wording.render(language, f"ask_{kind}")


def _named(entry: Entry) -> str:
    return ", ".join(filter(None, (entry.name, entry.county or entry.region)))


def _choices(runtime: Runtime, session: Session, report: Report) -> list[Entry]:
    """The places that the report's name may mean, as the gazetteer calls them."""
    told: Mapping[str, Any] = json.loads(report.facts or "{}")
    found = []
    for tag in told.get("choices") or ():
        spot = Position(tag["lat"], tag["lon"])
        same = [
            match.entry
            for match in runtime.gazetteer(session).search(tag["name"], limit=30)
            if match.entry.name == tag["name"]
        ]
        near = min(same, key=lambda entry: distance_m(entry.position, spot), default=None)
        if near is not None and distance_m(near.position, spot) <= _SAME_M:
            found.append(near)
    return found


def _open(session: Session, person: Subscriber, now: datetime) -> Inquiry | None:
    return session.scalar(
        select(Inquiry)
        .where(
            Inquiry.subscriber_id == person.id,
            Inquiry.kind.in_(KINDS),
            Inquiry.state == "asked",
            Inquiry.expires_at > now,
        )
        .order_by(Inquiry.id.desc())
        .limit(1)
    )


def _fill_place(
    runtime: Runtime, session: Session, report: Report, text: str, reading: Reading
) -> bool:
    """Whether the text names one place; a text that tells of another danger is a new report."""
    if reading.hazard not in (None, *_NO_NEWS, report.hazard):
        return False
    tag = _chosen(_choices(runtime, session, report), text) or _told(reading)
    if tag is None and not any(why.startswith("chat: '") for why in reading.why):
        places = places_named(runtime, session, text)
        entry = runtime.gazetteer(session).get(places[0].id) if len(places) == 1 else None
        tag = _tag(entry) if entry else None
    if tag is None:
        return False
    report.place_id, report.place_name = tag.place_id, tag.name
    report.lat, report.lon, report.precision_m = tag.lat, tag.lon, tag.precision_m
    report.role, report.found_by, report.certainty = "at", FOUND_BY, tag.certainty
    _explain(report, f"place {tag.name}: the sender answered our question")
    return True


def _fill_hazard(
    _runtime: Runtime, _session: Session, report: Report, _text: str, reading: Reading
) -> bool:
    """Whether the text tells a danger; one at another place is a new report."""
    if reading.hazard is None or reading.hazard in _NO_NEWS or reading.act == "denial":
        return False
    told = _told(reading)
    if told is not None and report.lat is not None and report.lon is not None:
        away = distance_m(Position(told.lat, told.lon), Position(report.lat, report.lon))
        if away > (report.precision_m or 0) + told.precision_m + _SAME_M:
            return False
    report.hazard, report.hazards = reading.hazard, dict(reading.hazards)
    _explain(report, f"hazard {reading.hazard}: the sender answered our question")
    return True


def _chosen(choices: Sequence[Entry], text: str) -> Geotag | None:
    """The one choice that the answer singles out, be it only by its county."""
    wanted = set(fold(text).split())
    parents = [set(fold(f"{entry.county} {entry.region}").split()) for entry in choices]
    shared = set.intersection(*parents) if parents else set()
    fitting = [e for e, own in zip(choices, parents, strict=True) if wanted & (own - shared)]
    return _tag(fitting[0]) if len(fitting) == 1 else None


def _told(reading: Reading) -> Geotag | None:
    place = reading.place
    return place if place is not None and place.found_by != "sender" else None


def _tag(entry: Entry) -> Geotag:
    return Geotag(
        entry.id, entry.name, entry.lat, entry.lon, entry.precision_m, "at", FOUND_BY, _CERTAINTY
    )


def _explain(report: Report, sentence: str) -> None:
    report.why = json.dumps([*json.loads(report.why), sentence], ensure_ascii=False)

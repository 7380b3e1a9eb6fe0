"""One short question back to a reporter whose place or danger is not clear, and the answer."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.flow import completing
from gateway.flow.answering import answer as reply
from gateway.flow.rules import matching_rules
from gateway.incidents import inquiries
from gateway.incidents.gathering import one_at_a_time, place_anew
from gateway.incidents.inquiries import Patience, Question
from gateway.incidents.neighbours import is_unsafe
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Incident, Inquiry, Message, Report, Subscriber
from gateway.terms.geo import Position
from gateway.understanding.entries import Entry
from gateway.understanding.values import Reading

KINDS = ("place", "hazard")
_PER_DAY = 2
_LONGEST = 6  # words of an answer; a longer text is a report


def ask_back(
    runtime: Runtime,
    session: Session,
    person: Subscriber,
    report: Report,
    incident: Incident,
    now: datetime,
) -> bool:
    """Asks for what neither the report nor its incident tells; True when a question was queued."""
    choices = completing.choices_of(runtime, session, report)
    kind = _lacking(report, incident, choices)
    if kind is None or not _may_ask(runtime, session, person, incident, now):
        return False
    language = person.language or report.language
    if not reply(runtime, session, person, _words(language, kind, choices), now):
        return False
    over = now + timedelta(minutes=runtime.settings.ask_back.minutes)
    question = Question(kind, language, report_id=report.id)
    inquiry = inquiries.propose(session, person, question, over, now)
    if inquiry is not None:
        inquiries.ask(session, inquiry, Patience(None, over), now)
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
    fill = {"place": completing.fill_place, "hazard": completing.fill_hazard}[inquiry.kind]
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
    """The completed report may tell of another incident now."""
    message = session.get_one(Message, report.message_id)
    body = message.body or ""
    place_anew(session, report, body, matching_rules(runtime), inquiries.WHO, now)


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

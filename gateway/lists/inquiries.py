"""Who was asked what and said what: of one incident, of one person, without numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from gateway.alerts import questions, wording
from gateway.store.tables import Incident, Inquiry, Message, Place, Subscriber
from gateway.terms.saying import Said

_LATEST = 50
_PAGE = "en"
_BACK = {"place": Said("Where is it?"), "hazard": Said("What is happening?")}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with whom it went to; `said` is the text of the answer, None when erased."""

    inquiry: Inquiry
    pseudonym: str
    reliability: str
    home: str | None
    question: str
    said: str | None


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What an incident's page shows of its questions, and which buttons it offers."""

    asked: Sequence[Asked]
    proposed: int
    may_ask: bool
    why_not: str


def of_incident(
    session: Session,
    incident: Incident,
    *,
    policy: str,
    askable: bool,
    texts: bool,
    language: str = _PAGE,
) -> Neighbours:
    """The questions, those of merged incidents too; answers' texts only for who may read them.

    Questions are told in `language`, whatever they were asked in.
    """
    merged = select(Incident.id).where(Incident.merged_into_id == incident.id)
    here = or_(Inquiry.incident_id == incident.id, Inquiry.incident_id.in_(merged))
    rows = session.execute(_query().where(here).order_by(Inquiry.id))
    asked = [_asked(*row, texts=texts, language=language) for row in rows]
    why_not = _why_not(incident, policy, askable)
    proposed = sum(row.inquiry.state == "proposed" for row in asked)
    return Neighbours(asked, proposed, not why_not, why_not)


def of_person(session: Session, subscriber_id: int) -> list[Asked]:
    """The latest questions to one person, the newest first."""
    query = _query().where(Inquiry.subscriber_id == subscriber_id)
    rows = session.execute(query.order_by(Inquiry.id.desc()).limit(_LATEST))
    return [_asked(*row, texts=False) for row in rows]


def _query() -> Select[Inquiry, str, str, str | None, str | None]:
    return (
        select(Inquiry, Subscriber.pseudonym, Subscriber.reliability, Place.name, Message.body)
        .join(Subscriber, Subscriber.id == Inquiry.subscriber_id)
        .outerjoin(Place, Place.id == Subscriber.place_id)
        .outerjoin(Message, Message.id == Inquiry.message_id)
    )


def _asked(
    inquiry: Inquiry,
    pseudonym: str,
    reliability: str,
    home: str | None,
    body: str | None,
    *,
    texts: bool,
    language: str = _PAGE,
) -> Asked:
    said = body if texts else None
    return Asked(inquiry, pseudonym, reliability, home, _told_in(language, inquiry), said)


def _told_in(language: str, inquiry: Inquiry) -> str:
    if inquiry.kind in _BACK:
        return _BACK[inquiry.kind]
    return questions.asked(
        language if language in wording.languages() else _PAGE,
        inquiry.kind,
        hazard=inquiry.hazard,
        place=inquiry.place_name,
        number=inquiry.number,
        exercise=inquiry.exercise_id is not None,
    )


def _why_not(incident: Incident, policy: str, askable: bool) -> str:
    if policy == "off":
        return Said("Asking neighbours is switched off in the settings.")
    if incident.state not in ("open", "verified"):
        return Said("It is judged: nobody is asked any more.")
    if not askable:
        return Said("Nobody is asked about this: a question could harm the one it is about.")
    if incident.lat is None:
        return Said("Set its place first: then the neighbours can be asked.")
    return ""

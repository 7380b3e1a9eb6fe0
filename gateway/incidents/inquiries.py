"""Questions to people as rows: made, sent, reminded, answered, over."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from gateway.store.history import move
from gateway.store.tables import Incident, Inquiry, Subscriber

NUMBERS = range(1, 100)  # what people type back: two digits at most
REMEMBERED = timedelta(hours=48)  # so long a number is not given again, and an answer is heard
OPEN = ("proposed", "asked")
WHO = "gateway"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked; `place_name` is the gazetteer's, never a reporter's."""

    kind: str  # confirm, quiet, place or hazard
    language: str
    place_name: str | None = None
    hazard: str | None = None
    incident_id: int | None = None
    report_id: int | None = None
    distance_m: int | None = None


@dataclass(frozen=True, slots=True)
class Patience:
    """When a question is repeated once (None: never) and when it is over."""

    remind_at: datetime | None
    expires_at: datetime


def propose(
    session: Session,
    person: Subscriber,
    question: Question,
    expires_at: datetime,
    now: datetime,
    *,
    by: str = WHO,
) -> Inquiry | None:
    """A question that is not sent yet; None where the person has no number left."""
    number = _free_number(session, person.id, now) if question.kind == "confirm" else 0
    if number is None:
        return None
    inquiry = Inquiry(
        kind=question.kind,
        state="proposed",
        subscriber_id=person.id,
        incident_id=question.incident_id,
        report_id=question.report_id,
        number=number,
        place_name=question.place_name,
        distance_m=question.distance_m,
        hazard=question.hazard,
        language=question.language,
        asked_by=by,
        created_at=now,
        expires_at=expires_at,
        exercise_id=person.exercise_id,
    )
    session.add(inquiry)
    session.flush()
    return inquiry


def ask(
    session: Session, inquiry: Inquiry, patience: Patience, now: datetime, *, by: str = WHO
) -> None:
    """The question is sent now; whoever calls puts it into the outbox."""
    move(session, inquiry, "asked", who=by, now=now)
    inquiry.asked_by, inquiry.asked_at = by, now
    inquiry.remind_at, inquiry.expires_at = patience.remind_at, patience.expires_at


def answer(
    session: Session, inquiry: Inquiry, said: str, message_id: int | None, now: datetime
) -> None:
    """What the person said; said anew within the time, the last word counts."""
    if inquiry.state != "answered":
        move(session, inquiry, "answered", who=WHO, now=now)
    inquiry.answer, inquiry.message_id, inquiry.answered_at = said, message_id, now


def withdraw(session: Session, inquiry: Inquiry, *, who: str, why: str, now: datetime) -> None:
    """It is not asked any more."""
    move(session, inquiry, "withdrawn", who=who, why=why, now=now)


def remind(inquiry: Inquiry, now: datetime) -> None:
    """It is asked once more, for the last time."""
    inquiry.reminded_at = now


def expire(session: Session, inquiry: Inquiry, now: datetime) -> None:
    """Its time is over; one that was never pressed is taken back."""
    if inquiry.state == "proposed":
        withdraw(session, inquiry, who=WHO, why="nobody pressed in time", now=now)
    else:
        move(session, inquiry, "expired", who=WHO, why="no answer in time", now=now)


def any_due(session: Session, now: datetime) -> bool:
    """Whether a question waits for its reminder or its end; asked often, so it is quick."""
    due = or_(
        Inquiry.expires_at <= now,
        and_(Inquiry.reminded_at.is_(None), Inquiry.remind_at <= now),
    )
    query = select(Inquiry.id).where(Inquiry.state.in_(OPEN), due)
    return session.scalar(query.limit(1)) is not None


def to_remind(session: Session, now: datetime, limit: int) -> Sequence[Inquiry]:
    """Questions without an answer whose reminder is due; other workers pass them over."""
    return session.scalars(
        select(Inquiry)
        .where(
            Inquiry.state == "asked",
            Inquiry.reminded_at.is_(None),
            Inquiry.remind_at <= now,
            Inquiry.expires_at > now,
        )
        .order_by(Inquiry.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def to_expire(session: Session, now: datetime, limit: int) -> Sequence[Inquiry]:
    """Questions whose time is over; other workers pass them over."""
    return session.scalars(
        select(Inquiry)
        .where(Inquiry.state.in_(OPEN), Inquiry.expires_at <= now)
        .order_by(Inquiry.expires_at, Inquiry.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()


def were_asked(session: Session, subscriber_id: int, now: datetime) -> bool:
    """Whether the person was asked anything lately."""
    query = select(Inquiry.id).where(
        Inquiry.subscriber_id == subscriber_id, Inquiry.asked_at > now - REMEMBERED
    )
    return session.scalar(query.limit(1)) is not None


def asked_since(session: Session, subscriber_id: int, since: datetime, kinds: Sequence[str]) -> int:
    """How many questions of these kinds the person got after that moment."""
    query = select(func.count(Inquiry.id)).where(
        Inquiry.subscriber_id == subscriber_id,
        Inquiry.kind.in_(kinds),
        Inquiry.asked_at > since,
    )
    return session.scalar(query) or 0


def is_waiting(session: Session, subscriber_id: int, *kinds: str) -> bool:
    """Whether the person has an open question of these kinds."""
    query = select(Inquiry.id).where(
        Inquiry.subscriber_id == subscriber_id,
        Inquiry.state.in_(OPEN),
        Inquiry.kind.in_(kinds),
    )
    return session.scalar(query.limit(1)) is not None


def answerable(session: Session, subscriber_id: int, now: datetime) -> Sequence[Inquiry]:
    """A person's questions that an answer may mean: open, lately over, lately answered."""
    return session.scalars(
        select(Inquiry)
        .where(
            Inquiry.subscriber_id == subscriber_id,
            Inquiry.kind.in_(("confirm", "quiet")),
            Inquiry.asked_at > now - REMEMBERED,
            Inquiry.state.in_(("asked", "expired", "answered", "withdrawn")),
        )
        .order_by(Inquiry.asked_at.desc(), Inquiry.id.desc())
        .with_for_update()
    ).all()


def of_incident(session: Session, incident: Incident, state: str) -> Sequence[Inquiry]:
    """The incident's questions in that state, the first one first."""
    return session.scalars(
        select(Inquiry)
        .where(Inquiry.incident_id == incident.id, Inquiry.state == state)
        .order_by(Inquiry.id)
        .with_for_update()
    ).all()


def _free_number(session: Session, subscriber_id: int, now: datetime) -> int | None:
    taken = set(
        session.scalars(
            select(Inquiry.number).where(
                Inquiry.subscriber_id == subscriber_id,
                or_(
                    Inquiry.state.in_(OPEN),
                    Inquiry.asked_at > now - REMEMBERED,
                ),
            )
        )
    )
    return next((number for number in NUMBERS if number not in taken), None)

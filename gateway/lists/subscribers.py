"""Community members by their pseudonyms; no number is ever read here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from gateway.incidents.trust import Trust, proofs_of, trust
from gateway.lists.paging import Page, read_page
from gateway.store.tables import Consent, Delivery, Message, Place, Report, Subscriber, Subscription
from gateway.terms.refusals import NotFound

STATES = ("subscribed", "pending", "stopped", "blocked")
_LATEST = 50


@dataclass(frozen=True, slots=True)
class Member:
    """A subscriber and the name of their home."""

    subscriber: Subscriber
    place: str | None


@dataclass(frozen=True, slots=True)
class Sent:
    """A delivery without its text."""

    kind: str
    state: str
    alert_id: int | None
    created_at: datetime
    settled_at: datetime | None
    doubtful: bool
    exercise_id: int | None


@dataclass(frozen=True, slots=True)
class MemberView:
    """One person's history, without numbers and texts."""

    member: Member
    places: Sequence[str]  # asked to be warned about, besides home
    consents: Sequence[Consent]
    messages: int
    reports: int
    sent: Sequence[Sent]


def listed(
    session: Session,
    *,
    state: str,
    place_id: int | None,
    focal: bool,
    page: int,
    volunteers: bool = False,
) -> Page[Member]:
    """Members, the newest first; empty filters let all through but the phones of exercises."""
    query = (
        select(Subscriber, Place.name)
        .outerjoin(Place, Place.id == Subscriber.place_id)
        .options(defer(Subscriber.phone))
        .where(Subscriber.exercise_id.is_(None))
        .order_by(Subscriber.id.desc())
    )
    if volunteers:
        query = query.where(Subscriber.drills)
    if state:
        query = query.where(Subscriber.state == state)
    if place_id is not None:
        query = query.where(Subscriber.place_id == place_id)
    if focal:
        query = query.where(Subscriber.focal_point)
    found = read_page(session, query, page)
    return Page([Member(*row) for row in found.rows], found.number, found.more)


def counts(session: Session) -> dict[str, int]:
    """How many there are in each state, without the phones of exercises."""
    query = (
        select(Subscriber.state, func.count())
        .where(Subscriber.exercise_id.is_(None))
        .group_by(Subscriber.state)
    )
    return dict(session.execute(query).all())


def view(session: Session, subscriber_id: int) -> MemberView:
    """Raises NotFound."""
    row = session.execute(
        select(Subscriber, Place.name)
        .outerjoin(Place, Place.id == Subscriber.place_id)
        .options(defer(Subscriber.phone))
        .where(Subscriber.id == subscriber_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such subscriber.")
    consents = session.scalars(
        select(Consent).where(Consent.subscriber_id == subscriber_id).order_by(Consent.id.desc())
    )
    return MemberView(
        member=Member(*row),
        places=_places(session, subscriber_id),
        consents=consents.all(),
        messages=_count(session, Message, subscriber_id),
        reports=_count(session, Report, subscriber_id),
        sent=_sent(session, subscriber_id),
    )


def trust_in(session: Session, person: Subscriber, now: datetime) -> Trust:
    """How often they were right; for coordinators only, never for anything that is sent."""
    return trust(proofs_of(session, person.id), now, focal=person.focal_point)


def _places(session: Session, subscriber_id: int) -> Sequence[str]:
    return session.scalars(
        select(Place.name)
        .join(Subscription, Subscription.place_id == Place.id)
        .where(Subscription.subscriber_id == subscriber_id)
        .order_by(Place.name)
    ).all()


def _count(session: Session, table: type[Message] | type[Report], subscriber_id: int) -> int:
    query = select(func.count(table.id)).where(table.subscriber_id == subscriber_id)
    return session.scalar(query) or 0


def _sent(session: Session, subscriber_id: int) -> list[Sent]:
    rows = session.execute(
        select(
            Delivery.kind,
            Delivery.state,
            Delivery.alert_id,
            Delivery.created_at,
            Delivery.settled_at,
            Delivery.doubtful,
            Delivery.exercise_id,
        )
        .where(Delivery.subscriber_id == subscriber_id)
        .order_by(Delivery.id.desc())
        .limit(_LATEST)
    )
    return [Sent(*row) for row in rows]

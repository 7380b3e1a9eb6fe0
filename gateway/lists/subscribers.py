"""Community members by their pseudonyms; no number is ever read here."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import Session, defer

from gateway.incidents.trust import Trust, proofs_of, trust
from gateway.lists.paging import Page, read_page
from gateway.store.tables import Delivery, Message, Place, Report, Subscriber, Subscription
from gateway.terms.refusals import NotFound

NOBODY = "nobody"
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
    account: str | None
    error_code: str | None


@dataclass(frozen=True, slots=True)
class MemberView:
    """One person's history, without numbers and texts."""

    member: Member
    places: Sequence[str]  # asked to be warned about, besides home
    messages: int
    reports: int
    sent: Sequence[Sent]


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; what is empty lets all through but the phones of exercises."""

    state: str = ""
    language: str = ""
    account: str = ""  # whose message last reached them; NOBODY: none did
    place_id: int | None = None
    county: tuple[str, str] | None = None  # with its region before it
    focal: bool = False
    volunteers: bool = False


def listed(session: Session, filters: Filters, page: int) -> Page[Member]:
    """Members, the newest first."""
    query = (
        select(Subscriber, Place.name)
        .outerjoin(Place, Place.id == Subscriber.place_id)
        .options(defer(Subscriber.phone))
        .where(Subscriber.exercise_id.is_(None), *_conditions(filters))
        .order_by(Subscriber.id.desc())
    )
    found = read_page(session, query, page)
    return Page([Member(*row) for row in found.rows], found.number, found.more)


def _conditions(filters: Filters) -> Iterator[ColumnElement[bool]]:
    if filters.state:
        yield Subscriber.state == filters.state
    if filters.language:
        yield Subscriber.language == filters.language
    if filters.account == NOBODY:
        yield Subscriber.reached_by.is_(None)
    elif filters.account:
        yield Subscriber.reached_by == filters.account
    if filters.place_id is not None:
        yield Subscriber.place_id == filters.place_id
    if filters.county is not None:
        region, county = filters.county
        yield func.coalesce(Place.region, "") == region
        yield func.coalesce(Place.county, "") == county
    if filters.focal:
        yield Subscriber.focal_point.is_(True)
    if filters.volunteers:
        yield Subscriber.drills.is_(True)


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
        select(Subscriber, Place.name, _messages(), _reports())
        .outerjoin(Place, Place.id == Subscriber.place_id)
        .options(defer(Subscriber.phone))
        .where(Subscriber.id == subscriber_id)
    ).one_or_none()
    if row is None:
        raise NotFound("There is no such subscriber.")
    person, place, messages, reports = row
    return MemberView(
        member=Member(person, place),
        places=_places(session, subscriber_id),
        messages=messages,
        reports=reports,
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


def _messages() -> ColumnElement[int]:
    """Found by the fingerprint of the number, on which there is an index; a drill's number has
    another one."""
    theirs = select(func.count(Message.id)).where(Message.subscriber_id == Subscriber.id)
    quick = theirs.where(Message.sender_index == Subscriber.phone_index)
    has_index = and_(Subscriber.exercise_id.is_(None), Subscriber.phone_index.is_not(None))
    return case((has_index, quick.scalar_subquery()), else_=theirs.scalar_subquery())


def _reports() -> ColumnElement[int]:
    query = select(func.count(Report.id)).where(Report.subscriber_id == Subscriber.id)
    return query.scalar_subquery()


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
            Delivery.account,
            Delivery.error_code,
        )
        .where(Delivery.subscriber_id == subscriber_id)
        .order_by(Delivery.id.desc())
        .limit(_LATEST)
    )
    return [Sent(*row) for row in rows]

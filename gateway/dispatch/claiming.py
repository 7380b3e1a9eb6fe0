"""Takes due deliveries for one account: the most urgent and nearest first, no worker twice."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import SystemRandom

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, text
from sqlalchemy.orm import Session

from gateway.dispatch.leaving import Standing, standings, why_not, would_overtake
from gateway.dispatch.routing import LANES, Lane, priorities
from gateway.store.history import move
from gateway.store.tables import AlertText, Delivery, Subscriber, User
from gateway.terms.gsm7 import measure

WHO = "dispatch"
_CHANCE = SystemRandom()
_JITTER = 0.2  # of a pause, so that what failed together does not come back together
_AFTER_S = 2.0


@dataclass(frozen=True, slots=True)
class Way:
    """What an account carries of a lane of a path.

    `first`: all but what other accounts take over from `tried`; else only what failed on `tried`.
    """

    path: str
    lane: Lane
    first: bool = True
    tried: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and how slowly a message is tried again."""

    attempts: int
    backoff_s: float
    lease_s: float

    def pause(self, attempt: int) -> float:
        """Seconds after this attempt: twice as long each time, and never for all alike."""
        doubled = self.backoff_s * 2.0 ** min(attempt - 1, 10)
        return doubled * _CHANCE.uniform(1 - _JITTER, 1 + _JITTER)


@dataclass(frozen=True, slots=True)
class Parcel:
    """A claimed delivery, ready to be handed over with no transaction open."""

    delivery_id: int
    attempt: int
    account: str
    to: str
    text: str
    reference: str
    since: datetime  # no provider can have it from before
    expires_at: datetime | None
    urgent: bool
    segments: int
    probe: bool = False  # whether an account that failed is tried with it


def paths(session: Session) -> list[str]:
    """The paths of which messages wait, by one step of the index each."""
    found = session.execute(
        text(
            "WITH RECURSIVE found(path) AS ("
            "SELECT min(path) FROM deliveries WHERE state = 'queued' UNION ALL "
            "SELECT (SELECT min(path) FROM deliveries WHERE state = 'queued'"
            " AND path > found.path) FROM found WHERE found.path IS NOT NULL) "
            "SELECT path FROM found WHERE path IS NOT NULL"
        )
    )
    return list(found.scalars())


def waiting(
    session: Session, ways: Sequence[Way], most: int, spared: int, now: datetime
) -> list[int]:
    """The ids of up to `most` messages that are due, in the order in which they shall leave.

    Lane by lane, but `spared` places are kept for the lanes below the first that has messages, so
    that none starves.
    """
    found: list[list[int]] = []
    for lane in LANES:
        fitting = [way for way in ways if way.lane == lane]
        found.append(_of_lane(session, fitting, most, now) if fitting else [])
    first = next((number for number, ids in enumerate(found) if ids), None)
    if first is None:
        return []
    below = [number for ids in found[first + 1 :] for number in ids][:spared]
    above = found[first][: most - len(below)]
    rest = [number for ids in found[first + 1 :] for number in ids if number not in below]
    return (above + below + rest)[:most]


def urgent_waits(session: Session, now: datetime) -> bool:
    """Whether something urgent is due, by whatever path."""
    due = or_(false(), *(and_(*_is_due(Way(path, "urgent"), now)) for path in paths(session)))
    return session.execute(select(Delivery.id).where(due).limit(1)).first() is not None


def last_waiting(session: Session, ways: Sequence[Way], now: datetime) -> list[int]:
    """The message that can wait longest: to try an account that failed with."""
    for lane in reversed(LANES):
        for way in (way for way in ways if way.lane == lane):
            order = Delivery.priority.desc(), Delivery.distance_m.desc(), Delivery.id.desc()
            found = session.scalar(
                select(Delivery.id).where(*_is_due(way, now)).order_by(*order).limit(1)
            )
            if found is not None:
                return [found]
    return []


def claim(
    session: Session,
    ids: Sequence[int],
    account_of: Callable[[Delivery], str],
    patience: Patience,
    now: datetime,
) -> list[Parcel]:
    """Claims these, as far as they are still there, each for the account that carries it.

    Other workers pass them over.
    """
    rows = session.scalars(
        select(Delivery)
        .where(Delivery.id.in_(ids), Delivery.state == "queued")
        .with_for_update(skip_locked=True)
    ).all()
    by_id = {row.id: row for row in rows}
    known = standings(session, list(by_id))
    goods = _Goods(session, rows)
    parcels = []
    chains: dict[int, Sequence[int]] = {}
    for delivery in (by_id[number] for number in ids if number in by_id):
        standing = known[delivery.id]
        if would_overtake(session, standing, chains):
            delivery.due_at = now + timedelta(seconds=_AFTER_S)
            continue
        parcel = _claimed(session, delivery, standing, goods, account_of, now)
        if parcel is not None:
            delivery.lease_until = now + timedelta(seconds=patience.lease_s)
            parcels.append(parcel)
    return parcels


def packed(session: Session, deliveries: Sequence[Delivery]) -> Iterator[tuple[Delivery, Parcel]]:
    """Deliveries with what would be handed over; those with nobody to send to are left out."""
    goods = _Goods(session, deliveries)
    for delivery in deliveries:
        parcel = goods.parcel(delivery)
        if parcel is not None:
            yield delivery, parcel


def _of_lane(session: Session, ways: Sequence[Way], most: int, now: datetime) -> list[int]:
    """Each path has its own stretch of the index; of all the nearest leave first."""
    rows = [
        tuple(row) for way in ways for row in session.execute(_candidates(way, now).limit(most))
    ]
    return [number for _, _, number in sorted(rows)[:most]]


def _candidates(way: Way, now: datetime) -> Select[int, int, int]:
    return (
        select(Delivery.priority, Delivery.distance_m, Delivery.id)
        .where(*_is_due(way, now))
        .order_by(Delivery.priority, Delivery.distance_m, Delivery.id)
    )


def _is_due(way: Way, now: datetime) -> list[ColumnElement[bool]]:
    lowest, highest = priorities(way.lane)
    conditions = [
        Delivery.state == "queued",
        Delivery.path == way.path,
        Delivery.priority.between(lowest, highest),
        Delivery.due_at <= now,
    ]
    if not way.first:
        conditions.append(Delivery.account.in_(way.tried))
    elif way.tried:
        elsewhere = Delivery.account.not_in(way.tried)
        conditions.append(or_(Delivery.account.is_(None), elsewhere))
    return conditions


def _claimed(
    session: Session,
    delivery: Delivery,
    standing: Standing,
    goods: "_Goods",
    account_of: Callable[[Delivery], str],
    now: datetime,
) -> Parcel | None:
    why = why_not(session, standing, now)
    if why or goods.parcel(delivery) is None:
        move(session, delivery, "withdrawn", who=WHO, why=why or "nobody to send to", now=now)
        delivery.settled_at = now
        return None
    delivery.attempts += 1
    # Kept now: after a crash the company that may have it is the one to ask.
    delivery.account = account_of(delivery)
    move(session, delivery, "claimed", who=WHO, now=now)
    return goods.parcel(delivery)


class _Goods:
    """The numbers and texts of several deliveries, each read once."""

    def __init__(self, session: Session, deliveries: Sequence[Delivery]) -> None:
        people = {row.subscriber_id for row in deliveries if row.subscriber_id is not None}
        users = {row.user_id for row in deliveries if row.user_id is not None}
        alerts = {row.alert_id for row in deliveries if row.alert_id is not None}
        self._phones = _pairs(session, select(Subscriber.id, Subscriber.phone), people)
        self._users = _pairs(session, select(User.id, User.phone), users)
        rows = session.execute(
            select(AlertText.alert_id, AlertText.language, AlertText.body).where(
                AlertText.alert_id.in_(alerts)
            )
        )
        self._texts = {(row[0], row[1]): row[2] for row in rows} if alerts else {}

    def parcel(self, delivery: Delivery) -> Parcel | None:
        """None when there is nobody or nothing to send."""
        to, body = self._to(delivery), self._body(delivery)
        if not to or body is None:
            return None
        return Parcel(
            delivery_id=delivery.id,
            attempt=delivery.attempts,
            account=delivery.account or "",
            to=to,
            text=body,
            reference=delivery.reference,
            since=delivery.created_at,
            expires_at=delivery.expires_at,
            urgent=delivery.priority <= priorities("urgent")[1],
            segments=measure(body).segments,
        )

    def _to(self, delivery: Delivery) -> str | None:
        if delivery.subscriber_id is not None:
            return self._phones.get(delivery.subscriber_id)
        return self._users.get(delivery.user_id or 0)

    def _body(self, delivery: Delivery) -> str | None:
        if delivery.alert_id is None:
            return delivery.body
        return self._texts.get((delivery.alert_id, delivery.language))


def _pairs(session: Session, query: Select[int, str | None], ids: set[int]) -> dict[int, str]:
    if not ids:
        return {}
    column = query.selected_columns[0]
    return {row[0]: row[1] for row in session.execute(query.where(column.in_(ids))) if row[1]}

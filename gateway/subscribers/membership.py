"""Who belongs: people are known by their first message, join, leave, return and are blocked."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.plumbing.crypto import Keys
from gateway.store.history import move
from gateway.store.once import insert_once
from gateway.store.tables import Consent, Delivery, Inquiry, Place, Subscriber
from gateway.subscribers import consent, homes, pseudonyms


def subscriber_of(
    session: Session,
    keys: Keys,
    phone: str,
    now: datetime,
    *,
    exercise_id: int | None = None,
    path: str = "",
) -> Subscriber:
    """The person with this number (E.164), made known under a new pseudonym when they are new.

    `path`: the routes of the number, for whoever is new.

    A phone of an exercise is never the real person who may have the same number, nor who had it in
    an exercise before: homes, trust and open questions of one drill would spoil the next.
    """
    index = keys.index.of(phone if exercise_id is None else f"exercise:{exercise_id}:{phone}")
    by_index = select(Subscriber).where(Subscriber.phone_index == index)
    while (known := session.scalar(by_index)) is None:
        # No `on`: a pseudonym that a rival has just taken must not lose the message either; then
        # nobody has this index yet, and the loop goes round with another pseudonym.
        insert_once(
            session,
            Subscriber,
            {
                "pseudonym": pseudonyms.fresh(session),
                "phone": phone,
                "phone_index": index,
                "path": path,
                "exercise_id": exercise_id,
                "created_at": now,
            },
        )
    return known


def lock(session: Session, subscriber: Subscriber) -> None:
    """Two messages of one person on two workers take turns; SQLite has one writer anyway.

    Not the strongest lock: each has pointed its message at the person before, which the strongest
    would have to wait for, in both directions.
    """
    session.flush()  # a refresh forgets what has not been written
    session.refresh(subscriber, with_for_update={"key_share": True})


def join(
    session: Session,
    subscriber: Subscriber,
    place: Place | None,
    *,
    via: str,
    message_id: int | None,
    now: datetime,
) -> bool:
    """Subscribes them, to a place when one is given; the first becomes their home.

    False, and nothing done, when they are blocked or have said STOP after this message.
    """
    lock(session, subscriber)
    if _left_since(session, subscriber, message_id) or not _subscribe(
        session, subscriber, via, now
    ):
        return False
    if place is not None:
        first = subscriber.place_id is None or not homes.places_of(session, subscriber)
        homes.add_place(session, subscriber, place, now)
        if first:
            homes.settle(subscriber, place)
    consent.remember(session, subscriber, "joined", via, message_id, now)
    return True


def set_home(session: Session, subscriber: Subscriber, place: Place, now: datetime) -> None:
    """Makes the place their home instead of the one before; other joined places stay."""
    lock(session, subscriber)
    if subscriber.place_id not in (None, place.id):
        homes.leave_home(session, subscriber)
    homes.add_place(session, subscriber, place, now)
    homes.settle(subscriber, place)


def stop(
    session: Session, subscriber: Subscriber, *, via: str, message_id: int | None, now: datetime
) -> bool:
    """Takes them off and withdraws what waits for them; whether anything changed.

    A confirmation that is still waiting stays: one is owed, however often they say STOP.
    """
    lock(session, subscriber)
    changed = subscriber.state not in ("stopped", "blocked")
    if changed:
        move(session, subscriber, "stopped", who=subscriber.pseudonym, why=via, now=now)
    consent.remember(session, subscriber, "stopped", via, message_id, now)
    return _withdraw(session, subscriber, who=subscriber.pseudonym, why="STOP", now=now) or changed


def start(
    session: Session, subscriber: Subscriber, *, via: str, message_id: int | None, now: datetime
) -> bool:
    """Subscribes them again, to the places they had, unless a STOP stands that this does not undo.

    False when they are blocked, have said STOP after this message, or said it elsewhere and a
    company says START for them (`consent.open_stops`). The act is remembered in the last case.
    """
    lock(session, subscriber)
    if subscriber.state == "blocked" or _left_since(session, subscriber, message_id):
        return False
    consent.remember(session, subscriber, "started", via, message_id, now)
    if consent.open_stops(session, subscriber.id):
        return False
    return _subscribe(session, subscriber, via, now)


def block(session: Session, subscriber: Subscriber, *, who: str, why: str, now: datetime) -> None:
    """Shuts out someone who abuses the line: nothing is read from them or sent to them."""
    lock(session, subscriber)
    if subscriber.state != "blocked":
        move(session, subscriber, "blocked", who=who, why=why, now=now)
        _withdraw(session, subscriber, who=who, why="blocked", now=now)


def unblock(session: Session, subscriber: Subscriber, *, who: str, why: str, now: datetime) -> None:
    """Lets them write again; to get warnings they join anew, as consent is theirs alone."""
    lock(session, subscriber)
    if subscriber.state == "blocked":
        move(session, subscriber, "pending", who=who, why=why, now=now)


def set_language(subscriber: Subscriber, language: str) -> None:
    """Speaks to them in this language from now on."""
    subscriber.language = language


def _left_since(session: Session, subscriber: Subscriber, message_id: int | None) -> bool:
    """Whether a later message said STOP: that is obeyed at once, older ones may still wait."""
    if message_id is None:
        return False
    later = select(Consent.id).where(
        Consent.subscriber_id == subscriber.id,
        Consent.act == "stopped",
        Consent.message_id > message_id,
    )
    return session.scalar(later.limit(1)) is not None


def _subscribe(session: Session, subscriber: Subscriber, via: str, now: datetime) -> bool:
    if subscriber.state == "blocked":
        return False
    if subscriber.state != "subscribed":
        move(session, subscriber, "subscribed", who=subscriber.pseudonym, why=via, now=now)
    return True


def _withdraw(
    session: Session, subscriber: Subscriber, *, who: str, why: str, now: datetime
) -> bool:
    waiting = session.scalars(
        select(Delivery)
        .where(
            Delivery.subscriber_id == subscriber.id,
            Delivery.state == "queued",
            Delivery.kind != "confirmation",
        )
        .with_for_update()
    ).all()
    for delivery in waiting:
        move(session, delivery, "withdrawn", who=who, why=why, now=now)
        delivery.settled_at = now
    for inquiry in session.scalars(
        select(Inquiry)
        .where(Inquiry.subscriber_id == subscriber.id, Inquiry.state.in_(("proposed", "asked")))
        .with_for_update()
    ):
        move(session, inquiry, "withdrawn", who=who, why=why, now=now)
    return bool(waiting)

"""People are known once, join, leave and return; what they agreed to is remembered."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from gateway.plumbing.crypto import Keys
from gateway.store.database import Database
from gateway.store.once import insert_once
from gateway.store.tables import Delivery, Move, Place, Subscriber, Subscription
from gateway.subscribers import consent, membership, pseudonyms
from gateway.subscribers.homes import places_of
from gateway.terms.geo import Position, cell_of
from tests.make import MOA, make_place, make_subscriber

PHONE = "+254700000123"


@pytest.fixture
def person(session: Session, keys: Keys, now: datetime) -> Subscriber:
    """Someone who wrote for the first time."""
    return membership.subscriber_of(session, keys, PHONE, now)


@pytest.fixture
def moa(session: Session) -> Place:
    return make_place(session)


@pytest.fixture
def garsen(session: Session) -> Place:
    return make_place(session, "Garsen", Position(-2.27, 40.12))


def join(session: Session, person: Subscriber, place: Place | None, now: datetime) -> bool:
    return membership.join(session, person, place, via="sms", message_id=None, now=now)


def stop(session: Session, person: Subscriber, now: datetime) -> bool:
    return membership.stop(session, person, via="sms", message_id=None, now=now)


def start(session: Session, person: Subscriber, now: datetime) -> bool:
    return membership.start(session, person, via="sms", message_id=None, now=now)


def block(session: Session, person: Subscriber, now: datetime) -> None:
    membership.block(session, person, who="amina", why="floods the line", now=now)


def make_delivery(
    session: Session, person: Subscriber, now: datetime, kind: str = "reply", state: str = "queued"
) -> Delivery:
    delivery = Delivery(
        kind=kind,
        subscriber_id=person.id,
        language="en",
        body="Thank you.",
        reference=uuid.uuid4().hex,
        state=state,
        priority=5,
        due_at=now,
        created_at=now,
    )
    session.add(delivery)
    session.flush()
    return delivery


def acts(session: Session, person: Subscriber) -> list[str]:
    return [row.act for row in consent.history(session, person.id)]


def moves(session: Session, machine: str) -> list[tuple[str, str]]:
    rows = session.scalars(select(Move).where(Move.machine == machine).order_by(Move.id))
    return [(row.origin, row.target) for row in rows]


def test_a_new_number_becomes_a_pending_person_with_a_pseudonym(
    session: Session, person: Subscriber, now: datetime
) -> None:
    assert person.state == "pending"
    assert person.pseudonym.split("-")[0] in pseudonyms.NAMES
    assert (person.phone, person.created_at, person.reliability) == (PHONE, now, "F")
    kept = session.execute(text("SELECT phone, phone_index FROM subscribers")).one()
    assert kept.phone.startswith("v1|")
    assert "700000123" not in kept.phone + kept.phone_index


def test_the_same_number_is_the_same_person(
    session: Session, keys: Keys, person: Subscriber, now: datetime
) -> None:
    again = membership.subscriber_of(session, keys, PHONE, now + timedelta(days=1))
    assert again is person
    other = membership.subscriber_of(session, keys, "+254700000124", now)
    assert other.id != person.id
    assert other.pseudonym != person.pseudonym


def test_a_taken_pseudonym_does_not_lose_the_message(
    session: Session,
    keys: Keys,
    person: Subscriber,
    now: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    offered = iter([person.pseudonym, person.pseudonym, "Heron-42"])
    monkeypatch.setattr(pseudonyms, "fresh", lambda _session: next(offered))
    other = membership.subscriber_of(session, keys, "+254700000124", now)
    assert other.pseudonym == "Heron-42"


def in_parallel(work: Callable[[int], None], workers: int) -> list[BaseException]:
    barrier, errors = Barrier(workers), list[BaseException]()

    def run(number: int) -> None:
        try:
            barrier.wait(timeout=10)
            work(number)
        except BaseException as error:
            errors.append(error)

    threads = [Thread(target=run, args=(number,)) for number in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return errors


def test_eight_workers_at_the_same_instant_make_one_person(
    database: Database, keys: Keys, now: datetime
) -> None:
    ids: list[int] = []

    def work(_number: int) -> None:
        with database.writing() as session:
            person = membership.subscriber_of(session, keys, PHONE, now)
            join(session, person, None, now)
            ids.append(person.id)

    assert in_parallel(work, 8) == []
    assert len(ids) == 8
    assert len(set(ids)) == 1
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Subscriber)) == 1
        assert moves(session, "subscriber") == [("pending", "subscribed")]


def test_joining_makes_the_first_place_home_and_adds_the_second(
    session: Session, person: Subscriber, moa: Place, garsen: Place, now: datetime
) -> None:
    assert join(session, person, moa, now)
    assert join(session, person, garsen, now)
    assert join(session, person, garsen, now)
    assert person.state == "subscribed"
    assert (person.place_id, person.lat, person.lon) == (moa.id, MOA.lat, MOA.lon)
    assert person.cell == cell_of(MOA)
    assert places_of(session, person) == [moa.id, garsen.id]
    assert acts(session, person) == ["joined"] * 3
    assert moves(session, "subscriber") == [("pending", "subscribed")]


def test_joining_without_a_place_waits_for_one(
    session: Session, person: Subscriber, moa: Place, now: datetime
) -> None:
    assert join(session, person, None, now)
    assert (person.state, person.place_id) == ("subscribed", None)
    membership.set_home(session, person, moa, now)
    assert person.place_id == moa.id
    assert places_of(session, person) == [moa.id]


def test_a_new_home_replaces_the_old_one_and_keeps_other_places(
    session: Session, person: Subscriber, moa: Place, garsen: Place, now: datetime
) -> None:
    third = make_place(session, "Ngao", Position(-2.42, 40.2))
    join(session, person, moa, now)
    join(session, person, garsen, now)
    membership.set_home(session, person, third, now)
    membership.set_home(session, person, third, now)
    assert (person.place_id, person.cell) == (third.id, cell_of(Position(third.lat, third.lon)))
    assert places_of(session, person) == [garsen.id, third.id]


def test_stop_ends_everything_at_once_and_is_remembered_each_time(
    session: Session, person: Subscriber, moa: Place, now: datetime
) -> None:
    join(session, person, moa, now)
    waiting = make_delivery(session, person, now)
    gone = make_delivery(session, person, now, state="submitted")
    assert stop(session, person, now)
    assert (person.state, waiting.state, gone.state) == ("stopped", "withdrawn", "submitted")
    assert waiting.settled_at == now
    assert moves(session, "delivery") == [("queued", "withdrawn")]
    assert not stop(session, person, now)
    assert acts(session, person) == ["joined", "stopped", "stopped"]
    assert moves(session, "subscriber")[-1] == ("subscribed", "stopped")
    assert len(moves(session, "subscriber")) == 2


def test_a_second_stop_leaves_the_confirmation_of_the_first(
    session: Session, person: Subscriber, now: datetime
) -> None:
    assert stop(session, person, now)
    confirmation = make_delivery(session, person, now, kind="confirmation")
    assert not stop(session, person, now)
    assert confirmation.state == "queued"


def test_stop_touches_nobody_else(
    session: Session, keys: Keys, person: Subscriber, now: datetime
) -> None:
    neighbour = make_subscriber(session, keys, "+254700000199")
    theirs = make_delivery(session, neighbour, now)
    stop(session, person, now)
    assert (neighbour.state, theirs.state) == ("subscribed", "queued")


def test_start_returns_to_the_old_places(
    session: Session, person: Subscriber, moa: Place, now: datetime
) -> None:
    join(session, person, moa, now)
    stop(session, person, now)
    assert start(session, person, now)
    assert (person.state, person.place_id) == ("subscribed", moa.id)
    assert places_of(session, person) == [moa.id]
    assert acts(session, person) == ["joined", "stopped", "started"]


def test_joining_again_after_stop_subscribes(
    session: Session, person: Subscriber, moa: Place, now: datetime
) -> None:
    stop(session, person, now)
    assert join(session, person, moa, now)
    assert person.state == "subscribed"


def test_a_blocked_person_stays_blocked_whatever_they_say(
    session: Session, person: Subscriber, moa: Place, now: datetime
) -> None:
    waiting = make_delivery(session, person, now)
    block(session, person, now)
    block(session, person, now)
    assert waiting.state == "withdrawn"
    assert not join(session, person, moa, now)
    assert not start(session, person, now)
    assert not stop(session, person, now)
    assert (person.state, person.place_id) == ("blocked", None)
    assert acts(session, person) == ["stopped"]
    assert moves(session, "subscriber") == [("pending", "blocked")]


def test_unblocking_does_not_subscribe(session: Session, person: Subscriber, now: datetime) -> None:
    join(session, person, None, now)
    block(session, person, now)
    membership.unblock(session, person, who="amina", why="a mistake", now=now)
    membership.unblock(session, person, who="amina", why="a mistake", now=now)
    assert person.state == "pending"
    assert join(session, person, None, now)


def test_the_language_is_kept(session: Session, person: Subscriber, now: datetime) -> None:
    membership.set_language(person, "sw")
    join(session, person, None, now)  # reads the row again, under a lock
    assert person.language == "sw"


def test_two_stops_on_two_workers_move_once(database: Database, keys: Keys, now: datetime) -> None:
    with database.writing() as session:
        person_id = make_subscriber(session, keys, PHONE).id
    changes: list[bool] = []

    def work(_number: int) -> None:
        with database.writing() as session:
            person = session.get_one(Subscriber, person_id)
            changes.append(stop(session, person, now))

    assert in_parallel(work, 4) == []
    assert sorted(changes) == [False, False, False, True]
    with database.reading() as session:
        assert moves(session, "subscriber") == [("subscribed", "stopped")]


def test_insert_once_tells_new_from_known_and_keeps_the_transaction(
    session: Session, person: Subscriber, moa: Place, now: datetime
) -> None:
    values: dict[str, Any] = {"subscriber_id": person.id, "place_id": moa.id, "joined_at": now}
    on = ("subscriber_id", "place_id")
    first = insert_once(session, Subscription, values, on=on)
    assert isinstance(first, int)
    assert insert_once(session, Subscription, values, on=on) is None
    assert insert_once(session, Subscription, values) is None
    kept = session.get_one(Subscription, first)
    assert (kept.place_id, kept.joined_at) == (moa.id, now)

"""Each act of consent is kept in order, with when and through what."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from gateway.plumbing.crypto import Keys
from gateway.store.tables import Message
from gateway.subscribers import consent
from tests.make import make_subscriber


def test_acts_are_kept_in_order_with_their_message(
    session: Session, keys: Keys, now: datetime
) -> None:
    person = make_subscriber(session, keys, "+254700000123")
    message = Message(account="simulator", provider_id="1", sender_index="x", received_at=now)
    session.add(message)
    session.flush()
    later = now + timedelta(hours=1)
    consent.remember(session, person, "joined", "sms", message.id, now)
    consent.remember(session, person, "stopped", "provider", None, later)
    found = [(row.act, row.via, row.message_id, row.at) for row in _history(session, person.id)]
    assert found == [("joined", "sms", message.id, now), ("stopped", "provider", None, later)]


def test_one_person_s_history_is_theirs_alone(session: Session, keys: Keys, now: datetime) -> None:
    person = make_subscriber(session, keys, "+254700000123")
    other = make_subscriber(session, keys, "+254700000124")
    consent.remember(session, other, "joined", "sms", None, now)
    assert _history(session, person.id) == []
    assert len(_history(session, other.id)) == 1


_history = consent.history

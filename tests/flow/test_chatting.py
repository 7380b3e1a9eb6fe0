"""A coordinator writes to a reporter: with care for whoever holds the phone."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.flow import chatting
from gateway.lists import chat
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Delivery, Message, Subscriber, User
from gateway.terms.refusals import Refused
from tests.make import make_subscriber, make_user

ASKED = "Are you somewhere safe? Can you see the road?"


@pytest.fixture
def database_url(migrated_sqlite, tmp_path) -> str:
    import shutil

    path = tmp_path / "gateway.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def people(runtime: Runtime, now) -> tuple[User, Subscriber]:
    with runtime.database.writing() as session:
        person = make_subscriber(session, runtime.keys, "+254700000101")
        session.add(
            Message(
                account="simulator",
                provider_id="1",
                sender=person.phone,
                sender_index=person.phone_index,
                subscriber_id=person.id,
                state="processed",
                body="Twelve men with guns crossed the old ford behind our mosque",
                received_at=now,
            )
        )
        return make_user(session), person


def say(runtime: Runtime, people: tuple[User, Subscriber], text: str, now) -> None:
    with runtime.database.writing() as session:
        chatting.say(runtime, session, people[1].id, people[0], text, now)


def test_it_waits_in_the_outbox_and_the_audit_holds_no_word_of_it(
    runtime: Runtime, people, now
) -> None:
    say(runtime, people, f"  {ASKED} ", now)
    with runtime.database.reading() as session:
        sent = session.scalars(select(Delivery)).one()
        assert (sent.kind, sent.state, sent.body) == ("chat", "queued", ASKED)
        act = session.scalars(select(AuditRow)).one()
        assert (act.act, act.facts, act.reason) == ("subscriber.chat", {"segments": 1}, None)
        lines = chat.conversation(session, session.get_one(Subscriber, people[1].id))
        assert [line.ours for line in lines] == [False, True]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("  ", "Write what you want"),
        ("x" * 481, "too long"),
        ("ٱ" * 300, "too long"),
        ("Call 0722 123 456", "phone number"),
        ("Call ٠٧٢٢١٢٣٤٥٦", "phone number"),
        ("See http://x.example/a", "link"),
        ("You said: men with guns crossed the old ford behind our mosque?", "repeats words"),
    ],
)
def test_what_could_betray_a_person_is_refused(
    runtime: Runtime, people, now, text: str, words: str
) -> None:
    with pytest.raises(Refused, match=words):
        say(runtime, people, text, now)


@pytest.mark.parametrize("state", ["stopped", "blocked"])
def test_who_said_stop_or_is_blocked_hears_nothing(
    runtime: Runtime, people, now, state: str
) -> None:
    with runtime.database.writing() as session:
        session.get_one(Subscriber, people[1].id).state = state
    with pytest.raises(Refused, match="nothing is sent"):
        say(runtime, people, ASKED, now)


def test_two_within_ten_seconds_are_one_too_many(runtime: Runtime, people, now) -> None:
    say(runtime, people, ASKED, now)
    with pytest.raises(Refused, match="ten seconds"):
        say(runtime, people, ASKED, now + timedelta(seconds=9))
    say(runtime, people, "Stay there.", now + timedelta(seconds=10))

"""A coordinator writes to one person by SMS, with care: somebody else may hold that phone."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts import lettering, lint_traces
from gateway.alerts.lint_words import Reading, read, words_of
from gateway.alerts.marking import marked
from gateway.dispatch.outbox import Text, queue_answer
from gateway.flow.lint_lists import load_lists
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Delivery, Message, Subscriber, User
from gateway.subscribers import membership
from gateway.terms.gsm7 import measure
from gateway.terms.refusals import NotFound, Refused
from gateway.understanding.folding import fold

KIND = "chat"  # of a delivery
LONGEST = 480  # letters that the field takes
MOST_SEGMENTS = 3
PAUSE = timedelta(seconds=10)
_THEIR_LATEST = 50  # messages whose words are not sent back


def language_of(runtime: Runtime, person: Subscriber) -> str:
    """In which language they are written to."""
    return person.language or runtime.settings.languages[0]


def why_silent(person: Subscriber) -> Refused | None:
    """Why this person cannot be written to; None when they can."""
    if person.state == "stopped":
        return Refused("This person said STOP: nothing is sent to them.")
    if person.state == "blocked":
        return Refused("This person is blocked: nothing is sent to them.")
    if person.phone_index is None:
        return Refused("The number was erased: nothing can be sent to them.")
    return None


def say(
    runtime: Runtime, session: Session, subscriber_id: int, by: User, words: str, now: datetime
) -> None:
    """Puts an SMS of a coordinator's own words into the outbox; the audit says only that one went.

    Raises Refused for what could harm whoever holds the phone, and for two within ten seconds.
    """
    person = session.get(Subscriber, subscriber_id)
    if person is None:
        raise NotFound("There is no such subscriber.")
    membership.lock(session, person)
    silent = why_silent(person)
    if silent is not None:
        raise silent
    language = language_of(runtime, person)
    text = words.strip().replace("\r\n", "\n")
    if person.exercise_id is not None:
        text = marked(language, text)
    _check_length(text, language)
    _check_harm(runtime, session, person, language, text)
    _check_pause(session, person, now)
    queue_answer(session, person, Text(language, text), now, kind=KIND)
    nudge_after_commit(session, "send_due")
    facts = {"segments": measure(lettering.plain(text, language)).segments}
    subject = f"subscriber {person.id}"
    record(session, who=by.name, act="subscriber.chat", subject=subject, now=now, facts=facts)


def _check_length(text: str, language: str) -> None:
    if not text:
        raise Refused("Write what you want to say first.")
    segments = measure(lettering.plain(text, language)).segments
    if len(text) > LONGEST or segments > MOST_SEGMENTS:
        raise Refused("That is too long: %(most)s SMS are the most.", most=MOST_SEGMENTS)


def _check_harm(
    runtime: Runtime, session: Session, person: Subscriber, language: str, text: str
) -> None:
    known = load_lists(runtime.settings.languages)
    lists = known.get(language) or known[runtime.settings.languages[0]]
    reading = read(text, fold)
    accounts = runtime.settings.providers.values()
    own = ["".join(filter(str.isdigit, one.sender_id)) for one in accounts]
    if any(lint_traces.phone_numbers(reading, lists, [one for one in own if one])):
        raise Refused("There is a phone number in it. Whoever takes the phone would read it.")
    if lint_traces.links(text):
        raise Refused("There is a link or an address in it. Say it without.")
    if _repeats(runtime, session, person, reading):
        raise Refused(
            "It repeats words that this person wrote. On a phone that was taken they would betray "
            "who told us: use other words."
        )


def _repeats(runtime: Runtime, session: Session, person: Subscriber, reading: Reading) -> bool:
    length = runtime.settings.lint.copied_words
    bodies = session.scalars(
        select(Message.body)
        .where(Message.sender_index == person.phone_index, Message.body.is_not(None))
        .order_by(Message.id.desc())
        .limit(_THEIR_LATEST)
    )
    ours = {reading.words[at : at + length] for at in range(len(reading.words) - length + 1)}
    for body in bodies:
        theirs = words_of(body or "", fold)
        if any(theirs[at : at + length] in ours for at in range(len(theirs) - length + 1)):
            return True
    return False


def _check_pause(session: Session, person: Subscriber, now: datetime) -> None:
    latest = session.scalar(
        select(Delivery.created_at)
        .where(Delivery.subscriber_id == person.id, Delivery.kind == KIND)
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    if latest is not None and now - latest < PAUSE:
        raise Refused("You have just written. Wait ten seconds, so that nothing goes twice.")

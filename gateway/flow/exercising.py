"""Plays a scenario on the running set-up: real rooms, simulated phones, marked Exercise."""

import tomllib
import uuid
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.flow import alerting, judging, people, take_in
from gateway.flow.scenario import Scenario, Step
from gateway.plumbing.clock import Clock
from gateway.plumbing.resources import config_file
from gateway.providers.base import InboundSms
from gateway.runtime import EXERCISE_ACCOUNT, Runtime
from gateway.store.tables import (
    Alert,
    Exercise,
    Incident,
    Inquiry,
    Message,
    Report,
    Subscriber,
    User,
)
from gateway.terms.refusals import Refused

_FIRST_NUMBER = 254_700_001_000  # a block nobody is called on: exercises never leave the machine
_LONG_AGO = timedelta(days=30)  # who joined is known; who did not is a new number
_UNSENT = ("draft", "submitted")
_JUDGED = {
    "verify": judging.verify,
    "refute": judging.refute,
    "unverifiable": judging.unverifiable,
}


class Drill:
    """One run of a scenario."""

    def __init__(self, runtime: Runtime, scenario: Scenario, clock: Clock | None = None) -> None:
        """Phones text at the time of `clock`; coordinators act at the gateway's own."""
        self._runtime, self._clock = runtime, clock or runtime.clock
        self.phones = scenario.phones()
        self.refusals: list[str] = []
        self.best_credibility: dict[int, int] = {}
        with runtime.database.writing() as session:
            exercise = Exercise(scenario=scenario.title[:64], started_at=runtime.clock())
            session.add(exercise)
            session.flush()
            self.id = exercise.id
            self._coordinators = [_coordinator(session, number, runtime) for number in (1, 2)]

    def enrol(self) -> int:
        """Those who join do so by SMS, in their language; returns how many."""
        joining = {phone: group for phone, group in self.phones.items() if group.joins}
        for phone, group in joining.items():
            self._text(phone, f"JOIN {group.place}")
            self._text(phone, f"LANG {group.language}")
        return len(joining)

    def settle_in(self) -> None:
        """Once they have joined: they are no strangers, and coordinators vouch for some."""
        now = self._runtime.clock()
        with self._runtime.database.writing() as session:
            for phone, person in self.people(session).items():
                person.created_at = min(person.created_at, self._clock()) - _LONG_AGO
                if self.phones[phone].focal:
                    by = self._coordinators[0]
                    people.set_focal_point(session, person.id, True, by, "Exercise", now)

    def play(self, step: Step) -> str:
        """Does one step and says what it was."""
        if step.sender is not None and step.answers is not None:
            return self._answer(step.sender, step.answers)
        if step.sender is not None:
            self._text(step.sender, step.text or "")
            return f"{step.sender} texts"
        done = f"coordinator {step.coordinator}: {step.act}"
        try:
            with self._runtime.database.writing() as session:
                self._act(session, step, self._runtime.clock())
        except Refused as refused:
            self.refusals.append(f"{done} of {step.of}: {refused}")
            return f"{done}: {refused}"
        return done

    def watch(self) -> None:
        """Notes how credible each incident is held while coordinators decide."""
        with self._runtime.database.reading() as session:
            for incident_id, credibility in session.execute(
                select(Incident.id, Incident.credibility).where(Incident.exercise_id == self.id)
            ):
                best = self.best_credibility.get(incident_id, credibility)
                self.best_credibility[incident_id] = min(best, credibility)

    def is_asked(self, phone: str) -> bool:
        """Whether a question to this phone waits for its answer."""
        with self._runtime.database.reading() as session:
            return self._question(session, phone) is not None

    def has_read_everything(self) -> bool:
        """Whether every message of this exercise was processed."""
        with self._runtime.database.reading() as session:
            waiting = session.scalar(
                select(func.count())
                .select_from(Message)
                .where(Message.exercise_id == self.id, Message.state == "received")
            )
        return not waiting

    def index_of(self, phone: str) -> str:
        """The key under which the gateway knows this phone."""
        return self._runtime.keys.index.of(f"exercise:{self.id}:{self._number(phone)}")

    def people(self, session: Session) -> dict[str, Subscriber]:
        """Everybody the gateway knows by now, by the name of their phone."""
        rows = session.scalars(select(Subscriber).where(Subscriber.exercise_id == self.id))
        known = {row.phone_index: row for row in rows}
        found = {phone: known.get(self.index_of(phone)) for phone in self.phones}
        return {phone: person for phone, person in found.items() if person is not None}

    def end(self) -> None:
        """Closes what the exercise opened, so that the next one finds a clean field."""
        now, by = self._runtime.clock(), self._coordinators[0]
        with self._runtime.database.writing() as session:
            for alert_id in session.scalars(
                select(Alert.id).where(Alert.exercise_id == self.id, Alert.state == "live")
            ).all():
                alerting.cancel(self._runtime, session, alert_id, by, "The exercise is over", now)
            for alert_id in session.scalars(
                select(Alert.id).where(Alert.exercise_id == self.id, Alert.state.in_(_UNSENT))
            ).all():
                alerting.discard(session, alert_id, by, "The exercise is over", now)
            for incident in session.scalars(
                select(Incident).where(Incident.exercise_id == self.id)
            ).all():
                if incident.state == "verified":
                    judging.close(session, incident.id, by, "The exercise is over", now)
                elif incident.state == "open":
                    judging.unverifiable(session, incident.id, by, "The exercise is over", now)
            session.get_one(Exercise, self.id).ended_at = now

    def _text(self, phone: str, text: str) -> None:
        sms = InboundSms(
            provider_id=uuid.uuid4().hex, sender=self._number(phone), recipient="", text=text
        )
        now = self._clock()
        take_in.keep(self._runtime, EXERCISE_ACCOUNT, [sms], now, exercise_id=self.id)

    def _answer(self, phone: str, answer: str) -> str:
        with self._runtime.database.reading() as session:
            question = self._question(session, phone)
        if question is None:
            return f"{phone} would answer {answer}, but was not asked"
        word = _word(answer, self.phones[phone].language)
        self._text(phone, f"{word} {question.number}")
        return f"{phone} answers {answer}"

    def _question(self, session: Session, phone: str) -> Inquiry | None:
        return session.scalars(
            select(Inquiry)
            .join(Subscriber, Subscriber.id == Inquiry.subscriber_id)
            .where(
                Subscriber.phone_index == self.index_of(phone),
                Inquiry.exercise_id == self.id,
                Inquiry.state == "asked",
            )
            .order_by(Inquiry.id)
        ).first()

    def _number(self, phone: str) -> str:
        return f"+{_FIRST_NUMBER + list(self.phones).index(phone)}"

    def _act(self, session: Session, step: Step, now: datetime) -> None:
        by = self._coordinators[(step.coordinator or 1) - 1]
        incident = self._incident_of(session, step.of or "")
        if step.act in _JUDGED:
            _JUDGED[step.act](session, incident.id, by, step.reason, now)
        elif step.act == "warn":
            alert = alerting.draft(self._runtime, session, incident.id, by, now)
            alerting.submit(self._runtime, session, alert.id, by, alert.version, now)
        else:
            alert = session.scalars(
                select(Alert)
                .where(Alert.incident_id == incident.id, Alert.state == "submitted")
                .order_by(Alert.id.desc())
            ).first() or _nothing("There is no submitted warning to approve.")
            alerting.approve(self._runtime, session, alert.id, by, alert.version, now)

    def _incident_of(self, session: Session, phone: str) -> Incident:
        incident = session.scalars(
            select(Incident)
            .join(Report, Report.incident_id == Incident.id)
            .join(Subscriber, Subscriber.id == Report.subscriber_id)
            .where(
                Incident.exercise_id == self.id,
                Subscriber.phone_index == self.index_of(phone),
            )
            .order_by(Report.id)
        ).first()
        return incident or _nothing(f"No incident came of what {phone} texted.")


def _coordinator(session: Session, number: int, runtime: Runtime) -> User:
    """The script's own coordinators; no password fits their accounts."""
    name = f"exercise-{number}"
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        user = User(
            name=name,
            role="coordinator",
            password_hash="!",  # noqa: S106 (a hash nothing verifies against)
            must_change_password=False,
            created_at=runtime.clock(),
        )
        session.add(user)
        session.flush()
    return user


def _word(answer: str, language: str) -> str:
    """The usual word for it in this language, as people type it."""
    tables = tomllib.loads(config_file("keywords.toml").read_text(encoding="utf-8"))
    words: list[str] = tables.get(language, tables["en"])["commands"][answer]
    return words[0].lstrip("=").upper()


def _nothing(message: str) -> NoReturn:
    raise Refused(message)

"""Plays a scenario on the running set-up: real rooms, simulated phones, marked Exercise."""

import tomllib
import uuid
from datetime import datetime, timedelta
from typing import NoReturn

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.flow import alerting, judging, people, take_in
from gateway.flow.cast import Cast
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

SCRIPTED = "exercise-"  # how the names of the script's own coordinators begin
_LONG_AGO = timedelta(days=30)  # who joined is known; who did not is a new number
_JUDGED = {
    "verify": judging.verify,
    "refute": judging.refute,
    "unverifiable": judging.unverifiable,
}


class Drill(Cast):
    """One run of a scenario."""

    def __init__(
        self,
        runtime: Runtime,
        scenario: Scenario,
        clock: Clock | None = None,
        *,
        exercise_id: int | None = None,
        by_people: bool = False,
    ) -> None:
        """Phones text at the time of `clock`; coordinators act at the gateway's own.

        Without an id a new exercise begins. With `by_people` the coordinators of the script do
        nothing: people act on the pages.
        """
        self._clock, self.by_people = clock or runtime.clock, by_people
        with runtime.database.writing() as session:
            if exercise_id is None:
                exercise = Exercise(scenario=scenario.title[:64], started_at=runtime.clock())
                session.add(exercise)
                session.flush()
                exercise_id = exercise.id
            self._coordinators = script_coordinators(session, runtime.clock())
        super().__init__(runtime, exercise_id, scenario.phones())

    def enrol(self) -> int:
        """Those who join do so by SMS, in their language; returns how many."""
        joining = {phone: group for phone, group in self.phones.items() if group.joins}
        for phone, group in joining.items():
            self._text(phone, f"JOIN {group.place}")
            self._text(phone, f"LANG {group.language}")
        return len(joining)

    def settle_in(self) -> None:
        """Once they have joined: they are no strangers, and coordinators vouch for some."""
        now = self.runtime.clock()
        with self.runtime.database.writing() as session:
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
        if self.by_people:
            return f"{done} of {step.of} is left to you"
        try:
            with self.runtime.database.writing() as session:
                self._act(session, step, self.runtime.clock())
        except Refused as refused:
            self.refusals.append(f"{done} of {step.of}: {refused}")
            return f"{done}: {refused}"
        return done

    def watch(self) -> None:
        """Notes how credible each incident is held while coordinators decide."""
        with self.runtime.database.reading() as session:
            for incident_id, credibility in session.execute(
                select(Incident.id, Incident.credibility).where(Incident.exercise_id == self.id)
            ):
                best = self.best_credibility.get(incident_id, credibility)
                self.best_credibility[incident_id] = min(best, credibility)

    def is_asked(self, phone: str) -> bool:
        """Whether a question to this phone waits for its answer."""
        with self.runtime.database.reading() as session:
            return self._question(session, phone) is not None

    def has_read_everything(self) -> bool:
        """Whether every message of this exercise was processed."""
        with self.runtime.database.reading() as session:
            waiting = session.scalar(
                select(func.count())
                .select_from(Message)
                .where(Message.exercise_id == self.id, Message.state == "received")
            )
        return not waiting

    def _text(self, phone: str, text: str) -> None:
        sms = InboundSms(
            provider_id=uuid.uuid4().hex, sender=self.number(phone), recipient="", text=text
        )
        now = self._clock()
        take_in.keep(self.runtime, EXERCISE_ACCOUNT, [sms], now, exercise_id=self.id)

    def _answer(self, phone: str, answer: str) -> str:
        with self.runtime.database.reading() as session:
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

    def _act(self, session: Session, step: Step, now: datetime) -> None:
        by = self._coordinators[(step.coordinator or 1) - 1]
        incident = self._incident_of(session, step.of or "")
        if step.act in _JUDGED:
            _JUDGED[step.act](session, incident.id, by, step.reason, now)
        elif step.act == "warn":
            alert = alerting.draft(self.runtime, session, incident.id, by, now)
            alerting.submit(self.runtime, session, alert.id, by, alert.version, now)
        else:
            alert = session.scalars(
                select(Alert)
                .where(Alert.incident_id == incident.id, Alert.state == "submitted")
                .order_by(Alert.id.desc())
            ).first() or _nothing("There is no submitted warning to approve.")
            alerting.approve(self.runtime, session, alert.id, by, alert.version, now)

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


def script_coordinators(session: Session, now: datetime) -> list[User]:
    """The script's own two; no password fits their accounts, and nobody is behind them."""
    return [_coordinator(session, number, now) for number in (1, 2)]


def _coordinator(session: Session, number: int, now: datetime) -> User:
    name = f"{SCRIPTED}{number}"
    user = session.scalar(select(User).where(User.name == name))
    if user is None:
        user = User(
            name=name,
            role="coordinator",
            password_hash="!",  # noqa: S106 (a hash nothing verifies against)
            must_change_password=False,
            created_at=now,
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

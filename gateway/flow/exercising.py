"""Plays a scenario on the running set-up: real rooms, simulated phones, marked Exercise."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.flow import alerting, judging, take_in
from gateway.flow.scenario import Scenario, Step
from gateway.providers.base import InboundSms
from gateway.runtime import EXERCISE_ACCOUNT, Runtime
from gateway.store.tables import (
    Alert,
    Delivery,
    Exercise,
    Incident,
    Message,
    Report,
    Subscriber,
    User,
)
from gateway.terms.refusals import Refused

_FIRST_NUMBER = 254_700_001_000  # a block nobody is called on: exercises never leave the machine
_SENT = ("submitted", "delivered")


@dataclass(frozen=True, slots=True)
class Reach:
    """How an exercise's warning went; minutes are None while there is nothing to measure."""

    expected: int
    warned_once: int
    missed: int
    warned_twice: int
    warned_wrongly: int
    delivered: int
    first_report_to_first_warning_min: float | None
    first_report_to_90_percent_min: float | None

    @property
    def is_right(self) -> bool:
        """Everyone who should be warned was, exactly once; nobody else was."""
        wrong = self.missed or self.warned_twice or self.warned_wrongly
        return not wrong and self.warned_once == self.expected > 0


class Drill:
    """One run of a scenario."""

    def __init__(self, runtime: Runtime, scenario: Scenario) -> None:
        self._runtime, self._scenario = runtime, scenario
        self._phones = scenario.phones()
        with runtime.database.writing() as session:
            exercise = Exercise(scenario=scenario.title[:64], started_at=runtime.clock())
            session.add(exercise)
            session.flush()
            self.id = exercise.id
            self._coordinators = [_coordinator(session, number, runtime) for number in (1, 2)]

    def enrol(self) -> int:
        """Every phone joins by SMS, in its language; returns how many."""
        for phone, group in self._phones.items():
            self._text(phone, f"JOIN {group.place}")
            self._text(phone, f"LANG {group.language}")
        return len(self._phones)

    def play(self, step: Step) -> str:
        """Does one step and says what it was."""
        if step.sender is not None:
            self._text(step.sender, step.text or "")
            return f"{step.sender} texts"
        with self._runtime.database.writing() as session:
            self._act(session, step, self._runtime.clock())
        return f"coordinator {step.coordinator}: {step.act}"

    def has_read_everything(self) -> bool:
        """Whether every message of this exercise was processed."""
        with self._runtime.database.reading() as session:
            waiting = session.scalar(
                select(func.count())
                .select_from(Message)
                .where(Message.exercise_id == self.id, Message.state == "received")
            )
        return not waiting

    def reach(self) -> Reach:
        """How far the warning has come by now."""
        with self._runtime.database.reading() as session:
            copies = self._copies(session)
            times = self._times(session)
        should = {name for name, group in self._phones.items() if group.warned}
        delivered = times[2]
        return Reach(
            expected=len(should),
            warned_once=sum(copies.get(name, 0) == 1 for name in should),
            missed=sum(copies.get(name, 0) == 0 for name in should),
            warned_twice=sum(count > 1 for count in copies.values()),
            warned_wrongly=sum(count > 0 for name, count in copies.items() if name not in should),
            delivered=len(delivered),
            first_report_to_first_warning_min=_minutes(times[0], times[1]),
            first_report_to_90_percent_min=_minutes(
                times[0], _ninety_percent(delivered, len(should))
            ),
        )

    def end(self) -> None:
        """Closes what the exercise opened, so that the next one finds a clean field."""
        now, by = self._runtime.clock(), self._coordinators[0]
        with self._runtime.database.writing() as session:
            for alert_id in session.scalars(
                select(Alert.id).where(Alert.exercise_id == self.id, Alert.state == "live")
            ).all():
                alerting.cancel(self._runtime, session, alert_id, by, "The exercise is over", now)
            for alert_id in session.scalars(
                select(Alert.id).where(Alert.exercise_id == self.id, Alert.state == "draft")
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
        now = self._runtime.clock()
        take_in.keep(self._runtime, EXERCISE_ACCOUNT, [sms], now, exercise_id=self.id)

    def _number(self, phone: str) -> str:
        return f"+{_FIRST_NUMBER + list(self._phones).index(phone)}"

    def _act(self, session: Session, step: Step, now: datetime) -> None:
        by = self._coordinators[(step.coordinator or 1) - 1]
        incident = self._incident_of(session, step.of or "")
        if step.act == "verify":
            judging.verify(session, incident.id, by, step.reason, now)
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
                Subscriber.phone_index == self._index(phone),
            )
            .order_by(Report.id)
        ).first()
        return incident or _nothing(f"No incident came of what {phone} texted.")

    def _index(self, phone: str) -> str:
        return self._runtime.keys.index.of(f"exercise:{self._number(phone)}")

    def _copies(self, session: Session) -> dict[str, int]:
        """How many copies of warnings each phone was sent."""
        rows = session.execute(
            select(Subscriber.phone_index, func.count())
            .join(Delivery, Delivery.subscriber_id == Subscriber.id)
            .join(Alert, Alert.id == Delivery.alert_id)
            .where(
                Delivery.exercise_id == self.id,
                Alert.purpose == "warning",
                Delivery.state.in_(_SENT),
            )
            .group_by(Subscriber.phone_index)
        )
        counts = dict(rows.all())
        return {phone: counts.get(self._index(phone), 0) for phone in self._phones}

    def _times(self, session: Session) -> tuple[datetime | None, datetime | None, list[datetime]]:
        """The first report, the first hand-over, and when each copy was delivered."""
        first = session.scalar(
            select(func.min(Report.received_at)).where(Report.exercise_id == self.id)
        )
        sent = session.execute(
            select(Delivery.submitted_at, Delivery.settled_at, Delivery.state)
            .join(Alert, Alert.id == Delivery.alert_id)
            .where(Delivery.exercise_id == self.id, Alert.purpose == "warning")
        ).all()
        handed = [row.submitted_at for row in sent if row.submitted_at is not None]
        delivered = [row.settled_at for row in sent if row.state == "delivered"]
        return first, min(handed, default=None), sorted(delivered)


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


def _ninety_percent(delivered: list[datetime], expected: int) -> datetime | None:
    needed = -(-expected * 9 // 10)
    return delivered[needed - 1] if 0 < needed <= len(delivered) else None


def _minutes(start: datetime | None, end: datetime | None) -> float | None:
    return round((end - start).total_seconds() / 60, 2) if start and end else None


def _nothing(message: str) -> NoReturn:
    raise Refused(message)

"""Learns how reliable a source is from what became of its reports and answers.

A Beta prior, updated by each judged incident, older ones counting less: Jøsang & Ismail, The Beta
Reputation System (2002), sections 2.1 and 2.4. The letters are those of AJP-2.1.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.tables import Incident, Inquiry, Report, Subscriber

_STRANGER = (2.0, 2.0)  # a stranger needs some proof either way
_FOCAL = (6.0, 2.0)  # somebody whom coordinators vouch for begins as "usually reliable"
_HALF_LIFE_DAYS = 180.0
_LEAST_PROOF = 0.5  # below it nothing is known yet
_LETTERS = (("A", 0.88), ("B", 0.74), ("C", 0.55), ("D", 0.36))
_TRUE, _FALSE = ("verified", "closed"), ("refuted",)
JUDGED = (*_TRUE, *_FALSE)


@dataclass(frozen=True, slots=True)
class Proof:
    """One judged incident about which somebody took a stand."""

    was_right: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Trust:
    """A letter and what it was learnt from."""

    letter: str
    right: int
    wrong: int

    @property
    def words(self) -> str:
        """For coordinators only; sources are never told."""
        if self.right + self.wrong == 0:
            return "nothing of theirs was judged yet"
        return f"{self.right} right, {self.wrong} wrong so far"


def trust(proofs: Iterable[Proof], now: datetime, *, focal: bool = False) -> Trust:
    """F for who is new; else the letter of the mean of the Beta distribution."""
    known = list(proofs)
    good = sum(_weight(one, now) for one in known if one.was_right)
    bad = sum(_weight(one, now) for one in known if not one.was_right)
    right = sum(one.was_right for one in known)
    counts = (right, len(known) - right)
    if good + bad < _LEAST_PROOF and not focal:
        return Trust("F", *counts)
    alpha, beta = _FOCAL if focal else _STRANGER
    mean = (alpha + good) / (alpha + beta + good + bad)
    letter = next((letter for letter, least in _LETTERS if mean >= least), "E")
    return Trust(letter, *counts)


def learn(session: Session, incident: Incident, now: datetime) -> None:
    """Counts anew how reliable everybody is who took a stand on this incident."""
    session.flush()
    wrote = select(Report.subscriber_id).where(
        (Report.incident_id == incident.id) | (Report.contradicts_id == incident.id)
    )
    answered = select(Inquiry.subscriber_id).where(
        Inquiry.incident_id == incident.id, Inquiry.answer.in_(("yes", "no"))
    )
    ids = sorted({*session.scalars(wrote), *session.scalars(answered)})  # one order: no deadlock
    for subscriber_id in ids:
        learn_of(session, session.get_one(Subscriber, subscriber_id), now)


def learn_of(session: Session, person: Subscriber, now: datetime) -> Trust:
    """Sets and returns what is known of one person; a blocked one learns nothing new."""
    found = trust(proofs_of(session, person.id), now, focal=person.focal_point)
    if person.reliability != found.letter:
        person.reliability = found.letter
    return found


def proofs_of(session: Session, subscriber_id: int) -> list[Proof]:
    """One for each judged incident: who both told and denied it was wrong either way."""
    stands: dict[int, tuple[set[str], str, datetime]] = {}
    for incident_id, stance, state, at in (
        *_reported(session, subscriber_id),
        *_answered(session, subscriber_id),
    ):
        stances, _, _ = stands.setdefault(incident_id, (set(), state, at))
        stances.add(stance)
    return [
        Proof(stances == ({"witness"} if state in _TRUE else {"denies"}), at)
        for stances, state, at in stands.values()
    ]


_Stand = tuple[int, str, str, datetime]


def _reported(session: Session, subscriber_id: int) -> list[_Stand]:
    """Copies and hearsay prove nothing; who denies stands against the incident they speak of."""
    about = Report.incident_id == Incident.id
    against = Report.contradicts_id == Incident.id
    rows = session.execute(
        select(
            Incident.id,
            Incident.state,
            Incident.judged_at,
            Report.incident_id.label("told"),
            Report.contradicts_id.label("denied"),
            Report.stance,
            Report.received_at,
        )
        .join(Report, (about & (Report.stance == "witness")) | against)
        .where(
            Report.subscriber_id == subscriber_id,
            Report.copy_of_id.is_(None),
            Incident.state.in_(JUDGED),
        )
    )
    return [
        (
            row.id,
            "denies" if row.denied == row.id else "witness",
            row.state,
            row.judged_at or row.received_at,
        )
        for row in rows
    ]


def _answered(session: Session, subscriber_id: int) -> list[_Stand]:
    rows = session.execute(
        select(Incident.id, Inquiry.answer, Incident.state, Incident.judged_at, Inquiry.answered_at)
        .join(Inquiry, Inquiry.incident_id == Incident.id)
        .where(
            Inquiry.subscriber_id == subscriber_id,
            Inquiry.answer.in_(("yes", "no")),
            Incident.state.in_(JUDGED),
        )
    )
    return [
        (
            row.id,
            "witness" if row.answer == "yes" else "denies",
            row.state,
            row.judged_at or row.answered_at,
        )
        for row in rows
    ]


def _weight(proof: Proof, now: datetime) -> float:
    days = max(0.0, (now - proof.at).total_seconds() / 86_400)
    return float(0.5 ** (days / _HALF_LIFE_DAYS))

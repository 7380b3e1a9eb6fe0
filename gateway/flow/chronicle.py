"""What happened in an exercise, moment by moment, without a word of any message."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow.cast import Cast
from gateway.flow.pace import Warned
from gateway.flow.seen import Seen
from gateway.store.tables import Alert, AuditRow

LONGEST = 2_000  # lines; an exercise of a day has some hundreds
Real = Callable[[datetime], datetime]  # when a moment of the script really was
_WORDS = {
    "incident.see": "looked at incident {no}",
    "incident.take": "took incident {no}",
    "incident.verified": "verified incident {no}",
    "incident.refuted": "refuted incident {no}",
    "incident.unverifiable": "judged incident {no} unverifiable",
    "incident.open": "opened incident {no} again",
    "incident.closed": "closed incident {no}",
    "incident.place": "set the place of incident {no}",
    "incident.hazard": "set the hazard of incident {no}",
    "alert.draft": "drafted W{no}",
    "alert.edit": "changed W{no}",
    "alert.submit": "submitted W{no}",
    "alert.return": "returned W{no}",
    "alert.approve": "approved W{no}",
    "alert.cancel": "cancelled W{no}",
    "alert.discard": "discarded W{no}",
}
_UNTOLD = frozenset({"alert.freeze"})  # the approval says it


@dataclass(frozen=True, slots=True)
class Line:
    """One moment."""

    at: datetime
    who: str
    what: str

    def as_json(self) -> dict[str, str]:
        """As it is kept."""
        return {"at": self.at.isoformat(), "who": self.who, "what": self.what}


def chronicle(
    seen: Seen, sent: Sequence[Warned], done: Sequence[AuditRow], real: Real
) -> list[Line]:
    """Reports, questions, answers, what coordinators did, how far each warning had come."""
    lines = [*_told(seen, real), *_asked(seen, real), *_warned(sent)]
    lines += [_line(act) for act in done if act.act not in _UNTOLD]
    return sorted(lines, key=lambda line: line.at)[:LONGEST]


def acts(session: Session, cast: Cast, seen: Seen) -> Sequence[AuditRow]:
    """What was done about the incidents and warnings of the exercise, oldest first."""
    alerts = session.scalars(select(Alert.id).where(Alert.exercise_id == cast.id))
    subjects = [f"incident {key}" for key in seen.incidents] + [f"alert {key}" for key in alerts]
    return session.scalars(
        select(AuditRow).where(AuditRow.subject.in_(subjects)).order_by(AuditRow.id)
    ).all()


def _told(seen: Seen, real: Real) -> Iterator[Line]:
    for phone, report in seen.reports:
        where = f" at {report.place_name}" if report.place_name else ""
        what = f"{report.hazard.replace('_', ' ')}{where}, in incident {report.incident_id}"
        if report.copy_of_id is not None:
            told = "passes on: "
        elif report.contradicts_id is not None:
            told = "denies: "
        else:
            told = "reports "
        yield Line(real(report.received_at), phone, told + what)


def _asked(seen: Seen, real: Real) -> Iterator[Line]:
    for phone, row in seen.inquiries:
        about = f"about incident {row.incident_id}" if row.incident_id else "whether all is calm"
        if row.asked_at is not None:
            yield Line(row.asked_at, row.asked_by, f"asked {phone} {about}")
        if row.answered_at is not None and row.answer:
            yield Line(row.answered_at, phone, f"answered {row.answer} {about}")


def _warned(sent: Sequence[Warned]) -> Iterator[Line]:
    for one in sent:
        for step, at in one.moments():
            yield Line(at, "gateway", f"W{one.alert_id}: {step} ({one.people} people)")


def _line(act: AuditRow) -> Line:
    kind, _, number = act.subject.partition(" ")
    known = _WORDS.get(act.act)
    if known is None:
        name = f"W{number}" if kind == "alert" else act.subject
        return Line(act.at, act.who, f"{act.act.replace('_', ' ').replace('.', ': ', 1)}, {name}")
    return Line(act.at, act.who, known.format(no=number) + _grade(act.facts))


def _grade(facts: dict[str, Any]) -> str:
    return f" as {facts['grade']}" if facts.get("grade") else ""

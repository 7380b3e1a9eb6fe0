"""Takes back what a coordinator decided about an incident last, as far as it can be taken back."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow import restoring, sorting
from gateway.incidents.gathering import one_at_a_time
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import Alert, AuditRow, Incident, User
from gateway.terms.refusals import NotFound, Refused

SLIP = timedelta(minutes=2)  # so long whoever verified may say that it was a slip
_WHY = "taken back"
_FINAL = frozenset(
    {
        "incident.closed", "incident.open", "incident.unmerged", "incident.undo",
        "incident.not_the_same",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Last:
    """What was decided last; `why_not` says why it cannot be taken back."""

    act_id: int
    act: str
    who: str
    at: datetime
    why: str | None
    why_not: Refused | None


@dataclass(frozen=True, slots=True)
class _Case:
    """One act that is being taken back."""

    runtime: Runtime
    session: Session
    incident: Incident
    act: AuditRow
    by: User
    now: datetime


def last(session: Session, incident_id: int, by: User, now: datetime) -> Last | None:
    """The newest decision about an incident, and whether this person may take it back now."""
    act = _newest(session, incident_id)
    if act is None:
        return None
    why_not = _why_not(session, incident_id, act, by, now)
    return Last(act.id, act.act, act.who, act.at, act.reason, why_not)


def undo(
    runtime: Runtime, session: Session, incident_id: int, act_id: int, by: User, now: datetime
) -> str:
    """Takes back exactly this act, the last about the incident; returns its name.

    Raises Refused when something else was done since, or when it cannot be taken back.
    """
    one_at_a_time(session)  # before any row is locked: sorting holds them in this order too
    incident = session.get(Incident, incident_id, with_for_update=True)
    if incident is None:
        raise NotFound("There is no such incident.")
    act = _newest(session, incident_id)
    if act is None or act.id != act_id:
        raise Refused("Something else was done with this incident since. Look at it again.")
    why_not = _why_not(session, incident_id, act, by, now)
    if why_not is not None:
        raise why_not
    _UNDO[act.act](_Case(runtime, session, incident, act, by, now))
    facts = {"of": act.id, "act": act.act}
    subject = f"incident {incident_id}"
    record(session, who=by.name, act="incident.undo", subject=subject, now=now, facts=facts)
    return act.act


def _newest(session: Session, incident_id: int) -> AuditRow | None:
    return session.scalar(
        select(AuditRow)
        .where(AuditRow.subject == f"incident {incident_id}", AuditRow.act.in_({*_UNDO, *_FINAL}))
        .order_by(AuditRow.id.desc())
        .limit(1)
    )


def _why_not(
    session: Session, incident_id: int, act: AuditRow, by: User, now: datetime
) -> Refused | None:
    if act.act not in _UNDO:
        return Refused("What was done last cannot be taken back.")
    if act.act != "incident.verified":
        return None
    if session.scalar(select(Alert.id).where(Alert.incident_id == incident_id).limit(1)):
        return Refused(
            "A warning was begun: a verification can no longer be taken back. Refute it."
        )
    if act.who != by.name or now - act.at > SLIP:
        return Refused(
            "Only who verified can take that back, within two minutes. Refute it if it is not true."
        )
    return None


def _reopen(case: _Case) -> None:
    restoring.reopen(case.session, case.incident, case.act.at, case.by, _WHY, case.now)


def _unmerge(case: _Case) -> None:
    sorting.unmerge(case.session, case.incident.id, case.by, _WHY, case.now)


def _unsplit(case: _Case) -> None:
    for report_id in case.act.facts["reports"]:
        sorting.put_back(case.session, report_id, case.by, _WHY, case.now)


def _move_back(case: _Case) -> None:
    sorting.put_back(case.session, case.act.facts["report"], case.by, _WHY, case.now)


def _place(case: _Case) -> None:
    before = _standing(case, "incident.place")
    restoring.place(case.runtime, case.session, case.incident, before, case.now)
    restoring.unlearn(case.session, case.act, case.by.name, case.now)


def _hazard(case: _Case) -> None:
    by_hand = _standing(case, "incident.hazard") is not None
    restoring.hazard(case.session, case.incident, case.act.facts["from"], by_hand, case.now)


def _owner(case: _Case) -> None:
    restoring.owner(case.session, case.incident, case.act.facts.get("from"), case.now)


def _standing(case: _Case, act: str) -> Mapping[str, object] | None:
    """The facts of the act of that kind which holds once the last is taken back, if any does."""
    rows = case.session.scalars(
        select(AuditRow)
        .where(
            AuditRow.subject == case.act.subject,
            AuditRow.act.in_((act, "incident.undo")),
            AuditRow.id < case.act.id,
        )
        .order_by(AuditRow.id)
    ).all()
    undone = {row.facts.get("of") for row in rows if row.act == "incident.undo"}
    holding = [row.facts for row in rows if row.act == act and row.id not in undone]
    return holding[-1] if holding else None


_UNDO: Mapping[str, Callable[[_Case], None]] = {
    "incident.verified": _reopen,
    "incident.refuted": _reopen,
    "incident.unverifiable": _reopen,
    "incident.merged": _unmerge,
    "incident.split": _unsplit,
    "report.move": _move_back,
    "incident.place": _place,
    "incident.hazard": _hazard,
    "incident.take": _owner,
    "incident.assign": _owner,
}

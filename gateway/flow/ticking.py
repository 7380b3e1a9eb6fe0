"""The checklist of an incident: the steps of its playbook, and who did which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from gateway.alerts.playbooks import hazards, shipped
from gateway.flow.playbooks import steps_of
from gateway.store.audit import record
from gateway.store.once import insert_once
from gateway.store.tables import ChecklistTick, Incident, PlaybookStep, User
from gateway.terms.refusals import NotFound, Refused

_AT_WORK = ("open", "verified")


@dataclass(frozen=True, slots=True)
class Item:
    """One step; `who` and `at` once it is done. `dropped`: the playbook no longer has it."""

    words: str
    who: str | None = None
    at: datetime | None = None
    dropped: bool = False


def checklist(session: Session, incident: Incident) -> Sequence[Item]:
    """The steps in their order, then those that were done before the playbook was rewritten.

    Empty where there is nothing to do: no playbook, or the incident is over.
    """
    if incident.state not in _AT_WORK or incident.hazard not in hazards():
        return ()
    own, done = _own_and_done(session, incident)
    steps = own or shipped().of(incident.hazard).steps
    items = [Item(step, *done.pop(step, (None, None))) for step in steps]
    return [*items, *(Item(words, who, at, dropped=True) for words, (who, at) in done.items())]


def tick(session: Session, incident_id: int, words: str, by: User, now: datetime) -> None:
    """The step is done; who ticked it first stays."""
    incident = _at_work(session, incident_id)
    steps = list(steps_of(session, incident.hazard))
    if words not in steps:
        raise Refused("That step was changed meanwhile. Reload the page and read it again.")
    values = {"incident_id": incident_id, "words": words, "user_id": by.id, "at": now}
    if insert_once(session, ChecklistTick, values, on=("incident_id", "words")) is not None:
        _record(session, incident_id, by, "incident.step_done", now, steps.index(words) + 1)


def untick(session: Session, incident_id: int, words: str, by: User, now: datetime) -> None:
    """The step is not done after all."""
    incident = _at_work(session, incident_id)
    row = session.scalars(
        select(ChecklistTick)
        .where(ChecklistTick.incident_id == incident_id, ChecklistTick.words == words)
        .with_for_update()
    ).one_or_none()
    if row is None:
        return
    session.delete(row)
    session.flush()
    steps = list(steps_of(session, incident.hazard))
    number = steps.index(words) + 1 if words in steps else None
    _record(session, incident_id, by, "incident.step_not_done", now, number)


def _own_and_done(
    session: Session, incident: Incident
) -> tuple[list[str], dict[str, tuple[str, datetime]]]:
    """The steps written here, and who did which and when, in one look: the page has many."""
    own = select(
        literal(0).label("done"),
        PlaybookStep.position.label("number"),
        PlaybookStep.words,
        PlaybookStep.who,
        PlaybookStep.at,
    ).where(PlaybookStep.hazard == incident.hazard)
    done = (
        select(literal(1), ChecklistTick.id, ChecklistTick.words, User.name, ChecklistTick.at)
        .join(User, User.id == ChecklistTick.user_id)
        .where(ChecklistTick.incident_id == incident.id)
    )
    rows = session.execute(union_all(own, done).order_by("done", "number")).all()
    steps = [row.words for row in rows if not row.done]
    return steps, {row.words: (row.who, row.at) for row in rows if row.done}


def _at_work(session: Session, incident_id: int) -> Incident:
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound("There is no such incident.")
    if incident.state not in _AT_WORK:
        raise Refused(
            "Incident %(id)s is %(state)s: its checklist is closed.",
            id=incident.id,
            state=incident.state,
        )
    return incident


def _record(
    session: Session, incident_id: int, by: User, act: str, now: datetime, step: int | None
) -> None:
    """By its number: a step may hold any words."""
    facts = {"step": step} if step else {}
    subject = f"incident {incident_id}"
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts)

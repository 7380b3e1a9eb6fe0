"""The checklist of an incident: the steps of its playbook, who has which and who did it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import literal, select, union_all
from sqlalchemy.orm import Session

from gateway.alerts.playbooks import hazards, shipped
from gateway.flow.playbooks import steps_of
from gateway.store.audit import record
from gateway.store.once import insert_once
from gateway.store.tables import ChecklistTick, Incident, PlaybookStep, StepOwner, User
from gateway.terms.refusals import NotFound, Refused

_AT_WORK = ("open", "verified")
_MAY_DO = ("coordinator", "admin")
_STEP, _DONE, _OWNED, _PERSON = range(4)
_MOST_PEOPLE = 60


@dataclass(frozen=True, slots=True)
class Item:
    """One step; `who` and `at` once it is done. `dropped`: the playbook no longer has it.

    `owner` took it on, `owner_id` is their account.
    """

    words: str
    who: str | None = None
    at: datetime | None = None
    dropped: bool = False
    owner: str | None = None
    owner_id: int | None = None
    owned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Checklist:
    """What there is to do, and to whom a step may be handed on: accounts and their names."""

    items: Sequence[Item] = ()
    people: Sequence[tuple[int, str]] = ()


def checklist(session: Session, incident: Incident) -> Checklist:
    """The steps in their order, then those that were done before the playbook was rewritten.

    Empty where there is nothing to do: no playbook, or the incident is over.
    """
    if incident.state not in _AT_WORK or incident.hazard not in hazards():
        return Checklist()
    found = _found(session, incident)
    own = [row.words for row in found if row.kind == _STEP]
    done = {row.words: row for row in found if row.kind == _DONE}
    owned = {row.words: row for row in found if row.kind == _OWNED}
    steps = own or list(shipped().of(incident.hazard).steps)
    items = [_item(step, done.get(step), owned.get(step)) for step in steps]
    items += [
        _item(words, row, owned.get(words), dropped=True)
        for words, row in done.items()
        if words not in steps
    ]
    people = sorted((row.who, row.number) for row in found if row.kind == _PERSON)
    return Checklist(items, [(number, name) for name, number in people])


def hand(
    session: Session,
    incident_id: int,
    words: str,
    owner_id: int,
    by: User,
    now: datetime,
    had_id: int | None = None,
) -> None:
    """Somebody takes on a step, or is given it; `had_id` had it when the page was opened."""
    incident = _at_work(session, incident_id)
    owner = session.get(User, owner_id)
    if owner is None or owner.disabled or owner.role not in _MAY_DO:
        raise Refused("Choose a coordinator from the list: that account cannot do a step.")
    step = _number(session, incident, words)
    if step is None:
        raise Refused("That step was changed meanwhile. Reload the page and read it again.")
    values = {"incident_id": incident_id, "words": words, "user_id": owner_id, "at": now}
    if insert_once(session, StepOwner, values, on=("incident_id", "words")) is None:
        row = _owned(session, incident_id, words)
        if row is None or row.user_id == owner_id:
            return
        if row.user_id != had_id:
            name = session.get_one(User, row.user_id).name
            raise Refused("%(name)s took on that step meanwhile. Nothing was changed.", name=name)
        row.user_id, row.at = owner_id, now
        session.flush()
    act = "incident.step_taken" if owner_id == by.id else "incident.step_handed"
    _record(session, incident_id, by, act, now, step, owner.name)


def let_go(session: Session, incident_id: int, words: str, by: User, now: datetime) -> None:
    """Nobody has the step any more."""
    incident = _at_work(session, incident_id)
    row = _owned(session, incident_id, words)
    if row is None:
        return
    session.delete(row)
    session.flush()
    step = _number(session, incident, words)
    _record(session, incident_id, by, "incident.step_let_go", now, step)


def tick(session: Session, incident_id: int, words: str, by: User, now: datetime) -> None:
    """The step is done; who ticked it first stays."""
    incident = _at_work(session, incident_id)
    step = _number(session, incident, words)
    if step is None:
        raise Refused("That step was changed meanwhile. Reload the page and read it again.")
    values = {"incident_id": incident_id, "words": words, "user_id": by.id, "at": now}
    if insert_once(session, ChecklistTick, values, on=("incident_id", "words")) is not None:
        _record(session, incident_id, by, "incident.step_done", now, step)


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
    step = _number(session, incident, words)
    _record(session, incident_id, by, "incident.step_not_done", now, step)


def _item(words: str, done: Any, owned: Any, *, dropped: bool = False) -> Item:
    return Item(
        words,
        done and done.who,
        done and done.at,
        dropped,
        owned and owned.who,
        owned and owned.number,
        owned and owned.at,
    )


def _found(session: Session, incident: Incident) -> Sequence[Any]:
    """The steps written here, who did and who has which, and who could, in one look."""
    own = select(
        literal(_STEP).label("kind"),
        PlaybookStep.position.label("number"),
        PlaybookStep.words,
        PlaybookStep.who,
        PlaybookStep.at,
    ).where(PlaybookStep.hazard == incident.hazard)
    done = (
        select(literal(_DONE), ChecklistTick.id, ChecklistTick.words, User.name, ChecklistTick.at)
        .join(User, User.id == ChecklistTick.user_id)
        .where(ChecklistTick.incident_id == incident.id)
    )
    owned = (
        select(literal(_OWNED), StepOwner.user_id, StepOwner.words, User.name, StepOwner.at)
        .join(User, User.id == StepOwner.user_id)
        .where(StepOwner.incident_id == incident.id)
    )
    people = (
        select(literal(_PERSON), User.id, literal(""), User.name, User.created_at)
        .where(User.role.in_(_MAY_DO), User.disabled.is_(False))
        .order_by(User.id)
        .limit(_MOST_PEOPLE)
    )
    parts = union_all(own, done, owned, select(people.subquery()))
    return session.execute(parts.order_by("kind", "number")).all()


def _owned(session: Session, incident_id: int, words: str) -> StepOwner | None:
    return session.scalars(
        select(StepOwner)
        .where(StepOwner.incident_id == incident_id, StepOwner.words == words)
        .with_for_update()
    ).one_or_none()


def _number(session: Session, incident: Incident, words: str) -> int | None:
    """Of a step, from 1; None when the playbook no longer has it."""
    steps = list(steps_of(session, incident.hazard))
    return steps.index(words) + 1 if words in steps else None


def _at_work(session: Session, incident_id: int) -> Incident:
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound("There is no such incident.")
    if incident.state not in _AT_WORK:
        raise Refused("Incident %(number)s is over: its checklist is closed.", number=incident.id)
    return incident


def _record(
    session: Session,
    incident_id: int,
    by: User,
    act: str,
    now: datetime,
    step: int | None,
    to: str | None = None,
) -> None:
    """By its number: a step may hold any words; `to` is a colleague."""
    facts: dict[str, Any] = {"step": step} if step else {}
    if to is not None and to != by.name:
        facts["to"] = to
    subject = f"incident {incident_id}"
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts)

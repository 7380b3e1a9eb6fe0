"""The pages of playbooks: what holds for each hazard, and what of it was written here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.alerts.playbooks import Playbook, hazards, shipped
from gateway.store.tables import AuditRow, PlaybookLine, PlaybookStep


@dataclass(frozen=True, slots=True)
class Own:
    """Who wrote something over the shipped text, and when."""

    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Row:
    """One hazard; `own` holds what was written here by language, "steps" for the checklist."""

    hazard: str
    playbook: Playbook
    own: Mapping[str, Own]

    def lacking(self, languages: Sequence[str]) -> list[str]:
        """Languages in which nobody can be told what to do."""
        return [code for code in languages if not self.playbook.action.get(code)]


def rows(session: Session, only: str = "") -> list[Row]:
    """Every hazard that can be warned of, or one."""
    lines = session.scalars(select(PlaybookLine).order_by(PlaybookLine.id)).all()
    steps = session.scalars(select(PlaybookStep).order_by(PlaybookStep.position)).all()
    return [
        _row(
            hazard,
            [line for line in lines if line.hazard == hazard],
            [step for step in steps if step.hazard == hazard],
        )
        for hazard in hazards()
        if only in ("", hazard)
    ]


def changes(session: Session, hazard: str, limit: int = 50) -> list[AuditRow]:
    """Who changed what of it, oldest first."""
    query = select(AuditRow).where(AuditRow.subject == f"playbook {hazard}")
    return list(session.scalars(query.order_by(AuditRow.id.desc()).limit(limit)).all()[::-1])


def _row(hazard: str, lines: Sequence[PlaybookLine], steps: Sequence[PlaybookStep]) -> Row:
    theirs = shipped().of(hazard)
    own = {line.language: Own(line.who, line.at) for line in lines}
    if steps:
        own["steps"] = Own(steps[0].who, steps[0].at)
    playbook = Playbook(
        steps=tuple(step.words for step in steps) or theirs.steps,
        action=dict(theirs.action) | {line.language: line.action for line in lines},
    )
    return Row(hazard, playbook, own)

"""What coordinators write over the shipped playbooks, and the way back."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from gateway.alerts.playbooks import checked_line, checked_steps, shipped
from gateway.flow.playbooks import fingerprint, playbook_of, room_for, steps_of
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import PlaybookLine, PlaybookStep, User
from gateway.terms.gsm7 import encoding_of
from gateway.terms.languages import language_name
from gateway.terms.refusals import Refused, need_reason

_LOCK = 7_203_018  # pg_advisory_xact_lock: two who edit at once must not mix their steps


def edit(
    runtime: Runtime,
    session: Session,
    hazard: str,
    by: User,
    reason: str,
    now: datetime,
    *,
    lines: Mapping[str, str],
    steps: str,
    seen: str,
) -> None:
    """Keeps what a coordinator wrote; an empty line, or no step, is the shipped one again.

    `steps` holds one a line, `seen` is the fingerprint of what the form showed.
    """
    need_reason(reason)
    _one_at_a_time(session)
    before = playbook_of(session, hazard)
    if seen != fingerprint(before):
        raise Refused("Somebody changed this playbook meanwhile. Read it again, then decide.")
    checked = {code: checked_line(line, code) for code, line in lines.items()}
    for code, line in checked.items():
        if line:
            _refuse_too_long(runtime, hazard, code, line)
    own_steps = checked_steps(steps)
    _keep_lines(session, hazard, checked, by, now)
    _keep_steps(session, hazard, own_steps, by, now)
    session.flush()
    after = playbook_of(session, hazard)
    facts = {
        "languages": sorted(
            code for code in lines if before.action.get(code) != after.action.get(code)
        ),
        "steps": len(after.steps) if list(after.steps) != list(before.steps) else "as before",
    }
    _record(session, hazard, by, "playbook.edit", now, reason, facts)


def restore(session: Session, hazard: str, by: User, reason: str, now: datetime) -> None:
    """Back to the shipped playbook of this hazard, in every language."""
    need_reason(reason)
    playbook_of(session, hazard)
    session.execute(delete(PlaybookLine).where(PlaybookLine.hazard == hazard))
    session.execute(delete(PlaybookStep).where(PlaybookStep.hazard == hazard))
    _record(session, hazard, by, "playbook.restore", now, reason, {})


def _refuse_too_long(runtime: Runtime, hazard: str, language: str, line: str) -> None:
    room = room_for(runtime, hazard, language, line)
    if room.around and len(line) > room.letters:
        most = max(0, room.letters)
        raise Refused(
            "The line in %(language)s has %(count)s letters; with a long place name the warning "
            "has room for %(most)s (%(encoding)s). Please shorten it.",
            language=language_name(language),
            count=len(line),
            most=most,
            encoding=encoding_of(room.around + line),
        )


def _keep_lines(
    session: Session, hazard: str, lines: Mapping[str, str], by: User, now: datetime
) -> None:
    """A row for each line that differs from the shipped one; who wrote an old one stays known."""
    rows = session.scalars(select(PlaybookLine).where(PlaybookLine.hazard == hazard)).all()
    kept = {row.language: row for row in rows}
    theirs = shipped().of(hazard).action
    for code, line in lines.items():
        row = kept.get(code)
        if not line or line == theirs.get(code):
            if row is not None:
                session.delete(row)
        elif row is None:
            session.add(
                PlaybookLine(hazard=hazard, language=code, action=line, who=by.name, at=now)
            )
        elif row.action != line:
            row.action, row.who, row.at = line, by.name, now


def _keep_steps(
    session: Session, hazard: str, steps: Sequence[str], by: User, now: datetime
) -> None:
    if list(steps) == list(steps_of(session, hazard)):
        return
    session.execute(delete(PlaybookStep).where(PlaybookStep.hazard == hazard))
    if list(steps) == list(shipped().of(hazard).steps):
        return
    session.add_all(
        PlaybookStep(hazard=hazard, position=number, words=step, who=by.name, at=now)
        for number, step in enumerate(steps, 1)
    )


def _record(
    session: Session,
    hazard: str,
    by: User,
    act: str,
    now: datetime,
    reason: str,
    facts: Mapping[str, object],
) -> None:
    subject = f"playbook {hazard}"
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts, reason=reason)


def _one_at_a_time(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})

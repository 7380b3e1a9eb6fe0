"""What was done about one thing, by whom and why, in the order it was done."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, or_, select, union
from sqlalchemy.orm import Session

from gateway.store.tables import AuditRow, Move, Placement, Report, Suggestion
from gateway.terms.saying import Said

LONGEST = 300
_OUTCOMES = ("verified", "refuted", "unverifiable")
# Acts of sorting: seen from the incident that the audit row is about, and from the other one.
_SORTED = {
    "incident.merged": (
        Said("merged into incident %(into)s"),
        Said("incident %(own)s merged into this one"),
    ),
    "incident.unmerged": (
        Said("merge into incident %(from)s undone"),
        Said("merge of incident %(own)s undone"),
    ),
    "incident.split": (
        Said("taken out of incident %(from)s"),
        Said("reports taken out into incident %(own)s"),
    ),
    "report.move": (
        Said("report %(report)s moved here from incident %(from)s"),
        Said("report %(report)s moved to incident %(own)s"),
    ),
    "incident.not_the_same": (
        Said("judged not the same as incident %(not)s"),
        Said("judged not the same as incident %(own)s"),
    ),
}
_ACTS = {
    "incident.see": Said("looked at it"),
    "incident.take": Said("took it"),
    "incident.ask": Said("asked neighbours"),
    "incident.ask_withdraw": Said("withdrew a question"),
    "incident.place": Said("set the place"),
    "incident.hazard": Said("set the hazard"),
    "incident.casualties": Said("set how many people were harmed"),
    "incident.factor_added": Said("added a risk factor"),
    "incident.factor_removed": Said("took off a risk factor"),
    "incident.step_done": Said("did a step of the checklist"),
    "incident.step_not_done": Said("said that a step of the checklist is not done"),
    "incident.step_taken": Said("took on a step of the checklist"),
    "incident.step_handed": Said("handed on a step of the checklist"),
    "incident.step_let_go": Said("let go of a step of the checklist"),
    "inquiry.changed": Said("an answer was changed"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One line; `what` is ready to read. `outcome` and `grade` only where it is a judgement."""

    at: datetime
    who: str
    what: str
    why: str | None
    outcome: str | None = None
    grade: str | None = None


def of(session: Session, kind: str, row_id: int, alerts: Sequence[int] = ()) -> list[Step]:
    """Moves and acts on this row, and moves of its alerts, oldest first."""
    moves = _moves(session, kind, row_id, alerts)
    others = _sorted_with(session, row_id) if kind == "incident" else set()
    acts = _acts(session, kind, {row_id, *others})
    own = [act for act in acts if act.subject == f"{kind} {row_id}"]
    grades = {_key(act): act.facts.get("grade") for act in own}
    merges = {_key(act) for act in own if act.act in ("incident.merged", "incident.unmerged")}
    steps = [
        _move_step(move, kind, grades.get((move.at, move.who, move.why)))
        for move in moves
        if (move.at, move.who, move.why) not in merges  # the act says with which incident
    ]
    told = {(move.at, move.who, move.why) for move in moves} - merges
    steps += [_act_step(act, row_id) for act in own if _key(act) not in told]
    steps += [_act_step(act, row_id) for act in acts if act not in own and _is_about(act, row_id)]
    return sorted(steps, key=lambda step: step.at)


def of_alerts(session: Session, alerts: Sequence[int]) -> list[Step]:
    """Only what became of these warnings."""
    query = select(Move).where(Move.machine == "alert", Move.row_id.in_(alerts))
    moves = session.scalars(query.order_by(Move.id.desc()).limit(LONGEST)).all()[::-1]
    return [_move_step(move, "incident", None) for move in moves]


def judgements(steps: Sequence[Step]) -> list[Step]:
    """How the incident was judged each time, the last one first."""
    return [step for step in reversed(steps) if step.outcome]


def _moves(session: Session, kind: str, row_id: int, alerts: Sequence[int]) -> Sequence[Move]:
    own = and_(Move.machine == kind, Move.row_id == row_id)
    theirs = and_(Move.machine == "alert", Move.row_id.in_(alerts))
    query = select(Move).where(or_(own, theirs)).order_by(Move.id.desc()).limit(LONGEST)
    return session.scalars(query).all()[::-1]  # of one moment in the order they were made


def _sorted_with(session: Session, incident_id: int) -> set[int]:
    """Incidents that a person moved reports to or from, or said to be another one."""
    moved = select(Placement.from_id, Placement.to_id).where(
        Placement.act.in_(("merged", "unmerged", "split", "moved")),
        or_(Placement.from_id == incident_id, Placement.to_id == incident_id),
    )
    apart = (
        select(Suggestion.incident_id, Report.incident_id)
        .join(Report, Report.id == Suggestion.report_id)
        .where(Suggestion.incident_id == incident_id, Suggestion.state == "dismissed")
    )
    pairs: Any = session.execute(union(moved, apart)).all()
    return {one for pair in pairs for one in pair if one is not None} - {incident_id}


def _acts(session: Session, kind: str, row_ids: Collection[int]) -> Sequence[AuditRow]:
    query = select(AuditRow).where(AuditRow.subject.in_([f"{kind} {one}" for one in row_ids]))
    return session.scalars(query.order_by(AuditRow.id.desc()).limit(LONGEST)).all()[::-1]


def _is_about(act: AuditRow, row_id: int) -> bool:
    """Whether an act on another incident moved something from or to this one."""
    return act.act in _SORTED and row_id in (act.facts.get(key) for key in ("into", "from", "not"))


def _key(act: AuditRow) -> tuple[datetime, str, str | None]:
    return act.at, act.who, act.reason


def _move_step(move: Move, kind: str, grade: str | None) -> Step:
    words = Said(
        "%(origin)s → %(target)s", origin=_spoken(move.origin), target=_spoken(move.target)
    )
    if move.machine == "alert" != kind:
        words = Said("Warning %(number)s: %(move)s", number=move.row_id, move=words)
    if move.machine != "incident" or move.target not in _OUTCOMES or grade is None:
        return Step(move.at, move.who, words, move.why)
    words = Said("%(move)s, grade %(grade)s", move=words, grade=grade)
    return Step(move.at, move.who, words, move.why, _spoken(move.target), grade)


def _act_step(act: AuditRow, row_id: int) -> Step:
    own = act.subject.rpartition(" ")[2]
    if act.act in _SORTED:
        here, there = _SORTED[act.act]
        words = (here if own == str(row_id) else there).of(**{"own": own, **act.facts})
        return Step(act.at, act.who, _with_reports(words, act.facts.get("reports")), act.reason)
    facts = ", ".join(f"{name} {value}" for name, value in sorted(act.facts.items()))
    words = _ACTS.get(act.act) or Said(act.act.replace("_", " ").replace(".", ": ", 1))
    if facts:
        words = Said("%(act)s (%(facts)s)", act=words, facts=facts)
    return Step(act.at, act.who, words, act.reason)


def _with_reports(words: Said, reports: int | list[int] | None) -> Said:
    if reports is None:
        return words
    if isinstance(reports, list):
        numbers = ", ".join(map(str, reports))
        return Said("%(act)s (reports %(numbers)s)", act=words, numbers=numbers)
    if reports == 1:
        return Said("%(act)s (1 report)", act=words)
    return Said("%(act)s (%(count)s reports)", act=words, count=reports)


def _spoken(state: str) -> Said:
    """The catalogues know it from the words of data."""
    return Said(state)

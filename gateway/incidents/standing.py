"""Where an incident stands by what its reports and answers tell: grade, place, hazard, counts."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, Table, bindparam, null, or_, select, union_all
from sqlalchemy.orm import Session

from gateway.incidents.grading import Doubts, Voice, grade
from gateway.incidents.track import MOVING, best_placed, stops
from gateway.store.tables import Incident, Inquiry, Report, Subscriber

STALE = timedelta(hours=24)
_SURE = 0.5  # a place less certain than this speaks against an incident
_BURST, _BURST_SPAN = 5, timedelta(minutes=10)
_NEW = timedelta(hours=24)
# A report of the second kind tells what the first has become; nothing is ever played down.
_GROWS = {
    "armed_group": ("attack", "abduction"),
    "rumour": ("attack", "abduction", "armed_group", "hate_speech", "roadblock", "displacement"),
    "other": (
        "attack", "abduction", "armed_group", "gender_based_violence", "roadblock", "displacement",
        "hate_speech",
    ),
}  # fmt: skip


def regrade(
    session: Session, incident: Incident, now: datetime | None = None, *, is_new: bool = False
) -> None:
    """Counts and grades anew; place and hazard follow the reports unless a person set them.

    With `now`, an incident that nobody confirms any more loses credibility. Of one that `is_new`
    nobody can have been asked, and nobody elsewhere speaks against it.
    """
    session.flush()
    rows = _reports(session, incident)
    incident.reports = len(rows)
    incident.tagged_at = None  # its risk factors are looked for again
    witnesses = [row for row in rows if _stance(row, incident) == "witness" and not row.copy_of_id]
    if rows and incident.placed_by == "reports":  # what was merged keeps its place as a signpost
        _place(incident, witnesses or rows)
    if incident.hazard_by == "reports":
        _grow(incident, witnesses)
    if rows:
        incident.first_report_at = min(row.received_at for row in rows)
    voices = [_voice(row, incident) for row in rows]
    if not is_new:
        voices += _others(session, incident)
    if voices:
        _grade(incident, voices, witnesses, now)


def _reports(session: Session, incident: Incident) -> Sequence[Row[Any]]:
    return session.connection().execute(_REPORTS, {"incident": incident.id}).all()


def _voice(row: Row[Any], incident: Incident) -> Voice:
    letter = reliability_of(row.reliability, focal=row.focal_point)
    stance = _stance(row, incident)
    return Voice(row.subscriber_id, letter, row.copy_of_id is not None, stance)


def _stance(row: Row[Any], incident: Incident) -> str:
    """A word of all quiet that was put into what it speaks against still speaks against it."""
    return "denies" if row.contradicts_id == incident.id else str(row.stance)


def reliability_of(letter: str, *, focal: bool) -> str:
    """Somebody whom coordinators vouch for is usually reliable until proof says otherwise."""
    return "B" if focal and letter == "F" else letter


def _others(session: Session, incident: Incident) -> list[Voice]:
    """Who was asked and answered, and reports elsewhere that speak against it."""
    rows = session.connection().execute(_OTHERS, {"incident": incident.id}).all()
    against = [row for row in rows if row.answer is None]
    answers = [row for row in rows if row.answer is not None]
    voices = [
        Voice(row.id, reliability_of(row.reliability, focal=row.focal_point), stance="denies")
        for row in against
    ]
    return voices + [
        Voice(
            row.id,
            reliability_of(row.reliability, focal=row.focal_point),
            stance="witness" if row.answer == "yes" else "denies",
            asked=True,
        )
        for row in answers
    ]


def _grade(
    incident: Incident, voices: list[Voice], witnesses: Sequence[Row[Any]], now: datetime | None
) -> None:
    burst = _burst(witnesses)
    stale = now is not None and now - incident.last_report_at > STALE
    unsure = incident.placed_by == "reports" and _is_unsure(witnesses)
    known = any(voice.asked for voice in voices) or any(not _is_new(row) for row in witnesses)
    found = grade(
        voices,
        Doubts(
            unknown="" if known else "nobody of them was known before today",
            implausible="its place is uncertain" if unsure else "",
            stale="nobody has told of it for a day" if stale else "",
            coordinated=burst,
        ),
    )
    incident.reliability, incident.credibility = found.reliability, found.credibility
    incident.sources, incident.contradictions = found.sources, found.contradictions
    incident.coordinated = bool(burst)
    incident.grade_why = json.dumps(found.why)


def _is_unsure(witnesses: Sequence[Row[Any]]) -> bool:
    sure = [row.certainty or 0.0 for row in witnesses if row.lat is not None]
    return bool(witnesses) and max(sure, default=0.0) < _SURE


def _burst(witnesses: Sequence[Row[Any]]) -> str:
    """Many numbers that never wrote before, within minutes, and nobody known among them."""
    if any(reliability_of(w.reliability, focal=w.focal_point) in "ABC" for w in witnesses):
        return ""
    first: dict[int, datetime] = {}
    for row in witnesses:
        if _is_new(row):
            first.setdefault(row.subscriber_id, row.received_at)
    times = sorted(first.values())
    most = max(
        (sum(start <= at <= start + _BURST_SPAN for at in times) for start in times), default=0
    )
    if most < _BURST:
        return ""
    minutes = int(_BURST_SPAN.total_seconds() // 60)
    return f"{most} new numbers within {minutes} minutes: possibly coordinated"


def _is_new(row: Row[Any]) -> bool:
    """Whether the number never wrote before, and no coordinator vouches for it."""
    return not row.focal_point and row.received_at - row.created_at <= _NEW


def _place(incident: Incident, reports: Sequence[Row[Any]]) -> None:
    """The most exact place; of what moves, the last one."""
    placed = [row for row in reports if row.lat is not None]
    best = best_placed(placed)
    if best is None:
        incident.place_id = incident.place_name = incident.lat = incident.lon = None
        incident.precision_m = None
        return
    moving = [row for row in placed if row.hazard in MOVING and row.found_by != "sender"]
    way = stops(moving)
    if len(way) > 1:
        last = set(way[-1].reports)
        best = best_placed([row for row in moving if row.id in last]) or best
    incident.place_id, incident.place_name = best.place_id, best.place_name
    incident.lat, incident.lon = best.lat, best.lon
    incident.precision_m = best.precision_m


def _grow(incident: Incident, witnesses: Sequence[Row[Any]]) -> None:
    told = {row.hazard for row in witnesses}
    worse = next((hazard for hazard in _GROWS.get(incident.hazard, ()) if hazard in told), None)
    own = next((row.hazard for row in witnesses), None)
    if worse is not None:
        incident.hazard = worse
    elif own is not None and incident.hazard not in told:
        incident.hazard = own  # what made it worse was moved elsewhere


# Core and written once, as in candidates.py: every report makes its incident stand anew.
_R: Table = Report.__table__  # type: ignore[assignment]
_S: Table = Subscriber.__table__  # type: ignore[assignment]
_I: Table = Incident.__table__  # type: ignore[assignment]
_Q: Table = Inquiry.__table__  # type: ignore[assignment]
_PERSON = (_S.c.id, _S.c.reliability, _S.c.focal_point)
_REPORTS: Select[Any] = (
    select(
        _R.c.id, _R.c.subscriber_id, _R.c.copy_of_id, _R.c.stance, _R.c.contradicts_id,
        _R.c.hazard, _R.c.place_id,
        _R.c.place_name, _R.c.lat, _R.c.lon, _R.c.precision_m, _R.c.found_by, _R.c.certainty,
        _R.c.happened_from, _R.c.happened_to, _R.c.received_at,
        _S.c.reliability, _S.c.focal_point, _S.c.created_at,
    )
    .join(_S, _S.c.id == _R.c.subscriber_id)
    .where(_R.c.incident_id == bindparam("incident"))
    .order_by(_R.c.id)
)  # fmt: skip
_AGAINST = (
    select(*_PERSON, null().label("answer"), _R.c.received_at.label("at"))
    .join(_R, _R.c.subscriber_id == _S.c.id)
    .where(
        _R.c.contradicts_id == bindparam("incident"),
        _R.c.copy_of_id.is_(None),
        _R.c.incident_id.is_distinct_from(bindparam("incident")),
    )
)
_ANSWERS = (
    select(*_PERSON, _Q.c.answer, _Q.c.answered_at.label("at"))
    .join(_Q, _Q.c.subscriber_id == _S.c.id)
    .join(_I, _I.c.id == _Q.c.incident_id)
    .where(
        or_(_I.c.id == bindparam("incident"), _I.c.merged_into_id == bindparam("incident")),
        _Q.c.answer.in_(("yes", "no")),
    )
)
_OTHERS = union_all(_AGAINST, _ANSWERS).order_by("at")

"""How many people an incident harmed: a range out of what distinct sources claim, never a sum.

Claims hang on reports; the figures are reckoned from where these belong now. Merging, splitting
and moving reports therefore need no book-keeping, and nobody is counted twice.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import CTE, cast, null, select
from sqlalchemy.orm import Session

from gateway.store.tables import Casualty, Incident, Move, Report, Subscriber

KINDS = ("killed", "injured", "abducted", "missing", "displaced")
_TOLD = ("witness", "hearsay")  # who asks or denies claims nothing
_FOCAL = "B"  # a focal point is at least usually reliable


class Harm(Protocol):
    """What a text says was done to people."""

    @property
    def state(self) -> str:
        """One of KINDS."""

    @property
    def low(self) -> int | None:
        """At least so many."""

    @property
    def high(self) -> int | None:
        """At most so many."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What one source says of one kind; `rank` orders sources, the best first."""

    kind: str
    low: int | None
    high: int | None
    source: str
    rank: str  # "0B": a witness, usually reliable; "1F": who only heard of it; "": a coordinator

    @property
    def has_number(self) -> bool:
        """Whether it says more than that it happened."""
        return self.low is not None or self.high is not None

    def meets(self, number: int) -> bool:
        """Whether so many would fit it."""
        return (self.low or 0) <= number and (self.high is None or number <= self.high)


@dataclass(frozen=True, slots=True)
class Figure:
    """The incident's range of one kind; None where an end is open.

    `widest` is a higher number that only weaker sources tell; `sources` those whose claims made
    the range; `grade` by the Admiralty code as for incidents.
    """

    kind: str
    low: int | None
    high: int | None
    widest: int | None
    grade: str
    sources: tuple[str, ...]
    by_coordinator: bool = False


def claim(session: Session, report: Report, harmed: Iterable[Harm], now: datetime) -> None:
    """Keeps what a report says of harm to people."""
    session.add_all(
        Casualty(report_id=report.id, kind=one.state, low=one.low, high=one.high, at=now)
        for one in harmed
    )


def figures(session: Session, incident_ids: Sequence[int]) -> dict[int, list[Figure]]:
    """Of each incident the kinds that somebody tells of, in the order of KINDS."""
    said = _said_by_reports(session, incident_ids)
    for incident_id, claims in _set_by_coordinators(session, incident_ids).items():
        said[incident_id] += claims
    return {
        incident_id: [
            reckon(of_kind)
            for kind in KINDS
            if (of_kind := [one for one in said[incident_id] if one.kind == kind])
        ]
        for incident_id in incident_ids
    }


def reckon(claims: Sequence[Claim]) -> Figure:
    """One range from claims of distinct sources about one kind; there must be a claim.

    A coordinator's range holds. Else the best class of sources makes it, the lowest low to the
    highest high; weaker sources only tell how high it might be.
    """
    counted = [one for one in claims if one.has_number]
    rank = min((one.rank for one in counted), default=None)
    best = [one for one in counted if one.rank == rank] or list(claims)
    low = min((one.low for one in best if one.low is not None), default=None)
    open_end = any(one.high is None for one in best)
    high = None if open_end else max(one.high for one in best if one.high is not None)
    others = [one.high or one.low or 0 for one in counted if one not in best]
    widest = max(others, default=0)
    letter = "A" if rank == "" else min(one.rank for one in best)[1:]
    return Figure(
        kind=claims[0].kind,
        low=low,
        high=high,
        widest=widest if high is not None and widest > high else None,
        grade=f"{letter}{_credibility(counted, letter)}",
        sources=tuple(one.source for one in best),
        by_coordinator=rank == "",
    )


def _credibility(counted: Sequence[Claim], letter: str) -> int:
    """How many independent sources agree on some number; sources that all differ are doubtful."""
    ends = {end for one in counted for end in (one.low, one.high) if end is not None}
    agree = max((sum(one.meets(end) for one in counted) for end in ends), default=0)
    if agree > 1:
        return 1 if agree > 2 else 2
    if len(counted) > 1:
        return 4
    return 3 if counted and letter in "AB" else 6


def _said_by_reports(
    session: Session, incident_ids: Sequence[int]
) -> defaultdict[int, list[Claim]]:
    """One claim a source and kind: of a sender the newest, of copies their original's."""
    rows = session.execute(
        select(Casualty, Report, Subscriber)
        .join(Report, Report.id == Casualty.report_id)
        .join(Subscriber, Subscriber.id == Report.subscriber_id)
        .where(Report.incident_id.in_(incident_ids), Report.stance.in_(_TOLD))
        .order_by(Report.received_at, Report.id)
    ).all()
    firsts: dict[tuple[int | None, int], int] = {}
    for _, report, _ in sorted(rows, key=lambda row: (row[1].copy_of_id is not None, row[1].id)):
        firsts.setdefault((report.incident_id, report.copy_of_id or report.id), report.id)
    newest: dict[tuple[int, int, str], Claim] = {}
    for row, report, sender in rows:
        first = firsts[report.incident_id, report.copy_of_id or report.id] == report.id
        if first and report.incident_id is not None:
            newest[report.incident_id, sender.id, row.kind] = _claimed(row, report, sender)
    said: defaultdict[int, list[Claim]] = defaultdict(list)
    for (incident_id, _, _), one in newest.items():
        said[incident_id].append(one)
    return said


def _claimed(row: Casualty, report: Report, sender: Subscriber) -> Claim:
    letter = min(sender.reliability, _FOCAL) if sender.focal_point else sender.reliability
    stance = "1" if report.stance == "hearsay" else "0"
    return Claim(row.kind, row.low, row.high, sender.pseudonym, stance + letter)


def _set_by_coordinators(session: Session, incident_ids: Sequence[int]) -> dict[int, list[Claim]]:
    """The newest range of each kind that was set on the incident, or on what it has taken in."""
    inside = _taken_in(incident_ids)
    rows = session.execute(
        select(inside.c.id, inside.c.into_id, inside.c.at, Casualty)
        .outerjoin(Casualty, Casualty.incident_id == inside.c.id)
        .order_by(Casualty.id, inside.c.at)
    ).all()
    merged = {row.id: (row.into_id, row.at) for row in rows if row.into_id is not None}
    set_there = [row.Casualty for row in rows if row.Casualty is not None]
    newest = {(row.incident_id or 0, row.kind): row for row in set_there}  # the last one holds
    said: defaultdict[int, list[Claim]] = defaultdict(list)
    for (at_id, kind), row in newest.items():
        into, since = _root(at_id, merged)
        own = newest.get((into, kind))
        outdated = since is not None and own is not None and own.at >= since
        taken_back = row.low is None and row.high is None
        if not outdated and not taken_back:
            said[into].append(Claim(kind, row.low, row.high, f"coordinator {row.who}", ""))
    return said


def _taken_in(incident_ids: Sequence[int]) -> CTE:
    """These incidents, and what was merged into them, also by way of others: into which, when."""
    own = select(
        Incident.id,
        cast(null(), Incident.id.type).label("into_id"),
        cast(null(), Move.at.type).label("at"),
    ).where(Incident.id.in_(incident_ids))
    inside = own.cte("inside", recursive=True)
    theirs = (
        select(Incident.id, Incident.merged_into_id, Move.at)
        .join(inside, Incident.merged_into_id == inside.c.id)
        .join(Move, (Move.row_id == Incident.id) & (Move.machine == "incident"))
        .where(Move.target == "merged")
    )
    return inside.union(theirs)


def _root(incident_id: int, merged: dict[int, tuple[int, datetime]]) -> tuple[int, datetime | None]:
    """The incident that one ended in, and the moment of the last merge on the way."""
    since: datetime | None = None
    while incident_id in merged:
        incident_id, at = merged[incident_id]
        since = at if since is None else max(since, at)
    return incident_id, since

"""Which open incidents press: severe and not seen, past their deadline, or only open."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.incidents.deadlines import Facts, due
from gateway.lists.duty import Allowed, Mark
from gateway.lists.needs import Open
from gateway.store.tables import Incident

_SEVERE = ("high", "extreme")  # as a witness tells


@dataclass(frozen=True, slots=True)
class Pressing:
    """Each incident stands once, in the first group that fits."""

    severe: Sequence[Incident]  # and nobody has looked
    overdue: Sequence[Incident]
    open: Sequence[Incident]
    marks: Mapping[int, Mark]
    next_due: datetime | None  # when the next one will be overdue

    @property
    def severe_reports(self) -> int:
        """Reports of severe incidents that nobody has looked at."""
        return sum(incident.reports for incident in self.severe)


def sort(
    opened: Sequence[Open], allowed: Allowed, severe_hazards: Collection[str], now: datetime
) -> Pressing:
    """The order within each group stays."""
    marks = {one.incident.id: _mark(one, allowed) for one in opened}
    severe: list[Incident] = []
    overdue: list[Incident] = []
    rest: list[Incident] = []
    for incident in (one.incident for one in opened):
        if _is_severe(incident, severe_hazards):
            severe.append(incident)
        elif marks[incident.id].due.missed(now):
            overdue.append(incident)
        else:
            rest.append(incident)
    moments = (at for mark in marks.values() for at in (mark.due.look_by, mark.due.judge_by) if at)
    return Pressing(
        severe, overdue, rest, marks, min((at for at in moments if at > now), default=None)
    )


def _mark(one: Open, allowed: Allowed) -> Mark:
    facts = Facts(one.incident.state, one.begun_at, one.incident.seen_at)
    return Mark(one.owner, due(facts, *allowed(one.incident)))


def _is_severe(incident: Incident, hazards: Collection[str]) -> bool:
    unseen = incident.state == "open" and incident.seen_at is None
    return unseen and (incident.hazard in hazards or incident.severity in _SEVERE)

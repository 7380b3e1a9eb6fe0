"""How many incidents each area had in each week, by risk factor, and the charts made of it."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import Select, and_, case, exists, func, literal, select
from sqlalchemy.orm import Session

from gateway.incidents.risk import ANY, Chart, chart
from gateway.plumbing.settings import RiskSettings
from gateway.store.tables import Incident, IncidentFactor

WEEKS_BACK = 26  # older weeks weigh less than a third of a hundredth in what is expected
STATES = ("open", "verified", "closed")
Key = tuple[str, int]  # area, factor


@dataclass(frozen=True, slots=True)
class Counts:
    """Counts of each area and factor in `weeks`, the oldest first; the last is the one watched."""

    weeks: tuple[datetime, ...]
    of: Mapping[Key, tuple[int, ...]]

    def charts(self, rules: RiskSettings) -> dict[Key, Chart]:
        """The watched week of every area and factor against the weeks before it."""
        pooled = self._pooled()
        return {
            key: chart(counts[-1], counts[:-1], pooled.get(key[1]), rules)
            for key, counts in self.of.items()
        }

    def before(self) -> "Counts":
        """The same with the week before as the one watched."""
        return Counts(self.weeks[:-1], {key: counts[:-1] for key, counts in self.of.items()})

    def _pooled(self) -> dict[int, float]:
        """What an area has of a factor in a past week, on the mean; empty without any past."""
        cells = len({area for area, _ in self.of}) * (len(self.weeks) - 1)
        if not cells:
            return {}
        sums: defaultdict[int, int] = defaultdict(int)
        for (_, factor), counts in self.of.items():
            sums[factor] += sum(counts[:-1])
        return {factor: total / cells for factor, total in sums.items()}


def week_of(time: datetime, zone: tzinfo) -> datetime:
    """Monday 00:00 of the zone, in the week that holds the time; in UTC."""
    local = time.astimezone(zone)
    monday = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return (monday - timedelta(days=local.weekday())).astimezone(UTC)


def weeks_before(week: datetime, count: int, zone: tzinfo) -> datetime:
    """The Monday so many weeks earlier, at 00:00 by the zone's clocks of that time."""
    return (week.astimezone(zone) - timedelta(weeks=count)).astimezone(UTC)


def count(
    session: Session, week: datetime, zone: tzinfo, uncounted: Collection[str] = ()
) -> Counts:
    """Real incidents that are open, verified or closed, by the week of their first report.

    The past begins with the first week in which any area had an incident, at most `WEEKS_BACK`
    before the week asked for. Incidents of the hazards in `uncounted` do not count, nor do those
    without an area.
    """
    weeks = [weeks_before(week, back, zone) for back in range(WEEKS_BACK, -1, -1)]
    ends = [*weeks[1:], weeks_before(week, -1, zone)]
    found: defaultdict[Key, list[int]] = defaultdict(lambda: [0] * len(weeks))
    for statement in _grouped(weeks[0], ends, uncounted):
        for area, factor, at, counted in session.execute(statement):
            found[area, factor][at] = counted
    first = min((_first(counts) for counts in found.values()), default=len(weeks) - 1)
    cut = {key: tuple(counts[first:]) for key, counts in found.items()}
    return Counts(tuple(weeks[first:]), cut)


def _grouped(
    since: datetime, ends: list[datetime], uncounted: Collection[str]
) -> Iterator[Select[Any]]:
    """Counts by area, factor and number of the week; then those of any factor."""
    time = func.coalesce(Incident.first_report_at, Incident.opened_at)
    week = case(*((time < end, number) for number, end in enumerate(ends))).label("week")
    shown = and_(IncidentFactor.incident_id == Incident.id, IncidentFactor.removed.is_(False))
    counted = (
        Incident.state.in_(STATES),
        Incident.last_report_at >= since,
        time >= since,
        time < ends[-1],
        Incident.exercise_id.is_(None),
        Incident.area.is_not(None),
        Incident.hazard.not_in(uncounted),
    )
    factor, area = IncidentFactor.factor, Incident.area
    each: Select[Any] = select(area, factor, week, func.count()).join(IncidentFactor, shown)
    yield each.where(*counted).group_by(area, factor, week)
    whole: Select[Any] = select(area, literal(ANY), week, func.count())
    has_any = exists().where(shown)
    yield whole.where(*counted, has_any).group_by(area, week)


def _first(counts: list[int]) -> int:
    return next(at for at, count in enumerate(counts) if count)

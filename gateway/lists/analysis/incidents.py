"""What became of a period's incidents, by hazard and by area, and how many there were each day."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from sqlalchemy import and_, case, func, select
from sqlalchemy.orm import Session

from gateway.lists.analysis.period import Scope, day_of
from gateway.store.tables import Incident

FEW = 5  # below so many cases a percentage says nothing
VERIFIED = ("verified", "closed")


@dataclass(slots=True)
class Outcomes:
    """Incidents by what they are held for now."""

    open: int = 0
    verified: int = 0  # and those that are over
    refuted: int = 0
    unverifiable: int = 0
    warned: int = 0  # of all: people were warned
    warned_refuted: int = 0  # people were warned of what did not happen
    unplaced: int = 0  # open, and nobody knows where
    disputed: int = 0  # open, and somebody says no

    @property
    def total(self) -> int:
        """Each incident once."""
        return self.open + self.verified + self.refuted + self.unverifiable

    @property
    def decided(self) -> int:
        """Held for true or for false."""
        return self.verified + self.refuted

    @property
    def false_alarms(self) -> int | None:
        """Refuted ones among the decided, in percent."""
        return share(self.refuted, self.decided)

    def add(self, other: "Outcomes") -> None:
        """Counts the other's too."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


@dataclass(frozen=True, slots=True)
class Counted:
    """The outcomes of all incidents, and of each hazard and area ("" where it is not known)."""

    all: Outcomes
    hazards: Mapping[str, Outcomes]
    areas: Mapping[str, Outcomes]


def share(part: int, whole: int) -> int | None:
    """In whole percent; None where there are too few cases for it."""
    return round(100 * part / whole) if whole >= FEW else None


def outcomes(session: Session, scope: Scope) -> Counted:
    """By state now, of the incidents opened in the period."""
    return outcomes_and_before(session, scope, before=False)[0]


def outcomes_and_before(
    session: Session, scope: Scope, *, before: bool = True
) -> tuple[Counted, Counted]:
    """The period's, and those of as many days before, in one question."""
    now, then = _Tally(), _Tally()
    current = scope.period.holds(Incident.opened_at)
    wanted = scope.incidents()
    if before:
        wanted = wanted | scope.before().incidents()
    is_open = Incident.state == "open"
    columns = (
        current.label("current"),
        Incident.hazard,
        Incident.area,
        Incident.state,
        Incident.approved_at.is_not(None).label("warned"),
        and_(is_open, Incident.lat.is_(None)).label("unplaced"),
        and_(is_open, Incident.contradictions > 0).label("disputed"),
    )
    inner = select(*columns).where(wanted).subquery()
    rows: Any = session.execute(select(*inner.c, func.count()).group_by(*inner.c))
    for row in rows:
        (now if row.current else then).add(row)
    return now.counted(), then.counted()


def by_day(session: Session, scope: Scope) -> dict[str, dict[date, int]]:
    """Of each outcome the incidents of each day on which they were opened."""
    day = scope.period.local_day(Incident.opened_at).label("day")
    state = case((Incident.state.in_(VERIFIED), "verified"), else_=Incident.state).label("state")
    inner = select(day, state).where(scope.incidents()).subquery()
    found: defaultdict[str, dict[date, int]] = defaultdict(dict)
    rows: Any = session.execute(select(*inner.c, func.count()).group_by(*inner.c))
    for number, word, count in rows:
        found[word][day_of(number)] = count
    return found


def areas(session: Session, scope: Scope) -> list[str]:
    """Those in which anything happened in the period, by name."""
    rows = session.scalars(
        select(Incident.area)
        .where(scope.period.holds(Incident.opened_at), Incident.area.is_not(None))
        .distinct()
        .order_by(Incident.area)
    )
    return [name for name in rows if name]


class _Tally:
    def __init__(self) -> None:
        self._all = Outcomes()
        self._hazards: defaultdict[str, Outcomes] = defaultdict(Outcomes)
        self._areas: defaultdict[str, Outcomes] = defaultdict(Outcomes)

    def add(self, row: Any) -> None:
        state = "verified" if row.state in VERIFIED else row.state
        count: int = row[-1]
        one = Outcomes(
            **{state: count},
            warned=count * row.warned,
            warned_refuted=count * (row.warned and state == "refuted"),
            unplaced=count * row.unplaced,
            disputed=count * row.disputed,
        )
        for outcome in (self._all, self._hazards[row.hazard], self._areas[row.area or ""]):
            outcome.add(one)

    def counted(self) -> Counted:
        return Counted(self._all, _most_first(self._hazards), _most_first(self._areas))


def _most_first(found: Mapping[str, Outcomes]) -> dict[str, Outcomes]:
    return dict(sorted(found.items(), key=lambda item: (-item[1].total, item[0])))

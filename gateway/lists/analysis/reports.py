"""How many reports came each day, and what became of those of sources of each letter."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from gateway.lists.analysis.incidents import VERIFIED, share
from gateway.lists.analysis.period import Scope, day_of
from gateway.store.tables import Incident, Report, Subscriber

_TOLD = ("witness", "hearsay")  # who asks or denies claims nothing


@dataclass(frozen=True, slots=True)
class Received:
    """Reports by day; `copies` of all are another's words sent on."""

    by_day: Mapping[date, int]
    total: int
    copies: int


@dataclass(slots=True)
class Quality:
    """What became of the reports of some sources."""

    verified: int = 0
    refuted: int = 0

    @property
    def decided(self) -> int:
        """Held for true or for false."""
        return self.verified + self.refuted

    @property
    def right(self) -> int | None:
        """Verified ones among the decided, in percent."""
        return share(self.verified, self.decided)


@dataclass(frozen=True, slots=True)
class Sources:
    """By the letter of the source's reliability; focal points, and everybody else."""

    letters: Mapping[str, Quality]
    focal: Quality
    others: Quality


def received(session: Session, scope: Scope) -> Received:
    """All that was read as an observation, copies too."""
    day = scope.period.local_day(Report.received_at).label("day")
    copied = case((Report.copy_of_id.is_not(None), 1), else_=0).label("copied")
    inner = _of(scope, select(day, copied)).where(scope.reports()).subquery()
    days: Counter[date] = Counter()
    copies = 0
    rows: Any = session.execute(select(*inner.c, func.count()).group_by(*inner.c))
    for number, is_copy, count in rows:
        days[day_of(number)] += count
        copies += count * is_copy
    return Received(days, sum(days.values()), copies)


def received_and_before(session: Session, scope: Scope) -> tuple[int, int]:
    """How many in the period, and in as many days before."""
    current = scope.period.holds(Report.received_at).label("current")
    wanted = scope.reports() | scope.before().reports()
    inner = _of(scope, select(current)).where(wanted).subquery()
    rows: Any = session.execute(select(*inner.c, func.count()).group_by(*inner.c))
    found = {bool(one): count for one, count in rows}
    return found.get(True, 0), found.get(False, 0)


def sources(session: Session, scope: Scope) -> Sources:
    """Of reports that tell something in their own words, and whose incident is decided."""
    is_true = Incident.state.in_(VERIFIED).label("is_true")
    inner = (
        select(Subscriber.reliability, Subscriber.focal_point, is_true)
        .join(Report, Report.subscriber_id == Subscriber.id)
        .join(Incident, Incident.id == Report.incident_id)
        .where(
            scope.reports(),
            Report.copy_of_id.is_(None),
            Report.stance.in_(_TOLD),
            Incident.state.in_((*VERIFIED, "refuted")),
        )
        .subquery()
    )
    letters: defaultdict[str, Quality] = defaultdict(Quality)
    kinds: defaultdict[bool, Quality] = defaultdict(Quality)
    rows: Any = session.execute(select(*inner.c, func.count()).group_by(*inner.c))
    for letter, focal, held_true, count in rows:
        for quality in (letters[letter], kinds[bool(focal)]):
            quality.verified += count * bool(held_true)
            quality.refuted += count * (not held_true)
    return Sources(dict(sorted(letters.items())), kinds[True], kinds[False])


def _of(scope: Scope, query: Select[Any]) -> Select[Any]:
    query = query.select_from(Report)
    return query.join(Incident, Incident.id == Report.incident_id) if scope.is_narrow else query

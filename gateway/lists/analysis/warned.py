"""The warnings approved in a period, and how many people each was meant for, had it, or not."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, and_, case, func, select, union_all
from sqlalchemy.orm import Session

from gateway.lists.analysis.incidents import share
from gateway.lists.analysis.period import Scope
from gateway.store.tables import Alert, Delivery, Incident

# Who was written to in several rounds counts once, by the first of these that one copy is in.
_BEST_FIRST = ("delivered", "submitted", "unknown", "waiting", "failed", "withdrawn")
_MOST = 20_000  # two years of a warning an hour


@dataclass(slots=True)
class Reached:
    """People: those meant, and of them by the state of their copy."""

    meant: int = 0
    delivered: int = 0
    submitted: int = 0  # taken by the company, no receipt yet
    unknown: int = 0
    waiting: int = 0
    failed: int = 0
    withdrawn: int = 0

    @property
    def handed_over(self) -> int:
        """Taken by the company; the delivered are among them."""
        return self.delivered + self.submitted

    @property
    def erased(self) -> int:
        """Their copies are no longer kept, so nobody can say what became of them."""
        return max(0, self.meant - self.kept)

    @property
    def kept(self) -> int:
        """Those of whose copy something is known."""
        return sum(getattr(self, state) for state in _BEST_FIRST)

    @property
    def share(self) -> int | None:
        """Delivered ones among those of whose copy something is known, in percent."""
        return share(self.delivered, self.kept)


@dataclass(frozen=True, slots=True)
class Warned:
    """One warning; minutes are counted from the first report of its incident."""

    number: int
    incident: int | None
    hazard: str
    area: str
    place: str
    approved_at: datetime
    approved_s: int
    delivered_s: int | None  # the first person's
    is_first: bool  # of its incident
    is_current: bool  # in the period itself, not before it
    reached: Reached


def warned(session: Session, scope: Scope, *, before: bool = False) -> list[Warned]:
    """Approved in the period, the newest first; with `before`, those of as many days before too.

    Of these nobody is counted. All-clears, withdrawals and campaigns are no warnings.
    """
    copies = _copies(_is_warning(scope)).subquery()
    wanted = _is_warning(scope)
    if before:
        wanted = wanted | _is_warning(scope.before())
    rows: Any = session.execute(
        select(
            Alert.id,
            Alert.incident_id,
            Alert.hazard,
            Incident.area,
            Alert.place_name,
            Alert.approved_at,
            Alert.audience,
            func.coalesce(Incident.first_report_at, Incident.opened_at).label("begin"),
            (Incident.approved_at == Alert.approved_at).label("is_first"),
            scope.period.holds(Alert.approved_at).label("is_current"),
            copies.c.state,
            copies.c.people,
            copies.c.first_at,
        )
        .join(Incident, Incident.id == Alert.incident_id)
        .outerjoin(copies, copies.c.alert_id == Alert.id)
        .where(wanted)
        .order_by(Alert.approved_at.desc(), Alert.id.desc())
        .limit(_MOST)
    )
    found: dict[int, list[Any]] = {}
    for row in rows:
        found.setdefault(row.id, []).append(row)
    return [_warned(of_one) for of_one in found.values()]


def together(found: Iterable[Warned]) -> Reached:
    """All of them; who was warned twice counts twice."""
    total = Reached()
    for one in found:
        for state in ("meant", *_BEST_FIRST):
            setattr(total, state, getattr(total, state) + getattr(one.reached, state))
    return total


def _is_warning(scope: Scope) -> ColumnElement[bool]:
    chosen = [
        Alert.purpose == "warning",
        scope.period.holds(Alert.approved_at),
        scope.counts(Alert.exercise_id),
    ]
    if scope.hazard:
        chosen.append(Alert.hazard == scope.hazard)
    if scope.area:
        chosen.append(Incident.area == scope.area)
    return and_(*chosen)


def _copies(wanted: ColumnElement[bool]) -> CompoundSelect[Any]:
    """People by warning and state; of those sent once, a copy is a person and needs no grouping."""
    state = case((Delivery.state.in_(("queued", "claimed")), "waiting"), else_=Delivery.state)
    rank = case({word: place for place, word in enumerate(_BEST_FIRST)}, value=state, else_=9)
    copy = (
        select(
            Delivery.alert_id,
            Delivery.subscriber_id,
            rank.label("state"),
            case((Delivery.state == "delivered", Delivery.settled_at)).label("arrived"),
        )
        .join(Alert, Alert.id == Delivery.alert_id)
        .join(Incident, Incident.id == Alert.incident_id)
        .where(wanted)
    )
    once = copy.where(Alert.round == 0).subquery()
    every = copy.where(Alert.round > 0).subquery()
    person = (
        select(
            every.c.alert_id,
            func.min(every.c.state).label("state"),
            func.min(every.c.arrived).label("arrived"),
        )
        .group_by(every.c.alert_id, every.c.subscriber_id)
        .subquery()
    )
    return union_all(
        *(
            select(
                one.c.alert_id,
                one.c.state,
                func.count().label("people"),
                func.min(one.c.arrived).label("first_at"),
            ).group_by(one.c.alert_id, one.c.state)
            for one in (once, person)
        )
    )


def _warned(rows: Sequence[Any]) -> Warned:
    first = rows[0]
    counts = {_BEST_FIRST[row.state]: row.people for row in rows if row.state in range(6)}
    arrived = min((row.first_at for row in rows if row.first_at is not None), default=None)
    reached = Reached(**counts)
    reached.meant = max(first.audience, reached.kept)
    return Warned(
        number=first.id,
        incident=first.incident_id,
        hazard=first.hazard,
        area=first.area or "",
        place=first.place_name,
        approved_at=first.approved_at,
        approved_s=_seconds(first.begin, first.approved_at),
        delivered_s=None if arrived is None else _seconds(first.begin, arrived),
        is_first=bool(first.is_first),
        is_current=bool(first.is_current),
        reached=reached,
    )


def _seconds(begin: datetime, end: datetime) -> int:
    return max(0, int((end - begin).total_seconds()))

"""How far a warning has come: its copies by state and what people replied, place by place."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, select, union_all
from sqlalchemy.orm import Session

from gateway.store.tables import Alert, AlertReply, Delivery, Place, Report, Subscriber

Key = TypeVar("Key")
_CHUNK = 500  # places in one statement
_WAITING, _SENT = ("queued", "claimed"), ("submitted", "delivered")
# Who was written to in several rounds counts once, by the first of these that one copy is in.
_BEST_FIRST = (
    "delivered", "submitted", "unknown", "claimed", "queued", "failed", "withdrawn",
)  # fmt: skip
_RANK: ColumnElement[int] = case(
    {state: number for number, state in enumerate(_BEST_FIRST)},
    value=Delivery.state,
    else_=len(_BEST_FIRST),
)


@dataclass(frozen=True, slots=True)
class Reach:
    """People by the state of their copy, and by what they replied."""

    counts: Mapping[str, int] = field(default_factory=dict)
    replies: Mapping[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All for whom a copy was ever queued."""
        return sum(self.counts.values())

    @property
    def waiting(self) -> int:
        """Not handed over yet."""
        return sum(self.counts.get(state, 0) for state in _WAITING)

    @property
    def sent(self) -> int:
        """Taken by the company; the delivered are among them."""
        return sum(self.counts.get(state, 0) for state in _SENT)

    @property
    def delivered(self) -> int:
        """On the phone, as the company says."""
        return self.counts.get("delivered", 0)

    @property
    def failed(self) -> int:
        """Will not arrive."""
        return self.counts.get("failed", 0)

    @property
    def unknown(self) -> int:
        """A crash left open whether these went out; the company is being asked."""
        return self.counts.get("unknown", 0)

    @property
    def withdrawn(self) -> int:
        """Stopped before they left."""
        return self.counts.get("withdrawn", 0)

    @property
    def safe(self) -> int:
        """Replied that they are safe."""
        return self.replies.get("safe", 0)

    @property
    def help(self) -> int:
        """Ask for help."""
        return self.replies.get("help", 0)

    @property
    def moved(self) -> int:
        """Replied that they left."""
        return self.replies.get("moved", 0)


@dataclass(frozen=True, slots=True)
class Village:
    """The reach in one home of the audience; `place_id` None where homes are not known."""

    place_id: int | None
    name: str
    reach: Reach
    cries: Sequence[int]  # incidents of those who ask for help


def reach_of(session: Session, alert_ids: Sequence[int]) -> dict[int, Reach]:
    """The reach of each alert, each person once."""
    if not alert_ids:
        return {}
    rows = session.execute(select(Alert.id, Alert.round).where(Alert.id.in_(alert_ids)))
    rounds = dict.fromkeys(alert_ids, 0) | dict(rows.all())
    return reach_in(session, rounds)


def reach_in(session: Session, rounds: Mapping[int, int]) -> dict[int, Reach]:
    """The same of alerts whose last round is known, by two statements however many they are."""
    if not rounds:
        return {}
    once = [alert_id for alert_id, number in rounds.items() if number == 0]
    parts: list[Any] = [
        select(Delivery.alert_id, func.min(_RANK), func.count())
        .where(Delivery.alert_id.in_(once))
        .group_by(Delivery.alert_id, Delivery.state)
    ]
    for alert_id in rounds.keys() - set(once):
        people = _people(alert_id, rounds=True).subquery()
        state = people.c.state
        parts.append(select(literal(alert_id), state, func.count()).group_by(state))
    found: Any = session.execute(union_all(*parts)).all()
    counts = _gather((alert_id, _state(state), count) for alert_id, state, count in found)
    replies = _replies(session, list(rounds))
    return {one: Reach(counts.get(one, {}), replies.get(one, {})) for one in rounds}


def last_round(session: Session, alert: Alert) -> Reach:
    """The copies of the round begun last."""
    rows = session.execute(
        select(Delivery.state, func.count())
        .where(Delivery.alert_id == alert.id, Delivery.round == alert.round)
        .group_by(Delivery.state)
    )
    return Reach(dict(rows.all()))


def by_place(session: Session, alert: Alert) -> list[Village]:
    """The reach in each home of the audience; where help is asked first, then the largest.

    Replies count at their writer's home, wherever they moved.
    """
    home = Subscriber.place_id
    counts = copies_by_home(session, alert)
    said: Any = session.execute(
        select(home, AlertReply.said, func.count())
        .join(AlertReply, AlertReply.subscriber_id == Subscriber.id)
        .where(AlertReply.alert_id == alert.id)
        .group_by(home, AlertReply.said)
    )
    replies, cries = _gather(said), _cries(session, alert.id)
    places = counts.keys() | replies.keys()
    names = _names(session, [place for place in places if place is not None])
    found = [
        Village(
            place,
            names.get(place or 0, "home not known"),
            Reach(counts.get(place, {}), replies.get(place, {})),
            sorted(cries.get(place, ())),
        )
        for place in places
    ]
    return sorted(found, key=lambda one: (-one.reach.help, -one.reach.total, one.name))


def copies_by_home(session: Session, alert: Alert) -> dict[int | None, dict[str, int]]:
    """People by the state of their copy, in each home of the audience; None: home not known."""
    copies = _people(alert.id, rounds=alert.round > 0).subquery()
    home = Subscriber.place_id
    rows: Any = session.execute(
        select(home, copies.c.state, func.count())
        .join(copies, copies.c.subscriber_id == Subscriber.id)
        .group_by(home, copies.c.state)
    )
    return _gather((place, _state(state), count) for place, state, count in rows)


def overall(villages: Sequence[Village]) -> Reach:
    """The reach of all villages together: the same as `reach_of`, without asking again."""
    counts: Counter[str] = Counter()
    replies: Counter[str] = Counter()
    for village in villages:
        counts.update(village.reach.counts)
        replies.update(village.reach.replies)
    return Reach(counts, replies)


def reach_stamp(session: Session, alert: Alert) -> tuple[Any, ...]:
    """Differs when something in the reach may have changed."""
    copies = _by_alert(session, [alert.id]).get(alert.id, {})
    newest = session.scalar(
        select(func.max(AlertReply.message_id)).where(AlertReply.alert_id == alert.id)
    )
    return alert.id, alert.state, alert.round, *sorted(copies.items()), newest


def _by_alert(session: Session, alert_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """Copies by state; of alerts that were sent once, a copy is a person."""
    rows: Any = session.execute(
        select(Delivery.alert_id, Delivery.state, func.count())
        .where(Delivery.alert_id.in_(alert_ids))
        .group_by(Delivery.alert_id, Delivery.state)
    )
    return _gather(rows)


def _people(alert_id: int, *, rounds: bool) -> Select[int | None, Any]:
    """Each person of the audience once: their id, and the state or, of rounds, its rank."""
    own = Delivery.alert_id == alert_id
    if not rounds:
        return select(Delivery.subscriber_id, Delivery.state.label("state")).where(own)
    return (
        select(Delivery.subscriber_id, func.min(_RANK).label("state"))
        .where(own)
        .group_by(Delivery.subscriber_id)
    )


def _state(found: str | int) -> str:
    return found if isinstance(found, str) else (*_BEST_FIRST, "odd")[found]


def _replies(session: Session, alert_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    rows: Any = session.execute(
        select(AlertReply.alert_id, AlertReply.said, func.count())
        .where(AlertReply.alert_id.in_(alert_ids))
        .group_by(AlertReply.alert_id, AlertReply.said)
    )
    return _gather(rows)


def _cries(session: Session, alert_id: int) -> dict[int | None, set[int]]:
    """The incidents of those who still ask for help, by their home."""
    rows = session.execute(
        select(Subscriber.place_id, Report.incident_id)
        .join(AlertReply, AlertReply.subscriber_id == Subscriber.id)
        .join(Report, Report.id == AlertReply.report_id)
        .where(
            and_(AlertReply.alert_id == alert_id, AlertReply.said == "help"),
            Report.incident_id.is_not(None),
        )
        .distinct()
    )
    found: defaultdict[int | None, set[int]] = defaultdict(set)
    for place, incident in rows:
        found[place].add(incident or 0)
    return found


def _names(session: Session, places: Sequence[int]) -> dict[int, str]:
    names: dict[int, str] = {}
    for start in range(0, len(places), _CHUNK):
        wanted = Place.id.in_(places[start : start + _CHUNK])
        names |= dict(session.execute(select(Place.id, Place.name).where(wanted)).all())
    return names


def _gather(rows: Iterable[tuple[Key, str, int]]) -> dict[Key, dict[str, int]]:
    counts: defaultdict[Key, dict[str, int]] = defaultdict(dict)
    for key, state, count in rows:
        counts[key][state] = count
    return counts

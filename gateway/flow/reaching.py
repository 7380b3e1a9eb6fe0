"""Whom an alert reaches, when it leaves, and what a coordinator sees of that beforehand."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, and_, case, or_, select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import (
    Ring,
    World,
    at_home_in,
    counts_beside,
    earlier,
    focal_points,
    places_in,
    rings,
    sent,
)
from gateway.dispatch.named_areas import ring_of
from gateway.dispatch.shapes import between_lons
from gateway.flow.carrying import Carrying, Load, carrying
from gateway.flow.marking import CONTROLLED
from gateway.runtime import Runtime
from gateway.store.tables import Alert, Exercise, Place
from gateway.terms.gsm7 import measure

_FOLLOW_UPS = frozenset({"cancel", "all_clear"})
_OUTSIDE = 1_000_000  # after every ring of an area
_MOST_AROUND = 3_000
_MARGIN = 0.4  # of the area's size, around it
_LEAST_MARGIN = 0.15  # degrees
Places = Mapping[int, list[int]]  # by their ring


@dataclass(frozen=True, slots=True)
class Share:
    """What the text in one language means: SMS a person, SMS in all, seconds, cost."""

    language: str
    encoding: str
    segments: int
    people: int
    sms: int
    seconds: float
    cost: float


@dataclass(frozen=True, slots=True)
class Preview:
    """The reach of a draft: people, by place and language; SMS, seconds and cost by account."""

    audience: int
    by_place: list[tuple[str, int]]
    by_language: list[tuple[str, int]]
    shares: list[Share]  # a language of the draft each, also where nobody speaks it
    sms: int
    seconds: float  # all accounts side by side
    cost: float  # in the settings' currency; what has no known price counts nothing
    loads: Sequence[Load]  # an account that would carry it each; one too where nobody is reached
    homes: Mapping[int | None, int]  # people by home place
    under_control: int  # at home where a group rules: told all the same, or told if nobody did
    places: Sequence[Place]  # their homes, and the places in and around the area

    @property
    def price(self) -> float:
        """The highest of one SMS; 0 where none is known, or in an exercise."""
        return max(load.price for load in self.loads)

    @property
    def rate(self) -> float:
        """SMS a second of all accounts together."""
        return sum(load.rate for load in self.loads)

    @property
    def is_capped(self) -> bool:
        """Whether limits of a minute, half an hour or a day make it longer than the rates do."""
        return any(load.seconds > load.sms / load.rate + 1 for load in self.loads)

    @property
    def unpriced(self) -> list[str]:
        """Accounts whose price is not known."""
        return [load.account for load in self.loads if not load.price]

    @property
    def lacking(self) -> list[Load]:
        """What their balances do not suffice for."""
        return [load for load in self.loads if load.lacks_money]


def people_of(session: Session, alert: Alert, places: Places | None = None) -> Iterator[Ring]:
    """Who an alert is for, nearest first: the people of its area, those who were sent the alert
    that it follows, or for an update both.

    `places` are those in its area, for whoever has read them.
    """
    if alert.purpose not in _FOLLOW_UPS:
        is_campaign = alert.purpose == "campaign"
        yield from (_of_campaign if is_campaign else _of_area)(session, alert, places)
    if alert.refers_to_id is not None:
        chain = [alert.refers_to_id, *earlier(session, alert.refers_to_id)]
        yield sent(chain, _OUTSIDE)


def world_of(session: Session, alert: Alert) -> World:
    """The real world, or that of the alert's exercise."""
    if alert.exercise_id is None:
        return World()
    drill = session.get_one(Exercise, alert.exercise_id)
    return World(drill.id, drill.volunteers)


def preview(runtime: Runtime, session: Session, alert: Alert) -> Preview:
    """What sending this alert now would mean."""
    texts = {text.language: text.body for text in alert.texts}
    roads = carrying(runtime, session, alert)
    places: Counter[int | None] = Counter()
    readers: defaultdict[str, Counter[str]] = defaultdict(Counter)  # people by account
    is_drawn = alert.purpose not in {"campaign", *_FOLLOW_UPS}
    inside = places_in(session, alert.zone) if is_drawn else None
    for_whom = people_of(session, alert, inside)
    beside = _under_control(session, alert, inside)
    found, ruled = counts_beside(session, for_whom, beside, paths=roads.by_path)
    for place_id, language, path, people in found:
        places[place_id] += people
        readers[_spoken(language, texts, runtime)][roads.account(path)] += people
    ground = ground_of(session, alert, [place for place in places if place is not None])
    names = {place.id: place.name for place in ground}
    shares, sms = [], Counter({roads.account(""): 0} if not found else {})
    for language in texts:
        share, parts = _share(roads, texts[language], language, readers.get(language, Counter()))
        shares.append(share)
        sms.update(parts)
    return Preview(
        audience=places.total(),
        by_place=[
            (names.get(place, "elsewhere") if place else "no home place", people)
            for place, people in places.most_common()
        ],
        by_language=Counter({one: by.total() for one, by in readers.items()}).most_common(),
        shares=shares,
        sms=sms.total(),
        seconds=roads.seconds(sms),
        cost=roads.cost(sms),
        loads=roads.loads(sms),
        homes=places,
        under_control=ruled,
        places=ground,
    )


def ground_of(session: Session, alert: Alert, homes: Sequence[int]) -> Sequence[Place]:
    """The places with these numbers, and the largest ones in and around the alert's area."""
    south, west, north, east = alert.zone.box()
    up = max(_LEAST_MARGIN, (north - south) * _MARGIN)
    side = max(_LEAST_MARGIN, (east - west) * _MARGIN)
    near = and_(Place.lat.between(south - up, north + up), between_lons(west - side, east + side))
    wanted: ColumnElement[bool] = Place.id.in_(homes)
    if alert.purpose != "campaign":  # which is not drawn
        wanted = or_(wanted, near)
    return session.scalars(
        select(Place)
        .where(wanted)
        .order_by(case((Place.id.in_(homes), 0), else_=1), Place.population.desc(), Place.id)
        .limit(len(homes) + _MOST_AROUND)
    ).all()


def due_time(runtime: Runtime, alert: Alert, now: datetime) -> datetime:
    """Its start or now, or the end of the quiet hours for a hazard that can wait until morning."""
    start = max(now, alert.starts_at or now)
    if not runtime.hazards[alert.hazard].slow or alert.exercise_id is not None:
        return start
    return by_day(runtime, start)


def by_day(runtime: Runtime, moment: datetime) -> datetime:
    """The moment, or the end of the deployment's quiet hours when it lies in them."""
    return after_quiet_hours(runtime.settings.policy.quiet_hours, moment, runtime.zone)


def after_quiet_hours(hours: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The first moment from `now` on that lies outside "HH:MM-HH:MM" of the zone; "" is never."""
    if not hours:
        return now
    begin, end = (time.fromisoformat(part) for part in hours.split("-"))
    local = now.astimezone(zone)
    over_midnight = begin > end
    clock = local.time().replace(tzinfo=None)
    quiet = (clock >= begin or clock < end) if over_midnight else begin <= clock < end
    if not quiet:
        return now
    morning = local.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    if over_midnight and clock >= begin:
        morning += timedelta(days=1)
    return morning.astimezone(now.tzinfo)


def _under_control(session: Session, alert: Alert, places: Places | None) -> Select[int] | None:
    """People of the area at home where an armed group rules: those who are told all the same, or
    who would be told if nobody did."""
    area = alert.zone
    heeded = tuple(circle for circle in area.without if circle.by == CONTROLLED)
    if alert.purpose == "campaign" or not (heeded or area.despite):
        return None
    if not area.despite:
        others = tuple(circle for circle in area.without if circle.by != CONTROLLED)
        area = replace(area, without=others)
    found = rings(session, area, world_of(session, alert), places)
    return at_home_in(found, alert.zone.despite or heeded)


def _of_area(session: Session, alert: Alert, places: Places | None = None) -> Iterator[Ring]:
    return rings(session, alert.zone, world_of(session, alert), places)


def _of_campaign(session: Session, alert: Alert, places: Places | None = None) -> Iterable[Ring]:
    """Of whole counties too; whether all is quiet only focal points are asked."""
    whole = ring_of(alert.zone, world_of(session, alert))
    found: Iterable[Ring] = [whole] if whole else _of_area(session, alert, places)
    is_asked = alert.campaign is not None and alert.campaign.kind == "all_quiet"
    return focal_points(found) if is_asked else found


def _share(
    roads: Carrying, text: str, language: str, readers: Mapping[str, int]
) -> tuple[Share, dict[str, int]]:
    """The share of a language, and its SMS by account."""
    found = measure(text)
    sms = {account: found.segments * people for account, people in readers.items()}
    share = Share(
        language=language,
        encoding=found.encoding,
        segments=found.segments,
        people=sum(readers.values()),
        sms=sum(sms.values()),
        seconds=roads.seconds(sms),
        cost=roads.cost(sms),
    )
    return share, sms


def _spoken(language: str | None, texts: dict[str, str], runtime: Runtime) -> str:
    if language in texts:
        return str(language)
    return next((one for one in runtime.settings.languages if one in texts), min(texts))

"""Whom an alert reaches, when it leaves, and what a coordinator sees of that beforehand."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import (
    Ring,
    World,
    counts,
    earlier,
    focal_points,
    rings,
    sent,
)
from gateway.dispatch.named_areas import ring_of
from gateway.runtime import EXERCISE_RATE, Runtime
from gateway.store.tables import Alert, Exercise, Place
from gateway.terms.gsm7 import measure

_FOLLOW_UPS = frozenset({"cancel", "all_clear"})
_OUTSIDE = 1_000_000  # after every ring of an area


@dataclass(frozen=True, slots=True)
class Share:
    """What the text in one language means: SMS a person, SMS in all, seconds at full rate, cost."""

    language: str
    encoding: str
    segments: int
    people: int
    sms: int
    seconds: float
    cost: float


@dataclass(frozen=True, slots=True)
class Preview:
    """The reach of a draft: people, by place and language; SMS a text; seconds at full rate."""

    audience: int
    by_place: list[tuple[str, int]]
    by_language: list[tuple[str, int]]
    shares: list[Share]  # a language of the draft each, also where nobody speaks it
    sms: int
    seconds: float
    cost: float  # in the settings' currency; 0 where no price is known
    price: float  # of one SMS; 0 where it is not known, or in an exercise
    rate: float  # SMS a second
    homes: Mapping[int | None, int]  # people by home place


def people_of(session: Session, alert: Alert) -> Iterator[Ring]:
    """Who an alert is for, nearest first: the people of its area, those who were sent the alert
    that it follows, or for an update both."""
    if alert.purpose not in _FOLLOW_UPS:
        is_campaign = alert.purpose == "campaign"
        yield from (_of_campaign if is_campaign else _of_area)(session, alert)
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
    places: Counter[int | None] = Counter()
    languages: Counter[str] = Counter()
    for place_id, language, people in counts(session, people_of(session, alert)):
        places[place_id] += people
        languages[_spoken(language, texts, runtime)] += people
    names = dict(session.execute(select(Place.id, Place.name).where(Place.id.in_(places))).all())
    rate, price = _rate(runtime, alert), _price(runtime, alert)
    shares = [_share(texts, one, languages[one], rate, price) for one in texts]
    total = sum(share.sms for share in shares)
    return Preview(
        audience=places.total(),
        by_place=[
            (names.get(place, "elsewhere") if place else "no home place", people)
            for place, people in places.most_common()
        ],
        by_language=languages.most_common(),
        shares=shares,
        sms=total,
        seconds=total / rate,
        cost=total * price,
        price=price,
        rate=rate,
        homes=places,
    )


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


def account_for(runtime: Runtime, number: str, attempt: int) -> str:
    """The account that carries this number: the longest prefix; a retry takes the next account."""
    fitting = [route for route in runtime.settings.routes if number.startswith(route.prefix)]
    if not fitting:
        return next(iter(runtime.settings.providers))
    accounts = max(fitting, key=lambda route: len(route.prefix)).accounts
    return accounts[max(attempt - 1, 0) % len(accounts)]


def _of_area(session: Session, alert: Alert) -> Iterator[Ring]:
    return rings(session, alert.zone, world_of(session, alert))


def _of_campaign(session: Session, alert: Alert) -> Iterable[Ring]:
    """Of whole counties too; whether all is quiet only focal points are asked."""
    whole = ring_of(alert.zone, world_of(session, alert))
    found: Iterable[Ring] = [whole] if whole else _of_area(session, alert)
    is_asked = alert.campaign is not None and alert.campaign.kind == "all_quiet"
    return focal_points(found) if is_asked else found


def _share(
    texts: Mapping[str, str], language: str, people: int, rate: float, price: float
) -> Share:
    found = measure(texts[language])
    sms = found.segments * people
    return Share(
        language=language,
        encoding=found.encoding,
        segments=found.segments,
        people=people,
        sms=sms,
        seconds=sms / rate,
        cost=sms * price,
    )


def _spoken(language: str | None, texts: dict[str, str], runtime: Runtime) -> str:
    if language in texts:
        return str(language)
    return next((one for one in runtime.settings.languages if one in texts), min(texts))


def _rate(runtime: Runtime, alert: Alert) -> float:
    if alert.exercise_id is not None:
        return EXERCISE_RATE
    return runtime.limits(_usual(runtime)).per_second


def _price(runtime: Runtime, alert: Alert) -> float:
    if alert.exercise_id is not None:
        return 0.0
    return runtime.settings.providers[_usual(runtime)].price


def _usual(runtime: Runtime) -> str:
    """The account that carries most: the first of the first route."""
    return runtime.settings.routes[0].accounts[0]

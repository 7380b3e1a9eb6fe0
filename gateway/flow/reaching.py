"""Whom an alert reaches, when it leaves, and what a coordinator sees of that beforehand."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import Ring, World, counts, rings, sent
from gateway.runtime import Runtime
from gateway.store.tables import Alert, Exercise, Place
from gateway.terms.gsm7 import encoding_of, segments

_FOLLOW_UPS = frozenset({"cancel", "all_clear"})
_OUTSIDE = 1_000_000  # after every ring of an area


@dataclass(frozen=True, slots=True)
class Preview:
    """The reach of a draft: people, by place and language; SMS a text; seconds at full rate."""

    audience: int
    by_place: list[tuple[str, int]]
    by_language: list[tuple[str, int]]
    segments: dict[str, int]
    encodings: dict[str, str]
    sms: int
    seconds: float
    cost: float  # in the settings' currency; 0 where no price is known
    homes: Mapping[int | None, int]  # people by home place


def people_of(session: Session, alert: Alert) -> Iterator[Ring]:
    """Who an alert is for, nearest first: the people of its area, those who were sent the alert
    that it follows, or for an update both."""
    if alert.purpose not in _FOLLOW_UPS:
        yield from rings(session, alert.zone, world_of(session, alert))
    if alert.refers_to_id is not None:
        yield sent(alert.refers_to_id, _OUTSIDE)


def world_of(session: Session, alert: Alert) -> World:
    """The real world, or that of the alert's exercise."""
    if alert.exercise_id is None:
        return World()
    drill = session.get_one(Exercise, alert.exercise_id)
    return World(drill.id, drill.volunteers)


def preview(runtime: Runtime, session: Session, alert: Alert) -> Preview:
    """What sending this alert now would mean."""
    texts = {text.language: text.body for text in alert.texts}
    needs = {language: segments(text) for language, text in texts.items()}
    places: Counter[int | None] = Counter()
    languages: Counter[str] = Counter()
    for place_id, language, people in counts(session, people_of(session, alert)):
        places[place_id] += people
        languages[_spoken(language, texts, runtime)] += people
    names = dict(session.execute(select(Place.id, Place.name).where(Place.id.in_(places))).all())
    total = sum(needs[language] * people for language, people in languages.items())
    return Preview(
        audience=places.total(),
        by_place=[
            (names.get(place, "elsewhere") if place else "no home place", people)
            for place, people in places.most_common()
        ],
        by_language=languages.most_common(),
        segments=needs,
        encodings={language: encoding_of(text) for language, text in texts.items()},
        sms=total,
        seconds=total / _rate(runtime, alert),
        cost=total * _price(runtime, alert),
        homes=places,
    )


def due_time(runtime: Runtime, alert: Alert, now: datetime) -> datetime:
    """Its start or now, or the end of the quiet hours for a hazard that can wait until morning."""
    hours = runtime.settings.policy.quiet_hours
    start = max(now, alert.starts_at or now)
    if not hours or not runtime.hazards[alert.hazard].slow or alert.exercise_id is not None:
        return start
    return after_quiet_hours(hours, start, runtime.zone)


def after_quiet_hours(hours: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The first moment from `now` on that lies outside "HH:MM-HH:MM" of the zone."""
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


def _spoken(language: str | None, texts: dict[str, str], runtime: Runtime) -> str:
    if language in texts:
        return str(language)
    return next((one for one in runtime.settings.languages if one in texts), min(texts))


def _rate(runtime: Runtime, alert: Alert) -> float:
    if alert.exercise_id is not None:
        return 50.0
    return runtime.settings.providers[_usual(runtime)].rate_per_second


def _price(runtime: Runtime, alert: Alert) -> float:
    if alert.exercise_id is not None:
        return 0.0
    return runtime.settings.providers[_usual(runtime)].price


def _usual(runtime: Runtime) -> str:
    """The account that carries most: the first of the first route."""
    return runtime.settings.routes[0].accounts[0]

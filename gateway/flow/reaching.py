"""Whom an alert reaches, when it leaves, and what a coordinator sees of that beforehand."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.dispatch.audience import Member, audience
from gateway.runtime import Runtime
from gateway.store.tables import Alert, Delivery, Place, Subscriber
from gateway.terms.geo import Position
from gateway.terms.gsm7 import encoding_of, segments

_WAS_SENT = ("claimed", "unknown", "submitted", "delivered")


@dataclass(frozen=True, slots=True)
class Preview:
    """The reach of a draft: people, by place and language; SMS a text; seconds at full rate."""

    audience: int
    by_place: list[tuple[str, int]]
    by_language: list[tuple[str, int]]
    segments: dict[str, int]
    encodings: dict[str, str]
    seconds: float


def members_of(session: Session, alert: Alert) -> list[Member]:
    """Who an alert is for: the area's people, or those who were sent the alert it follows."""
    if alert.refers_to_id is None:
        centre = Position(alert.lat, alert.lon)
        return audience(session, centre, alert.radius_m, exercise_id=alert.exercise_id)
    rows = session.execute(
        select(Subscriber.id, Subscriber.language, Subscriber.place_id, Delivery.distance_m)
        .join(Delivery, Delivery.subscriber_id == Subscriber.id)
        .where(
            Delivery.alert_id == alert.refers_to_id,
            Delivery.state.in_(_WAS_SENT),
            Subscriber.state == "subscribed",
        )
        .order_by(Delivery.distance_m, Subscriber.id)
    )
    return [Member(*row) for row in rows]


def preview(runtime: Runtime, session: Session, alert: Alert) -> Preview:
    """What sending this alert now would mean."""
    members = members_of(session, alert)
    texts = {text.language: text.body for text in alert.texts}
    counts = {language: segments(text) for language, text in texts.items()}
    places = Counter(member.place_id for member in members)
    names = dict(session.execute(select(Place.id, Place.name).where(Place.id.in_(places))).all())
    languages = Counter(_spoken(member, texts, runtime) for member in members)
    total = sum(counts[language] * people for language, people in languages.items())
    return Preview(
        audience=len(members),
        by_place=[
            (names.get(place, "elsewhere") if place else "no home place", people)
            for place, people in places.most_common()
        ],
        by_language=languages.most_common(),
        segments=counts,
        encodings={language: encoding_of(text) for language, text in texts.items()},
        seconds=total / _rate(runtime, alert),
    )


def due_time(runtime: Runtime, alert: Alert, now: datetime) -> datetime:
    """Now, or the end of the quiet hours for a hazard that can wait until morning."""
    hours = runtime.settings.policy.quiet_hours
    if not hours or not runtime.hazards[alert.hazard].slow or alert.exercise_id is not None:
        return now
    return after_quiet_hours(hours, now, runtime.zone)


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


def _spoken(member: Member, texts: dict[str, str], runtime: Runtime) -> str:
    if member.language in texts:
        return str(member.language)
    return next((one for one in runtime.settings.languages if one in texts), min(texts))


def _rate(runtime: Runtime, alert: Alert) -> float:
    accounts = runtime.settings.providers
    if alert.exercise_id is not None:
        return 50.0
    return sum(accounts[name].rate_per_second for name in runtime.settings.routes[0].accounts[:1])

"""Gathers from the database what the checks hold a warning against."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    union,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session

from gateway.alerts import playbooks, wording
from gateway.alerts.drafting import clock_words
from gateway.alerts.lint import Case
from gateway.alerts.lint_reach import Situation
from gateway.alerts.lint_words import words_of
from gateway.dispatch.audience import was_sent
from gateway.flow.areas_of_alerts import own_centre
from gateway.flow.reaching import due_time, people_of, world_of
from gateway.runtime import Runtime
from gateway.store.distance import metres_between
from gateway.store.tables import (
    Alert,
    Delivery,
    Incident,
    Message,
    Override,
    Place,
    PlaceAlias,
    PlaybookLine,
    Report,
    Subscriber,
    User,
)
from gateway.terms.geo import Position, cells_within, distance_m
from gateway.understanding.folding import fold
from gateway.understanding.gazetteer import Gazetteer
from gateway.understanding.hate import hateful

_MOST_REPORTS = 2_000  # the newest of an incident
_MOST_PLACES = 500  # of an area, whose names a text may give
_AROUND_M = 100_000  # a name of a place farther away is a person's, if it follows a title
_DAY = timedelta(hours=24)

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Known:
    """What the database knows of an alert's place, playbook, reports and earlier objections."""

    incident: Incident | None
    names: frozenset[Words]  # everything that the place or a part of the area is called
    lines: Mapping[str, str]  # the playbook's own, by language
    reports: Sequence[Words]  # the newest first
    asides: Mapping[str, tuple[str, str]]  # by rule: who set it aside for this version, and why


def known_of(session: Session, alert: Alert) -> Known:
    """What the database has to say, by one look."""
    incident = _incident(session, alert)
    called, lines, reports, asides = _called(alert, incident), {}, [], {}
    for kind, *words, body, reason in session.execute(_rows_of(alert)):
        if kind == "name":
            called.update(words)
        elif kind == "line":
            lines[words[0]] = words[1]
        elif kind == "aside":
            asides[words[0]] = (words[1], reason)
        elif body:
            reports.append(_words(body))
    parts = {part for name in called for part in (name, *name.split(","))}
    names = frozenset(words for words in map(_words, parts) if len("".join(words)) > 1)
    return Known(incident, names, lines, reports, asides)


def case_of(
    runtime: Runtime, session: Session, alert: Alert, known: Known, expires_at: datetime
) -> Case:
    """What the texts are held against."""
    settings, incident = runtime.settings, known.incident
    until = expires_at.astimezone(runtime.zone)
    advice = _advice(alert.hazard, known.lines)
    ours = {
        language: (
            *_templates(language, settings.service_name, alert.place_name, wording.mark()),
            *lines,
        )
        for language, lines in ((one, advice.get(one, ())) for one in settings.languages)
    }
    centre = Position(alert.lat, alert.lon)
    gazetteer = cache(lambda: runtime.gazetteer(session))  # whose state costs a question
    return Case(
        purpose=alert.purpose,
        hazard=alert.hazard,
        source=_words(settings.service_name),
        names=known.names,
        expires=(until.hour, until.minute),
        day=f"{until:%d/%m}",
        credibility=incident.credibility if incident else None,
        reports=known.reports,
        ours=ours,
        advice=advice,
        own_numbers=_own_numbers(runtime),
        copied_words=settings.lint.copied_words,
        segments_gsm7=settings.lint.segments_gsm7,
        segments_ucs2=settings.lint.segments_ucs2,
        is_place=lambda words: _is_place(gazetteer, words, centre),
        hateful=lambda words: [
            why for _, why in hateful(words, runtime.lexicon) if "slur" not in why
        ],
    )


def retimed(runtime: Runtime, case: Case, expires_at: datetime) -> Case:
    """The same with another expiry."""
    until = expires_at.astimezone(runtime.zone)
    return replace(case, expires=(until.hour, until.minute), day=f"{until:%d/%m}")


def situation_of(runtime: Runtime, session: Session, alert: Alert, now: datetime) -> Situation:
    """What is known of whom a warning reaches and when."""
    lint, hazard = runtime.settings.lint, runtime.hazards[alert.hazard]
    zone, incident = alert.zone, _incident(session, alert)
    drawn = replace(zone, spots=tuple(spot for spot in zone.spots if spot.by != "linked"))
    if zone.corridor is None:  # however it is drawn, it is about where the incident is
        centre = own_centre(session, alert)
        drawn = replace(drawn, lat=centre.lat, lon=centre.lon)
    usual = hazard.radius_m or runtime.settings.dispatch.radius_m
    if zone.corridor is not None:
        usual = max(usual, round(zone.corridor.length_m + zone.corridor.width_m))
    start = max(now, alert.starts_at or now)
    due = due_time(runtime, alert, now)
    since = now - _DAY
    witnesses, recent = _around(session, alert, incident, lint.blur_m, since)
    crowded, audience = _crowded(session, alert, lint.alerts_per_day, recent, since)
    return Situation(
        reach_m=drawn.reach_m,
        usual_m=usual,
        wider_than=lint.wider_than,
        precision_m=incident.precision_m if incident else None,
        hours=(alert.expires_at - due).total_seconds() / 3600,
        slow=hazard.slow,
        leaves_at=clock_words(due, now, runtime.zone) if due > start else None,
        witnesses=witnesses,
        least_witnesses=lint.least_witnesses,
        blur_m=lint.blur_m,
        wider_place=_wider(session, alert),
        crowded=crowded,
        audience=audience,
        alerts_per_day=lint.alerts_per_day,
    )


def _incident(session: Session, alert: Alert) -> Incident | None:
    return session.get(Incident, alert.incident_id) if alert.incident_id is not None else None


def _called(alert: Alert, incident: Incident | None) -> set[str]:
    """What the alert itself calls its place and the parts of its area."""
    zone = alert.zone
    called = {alert.place_name, (incident.place_name if incident else None) or ""}
    called |= {circle.name for circle in zone.circles}
    called |= {spot.name for spot in zone.spots[:_MOST_PLACES]}
    if zone.corridor is not None:
        called |= {zone.corridor.from_name, zone.corridor.to_name}
    return called


def _rows_of(alert: Alert) -> CompoundSelect[Any]:
    """Kind, up to three words, the text of a report, the reason of what was set aside."""
    places = [spot.place_id for spot in alert.zone.spots[:_MOST_PLACES]]
    places += [alert.place_id] if alert.place_id is not None else []
    none, no_body, no_reason = literal(""), _no(Message.body), _no(Override.reason)
    reports = (
        select(literal("report"), none, none, none, Message.body, no_reason)
        .join(Report, Report.message_id == Message.id)
        .where(Report.incident_id == (alert.incident_id or 0), Message.body.is_not(None))
        .order_by(Report.id.desc())
        .limit(_MOST_REPORTS)
        .subquery()
    )
    return union_all(
        select(literal("name"), Place.name, Place.county, Place.region, no_body, no_reason).where(
            Place.id.in_(places)
        ),
        select(literal("name"), PlaceAlias.name, none, none, no_body, no_reason).where(
            PlaceAlias.place_id.in_(places)
        ),
        select(
            literal("line"), PlaybookLine.language, PlaybookLine.action, none, no_body, no_reason
        ).where(PlaybookLine.hazard == alert.hazard),
        select(literal("aside"), Override.rule, User.name, none, no_body, Override.reason)
        .join(User, User.id == Override.user_id)
        .where(Override.alert_id == alert.id, Override.version == alert.version),
        select(*reports.columns),
    )


def _no(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    return cast(null(), column.type)


def _wider(session: Session, alert: Alert) -> str:
    place = session.get(Place, alert.place_id) if alert.place_id is not None else None
    return (place.county or place.region) if place else ""


def _around(
    session: Session, alert: Alert, incident: Incident | None, blur_m: int, since: datetime
) -> tuple[int | None, dict[int, int]]:
    """People at home near the incident, in its own world; the last round of each warning since
    then or that holds."""
    recent = select(literal(False), Alert.id, Alert.round).where(
        or_(Alert.approved_at >= since, Alert.state.in_(("approved", "live"))),
        Alert.approved_at.is_not(None),
        Alert.exercise_id.is_not_distinct_from(alert.exercise_id),
        Alert.id != (alert.id or 0),
    )
    near = _near(session, alert, incident, blur_m)
    rows = session.execute(recent if near is None else union_all(recent, near)).all()
    witnesses = next((count for is_count, _, count in rows if is_count), None)
    return witnesses, {number: round_ for is_count, number, round_ in rows if not is_count}


def _near(
    session: Session, alert: Alert, incident: Incident | None, blur_m: int
) -> Select[bool, int, int] | None:
    if incident is None or incident.lat is None or incident.lon is None:
        return None
    centre = Position(incident.lat, incident.lon)
    metres = metres_between(Subscriber.lat, Subscriber.lon, centre.lat, centre.lon)
    return (
        select(literal(True), literal(0), func.count())
        .select_from(Subscriber)
        .where(
            Subscriber.cell.in_(list(cells_within(centre, blur_m))),
            metres <= blur_m,
            Subscriber.state == "subscribed",
            world_of(session, alert).holds(),
        )
    )


def _crowded(
    session: Session, alert: Alert, most: int, recent: Mapping[int, int], since: datetime
) -> tuple[int, int]:
    """How many of the audience had so many warnings in 24 hours, and the audience, by the database.

    It is asked only on a day with so many warnings: all people of an area are counted.
    """
    if sum(1 + round_ for round_ in recent.values()) < most:
        return 0, 0
    queries = [query for ring in people_of(session, alert) for query in ring.people]
    if not queries:
        return 0, 0
    ids = (query.with_only_columns(query.selected_columns[0]) for query in queries)
    people = union(*ids).subquery()
    busy = (
        select(Delivery.subscriber_id)
        .where(
            Delivery.alert_id.in_(recent),
            Delivery.kind == "alert",
            Delivery.created_at >= since,
            or_(was_sent(), Delivery.state == "queued"),
        )
        .group_by(Delivery.subscriber_id)
        .having(func.count() >= most)
    )
    (person,) = people.columns
    hit = func.coalesce(func.sum(case((person.in_(busy), 1), else_=0)), 0)
    crowded, audience = session.execute(select(hit, func.count()).select_from(people)).one()
    return crowded, audience


def _advice(hazard: str, own: Mapping[str, str]) -> dict[str, tuple[Words, ...]]:
    """What the playbook tells people to do, by language: as shipped, and as it is now."""
    shipped = playbooks.shipped().of(hazard).action
    lines: dict[str, tuple[Words, ...]] = {
        language: (_words(action),) for language, action in shipped.items()
    }
    for language, action in (dict(shipped) | dict(own)).items():
        lines[language] = (*lines.get(language, ()), _words(action))
    return lines


@lru_cache(maxsize=512)
def _templates(language: str, source: str, place: str, _mark: object) -> tuple[Words, ...]:
    """All texts of ours, as this warning would have them; `_mark` says which state of them."""
    known = {"source": source, "place": place}
    return tuple(
        _words(wording.render(language, name, **{field: known.get(field, "") for field in fields}))
        for name in sorted(wording.names())
        for fields in [wording.fields(language, name)]
    )


def _own_numbers(runtime: Runtime) -> tuple[str, ...]:
    accounts = runtime.settings.providers.values()
    digits = ("".join(filter(str.isdigit, account.sender_id)) for account in accounts)
    return tuple(number for number in digits if number)


def _is_place(gazetteer: Callable[[], Gazetteer], words: Sequence[str], centre: Position) -> bool:
    found = gazetteer().exact(words) if words else []
    return any(distance_m(match.entry.position, centre) <= _AROUND_M for match in found)


def _words(text: str) -> Words:
    return words_of(text, fold)

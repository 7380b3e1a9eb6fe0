"""Where the subscribed people live: counties by region, and the villages of one county."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from gateway.store.tables import Place, Subscriber

MOST_COUNTIES, MOST_VILLAGES = 300, 200
_SUBSCRIBED = (Subscriber.state == "subscribed", Subscriber.exercise_id.is_(None))


@dataclass(frozen=True, slots=True)
class Crowd:
    """The subscribed people of a county or village; `place_id` only of a village."""

    name: str
    region: str
    place_id: int | None
    people: int
    focal_points: int
    never_reached: int  # nothing of ours is known to have arrived on their phone
    languages: Mapping[str | None, int]


def counties(session: Session) -> list[Crowd]:
    """Every county where somebody is subscribed, by region; "" is for homes that lie in none."""
    keys = (func.coalesce(Place.region, ""), func.coalesce(Place.county, ""))
    rows = session.execute(
        _counted(*keys, Subscriber.language).group_by(*keys, Subscriber.language)
    )
    found: defaultdict[tuple[str, str], list[Any]] = defaultdict(list)
    for region, county, *rest in rows:
        found[region, county].append(rest)
    crowds = [_crowd(county, region, None, rest) for (region, county), rest in found.items()]
    return sorted(crowds, key=lambda one: (one.region, one.name))[:MOST_COUNTIES]


def villages(session: Session, region: str, county: str) -> list[Crowd]:
    """The villages of one county, those with most people first; homes not known last."""
    here = (func.coalesce(Place.region, "") == region, func.coalesce(Place.county, "") == county)
    keys = (Subscriber.place_id, Place.name)
    rows = session.execute(
        _counted(*keys, Subscriber.language).where(*here).group_by(*keys, Subscriber.language)
    )
    found: defaultdict[tuple[int | None, str], list[Any]] = defaultdict(list)
    for place_id, name, *rest in rows:
        found[place_id, name or ""].append(rest)
    crowds = [_crowd(name, region, place_id, rest) for (place_id, name), rest in found.items()]
    return sorted(crowds, key=lambda one: (not one.name, -one.people, one.name))[:MOST_VILLAGES]


def without_focal_point(session: Session) -> list[Crowd]:
    """Villages where people are subscribed and nobody is trusted to be asked, the largest first."""
    people, focal = func.count(), func.sum(_one_if(Subscriber.focal_point))
    rows = session.execute(
        select(Place.id, Place.name, Place.county, people)
        .select_from(Subscriber)
        .join(Place, Place.id == Subscriber.place_id)
        .where(*_SUBSCRIBED)
        .group_by(Place.id, Place.name, Place.county)
        .having(focal == 0)
        .order_by(people.desc(), Place.id)
        .limit(MOST_VILLAGES)
    )
    return [Crowd(name, county, number, count, 0, 0, {}) for number, name, county, count in rows]


def _counted(*keys: Any) -> Any:
    return (
        select(
            *keys,
            func.count(),
            func.sum(_one_if(Subscriber.focal_point)),
            func.sum(_one_if(Subscriber.reached_by.is_(None))),
        )
        .select_from(Subscriber)
        .outerjoin(Place, Place.id == Subscriber.place_id)
        .where(*_SUBSCRIBED)
    )


def _one_if(condition: Any) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _crowd(name: str, region: str, place_id: int | None, rows: Sequence[Any]) -> Crowd:
    languages = {language: people for language, people, _, _ in rows}
    return Crowd(
        name=name,
        region=region,
        place_id=place_id,
        people=sum(languages.values()),
        focal_points=sum(focal for _, _, focal, _ in rows),
        never_reached=sum(never for _, _, _, never in rows),
        languages=dict(sorted(languages.items(), key=lambda pair: -pair[1])),
    )

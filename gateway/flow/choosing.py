"""Which places a coordinator means who types their names, and who belongs to a county."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow.naming import entries_named
from gateway.runtime import Runtime
from gateway.store.tables import Place
from gateway.terms.geo import Position, distance_m
from gateway.terms.refusals import Refused
from gateway.understanding.entries import AREAS, Entry
from gateway.understanding.folding import fold
from gateway.understanding.gazetteer import Gazetteer

GROUPS = AREAS | {"ward"}  # choosing one means the places in it
_MOST_NAMES = 60
_BREAKS = str.maketrans({"\n": ",", ";": ","})


@dataclass(frozen=True, slots=True)
class Named:
    """A name as typed, and the places it may mean: none, one, or several to choose from."""

    words: str
    places: Sequence[Place]


def named(
    runtime: Runtime, session: Session, typed: str, known: Mapping[int, Place] | None = None
) -> list[Named]:
    """Names parted by commas, semicolons or line ends, in their order.

    `known` are the places of `ids_of`, for whoever has read them.
    """
    return _named(session, _meanings(runtime, session, typed), known)


def ids_of(runtime: Runtime, session: Session, typed: str) -> set[int]:
    """Of all places that they may mean."""
    meanings = _meanings(runtime, session, typed)
    return {place_id for meant in meanings.values() for place_id in meant}


def unclear(runtime: Runtime, session: Session, typed: str) -> list[Named]:
    """Of the same those that may mean several places."""
    meanings = _meanings(runtime, session, typed)
    return _named(session, {name: ids for name, ids in meanings.items() if len(ids) > 1})


def chosen(found: Sequence[Named], ticked: Sequence[int] | frozenset[int] = ()) -> list[Place]:
    """One place a name; where a name means several, the ticked of them. Raises Refused."""
    places: list[Place] = []
    for name in found:
        meant = [place for place in name.places if place.id in ticked]
        if not meant and len(name.places) > 1:
            count = len(name.places)
            raise Refused(
                "“%(name)s” may be %(count)s places: tick the one that is meant.",
                name=name.words,
                count=count,
            )
        if not name.places:
            raise Refused(
                "No place is called “%(name)s”: look it up on the page of places.",
                name=name.words,
            )
        places += meant or name.places
    return places


def one_place(
    runtime: Runtime,
    session: Session,
    words: str,
    ticked: int | None = None,
    known: Mapping[int, Place] | None = None,
) -> Place:
    """The place of that name; raises Refused, with the choices, where there is not just one."""
    found = named(runtime, session, words, known)
    if len(found) != 1:
        raise Refused("Give the name of one place.")
    meant = [place for place in found[0].places if place.id == ticked] or found[0].places
    if len(meant) > 1:
        choices = "; ".join(described(place) for place in meant)
        raise Refused(
            "“%(name)s” may be: %(choices)s. Add the county to its name.",
            name=words.strip(),
            choices=choices,
        )
    return chosen([Named(found[0].words, meant)])[0]


def described(place: Place) -> str:
    """The place, told from others of its name: "Garissa, county in Coast"."""
    parent = place.county if place.kind not in AREAS else place.region
    return f"{place.name}, {place.kind}" + (f" in {parent}" if parent else "")


def members(runtime: Runtime, session: Session, place: Place) -> Sequence[Place]:
    """The places in a county, a region or a ward; of any other place none."""
    if place.kind not in GROUPS:
        return []
    query = select(Place).where(Place.country == place.country, Place.id != place.id)
    if place.kind == "ward":
        return _within(runtime, session, place)
    if place.kind == "country":
        inside = query
    elif place.kind == "county":
        inside = query.where(Place.county == place.name)
        if place.region:
            inside = inside.where(Place.region == place.region)
    else:
        inside = query.where((Place.region == place.name) | (Place.county == place.name))
    return session.scalars(inside.order_by(Place.id)).all()


def _within(runtime: Runtime, session: Session, ward: Place) -> Sequence[Place]:
    """No list says in which ward a village lies: those as near as the ward reaches."""
    entry = runtime.gazetteer(session).get(ward.id)
    reach_m = ward.extent_m or (runtime.gazetteer(session).reach_m(entry) if entry else 0)
    up, side = reach_m / 111_000, reach_m / 70_000
    near = session.scalars(
        select(Place)
        .where(Place.lat.between(ward.lat - up, ward.lat + up), Place.id != ward.id)
        .where(Place.lon.between(ward.lon - side, ward.lon + side), Place.kind.not_in(GROUPS))
        .order_by(Place.id)
    )
    middle = Position(ward.lat, ward.lon)
    return [one for one in near if distance_m(middle, Position(one.lat, one.lon)) <= reach_m]


def _meanings(runtime: Runtime, session: Session, typed: str) -> dict[str, list[int]]:
    """Ids of places by name."""
    names = [" ".join(part.split()) for part in typed.translate(_BREAKS).split(",")]
    names = list(dict.fromkeys(name for name in names if name))
    if len(names) > _MOST_NAMES:
        raise Refused(
            "%(most_names)s names at a time are the most: take their county instead.",
            most_names=_MOST_NAMES,
        )
    if not names:
        return {}
    gazetteer = runtime.gazetteer(session)
    return {name: _meant(runtime, gazetteer, name) for name in names}


def _named(
    session: Session,
    meanings: Mapping[str, Sequence[int]],
    places: Mapping[int, Place] | None = None,
) -> list[Named]:
    if places is None:
        ids = {place_id for meant in meanings.values() for place_id in meant}
        found = session.scalars(select(Place).where(Place.id.in_(ids))) if ids else ()
        places = {place.id: place for place in found}
    return [
        Named(name, [places[place_id] for place_id in meant if place_id in places])
        for name, meant in meanings.items()
    ]


def _meant(runtime: Runtime, gazetteer: Gazetteer, name: str) -> list[int]:
    """Villages and towns of that name, and the county that is called so too."""
    *rest, last = fold(name).split() or [""]
    if rest and last in GROUPS:
        own = [entry.id for entry in _groups(gazetteer, rest) if entry.kind == last]
        if own:
            return own
    found = [entry.id for entry in entries_named(runtime, gazetteer, name)]
    groups = [entry.id for entry in _groups(gazetteer, [*rest, last])]
    return list(dict.fromkeys([*found, *groups]))


def _groups(gazetteer: Gazetteer, words: Sequence[str]) -> list[Entry]:
    entries = {match.entry.id: match.entry for match in gazetteer.exact(words)}
    return [entries[number] for number in sorted(entries) if entries[number].kind in GROUPS]

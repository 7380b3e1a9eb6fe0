"""Finds the market, school or clinic that a text names beside its village, where a list has it."""

from collections.abc import Sequence

from gateway.terms.geo import Position, distance_m
from gateway.understanding.folding import Token
from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.values import Geotag

# What the word lists call it, and the kinds of the lists of places. A river or a road is a line:
# one point of it says nothing.
_KINDS = {
    "market": ("market",),
    "school": ("school", "campus"),
    "church": ("church", "mission"),
    "mosque": ("mosque",),
    "bridge": ("bridge",),
    "clinic": ("health site",),
    "police": ("police", "barracks"),
    "water": ("well", "dam"),
    "border": ("border post",),
}
_WITHIN_M = 5_000
_EXACT_ENOUGH_M = 10_000  # of the village; else its landmarks may be another's
_SURER = 0.98


def at_landmark(
    place: Geotag, tokens: Sequence[Token], lexicon: Lexicon, gazetteer: Gazetteer, why: list[str]
) -> Geotag | None:
    """The one landmark of the kind the text names near the place; None where none or several are.

    "They gather at the clinic in Moa" is more exact than Moa.
    """
    if place.precision_m > _EXACT_ENOUGH_M or place.found_by == "coordinates":
        return None
    words = [token.word for token in tokens]
    spot = Position(place.lat, place.lon)
    for hit in lexicon.whole["landmarks"].find(words):
        near = _near(hit.value, spot, gazetteer)
        if len(near) == 1 and near[0].id != place.place_id:
            landmark = near[0]
            said = " ".join(words[hit.start : hit.end])
            why.append(f"place {landmark.name}: the only one called '{said}' near {place.name}")
            return _tag(landmark, place)
    return None


def _near(landmark: str, spot: Position, gazetteer: Gazetteer) -> list[Entry]:
    return [
        entry
        for kind in _KINDS.get(landmark, ())
        for entry in gazetteer.of_kind_around(kind, spot)
        if distance_m(entry.position, spot) <= _WITHIN_M
    ]


def _tag(landmark: Entry, place: Geotag) -> Geotag:
    return Geotag(
        place_id=landmark.id,
        name=f"{landmark.name}, {place.name}",
        lat=landmark.lat,
        lon=landmark.lon,
        precision_m=max(landmark.precision_m, int(place.precision_m / 2)),
        role=place.role,
        found_by="landmark",
        certainty=min(_SURER, place.certainty),
    )

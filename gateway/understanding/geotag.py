"""Decides which places a text speaks of, and the one where what it tells happens."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from math import ceil

from gateway.terms.geo import Position, distance_m
from gateway.understanding.coordinates import read_coordinates
from gateway.understanding.folding import Token
from gateway.understanding.gazetteer import AREAS, Entry, Gazetteer
from gateway.understanding.home import at_home, gone_from, here_tag, leads_away
from gateway.understanding.landmarks import at_landmark
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.mentions import Scan, scan
from gateway.understanding.values import Geotag
from gateway.understanding.weighing import Context, Pair, pairs, probabilities
from gateway.understanding.weights import place_weights

_WIDEST_M = 100_000  # an answer less exact than this would warn a whole region
_ANSWER_FROM = 0.42  # of 1: below it, saying nothing is better than a wrong place
_AHEAD = 1.5  # times as likely as all that lies elsewhere
_ELSEWHERE_M = 60_000.0
_AREA_M = 45_000.0  # where no single place stands out, what lies so near is answered as an area
_AREA_FROM = 0.6
_NEXT_TO_NONE = 0.05
_SAME_PLACE_M = 10_000.0  # lists differ by some kilometres about where a village is
_CLOSE_M = 20_000.0  # readings this near each other speak for one answer
_CIRCLE_HOLDS = 0.85  # of the probability of all readings within reach of the answer
_EXACT_FROM = 0.75  # surer answers are as exact as their list; others mostly lie beside it
_INEXACT_M = 10_000
_DOUBTED = 0.5
_MOST_WEIGHED = 25  # pairs; the others have next to no share
_NAME_FROM = 0.3  # how likely words must be a name at all to be listed
_CHOICE_FROM = 0.08
_MOST_CHOICES = 3
_APART_M = 10_000.0
_TELLING = 0.35  # a mark that adds less is not worth a word
_MOST_REASONS = 4


@dataclass(frozen=True, slots=True)
class Located:
    """Every place a text speaks of, the one where it happens, and the reasons."""

    place: Geotag | None
    places: tuple[Geotag, ...]
    choices: tuple[Geotag, ...]  # what a question back would offer where nothing decides
    spans: tuple[tuple[int, int], ...]  # the words that name places
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """A name read as one place, and the share of that among all readings of the text."""

    pair: Pair
    share: float

    def tag(self, precision_m: int, certainty: float) -> Geotag:
        pair = self.pair
        return Geotag(
            place_id=pair.entry.id,
            name=pair.entry.name,
            lat=round(pair.lat, 6),
            lon=round(pair.lon, 6),
            precision_m=precision_m,
            role="near" if pair.offset else pair.mention.role,
            found_by=pair.match.found_by,
            certainty=round(min(0.98, max(0.05, certainty)), 2),
        )


def locate(
    text: str,
    tokens: Sequence[Token],
    *,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    home: Entry | None,
    recent: Sequence[Position] = (),
) -> Located:
    """Finds and weighs all places; `text` is only read for coordinates.

    `home` is where the sender lives, `recent` where things happened lately.
    """
    found = scan(tokens, gazetteer, lexicon)
    why: list[str] = []
    readings = _weighed(found, gazetteer, Context(home, recent))
    groups = list(_listed(readings, why))
    tags = [best.tag(best.pair.precision_m, _certainty(best, group)) for best, group in groups]
    place, choices = _answer(readings, why)
    if place is None and home is not None and not choices:
        place = _far_away(_weighed(found, gazetteer, Context(None, recent)), why)
    typed = _typed(text, gazetteer, place or home, why)
    here = here_tag(found, tokens, lexicon, home, why)
    tags[:0] = [tag for tag in (typed, here) if tag]
    if typed or (here and (place is None or place.role in ("from", "toward", "near"))):
        place, choices = typed or here, ()
    elif place is None and home is not None and not choices:
        place = at_home(home, found, why)
    elif place and home and leads_away(place, found, tokens, lexicon, home):
        place = gone_from(home, place, why)
    exact = at_landmark(place, tokens, lexicon, gazetteer, why) if place else None
    if exact:
        place = exact
        tags.insert(0, exact)
    spans = tuple((best.pair.mention.start, best.pair.mention.end) for best, _ in groups)
    return Located(place, tuple(tags), choices, spans, tuple(why))


def _weighed(found: Scan, gazetteer: Gazetteer, context: Context) -> list[_Reading]:
    weights = place_weights()
    weighed = pairs(found, gazetteer, context, weights)
    shares = probabilities(weighed, weights)
    return [_Reading(pair, share) for pair, share in zip(weighed, shares, strict=True)]


def _listed(
    readings: Sequence[_Reading], why: list[str]
) -> Iterator[tuple[_Reading, list[_Reading]]]:
    """The best reading of each name that is likely one at all, with the others of that name."""
    for _, same in groupby(readings, key=lambda reading: id(reading.pair.mention)):
        group = list(same)
        best = max(group, key=lambda reading: reading.share)
        mention = best.pair.mention
        if best.pair.likely >= _NAME_FROM or sum(r.share for r in group) >= _NAME_FROM:
            yield best, group
        else:
            reason = "a common word" if mention.ordinary else "too little speaks for it"
            why.append(f"'{mention.name}' not taken for the place {best.pair.entry.name}: {reason}")


def _certainty(best: _Reading, group: Sequence[_Reading]) -> float:
    """How sure the name means this place, leaving open whether it happens there."""
    together = sum(reading.share for reading in group)
    return best.pair.likely * best.share / together if together else 0.0


def _answer(
    readings: Sequence[_Reading], why: list[str]
) -> tuple[Geotag | None, tuple[Geotag, ...]]:
    """The place with the most probability around it, or what a question back would offer."""
    likeliest = sorted(readings, key=lambda reading: -reading.share)[:_MOST_WEIGHED]
    usable = [r for r in likeliest if r.pair.precision_m <= _WIDEST_M and r.share > 0]
    if not usable:
        return None, ()
    best, mass = _densest(usable, likeliest, _CLOSE_M)
    if mass >= _ANSWER_FROM and _stands_out(best, mass, usable):
        best = _most_trusted(best, usable)
        precision = _circle(best, likeliest)
        if _mass(best, likeliest, best.pair.precision_m) < _EXACT_FROM:
            precision = max(precision, _INEXACT_M)
        certainty = _mass(best, likeliest, max(precision, best.pair.precision_m))
        why.append(_explained(best, mass, precision))
        return best.tag(precision, certainty), ()
    wide, more = _densest(usable, likeliest, _AREA_M)
    if more >= _AREA_FROM and _stands_out(wide, more, usable):
        tag = _area(wide, usable, more)
        why.append(
            f"place {tag.name}: which one is open, all lie within {tag.precision_m / 1_000:.0f} km"
        )
        return tag, ()
    choices = _choices(usable)
    why.append(_undecided(best, mass, choices))
    return None, choices


def _far_away(readings: Sequence[_Reading], why: list[str]) -> Geotag | None:
    """The place by the text alone, where its name is right: news comes from afar.

    A home tells places of one name apart; it does not make what is named far away happen there.
    """
    reasons: list[str] = []
    place, _ = _answer(readings, reasons)
    if place is None or place.found_by != "name":
        return None
    why += reasons
    precision_m = max(place.precision_m, _INEXACT_M)
    return replace(place, precision_m=precision_m, certainty=min(place.certainty, _DOUBTED))


def _most_trusted(best: _Reading, usable: Sequence[_Reading]) -> _Reading:
    """The same place by the list that is believed first, where several lists have it."""
    same = [
        r
        for r in usable
        if r.pair.mention is best.pair.mention
        and r.pair.match.found_by == best.pair.match.found_by
        and (r.pair.entry.kind in AREAS) == (best.pair.entry.kind in AREAS)
        and distance_m(r.pair.entry.position, best.pair.entry.position) <= _SAME_PLACE_M
    ]
    return max(same, key=lambda r: (r.pair.entry.priority, r is best))


def _densest(
    usable: Sequence[_Reading], likeliest: Sequence[_Reading], metres: float
) -> tuple[_Reading, float]:
    """The reading with the most probability within so many metres, and how much that is."""
    best = max(usable, key=lambda reading: _mass(reading, likeliest, metres) + reading.share / 10)
    return best, min(1.0, _mass(best, likeliest, metres) + _of_its_area(best, likeliest, metres))


def _of_its_area(best: _Reading, readings: Sequence[_Reading], metres: float) -> float:
    """The share of the county that bears the place's name and holds it: both mean the same."""
    if best.pair.entry.kind in AREAS:
        return 0.0
    spot, name = best.pair.position, best.pair.mention.name
    return sum(
        r.share
        for r in readings
        if r.pair.mention.name == name
        and r.pair.entry.kind in AREAS
        and metres < distance_m(spot, r.pair.position) <= r.pair.precision_m
    )


def _stands_out(best: _Reading, mass: float, usable: Sequence[_Reading]) -> bool:
    elsewhere = sum(r.share for r in usable) - _mass(best, usable, _ELSEWHERE_M)
    return mass >= _AHEAD * elsewhere


def _area(best: _Reading, usable: Sequence[_Reading], certainty: float) -> Geotag:
    """The middle of what may be meant round a reading, and how far it all lies from there."""
    near = [r for r in usable if distance_m(best.pair.position, r.pair.position) <= _AREA_M]
    total = sum(r.share for r in near)
    lat = sum(r.pair.lat * r.share for r in near) / total
    lon = sum(r.pair.lon * r.share for r in near) / total
    radius = max(
        distance_m(Position(lat, lon), r.pair.position) + r.pair.precision_m
        for r in near
        if r.share >= _NEXT_TO_NONE * total
    )
    tag = best.tag(ceil(radius), certainty)
    return replace(tag, place_id=None, lat=round(lat, 6), lon=round(lon, 6))


def _mass(centre: _Reading, readings: Sequence[_Reading], metres: float) -> float:
    """The probability that it happened within so many metres of a reading's point."""
    spot = centre.pair.position
    return min(1.0, sum(r.share for r in readings if distance_m(spot, r.pair.position) <= metres))


def _circle(best: _Reading, readings: Sequence[_Reading]) -> int:
    """The radius in metres that holds most of what may be meant within reach of the answer."""
    spot = best.pair.position
    away = sorted((distance_m(spot, r.pair.position), r.share) for r in readings)
    near = [(metres, share) for metres, share in away if metres <= _WIDEST_M]
    wanted, held, radius = _CIRCLE_HOLDS * sum(share for _, share in near), 0.0, 0.0
    for metres, share in near:
        if held >= wanted:
            break
        held, radius = held + share, metres
    return max(best.pair.precision_m, ceil(radius))


def _choices(usable: Sequence[_Reading]) -> tuple[Geotag, ...]:
    """Places that each may be meant, told apart by distance, of the likeliest name."""
    name = usable[0].pair.mention.name
    kept: list[_Reading] = []
    for reading in usable:
        apart = all(
            distance_m(reading.pair.position, other.pair.position) > _APART_M for other in kept
        )
        if reading.pair.mention.name == name and reading.share >= _CHOICE_FROM and apart:
            kept.append(reading)
    if len(kept) < 2:
        return ()
    return tuple(r.tag(r.pair.precision_m, r.share) for r in kept[:_MOST_CHOICES])


def _undecided(best: _Reading, mass: float, choices: Sequence[Geotag]) -> str:
    name = best.pair.mention.name
    if not choices:
        return f"place {best.pair.entry.name}: not placed, only {mass:.2f} sure that '{name}' is it"
    matches = best.pair.mention.matches
    apart = max(distance_m(best.pair.position, match.entry.position) for match in matches)
    return (
        f"place {best.pair.entry.name}: not placed, {len(matches)} places of that name up to "
        f"{apart / 1_000:.0f} km apart and nothing decides"
    )


def _explained(best: _Reading, mass: float, precision: int) -> str:
    pair, weights = best.pair, place_weights()
    told = {name: weights.get(name, 0.0) * value for name, value in pair.features.items()}
    for_it = sorted((n for n in told if told[n] >= _TELLING), key=lambda n: -told[n])
    against = sorted((n for n in told if told[n] <= -_TELLING), key=lambda n: told[n])
    by = {"name": "exact name", "spelling": "spelled alike"}.get(
        pair.match.found_by, pair.match.found_by
    )
    sentence = f"place {pair.entry.name}: {by} '{pair.mention.name}', {mass:.2f} sure"
    if for_it:
        sentence += f"; for it: {', '.join(for_it[:_MOST_REASONS])}"
    if against:
        sentence += f"; against: {', '.join(against[:_MOST_REASONS])}"
    if pair.offset:
        sentence += f"; within {precision / 1_000:.0f} km of where the text puts it"
    return f"{sentence}; {pair.mention.role}"


def _typed(
    text: str, gazetteer: Gazetteer, near: Geotag | Entry | None, why: list[str]
) -> Geotag | None:
    spot = Position(near.lat, near.lon) if near else None
    typed = read_coordinates(text, gazetteer.bounds, spot)
    if typed is None:
        return None
    why.append("place: coordinates in the text" + (", longitude first" if typed.swapped else ""))
    name = f"{typed.lat:.4f}, {typed.lon:.4f}"
    certainty = 0.7 if typed.swapped else 0.95
    return Geotag(
        None, name, typed.lat, typed.lon, typed.precision_m, "at", "coordinates", certainty
    )

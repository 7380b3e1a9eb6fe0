"""Where it happens when no name says so, and when the names contradict each other."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.terms.geo import Position, distance_m
from gateway.understanding.folding import Token
from gateway.understanding.gazetteer import Entry
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.mentions import Scan
from gateway.understanding.values import Geotag

_HOME_PRECISION_M = 5_000
_AGREEING_M = 50_000.0  # what is "near" a landmark is not farther from it


def consistent(place: Geotag | None, tags: Sequence[Geotag], why: list[str]) -> Geotag | None:
    """ "Gaga, near Bria" with the only Gaga listed far from Bria: another Gaga, so Bria it is."""
    if place is None or place.role == "near" or place.found_by in ("coordinates", "sender"):
        return place
    spot = Position(place.lat, place.lon)
    marks = [tag for tag in tags if tag.role == "near" and tag.found_by != "spelling"]
    apart = {tag: distance_m(spot, Position(tag.lat, tag.lon)) - tag.precision_m for tag in marks}
    nearest = min(apart, key=lambda tag: apart[tag], default=None)
    if nearest is None or apart[nearest] <= _AGREEING_M:
        return place
    why.append(f"place {nearest.name}: {place.name} is listed too far from it to be near it")
    return replace(nearest, certainty=round(0.6 * nearest.certainty, 2))


def here_tag(
    found: Scan, tokens: Sequence[Token], lexicon: Lexicon, home: Entry | None, why: list[str]
) -> Geotag | None:
    """The sender's own place where a word says "here" and no name follows it ("hapa Moa")."""
    if home is None:
        return None
    starts = {mention.start for mention in found.mentions if mention.role == "at"}
    words = [token.word for token in tokens]
    for hit in lexicon.places["here"].find(words):
        if hit.end not in starts and hit.end + 1 not in starts:
            why.append(f"place {home.name}: '{hit.phrase}' is where the sender lives")
            return _sender(home, 0.7)
    return None


def at_home(home: Entry, found: Scan, why: list[str]) -> Geotag:
    if found.unknown:
        why.append(f"place {home.name}: the sender's own, for no list knows '{found.unknown[0]}'")
        return replace(_sender(home, 0.3), precision_m=max(20_000, home.precision_m))
    why.append(f"place {home.name}: the sender's own, for the text names none")
    return _sender(home, 0.5)


def _sender(home: Entry, certainty: float) -> Geotag:
    precision = max(_HOME_PRECISION_M, home.precision_m)
    return Geotag(home.id, home.name, home.lat, home.lon, precision, "at", "sender", certainty)

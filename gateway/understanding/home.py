"""Where it happens when a text says "here", or names no place at all: where the sender lives."""

from collections.abc import Sequence
from dataclasses import replace

from gateway.terms.geo import Position, distance_m
from gateway.understanding.folding import Token
from gateway.understanding.gazetteer import Entry
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.mentions import Scan
from gateway.understanding.values import Geotag

_HOME_PRECISION_M = 5_000
_LONGEST_WAY_M = 60_000.0  # who lives farther away did not see them set out
_UNLISTED_PRECISION_M = 20_000  # a place no list knows is mostly in the neighbourhood


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
    """The sender's own place, since the text names none that is known."""
    if found.unknown:
        why.append(f"place {home.name}: the sender's own, for no list knows '{found.unknown[0]}'")
        tag = _sender(home, 0.3)
        return replace(tag, precision_m=max(_UNLISTED_PRECISION_M, home.precision_m))
    why.append(f"place {home.name}: the sender's own, for the text names none")
    return _sender(home, 0.5)


def leads_away(
    place: Geotag, found: Scan, tokens: Sequence[Token], lexicon: Lexicon, home: Entry
) -> bool:
    """Whether the text names only where a group goes from there: it was seen near the sender.

    Who passes hearsay on has seen nothing.
    """
    hits = lexicon.hazards.find([token.word for token in tokens])
    if any(hit.value.hazard == "rumour" for hit in hits):
        return False
    ways = [mention.said.manner == "heading" for mention in found.mentions]
    away = distance_m(home.position, Position(place.lat, place.lon))
    return bool(ways) and all(ways) and away <= _LONGEST_WAY_M


def gone_from(home: Entry, place: Geotag, why: list[str]) -> Geotag:
    """The sender's own place, from which the group goes to the one that is named."""
    why.append(f"place {home.name}: the sender's own, for {place.name} is only where they go")
    return _sender(home, 0.5)


def _sender(home: Entry, certainty: float) -> Geotag:
    precision = max(_HOME_PRECISION_M, home.precision_m)
    return Geotag(home.id, home.name, home.lat, home.lon, precision, "at", "sender", certainty)

"""Turns the place names of a text into geotags and chooses where what it tells happens."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from gateway.terms.geo import distance_m
from gateway.understanding.candidates import SENDER_REACH_M, Choice, Hints, choose
from gateway.understanding.coordinates import read_coordinates
from gateway.understanding.folding import Token
from gateway.understanding.gazetteer import AREAS, Entry, Gazetteer
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.mentions import Mention, Scan, scan
from gateway.understanding.offsets import read_offset
from gateway.understanding.second_thoughts import at_home, consistent, here_tag
from gateway.understanding.values import Geotag

_ROUTE = 2.0  # "on the Bria road" is not Bria
_FAR = 0.5  # "15 km from Bria" says less than any name at the spot
_FOUND_BY = {"name": 1.0, "alias": 0.9, "spelling": 0.7}  # certainty's factor
# Where they are goes before where they come from, and that before where they go.
_RANKS = {"at": 0, "near": 2, "passing": 2, "from": 3, "toward": 4}


@dataclass(frozen=True, slots=True)
class Located:
    """Every place a text speaks of, the one where it happens, and the reasons."""

    place: Geotag | None
    places: tuple[Geotag, ...]
    spans: tuple[tuple[int, int], ...]  # the words that name places
    why: tuple[str, ...]


def locate(
    text: str,
    tokens: Sequence[Token],
    *,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    home: Entry | None,
) -> Located:
    """Finds and weighs all places; `text` is only read for coordinates."""
    found = scan(tokens, gazetteer, lexicon, home)
    why = list(found.doubts)
    tags, undecided = _named(found, tokens, gazetteer, lexicon, home, why)
    typed = _typed(text, gazetteer, why)
    if typed:
        tags.append((-1.0, typed))
    here = here_tag(found, tokens, lexicon, home, why)
    if here:
        tags.append((0.5, here))
    place = consistent(_best(tags), [tag for _, tag in tags], why)
    if place is None and home is not None and not undecided:
        place = at_home(home, found, why)
    spans = tuple((mention.start, mention.end) for mention in found.mentions)
    return Located(place, tuple(tag for _, tag in tags), spans, tuple(why))


def _named(
    found: Scan,
    tokens: Sequence[Token],
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    home: Entry | None,
    why: list[str],
) -> tuple[list[tuple[float, Geotag]], bool]:
    """Ranked geotags of the names, and whether a name had to be left without a place."""
    hints = _hints(found, tokens, gazetteer, home)
    tags: list[tuple[float, Geotag]] = []
    undecided = False
    for mention in found.mentions:
        choice = choose(mention.matches, mention.kind_said, hints)
        if isinstance(choice, str):
            name = mention.matches[0].entry.name
            why.append(f"place {name}: not placed, {choice} and nothing decides")
            undecided = True
            continue
        offset = read_offset(tokens, mention.start, lexicon)
        tag, reason = _tag(mention, choice, home)
        if tag and offset:
            lat, lon, precision = offset.applied(tag.lat, tag.lon, tag.precision_m)
            tag = replace(tag, lat=lat, lon=lon, precision_m=precision, role="near")
            reason += f", {offset.metres / 1_000:.0f} km from it"
        why.append(reason)
        if tag:
            tags.append((_rank(mention, tag) + (_FAR if offset else 0.0), tag))
    return tags, undecided


def _hints(found: Scan, tokens: Sequence[Token], gazetteer: Gazetteer, home: Entry | None) -> Hints:
    areas, anchors = [], []
    for mention in found.mentions:
        entries = [match.entry for match in mention.matches]
        areas += [entry for entry in entries if entry.kind in AREAS]
        if len(entries) == 1 and entries[0].kind not in AREAS:
            anchors.append(entries[0].position)
    words = [token.word for token in tokens]
    windows = (
        " ".join(words[at : at + n]) for n in range(1, 5) for at in range(len(words) - n + 1)
    )
    return Hints(
        areas=gazetteer.area_names & frozenset(windows),
        area_entries=tuple(areas),
        anchors=tuple(anchors),
        home=home,
    )


def _tag(mention: Mention, choice: Choice, home: Entry | None) -> tuple[Geotag | None, str]:
    match = next((m for m in mention.matches if m.entry == choice.entry), mention.matches[0])
    by = match.found_by
    certainty = choice.certainty * _FOUND_BY[by] - (0 if mention.supported else 0.15)
    reason = f"place {choice.name}: {'exact name' if by == 'name' else by}, {choice.reason}"
    if home and choice.entry:
        away = distance_m(choice.entry.position, home.position)
        if away > SENDER_REACH_M:
            if by == "spelling":
                return None, f"{reason}: not believed, {away / 1_000:.0f} km from the sender"
            certainty -= 0.2
            reason += f", but {away / 1_000:.0f} km from the sender"
    tag = Geotag(
        place_id=choice.entry.id if choice.entry else None,
        name=choice.name,
        lat=round(choice.lat, 6),
        lon=round(choice.lon, 6),
        precision_m=choice.precision_m,
        role=mention.role,
        found_by=by,
        certainty=round(min(0.98, max(0.1, certainty)), 2),
    )
    return tag, f"{reason}, {mention.role}"


def _rank(mention: Mention, tag: Geotag) -> float:
    """Lower is likelier the place where it happens; a misspelt name yields to a sure one."""
    rank = _RANKS[tag.role] + (0.0 if mention.explicit else 1.0)
    rank += _ROUTE if mention.kind_said == "route" else 0.0
    return rank + (1.2 if tag.found_by == "spelling" else 0.0)


def _best(tags: Sequence[tuple[float, Geotag]]) -> Geotag | None:
    """The likeliest that is finer than a region; a whole country is no place to warn."""
    finest = [item for item in tags if item[1].precision_m < 40_000] or [
        item for item in tags if item[1].precision_m <= 100_000
    ]
    return min(finest, key=lambda item: item[0], default=(0.0, None))[1]


def _typed(text: str, gazetteer: Gazetteer, why: list[str]) -> Geotag | None:
    typed = read_coordinates(text, gazetteer.bounds)
    if typed is None:
        return None
    why.append("place: coordinates in the text" + (", longitude first" if typed.swapped else ""))
    name = f"{typed.lat:.4f}, {typed.lon:.4f}"
    certainty = 0.7 if typed.swapped else 0.95
    return Geotag(
        None, name, typed.lat, typed.lon, typed.precision_m, "at", "coordinates", certainty
    )

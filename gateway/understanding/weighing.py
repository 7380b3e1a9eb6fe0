"""Weighs every place that every name of a text may mean against all the others.

A log-linear model: each pair of a name and a place gets the sum of the weights of what speaks for
and against it, and its share among all pairs and "none of them" is its probability. The weights
are in weights.py, with how they were found.
"""

from collections.abc import Container, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from math import cos, exp, floor, log, radians

from gateway.terms.geo import Position, distance_m
from gateway.understanding.entries import AREAS, Entry, Match
from gateway.understanding.folding import fold
from gateway.understanding.gazetteer import Gazetteer
from gateway.understanding.mentions import Scan
from gateway.understanding.offsets import Offset, bearing
from gateway.understanding.vantage import Mention

TOGETHER = (
    ("ordinary", "first capital"),
    ("ordinary", "capital"),
    ("ordinary", "role at"),
    ("ordinary", "follows"),
    ("people", "role toward"),
    ("people", "region"),
    ("people", "county"),
    ("people", "common words"),
    ("again", "in a longer name"),
    ("alone", "role at"),
    ("alone", "first name"),
    ("alone", "an unknown name"),
    ("alone", "uncased"),
    ("alone", "kind after"),
    ("alone", "share of its name"),
    ("first name", "seat"),
    ("alone and misspelt", "heard alike"),
    ("spelling", "near others"),
    ("spelling", "role at"),
    ("distance agrees", "name"),
    ("in the county named", "share of its name"),
    ("county", "share of its name"),
)
# Marks that say whether it happens there, not whether it is a name.
_NOT_OF_NAMES = frozenset({
    "role from", "role toward", "role passing", "refers", "on the road", "late", "first name",
    "words in the text", "names in the text", "denied", "told there",
    "left behind",
})  # fmt: skip
_SAME_PLACE_M = 10_000.0  # lists differ by some kilometres about where a town is
_SAME_PLACE_DEGREES = 0.1
_NEAR_DEGREES = 0.12
_AROUND_DEGREES = 0.45
_WIDE_DEGREES = 0.9
_SOME = 0.1
_LONGEST_WAY_M = 150_000.0
_LONGEST_ROAD_M = 400_000.0
_ROAD_SLACK = 0.4  # of the distance: roads bend
_RATHER = 0.5
_ROUNDED_M = 15_000.0  # people round distances, and lists differ


@dataclass(frozen=True, slots=True)
class Pair:
    """A mention read as one place; the point is shifted where the text says how far from it."""

    mention: Mention
    match: Match
    lat: float
    lon: float
    precision_m: int
    offset: bool
    likely: float  # 0 to 1: that the words name any place, whatever happens there
    features: dict[str, float]

    @property
    def entry(self) -> Entry:
        return self.match.entry

    @property
    def position(self) -> Position:
        return Position(self.lat, self.lon)


@dataclass(frozen=True, slots=True)
class Context:
    """What is known besides the text: where the sender lives, and what happened lately."""

    home: Entry | None = None
    recent: Sequence[Position] = ()


def pairs(
    scan: Scan, gazetteer: Gazetteer, context: Context, weights: Mapping[str, float]
) -> list[Pair]:
    """Every mention with every place of that name, and what speaks for and against each."""
    shares = [_shares(mention.matches) for mention in scan.mentions]
    own_features = _own_features(scan, context)
    sure = [_likely(features, weights) for features in own_features]
    near = _Support(scan.mentions, shares, sure, _NEAR_DEGREES)
    around = _Support(scan.mentions, shares, sure, _AROUND_DEGREES)
    wide = _Support(scan.mentions, shares, sure, _WIDE_DEGREES)
    all_sure = _sure_names(scan.mentions, sure)
    there = {
        mention.name
        for mention, own in zip(scan.mentions, own_features, strict=True)
        if mention.role != "toward" and _likely(own, weights, but=_NOT_OF_NAMES) >= _RATHER
    }
    goals = _goals(scan, there, own_features)
    heads = {
        number: _agreements(scan, number, reference, shares, metres)
        for number, (reference, metres) in _heads(scan).items()
    }
    _mark_references(own_features, scan, heads)
    found: list[Pair] = []
    for number, mention in enumerate(scan.mentions):
        own = own_features[number]
        named = _likely(own, weights, but=_NOT_OF_NAMES)
        others = sum(q for name, q in all_sure.items() if name != mention.name)
        offset = scan.offsets.get(mention.start)
        inside = _inside(mention, scan, gazetteer)
        for at, match in enumerate(mention.matches):
            entry, share, areas = match.entry, shares[number][at], inside[at]
            features = own | _candidate(mention, match, share)
            features["near others"] = near.of(mention, entry)
            features["around others"] = around.of(mention, entry)
            features["far from others"] = min(2.0, max(0.0, others - wide.of(mention, entry)))
            features["people around"] = log(1 + gazetteer.people_around(entry.position) / 10_000)
            if number in goals:
                features["where they go"] = 1.0
            features |= dict.fromkeys(areas, 1.0)
            features |= dict.fromkeys(_surroundings(entry.position, context), 1.0)
            if any(inside) and not areas:
                features["outside the area named"] = 1.0
            if number in heads:
                agrees = heads[number][at]
                features["distance agrees" if agrees else "distance contradicts"] = 1.0
            _add_lone(features, match)
            _add_together(features)
            lat, lon, precision = entry.lat, entry.lon, gazetteer.reach_m(entry)
            if offset:
                way = scan.along.get(number)
                if way is not None:
                    offset = _towards(offset, entry, scan.mentions[way])
                lat, lon, precision = offset.applied(lat, lon, precision)
                features["at a distance"] = 1.0
            elif number in scan.between:
                middle = _middle(entry, scan.mentions[scan.between[number]])
                if middle:
                    lat, lon, precision = middle
                    features["between"] = 1.0
            found.append(
                Pair(
                    mention,
                    match,
                    lat,
                    lon,
                    precision,
                    bool(offset) or "between" in features,
                    named,
                    features,
                )
            )
    return found


def _own_features(scan: Scan, context: Context) -> list[dict[str, float]]:
    found = [_mention(mention, number, scan) for number, mention in enumerate(scan.mentions)]
    if context.home is None:  # who tells it may be anywhere on their way
        for own in found:
            own.pop("left behind", None)
    return found


def _goals(scan: Scan, there: Set[str], own: Sequence[dict[str, float]]) -> set[int]:
    """Mentions of where they go, while the text also names where they are."""
    if any("left behind" in features for features in own):
        return set()
    return {
        number
        for number, mention in enumerate(scan.mentions)
        if mention.role == "toward" and there - {mention.name}
    }


def _mention(mention: Mention, number: int, scan: Scan) -> dict[str, float]:
    features = dict.fromkeys(mention.cues, 1.0)
    if number == 0:
        features["first name"] = 1.0
    if mention.ordinary:
        features["ordinary"] = mention.ordinary - 2.5
    features["words in the text"] = log(1 + scan.words / 10)
    features["names in the text"] = log(len(scan.mentions))
    if scan.unknown:
        features["an unknown name"] = 1.0
    features["places of its name"] = log(len(mention.matches))
    return features


def _middle(entry: Entry, other: Mention) -> tuple[float, float, int] | None:
    """Halfway to the nearest place of the other name, and half that way as the precision."""
    spots = [match.entry.position for match in other.matches]
    spot = min(spots, key=lambda spot: distance_m(entry.position, spot))
    away = distance_m(entry.position, spot)
    if away > _LONGEST_WAY_M:
        return None
    return (entry.lat + spot.lat) / 2, (entry.lon + spot.lon) / 2, int(away / 2) + 1


def _towards(offset: Offset, entry: Entry, other: Mention) -> Offset:
    """The distance measured towards the nearest place of the road's other end."""
    spots = [match.entry.position for match in other.matches]
    spot = min(spots, key=lambda spot: distance_m(entry.position, spot))
    away = distance_m(entry.position, spot)
    if not offset.metres / 2 < away <= _LONGEST_ROAD_M:
        return offset
    return replace(offset, bearing=bearing(entry.position, spot), slack=_ROAD_SLACK)


def _likely(
    features: Mapping[str, float], weights: Mapping[str, float], but: Container[str] = ()
) -> float:
    """0 to 1: how likely the words name some place, by what stands around them."""
    told = {name: value for name, value in features.items() if name not in but}
    return 1.0 / (1.0 + exp(-1.0 - score(told, weights)))


def _sure_names(mentions: Sequence[Mention], sure: Sequence[float]) -> dict[str, float]:
    names: dict[str, float] = {}
    for mention, likely in zip(mentions, sure, strict=True):
        names[mention.name] = max(likely, names.get(mention.name, 0.0))
    return names


def _add_lone(features: dict[str, float], match: Match) -> None:
    """Marks a village that nothing else in the text speaks for."""
    if features["around others"] > _SOME or "in the county named" in features:
        return
    features["alone"] = 1.0
    if match.found_by == "spelling":
        features["alone and misspelt"] = 1.0
    if "in a longer name" in features:
        features["alone in a longer name"] = 1.0


def _add_together(features: dict[str, float]) -> None:
    """What means more together than each alone: an ordinary word is likelier a name after "in"."""
    for one, other in TOGETHER:
        if one in features and other in features:
            features[f"{one} & {other}"] = features[one] * features[other]


def _heads(scan: Scan) -> dict[int, tuple[int, float]]:
    """Mentions whose distance from the next is said: "Moa, 5 km from Kipini", "Moa near Kipini"."""
    heads: dict[int, tuple[int, float]] = {}
    for number in range(1, len(scan.mentions)):
        mention = scan.mentions[number]
        offset = scan.offsets.get(mention.start)
        if number - 1 in scan.along or number in scan.between:
            continue  # it only tells which road
        if offset or "refers" in mention.cues:
            heads.setdefault(number - 1, (number, offset.metres if offset else 0.0))
    return heads


def _agreements(
    scan: Scan, head: int, reference: int, shares: Sequence[Sequence[float]], metres: float
) -> list[bool]:
    """For each place of the head, whether it lies as far from the reference as the text says."""
    marks = [
        match.entry.position
        for match, share in zip(scan.mentions[reference].matches, shares[reference], strict=True)
        if share >= _SOME
    ]
    return [
        any(
            abs(distance_m(match.entry.position, mark) - metres) <= _ROUNDED_M + metres / 2
            for mark in marks
        )
        for match in scan.mentions[head].matches
    ]


def _mark_references(
    features: Sequence[dict[str, float]], scan: Scan, heads: Mapping[int, Sequence[bool]]
) -> None:
    """A reference is all there is to go by where no list knows what lies near it."""
    placed = {number + 1 for number, agreements in heads.items() if any(agreements)}
    for number, own in enumerate(features):
        if "refers" in own and number not in placed:
            del own["refers"]
            own["refers for an unlisted place"] = 1.0


def probabilities(found: Sequence[Pair], weights: Mapping[str, float]) -> list[float]:
    """The share of each pair; what is missing to 1 is that no place is meant."""
    strengths = [exp(min(30.0, score(pair.features, weights))) for pair in found]
    total = 1.0 + sum(strengths)
    return [strength / total for strength in strengths]


def score(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """The sum of the weights, each times its feature; unknown features weigh nothing."""
    return sum(weights.get(name, 0.0) * value for name, value in features.items())


def _candidate(mention: Mention, match: Match, share: float) -> dict[str, float]:
    entry = match.entry
    features = {"a name": 1.0, "share of its name": log(share), match.found_by: 1.0}
    if "of violence" in mention.cues and not match.heard_alike:
        features["of violence"] = 0.0
    if match.found_by == "spelling":
        features["slips"] = float(match.slips)
        if match.heard_alike:
            features["heard alike"] = 1.0
        elif fold(entry.name)[:1] != mention.name[:1]:
            features["another first letter"] = 1.0
    if not entry.population and "house number" in mention.cues:
        features["house number in a village"] = 1.0
    if entry.is_seat:
        features["seat"] = 1.0
    if entry.aliases:
        features["has other names"] = 1.0
    if entry.population:
        features["people"] = log(1 + entry.population / 1_000)
    return features | _kind(mention, entry)


def _kind(mention: Mention, entry: Entry) -> dict[str, float]:
    said = mention.said.kind == "area"
    if entry.kind in AREAS:
        return {entry.kind: 1.0} | ({"area said": 1.0} if said else {})
    return {"no area though said": 1.0} if said else {}


def _shares(matches: Sequence[Match]) -> list[float]:
    """How much of a name's prominence each place has, with its doubles in other lists."""
    entries = [match.entry for match in matches]
    total = sum(entry.prominence for entry in entries)
    return [
        sum(other.prominence for other in entries if other is entry or _are_one(entry, other))
        / total
        for entry in entries
    ]


def _are_one(a: Entry, b: Entry) -> bool:
    if abs(a.lat - b.lat) > _SAME_PLACE_DEGREES:  # spares nearly all the trigonometry
        return False
    return distance_m(a.position, b.position) <= _SAME_PLACE_M


def _inside(mention: Mention, scan: Scan, gazetteer: Gazetteer) -> list[frozenset[str]]:
    """For each place of a mention, whether the text names the county or region it lies in."""
    return [frozenset(_parents(match.entry, mention, scan, gazetteer)) for match in mention.matches]


def _parents(entry: Entry, mention: Mention, scan: Scan, gazetteer: Gazetteer) -> Iterator[str]:
    for kind, name in (("county", entry.county), ("region", entry.region)):
        begins = scan.areas.get(gazetteer.parent(name), ()) if name else ()
        if any(not mention.start <= begin < mention.end for begin in begins):
            yield f"in the {kind} named"
    if entry.kind not in AREAS:
        for kind, name in (("county", entry.county), ("region", entry.region)):
            if not name and _is_in_area(entry, kind, mention, scan, gazetteer):
                yield f"in the {kind} named"


def _is_in_area(
    entry: Entry, kind: str, mention: Mention, scan: Scan, gazetteer: Gazetteer
) -> bool:
    """By distance from the middle of an area that the text names, where the list tells none."""
    return any(
        match.entry.kind == kind
        and distance_m(entry.position, match.entry.position) <= gazetteer.reach_m(match.entry)
        for other in scan.mentions
        if other.said.kind == "area" and other.name != mention.name
        for match in other.matches
    )


def _surroundings(position: Position, context: Context) -> Iterator[str]:
    if context.home:
        away = distance_m(position, context.home.position) / 1_000
        yield f"{_band(away)} of the sender"
    if context.recent:
        away = min(distance_m(position, spot) for spot in context.recent) / 1_000
        yield f"{_band(away)} of recent incidents"


def _band(kilometres: float) -> str:
    for limit in (5, 20, 60, 150):
        if kilometres <= limit:
            return f"within {limit} km"
    return "not within 150 km"


class _Support:
    """How much the other names of the text may lie round a point, by a coarse grid."""

    def __init__(
        self,
        mentions: Sequence[Mention],
        shares: Sequence[Sequence[float]],
        sure: Sequence[float],
        degrees: float,
    ) -> None:
        self._degrees = degrees
        self._cells: dict[tuple[int, int], list[tuple[str, int, float]]] = {}
        for mention, own, likely in zip(mentions, shares, sure, strict=True):
            for match, share in zip(mention.matches, own, strict=True):
                if match.entry.kind in ("region", "country"):
                    continue
                cell = self._cells.setdefault(self._cell(match.entry), [])
                cell.append((mention.name, match.entry.id, share * likely))

    def of(self, mention: Mention, entry: Entry) -> float:
        """0 to 2: other places that other names may mean, each counted by its share."""
        row, column = self._cell(entry)
        best: dict[str, float] = {}
        for above in (row - 1, row, row + 1):
            for beside in (column - 1, column, column + 1):
                for name, place, share in self._cells.get((above, beside), ()):
                    other = name != mention.name and place != entry.id
                    if other and share > best.get(name, 0.0):
                        best[name] = share
        return min(2.0, sum(best.values()))

    def _cell(self, entry: Entry) -> tuple[int, int]:
        narrow = max(0.2, cos(radians(entry.lat)))
        return floor(entry.lat / self._degrees), floor(entry.lon * narrow / self._degrees)

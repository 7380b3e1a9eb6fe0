"""What others make of the same texts: flashgeotext, geotext, and an exact look-up of names."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from importlib.util import find_spec

from gateway.terms.geo import Position
from gateway.understanding.folding import fold
from gateway.understanding.gazetteer import AREAS, Entry, Gazetteer

Place = Callable[[str], Position | None]
_WORD = re.compile(r"[\w'’-]+")
_LONGEST = 4  # words


def rivals(gazetteer: Gazetteer) -> Mapping[str, Place | None]:
    """Each by name, with the country's places to draw on; None where it is not installed."""
    best = _best_known(gazetteer)
    return {
        "flashgeotext": _flashgeotext(best) if find_spec("flashgeotext") else None,
        "geotext": _geotext(best) if find_spec("geotext") else None,
        "exact look-up": _exact(best),
    }


def _best_known(gazetteer: Gazetteer) -> dict[str, Entry]:
    """For each folded name a town before an area of that name, then the one with most people."""
    best: dict[str, Entry] = {}
    for entry in gazetteer.entries():
        if entry.kind in ("country", "region"):
            continue
        for name in (entry.name, *entry.aliases):
            key = fold(name)
            known = best.get(key)
            if key and (known is None or _rank(entry) > _rank(known)):
                best[key] = entry
    return best


def _rank(entry: Entry) -> tuple[bool, int]:
    return entry.kind not in AREAS, entry.population


def _flashgeotext(best: Mapping[str, Entry]) -> Place:
    from flashgeotext.geotext import GeoText, GeoTextConfiguration
    from flashgeotext.lookup import LookupData

    names: defaultdict[str, list[str]] = defaultdict(list)
    for key, entry in best.items():
        names[key] += sorted({entry.name, *(n for n in entry.aliases if fold(n) == key)})
    finder = GeoText(config=GeoTextConfiguration(use_demo_data=False, case_sensitive=True))
    finder.add(LookupData(name="places", data=dict(names)))

    def place(text: str) -> Position | None:
        found = finder.extract(text).get("places", {})
        first = min(found, key=lambda key: min(s[0] for s in found[key]["span_info"]), default=None)
        return best[first].position if first else None

    return place


def _geotext(best: Mapping[str, Entry]) -> Place:
    from geotext import GeoText

    def place(text: str) -> Position | None:
        keys = (fold(city) for city in GeoText(text).cities)
        return next((best[key].position for key in keys if key in best), None)

    return place


def _exact(best: Mapping[str, Entry]) -> Place:
    """Capitalised one to four words, the longest first, from left to right."""

    def place(text: str) -> Position | None:
        words = _WORD.findall(text)
        for start, word in enumerate(words):
            if word[:1].isupper():
                for end in range(min(len(words), start + _LONGEST), start, -1):
                    entry = best.get(fold(" ".join(words[start:end])))
                    if entry:
                        return entry.position
        return None

    return place

"""Which place a person means who writes its name after a command."""

from sqlalchemy.orm import Session

from gateway.runtime import Runtime
from gateway.store.tables import Place
from gateway.terms.geo import distance_m
from gateway.understanding.entries import AREAS, Entry
from gateway.understanding.folding import fold
from gateway.understanding.gazetteer import Gazetteer

MOST_CHOICES = 3
_SAME_PLACE_M = 3_000
_SAME_NAME_M = 10_000  # lists differ by some kilometres about where a town is
_VILLAGE_AND_WARD_M = 30_000  # a village and the ward that is named after it
_VILLAGES = ("locality", "village", "town")


def places_named(runtime: Runtime, session: Session, words: str) -> list[Place]:
    """One place where the words decide, up to three where they do not, none where unknown.

    "Moa", "moa, tana river" and "moa tana river" are understood, spelling slips too.
    """
    found = entries_named(runtime, runtime.gazetteer(session), words)
    return [session.get_one(Place, entry.id) for entry in found]


def entries_named(runtime: Runtime, gazetteer: Gazetteer, words: str) -> list[Entry]:
    """The same as entries of the gazetteer, for whoever has many names to look up."""
    nouns = runtime.lexicon.places["settlement"].words
    for name, parent in (*_splits(words), *_splits(_without_noun(words, nouns))):
        entries = _best(gazetteer, name, parent)
        if entries:
            return entries[:MOST_CHOICES]
    return []


def _without_noun(words: str, nouns: frozenset[str]) -> str:
    """ "moa village" as people type it; tried last, since some places are called so in full."""
    parts = words.split()
    return " ".join(parts[:-1]) if len(parts) > 1 and fold(parts[-1]) in nouns else ""


def _splits(words: str) -> list[tuple[str, str]]:
    """The ways to part a name from the county or region that may follow it, likeliest first."""
    name, _, parent = " ".join(words.split()).partition(",")
    if parent or not name:
        return [(name, parent)] if name else []
    parts = name.split()
    return [(name, "")] + [
        (" ".join(parts[:at]), " ".join(parts[at:])) for at in range(len(parts) - 1, 0, -1)
    ]


def _best(gazetteer: Gazetteer, name: str, parent: str) -> list[Entry]:
    found = gazetteer.search(f"{name},{parent}", limit=30)
    if parent:
        wanted = fold(parent)
        found = [m for m in found if wanted in fold(f"{m.entry.county} {m.entry.region}")]
    if not found:
        return []
    best = max(match.score for match in found)
    return _distinct([match.entry for match in found if match.score == best])


def _distinct(entries: list[Entry]) -> list[Entry]:
    """Entries of one place from several lists are one; the village stands for ward and county."""
    settled = [entry for entry in entries if entry.kind not in AREAS]
    kept: list[Entry] = []
    for entry in sorted(settled or entries, key=lambda entry: entry.kind not in _VILLAGES):
        if not any(_same(entry, other) for other in kept):
            kept.append(entry)
    return kept


def _same(a: Entry, b: Entry) -> bool:
    metres = distance_m(a.position, b.position)
    if fold(a.name) != fold(b.name):
        return metres <= _SAME_PLACE_M
    in_one_county = not a.county or not b.county or a.county == b.county
    is_its_ward = in_one_county and not (a.kind in _VILLAGES and b.kind in _VILLAGES)
    return metres <= (_VILLAGE_AND_WARD_M if is_its_ward else _SAME_NAME_M)

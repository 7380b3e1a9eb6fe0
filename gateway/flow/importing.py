"""Brings lists of places into the gazetteer: whole or not at all, bad rows named by line."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow import borders
from gateway.flow.place_list import PlaceList, entries_of, read_file
from gateway.plumbing.resources import config_file
from gateway.store import gazetteer as gazetteer_store
from gateway.store import place_lists
from gateway.store.audit import record
from gateway.store.gazetteer import Ranks
from gateway.store.place_lists import COLUMNS, Known, New
from gateway.store.tables import Place
from gateway.terms.geo import Position, distance_m
from gateway.terms.refusals import Refused
from gateway.understanding.entries import Entry
from gateway.understanding.folding import fold
from gateway.understanding.sources import BadRow

_SAMPLES = {"KE": (("KE.csv.gz", "wof"), ("KE_wards.csv.gz", "wards"))}
_FAR_M = 1_500_000  # between the middles of two lists of one country
_FEW = 20  # places that do not tell where a country is
_ANOTHER_PLACE_M = 20_000
_values: Callable[[Entry], tuple[Any, ...]] = attrgetter(*COLUMNS)


@dataclass
class Outcome:
    """What an import did to the places of its list."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    gone: int = 0  # known from an earlier list, missing in this one, and kept
    in_use: int = 0  # of these, kept because somebody or something refers to them
    removed: int = 0
    borders: int = 0  # outlines kept for the map
    bad: list[BadRow] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)


def bring_in(
    session: Session,
    places: PlaceList,
    *,
    who: str,
    now: datetime,
    prune: bool = False,
    anywhere: bool = False,
) -> Outcome:
    """Its places replace those it brought before; with `prune` those it dropped are removed.

    Its borders replace all that it brought before.

    Refused where it lies far from all that is known of the country, unless `anywhere`.
    """
    place_lists.one_at_a_time(session)
    if not anywhere:
        _refuse_another_country(session, places)
    known = place_lists.known(session, places.country, places.source)
    _refuse_another_list(known, places)
    outcome = Outcome(bad=places.bad, skipped=places.skipped)
    _store(session, places, known, outcome)
    _drop(session, places, known, outcome, prune=prune)
    outcome.borders = borders.bring_in(session, places)
    if outcome.added or outcome.changed or outcome.removed:
        gazetteer_store.touch(session, now, who)
    facts = {
        "file": places.file,
        "source": places.source,
        "added": outcome.added,
        "changed": outcome.changed,
        "removed": outcome.removed,
        "borders": outcome.borders,
        "bad": len(outcome.bad),
    }
    record(session, who=who, act="gazetteer.import", subject=places.country, now=now, facts=facts)
    return outcome


def import_file(
    session: Session, path: Path, country: str, format: str, *, who: str, now: datetime
) -> Outcome:
    """Both steps at once, for lists so small that nobody waits for the database meanwhile."""
    return bring_in(session, read_file(path, country, format), who=who, now=now)


def import_sample(session: Session, country: str, *, who: str, now: datetime) -> int:
    """The shipped sample of a country, if there is one and no place is known yet."""
    if country not in _SAMPLES or session.scalar(select(Place.id).limit(1)) is not None:
        return 0
    added = 0
    for name, format in _SAMPLES[country]:
        path = config_file("gazetteer", name)
        added += import_file(session, path, country, format, who=who, now=now).added
    return added


def add_entries(
    session: Session, entries: Sequence[Entry], country: str, priority: Sequence[str]
) -> None:
    """Places read elsewhere, into an empty gazetteer; each keeps its rank."""
    sources = {rank: source for source, rank in Ranks(priority).items()}
    lists: dict[str, dict[str, New]] = {}
    for number, entry in enumerate(entries):
        own = lists.setdefault(sources.get(entry.priority, "elsewhere"), {})
        own[str(number)] = New(_values(entry), entry.aliases)
    for source, fresh in lists.items():
        place_lists.add(session, country, source, fresh)


def sample_entries(country: str, priority: Sequence[str] = ()) -> list[Entry]:
    """The places of the shipped sample of a country, numbered anew."""
    ranks = Ranks(priority)
    entries = [
        replace(entry, priority=ranks[format])
        for name, format in _SAMPLES.get(country, ())
        for entry in entries_of(config_file("gazetteer", name), format)
    ]
    return [replace(entry, id=number) for number, entry in enumerate(entries, 1)]


def _refuse_another_country(session: Session, places: PlaceList) -> None:
    """A list under the wrong country would place its villages where nobody looks for them."""
    count, lat, lon = place_lists.middle(session, places.country)
    listed = places.entries.values()
    if count < _FEW or len(listed) < _FEW:
        return
    ours = Position(lat, lon)
    theirs = Position(
        sum(entry.lat for entry in listed) / len(listed),
        sum(entry.lon for entry in listed) / len(listed),
    )
    away = distance_m(ours, theirs)
    if away > _FAR_M:
        raise Refused(
            "%(file)s lies about %(value)s km from the places of "
            "%(country)s known so far. Is --country right? If so, import "
            "it with --anywhere.",
            file=places.file,
            value=f"{away / 1000:,.0f}",
            country=places.country,
        )


def _refuse_another_list(known: Mapping[str, Known], places: PlaceList) -> None:
    """Two lists that number their places from 1 must not overwrite each other."""
    shared = [(known[key], entry) for key, entry in places.entries.items() if key in known]
    shared = [(place, entry) for place, entry in shared if not place.by_hand]
    others = sum(_is_another(place, entry) for place, entry in shared)
    if others > max(2, len(shared) // 2):
        raise Refused(
            "%(others)s of %(count)s ids of %(file)s belong to other "
            "places by an earlier list. If this is another list, give it a "
            "name of its own with --name.",
            others=others,
            count=len(shared),
            file=places.file,
        )


def _is_another(place: Known, entry: Entry) -> bool:
    name, _kind, lat, lon, *_ = place.values
    away = distance_m(Position(lat, lon), entry.position)
    return away > _ANOTHER_PLACE_M and fold(name) != fold(entry.name)


def _store(
    session: Session, places: PlaceList, known: Mapping[str, Known], outcome: Outcome
) -> None:
    """Adds what is new and changes what differs, names included."""
    fresh: dict[str, New] = {}
    differing: list[tuple[int, tuple[Any, ...]]] = []
    new_names: list[tuple[int, list[str]]] = []
    old_names: list[int] = []
    for key, entry in places.entries.items():
        place, values = known.get(key), _values(entry)
        if place is None:
            fresh[key] = New(values, entry.aliases)
            continue
        wanted = [name for name in entry.aliases if name not in place.names_of_others]
        same_names = set(wanted) == place.aliases.keys()
        if place.by_hand or (values == place.values and same_names):
            outcome.unchanged += 1
            continue
        outcome.changed += 1
        differing.append((place.id, values))
        new_names.append((place.id, [name for name in wanted if name not in place.aliases]))
        old_names += [row for name, row in place.aliases.items() if name not in wanted]
    outcome.added = len(fresh)
    place_lists.remove_names(session, old_names)
    place_lists.change(session, differing)
    place_lists.add_names(session, places.source, new_names)
    place_lists.add(session, places.country, places.source, fresh)


def _drop(
    session: Session,
    places: PlaceList,
    known: Mapping[str, Known],
    outcome: Outcome,
    *,
    prune: bool,
) -> None:
    """Removes what an earlier list had and this one lacks, unless something hangs on it.

    Nothing is removed while rows could not be read: the missing place may stand in one of them.
    """
    missing = [place for key, place in known.items() if key not in places.entries]
    if prune and missing and not places.bad:
        used = place_lists.referred_to(session)
        kept = [place for place in missing if place.id in used or place.names_of_others]
        outcome.in_use = len(kept)
        unused = {place.id for place in missing} - {place.id for place in kept}
        place_lists.remove(session, sorted(unused))
        outcome.removed = len(unused)
    outcome.gone = len(missing) - outcome.removed

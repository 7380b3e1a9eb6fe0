"""Brings lists of places into the gazetteer: whole or not at all, bad rows named by line."""

import csv
import gzip
import io
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from gateway.plumbing.resources import config_file
from gateway.store import gazetteer as gazetteer_store
from gateway.store.audit import record
from gateway.store.tables import Place, PlaceAlias
from gateway.terms.refusals import Refused
from gateway.understanding.entries import Entry
from gateway.understanding.sources import BadRow, entries_from_rows

_NEEDED = {
    "wof": ("wof_id", "name", "lat", "lon"),
    "wards": ("ward", "lat", "lon"),
    "csv": ("name", "lat", "lon"),
}
FORMATS = tuple(_NEEDED)
_SAMPLES = {"KE": (("KE.csv.gz", "wof"), ("KE_wards.csv.gz", "wards"))}
_CHUNK = 1_000
_MOST_BYTES = 300_000_000  # unpacked; a larger file is no list of one country's places


@dataclass
class Outcome:
    """How many places were new, changed, the same; and the rows that could not be read."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: list[BadRow] = field(default_factory=list)


def import_file(
    session: Session, path: Path, country: str, format: str, *, who: str, now: datetime
) -> Outcome:
    """Reads one list; its places replace those it brought before. Refuses what is no such list."""
    outcome = Outcome()
    entries = []
    for found in entries_from_rows(_rows(path, format), format):
        if isinstance(found, BadRow):
            outcome.bad.append(found)
        else:
            entries.append(found)
    if not entries:
        first = f"; {outcome.bad[0].reason}" if outcome.bad else ""
        raise Refused(f"{path.name} holds no place that could be read{first}.")
    _store(session, entries, country, format, outcome)
    gazetteer_store.touch(session, now, who)
    facts = {"file": path.name, "added": outcome.added, "changed": outcome.changed}
    record(session, who=who, act="gazetteer.import", subject=country, now=now, facts=facts)
    return outcome


def import_sample(session: Session, country: str, *, who: str, now: datetime) -> int:
    """The shipped sample of a country, if there is one and no place is known yet."""
    if country not in _SAMPLES or session.scalar(select(Place.id).limit(1)) is not None:
        return 0
    added = 0
    for name, format in _SAMPLES[country]:
        path = config_file("gazetteer", name)
        added += import_file(session, path, country, format, who=who, now=now).added
    return added


def add_entries(session: Session, entries: list[Entry], country: str, source: str) -> None:
    """Places read elsewhere, into an empty gazetteer."""
    numbered = {str(number): entry for number, entry in enumerate(entries)}
    _insert(session, numbered, country, source)


def entries_of(path: Path, format: str) -> list[Entry]:
    """The readable places of a list, for use without a database."""
    return [
        found
        for found in entries_from_rows(_rows(path, format), format)
        if isinstance(found, Entry)
    ]


def sample_entries(country: str) -> list[Entry]:
    """The places of the shipped sample of a country, numbered anew."""
    entries = [
        entry
        for name, format in _SAMPLES.get(country, ())
        for entry in entries_of(config_file("gazetteer", name), format)
    ]
    return [replace(entry, id=number) for number, entry in enumerate(entries, 1)]


def _rows(path: Path, format: str) -> Iterable[dict[str, str]]:
    text = _text(path)
    reader = csv.DictReader(io.StringIO(text, newline=""))
    try:
        columns = reader.fieldnames or []
    except csv.Error as error:
        raise Refused(f"{path.name} is not CSV: {error}.") from None
    missing = [column for column in _NEEDED[format] if column not in columns]
    if missing:
        raise Refused(f"{path.name} lacks the columns {', '.join(missing)} of format {format}.")
    try:
        return list(reader)
    except csv.Error as error:
        raise Refused(f"{path.name}, line {reader.line_num}: {error}.") from None


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if raw[:2] == b"\x1f\x8b":
            with gzip.GzipFile(fileobj=io.BytesIO(raw)) as unpacked:
                raw = unpacked.read(_MOST_BYTES + 1)
        if len(raw) > _MOST_BYTES:
            raise Refused(f"{path.name} is larger than {_MOST_BYTES // 1_000_000} MB.")
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise Refused(f"{path.name}, line {line}: not UTF-8 text. Save it as UTF-8.") from None
    except (OSError, EOFError) as error:
        raise Refused(f"{path} cannot be read: {error}.") from None


def _store(
    session: Session, entries: list[Entry], country: str, source: str, outcome: Outcome
) -> None:
    """Adds what is new and changes what differs; a name given twice in one list is one place."""
    known = {
        place.source_id: place
        for place in session.scalars(
            select(Place).where(Place.country == country, Place.source == source)
        )
    }
    fresh: dict[str, Entry] = {}
    for entry in entries:
        key = entry.source_id or f"{entry.name}@{entry.lat:.4f},{entry.lon:.4f}"
        place = known.get(key)
        if place is None:
            fresh[key] = entry
        elif _differs(place, entry):
            _change(session, place, entry, source)
            outcome.changed += 1
        else:
            outcome.unchanged += 1
    outcome.added = len(fresh)
    _insert(session, fresh, country, source)


def _insert(session: Session, fresh: dict[str, Entry], country: str, source: str) -> None:
    items = list(fresh.items())
    for start in range(0, len(items), _CHUNK):
        chunk = items[start : start + _CHUNK]
        rows = [
            {"country": country, "source": source, "source_id": key} | _values(entry)
            for key, entry in chunk
        ]
        ids = session.scalars(
            insert(Place).returning(Place.id, sort_by_parameter_order=True), rows
        ).all()
        aliases = [
            {"place_id": place_id, "name": alias, "source": source}
            for place_id, (_, entry) in zip(ids, chunk, strict=True)
            for alias in dict.fromkeys(entry.aliases)
        ]
        if aliases:
            session.execute(insert(PlaceAlias), aliases)


def _values(entry: Entry) -> dict[str, object]:
    return {
        "name": entry.name,
        "kind": entry.kind,
        "lat": entry.lat,
        "lon": entry.lon,
        "county": entry.county,
        "region": entry.region,
        "population": entry.population,
    }


def _differs(place: Place, entry: Entry) -> bool:
    return any(getattr(place, column) != value for column, value in _values(entry).items())


def _change(session: Session, place: Place, entry: Entry, source: str) -> None:
    for column, value in _values(entry).items():
        setattr(place, column, value)
    session.execute(
        delete(PlaceAlias).where(PlaceAlias.place_id == place.id, PlaceAlias.source == source)
    )
    kept = set(session.scalars(select(PlaceAlias.name).where(PlaceAlias.place_id == place.id)))
    aliases = [alias for alias in dict.fromkeys(entry.aliases) if alias not in kept]
    session.add_all(PlaceAlias(place_id=place.id, name=name, source=source) for name in aliases)

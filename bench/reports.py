"""The real reports and place lists that understanding is measured on, where they lie beside us."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.terms.geo import Position
from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.sources import entries_from_rows

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
COUNTRIES = ("NG", "CD", "MM", "UG", "ET", "SS", "HT", "RW", "SO", "CF", "BI", "KE")


@dataclass(frozen=True, slots=True)
class Report:
    """One text whose place is known; everything is tuned on even serials and told for odd ones."""

    serial: int
    text: str
    truth: Position


def reports() -> Mapping[str, list[Report]]:
    """The four sets by the name of their figures; the place string stands before the text."""
    sets: dict[str, list[Report]] = {
        name: [] for name in ("haiti_text", "haiti_place", "ged_text", "ged_place")
    }
    for row in rows("reports/haiti_2010.csv.gz"):
        told = f"{row['title']}. {row['description']}"
        _add(sets, "haiti", int(row["serial"]), told, row["location"], row["lat"], row["lon"])
    for row in rows("reports/ged_central_african_republic.csv.gz"):
        if row["where_prec"] in ("1", "2"):
            where, told = row["where_coordinates"], row["where_description"]
            _add(sets, "ged", int(row["id"]), told, where, row["latitude"], row["longitude"])
    return sets


def gazetteers() -> Mapping[str, Gazetteer]:
    """The country's places for each pair of sets."""
    return {"haiti": Gazetteer(entries("HT")), "ged": Gazetteer(entries("CF"))}


def entries(*countries: str) -> list[Entry]:
    """The readable places of the countries, numbered anew."""
    found = [
        entry
        for country in countries
        for entry in entries_from_rows(rows(f"gazetteers/{country}.csv.gz"), "wof")
        if isinstance(entry, Entry)
    ]
    return [replace(entry, id=number) for number, entry in enumerate(found, 1)]


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of a gzipped CSV file of the data."""
    with gzip.open(DATA / name, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _add(
    sets: Mapping[str, list[Report]],
    name: str,
    serial: int,
    told: str,
    where: str,
    lat: str,
    lon: str,
) -> None:
    truth = Position(float(lat), float(lon))
    sets[f"{name}_text"].append(Report(serial, told, truth))
    sets[f"{name}_place"].append(Report(serial, f"{where}. {told}", truth))

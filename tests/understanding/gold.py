"""Our own labelled messages (tests/gold/README.md), read by the gateway, and how well it did."""

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from gateway.inbox import keywords
from gateway.terms.geo import Position, distance_m
from gateway.understanding.entries import Entry
from gateway.understanding.gazetteer import Gazetteer
from gateway.understanding.lexicon import load
from gateway.understanding.reading import Reading, understand
from gateway.understanding.sources import entries_from_rows

FOLDER = Path(__file__).parents[1] / "gold"
SPLITS = ("tuned", "held")  # odd numbers were looked at while rules were written, even ones not
SPOKEN = {
    "CD": ("fr", "ln", "sw"), "CF": ("fr", "ln"), "ET": ("am", "en", "so"),
    "KE": ("en", "sw", "so"),
    "NG": ("en", "ha"), "RW": ("rw", "en", "fr", "sw"), "SO": ("so", "ar", "en"),
    "SS": ("en", "ar", "sw"),
}  # fmt: skip
_RIGHT_M = 10_000


@dataclass(frozen=True, slots=True)
class Gold:
    """A message, what a coordinator would say of it, and what the gateway read."""

    told: dict[str, Any]
    reading: Reading
    command: str | None

    @property
    def kind(self) -> str:
        return "command" if self.command else self.reading.kind

    @property
    def hazard(self) -> str | None:
        return self.reading.hazard if self.kind == "report" else None


@cache
def read(split: str) -> tuple[Gold, ...]:
    """All messages of a half, each with the languages of its country."""
    return tuple(_read(message) for message in messages() if split_of(message) == split)


@cache
def messages() -> tuple[dict[str, Any], ...]:
    return tuple(
        json.loads(line)
        for path in sorted(FOLDER.glob("??.jsonl"))  # by language
        for line in path.read_text(encoding="utf-8").splitlines()
    )


def split_of(message: dict[str, Any]) -> str:
    return SPLITS[int(message["id"].partition("-")[2]) % 2 == 0]


@cache
def places(country: str) -> Gazetteer:
    with (FOLDER / "places.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["country"] == country]
    entries = [found for found in entries_from_rows(rows, "csv") if isinstance(found, Entry)]
    return Gazetteer(replace(entry, id=number) for number, entry in enumerate(entries, 1))


def _read(message: dict[str, Any]) -> Gold:
    spoken = SPOKEN[message["country"]]
    reading = understand(
        message["text"],
        gazetteer=places(message["country"]),
        lexicon=load(spoken),
        languages=spoken,
    )
    command = keywords.load(spoken).parse(message["text"])
    return Gold(message, reading, command.name if command else None)


def reports(told: Iterable[Gold]) -> list[Gold]:
    return [one for one in told if one.told["kind"] == "report"]


def macro_f1(told: Iterable[Gold]) -> float:
    """Of the main hazard over the reports, every hazard counted alike."""
    found = reports(told)
    hazards = sorted({one.told["hazard"] for one in found})
    return sum(_f1(found, hazard) for hazard in hazards) / len(hazards)


def _f1(found: Sequence[Gold], hazard: str) -> float:
    right = sum(one.hazard == hazard == one.told["hazard"] for one in found)
    said = sum(one.hazard == hazard for one in found)
    true = sum(one.told["hazard"] == hazard for one in found)
    return 2 * right / (said + true)


def share(told: Iterable[Gold], kind: str, right: Callable[[Gold], bool]) -> float:
    """Of the messages of a kind, those that are right."""
    of_kind = [one for one in told if one.told["kind"] == kind]
    return sum(map(right, of_kind)) / len(of_kind)


def is_chat(one: Gold) -> bool:
    return one.kind == "chat"


def is_its_command(one: Gold) -> bool:
    return one.command == one.told["command"]


def is_placed(one: Gold) -> bool:
    """Within 10 km of the place that the message names."""
    true, found = one.told["place"], one.reading.place
    if found is None:
        return False
    metres = distance_m(Position(found.lat, found.lon), Position(true["lat"], true["lon"]))
    return metres <= _RIGHT_M


def moves_right(one: Gold) -> bool:
    moved = one.reading.movement
    told = one.told["movement"]
    return moved is not None and (moved.from_, moved.to) == (told.get("from"), told.get("to"))


def counts_right(one: Gold) -> bool:
    found = {harm.state: harm.count for harm in one.reading.casualties}
    return all(found.get(state) == count for state, count in one.told["casualties"].items())


def having(told: Iterable[Gold], key: str) -> list[Gold]:
    return [one for one in told if key in one.told]


def wrong(told: Iterable[Gold]) -> Iterator[str]:
    """Ids of reports read as another hazard, for a look; their texts are not shown."""
    for one in reports(told):
        if one.hazard != one.told["hazard"]:
            yield f"{one.told['id']}: {one.told['hazard']} read as {one.hazard or one.kind}"


def by_language(told: Iterable[Gold]) -> str:
    """Reports with the right hazard by language, as a line."""
    right, count = Counter[str](), Counter[str]()
    for one in reports(told):
        count[one.told["language"]] += 1
        right[one.told["language"]] += one.hazard == one.told["hazard"]
    return ", ".join(f"{code} {right[code]}/{count[code]}" for code in sorted(count))

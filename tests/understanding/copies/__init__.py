"""Pairs of texts that are copies of a kind, or none (README.md)."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HALVES = ("held", "shown", "again")
TRANSLATIONS = ("translations_held", "translations_shown")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two texts, and of which kind the copy is, "" for none; `id` names it without its words."""

    id: str
    kind: str
    a: str
    b: str


@cache
def pairs(half: str) -> tuple[Pair, ...]:
    """All pairs of a half."""
    lines = (Path(__file__).parent / f"{half}.jsonl").read_text(encoding="utf-8").splitlines()
    return tuple(Pair(f"{half} {at}", **json.loads(line)) for at, line in enumerate(lines, 1))

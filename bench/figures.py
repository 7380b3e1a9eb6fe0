"""What a benchmark found: one line and one entry in the results for each figure."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """A named value; `note` says what it was computed from."""

    name: str
    value: float
    note: str

    def __str__(self) -> str:
        return f"{self.name} = {_short(self.value)} ({self.note})"


def save(figures: Iterable[Figure], path: Path) -> None:
    """Writes name and value of each, replacing what an earlier run left."""
    values = {figure.name: figure.value for figure in figures}
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _short(value: float) -> str:
    """Two decimals; of small values two digits, of large ones the whole part."""
    if value and abs(value) < 0.1:
        return f"{value:.2g}"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.2f}"

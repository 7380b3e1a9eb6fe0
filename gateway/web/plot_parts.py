"""What a figure is made of: shapes, lines and words at points, and axes with round numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import format_decimal

WIDTH = 320  # about a phone's, so that letters keep their size there


@dataclass(frozen=True, slots=True)
class Shape:
    """A rectangle; `kind` is its pattern: full, stripes, dots or hollow."""

    x: float
    y: float
    width: float
    height: float
    kind: str


@dataclass(frozen=True, slots=True)
class Stroke:
    """A straight line; `kind` is axis, grid or threshold."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str


@dataclass(frozen=True, slots=True)
class Label:
    """Words at a point."""

    x: float
    y: float
    words: str
    anchor: str = "start"
    kind: str = "tick"


@dataclass(frozen=True, slots=True)
class Series:
    """One kind of thing that is counted, with a count for each column or bar."""

    kind: str
    words: str
    counts: Sequence[int]


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure, what it says in words, and the same as a table."""

    name: str
    title: str
    about: str
    height: float
    shapes: Sequence[Shape]
    strokes: Sequence[Stroke]
    labels: Sequence[Label]
    keys: Sequence[tuple[str, str]]  # pattern and words
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    width: int = WIDTH


def round_ticks(most: float, steps: int = 4) -> list[int]:
    """Whole round numbers from 0 to at least `most`: 0, 2, 4, 6 or 0, 50, 100."""
    size = 1
    while size * steps < most:
        for factor in (2, 5, 10):
            if size * factor * steps >= most:
                return _up_to(most, size * factor)
        size *= 10
    return _up_to(most, size)


def number(count: float) -> str:
    """As the language of the page writes it."""
    return str(format_decimal(count))


def _up_to(most: float, step: int) -> list[int]:
    return [at * step for at in range(max(1, -int(-most // step)) + 1)]

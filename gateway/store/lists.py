"""Lists of fixed lengths in queries, so that a database sees few texts and plans each once.

A list that grows and shrinks makes another statement of every length, compiled and planned anew.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam

_LENGTHS = (16, 40, 96, 224, 512)


def length_for(values: Sequence[Any]) -> int:
    """The shortest of a few lengths that holds them; ValueError when there are none or too many."""
    if not values:
        raise ValueError("a list of a query needs a value")
    return next(length for length in _LENGTHS if length >= len(values))


def is_one_of(column: ColumnElement[Any], name: str, length: int) -> ColumnElement[bool]:
    """`column IN (…)` with so many parameters."""
    return column.in_([bindparam(f"{name}_{at}", type_=column.type) for at in range(length)])


def filled(name: str, values: Sequence[Any], length: int) -> dict[str, Any]:
    """The parameters of `is_one_of`; what is left over repeats the last value."""
    padded = [*values, *[values[-1]] * (length - len(values))]
    return {f"{name}_{at}": value for at, value in enumerate(padded)}

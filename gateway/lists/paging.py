"""One page of a long list."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sqlalchemy import Select
from sqlalchemy.orm import Session

Row = TypeVar("Row")
SIZE = 50
_LAST = 10_000  # nobody turns so many pages; a database that counts up to them suffers


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Rows `number` counts from 1; `more` says whether another page follows."""

    rows: Sequence[Row]
    number: int = 1
    more: bool = False


def read_page(
    session: Session, query: Select[*tuple[Any, ...]], number: int, size: int = SIZE
) -> Page[Any]:
    """The rows of one page, and whether there are more, in one query."""
    number = page_within(number)
    rows = session.execute(query.offset((number - 1) * size).limit(size + 1)).all()
    return Page(rows[:size], number, len(rows) > size)


def page_within(number: int) -> int:
    """The number of a page that may be turned to."""
    return min(max(number, 1), _LAST)

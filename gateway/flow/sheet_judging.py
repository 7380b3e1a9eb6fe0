"""Judges one row of a sign-up sheet: a person who can be signed up, or what is wrong with it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from gateway.flow.sheet_rows import COLUMNS, Line
from gateway.runtime import Runtime
from gateway.store.tables import Place
from gateway.terms.phones import normalise
from gateway.terms.refusals import Refused
from gateway.understanding.folding import fold

_YES = frozenset(
    fold(word) for word in ("yes", "y", "1", "true", "x", "oui", "o", "ndiyo", "ndio", "نعم", "أجل")
)
_NO = frozenset(fold(word) for word in ("", "no", "n", "0", "false", "non", "hapana", "la", "لا"))
_DATE = re.compile(r"(\d{4})-(\d\d?)-(\d\d?)|(\d\d?)[./](\d\d?)[./](\d{4})")
_ROUNDED = re.compile(r"\d[.,]?\d*e\+?\d+", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that is left out: where, why, and what to do; `shown` has no readable number."""

    row: int
    column: str
    kind: str
    shown: str
    why: Refused


@dataclass(frozen=True, slots=True, repr=False)  # an error must not spell out numbers
class SignUp:
    """A row that can be taken."""

    row: int
    phone: str
    place: Place
    language: str | None
    focal_point: bool
    agreed_at: datetime


@dataclass(frozen=True, slots=True)
class Written:
    """A place as the sheet writes it, and which places that may mean."""

    words: str
    rows: int
    places: Sequence[Place]
    chosen: Place | None


class Judge:
    """One row after another; remembers which numbers it has met."""

    def __init__(self, runtime: Runtime, places: Mapping[str, Written], now: datetime) -> None:
        self.runtime, self.places, self.now = runtime, places, now
        self.met: dict[str, int] = {}

    def of(self, line: Line) -> SignUp | Fault:
        """A sign-up, or the first thing that is wrong with the row."""
        if line.fault is not None:
            return Fault(line.row, "", "bad", "", line.fault)
        cells = {column: line.cells.get(column, "") for column in COLUMNS}
        column = "phone"
        try:
            phone = self._phone(cells["phone"])
            column = "place"
            place = self._place(cells["place"])
            column = "language"
            language = self._language(cells["language"])
            column = "focal_point"
            focal_point = _yes(cells["focal_point"])
            column = "consent"
            agreed_at = self._agreed_at(line)
        except Refused as why:
            shown = masked(cells["phone"][:32])
            return Fault(line.row, column, "bad", shown, why)
        first = self.met.setdefault(phone, line.row)
        if first != line.row:
            again = Refused("The same number stands in row %(row)s already.", row=first)
            return Fault(line.row, "phone", "repeated", masked(phone), again)
        return SignUp(line.row, phone, place, language, focal_point, agreed_at)

    def _phone(self, cell: str) -> str:
        cell = cell.strip("'=\"\u200e\u200f\u202a\u202c ")  # how spreadsheets keep a number as text
        if not cell:
            raise Refused("There is no phone number. Ask the person for it.")
        if _ROUNDED.fullmatch(cell):
            raise Refused(
                "The spreadsheet has rounded this number, its last digits are lost. Set the column "
                "to text and type the number again."
            )
        phone = normalise(cell, self.runtime.settings.country)
        if phone is None:
            raise Refused("This is no phone number. Compare it with the paper.")
        return phone

    def _place(self, cell: str) -> Place:
        if not cell:
            raise Refused("There is no place: nobody can be warned without one.")
        written = self.places[cell]
        if written.chosen is not None:
            return written.chosen
        if written.places:
            raise Refused(
                "“%(name)s” may be %(count)s places. Choose the one that is meant above.",
                name=cell, count=len(written.places),
            )  # fmt: skip
        raise Refused(
            "No village or town is called “%(name)s”. Correct it, or add the place first.",
            name=cell,
        )

    def _language(self, cell: str) -> str | None:
        if not cell:
            return None
        language = self.runtime.keywords.language(cell)
        if language is None:
            raise Refused(
                "“%(name)s” is no language of this gateway. It speaks: %(known)s.",
                name=cell[:40], known=", ".join(self.runtime.settings.languages),
            )  # fmt: skip
        return language

    def _agreed_at(self, line: Line) -> datetime:
        """The day that the sheet notes, else now; a column that says no, or nothing, is no yes."""
        if "consent" not in line.cells:
            return self.now
        cell = line.cells["consent"]
        if fold(cell) in _NO:
            raise Refused("Nobody noted that this person agreed. Ask them, then note when and how.")
        found = _DATE.search(cell)
        if found is None:
            return self.now
        numbers = [int(part) for part in found.groups() if part]
        year, month, day = numbers if found[1] else reversed(numbers)
        try:
            local = datetime.combine(date(year, month, day), time(12), self.runtime.zone)
        except ValueError:
            raise Refused("There is no such day. Write it as year-month-day.") from None
        if local > self.now + timedelta(days=1):
            raise Refused("This day has not come yet. Write it as year-month-day.")
        return min(local.astimezone(UTC), self.now)


def masked(phone: str) -> str:
    """ "+2547••••••01": enough to find the row on paper."""
    if any(letter.isalpha() for letter in phone):
        return "…"
    begin = 5 if phone.startswith("+") else 2
    hidden = max(len(phone) - begin - 2, 0)
    return f"{phone[:begin]}{'•' * min(hidden, 12)}{phone[-2:] if hidden else ''}"


def _yes(cell: str) -> bool:
    word = fold(cell)
    if word not in _YES and word not in _NO:
        raise Refused("“%(cell)s” is neither yes nor no.", cell=cell[:40])
    return word in _YES

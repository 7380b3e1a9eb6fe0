"""Checks a sign-up sheet row by row before anybody is signed up by it: the dry run."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow.naming import entries_named
from gateway.flow.sheet_rows import COLUMNS, Line, Sheet, read
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import Place, Subscriber, User
from gateway.subscribers import consent
from gateway.terms.phones import normalise
from gateway.terms.refusals import Refused
from gateway.understanding.entries import AREAS
from gateway.understanding.folding import fold

LEFT_OUT = ("bad", "repeated", "member", "stopped", "blocked")
_MOST_NAMES = 300  # of places in one sheet
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


@dataclass(frozen=True, slots=True)
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


@dataclass
class Checked:
    """What the sheet would do; `fingerprint` says which sheet was looked at."""

    sheet: Sheet
    fingerprint: str
    places: Sequence[Written] = ()
    good: list[SignUp] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    @property
    def left_out(self) -> Counter[str]:
        """How many rows are left out, by kind."""
        return Counter(fault.kind for fault in self.faults)


def check(
    runtime: Runtime, session: Session, text: str, choices: Mapping[int, int], now: datetime
) -> Checked:
    """Every row judged; `choices` has the id of the place that an unclear name means, by number.

    Nothing is written. Raises Refused where the sheet as a whole cannot be read.
    """
    sheet = read(text)
    fingerprint = runtime.keys.index.of(f"sheet:{sheet.text}")
    checked = Checked(sheet, fingerprint, _places(runtime, session, sheet, choices))
    reader = _Rows(runtime, {place.words: place for place in checked.places}, now)
    found = [reader.judge(line) for line in sheet.lines]
    checked.faults = [one for one in found if isinstance(one, Fault)]
    signups = [one for one in found if isinstance(one, SignUp)]
    known = _known(runtime, session, [one.phone for one in signups])
    for one in signups:
        reason = known.get(one.phone)
        if reason is None:
            checked.good.append(one)
        else:
            checked.faults.append(Fault(one.row, "phone", reason, masked(one.phone), _WHY[reason]))
    checked.faults.sort(key=lambda fault: fault.row)
    return checked


def note_check(session: Session, checked: Checked, by: User, now: datetime) -> None:
    """Audits that somebody looked: a dry run tells which numbers are members."""
    facts = {"rows": len(checked.sheet.lines), "good": len(checked.good), **checked.left_out}
    subject = f"sheet {checked.fingerprint[:12]}"
    record(session, who=by.name, act="sheet.checked", subject=subject, now=now, facts=facts)


def masked(phone: str) -> str:
    """ "+2547••••••01": enough to find the row on paper."""
    if any(letter.isalpha() for letter in phone):
        return "…"
    begin = 5 if phone.startswith("+") else 2
    hidden = max(len(phone) - begin - 2, 0)
    return f"{phone[:begin]}{'•' * min(hidden, 12)}{phone[-2:] if hidden else ''}"


def left_out_as(state: str, stands: bool) -> str | None:
    """Why a sheet does not sign up somebody who is known; None if it does."""
    if state == "blocked":
        return "blocked"
    if state == "stopped" or stands:
        return "stopped"
    return "member" if state == "subscribed" else None


_WHY = {
    "member": Refused("Subscribed already: nothing changes for this person."),
    "stopped": Refused(
        "This person said STOP. No sheet takes that back: they must send START themselves."
    ),
    "blocked": Refused("A coordinator blocked this person: a sheet does not lift that."),
}


def _known(runtime: Runtime, session: Session, phones: Sequence[str]) -> dict[str, str]:
    """Numbers that are left out for what we know of them, and why."""
    by_index = {runtime.keys.index.of(phone): phone for phone in phones}
    rows = session.execute(
        select(Subscriber.id, Subscriber.phone_index, Subscriber.state).where(
            Subscriber.phone_index.in_(by_index)
        )
    ).all()
    standing = consent.standing(session, [row.id for row in rows])
    found = {
        by_index[row.phone_index or ""]: left_out_as(row.state, row.id in standing) for row in rows
    }
    return {phone: reason for phone, reason in found.items() if reason is not None}


def _places(
    runtime: Runtime, session: Session, sheet: Sheet, choices: Mapping[int, int]
) -> list[Written]:
    """Each name once, in the order of its first row, which is its number in `choices`."""
    rows = Counter(words for line in sheet.lines if (words := line.cells.get("place", "")))
    if len(rows) > _MOST_NAMES:
        raise Refused(
            "This sheet names %(count)s different places; %(most)s at a time are the most. "
            "Split it in parts.", count=len(rows), most=_MOST_NAMES,
        )  # fmt: skip
    gazetteer = runtime.gazetteer(session)
    meant = {
        words: [
            entry.id
            for entry in entries_named(runtime, gazetteer, words)
            if entry.kind not in AREAS
        ]
        for words in rows
    }
    ids = {place_id for some in meant.values() for place_id in some}
    known = {place.id: place for place in session.scalars(select(Place).where(Place.id.in_(ids)))}
    found = []
    for number, (words, count) in enumerate(rows.items()):
        places = [known[place_id] for place_id in meant[words] if place_id in known]
        ticked = [place for place in places if place.id == choices.get(number)]
        chosen = (ticked or places)[0] if ticked or len(places) == 1 else None
        found.append(Written(words, count, places, chosen))
    return found


class _Rows:
    """Judges one row after another; remembers which numbers it has met."""

    def __init__(self, runtime: Runtime, places: Mapping[str, Written], now: datetime) -> None:
        self.runtime, self.places, self.now = runtime, places, now
        self.met: dict[str, int] = {}

    def judge(self, line: Line) -> SignUp | Fault:
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


def _yes(cell: str) -> bool:
    word = fold(cell)
    if word not in _YES and word not in _NO:
        raise Refused("“%(cell)s” is neither yes nor no.", cell=cell[:40])
    return word in _YES

"""Checks a sign-up sheet row by row before anybody is signed up by it: the dry run."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow.naming import entries_named
from gateway.flow.sheet_judging import Fault, Judge, SignUp, Written, masked
from gateway.flow.sheet_rows import Sheet, read
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import Place, Subscriber, User
from gateway.subscribers import consent
from gateway.terms.refusals import Refused
from gateway.understanding.entries import AREAS

_MOST_NAMES = 300  # of places in one sheet


@dataclass(repr=False)
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
    judge = Judge(runtime, {place.words: place for place in checked.places}, now)
    found = [judge.of(line) for line in sheet.lines]
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

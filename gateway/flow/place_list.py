"""Reads the file of a list of places; the database is not touched, so nobody waits for it."""

import re
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from gateway.flow.unpacking import text_of
from gateway.terms.refusals import Refused
from gateway.understanding.entries import Entry
from gateway.understanding.sources import BadRow, NotAList, Outline, Skipped, read_list

_LIST_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_OF_A_COUNTRY = re.compile(r"of ([A-Z]{2})")


@dataclass
class PlaceList:
    """A list as read from its file: places by the list's own ids, and what was not taken."""

    file: str
    source: str
    country: str
    entries: dict[str, Entry] = field(default_factory=dict)
    bad: list[BadRow] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    outlines: list[Outline] = field(default_factory=list)  # each of a known level

    def take(self, entry: Entry) -> None:
        """Keeps the place; a second one under the same id is a bad row unless it says the same."""
        key = entry.source_id or f"{entry.name}@{entry.lat:.4f},{entry.lon:.4f}"
        first = self.entries.setdefault(key, entry)
        if first is entry:
            return
        if replace(entry, id=first.id) == first:
            self.skipped["said twice"] += 1
        else:
            reason = f"its id {key!r} stood before, for {first.name} (row {first.id})"
            self.bad.append(BadRow(entry.id, f"row {entry.id}: {reason}"))


def read_file(
    path: Path, country: str, format: str, *, name: str = "", level: int | None = None
) -> PlaceList:
    """Reads a list without touching the database. Refuses what is no such list.

    `name` tells several lists of one format apart; `level` is that of all its outlines, else
    those are kept as borders whose properties tell it.
    """
    if name and not _LIST_NAME.fullmatch(name):
        raise Refused(
            "a list's name has small letters, digits and hyphens, not %(name)s.", name=f"{name!r}"
        )
    places = PlaceList(path.name, f"{format}/{name}" if name else format, country)
    try:
        for found in read_list(text_of(path), format, country):
            if isinstance(found, BadRow):
                places.bad.append(found)
            elif isinstance(found, Skipped):
                places.skipped[found.why] += 1
            elif isinstance(found, Outline):
                places.outlines += _levelled(found, level)
            else:
                places.take(found)
    except NotAList as wrong:
        raise Refused("%(name)s %(wrong)s.", name=path.name, wrong=_joined(str(wrong))) from None
    if level is not None and not places.outlines:
        raise Refused(
            "%(name)s holds no outline that could be read%(first_reason)s.",
            name=path.name,
            first_reason=_first_reason(places),
        )
    if not places.entries and not places.outlines:
        raise Refused(
            "%(name)s holds no place that could be read%(first_reason)s.",
            name=path.name,
            first_reason=_first_reason(places),
        )
    return places


def entries_of(path: Path, format: str, country: str = "") -> list[Entry]:
    """The readable places of a list, for use without a database."""
    found = read_list(text_of(path), format, country)
    return [entry for entry in found if isinstance(entry, Entry)]


def _levelled(outline: Outline, level: int | None) -> list[Outline]:
    own = outline.level if level is None else level
    return [] if own is None else [replace(outline, level=own)]


def _joined(reason: str) -> str:
    """After the file's name a line is told as ", line 7: …", all else follows as it is."""
    return reason if not reason.startswith("line ") else f"cannot be read: {reason}"


def _first_reason(places: PlaceList) -> str:
    if places.bad:
        return f"; {places.bad[0].reason}"
    others = sorted(found[1] for why in places.skipped if (found := _OF_A_COUNTRY.fullmatch(why)))
    if others:
        shown = ", ".join(others[:5])
        return f": its places are of {shown}, not of {places.country}. Is --country right?"
    left_out = ", ".join(f"{count} {why}" for why, count in places.skipped.most_common(3))
    return f": all rows were left out ({left_out})" if left_out else ""

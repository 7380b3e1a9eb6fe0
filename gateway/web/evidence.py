"""The text of a report with the words marked that made it be read so, and what they mean."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask_babel import gettext
from markupsafe import Markup, escape

from gateway.lists.reports import ReportRow
from gateway.understanding.evidence import Sign, signs
from gateway.web.context import runtime
from gateway.web.formats import hazard, number_spans
from gateway.web.speech import N_, current, spoken

_SHORT, _CUT = 600, 300  # letters that are shown at once, and what is shown of more
_MOST_GLOSSES = 12
_LONGEST_WORDS = 60
# As the reasons of a report quote the name that was read as its place.
_QUOTED = re.compile(r"^place [^:]*: .*?'([^']+)'")
_MEANINGS = {
    "killed": N_("killed"), "injured": N_("injured"), "abducted": N_("abducted"),
    "missing": N_("missing"), "displaced": N_("displaced"), "now": N_("now"),
    "today": N_("today"), "this morning": N_("this morning"),
    "this afternoon": N_("this afternoon"), "this evening": N_("this evening"),
    "tonight": N_("tonight"), "last night": N_("last night"), "yesterday": N_("yesterday"),
    "day before yesterday": N_("the day before yesterday"), "tomorrow": N_("tomorrow"),
    "north": N_("north"), "northeast": N_("north-east"), "east": N_("east"),
    "southeast": N_("south-east"), "south": N_("south"), "southwest": N_("south-west"),
    "west": N_("west"), "northwest": N_("north-west"), "foot": N_("on foot"),
    "horse": N_("on horseback"), "vehicle": N_("by vehicle"), "boat": N_("by boat"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evidence:
    """A text as the page shows it: `brief` is its beginning where it is long, else None.

    `glosses` are words of it and what they mean, for who does not read its language.
    """

    text: Markup
    letters: int
    brief: Markup | None
    glosses: Sequence[tuple[str, str]]


def of(row: ReportRow) -> Evidence:
    """Numbers are hidden, everything is escaped, and no letter is changed besides."""
    text = row.text or ""
    found = signs(text, runtime().lexicon, _places(row))
    pieces = list(_pieces(text, found))
    letters = sum(len(words) for words, _ in pieces)
    brief = _marked(_beginning(pieces, _CUT)) + "…" if letters > _SHORT else None
    foreign = row.report.language != current()
    return Evidence(_marked(pieces), letters, brief, _glosses(text, found) if foreign else ())


def meaning(sign: Sign) -> str:
    """What a sign says, in the language of the page."""
    if sign.kind == "denied":
        return str(gettext("%(hazard)s: the text says no", hazard=hazard(sign.means)))
    if sign.kind == "place":
        return str(gettext("place: %(name)s", name=sign.means))
    if sign.kind == "untrue":
        return str(gettext("the text says that it is not true"))
    return hazard(sign.means) if sign.kind == "hazard" else spoken(_MEANINGS[sign.means])


_Piece = tuple[str, Sign | None]


def _places(row: ReportRow) -> list[str]:
    quoted = [found[1] for why in row.why if (found := _QUOTED.match(why))]
    return [*quoted, row.report.place_name or ""]


def _pieces(text: str, found: Sequence[Sign]) -> Iterator[_Piece]:
    """The shown text from left to right; a hidden number takes its mark with it."""
    numbers = number_spans(text)
    hidden = f"[{gettext('number hidden')}]"
    marks: list[tuple[int, int, Sign | None]] = [(start, end, None) for start, end in numbers]
    marks += [
        (sign.start, sign.end, sign)
        for sign in found
        if all(sign.end <= start or end <= sign.start for start, end in numbers)
    ]
    at = 0
    for start, end, sign in sorted(marks, key=lambda mark: mark[0]):
        yield text[at:start], None
        yield (text[start:end] if sign else hidden), sign
        at = end
    yield text[at:], None


def _beginning(pieces: Sequence[_Piece], letters: int) -> Iterator[_Piece]:
    for words, sign in pieces:
        yield words[:letters], sign
        letters -= len(words)
        if letters <= 0:
            return


def _marked(pieces: Sequence[_Piece] | Iterator[_Piece]) -> Markup:
    return Markup("").join(
        Markup('<mark class="sign {}" title="{}">{}</mark>').format(sign.kind, meaning(sign), words)
        if sign
        else escape(words)
        for words, sign in pieces
    )


def _glosses(text: str, found: Sequence[Sign]) -> list[tuple[str, str]]:
    """Not of places, whose names are the same, nor of words of the reader's own language."""
    told: dict[str, str] = {}
    for sign in found:
        words = " ".join(text[sign.start : sign.end].split())
        known = sign.kind == "place" or sign.language == current() or len(words) > _LONGEST_WORDS
        if not known and words.casefold() != meaning(sign).casefold():
            told.setdefault(words.casefold(), meaning(sign))
    return list(told.items())[:_MOST_GLOSSES]

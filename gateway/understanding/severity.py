"""Says how bad what a message tells is, by what it counts and names, apart from what it is."""

from collections.abc import Sequence

from gateway.understanding.lexicon import Lexicon
from gateway.understanding.values import Casualties, Severity

_CUES = {"weapons": 1, "vehicles": 1, "animals": 1, "many": 1, "ongoing": 2}
_HARM = {"killed": 3, "abducted": 2, "injured": 2, "missing": 1, "displaced": 1}
_LARGE_GROUP = 20  # armed people
_LEVELS = ((6, "extreme"), (4, "high"), (2, "medium"), (0, "low"))


def severity(
    words: Sequence[str], lexicon: Lexicon, count: int | None, harmed: Sequence[Casualties]
) -> Severity:
    """The level, and the cues that made it in words for the page."""
    found: dict[str, str] = {}
    for hit in lexicon.whole["severity"].find(words):
        found.setdefault(hit.value, " ".join(words[hit.start : hit.end]))
    points = sum(_CUES[cue] for cue in found)
    cues = [f"{cue}: {said}" for cue, said in found.items()]
    if count is not None and count >= _LARGE_GROUP:
        points += 2
        cues.append(f"{count} armed people")
    for one in harmed:
        points += _HARM[one.state]
        cues.append(f"{one.count} {one.state}" if one.count else one.state)
    level = next(name for least, name in _LEVELS if points >= least)
    return Severity(level, tuple(cues))

"""Tells a closed way by what is closed and what lies on it, whatever name stands between.

"They closed the Witu stage", "barabara ya Loglogo imefungwa", "stones on the road".
"""

from collections.abc import Iterator, Sequence

from gateway.understanding.lexicon import Lexicon
from gateway.understanding.phrasebook import Hit

BLOCKED = 2.0  # as much as a strong phrase
_SHUT = ("closed", "obstacles")
_BEFORE = 4  # words from "closed" to the road
_BEHIND = 6  # words from the road to "closed": the name of where it leads stands between
_UPON = 3  # words between the road and what lies on it


def blocked(words: Sequence[str], hits: Sequence[Hit[str]], lexicon: Lexicon) -> str:
    """Why a way is said to be closed; empty where none is."""
    ways = [hit for hit in hits if hit.value == "ways"]
    if not ways:
        return ""
    return next(_reasons(ways, hits, words, lexicon), "")


def _reasons(
    ways: Sequence[Hit[str]], hits: Sequence[Hit[str]], words: Sequence[str], lexicon: Lexicon
) -> Iterator[str]:
    for hit in hits:
        if hit.value not in _SHUT or lexicon.speech["negators"].ending_at(words, hit.start):
            continue
        closed = hit.value == "closed"
        before, behind = (_BEFORE, _BEHIND) if closed else (_UPON, _UPON)
        for way in ways:
            if 0 <= way.start - hit.end <= before or 0 <= hit.start - way.end <= behind:
                said = " ".join(words[hit.start : hit.end])
                yield f"'{said}' of a road" if closed else f"'{said}' on a road"

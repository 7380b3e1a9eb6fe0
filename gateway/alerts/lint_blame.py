"""Words that turn a warning into a weapon: a group blamed for the deed, a slur said again."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from gateway.alerts.lint_words import Found, Lists, Reading, covered

_NEAR = 5  # words between the name of a people and what it is blamed for
_BESIDE = 2  # the same for a calling: "herders attacked"


@dataclass(frozen=True, slots=True)
class Slur:
    """A word that insults a group; `doubtful` when it is an everyday word too."""

    quote: str
    doubtful: bool


def slurs(reading: Reading, lists: Lists, places: Collection[int]) -> Iterator[Slur]:
    """Slurs that are no part of a place's name; `places` are the words that are."""
    doubtful = covered(lists.books["doubtful"].find(reading.words))
    for hit in lists.books["slurs"].find(reading.words):
        span = set(range(hit.start, hit.end))
        if not span <= set(places):
            yield Slur(reading.quote(hit.start, hit.end), span <= doubtful)


def blamed(reading: Reading, lists: Lists, places: Collection[int]) -> Iterator[str]:
    """Groups that stand beside a deed in one sentence, with what stands between."""
    harm = lists.books["harm"].find(reading.words)
    armed = {hit.end for hit in harm}
    folk = {hit.start for hit in lists.books["folk"].find(reading.words)}
    for key, words in (("peoples", _NEAR), ("callings", _BESIDE)):
        for group in lists.books[key].find(reading.words):
            named = set(range(group.start, group.end)) <= set(places)
            if named and not (
                _right_before(reading, group, folk) or _right_behind(reading, group, armed)
            ):
                continue
            deeds = [deed for deed in harm if _together(reading, group, deed, words)]
            if deeds:
                nearest = min(deeds, key=lambda deed: abs(deed.start - group.start))
                start, end = min(group.start, nearest.start), max(group.end, nearest.end)
                yield reading.quote(start, end)


def _right_before(reading: Reading, group: Found, starts: Collection[int]) -> bool:
    return group.end in starts and not reading.pauses(group.end - 1)


def _right_behind(reading: Reading, group: Found, ends: Collection[int]) -> bool:
    return group.start in ends and not reading.pauses(group.start - 1)


def _together(reading: Reading, group: Found, deed: Found, words: int) -> bool:
    first, then = sorted((group, deed), key=lambda hit: hit.start)
    if then.start - first.end > words or then.start < first.end:
        return False
    return reading.together(first.end - 1, then.start + 1)

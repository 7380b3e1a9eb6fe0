"""Tells hate speech by who is spoken of and what is said of them, not by single words.

"They killed our people" is a report and "cockroaches in my house" a nuisance; "we must kill them
all" and "those people are cockroaches" are not. The reasons name the rule and never the words, so
that no page or log repeats a slur.
"""

from collections.abc import Iterator, Sequence

from gateway.understanding.lexicon import Lexicon
from gateway.understanding.phrasebook import Hit

THREAT = "a message that threatens people"
_CALLED = 4  # words from a group to what it is called
_TOGETHER = 7  # words from a call to its verb and to whom it is about
_STRONG = 2.0
_PLAIN = 1.0


def hateful(words: Sequence[str], lexicon: Lexicon) -> list[tuple[float, str]]:
    """The weight and the reason of every rule that the words fulfil."""
    hits = lexicon.whole["hate"].find(words)
    if not hits:
        return []
    said: dict[str, list[Hit[str]]] = {}
    for hit in hits:
        said.setdefault(hit.value, []).append(hit)
    return list(_rules(said))


def _rules(said: dict[str, list[Hit[str]]]) -> Iterator[tuple[float, str]]:
    groups, calls = said.get("targets", []), said.get("urging", [])
    verbs, whole = said.get("inciting", []), said.get("whole", [])
    if "slurs" in said:
        yield _STRONG, "a slur for a group"
    named = said.get("dehumanising", [])
    if any(_follows(group, name, _CALLED) for group in groups for name in named):
        yield _STRONG, "a dehumanising word for a group"
    doomed = any(
        _follows(name, verb, _CALLED) and any(_follows(verb, every, _CALLED) for every in whole)
        for name in named
        for verb in verbs
    )
    if doomed or (calls and any(_follows(verb, name, _CALLED) for verb in verbs for name in named)):
        yield _STRONG, "a call against people named as less than human"
    for verb in verbs:
        against = any(_follows(verb, group, _CALLED) for group in groups)
        called = any(_follows(call, verb, _TOGETHER) for call in calls)
        everyone = any(_follows(verb, every, _CALLED) for every in whole)
        if against and called and everyone:
            yield _STRONG, "a call for violence against all of a group"
        elif against and (called or everyone):
            yield _PLAIN, "violence called for against a group"
    away = said.get("expelling", [])
    if "media" in said and (away or "threats" in said):
        yield _STRONG, THREAT
    if any(_near(group, hit, _TOGETHER) for group in groups for hit in away):
        yield _STRONG, "a call to drive a group out"


def _follows(first: Hit[str], then: Hit[str], words: int) -> bool:
    return 0 <= then.start - first.end <= words


def _near(a: Hit[str], b: Hit[str], words: int) -> bool:
    return _follows(a, b, words) or _follows(b, a, words)

"""Reads who was harmed: killed, injured, abducted, missing or displaced, and how many."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from gateway.understanding.amounts import Amount, amounts, in_persons
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.phrasebook import Hit
from gateway.understanding.values import Casualties

_BESIDE = 2  # words between families and that they came
_REACH = 4  # words between a number and what happened to so many
_MOST = 10_000  # killed, injured, abducted or missing in one message


def casualties(
    words: Sequence[str], lexicon: Lexicon, denied: Sequence[tuple[int, int]]
) -> tuple[Casualties, ...]:
    """One for each thing done to people, with the highest number told of it or None.

    `denied` are the words that a negation covers.
    """
    hits = [
        hit
        for hit in (*lexicon.whole["casualties"].find(words), *_arrived(words, lexicon))
        if not any(start <= hit.start < end for start, end in denied)
        and not lexicon.speech["negators"].ending_at(words, hit.start)
        and not _attackers_fled(hit, words, lexicon)
    ]
    told: dict[str, tuple[bool, Amount]] = {}
    for hit, victims, amount in _nearest(hits, words, lexicon) if hits else ():
        known = told.get(hit.value)
        if known is None or (victims, amount.number) > (known[0], known[1].number):
            told[hit.value] = victims, amount
    counted = [_counted(state, amount) for state, (_, amount) in told.items()]
    bare = dict.fromkeys(hit.value for hit in hits if hit.value not in told)
    return (*counted, *(Casualties(state, None) for state in bare))


def _arrived(words: Sequence[str], lexicon: Lexicon) -> list[Hit[str]]:
    """That families came or left, which is said of gunmen and of help too."""
    families = lexicon.people["families"].find(words)
    return [
        replace(hit, value="displaced")
        for hit in (lexicon.people["arrived"].find(words) if families else ())
        if any(
            0 <= hit.start - family.end <= _BESIDE or 0 <= family.start - hit.end <= _BESIDE
            for family in families
        )
    ]


def _counted(state: str, amount: Amount) -> Casualties:
    if state == "displaced":
        amount = in_persons(amount)
    elif amount.families:  # of each at least one
        return Casualties(state, amount.number, amount.low, in_persons(amount).high)
    return Casualties(state, amount.number, amount.low, amount.high)


def _nearest(
    hits: Sequence[Hit[str]], words: Sequence[str], lexicon: Lexicon
) -> Iterator[tuple[Hit[str], bool, Amount]]:
    """Each amount with its nearest word of harm, those behind it first ("3 killed").

    In between: whether it counts victims, as far as one can tell, rather than armed people.
    """
    for amount in amounts(words, lexicon):
        armed = _counts_armed(amount, words, lexicon)
        near = [
            (_gap(hit, amount), hit.value, hit)
            for hit in hits
            if (not armed if hit.value == "displaced" else amount.number <= _MOST)
        ]
        reached = sorted((one for one in near if one[0] <= _REACH), key=lambda one: one[:2])
        if reached:
            hit = reached[0][2]
            if hit.value != "displaced" or not _tells_time(amount, words, lexicon):
                yield hit, not armed, amount


def _attackers_fled(hit: Hit[str], words: Sequence[str], lexicon: Lexicon) -> bool:
    return hit.value == "displaced" and bool(lexicon.people["armed"].ending_at(words, hit.start))


def _counts_armed(amount: Amount, words: Sequence[str], lexicon: Lexicon) -> bool:
    book = lexicon.people["armed"]
    behind = amount.end < len(words) and book.at(words, amount.end)
    return bool(behind or book.ending_at(words, amount.start))


def _tells_time(amount: Amount, words: Sequence[str], lexicon: Lexicon) -> bool:
    """ "We fled at 3"."""
    return bool(lexicon.tables["clock"]["at"].ending_at(words, amount.start))


def _gap(hit: Hit[str], amount: Amount) -> float:
    if hit.start >= amount.end:
        return hit.start - amount.end
    return amount.start - hit.end + 0.5 if hit.end <= amount.start else float(_REACH + 1)

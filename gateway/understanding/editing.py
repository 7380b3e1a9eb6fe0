"""Tells light edits of a text from new facts: slips, cuts and moved sentences leave it the same."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from statistics import median

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from gateway.understanding.lexicon import Lexicon
from gateway.understanding.slips import Slips
from gateway.understanding.wording import Wording

_LEAST_SHARED = 0.5  # of the shorter text's words by sound, before they are aligned
# Of the words by the length of the shorter: few words are alike by chance.
_LEAST_ALIKE = ((12, 0.75), (10, 0.82), (0, 0.86))
_SLIP = 0.9  # what a misspelt word counts
_FEWEST_OF_CUT = 10  # words that a cut text keeps at least
_MOST_AROUND = 12  # words around a text that no list has
_TAIL = 2  # words; fewer at the end are an edit like any other
_LONGEST_TAIL = 0.5  # of what is kept, where a whole sentence was left out
_FEW_JOINED, _JOINED_ALIKE, _MANY_JOINED_ALIKE = 3, 85.0, 95.0  # "pick up" and "pickup"
_LONGEST_REPLACED = 12
_NEW_FACT = 3  # words in a row


class Edits:
    """Compares wordings; the lexicon tells which words are facts and which may be names."""

    def __init__(self, lexicon: Lexicon) -> None:
        self._slips = Slips(lexicon)

    def alike(self, one: Wording, other: Wording) -> float | None:
        """The share of words that both have, if they differ in no fact and enough is shared."""
        least = _LEAST_SHARED * min(len(one.sounds), len(other.sounds))
        if len(one.sounds & other.sounds) < least:
            return None
        for short, long in _orders(one, other):
            score = self._aligned(short, long)
            if score >= _least_alike(short, long):
                return round(score, 4)
        return None

    def _aligned(self, short: Wording, long: Wording) -> float:
        """0 where a fact differs."""
        score = self._whole(short, long)
        if score < _least_alike(short, long) and len(short.words) >= _FEWEST_OF_CUT:
            score = self._cut(short, long) or self._wrapped(short, long)
        return score

    def _whole(self, one: Wording, other: Wording) -> float:
        same = 0.0
        for equal, here, there in _steps(one, other):
            worth = len(here) if equal else self._changed(one, here, other, there)
            if worth is None:
                return 0.0
            same += worth
        return 2 * same / (len(one.words) + len(other.words))

    def _cut(self, short: Wording, long: Wording) -> float:
        """How alike the shorter is to the longer's beginning, if it may have been cut there."""
        end = min(len(short.words) + _TAIL + 1, len(long.words))
        equal, here, there = list(_steps(short, _up_to(long, end)))[-1]
        if not equal:
            end = there.start + min(len(here), len(there))
            if end > there.start and _is_clipped(short.words[-1], long.words[end - 1]):
                short, end = _up_to(short, len(short.words) - 1), end - 1
        if end >= len(long.words):
            return 0.0
        if not self._may_be_cut(short, long, end):
            return 0.0
        return self._whole(short, _up_to(long, end))

    def _wrapped(self, short: Wording, long: Wording) -> float:
        """How alike they are if the longer has every word of the shorter, and no fact around them.

        People pass on in words that no list has.
        """
        begin, size = _within(short.words, long.words), len(short.words)
        if begin is None or len(long.words) - size > _MOST_AROUND:
            return 0.0
        before, after = range(begin), range(begin + size, len(long.words))
        around = [*before, *after]
        if any(self._slips.denies([long.words[at] for at in part]) for part in (before, after)):
            return 0.0
        if any(long.words[at] in long.names or self._slips.tells(long, at) for at in around):
            return 0.0
        return max(_least_alike(short, long), 2 * size / (size + len(long.words)))

    def _may_be_cut(self, short: Wording, long: Wording, end: int) -> bool:
        """Inside a sentence, or where an SMS ends, or before a sentence without facts.

        Whoever adds a sentence with a number or a name to a text tells more than it does.
        """
        tail = range(end, len(long.words))
        if self._slips.denies_all(long.words[end:]):
            return False
        if end not in long.breaks or short.full:
            return True
        if len(tail) > _LONGEST_TAIL * end or self._slips.denies(long.words[end:]):
            return False
        return not any(self._slips.is_fact(long, at) for at in tail)

    def _changed(self, one: Wording, here: range, other: Wording, there: range) -> float | None:
        """How many words are the same but for slips; None where a fact is changed."""
        xs, ys = one.words[here.start : here.stop], other.words[there.start : there.stop]
        if _numbers(xs) != _numbers(ys) or self._slips.denies(xs) != self._slips.denies(ys):
            return None
        if xs and ys and _joined(xs, ys):
            return _SLIP * (len(xs) + len(ys)) / 2
        if max(len(xs), len(ys)) > _LONGEST_REPLACED:
            return None
        pairs = list(self._paired(one, here, other, there))
        left_here = [at for at in here if at not in {x for x, _ in pairs}]
        left_there = [at for at in there if at not in {y for _, y in pairs}]
        for x, y in zip(left_here, left_there, strict=False):
            if self._slips.conflict(one, x, other, y):
                return None
        added = [(one, at) for at in left_here[len(left_there) :]]
        added += [(other, at) for at in left_there[len(left_here) :]]
        if self._is_new(added):
            return None
        return sum(1.0 if one.words[x] == other.words[y] else _SLIP for x, y in pairs)

    def _paired(
        self, one: Wording, here: range, other: Wording, there: range
    ) -> Iterator[tuple[int, int]]:
        """Words in order that are slips of one another."""
        next_there = there.start
        for x in here:
            for y in range(next_there, there.stop):
                if self._slips.same(one, x, other, y):
                    yield x, y
                    next_there = y + 1
                    break

    def _is_new(self, added: Sequence[tuple[Wording, int]]) -> bool:
        if any(self._slips.is_name(wording, at) for wording, at in added):
            return True
        return len(added) >= _NEW_FACT and any(
            self._slips.is_fact(wording, at) for wording, at in added
        )


def _orders(one: Wording, other: Wording) -> Iterator[tuple[Wording, Wording]]:
    """The shorter and the longer, as they are and with the sentences of either moved."""
    short, long = sorted((one, other), key=lambda wording: (len(wording.words), wording.words))
    yield short, long
    for moved, still in ((long, short), (short, long)):
        if len(moved.starts) > 1:
            again = _moved(moved, still)
            if again.words != moved.words:
                yield (again, still) if moved is short else (still, again)


def _moved(text: Wording, still: Wording) -> Wording:
    """With its sentences in the order in which the other has their words."""
    where = {word: at for at, word in reversed(list(enumerate(still.words)))}
    begins = sorted(text.starts | {0})
    ends = [*begins[1:], len(text.words)]
    sentences = [range(begin, end) for begin, end in zip(begins, ends, strict=True)]

    def place(sentence: range) -> float:
        known = [where[text.words[at]] for at in sentence if text.words[at] in where]
        return median(known) if known else len(still.words)

    order = [at for sentence in sorted(sentences, key=place) for at in sentence]
    return replace(
        text,
        words=tuple(text.words[at] for at in order),
        starts=frozenset(to for to, at in enumerate(order) if at in text.starts),
        breaks=frozenset(to for to, at in enumerate(order) if at in text.breaks),
    )


def _within(part: Sequence[str], whole: Sequence[str]) -> int | None:
    """Where one run of words begins in another."""
    begins = range(len(whole) - len(part) + 1)
    return next((at for at in begins if whole[at : at + len(part)] == part), None)


def _up_to(text: Wording, end: int) -> Wording:
    return replace(text, words=text.words[:end])


def _steps(one: Wording, other: Wording) -> Iterator[tuple[bool, range, range]]:
    """Words that are equal and words that are not, by turns."""
    steps = Levenshtein.opcodes(one.words, other.words)
    for equal, group in groupby(steps, key=lambda step: step.tag == "equal"):
        same = list(group)
        first, last = same[0], same[-1]
        here = range(first.src_start, last.src_end)
        yield equal, here, range(first.dest_start, last.dest_end)


def _least_alike(one: Wording, other: Wording) -> float:
    fewest = min(len(one.words), len(other.words))
    return next(least for words, least in _LEAST_ALIKE if fewest >= words)


def _is_clipped(part: str, whole: str) -> bool:
    return part != whole and whole.startswith(part)


def _numbers(words: Sequence[str]) -> list[str]:
    return sorted(word for word in words if word[0].isdigit())


def _joined(xs: Sequence[str], ys: Sequence[str]) -> bool:
    """ "Pick up" and "pickup": parted or joined, not one word for another."""
    if len(xs) == len(ys):
        return False
    few = max(len(xs), len(ys)) <= _FEW_JOINED
    least = _JOINED_ALIKE if few else _MANY_JOINED_ALIKE
    return fuzz.ratio("".join(xs), "".join(ys)) >= least

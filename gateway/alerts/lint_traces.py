"""What leads from a warning to a person: names, numbers, addresses, a reporter's own words."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from gateway.alerts.lint_words import Lists, Reading, covered, plain_digits

_DIGITS = 7  # so many make a phone number, in any grouping
_TELLING = 2  # words of a copied run that any warning would not have
_CLOCK = re.compile(r"(?<!\d)\d{1,2}\s?[:hH.]\s?\d{2}(?!\d)(?!\.\d)")
_DATE = re.compile(r"(?<![\d/])\d{1,2}[/.-]\d{1,2}(?:[/.-](?:20)?\d{2})?(?![\d/])")
_GROUPED = re.compile(r"\+?\(?\d[\d\s().\-/\u2010-\u2015]*\d")
_ROUND = re.compile(r"\d{1,3}(?:[ .]\d{3})*[ .]000")
_WITH_LETTER_O = re.compile(r"(?<![^\W\d_])[oO]*\d[\doO]*(?![^\W\d_])")
_LINK = re.compile(
    r"https?://\S+|hxxps?://\S+|\bwww\.\S+|\b[\w.+-]+@[\w-]+\.\w+"
    r"|\b[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|info|app|link|gov|edu|int)\b\S*"
    r"|\b(?:wa|t|fb|bit|goo|tinyurl|youtu)\.(?:me|ly|gl|be|com)/\S*"
    r"|\b[\w-]+\.(?:co|or|go|ac)\.[a-z]{2}\b\S*|\b[\w-]+\.[a-z]{2}/\S+"
    r"|(?<!\w)@\w{3,}",
    re.IGNORECASE,
)


def links(text: str) -> list[str]:
    """Web and mail addresses and handles, as written."""
    return [match[0].rstrip(".,;።،") for match in _LINK.finditer(text)]


def phone_numbers(reading: Reading, lists: Lists, own: Collection[str]) -> Iterator[str]:
    """Numbers of seven digits and more, however grouped, in any digits or spelled out.

    Clock times, dates and round thousands are none; `own` are ours, digits only.
    """
    plain = _WITH_LETTER_O.sub(_with_noughts, plain_digits(reading.raw))
    plain = _DATE.sub(" _ ", _CLOCK.sub(" _ ", _LINK.sub(" _ ", plain)))
    for match in _GROUPED.finditer(plain):
        digits = re.sub(r"\D", "", match[0])
        if len(digits) >= _DIGITS and not _ROUND.fullmatch(match[0]) and not _ours(digits, own):
            yield match[0].strip()
    yield from _spelled(reading, lists, own)


def names(
    reading: Reading,
    lists: Lists,
    places: frozenset[int],
    is_place: Callable[[Sequence[str]], bool],
) -> Iterator[str]:
    """A title and the capitalised word behind it, unless the two or the word are a place.

    `places` are the words that belong to a place's name.
    """
    shouted = sum(map(str.isupper, reading.raw)) > sum(map(str.islower, reading.raw))
    words = reading.words
    for hit in lists.books["titles"].find(words):
        if hit.end >= len(words) or places & {hit.start, hit.end} or _breaks(reading, hit.end - 1):
            continue
        word, written = words[hit.end], reading.piece(hit.end).lstrip("\"'(«“")
        if word in lists.plain or word.isdigit() or not _may_be_name(written):
            continue
        if shouted and written.isupper() and word in lists.common:
            continue
        title = words[hit.start : hit.end]
        called = (words[hit.end : hit.end + length] for length in (1, 2))
        if not any(is_place(name) or is_place((*title, *name)) for name in called):
            yield reading.quote(hit.start, hit.end + 1)


def copied(
    reading: Reading,
    lists: Lists,
    reports: Collection[Sequence[str]],
    ours: Collection[Sequence[str]],
    neutral: Collection[int],
    length: int,
) -> Iterator[str]:
    """Runs of `length` words and more that stand in a report and in no text of ours.

    Of a run, two words must tell more than any warning would: not the hazard, the place (words
    at `neutral`) or a word of position.
    """
    grams = {reading.words[at : at + length]: at for at in range(len(reading.words) - length + 1)}
    theirs = _shared(grams, reports, length)
    theirs -= _shared(dict.fromkeys(theirs, 0), ours, length) if theirs else set()
    starts = [at for at in range(len(reading.words)) if reading.words[at : at + length] in theirs]
    known = covered([*lists.books["position"].find(reading.words)]) | frozenset(neutral)
    for start, end in _runs(starts, length):
        if sum(word not in known for word in range(start, end)) >= _TELLING:
            yield reading.quote(start, end)


def _shared(
    grams: Mapping[tuple[str, ...], int], texts: Collection[Sequence[str]], length: int
) -> set[tuple[str, ...]]:
    return {
        gram
        for text in texts
        for at in range(len(text) - length + 1)
        if (gram := tuple(text[at : at + length])) in grams
    }


def _runs(starts: Sequence[int], length: int) -> Iterator[tuple[int, int]]:
    begin = end = -1
    for start in starts:
        if start > end:
            if begin >= 0:
                yield begin, end
            begin = start
        end = start + length
    if begin >= 0:
        yield begin, end


def _spelled(reading: Reading, lists: Lists, own: Collection[str]) -> Iterator[str]:
    """ "zero seven zero zero …": digits one by one, as words or mixed with figures."""
    run: list[int] = []
    digits = ""
    for at, word in enumerate((*reading.words, "")):
        value = lists.numbers.get(word)
        figure = str(value) if value is not None and 0 <= value <= 9 else ""
        if figure:
            run.append(at)
            digits += figure
            continue
        if len(run) >= _DIGITS and not _ours(digits, own):
            yield reading.quote(run[0], run[-1] + 1)
        run, digits = [], ""


def _with_noughts(written: re.Match[str]) -> str:
    return written[0].replace("o", "0").replace("O", "0")


def _ours(digits: str, own: Collection[str]) -> bool:
    """With or without the prefix of the country."""
    number = digits.lstrip("0")
    return any(one and (number.endswith(one.lstrip("0")) or one.endswith(number)) for one in own)


def _breaks(reading: Reading, word: int) -> bool:
    """An abbreviated title has a full stop of its own: "Mr. Barasa"."""
    title = reading.words[word]
    short = reading.piece(word).endswith(".") and len(title) <= 4 and title[-1] not in "aeiou"
    return reading.pauses(word) and not short


def _may_be_name(written: str) -> bool:
    first = written[:1]
    return first.isupper() or (first.isalpha() and not first.islower())

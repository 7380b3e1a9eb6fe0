"""The parts that a text needs: source, hazard, place, action, time; and its room."""

import re
from collections.abc import Collection, Iterator

from gateway.alerts.lint_words import Lists, Reading, plain_digits

VIOLENT = frozenset(
    {"armed_group", "attack", "abduction", "roadblock", "gender_based_violence", "other"}
)
_NO_NAME = 4  # letters from which a name may have a case ending or a prefix
_ENDING = 3
_LAST_LATIN = 0x024F
_CLOCK = re.compile(
    r"(?<![\d.,:])(?P<hour>[01]?\d|2[0-4])(?:(?P<mark>[:hH.])\s?(?P<minute>[0-5]\d))?"
    r"\s?(?P<half>[aApP]\.?[mM]\b)?(?![\d])"
)
_DATE = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})(?!\d)")
_HOUR_ALONE = re.compile(r"(?<![\w.,:])([01]?\d|2[0-4])\s?[hH](?!\w)")

Time = tuple[int, int]


def names_source(reading: Reading, source: tuple[str, ...]) -> bool:
    """The service's name, or its first letters as one word."""
    words = reading.words
    at = range(len(words) - len(source) + 1)
    if not source or any(words[start : start + len(source)] == source for start in at):
        return True
    short = "".join(word[0] for word in source).upper()
    joined = "".join(source)
    plain = {piece.strip(".,:;!()[]") for piece in reading.pieces}
    return joined in words or (len(short) > 1 and short in plain)


def names_hazard(reading: Reading, lists: Lists, hazard: str) -> bool:
    """A word for it; of what is violent, for any of the violent kinds."""
    kinds = VIOLENT if hazard in VIOLENT else {hazard}
    return any(kind in lists.told and lists.told[kind].find(reading.words) for kind in kinds)


def names_place(reading: Reading, lists: Lists, names: Collection[tuple[str, ...]]) -> bool:
    """One of the names, bent as languages bend it; in another script, a word after "Place:"."""
    for name in names:
        at = range(len(reading.words) - len(name) + 1)
        if any(_fits(reading.words[start : start + len(name)], name) for start in at):
            return True
    if not any(ord(letter) > _LAST_LATIN for letter in reading.raw if letter.isalpha()):
        return False
    labels = lists.books["labels"].find(reading.words)
    return any(
        label.end < len(reading.words) and not reading.words[label.end].isdigit()
        for label in labels
        if reading.piece(label.end - 1).endswith(":")
    )


def times_in(text: str) -> frozenset[Time]:
    """Clock times as (hour, minute): 20:30, 20h30, 8.30 pm, 8pm, 20h; in any digits."""
    plain = plain_digits(text)
    found = {(int(match[1]) % 24, 0) for match in _HOUR_ALONE.finditer(plain)}
    for match in _CLOCK.finditer(plain):
        half = (match["half"] or "").lower().replace(".", "")
        dotted = match["mark"] == "." and len(match["hour"]) < 2
        if (match["minute"] is None or dotted) and not half:
            continue
        hour = int(match["hour"])
        hour = hour % 12 + 12 * (half == "pm") if half and hour <= 12 else hour
        found.add((hour % 24, int(match["minute"] or 0)))
    return frozenset(found)


def tells_time(reading: Reading, lists: Lists) -> bool:
    """A clock time, an hour in words ("saa mbili"), or "until tomorrow"."""
    if times_in(reading.raw) or lists.books["times"].find(reading.words):
        return True
    words = reading.words
    beside = (
        words[at]
        for hit in lists.books["hours"].find(words)
        for at in (hit.start - 1, hit.end)
        if 0 <= at < len(words)
    )
    return any(word.isdigit() or word in lists.numbers for word in beside)


def other_time(text: str, expiry: Time, day: str) -> str | None:
    """A time or date in the text where none is the expiry's; `day` is 11/03.

    Hours may be counted to twelve, and from sunrise where people count so.
    """
    hour, minute = expiry
    same = {((hour + shift) % 24, minute) for shift in (0, 6, 12, 18)}
    found = times_in(text)
    if found and not found & same:
        hour, minute = min(found)
        return f"{hour:02}:{minute:02}"
    plain = plain_digits(text)
    days = [(int(one), int(other)) for one, other in _DATE.findall(plain)]
    first, _, second = day.partition("/")
    if days and (int(first), int(second)) not in days:
        return f"{days[0][0]:02}/{days[0][1]:02}"
    return None


def is_careful(reading: Reading, lists: Lists) -> bool:
    """Whether it says that something is reported, possible or not confirmed."""
    return bool(lists.books["cautions"].find(reading.words))


def acts(reading: Reading, lists: Lists, advice: Collection[tuple[str, ...]]) -> Iterator[int]:
    """Where it tells people what to do: a verb of the list, or a whole line of the playbook."""
    for hit in lists.books["actions"].find(reading.words):
        yield hit.start
    for line in advice:
        for start in range(len(reading.words) - len(line) + 1):
            if line and reading.words[start : start + len(line)] == line:
                yield start


def _fits(words: tuple[str, ...], name: tuple[str, ...]) -> bool:
    *rest, last = zip(words, name, strict=True)
    return all(one == other for one, other in rest) and _bent(*last)


def _bent(word: str, name: str) -> bool:
    if word == name:
        return True
    near = len(name) >= _NO_NAME and len(word) <= len(name) + _ENDING
    return near and (word.startswith(name) or word.endswith(name))

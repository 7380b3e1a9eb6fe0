"""Reads from a message when it was, how many armed people, and which way they move."""

from collections.abc import Sequence
from math import atan2, cos, degrees, radians, sin

from gateway.understanding.lexicon import COMPASS, HazardWord, Lexicon
from gateway.understanding.phrasebook import Hit
from gateway.understanding.values import Geotag, Movement

_MOST_PEOPLE = 10_000
_CLOSE = 4  # words between people and the weapons they carry


def when(words: Sequence[str], lexicon: Lexicon) -> str | None:
    """The first time the text names: now, today, yesterday or last night."""
    return next((hit.value for hit in lexicon.whole["when"].find(words)), None)


def count(words: Sequence[str], lexicon: Lexicon, hits: Sequence[Hit[HazardWord]]) -> int | None:
    """How many armed people the text speaks of; numbers of victims are not meant."""
    for at in range(len(words)):
        number, end = _number(words, at, lexicon)
        if number is None or not 0 < number <= _MOST_PEOPLE:
            continue
        if _are_armed(words, at, end, lexicon, hits):
            return number
    return None


def movement(places: Sequence[Geotag], place: Geotag | None, course: int | None) -> Movement | None:
    """From where to where, the bearing worked out from the two or told by a compass word."""
    origin = next((tag for tag in places if tag.role == "from"), None)
    target = next((tag for tag in places if tag.role == "toward"), None)
    if origin is None and target is None and course is None:
        return None
    start = origin or (place if place and place.role != "toward" else None)
    bearing = course
    if start and target and (start.lat, start.lon) != (target.lat, target.lon):
        bearing = _bearing(start, target)
    return Movement(origin.name if origin else None, target.name if target else None, bearing)


def course(words: Sequence[str], lexicon: Lexicon) -> int | None:
    """Degrees of a compass word that a word of going stands before ("heading north")."""
    for hit in lexicon.whole["compass"].find(words):
        for start in (hit.start, hit.start - 1):  # "to the north"
            role = lexicon.roles.ending_at(words, start) if start > 0 else None
            if role and role.value == "toward":
                return COMPASS[hit.value]
    return None


def _number(words: Sequence[str], at: int, lexicon: Lexicon) -> tuple[int | None, int]:
    """A number in digits or words and where it ends: "ishirini na tano" is 25."""
    total = _value(words[at], lexicon)
    if total is None:
        return None, at
    end = at + 1
    while end < len(words):
        step = end + 1 if lexicon.places["joining"].at(words, end) else end
        if step >= len(words) or words[step] not in lexicon.numbers:
            break
        value = lexicon.numbers[words[step]]
        if value == 100 and total < 10:
            total *= value
        elif value < 10 <= total and total % 10 == 0:
            total += value
        else:
            break
        end = step + 1
    return total, end


def _value(word: str, lexicon: Lexicon) -> int | None:
    if word.isdigit():
        return int(word) if len(word) <= 5 else None
    return lexicon.numbers.get(word)


def _are_armed(
    words: Sequence[str], at: int, end: int, lexicon: Lexicon, hits: Sequence[Hit[HazardWord]]
) -> bool:
    people = lexicon.people
    if end < len(words) and people["units"].at(words, end):
        return False
    behind = end < len(words) and (people["armed"].at(words, end) or people["any"].at(words, end))
    after = behind[0] if behind else None
    before = people["armed"].ending_at(words, at) or people["any"].ending_at(words, at)
    who = after or before
    if who is None:
        return False
    begin, stop = min(at, who.start), max(end, who.end)
    if any(people["harmed"].at(words, i) for i in range(stop, min(len(words), stop + 3))):
        return False
    if who.value == "armed":
        return True
    return any(
        hit.value.hazard == "armed_group" and hit.start < stop + _CLOSE and hit.end > begin - _CLOSE
        for hit in hits
    )


def _bearing(a: Geotag, b: Geotag) -> int:
    """Initial great-circle bearing in whole degrees from north (forward azimuth on a sphere)."""
    lat_a, lat_b, east = radians(a.lat), radians(b.lat), radians(b.lon - a.lon)
    y = sin(east) * cos(lat_b)
    x = cos(lat_a) * sin(lat_b) - sin(lat_a) * cos(lat_b) * cos(east)
    return round(degrees(atan2(y, x))) % 360

"""Reads from a message when it happened, as a span between two moments."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from gateway.understanding.clock import Clock, read_clock
from gateway.understanding.folding import Token
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.phrasebook import Hit
from gateway.understanding.quantities import read_number
from gateway.understanding.values import TimeSpan

_DATE = re.compile(r"(?<![\w.:/-])(\d{1,2})[/.-](\d{1,2})(?:[/.-](20\d\d|\d\d))?(?![\w:/-])")
# How long the parts of a day are, in hours from its midnight; a night ends the next morning.
_PARTS = {
    "morning": (4, 12),
    "afternoon": (12, 18),
    "evening": (16, 23),
    "night": (18, 30),
}
_PART_OF_DAY = {
    "this morning": "morning",
    "this afternoon": "afternoon",
    "this evening": "evening",
    "tonight": "night",
    "last night": "night",
}
_DAYS_BACK = {"last night": 1, "yesterday": 1, "day before yesterday": 2, "tomorrow": -1}
_UNIT = {
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
    "days": timedelta(days=1),
    "weeks": timedelta(weeks=1),
}
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_JUST_NOW = timedelta(minutes=30)
_CLOCK_SLACK = timedelta(minutes=30)  # people round what the clock says
_LEAST_SLACK = timedelta(minutes=10)
_AGO_SLACK = 0.5  # of the time said
_LONGEST_AGO = timedelta(days=400)
_SOON = timedelta(minutes=15)  # phones' clocks and the gateway's differ
_DAY = timedelta(days=1)
_REACH = 4  # words between "ago" and what it counts
_ARTICLE = 1  # word between them: "il y a une heure"
_ABBREVIATED = 2  # letters
_HOURS = 24
_NIGHT_ENDS = 7  # of the clock: until then "this night" is the one that ends


def read_time(
    text: str,
    tokens: Sequence[Token],
    lexicon: Lexicon,
    received_at: datetime | None,
    zone: tzinfo = UTC,
) -> TimeSpan | None:
    """The first time the text names; without `received_at` only its words are known."""
    words = [token.word for token in tokens]
    told = list(_told(text, words, lexicon, received_at, zone))
    if not told:
        return None
    said, begin, end = told[0]
    if begin is None or end is None:
        return TimeSpan(said, None, None)
    return TimeSpan(said, begin.astimezone(zone), end.astimezone(zone))


_Told = tuple[str, datetime | None, datetime | None]


def _told(
    text: str, words: Sequence[str], lexicon: Lexicon, received_at: datetime | None, zone: tzinfo
) -> Iterator[_Told]:
    """Readings of the time, the most exact first."""
    ago = _ago(words, lexicon) or _last_week(words, lexicon)
    if ago:
        yield _span_ago(*ago, received_at)
    today = received_at.astimezone(zone).date() if received_at else None
    day, part = _day(text, words, lexicon, today), _part(words, lexicon)
    clock = read_clock(text, words, lexicon)
    if clock:
        yield _span_of_clock(clock, day, part, received_at, zone)
    if day or part:
        yield _span_of_day(day, part, received_at, zone)
    now = next((hit for hit in lexicon.whole["when"].find(words) if hit.value == "now"), None)
    if now:
        begin = received_at - _JUST_NOW if received_at else None
        yield " ".join(words[now.start : now.end]), begin, received_at


def _ago(words: Sequence[str], lexicon: Lexicon) -> tuple[str, timedelta] | None:
    """ "2 hours ago", "il y a une heure", "dakika kumi zilizopita"."""
    tables = lexicon.tables["ago"]
    for hit in tables["ago"].find(words):
        first, last = max(0, hit.start - _REACH), min(len(words), hit.end + _REACH)
        for name, unit in _UNIT.items():
            for said in tables[name].find(words[first:last]):
                begin, end = said.start + first, said.end + first
                count, begin, end = _counted(words, begin, end, lexicon)
                apart = max(begin - hit.end, hit.start - end)
                if apart <= _ARTICLE and count != 0:
                    begin, end = min(begin, hit.start), max(end, hit.end)
                    return " ".join(words[begin:end]), unit * (1 if count is None else count)
    return None


def _last_week(words: Sequence[str], lexicon: Lexicon) -> tuple[str, timedelta] | None:
    for hit in lexicon.tables["ago"]["weeks"].find(words):
        before = lexicon.tables["weekdays"]["last"].ending_at(words, hit.start)
        after = (
            lexicon.tables["weekdays"]["last"].at(words, hit.end) if hit.end < len(words) else ()
        )
        if before or after:
            begin, end = (before.start if before else hit.start), hit.end + bool(after)
            return " ".join(words[begin:end]), _UNIT["weeks"]
    return None


def _counted(
    words: Sequence[str], start: int, end: int, lexicon: Lexicon
) -> tuple[int | None, int, int]:
    """The number before or after a unit, and where number and unit begin and end."""
    for at in range(max(0, start - 3), start):
        number, stop = read_number(words, at, lexicon)
        if number is not None and stop == start:
            return number, at, end
    if end < len(words):
        number, stop = read_number(words, end, lexicon)
        if number is not None:
            return number, start, stop
    return None, start, end


def _span_ago(said: str, ago: timedelta, received_at: datetime | None) -> _Told:
    if received_at is None or ago > _LONGEST_AGO:
        return said, None, None
    slack = max(_LEAST_SLACK, ago * _AGO_SLACK)
    return said, received_at - ago - slack, min(received_at, received_at - ago + slack)


@dataclass(frozen=True, slots=True)
class _Day:
    """A day as said; `date` is None where the moment of receipt is unknown."""

    text: str
    date: date | None
    part: str  # of the day, where the same words say it


def _day(text: str, words: Sequence[str], lexicon: Lexicon, today: date | None) -> _Day | None:
    for hit in lexicon.whole["when"].find(words):
        if hit.value != "now":
            said = " ".join(words[hit.start : hit.end])
            back = _DAYS_BACK.get(hit.value, 0)
            on = today - timedelta(days=back) if today else None
            return _Day(said, on, _PART_OF_DAY.get(hit.value, ""))
    return _weekday(words, lexicon, today) or _date(text, today)


def _weekday(words: Sequence[str], lexicon: Lexicon, today: date | None) -> _Day | None:
    for hit in lexicon.whole["weekdays"].find(words):
        if hit.value not in _WEEKDAYS:
            continue
        said = " ".join(words[hit.start : hit.end])
        if today is None:
            return _Day(said, None, "")
        back = (today.weekday() - _WEEKDAYS.index(hit.value)) % 7
        book = lexicon.tables["weekdays"]
        beside = {
            key
            for key in ("last", "next", "until")
            if book[key].ending_at(words, hit.start)
            or (hit.end < len(words) and book[key].at(words, hit.end))
        }
        if "until" in beside:
            continue  # a deadline: it says nothing of when this happened
        if "next" in beside:
            back = back - 7 if back else -7
        elif "last" in beside and back == 0:
            back = 7
        return _Day(said, today - timedelta(days=back), "")
    return None


def _date(text: str, today: date | None) -> _Day | None:
    """ "12/3" or "12.03.2026": the day first, as all our countries write it."""
    for match in _DATE.finditer(text):
        if today is None:
            return None
        year = int(match[3]) if match[3] else today.year
        try:
            found = date(year + 2000 if year < 100 else year, int(match[2]), int(match[1]))
        except ValueError:
            continue
        if not match[3] and found > today + _DAY * 30:
            found = found.replace(year=found.year - 1)
        if abs(found - today) < _LONGEST_AGO:
            return _Day(match[0], found, "")
    return None


def _part(words: Sequence[str], lexicon: Lexicon) -> str:
    """The part of a day that the text speaks of."""
    for hit in lexicon.whole["clock"].find(words):
        if hit.value in _PARTS and not _is_no_time(words, hit, lexicon):
            return hit.value
    return ""


def _is_no_time(words: Sequence[str], hit: Hit[str], lexicon: Lexicon) -> bool:
    """ "I am", not "7 am": an abbreviation tells a time only after a number."""
    if hit.end - hit.start > 1 or len(words[hit.start]) > _ABBREVIATED:
        return False
    number, stop = read_number(words, hit.start - 1, lexicon) if hit.start else (None, 0)
    return number is None or stop != hit.start


def _span_of_clock(
    clock: Clock, day: _Day | None, part: str, received_at: datetime | None, zone: tzinfo
) -> _Told:
    """The hour said, on the day said or else the last time that hour has been."""
    said = " ".join(dict.fromkeys(filter(None, (day.text if day else "", clock.text))))
    if received_at is None:
        return said, None, None
    hours = _fitting(clock.hours, part or (day.part if day else ""))
    moments = sorted(
        datetime.combine(on, time(hour, clock.minute), zone)
        for hour in hours
        for on in _dates(hour, day, part, received_at.astimezone(zone).date())
    )
    past = [moment for moment in moments if moment <= received_at + _SOON]
    if day is None or len(past) < len(moments):
        moments = past[-1:] or moments[:1]
    begin, end = moments[0] - _CLOCK_SLACK, moments[-1] + _CLOCK_SLACK
    return said, begin, max(begin, min(end, received_at)) if past else end


def _fitting(hours: Sequence[int], part: str) -> list[int]:
    """The hours that lie in a part of the day, all where none does."""
    first, last = _PARTS.get(part, (0, _HOURS))
    late = last if part != "afternoon" else _HOURS  # "10 pm" is counted to it
    return [h for h in hours if first <= h < late or first <= h + _HOURS < late] or list(hours)


def _dates(hour: int, day: _Day | None, part: str, today: date) -> list[date]:
    if day is None or day.date is None:
        return [today, today - _DAY]
    of_night = "night" in (part, day.part) and hour < _PARTS["night"][1] - _HOURS
    return [day.date + _DAY if of_night else day.date]  # 2 at night is the next day's


def _span_of_day(day: _Day | None, part: str, received_at: datetime | None, zone: tzinfo) -> _Told:
    """A day, or a part of it, up to the moment of receipt where it has begun by then."""
    part = (day.part if day else "") or part
    said = day.text if day else part
    if received_at is None or (day and day.date is None):
        return said, None, None
    today = received_at.astimezone(zone).date()
    on = day.date if day and day.date else today
    first, last = _PARTS.get(part, (0, _HOURS))
    midnight = datetime.combine(on, time(0), zone)
    begin = midnight + timedelta(hours=first)
    night_goes_on = part == "night" and received_at.astimezone(zone).hour < _NIGHT_ENDS
    if begin > received_at and (day is None or (day.date == today and night_goes_on)):
        begin -= _DAY
    end = begin + timedelta(hours=last - first)
    return said, begin, received_at if begin < received_at < end else end

"""Reads a message whole: kind, language, hazard, place, movement, time, number, and why."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, tzinfo
from typing import Any

from gateway.terms.geo import Position
from gateway.understanding.casualties import casualties
from gateway.understanding.folding import Token, tokens
from gateway.understanding.gazetteer import Entry, Gazetteer
from gateway.understanding.geotag import Located, locate
from gateway.understanding.language import detect
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.moving import movement
from gateway.understanding.quantities import armed_count
from gateway.understanding.scoring import Weighed, weigh
from gateway.understanding.severity import severity
from gateway.understanding.times import read_time
from gateway.understanding.values import Geotag, Movement, Reading, TimeSpan

__all__ = ["Geotag", "Movement", "Reading", "as_json", "understand"]

_MOST_CHARACTERS = 1_600  # ten SMS segments; nobody texts more, and an attacker must not slow us
_MOST_WORDS = 300
_FEWEST_WORDS = 3  # of a sentence
_CHAT_REST = 4  # other words that small talk may hold,
_CHAT_MORE = 2  # and so many more for each greeting, thanks or advert
_SMALL = ("chat", "adverts", "prayers")
_GREETED = ("all_quiet",)  # "is it peace with you?" is a greeting in many languages
_MANY_GREETINGS = 2
_FEWEST_GAMES = 2  # "Arsenal killed us, what a match"


def understand(
    text: str,
    *,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    languages: Sequence[str],
    sender_language: str | None = None,
    sender_place: Entry | None = None,
    recent: Sequence[Position] = (),
    received_at: datetime | None = None,
    zone: tzinfo = UTC,
) -> Reading:
    """What a message says. Takes any string, never raises, and looks at 1,600 characters.

    `recent` are the points of open incidents: a name near one of them is the likelier. "Last
    night" is counted from `received_at` by the clocks of `zone`.
    """
    seen = text[:_MOST_CHARACTERS]
    words = tokens(seen, _MOST_WORDS)
    why = ["only the first 1,600 characters or 300 words were read"] * _is_cut(text, words)
    language, sure = detect(seen, languages, sender_language, lexicon)
    why.append(f"language {language}: {sure:.2f} sure")
    found = locate(
        seen, words, gazetteer=gazetteer, lexicon=lexicon, home=sender_place, recent=recent
    )
    names = frozenset(at for start, end in found.spans for at in range(start, end))
    weighed = weigh(words, lexicon, names)
    named = tuple(tag for tag in found.places if tag.found_by != "sender")
    own = lexicon.telling.get(language, frozenset())
    small = _small_talk(words, weighed, bool(named or names), names, own, lexicon)
    if small:
        why.append(small)
        return Reading("chat", language, None, {}, None, (), (), None, None, None, tuple(why))
    when = read_time(seen, words, lexicon, received_at, zone)
    return _report(language, words, weighed, found, when, lexicon, why)


def as_json(reading: Reading) -> dict[str, Any]:
    """The reading in the shape that `gateway read` prints."""
    shape = asdict(reading)
    moved = shape["movement"]
    if moved is not None:
        moved["from"] = moved.pop("from_")
        shape["movement"] = {"from": moved["from"]} | moved
    shape["when"] = _span_json(reading.when)
    shape["place"] = _tag_json(reading.place) if reading.place else None
    shape["places"] = [_tag_json(tag) for tag in reading.places]
    shape["choices"] = [_tag_json(tag) for tag in reading.choices]
    shape["why"] = list(reading.why)
    return shape


def _report(
    language: str,
    words: Sequence[Token],
    weighed: Weighed,
    found: Located,
    when: TimeSpan | None,
    lexicon: Lexicon,
    why: Sequence[str],
) -> Reading:
    plain = [token.word for token in words]
    count = armed_count(plain, lexicon, weighed.hits)
    harmed = casualties(plain, lexicon, weighed.denied)
    unnamed = () if weighed.scores else ("hazard other: no hazard words",)
    return Reading(
        kind="report",
        language=language,
        hazard=next(iter(weighed.scores), "other"),
        hazards=weighed.scores or {"other": 0.1},
        place=found.place,
        places=found.places,
        choices=found.choices,
        movement=movement(plain, lexicon, found.places, found.place),
        when=when,
        count=count,
        why=(*why, *weighed.why, *unnamed, *found.why),
        act=weighed.act,
        casualties=harmed,
        severity=severity(plain, lexicon, count, harmed),
    )


def _is_cut(text: str, words: Sequence[Token]) -> bool:
    return len(text) > _MOST_CHARACTERS or len(words) == _MOST_WORDS


def _tag_json(tag: Geotag) -> dict[str, Any]:
    shape = asdict(tag)
    del shape["place_id"]  # ours alone: it means nothing outside this database
    return shape


def _span_json(span: TimeSpan | None) -> dict[str, str | None] | None:
    if span is None:
        return None
    ends = {"from": span.from_, "to": span.to}
    return {"text": span.text} | {k: end.isoformat() if end else None for k, end in ends.items()}


def _small_talk(
    words: Sequence[Token],
    weighed: Weighed,
    placed: bool,
    names: frozenset[int],
    own: frozenset[str],
    lexicon: Lexicon,
) -> str:
    """Why the message is chat; empty when it is a report.

    `own` are the language's words that carry grammar alone.
    """
    if not words:
        return "chat: no words"
    plain = [token.word for token in words]
    games = lexicon.speech["games"].find(plain)
    if len(games) >= _FEWEST_GAMES and not placed and not weighed.denied:
        return f"chat: '{' '.join(plain[games[0].start : games[0].end])}' tells of a game"
    if any(hazard not in _GREETED for hazard in weighed.scores):
        return ""
    chat = [hit for kind in _SMALL for hit in lexicon.speech[kind].find(plain)]
    used = {at for hit in chat for at in range(hit.start, hit.end)}
    told = {at for hit in weighed.hits for at in range(hit.start, hit.end)} - used
    if told and (placed or len(chat) < _MANY_GREETINGS):
        return ""
    rest = [word for at, word in enumerate(plain) if at not in used | names and word not in own]
    if chat and len(rest) <= _CHAT_REST + _CHAT_MORE * len(chat):
        return f"chat: '{' '.join(plain[chat[0].start : chat[0].end])}', no hazard"
    if not weighed.scores and len(words) < _FEWEST_WORDS and not placed:
        return "chat: too few words, no hazard, no place"
    return ""

"""What an SMS template must keep, whoever rewrites it: fields, commands, length, discretion."""

import re
from collections.abc import Mapping
from itertools import pairwise

from gateway.alerts import lettering, wording
from gateway.inbox import keywords
from gateway.terms.gsm7 import encoding_of, segments
from gateway.terms.refusals import Refused

LONGEST = 600  # letters of a template; the budget of segments is narrower
# The longest that each field gets: with these a text is counted.
_FULL: Mapping[str, str] = {
    "account": "a" * 32, "balance": "1,000,000.00 USD", "service": "s" * 30, "source": "s" * 30,
    "place": "p" * 25, "action": "a" * 95, "until": "u" * 12, "time": "t" * 12,
    "choices": "c" * 80, "languages": "EN, SW, FR", "number": "1234567", "minutes": "1440",
    "people": "1000000", "seconds": "1800", "days": "366", "warning": "1234567",
    "hazard": "h" * 26, "text": "t" * 245, "numbers": "12, 13, 14", "code": "123456",
    "name": "n" * 20, "state_word": "w" * 20, "question": "q" * 110,
}  # fmt: skip
# Answers of people are taught in the letters of their language, orders in capitals.
_TAUGHT_ANYHOW = frozenset({"ask_reply", "ask_again", "ask_which", "ask_quiet"})
_CAPITALS = re.compile(r"\b[A-Z][A-Z']+(?: [A-Z][A-Z']+)*\b")
_NUMBERS = {"number": "17", "code": "123456"}
_NUMBERED = re.compile(r"((?:[^\W\d][\w']*\s){1,3})17\b( 123456)?")
_UNKNOWN = re.compile(r"\b[A-Z]{4,}\b")
_BETRAYING = re.compile(
    "alert|report|gateway|warn|danger|incident|arifa|onyo|hatari|taarifa|alerte|rapport"
)
_BETRAYING_ASKED = re.compile(
    "report|told|said|message|someone|taarifa|wamesema|tumesikia|signal|rapport|dit que|on nous"
    "|بلاغ|قيل|أبلغ|la sheegay|wargelin|ተነግሯል|ሪፖርት|havuzwe|twabwiwe|an ce|rahoto|bayebisi"
)
_DISCREET = frozenset({"ack_neutral", "after_judgement"})
_NO_QUESTION = frozenset(
    {"ask_reply", "ask_again", "ask_which", "ask_quiet", "ask_thanks", "ask_closed"}
    | {"ask_place", "ask_place_which", "ask_hazard"}
)
_PARTS = ("source", "place", "action", "until")  # of a warning, in the order that reads best
_HAZARD_LETTERS = 26


def checked(language: str, name: str, typed: str) -> str:
    """The words as they are kept; raises Refused that says what is wrong."""
    words = " ".join(lettering.without_controls(typed).split())
    if not words:
        raise Refused("The text is empty. To have the shipped one again, press its button.")
    if len(words) > LONGEST:
        raise Refused("The text has %(count)s letters; %(most)s is the most.",
                      count=len(words), most=LONGEST)  # fmt: skip
    odd = lettering.unshowable(words)
    if odd:
        raise Refused("The text holds %(letter)s, which phones do not show.", letter=odd)
    words = lettering.plain(words, language)
    _check_fields(name, words)
    _check_order(name, words)
    _check_length(language, name, words)
    _check_commands(language, name, words)
    _check_discretion(name, words)
    return words


def budget(language: str, name: str) -> int:
    """The SMS that the text may take with the longest values: as many as the shipped one."""
    return segments(full(wording.shipped_words(language, name)))


def full(words: str) -> str:
    """The words with the longest values."""
    return wording.filled(words, _FULL)


def around(words: str) -> dict[str, str]:
    """The longest value of each field of the words, for counting along while somebody types."""
    return {field: _FULL[field] for field in wording.fields_of(words) if field in _FULL}


def _check_fields(name: str, words: str) -> None:
    try:
        found = wording.fields_of(words)
    except ValueError:
        raise Refused("A brace is missing, or there is one too many.") from None
    wanted = wording.shipped_fields(name)
    for field in sorted(wanted - found):
        raise Refused("The field {%(field)s} is missing: it is what changes.", field=field)
    for field in sorted(found - wanted):
        raise Refused("Nothing fills the field {%(field)s}: take it out.", field=field)
    if words.count("{") != sum(words.count(f"{{{field}}}") for field in wanted):
        raise Refused("Between the braces stands the name of the field alone, such as {place}.")


def _check_order(name: str, words: str) -> None:
    if name.startswith("warning_"):
        places = [words.index(f"{{{field}}}") for field in _PARTS]
        if any(before > after for before, after in pairwise(places)) or places[0] != 0:
            raise Refused(
                "A warning says who sends it, then where, what to do, and until when: keep "
                "{source} first, then {place}, {action} and {until}."
            )
    if name == "exercise" and (not words.endswith("{text}") or len(words) < len("{text}") + 6):
        raise Refused("The words for an exercise stand before {text}, and nothing behind it.")
    if name.startswith("hazard_") and len(words) > _HAZARD_LETTERS:
        raise Refused("A hazard is named in at most %(most)s letters.", most=_HAZARD_LETTERS)


def _check_length(language: str, name: str, words: str) -> None:
    text = full(words)
    most, needed = budget(language, name), segments(text)
    if needed > most:
        raise Refused(
            "With long values the text takes %(needed)s SMS in %(encoding)s; %(most)s is the most.",
            needed=needed,
            encoding=encoding_of(text),
            most=most,
        )


def _check_commands(language: str, name: str, words: str) -> None:
    before = _taught(language, name, wording.shipped_words(language, name))
    after = _taught(language, name, words)
    for order, word in before.items():
        if order not in after:
            raise Refused("The text teaches %(word)s: keep that word.", word=word)
    known = keywords.load([language])
    old = set(_UNKNOWN.findall(wording.shipped_words(language, name)))
    for word in _UNKNOWN.findall(_without_fields(words)):
        if word not in old and known.parse(word) is None:
            raise Refused(
                "The gateway does not understand %(word)s: write it in small letters, or people "
                "will text it back.",
                word=word,
            )


def _check_discretion(name: str, words: str) -> None:
    """Whoever holds the phone of somebody who wrote or is asked must not read it."""
    found = None
    if name in _DISCREET:
        found = _BETRAYING.search(words.lower())
    elif name.startswith("ask_") and name not in _NO_QUESTION:
        found = _BETRAYING_ASKED.search(words.lower())
    if found:
        raise Refused("'%(word)s' could betray who reported: say it without.", word=found[0])


def _taught(language: str, name: str, words: str) -> dict[str, str]:
    """What the text teaches people to write, by what it means, as it is written there."""
    known = keywords.load([language])
    found: dict[str, str] = {}
    for before, code in _NUMBERED.findall(wording.filled(words, _NUMBERS)):
        for piece in _endings(before):
            meant = _numbered(known, piece, code)
            if meant:
                found[meant] = piece
                break
    bare = _without_fields(words)
    runs = re.split(r"[.,:]", bare) if name in _TAUGHT_ANYHOW else _CAPITALS.findall(bare)
    for piece in (piece for run in runs for piece in _windows(run)):
        command = known.parse(piece)
        if command is not None and not command.args:
            found[command.name] = piece
    return found


def _numbered(known: keywords.Keywords, piece: str, code: str) -> str:
    for number in ("17", "W17"):
        order = known.parse_order(f"{piece} {number}{code or ' 123456'}")
        if order is not None:
            return f"{order.name}{code}"
    answer = known.parse_answer(f"{piece} 17")
    return f"answer {answer.name}" if answer is not None else ""


def _endings(words: str) -> list[str]:
    """The last word, the last two, the last three."""
    parts = words.split()
    return [" ".join(parts[-count:]) for count in (1, 2, 3) if count <= len(parts)]


def _windows(words: str) -> list[str]:
    parts = [part.strip(";!?()،።") for part in words.split()]
    return [part for part in [*parts, *map(" ".join, pairwise(parts))] if part]


def _without_fields(words: str) -> str:
    return re.sub(r"\{\w*\}", " ", words)

"""Phrases that a deployment adds to what means a hazard, tried out before they count."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.runtime import Runtime
from gateway.store import own_words
from gateway.store.audit import record
from gateway.store.tables import LexiconWord, Message, User
from gateway.terms.refusals import NotFound, Refused
from gateway.understanding.folding import tokens
from gateway.understanding.hazards import UNTOLD
from gateway.understanding.lexicon import Lexicon, enlarged, hazard_phrases
from gateway.understanding.phrasebook import PhraseBook
from gateway.understanding.reading import Reading, understand

LONGEST, MOST_WORDS, LEAST_LETTERS = 60, 6, 3
MESSAGES = 200  # the newest ones, by which it is shown what a phrase would change
_MOST_OWN = 2000
_MOST_TOKENS = 300


@dataclass(frozen=True, slots=True)
class Trial:
    """What a phrase would change: the message that was typed, and hazards of the last messages."""

    before: Reading | None
    after: Reading | None
    looked_at: int
    changes: Mapping[tuple[str, str], int]  # hazard before and after, and how many messages


def add(
    runtime: Runtime,
    session: Session,
    language: str,
    hazard: str,
    phrase: str,
    by: User,
    now: datetime,
) -> None:
    """The phrase counts for messages that are read from now on; those read keep their hazard."""
    phrase = checked(runtime, session, language, hazard, phrase)
    _append(session, language, hazard, phrase, by, now, removed=False)


def remove(session: Session, word_id: int, by: User, now: datetime) -> LexiconWord:
    """It counts no more, and stays on record."""
    word = next((row for row in own_words.words(session) if row.id == word_id), None)
    if word is None or word.removed:
        raise NotFound("This phrase was removed already.")
    _append(session, word.language, word.hazard, word.phrase, by, now, removed=True)
    return word


def checked(runtime: Runtime, session: Session, language: str, hazard: str, typed: str) -> str:
    """The phrase as it is kept; raises Refused that says what is wrong."""
    if language not in runtime.settings.languages:
        raise Refused("The deployment does not have this language.")
    if hazard not in runtime.hazards or hazard in UNTOLD:
        raise Refused("There is no such hazard.")
    phrase = " ".join(typed.lower().split())
    _refuse_odd(phrase)
    folded = _words(phrase)
    telling = runtime.lexicon.telling.get(language, frozenset())
    if len(folded) == 1 and folded[0] in telling:
        raise Refused("Nearly every message has this word: take a longer phrase.")
    if any(h == hazard and _words(p) == folded for h, p, _ in hazard_phrases(language)):
        raise Refused("The shipped list has this phrase already.")
    own = own_words.words(session)
    if len(own) >= _MOST_OWN:
        raise Refused("There are %(most)s phrases; no more fit.", most=_MOST_OWN)
    key = (language, hazard, phrase)
    if any((row.language, row.hazard, row.phrase) == key and not row.removed for row in own):
        raise Refused("This phrase is there already.")
    return phrase


def shipped(language: str) -> dict[str, list[str]]:
    """The phrases that ship, by hazard."""
    found: dict[str, list[str]] = {}
    for hazard, phrase, _ in hazard_phrases(language):
        found.setdefault(hazard, []).append(phrase)
    return found


def try_out(
    runtime: Runtime, session: Session, language: str, hazard: str, phrase: str, message: str
) -> Trial:
    """Reads a message, and the last ones, with the phrase and without; nothing is kept.

    Without a phrase the message is read as it would be now.
    """
    now = runtime.lexicon
    new, book = now, PhraseBook[str](())
    if phrase:
        new = enlarged(now, [(language, hazard, phrase)])
        book = PhraseBook([(phrase, hazard)])
    before = _read(runtime, session, message, now) if message.strip() else None
    after = _read(runtime, session, message, new) if message.strip() and phrase else None
    looked_at, changes = _changes(runtime, session, (now, new), book) if phrase else (0, {})
    return Trial(before, after, looked_at, changes)


def _changes(
    runtime: Runtime, session: Session, lexicons: tuple[Lexicon, Lexicon], book: PhraseBook[str]
) -> tuple[int, Mapping[tuple[str, str], int]]:
    """Only messages that hold the phrase, or a slip of it, can read otherwise."""
    query = select(Message.body).where(Message.body.is_not(None), Message.exercise_id.is_(None))
    bodies = session.scalars(query.order_by(Message.id.desc()).limit(MESSAGES)).all()
    changes: Counter[tuple[str, str]] = Counter()
    for body in bodies:
        words = [lexicons[1].correct(one.word) for one in tokens(body or "", _MOST_TOKENS)]
        if not book.find(words):
            continue
        before, after = (_hazard(_read(runtime, session, body or "", one)) for one in lexicons)
        if before != after:
            changes[before, after] += 1
    return len(bodies), changes


def _read(runtime: Runtime, session: Session, text: str, lexicon: Lexicon) -> Reading:
    return understand(
        text,
        gazetteer=runtime.gazetteer(session),
        lexicon=lexicon,
        languages=runtime.settings.languages,
        zone=runtime.zone,
    )


def _hazard(reading: Reading) -> str:
    return reading.hazard or "chat"


def _refuse_odd(phrase: str) -> None:
    words = phrase.split()
    letters = sum(one.isalpha() for one in phrase)
    if letters < LEAST_LETTERS:
        raise Refused("A phrase has at least %(least)s letters.", least=LEAST_LETTERS)
    if len(phrase) > LONGEST or len(words) > MOST_WORDS:
        raise Refused(
            "A phrase has at most %(most)s words and %(letters)s letters.",
            most=MOST_WORDS,
            letters=LONGEST,
        )
    if any("*" in word.strip("*") for word in words):
        raise Refused("A star stands at the end or at the start of a word.")
    if any(sum(one.isalpha() for one in word) < LEAST_LETTERS for word in words if "*" in word):
        raise Refused("A word with a star has at least %(least)s letters.", least=LEAST_LETTERS)
    try:
        PhraseBook([(phrase, "")])
    except ValueError:
        raise Refused("Each word of a phrase has letters.") from None


def _words(phrase: str) -> Sequence[str]:
    return [one.word for one in tokens(phrase, _MOST_TOKENS)]


def _append(
    session: Session,
    language: str,
    hazard: str,
    phrase: str,
    by: User,
    now: datetime,
    *,
    removed: bool,
) -> None:
    row = LexiconWord(
        language=language, hazard=hazard, phrase=phrase, removed=removed, who=by.name, at=now
    )
    session.add(row)
    session.flush()
    act = "word.remove" if removed else "word.add"
    facts: Mapping[str, Collection[str] | int] = {"language": language, "hazard": hazard}
    record(session, who=by.name, act=act, subject=f"word {row.id}", now=now, facts=facts)

"""What each language lacks, and words of one language that would be misread in another."""

import tomllib
from itertools import combinations

import pytest
from wordfreq import top_n_list

from gateway.inbox import keywords
from gateway.plumbing.resources import CONFIG, TEMPLATES, config_file
from gateway.understanding.folding import fold
from gateway.understanding.hazards import UNTOLD, hazards
from gateway.understanding.lexicon import CONCEPTS, FILES, TABLES, known_languages, load
from gateway.understanding.phrasebook import PhraseBook

COMMANDS = tomllib.loads(config_file("keywords.toml").read_text(encoding="utf-8"))
LANGUAGES = sorted(
    {*known_languages(), *COMMANDS["languages"]}
    | {folder.name for folder in (TEMPLATES / "sms").iterdir()}
)
SPOKEN = {"en", "sw", "fr", "ar", "so", "am", "rw", "ha", "ln"}
EVERYDAY = 12_000  # the most frequent words


def words_of(language: str) -> dict:
    tables: dict = {}
    for name in FILES:
        path = CONFIG / "lexicon" / language / f"{name}.toml"
        tables |= tomllib.loads(path.read_text(encoding="utf-8"))
    return tables


def test_the_languages_of_the_first_deployments_are_there() -> None:
    assert set(LANGUAGES) >= SPOKEN


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_all_its_files(language: str) -> None:
    folder = CONFIG / "lexicon" / language
    missing = [name for name in FILES if not (folder / f"{name}.toml").is_file()]
    assert not missing, f"config/lexicon/{language}/ lacks {missing}"
    english = {path.name for path in (TEMPLATES / "sms" / "en").iterdir()}
    own = {path.name for path in (TEMPLATES / "sms" / language).iterdir()}
    assert own == english, f"templates/sms/{language}/ lacks {sorted(english - own)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_fills_every_table(language: str) -> None:
    tables = words_of(language)
    gaps = [
        f"{table}.{key}"
        for table, keys in TABLES.items()
        for key in keys
        if not tables.get(table, {}).get(key)
    ]
    told = hazards().keys() - UNTOLD
    gaps += [h for h in sorted(told) if not tables["hazards"].get(h, {}).get("strong")]
    gaps += [key for key in ("telling", "common") if not tables["words"].get(key)]
    assert not gaps, f"config/lexicon/{language}: nothing stands in {', '.join(gaps)}"
    assert tables["spelling"]["alike"], f"config/lexicon/{language}/spelling.toml: nothing is alike"
    assert tables["numbers"], f"config/lexicon/{language}/people.toml: no number words"
    unknown = [
        f"{table}.{key}"
        for table, keys in TABLES.items()
        for key in tables.get(table, {})
        if key not in (*keys, "negated_prefixes", "counts_from")
    ]
    assert not unknown, f"config/lexicon/{language}: nobody reads {', '.join(unknown)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_words_for_every_concept(language: str) -> None:
    english, own = words_of("en"), words_of(language)
    for table in CONCEPTS:
        assert own[table].keys() == english[table].keys()
        empty = [concept for concept, listed in own[table].items() if not listed]
        assert not empty, f"config/lexicon/{language}/concepts.toml: no words for {empty}"
    assert sum(len(english[table]) for table in CONCEPTS) >= 450


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_concept_stands_for_nearly_any_word(language: str) -> None:
    """Amharic and Arabic letters say more than Latin ones, and are folded to several."""
    wide = [
        phrase
        for table in CONCEPTS
        for listed in words_of(language)[table].values()
        for phrase in listed
        if "*" in phrase and len(fold(phrase)) < (2 if language in ("am", "ar") else 3)
    ]
    assert not wide, f"config/lexicon/{language}/concepts.toml: {wide}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_words_for_every_command(language: str) -> None:
    english, own = COMMANDS["en"], COMMANDS.get(language, {})
    gaps = [key for key in english if not own.get(key)]
    gaps += [
        f"{table}.{name}"
        for table in ("commands", "answers", "orders")
        for name in english[table]
        if not own.get(table, {}).get(name)
    ]
    assert not gaps, f"config/keywords.toml: [{language}] lacks {', '.join(gaps)}"
    assert COMMANDS["languages"].get(language), f"[languages] does not name {language}"


@pytest.mark.parametrize("pair", list(combinations(LANGUAGES, 2)), ids="-".join)
def test_no_phrase_is_two_commands_in_two_languages(pair: tuple[str, str]) -> None:
    keywords.load(pair)


def test_all_languages_load_together() -> None:
    keywords.load(LANGUAGES)
    assert load(LANGUAGES).languages == tuple(LANGUAGES)


@pytest.mark.parametrize("language", sorted(set(LANGUAGES) - {"en", "fr"}))
def test_no_hazard_word_is_an_everyday_word_of_english_or_french(language: str) -> None:
    """ "were" is a rumour in Amharic once its letters are Latin."""
    everyday = {fold(word) for code in ("en", "fr") for word in top_n_list(code, EVERYDAY)}
    meant = load(("en", "fr")).hazards
    everyday = {word for word in everyday if word.isalpha() and not meant.at([word], 0)}
    singles = [
        (phrase, phrase)
        for lists in words_of(language)["hazards"].values()
        for phrase in (*lists["strong"], *lists["plain"])
        if len(phrase.split()) == 1
    ]
    book = PhraseBook(singles)
    misread = [f"{hit.value}: {word}" for word in sorted(everyday) for hit in book.at([word], 0)]
    assert not misread, f"config/lexicon/{language}/hazards.toml: {', '.join(misread)}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_small_talk_is_a_word_of_grammar_elsewhere(language: str) -> None:
    """The Hausa "to" (all right) is in half of all English sentences."""
    others = {
        word
        for other in LANGUAGES
        if other != language
        for word in fold(words_of(other)["words"]["telling"]).split()
    }
    own = set(fold(words_of(language)["words"]["telling"]).split())
    speech = words_of(language)["speech"]
    misread = {fold(phrase) for key in ("negators", "chat") for phrase in speech[key]} & (
        others - own
    )
    assert not misread, f"config/lexicon/{language}/speech.toml: {sorted(misread)}"

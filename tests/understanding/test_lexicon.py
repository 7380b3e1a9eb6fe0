"""The word lists and hazards as shipped, and how their phrases match."""

import pytest
from wordfreq import get_frequency_dict, zipf_frequency

from gateway.understanding.lexicon import hazards, load
from gateway.understanding.ordinary import ordinary_words
from gateway.understanding.phrasebook import PhraseBook

LANGUAGES = ("en", "sw", "fr")
KEYS = {
    "armed_group", "attack", "hate_speech", "rumour", "displacement", "abduction", "roadblock",
    "gender_based_violence", "all_quiet", "other", "silence",
}  # fmt: skip


def test_every_hazard_is_described_in_caps_own_words():
    assert set(hazards()) == KEYS
    for key, hazard in hazards().items():
        assert hazard.key == key
        assert hazard.severity in ("Extreme", "Severe", "Moderate", "Minor")
        assert hazard.urgency in ("Immediate", "Expected", "Future", "Past")
        assert hazard.certainty in ("Observed", "Likely", "Possible", "Unlikely")
        assert hazard.cap_category in ("Security", "Safety", "Health", "Other")
        assert 0 < len(hazard.label) <= 30
        assert min(hazard.radius_m, hazard.match_radius_m, hazard.match_hours) > 0
        assert hazard.page_minutes > 0


def test_only_what_can_wait_for_the_morning_is_slow():
    slow = {key for key, hazard in hazards().items() if hazard.slow}
    assert slow == {"rumour", "hate_speech", "displacement", "all_quiet"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_words_for_every_hazard_and_all_else(language):
    lexicon = load([language])
    words = (lexicon.hazards, lexicon.speech["chat"], lexicon.roles, lexicon.places["here"])
    assert all(book.words for book in words)
    assert all(book.words for book in (lexicon.whole["compass"], lexicon.whole["when"]))
    assert all(book.words for book in lexicon.people.values())
    found = {
        hit.value.hazard for word in sorted(lexicon.common) for hit in lexicon.hazards.find([word])
    }
    assert len(found) >= 8
    assert len(lexicon.telling[language]) > 10
    assert len(lexicon.common) > 500


def test_words_that_tell_a_language_belong_to_it_alone():
    telling = load(LANGUAGES).telling
    assert not telling["en"] & telling["fr"]
    assert not telling["en"] & telling["sw"]


def test_a_language_without_words_is_named():
    with pytest.raises(FileNotFoundError, match=r"no word lists for xx \(there are am"):
        load(["en", "xx"])


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("*vamia", "wamevamia", True),
        ("*vamia", "wamevamiwa", False),
        ("attack*", "attackers", True),
        ("*shambul*", "wameshambuliwa", True),
        ("men with guns", "many men with guns came", True),
        ("men with guns", "men and guns", False),
        ("*choma nyumba", "wanachoma nyumba zetu", True),
        ("armés de", "armes de machettes", True),
    ],
)
def test_phrases_match_with_their_wildcards(phrase, text, found):
    assert bool(PhraseBook([(phrase, 1)]).find(text.split())) is found


def test_the_longest_phrase_wins_and_its_words_are_used_once():
    book = PhraseBook([("armed", 1), ("armed men", 2), ("men", 3)])
    hits = book.find(["armed", "men", "men"])
    assert [(hit.start, hit.end, hit.value) for hit in hits] == [(0, 2, 2), (2, 3, 3)]


@pytest.mark.parametrize("phrase", ["", "  ", "*", "a & b"])
def test_a_phrase_without_letters_is_refused(phrase):
    with pytest.raises(ValueError, match="phrase"):
        PhraseBook([(phrase, 1)])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("atacked", "attacked"),
        ("shambullio", "shambulio"),
        ("heeeelp", "help"),
        ("kipini", "kipini"),
        ("moa", "moa"),
        ("attacked", "attacked"),
    ],
)
def test_misspelt_hazard_words_are_mended_and_others_left(lexicon, typed, meant):
    assert lexicon.correct(typed) == meant


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_word_is_as_ordinary_as_wordfreq_says(language):
    words = [word for word in get_frequency_dict(language, "small") if word.isascii()][::100]
    found = ordinary_words((language,))
    told = {word: zipf_frequency(word, language, "small") for word in words}
    assert {word: found.get(word, 0.0) for word in words} == {
        word: frequency if frequency >= 3 else 0.0 for word, frequency in told.items()
    }

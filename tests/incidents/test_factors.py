"""The shipped list of risk factors, and how mistakes in one are told."""

import copy
import tomllib

import pytest

from gateway.incidents.factors import load, read
from gateway.plumbing.resources import CONFIG
from gateway.understanding.folding import tokens
from gateway.understanding.lexicon import hazards, known_languages
from gateway.understanding.phrasebook import PhraseBook

FILE = tomllib.loads((CONFIG / "risk_factors.toml").read_text(encoding="utf-8"))
LANGUAGES = known_languages()
FACTORS = load(hazards(), LANGUAGES)


def test_there_are_eight_common_and_six_specific_factors():
    kinds = [factor.kind for factor in FACTORS.by_number.values()]
    assert list(FACTORS.by_number) == list(range(1, 15))
    assert kinds == ["common"] * 8 + ["specific"] * 6


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", FACTORS.by_number)
def test_every_topic_of_a_factor_has_words_in_every_language(number, language):
    topics = FACTORS.by_number[number].topics
    assert [topic.name for topic in topics if not topic.words.get(language)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_phrase_is_found_in_a_text_that_says_it(language):
    book = PhraseBook(FACTORS.phrases([language]))
    lost = [
        phrase
        for phrase, value in FACTORS.phrases([language])
        if value not in _found(book, f"we saw it: {phrase.replace('*', '')} at Moa")
    ]
    assert lost == []


@pytest.mark.parametrize("number", FACTORS.by_number)
def test_every_factor_can_be_shown(number):
    factor = FACTORS.by_number[number]
    weights = sum(factor.hazards.values()) + sum(topic.weight for topic in factor.topics)
    assert weights >= FACTORS.enough


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("They are stockpiling weapons behind the school", {7}),
        ("Wanaandika majina ya watu wa kabila letu", {7}),
        ("Des jeunes relèvent les noms et marquent les maisons", {7}),
        ("الشرطة هربت من القرية", {3}),
        ("Boolis ma jiro tuulada", {3}),
        ("ፖሊስ የለም በመንደሩ", {3}),
        ("Barahisha intwaro mu ishyamba", {7}),
        ("Suna boye makamai a daji", {7}),
        ("Bapolisi bakimi lobi", {3}),
        ("mvua kubwa inanyesha leo", set()),
        ("my brother went to the hospital yesterday", set()),
    ],
)
def test_messages_in_nine_languages_show_their_factor(text, numbers):
    book = PhraseBook(FACTORS.phrases(LANGUAGES))
    assert {number for number, _ in _found(book, text)} == numbers


def test_all_mistakes_are_told_at_once():
    file = copy.deepcopy(FILE)
    first, second, third = file["factor"][:3]
    first["hazards"]["earthquake"] = 1.0
    first["topic"][0]["words"]["xx"] = ["word"]
    second["kind"] = "usual"
    third["topic"][1]["words"]["en"] = []
    third["topic"][1]["weight"] = 0
    file["uncounted"] = ["silent"]
    del file["factor"][13]
    del second["about"]
    with pytest.raises(ValueError, match="risk_factors") as error:
        read(file, hazards(), LANGUAGES)
    lines = str(error.value).splitlines()
    for part in (
        "uncounted: there is no hazard 'silent'", "factor 14: stands there 0 times",
        "factor 1.hazards: there is no hazard 'earthquake'", "there is no language 'xx'",
        "factor 2: kind is common or specific", "factor 2: about is missing",
        "words.en: needs phrases", "weight is a number above 0",
    ):  # fmt: skip
        assert sum(part in line for line in lines) == 1, part


def _found(book, text):
    words = [token.word for token in tokens(text)]
    return {hit.value for at in range(len(words)) for hit in book.at(words, at)}

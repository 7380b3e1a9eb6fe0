"""A chain message is one source in every language; two witnesses are two, whatever they share."""

from itertools import combinations

import pytest

from gateway.understanding.copying import Copies
from gateway.understanding.glossary import Glossary, kind
from gateway.understanding.lexicon import known_languages, load
from gateway.understanding.translation import pieces
from tests.understanding.copies import TRANSLATIONS, Pair, pairs
from tests.understanding.gold import messages

SHOWN = pairs("translations_shown")
CHAIN = "All outsiders must leave Garsen before Friday, this land is ours"
MISTAKEN = {
    "translations_shown 34": "three facts in one order and the same deeds, as a translation has",
}


@pytest.fixture(scope="module")
def copies() -> Copies:
    return Copies(load(known_languages()))


@pytest.mark.parametrize("pair", SHOWN, ids=lambda pair: pair.id)
def test_a_translation_is_found_and_two_witnesses_in_two_languages_are_none(
    copies: Copies, pair: Pair
):
    found = copies.compare(pair.a, pair.b)
    assert (found.kind if found else "") == ("translated" if pair.id in MISTAKEN else pair.kind)
    assert found == copies.compare(pair.b, pair.a)


def test_most_translations_that_were_not_looked_at_are_found_and_no_witness_is_lost(copies: Copies):
    found = {pair.kind for pair in pairs("translations_held") if copies.compare(pair.a, pair.b)}
    right = [
        pair.id
        for pair in pairs("translations_held")
        if pair.kind and copies.compare(pair.a, pair.b)
    ]
    assert found == {"translated"}
    assert len(right) >= 17


def test_of_warnings_that_a_witness_could_have_written_many_are_missed(copies: Copies):
    warnings = pairs("translations_more")
    found = [pair.id for pair in warnings if copies.compare(pair.a, pair.b)]
    assert len(found) / len(warnings) >= 0.6


def test_there_are_as_many_witnesses_as_translations():
    for half in TRANSLATIONS:
        kinds = [pair.kind for pair in pairs(half)]
        assert (kinds.count("translated"), kinds.count("")) == (20, 20)


@pytest.mark.parametrize("half", TRANSLATIONS)
def test_nearly_all_translations_that_are_known_when_compared_are_also_found(
    copies: Copies, half: str
):
    known = [pair for pair in pairs(half) if pair.kind and copies.compare(pair.a, pair.b)]
    met = [pair for pair in known if set(copies.sketch(pair.a)) & set(copies.sketch(pair.b))]
    assert len(met) / len(known) >= 0.9


@pytest.mark.parametrize(
    "other",
    [
        "wageni wote waondoke Garsen kabla ya ijumaa, ardhi hii ni yetu",
        "tous les étrangers doivent quitter Garsen avant vendredi, cette terre est à nous",
        "dadka shisheeye oo dhan ha ka baxaan Garsen ka hor Jimcaha, dhulkan waa keenna",
        "كل الغرباء لازم يخرجوا من قارسن قبل يوم الجمعة، الارض دي حقتنا",
    ],
)
def test_a_chain_message_is_known_in_other_languages(copies: Copies, other: str):
    found = copies.compare(CHAIN, other)
    assert found
    assert (found.kind, found.why) == ("translated", "same content in another language")


@pytest.mark.parametrize(
    "other",
    [
        "wageni wote waondoke Hola kabla ya ijumaa, ardhi hii ni yetu",
        "wageni kumi waondoke Garsen kabla ya ijumaa, ardhi hii ni yetu",
        "wageni wote wamefika Garsen na bunduki usiku, watu wanakimbia",
        "outsiders were told to leave Garsen by Friday, people here are afraid",
        "wageni waondoke Garsen",
    ],
)
def test_another_place_number_event_or_witness_is_no_translation(copies: Copies, other: str):
    assert copies.compare(CHAIN, other) is None


def test_what_any_witness_tells_gives_no_string_to_find_a_translation_by(copies: Copies):
    told = copies.prepare("armed men on motorbikes are running to the river near the market")
    assert pieces(told.told) == ()


def test_chat_and_reports_seldom_share_a_string_of_concepts(copies: Copies):
    told = [set(pieces(copies.prepare(message["text"]).told)) for message in messages()]
    sharing = [not one.isdisjoint(other) for one, other in combinations(told, 2)]
    assert sum(sharing) / len(sharing) < 0.001


def test_a_language_is_known_by_its_words_and_an_even_mixture_by_none():
    glossary = Glossary(load(("en", "sw")))
    assert glossary.read(["the", "teacher", "sells", "our", "land"], ()).language == "en"
    assert glossary.read(["mwalimu", "anauza", "ardhi", "yetu"], ()).language == "sw"
    assert glossary.read(["land", "money", "ardhi", "pesa"], ()).language == ""


def test_a_capitalised_word_of_the_glossary_is_no_name():
    glossary = Glossary(load(("en",)))
    words = ["the", "teacher", "sees", "garsen", "on", "friday"]
    told = glossary.read(words, ("garsen", "friday"))
    assert told.names == ("garsen",)
    assert ("friday",) in told.meant


def test_a_snake_tells_more_than_a_gun():
    assert (kind("snake"), kind("gun"), kind("our")) == ("concepts", "witnessed", "joining")

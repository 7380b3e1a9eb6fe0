"""Telling the language of short texts."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.understanding.language import detect

LANGUAGES = ("en", "sw", "fr")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("armed men are coming from the river", "en"),
        ("they are burning our houses", "en"),
        ("watu wenye silaha wanakuja", "sw"),
        ("Wamechoma nyumba Kipini usiku", "sw"),
        ("WATU WENYE SILAHA WANAKUJA SASA", "sw"),
        ("des hommes armés arrivent au village", "fr"),
        ("ils ont attaque le village ce matin", "fr"),
        ("Armed men wanakuja hapa kwa kijiji chetu", "sw"),
    ],
)
def test_a_sentence_tells_its_language(text, language):
    found, sure = detect(text, LANGUAGES)
    assert found == language
    assert 0.6 <= sure <= 1


def test_a_script_tells_its_language():
    languages = ("en", "ar", "am")
    assert detect("هجوم على القرية الآن", languages)[0] == "ar"
    assert detect("የታጠቁ ሰዎች መጡ", languages)[0] == "am"
    assert detect("RT @amina ሰዎች", languages)[0] == "am"


def test_arabic_in_latin_letters_is_told_by_its_digits(lexicon):
    languages = ("en", "ar")
    assert detect("3andna hujum 7asal fi el balad", languages, lexicon=lexicon)[0] == "ar"
    assert detect("armed men 5km from here at 7pm", languages, lexicon=lexicon)[0] == "en"


def test_names_and_links_say_nothing():
    text = "watu wenye silaha wanakuja https://example.org/the-armed-men-are-coming @the_news"
    assert detect(text, LANGUAGES)[0] == "sw"


@pytest.mark.parametrize("text", ["", "ok", "Moa Kipini", "🙂 🙂 🙂", "123 456"])
def test_too_few_words_fall_back_to_the_sender(text):
    assert detect(text, LANGUAGES, "fr")[0] == "fr"
    assert detect(text, LANGUAGES)[0] == "en"


def test_a_senders_language_that_the_deployment_lacks_is_not_used():
    assert detect("ok", LANGUAGES, "de")[0] == "en"


def test_only_the_deployments_languages_are_answered():
    assert detect("watu wenye silaha wanakuja hapa", ("en", "fr"))[0] in ("en", "fr")


def test_no_languages_is_undetermined():
    assert detect("armed men in Moa", ()) == ("und", 0.0)


def test_many_threads_may_ask_at_once():
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(lambda _: detect("ils ont quitté Witu hier soir", LANGUAGES), range(32))
    assert {language for language, _ in found} == {"fr"}

"""Which words of a text made it be read so: real messages, and texts meant to break the page."""

import time

import pytest

from gateway.understanding.evidence import signs
from gateway.understanding.lexicon import Lexicon, load

HOSTILE = (
    "", " ", "\u202e", "<script>window.hacked = 1</script>", "armed\u200b men\u200d <b>Moa</b>",
    "\u202earmed men\u202c in Moa \u2066x\u2069", "🔥🔥armed men🔥 Moa", "a" * 10_000,
    "armed men " * 2_000, "\ufdfa armed men", "cafe\u0301 armed men Moa", "ﬁre armed men",
    "١٢٣ 2.5", "M'Poko/armed men;Moa", "\x00\x01 armed men", "ⓐⓡⓜⓔⓓ men", "=cmd()|'armed men'!A1",
    "ß armed men İ",
)  # fmt: skip


@pytest.fixture(scope="module")
def words() -> Lexicon:
    return load(("en", "sw", "fr", "ar", "am"))


@pytest.mark.parametrize(
    ("text", "places", "found"),
    [
        (
            "watu wenye silaha wanakuja Moa sasa hivi", ["moa"],
            [("watu wenye silaha", "hazard", "armed_group"), ("wanakuja", "hazard", "armed_group"),
             ("Moa", "place", "moa"), ("sasa hivi", "when", "now")],
        ),
        (
            "Des hommes armés arrivent à Moa, trois morts hier", ["moa"],
            [("hommes armés", "hazard", "armed_group"), ("arrivent", "hazard", "armed_group"),
             ("Moa", "place", "moa"), ("morts", "casualties", "killed"),
             ("hier", "when", "yesterday")],
        ),
        (
            "رجال مسلحون قادمون الى موا الان", ["mwa"],
            [("مسلحون", "hazard", "armed_group"), ("موا", "place", "mwa"), ("الان", "when", "now")],
        ),
        (
            "ታጣቂዎች ወደ ሞዋ እየመጡ ነው", [],
            [("ታጣቂዎች", "hazard", "armed_group"), ("እየመጡ ነው", "hazard", "armed_group")],
        ),
        ("no armed men in Moa", ["moa"], [("armed men", "denied", "armed_group"),
                                          ("Moa", "place", "moa")]),
        ("(armed men), north-east of Kaga-Bandoro!", ["kaga bandoro"],
         [("armed men", "hazard", "armed_group"), ("north-east", "compass", "northeast"),
          ("Kaga-Bandoro", "place", "kaga bandoro")]),
    ],
)  # fmt: skip
def test_the_words_that_count_are_found_where_they_stand(
    words: Lexicon, text: str, places: list[str], found: list[tuple[str, str, str]]
) -> None:
    told = [(text[one.start : one.end], one.kind, one.means) for one in signs(text, words, places)]
    assert told == found


@pytest.mark.parametrize("text", HOSTILE)
def test_signs_lie_inside_any_text_and_never_over_one_another(words: Lexicon, text: str) -> None:
    begun = time.perf_counter()
    found = signs(text, words, ["moa", "", "<", "\u202e"])
    assert time.perf_counter() - begun < 1
    end = 0
    for sign in found:
        assert end <= sign.start < sign.end <= len(text)
        end = sign.end
        assert text[sign.start : sign.end].strip()
    if "armed men" in text:
        assert any(sign.means == "armed_group" for sign in found)


def test_a_sign_never_ends_inside_a_word(words: Lexicon) -> None:
    text = "\u200farmed\u0301men wa\u200bpiganaji wenye sila\u200bha, x"
    for sign in signs(text, words):
        assert not text[sign.end : sign.end + 1].isalnum()
        assert sign.start == 0 or not text[sign.start - 1].isalnum()

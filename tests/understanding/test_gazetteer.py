"""Looking places up: exact, by alias, by spelling, by what a person begins to type."""

import pytest

from gateway.understanding.folding import fold
from gateway.understanding.gazetteer import Entry, Gazetteer


def names(matches):
    return [match.entry.name for match in matches]


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Kaga-Bandoro", "kaga bandoro"),
        ("  NDÉLÉ!", "ndele"),
        ("Bangui M’Poko", "bangui mpoko"),
        ("Ng'ombeni", "ngombeni"),
        ("l'attaque d'Obo", "l attaque d obo"),
        ("ＭＯＡ", "moa"),
        ("Mo\u200da", "moa"),
        ("🔥 Moa", "moa"),
        ("\ud800Moa\x00", "moa"),
        ("ويتو", "wytw"),
        ("", ""),
    ],
)
def test_folding(text, folded):
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Moa", "Moa"),
        ("MOA", "Moa"),
        ("kippini", "Kipini"),
        ("Kipinii", "Kipini"),
        ("kipni", "Kipini"),
        ("Kpiini", "Kipini"),
        ("tarasa", "Tarasaa"),
        ("tana rivr", "Tana River"),
        ("sawasawa", "Sawa Sawa"),
        ("nyahurruru", "Nyahururu"),
        ("Kip", "Kipini"),
        ("garsen nor", "Garsen North"),
        ("Moa, Lamu", "Moa"),
    ],
)
def test_search_finds_what_people_type(kenya, typed, name):
    assert name in names(kenya.search(typed))


@pytest.mark.parametrize("typed", ["", "  ", "!!!", "🙂", "qqqqxxxx"])
def test_search_for_nothing_finds_nothing(kenya, typed):
    assert kenya.search(typed) == []


def test_search_keeps_to_its_limit_and_puts_the_very_name_first(kenya):
    found = kenya.search("Garsen", limit=3)
    assert len(found) == 3
    assert (found[0].entry.name, found[0].score) == ("Garsen", 1.0)


def test_search_prefers_the_parent_named(kenya):
    found = kenya.search("Bura, Tana River")
    assert found[0].entry.county == "Tana River"


@pytest.mark.parametrize(
    "words", [["mao"], ["moaa"], ["od"], ["xqzpw"], ["xkipini", "y"], ["ya", "la"], ["zzzzz"]]
)
def test_short_and_strange_words_have_no_spelling_variants(kenya, words):
    assert kenya.spelled(words) == []


def test_two_slips_need_nine_letters():
    gazetteer = Gazetteer(
        [Entry(1, "Lokichoggio", 4.2, 34.3, "locality"), Entry(2, "Kipini", -2.5, 40.5, "locality")]
    )
    assert names(gazetteer.spelled(["lokichokio"])) == ["Lokichoggio"]
    assert gazetteer.spelled(["kippemi"]) == []


def test_generic_words_and_numbers_of_lists_may_be_left_away():
    gazetteer = Gazetteer(
        [
            Entry(1, "Ngau Mission", -2.4, 40.2, "locality"),
            Entry(2, "Baraga I", 5, 20, "locality"),
            Entry(3, "Busia District", 0.4, 34.1, "county"),
        ]
    )
    for words, number in ((["ngau"], 1), (["baraga"], 2), (["baraga", "1"], 2), (["busia"], 3)):
        assert [match.entry.id for match in gazetteer.exact(words)] == [number]


def test_an_entry_is_found_by_its_id_and_others_are_not(kenya):
    entry = kenya.exact(["moa"])[0].entry
    assert kenya.get(entry.id) == entry
    assert kenya.get(-1) is None


@pytest.mark.parametrize(
    ("kind", "population", "metres"),
    [
        ("locality", 0, 1_500),
        ("locality", 50_000, 4_000),
        ("locality", 500_000, 8_000),
        ("ward", 0, 5_000),
        ("county", 900_000, 40_000),
        ("region", 0, 100_000),
        ("sacred grove", 0, 5_000),
    ],
)
def test_precision_follows_kind_and_size(kind, population, metres):
    assert Entry(1, "X", 0, 0, kind, population=population).precision_m == metres


def test_letters_that_a_language_swaps_by_ear_find_a_name():
    places = Gazetteer([Entry(1, "Kariobangi", -1.25, 36.88, "locality")])
    assert [m.entry.id for m in places.respelled(["kaliobangi"], [("r", "l")])] == [1]
    assert [m.entry.id for m in places.respelled(["kariobanqi"], [("q", "g")])] == [1]
    assert places.respelled(["kaliobanki"], [("r", "l")]) == []
    assert places.respelled(["kariobangi"], [("", "x")]) == []

"""A copy is one source in whatever form it comes; two witnesses are two, whatever they share."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.understanding.copying import Copies
from gateway.understanding.lexicon import known_languages, load
from tests.understanding.copies import HALVES, Pair, pairs
from tests.understanding.gold import messages

EVERY = [pair for half in HALVES for pair in pairs(half)]
COPIES = [pair for pair in EVERY if pair.kind]
OTHERS = [pair for pair in EVERY if not pair.kind]
LONG = "Armed men were seen crossing the river near Minjila this morning, be careful everyone"
ANYTHING = st.text(st.characters(codec=None, exclude_categories=()), max_size=200)
WORDS = st.lists(
    st.sampled_from([*" ".join(pair.a for pair in EVERY).split(), "Fwd:", "12", '"', ".", "\n"]),
    max_size=40,
).map(" ".join)
MISSED = {
    "shown 90": "a church may be where it happens, not who passed it on",
    "shown 77": "the Lingala word for tomorrow is also that for yesterday",
    "again 23": "a town spelt by ear in two languages is a different name",
}


@pytest.fixture(scope="module")
def copies() -> Copies:
    return Copies(load(known_languages()))


@pytest.mark.parametrize("pair", COPIES, ids=lambda pair: pair.id)
def test_a_copy_is_found_and_its_kind_told(copies: Copies, pair: Pair):
    found = copies.compare(pair.a, pair.b)
    assert (found.kind if found else "") == ("" if pair.id in MISSED else pair.kind)


@pytest.mark.parametrize("pair", OTHERS, ids=lambda pair: pair.id)
def test_two_witnesses_are_no_copies(copies: Copies, pair: Pair):
    assert copies.compare(pair.a, pair.b) is None


@pytest.mark.parametrize("half", HALVES)
def test_copies_are_found_and_nothing_else_is(copies: Copies, half: str):
    found = {pair for pair in pairs(half) if copies.compare(pair.a, pair.b)}
    true = {pair for pair in pairs(half) if pair.kind}
    assert 2 * len(found & true) / (len(found) + len(true)) >= 0.95


def test_there_are_enough_pairs_of_every_kind():
    kinds = [pair.kind for pair in COPIES]
    assert {kind: kinds.count(kind) >= 10 for kind in set(kinds)} == dict.fromkeys(
        ("exact", "forwarded", "edited", "translated"), True
    )
    assert len(COPIES) >= 60
    assert len(OTHERS) >= 60


def test_a_copy_shares_a_string_of_its_sketch(copies: Copies):
    strangers = [
        pair.id for pair in COPIES if set(copies.sketch(pair.a)).isdisjoint(copies.sketch(pair.b))
    ]
    assert strangers == []


def test_messages_that_have_nothing_to_do_with_each_other_seldom_share_one(copies: Copies):
    sketches = [set(copies.sketch(message["text"])) for message in messages()]
    sharing = [not one.isdisjoint(other) for one, other in combinations(sketches, 2)]
    assert sum(sharing) / len(sharing) < 0.001


def test_no_two_of_our_labelled_messages_are_copies(copies: Copies):
    prepared = [copies.prepare(message["text"]) for message in messages()]
    found = [copies.compare(one, other) for one, other in combinations(prepared, 2)]
    assert not any(found)


def test_a_sketch_is_small_and_always_the_same(copies: Copies):
    again = Copies(load(known_languages()))
    for pair in EVERY:
        sketch = copies.sketch(pair.a)
        assert sketch == again.sketch(pair.a)
        assert len(sketch) <= 14


def test_a_sketch_says_none_of_the_words(copies: Copies):
    for pair in EVERY:
        for string in copies.sketch(pair.a):
            assert len(string) == 16
            int(string, 16)


@pytest.mark.parametrize(
    "text", ["", "armed men are here in Moa", "Fwd: gunshots heard in Hola", "🔥🔥"]
)
def test_a_short_text_has_neither_core_nor_sketch(copies: Copies, text: str):
    assert copies.core(text) is None
    assert copies.sketch(text) == ()
    assert copies.compare(text, text) is None


@pytest.mark.parametrize(
    "other",
    [
        f"Fwd: {LONG}",
        f"FW: fwd: {LONG}!!! 🙏",
        f"Imetumwa tena: {LONG}. Sambaza kwa wote",
        f"Message transféré :\n{LONG}\nFaites passer svp",
        f"La soo gudbiyay: {LONG}. Fadlan la wadaag dadka",
        f"تم تحويلها: {LONG}",
        f"hello, i got this: “{LONG}” God protect us",
    ],
)
def test_the_core_is_what_was_there_before_it_was_passed_on(copies: Copies, other: str):
    assert copies.core(other) == copies.core(LONG)
    found = copies.compare(LONG, other)
    assert found
    assert (found.kind, found.why) == ("forwarded", "same words after a forward mark")


@pytest.mark.parametrize(
    ("change", "to"),
    [
        ("Minjila", "Garsen"), ("Armed men", "40 armed men"), ("were seen", "were not seen"),
        ("morning", "evening"), ("near Minjila", "near Minjila and Garsen"),
    ],
)  # fmt: skip
def test_a_changed_fact_makes_it_another_text(copies: Copies, change: str, to: str):
    assert copies.compare(LONG, LONG.replace(change, to)) is None


def test_the_reason_quotes_nothing(copies: Copies):
    reasons = {found.why for pair in COPIES if (found := copies.compare(pair.a, pair.b))}
    assert {why for why in reasons if not why[0].isdigit()} == {
        "same words", "same words after a forward mark", "same content in another language",
    }  # fmt: skip
    assert all(why.endswith(" of 10 words the same") for why in reasons if why[0].isdigit())


@given(st.one_of(ANYTHING, WORDS), st.one_of(ANYTHING, WORDS))
def test_any_texts_are_compared_the_same_both_ways(copies: Copies, a: str, b: str):
    assert copies.compare(a, b) == copies.compare(b, a)
    assert len(copies.sketch(a)) <= 14


def test_only_the_first_1600_characters_are_read(copies: Copies):
    begun = LONG * 20
    assert len(begun[:1_600]) == 1_600
    assert copies.core(begun) == copies.core(begun[:1_600] + LONG * 1_000)

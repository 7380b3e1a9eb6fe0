"""A copy is one source; two witnesses are two, even in the same few words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.understanding.similarity import is_copy, likeness

LONG = "Armed men were seen crossing the river near Minjila this morning, be careful everyone"


@pytest.mark.parametrize(
    "other",
    [
        LONG,
        LONG.upper(),
        f"Fwd: {LONG}",
        f"FW: fwd: {LONG}!!!",
        f"Imetumwa: {LONG}",
        f"Ujumbe: {LONG} 🙏",
        LONG.replace("everyone", "evryone"),
        LONG.replace("careful", "carefull"),
    ],
)
def test_forwarded_and_lightly_edited_texts_are_copies(other):
    assert is_copy(LONG, other)
    assert is_copy(other, LONG)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("armed men in Moa", "armed men in Moa"),
        ("watu wenye silaha Moa", "WATU WENYE SILAHA MOA"),
        ("", ""),
        (LONG, "Armed men"),
        (LONG, "Armed men were seen near Minjila"),
        (LONG, "We saw men with guns at Minjila, they crossed the river, take care all of you"),
        (
            "20 armed men seen near Minjila this morning",
            "50 armed men seen near Minjila this morning",
        ),
        ("armed men seen near Minjila bridge today", "armed men seen near Garsen market today"),
    ],
)
def test_independent_words_are_not_copies(a, b):
    assert not is_copy(a, b)


def test_a_part_is_not_the_whole():
    assert likeness(LONG, "armed men were seen") < 0.6


@given(st.text(max_size=200), st.text(max_size=200))
def test_likeness_is_a_share_and_the_same_both_ways(a, b):
    assert 0 <= likeness(a, b) <= 1
    assert likeness(a, b) == pytest.approx(likeness(b, a))
    assert is_copy(a, b) == is_copy(b, a)


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=50))
def test_any_text_can_be_compared(text):
    assert is_copy(text, text) == (likeness(text, text) == 1 and is_copy(text, text))

"""Segments are counted as carriers and Twilio's calculator count them."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.terms.gsm7 import (
    BASIC,
    EXTENSION,
    Measure,
    encoding_of,
    measure,
    segments,
    transliterate,
)

VECTORS = Path(__file__).resolve().parents[3] / "shared" / "vectors" / "gsm_segments.json"
# Twilio's calculator keeps a flag whole in one segment; carriers split between its two letters
# and charge accordingly, so we count as they do.
DEVIATIONS = ("flag cluster",)


def _vectors() -> list[Any]:
    if not VECTORS.is_file():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"no test vectors at {VECTORS}"))]
    found = json.loads(VECTORS.read_text(encoding="utf-8"))
    return [pytest.param(one, id=one["name"]) for one in found]


@pytest.mark.parametrize("vector", _vectors())
def test_we_count_as_others_count(vector: dict[str, Any]) -> None:
    text, expect, ours = vector["text"], vector["expect"], measure(vector["text"])
    assert encoding_of(text) == expect.get("encoding", ours.encoding)
    if not any(deviation in vector["name"] for deviation in DEVIATIONS):
        assert segments(text) == expect.get("segments", ours.segments)
    if "substituted" in expect:
        assert transliterate(text, accents=True) == expect["substituted"]
    if "gsm7_hex_unpacked" in expect:
        assert 160 - ours.units_left == len(bytes.fromhex(expect["gsm7_hex_unpacked"]))


def test_the_alphabet_is_whole() -> None:
    assert len(set(BASIC)) == 127  # 128 codes less the escape
    assert BASIC.index("a") == 0x60  # the escape at 0x1B is left out, so one less than its code
    assert len(set(EXTENSION)) == 10
    assert not set(BASIC) & set(EXTENSION)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Measure("GSM-7", 1, 160)),
        ("a" * 160, Measure("GSM-7", 1, 0)),
        ("a" * 161, Measure("GSM-7", 2, 145)),
        ("€" * 80 + "a", Measure("GSM-7", 2, 153 - 9)),
        ("a" * 152 + "€" + "a" * 152, Measure("GSM-7", 3, 152)),
        ("ጎ" * 70, Measure("UCS-2", 1, 0)),
        ("ጎ" * 66 + "😀" + "ጎ" * 66, Measure("UCS-2", 3, 66)),
        ("`", Measure("UCS-2", 1, 69)),
    ],
)
def test_no_pair_is_split_and_the_room_left_is_told(text: str, expected: Measure) -> None:
    assert measure(text) == expected


@given(st.text(max_size=400))
def test_the_count_is_what_it_costs_at_the_least_and_the_room_is_real(text: str) -> None:
    now = measure(text)
    assert now.segments >= 1
    filler = "a" if now.encoding == "GSM-7" else "ጎ"
    assert segments(text + filler * now.units_left) == now.segments
    assert segments(text + filler * (now.units_left + 1)) == now.segments + 1


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Ma’aan", "Ma'aan"),
        ("ng`ombe", "ng'ombe"),
        ("“Hama” – sasa…", '"Hama" - sasa...'),
        ("km\u00a05\tkusini\u200b", "km 5 kusini"),
        ("caf\u0065\u0301", "café"),  # a letter with its accent apart
        ("forêt", "forêt"),  # the accent is not ours to drop
        ("የጎርፍ “ማስጠንቀቂያ”…", "የጎርፍ “ማስጠንቀቂያ”…"),  # gains nothing, so nothing is touched
        ("…" * 60, "…" * 60),  # 60 units fit one segment, 180 septets would need two
        ("", ""),
    ],
)
def test_look_alikes_are_replaced_where_nothing_is_lost(text: str, plain: str) -> None:
    assert transliterate(text) == plain


def test_a_flag_may_be_split_between_its_letters() -> None:
    assert measure("ጎ" * 65 + "🇰🇪" + "ጎ" * 65) == Measure("UCS-2", 2, 0)


def test_accents_are_dropped_only_on_request() -> None:
    assert transliterate("La forêt brûle à Ciç", accents=True) == "La foret brule à Cic"
    assert transliterate("ɗan sanda", accents=True) == "ɗan sanda"  # a letter, not an accent


@given(st.text(max_size=200))
def test_transliterating_never_costs_more_and_settles_at_once(text: str) -> None:
    plain = transliterate(text)
    assert encoding_of(plain) == "GSM-7" or plain == text
    assert segments(plain) <= segments(text)
    assert transliterate(plain) == plain

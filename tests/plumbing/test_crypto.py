"""Sealing, blind indexing and key rings."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.plumbing.crypto import BlindIndex, KeyProblem, KeyRing, Keys, Sealer, new_ring

OLD = KeyRing((("k1", b"1" * 32),))
NEW = KeyRing((("k2", b"2" * 32), ("k1", b"1" * 32)))
PLACE = "messages.body"


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert Sealer(OLD).open(Sealer(OLD).seal(text, PLACE), PLACE) == text


@pytest.mark.parametrize("text", ["", "\x00", "🔥" * 500, "\ud83d half a pair", "a|b|c"])
def test_odd_texts_come_back_as_they_were(text: str) -> None:
    assert Sealer(OLD).open(Sealer(OLD).seal(text, PLACE), PLACE) == text


def test_the_same_text_never_looks_the_same_twice() -> None:
    sealer = Sealer(OLD)
    assert len({sealer.seal("+254700000123", PLACE) for _ in range(100)}) == 100


def test_a_value_moved_to_another_column_does_not_open() -> None:
    sealed = Sealer(OLD).seal("+254700000123", "messages.sender")
    with pytest.raises(KeyProblem, match=r"^subscribers\.phone: "):
        Sealer(OLD).open(sealed, "subscribers.phone")


def test_every_changed_bit_is_noticed() -> None:
    sealer = Sealer(OLD)
    version, key_id, body = sealer.seal("+254700000123", PLACE).split("|")
    raw = base64.b64decode(body)
    for at in range(len(raw)):
        changed = bytes([*raw[:at], raw[at] ^ 1, *raw[at + 1 :]])
        with pytest.raises(KeyProblem):
            sealer.open(f"{version}|{key_id}|{base64.b64encode(changed).decode()}", PLACE)


@pytest.mark.parametrize(
    "sealed", ["", "clear text", "v1|k1|", "v1|k1|AAAA", "v1|k1|%%%", "v1|gone|AAAA", "v9|k1|AAAA"]
)
def test_what_was_never_sealed_is_a_problem_with_a_name(sealed: str) -> None:
    with pytest.raises(KeyProblem, match=r"^messages\.body: "):
        Sealer(OLD).open(sealed, PLACE)


def test_no_problem_quotes_what_it_is_about() -> None:
    with pytest.raises(KeyProblem) as caught:
        Sealer(OLD).open("v1|k1|+254700000123", PLACE)
    assert "254700000123" not in str(caught.value)


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    before = Sealer(OLD).seal("armed men", PLACE)
    after = Sealer(NEW)
    assert after.open(before, PLACE) == "armed men"
    assert (after.is_current(before), after.is_current(after.seal("x", PLACE))) == (False, True)
    with pytest.raises(KeyProblem, match="not in the ring"):
        Sealer(OLD).open(after.seal("x", PLACE), PLACE)


def test_the_index_is_stable_keyed_and_says_nothing() -> None:
    index = BlindIndex(OLD)
    assert index.of("+254700000123") == BlindIndex(OLD).of("+254700000123")
    assert index.of("+254700000123") != index.of("+254700000124")
    assert index.of("+254700000123") != BlindIndex(NEW).of("+254700000123")
    assert len(index.of("")) == 64


def test_a_new_index_key_leaves_the_audit_chain_whole() -> None:
    assert Keys.of(OLD, OLD).chain == Keys.of(OLD, NEW).chain


def test_a_ring_is_written_as_it_is_read() -> None:
    ring = new_ring().with_new_key().with_new_key()
    assert KeyRing.parse(ring.to_text(), "keys.data") == ring
    assert [name for name, _ in ring.keys] == ["k3", "k2", "k1"]
    assert len({key for _, key in ring.keys}) == 3


@pytest.mark.parametrize(
    "text",
    ["", " , ", "k1", "k1:", "k1:AAAA", "k1:not base64!", ":" + "A" * 44, "k 1:" + "A" * 43 + "=",
     OLD.to_text() + "," + OLD.to_text()],
)  # fmt: skip
def test_a_bad_ring_is_refused_by_its_setting_and_never_quoted(text: str) -> None:
    with pytest.raises(KeyProblem, match=r"^keys\.data: ") as caught:
        KeyRing.parse(text, "keys.data")
    secret = text.partition(":")[2][:20]
    assert not secret or secret not in str(caught.value)

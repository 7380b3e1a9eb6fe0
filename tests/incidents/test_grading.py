"""The Admiralty code: who says it, who else does, who says no, and what makes it doubtful."""

from datetime import datetime, timedelta
from itertools import permutations

import pytest

from gateway.incidents.grading import CREDIBILITY, RELIABILITY, Doubts, Voice, grade, words
from gateway.incidents.trust import Proof, trust


def _of(voices: list[Voice], doubts: Doubts | None = None) -> tuple[str, int, int]:
    found = grade(voices, doubts)
    return found.reliability, found.credibility, found.sources


def _no(who: int, reliability: str = "F") -> Voice:
    return Voice(who, reliability, stance="denies")


@pytest.mark.parametrize(
    ("voices", "expected"),
    [
        ([], ("F", 6, 0)),
        ([Voice(1, "F")], ("F", 6, 1)),
        ([Voice(1, "B")], ("B", 3, 1)),
        ([Voice(1, "C")], ("C", 6, 1)),
        ([Voice(1, "E")], ("E", 5, 1)),
        ([Voice(1, "F"), Voice(1, "F")], ("F", 6, 1)),
        ([Voice(1, "F"), Voice(2, "F")], ("F", 2, 2)),
        ([Voice(1, "E"), Voice(2, "E")], ("E", 3, 2)),
        ([Voice(n, "F") for n in range(3)], ("F", 1, 3)),
        ([Voice(n, "E") for n in range(3)], ("E", 3, 3)),
        ([Voice(1, "F"), *(Voice(n, "F", is_copy=True) for n in range(2, 99))], ("F", 6, 1)),
        ([Voice(1, "F"), Voice(2, "A", is_copy=True)], ("F", 6, 1)),
        ([Voice(1, "F", is_copy=True), Voice(2, "F", is_copy=True)], ("F", 6, 1)),
        ([Voice(1, "F", stance="hearsay"), Voice(2, "F", stance="hearsay")], ("F", 4, 1)),
        ([Voice(1, "F"), Voice(2, "F", stance="hearsay")], ("F", 6, 1)),
        ([Voice(1, "F", stance="asks")], ("F", 6, 0)),
    ],
    ids=["nobody", "one stranger", "one known", "one fair", "one who errs", "one twice", "two",
         "two who err", "three", "three who err", "a chain of copies", "a reliable copier",
         "copies whose original is gone", "hearsay alone", "hearsay beside a witness",
         "a question"],
)  # fmt: skip
def test_witnesses_are_counted_and_copies_and_hearsay_are_not(
    voices: list[Voice], expected: tuple[str, int, int]
) -> None:
    assert _of(voices) == expected


@pytest.mark.parametrize(
    ("voices", "credibility"),
    [
        ([Voice(1, "F"), _no(9)], 4),
        ([Voice(1, "F"), _no(8), _no(9)], 5),
        ([Voice(1, "F"), Voice(2, "F"), _no(9)], 3),
        ([*(Voice(n, "F") for n in range(4)), _no(9)], 2),
        ([Voice(1, "F"), _no(9, "E")], 4),
        ([Voice(1, "B"), _no(9, "E")], 4),
        ([_no(9)], 5),
    ],
    ids=["word against word", "one against two", "two against one", "four against one",
         "a stranger against one who errs", "a known one against one who errs", "only no"],
)  # fmt: skip
def test_who_contradicts_lowers_the_credibility(voices: list[Voice], credibility: int) -> None:
    found = grade(voices)
    assert found.credibility == credibility
    assert found.contradictions == sum(voice.stance == "denies" for voice in voices)
    assert any("contradict" in why for why in found.why)


def test_who_takes_back_their_own_word_is_no_witness_any_more() -> None:
    found = grade([Voice(1, "F"), Voice(2, "F"), _no(1)])
    assert (found.sources, found.contradictions) == (1, 1)


def test_a_copied_denial_is_no_second_contradiction() -> None:
    copied = Voice(8, "F", is_copy=True, stance="denies")
    assert grade([Voice(1, "F"), _no(9), copied]).contradictions == 1


@pytest.mark.parametrize("doubt", ["implausible", "stale", "coordinated"])
def test_each_doubt_lowers_what_two_witnesses_tell_and_says_so(doubt: str) -> None:
    voices = [Voice(1, "F"), Voice(2, "F")]
    found = grade(voices, Doubts(**{doubt: f"it is {doubt}"}))
    assert found.credibility == grade(voices).credibility + 1
    assert f"it is {doubt}" in found.why


def test_a_burst_of_new_numbers_confirms_nothing() -> None:
    crowd = [Voice(n, "F") for n in range(9)]
    assert grade(crowd).credibility == 1
    assert grade(crowd, Doubts(coordinated="9 new numbers")).credibility == 3


def test_strangers_alone_confirm_nothing_however_many() -> None:
    crowd = [Voice(n, "F") for n in range(4)]
    assert grade(crowd, Doubts(unknown="all are new")).credibility == 2
    assert grade(crowd[:1], Doubts(unknown="all are new")).credibility == 6


def test_an_answer_of_somebody_asked_counts_like_a_report() -> None:
    asked = Voice(2, "B", asked=True)
    found = grade([Voice(1, "F"), asked])
    assert (found.reliability, found.credibility, found.sources) == ("B", 2, 2)
    assert "1 of them was asked and said yes" in found.why


def test_the_order_of_arrival_does_not_matter() -> None:
    voices = [Voice(1, "F"), Voice(2, "B"), Voice(3, "A", is_copy=True), Voice(1, "F", True)]
    assert {_of(list(order)) for order in permutations(voices)} == {("B", 2, 2)}


def test_every_grade_has_its_words() -> None:
    for reliability in RELIABILITY:
        for credibility in CREDIBILITY:
            assert "; " in words(reliability, credibility)


@pytest.mark.parametrize(
    ("right", "wrong", "letter"),
    [
        (0, 0, "F"),
        (1, 0, "C"),
        (0, 1, "D"),
        (0, 2, "E"),
        (4, 0, "B"),
        (14, 0, "A"),
        (4, 4, "D"),
        (2, 1, "C"),
    ],
)
def test_a_letter_is_learnt_from_what_was_judged(
    right: int, wrong: int, letter: str, now: datetime
) -> None:
    proofs = [Proof(True, now)] * right + [Proof(False, now)] * wrong
    assert trust(proofs, now).letter == letter


def test_a_focal_point_begins_usually_reliable_and_can_lose_it(now: datetime) -> None:
    assert trust([], now, focal=True).letter == "B"
    assert trust([Proof(False, now)] * 4, now, focal=True).letter == "D"
    assert trust([Proof(True, now)] * 10, now, focal=True).letter == "A"


def test_old_proof_fades_until_nothing_is_known_again(now: datetime) -> None:
    long_ago = now - timedelta(days=400)
    assert trust([Proof(False, long_ago)], now).letter == "F"
    fresh = trust([Proof(True, now)] + [Proof(False, long_ago)] * 2, now)
    assert fresh.letter == "C"
    assert (fresh.right, fresh.wrong) == (1, 2)

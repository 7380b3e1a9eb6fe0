"""The Admiralty code: who says it, and who else does."""

from itertools import permutations

import pytest

from gateway.incidents.grading import CREDIBILITY, RELIABILITY, Voice, grade, words


@pytest.mark.parametrize(
    ("voices", "expected"),
    [
        ([], ("F", 6, 0)),
        ([Voice(1, "F", False)], ("F", 6, 1)),
        ([Voice(1, "B", False)], ("B", 3, 1)),
        ([Voice(1, "C", False)], ("C", 6, 1)),
        ([Voice(1, "F", False), Voice(1, "F", False)], ("F", 6, 1)),
        ([Voice(1, "F", False), Voice(2, "F", False)], ("F", 2, 2)),
        ([Voice(n, "F", False) for n in range(3)], ("F", 1, 3)),
        ([Voice(1, "F", False), *(Voice(n, "F", True) for n in range(2, 99))], ("F", 6, 1)),
        ([Voice(1, "F", False), Voice(2, "A", True)], ("F", 6, 1)),
        ([Voice(1, "F", True), Voice(2, "F", True)], ("F", 6, 1)),
    ],
    ids=["nobody", "one stranger", "one known", "one fair", "one twice", "two", "three",
         "a chain of copies", "a reliable copier", "copies whose original is gone"],
)  # fmt: skip
def test_sources_are_counted_and_copies_are_not(
    voices: list[Voice], expected: tuple[str, int, int]
) -> None:
    assert grade(voices) == expected


def test_the_order_of_arrival_does_not_matter() -> None:
    voices = [Voice(1, "F", False), Voice(2, "B", False), Voice(3, "A", True), Voice(1, "F", True)]
    assert {grade(order) for order in permutations(voices)} == {("B", 2, 2)}


def test_every_grade_has_its_words() -> None:
    for reliability in RELIABILITY:
        for credibility in CREDIBILITY:
            assert "; " in words(reliability, credibility)

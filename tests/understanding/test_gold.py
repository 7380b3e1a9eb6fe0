"""How our own labelled messages are read; the held half is shown by id only."""

import pytest

from tests.understanding.gold import (
    SPLITS,
    by_language,
    counts_right,
    having,
    is_chat,
    is_its_command,
    is_placed,
    macro_f1,
    messages,
    moves_right,
    read,
    reports,
    share,
    split_of,
    wrong,
)


def test_the_set_is_as_large_and_as_even_as_its_readme_says() -> None:
    assert len(messages()) >= 400
    assert {message["language"] for message in messages()} == {
        "en", "sw", "fr", "ar", "so", "am", "rw", "ha", "ln",
    }  # fmt: skip
    held = sum(split_of(message) == "held" for message in messages())
    assert abs(2 * held - len(messages())) <= 9


@pytest.mark.parametrize("split", SPLITS)
def test_the_hazard_of_reports(split: str) -> None:
    told = read(split)
    assert macro_f1(told) >= 0.85, f"{by_language(told)}; {'; '.join(wrong(told))}"


@pytest.mark.parametrize("split", SPLITS)
def test_chat_is_told_from_reports(split: str) -> None:
    told = read(split)
    assert share(told, "chat", is_chat) >= 0.95
    assert share(told, "report", is_chat) <= 0.03


@pytest.mark.parametrize("split", SPLITS)
def test_commands_are_obeyed_and_no_report_is_one(split: str) -> None:
    told = read(split)
    assert share(told, "command", is_its_command) >= 0.98
    assert [one.told["id"] for one in reports(told) if one.command] == []


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize(
    ("key", "right", "least"),
    [("place", is_placed, 0.8), ("movement", moves_right, 0.6), ("casualties", counts_right, 0.75)],
)
def test_places_movement_and_casualties(split, key, right, least) -> None:
    told = having(read(split), key)
    missed = [one.told["id"] for one in told if not right(one)]
    assert len(missed) <= (1 - least) * len(told), missed

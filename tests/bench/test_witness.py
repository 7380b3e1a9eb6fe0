"""The scores of clusterings against cases counted by hand, and the shape of the labelled set."""

import json
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise as neighbours

import pytest

from bench import witness
from bench.witness import b_cubed, copies, pairwise, wrong_merges
from gateway.flow.importing import sample_entries
from gateway.understanding.folding import fold
from gateway.understanding.lexicon import hazards

GOLD = {"a": "x", "b": "x", "c": "x", "d": "y", "e": "y"}
FAR = timedelta(days=2.5)
NOTES = {
    "same words elsewhere", "next day", "other hazard", "other road", "two roadblocks",
    "simultaneous", "nearby village", "week apart",
}  # fmt: skip


@pytest.mark.parametrize(
    ("found", "scores"),
    [
        ({"a": 1, "b": 1, "c": 1, "d": 2, "e": 2}, (1, 1, 1)),
        ({"a": 1, "b": 1, "c": 2, "d": 2, "e": 2}, (2 / 4, 2 / 4, 2 / 4)),
        ({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}, (4 / 10, 1, 4 / 7)),
        ({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5}, (1, 0, 0)),
        ({"a": 1, "b": 1, "c": 1, "d": 2}, (1, 3 / 4, 6 / 7)),
        ({"a": 1, "b": 1, "c": 1}, (1, 3 / 4, 6 / 7)),
        ({"a": 1, "b": 1, "c": 1, "d": 2, "e": 2, "chat": 2}, (1, 1, 1)),
    ],
    ids=["right", "one astray", "all in one", "all alone", "one unread", "two unread", "chat"],
)
def test_pairs_are_counted(found: dict[str, int], scores: tuple[float, float, float]) -> None:
    assert pairwise(GOLD, found) == pytest.approx(scores)


@pytest.mark.parametrize(
    ("found", "precision", "recall"),
    [
        ({"a": 1, "b": 1, "c": 1, "d": 2, "e": 2}, 1, 1),
        ({"a": 1, "b": 1, "c": 2, "d": 2, "e": 2}, 11 / 15, 11 / 15),
        ({"a": 1, "b": 1, "c": 1, "d": 1, "e": 1}, 13 / 25, 1),
        ({"a": 1, "b": 1, "c": 1}, 1, 4 / 5),
        ({"a": 1, "b": 1, "c": 1, "d": 2, "e": 2, "chat": 2}, 1, 1),
    ],
    ids=["right", "one astray", "all in one", "two unread", "chat"],
)
def test_b_cubed_is_a_mean_over_messages(
    found: dict[str, int], precision: float, recall: float
) -> None:
    f1 = 2 * precision * recall / (precision + recall)
    assert b_cubed(GOLD, found) == pytest.approx((precision, recall, f1))


def test_a_copy_counts_only_in_its_own_chain() -> None:
    gold = {"a": None, "b": "a", "c": "a", "p": None, "q": "p", "r": None}
    assert copies(gold, {"b": "a", "c": "b", "q": "p"}) == (1, 1, 1)
    assert copies(gold, {"b": "a", "c": "p", "q": "p"}) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert copies(gold, {"b": "a", "r": "a"}) == pytest.approx((1 / 2, 1 / 3, 2 / 5))
    assert copies(gold, {}) == (1, 0, 0)


def test_a_link_to_a_later_one_of_the_same_chain_is_right() -> None:
    gold = {"a": None, "b": "a", "c": "a"}
    assert copies(gold, {"c": "b"}) == pytest.approx((1, 1 / 2, 2 / 3))


def test_a_copy_of_what_has_no_label_is_wrong() -> None:
    assert copies({"a": None, "b": "a"}, {"b": "chat", "chat 2": "chat"}) == (0, 0, 0)


def test_only_another_hazard_in_another_place_is_a_wrong_merge() -> None:
    found = dict.fromkeys("abcd", 1)
    gold = {"a": "x", "b": "y", "c": "z", "d": "w"}
    hazard = {"a": "attack", "b": "attack", "c": "roadblock", "d": "abduction"}
    place = {"a": "Moa", "b": "Witu", "c": "Moa", "d": "Witu"}
    assert wrong_merges(gold, found, hazard, place) == [("a", "d"), ("b", "c"), ("c", "d")]
    assert wrong_merges(gold, found | {"c": 2}, hazard, place) == [("a", "d")]
    assert wrong_merges(gold, {}, hazard, place) == []


def test_the_output_of_a_replay_is_read() -> None:
    out = [
        {"id": "m", "kind": "report", "report": 7, "incident": 1},
        {"id": "n", "kind": "chat"},
        {"id": "o", "kind": "report", "report": 8, "incident": 1, "copy_of": 7},
    ]
    assert witness.incidents(out) == {"m": 1, "o": 1}
    assert witness.originals(out) == {"o": "m"}


def test_names_of_the_held_half_are_never_printed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    told = witness.messages()
    one_heap = [{"id": row["id"], "report": n, "incident": 1} for n, row in enumerate(told)]
    monkeypatch.setattr(witness, "replayed", lambda *_args, **_more: iter(one_heap))
    monkeypatch.setattr(witness, "configure_logs", lambda _level: None)
    found = {figure.name: figure.value for figure in witness.figures()}
    printed = set(capsys.readouterr().out.replace(",", " ").split())
    assert printed & {row["id"] for row in told if row["half"] == "tuned"}
    assert not printed & {row["id"] for row in told if row["half"] == "held"}
    assert found["matching.witness_wrong_merges"] > found["matching.witness_wrong_merges_held"] > 0
    assert found["matching.witness_copies_f1"] == 0


def test_the_labelled_set_is_large_and_in_many_languages() -> None:
    told = witness.messages()
    reports = [row for row in told if "incident" in row]
    assert len({row["incident"] for row in reports}) >= 70
    assert len(reports) >= 300
    spoken = Counter(row["language"] for row in told)
    assert all(spoken[code] >= 15 for code in ("en", "sw", "fr", "so"))
    assert len({row["hazard"] for row in reports}) >= 8
    assert 0.07 <= 1 - len(reports) / len(told) <= 0.13


def test_every_label_is_known_and_whole() -> None:
    known = {"id", "sender", "text", "received_at", "sender_place", "language", "places",
             "incident", "hazard", "place", "copy_of", "note", "half"}  # fmt: skip
    told = witness.messages()
    assert len({row["id"] for row in told}) == len(told)
    for row in told:
        assert row.keys() <= known, row["id"]
        assert row["sender"].startswith("+25470001"), "only the invented block"
        assert datetime.fromisoformat(row["received_at"]).utcoffset() == timedelta(hours=3)
        assert row["half"] in ("tuned", "held")
        assert ("incident" in row) == ("hazard" in row) == ("place" in row), row["id"]
        assert row.get("hazard", "other") in hazards()


def test_messages_stand_in_the_order_of_their_times() -> None:
    times = [row["received_at"] for row in witness.messages()]
    assert all(one <= other for one, other in neighbours(times))


def test_an_incident_has_one_hazard_place_note_and_half() -> None:
    labels = {
        (row["incident"], row["hazard"], row["place"], row.get("note"), row["half"])
        for row in witness.messages()
        if "incident" in row
    }
    assert len(labels) == len({label[0] for label in labels})


def test_a_copy_follows_the_first_of_its_chain_within_days() -> None:
    told = {row["id"]: row for row in witness.messages()}
    copied = [row for row in told.values() if "copy_of" in row]
    assert Counter(row["half"] for row in copied).keys() == {"tuned", "held"}
    for row in copied:
        first = told[row["copy_of"]]
        after = datetime.fromisoformat(row["received_at"]) - datetime.fromisoformat(
            first["received_at"]
        )
        assert "copy_of" not in first, row["id"]
        assert first["incident"] == row["incident"], row["id"]
        assert first["sender"] != row["sender"], "who repeats himself copies nobody"
        assert timedelta(0) < after <= FAR, row["id"]


def test_every_place_named_has_one_meaning() -> None:
    settled = (entry for entry in sample_entries(witness.COUNTRY) if entry.kind != "ward")
    meanings = Counter(fold(entry.name) for entry in settled)  # a ward bears its village's name
    for row in witness.messages():
        named = [row.get("sender_place"), row.get("place"), *row.get("places", ())]
        for place in filter(None, named):
            assert meanings[fold(place)] == 1, f"{row['id']}: {place}"
        assert all(fold(place) in fold(row["text"]) for place in row.get("places", ()))


def test_hard_negatives_are_in_both_halves() -> None:
    for half in ("tuned", "held"):
        noted = Counter(
            row["note"] for row in witness.messages() if row["half"] == half and "note" in row
        )
        assert {"same words elsewhere", "next day", "other hazard", "other road"} <= noted.keys()
    assert {row["note"] for row in witness.messages() if "note" in row} == NOTES


def test_the_set_has_one_line_a_message() -> None:
    lines = witness.FILE.read_text(encoding="utf-8").splitlines()
    assert [json.dumps(json.loads(line), ensure_ascii=False) for line in lines] == lines

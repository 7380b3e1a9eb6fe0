"""Tells people who fled by whom they are and that they came: "families from Moa arrived in Witu".

What they tell of happened where they came from, so its words say less of the place they are in.
"""

from collections.abc import Sequence

from gateway.understanding.phrasebook import Hit

FLED = 2.0  # as much as a strong phrase
_CAME = 7  # words from the people to their coming: where from stands between
_RECEIVED = 2


def arrived(hits: Sequence[Hit[str]]) -> int | None:
    """The word behind those that say people who fled have come; None where none do."""
    for people in (hit for hit in hits if hit.value == "families"):
        for hit in hits:
            came = hit.value == "came" and 0 <= hit.start - people.end <= _CAME
            received = hit.value == "received" and 0 <= people.start - hit.end <= _RECEIVED
            if came or received:
                return max(hit.end, people.end)
    return None

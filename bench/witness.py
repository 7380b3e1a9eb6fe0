"""Which witnesses tell of one event, and who only passes a text on: scored on our labelled set."""

import json
from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations
from math import comb
from pathlib import Path
from typing import Any

from bench.figures import Figure
from gateway.cli.reading import replayed
from gateway.plumbing.logs import configure_logs
from gateway.understanding.lexicon import known_languages

FILE = Path(__file__).parents[1] / "tests" / "gold" / "witness.jsonl"
COUNTRY = "KE"

Clusters = Mapping[str, Any]  # message to the key of its incident
Scores = tuple[float, float, float]
Json = dict[str, Any]
_QUIET = 40  # errors only


def figures() -> Iterator[Figure]:
    """Of all labelled witnesses and of the held half; wrong ones of the tuned half are printed."""
    configure_logs(_QUIET)
    told = messages()
    out = list(replayed(told, COUNTRY, languages=known_languages()))
    found, copied = incidents(out), originals(out)
    _print_wrong([message for message in told if message["half"] == "tuned"], found, copied)
    yield from _figures("", told, found, copied)
    held = [message for message in told if message["half"] == "held"]
    yield from _figures("_held", held, found, copied)


@cache
def messages() -> tuple[Json, ...]:
    """The labelled set: see tests/gold/README.md."""
    return tuple(map(json.loads, FILE.read_text(encoding="utf-8").splitlines()))


def incidents(out: Sequence[Json]) -> dict[str, int]:
    """Message to incident, of those that became reports."""
    return {row["id"]: row["incident"] for row in out if "incident" in row}


def originals(out: Sequence[Json]) -> dict[str, str]:
    """Message to the message that it was found to copy."""
    by_report = {row["report"]: row["id"] for row in out if "report" in row}
    return {row["id"]: by_report[row["copy_of"]] for row in out if "copy_of" in row}


def pairwise(gold: Clusters, found: Clusters) -> Scores:
    """Precision, recall and F1 over pairs of messages that are put together."""
    counts = Counter((gold[name], _cluster(found, name)) for name in gold)
    together = _pairs(counts)
    precision = _share(together, _pairs(Counter(_cluster(found, name) for name in gold)))
    return _with_f1(precision, _share(together, _pairs(Counter(gold.values()))))


def b_cubed(gold: Clusters, found: Clusters) -> Scores:
    """Precision, recall and F1 as means over messages (Bagga and Baldwin 1998)."""
    both = Counter((gold[name], _cluster(found, name)) for name in gold)
    ours = Counter(_cluster(found, name) for name in gold)
    true = Counter(gold.values())
    rows = [(both[gold[name], key], gold[name], key) for name, key in _clusters(gold, found)]
    precision = _share(sum(count / ours[key] for count, _, key in rows), len(rows))
    return _with_f1(precision, _share(sum(count / true[key] for count, key, _ in rows), len(rows)))


def copies(gold: Mapping[str, str | None], found: Mapping[str, str]) -> Scores:
    """Precision, recall and F1 of copies; right is a copy found as one of its true chain.

    `gold` gives of each message that counts the first of its chain, or None where it is no copy.
    """
    said = [name for name in gold if name in found]
    right = sum(gold[name] is not None and _chain(gold, found, name) == gold[name] for name in said)
    true = sum(first is not None for first in gold.values())
    return _with_f1(_share(right, len(said)), _share(right, true))


def wrong_merges(
    gold: Clusters, found: Clusters, hazards: Clusters, places: Clusters
) -> list[tuple[str, str]]:
    """Pairs of messages put together whose true hazards differ, and their true places too.

    `hazards` and `places` are those of each message's true incident.
    """
    return [
        (one, other)
        for one, other in combinations(gold, 2)
        if _cluster(found, one) == _cluster(found, other)
        and hazards[one] != hazards[other]
        and places[one] != places[other]
    ]


def _figures(
    half: str, told: Sequence[Json], found: Clusters, copied: Mapping[str, str]
) -> Iterator[Figure]:
    gold = _labels(told, "incident")
    of = f"{len(gold)} messages of {len(set(gold.values()))} incidents"
    for name, score in (("f1", pairwise), ("b_cubed", b_cubed)):
        precision, recall, f1 = score(gold, found)
        note = f"precision {precision:.3f}, recall {recall:.3f}; {of}"
        yield Figure(f"matching.witness_{name}{half}", round(f1, 4), note)
    firsts = _firsts(told)
    precision, recall, f1 = copies(firsts, copied)
    note = f"precision {precision:.3f}, recall {recall:.3f}; {sum(map(bool, firsts.values()))} true"
    yield Figure(f"matching.witness_copies_f1{half}", round(f1, 4), note)
    merged = _merged(told, found)
    yield Figure(f"matching.witness_wrong_merges{half}", len(merged), "pairs of incidents")


def _print_wrong(told: Sequence[Json], found: Clusters, copied: Mapping[str, str]) -> None:
    """Names of what went wrong: never called with the held half, which nobody looks at."""
    gold = _labels(told, "incident")
    merged: defaultdict[Hashable, list[str]] = defaultdict(list)
    split: defaultdict[Hashable, list[str]] = defaultdict(list)
    for name, key in _clusters(gold, found):
        merged[key].append(name)
        split[gold[name]].append(name)
    _print_mixed("merged", merged.values(), gold)
    _print_mixed("split", split.values(), dict(_clusters(gold, found)))
    for pair in sorted(_merged(told, found)):
        print(f"merged with another hazard elsewhere: {' and '.join(pair)}")
    firsts = _firsts(told)
    for name, first in firsts.items():
        if (_chain(firsts, copied, name) if name in copied else None) != first:
            print(f"copy {name}: of {first or 'none'}, found of {copied.get(name, 'none')}")


def _print_mixed(what: str, groups: Iterable[Sequence[str]], other: Clusters) -> None:
    """Groups whose messages the other clustering parts, each part by itself."""
    for group in groups:
        parts: defaultdict[Hashable, list[str]] = defaultdict(list)
        for name in group:
            parts[other[name]].append(name)
        if len(parts) > 1:
            each = " | ".join(f"{_shown(key)}: {' '.join(part)}" for key, part in parts.items())
            print(f"{what}: {each}")


def _shown(key: Hashable) -> str:
    return "alone" if isinstance(key, tuple) else str(key)


def _merged(told: Sequence[Json], found: Clusters) -> set[tuple[str, str]]:
    """Pairs of true incidents of which messages were wrongly put together."""
    gold, hazards, places = (_labels(told, key) for key in ("incident", "hazard", "place"))
    pairs = wrong_merges(gold, found, hazards, places)
    return {(min(keys), max(keys)) for keys in ((gold[one], gold[other]) for one, other in pairs)}


def _labels(told: Sequence[Json], key: str) -> dict[str, Any]:
    return {message["id"]: message[key] for message in told if "incident" in message}


def _firsts(told: Sequence[Json]) -> dict[str, str | None]:
    return {one["id"]: one.get("copy_of") for one in told if "incident" in one}


def _clusters(gold: Clusters, found: Clusters) -> Iterator[tuple[str, Hashable]]:
    return ((name, _cluster(found, name)) for name in gold)


def _cluster(found: Clusters, name: str) -> Hashable:
    """Its incident; what was not read as a report stands alone."""
    return found.get(name, ("alone", name))


def _chain(gold: Mapping[str, str | None], found: Mapping[str, str], name: str) -> str:
    """The true chain of the message at which the found links from `name` end."""
    while name in found:
        name = found[name]
    return gold.get(name) or name


def _pairs(counts: Counter[Any]) -> int:
    return sum(comb(count, 2) for count in counts.values())


def _share(part: float, whole: float) -> float:
    """1 of nothing: who says nothing says nothing wrong."""
    return part / whole if whole else 1.0


def _with_f1(precision: float, recall: float) -> Scores:
    both = precision + recall
    return precision, recall, 2 * precision * recall / both if both else 0.0

"""Finds the words of a text that may name places, and what the words around them say."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.understanding.folding import Token
from gateway.understanding.gazetteer import AREAS, Gazetteer, Match
from gateway.understanding.lexicon import Lexicon
from gateway.understanding.offsets import Offset, read_offset
from gateway.understanding.surroundings import Surroundings
from gateway.understanding.vantage import Mention, told_apart

_LONGEST_MISSPELT = 3  # words
_LONGEST_AREA = 3
_OFTEN = 3  # a name said more often is no surer
_ROAD_WITHIN = 8  # words from a distance's name to the road's
_MOST_MENTIONS = 40
_MOST_PAIRS = 240
_FEWEST_MATCHES = 4
_MOST_LOOKED_UP = 60  # spans whose spelling variants are sought


@dataclass(frozen=True)
class Scan:
    """Everything found by name in one text, and names after a place word that no list knows."""

    mentions: tuple[Mention, ...]
    offsets: Mapping[int, Offset]  # by the word at which the name begins
    between: Mapping[int, int]  # the other end, for mentions that it happens between
    along: Mapping[int, int]  # where the road leads, for mentions with a distance and no bearing
    areas: Mapping[str, Sequence[int]]  # folded names of counties and regions, and where they begin
    unknown: tuple[str, ...]
    words: int  # of the whole text


def scan(tokens: Sequence[Token], gazetteer: Gazetteer, lexicon: Lexicon) -> Scan:
    """Names from left to right; where exact ones overlap the longest is kept."""
    around = Surroundings(tokens, lexicon)
    found = _exact(around, gazetteer)
    taken = {at: end - start for start, end, _ in found for at in range(start, end)}
    found += _misspelt(around, gazetteer, taken)
    found.sort(key=lambda item: item[:2])
    found = _bounded(found, around)
    reads = {start: read_offset(tokens, start, lexicon) for start, _, _ in found}
    offsets = {start: offset for start, offset in reads.items() if offset}
    again = {True: {"again"}, False: set[str]()}
    names = Counter(" ".join(around.words[start:end]) for start, end, _ in found)
    mentions = [
        Mention(
            start,
            end,
            name := " ".join(around.words[start:end]),
            tuple(matches),
            around.said(start, end),
            around.cues(start, end, gazetteer, start in offsets) | again[names[name] > 1],
            min(map(around.ordinary, around.words[start:end])),
        )
        for start, end, matches in found
    ]
    _carry_roles(mentions, around)
    _chain(mentions, around)
    told_apart(mentions, around.words, lexicon)
    covered = {at for mention in mentions for at in range(mention.start, mention.end)}
    areas = _areas(around, gazetteer)
    between = _between(mentions, around)
    along = dict(_along(mentions, offsets, around))
    unknown = around.unknown(covered)
    return Scan(tuple(mentions), offsets, between, along, areas, unknown, len(tokens))


def _areas(around: Surroundings, gazetteer: Gazetteer) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for start in range(len(around.words)):
        for end in range(start + 1, min(start + _LONGEST_AREA, len(around.words)) + 1):
            name = " ".join(around.words[start:end])
            if name in gazetteer.area_names:
                found.setdefault(name, []).append(start)
    return found


_Found = tuple[int, int, list[Match]]


def _exact(around: Surroundings, gazetteer: Gazetteer) -> list[_Found]:
    windows = [
        (start, end)
        for start, word in enumerate(around.words)
        for end in range(start + 1, start + 1 + gazetteer.longest(word))
        if end <= len(around.words) and around.unbroken(start, end)
    ]
    windows.sort(key=lambda window: (window[0] - window[1], window[0]))
    found: list[_Found] = []
    taken: set[int] = set()
    for start, end in windows:
        if taken.isdisjoint(range(start, end)):
            matches = _finer(gazetteer.exact(around.words[start:end]))
            if matches and all(match.entry.kind in AREAS for match in matches):
                matches += gazetteer.seats_spelled_otherwise(around.words[start:end])
            if matches and not around.is_ordinary_here(start, end):
                found.append((start, end, matches))
                taken.update(range(start, end))
    return found


def _bounded(found: Sequence[_Found], around: Surroundings) -> list[_Found]:
    """What can be weighed in a few milliseconds, whatever a text repeats."""
    said: Counter[str] = Counter()
    kept: list[_Found] = []
    for start, end, matches in found:
        name = " ".join(around.words[start:end])
        said[name] += 1
        if said[name] <= _OFTEN and len(kept) < _MOST_MENTIONS:
            kept.append((start, end, matches))
    most = max(_FEWEST_MATCHES, _MOST_PAIRS // max(1, len(kept)))
    return [(start, end, _best_known(matches, most)) for start, end, matches in kept]


def _best_known(matches: list[Match], most: int) -> list[Match]:
    if len(matches) <= most:
        return matches
    return sorted(matches, key=lambda match: -match.entry.prominence)[:most]


def _finer(matches: list[Match]) -> list[Match]:
    """Without the country: it is no place where something happens."""
    return [match for match in matches if match.entry.kind != "country"]


def _misspelt(
    around: Surroundings, gazetteer: Gazetteer, taken: dict[int, int]
) -> Iterator[_Found]:
    """Spelling variants where no exact name is, or around a shorter exact one."""
    done: set[int] = set()
    looked, alike = 0, around.lexicon.alike
    for length in range(_LONGEST_MISSPELT, 0, -1):
        for start in range(len(around.words) - length + 1):
            end = start + length
            span = range(start, end)
            if not done.isdisjoint(span) or not around.unbroken(start, end):
                continue
            exact = [taken[at] for at in span if at in taken]
            if len(exact) == length or any(size >= length for size in exact):
                continue
            if looked < _MOST_LOOKED_UP and around.may_be_misspelt_name(start, end):
                looked += 1
                words = around.words[start:end]
                found = gazetteer.spelled(words) or gazetteer.respelled(words, alike)
                matches = _finer(found)
                if matches:
                    done.update(span)
                    yield start, end, matches


def _carry_roles(mentions: list[Mention], around: Surroundings) -> None:
    """ "Between Garsen and Minjila": the second name stands under the first one's word."""
    for at in range(1, len(mentions)):
        before, mention = mentions[at - 1], mentions[at]
        told = before.said.explicit and not mention.said.explicit
        if told and around.joined(before.end, mention.start):
            said = replace(mention.said, role=before.role, explicit=True)
            mentions[at] = replace(mention, said=said, cues=mention.cues | {f"role {said.role}"})


def _between(mentions: Sequence[Mention], around: Surroundings) -> dict[int, int]:
    """ "Between Garsen and Minjila", "on the Garsen - Minjila road", "the road from A to B"."""
    ends: dict[int, int] = {}
    for at in range(1, len(mentions)):
        first, second = mentions[at - 1], mentions[at]
        if first.name != second.name and around.are_ends(
            first.start, first.end, second.start, second.end
        ):
            ends[at - 1], ends[at] = at, at - 1
    return ends


def _along(
    mentions: Sequence[Mention], offsets: Mapping[int, Offset], around: Surroundings
) -> Iterator[tuple[int, int]]:
    """ "15 km from Bria on the Ippy road": the distance is measured towards Ippy."""
    for at, mention in enumerate(mentions[:-1]):
        offset = offsets.get(mention.start)
        if offset is None or offset.bearing is not None:
            continue
        following = mentions[at + 1]
        near = following.start - mention.end <= _ROAD_WITHIN and following.name != mention.name
        if near and around.is_way(following.start, following.end):
            yield at, at + 1


def _chain(mentions: list[Mention], around: Surroundings) -> None:
    """ "Moa, Tana River": the first is in the second, for only a comma stands between."""
    for at in range(1, len(mentions)):
        before, mention = mentions[at - 1], mentions[at]
        if before.end == mention.start and around.tokens[mention.start].breaks:
            mentions[at - 1] = replace(mentions[at - 1], cues=mentions[at - 1].cues | {"heads"})
            mentions[at] = replace(mention, cues=mention.cues | {"follows"})

"""A warning's text as a phone shows it: cut into SMS, with the words that a finding means."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from gateway.alerts import lettering
from gateway.alerts.lint import Finding
from gateway.terms.gsm7 import Measure, measure, parts

Piece = tuple[str, bool]  # some letters, and whether a finding means them


@dataclass(frozen=True, slots=True)
class Bubble:
    """One text; a list of pieces for each SMS."""

    language: str
    sms: Sequence[Sequence[Piece]]
    size: Measure
    sender: str


def bubble(text: str, language: str, findings: Iterable[Finding], sender: str) -> Bubble:
    """As it will leave in that language."""
    whole = lettering.plain(text, language)
    quotes = [one.quote for one in findings if one.language == language and one.quote]
    marked = _marked(whole, [lettering.plain(quote, language) for quote in quotes])
    found, at = [], 0
    for part in parts(whole):
        found.append(_pieces(part, marked[at : at + len(part)]))
        at += len(part)
    return Bubble(language, found, measure(whole), sender)


def _marked(text: str, quotes: Sequence[str]) -> list[bool]:
    """For each letter, whether it belongs to one of the quotes, whatever spaces stand in them."""
    marks = [False] * len(text)
    for quote in quotes:
        pattern = r"\s+".join(re.escape(word) for word in quote.split())
        for hit in re.finditer(pattern, text) if pattern else ():
            marks[hit.start() : hit.end()] = [True] * (hit.end() - hit.start())
    return marks


def _pieces(text: str, marks: Sequence[bool]) -> list[Piece]:
    found: list[Piece] = []
    for letter, mark in zip(text, marks, strict=True):
        if found and found[-1][1] == mark:
            found[-1] = (found[-1][0] + letter, mark)
        else:
            found.append((letter, mark))
    return found

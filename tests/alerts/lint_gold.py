"""The labelled warnings of tests/gold/lint.jsonl, and what the checks say of each."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from gateway.alerts.lint import Case, Finding, check
from gateway.alerts.lint_reach import Situation, check_reach
from gateway.alerts.lint_words import Lists, words_of
from gateway.flow.lint_lists import load_lists
from gateway.understanding.folding import fold
from gateway.understanding.hate import hateful
from gateway.understanding.lexicon import known_languages, load

GOLD = Path(__file__).resolve().parent.parent / "gold" / "lint.jsonl"
LANGUAGES = known_languages()


@dataclass(frozen=True)
class Labelled:
    """One warning, the facts around it, and the rules that it breaks."""

    id: str
    language: str
    hazard: str
    purpose: str
    text: str
    facts: Mapping[str, Any]
    faults: frozenset[str]

    @property
    def half(self) -> str:
        """Odd ones were looked at while rules and lists were written, even ones were not."""
        return "tuned" if int(self.id[1:]) % 2 else "held"

    @property
    def texts(self) -> dict[str, str]:
        """With those of the other languages, where there are any."""
        return {self.language: self.text, **self.facts.get("others", {})}


@cache
def gold() -> tuple[Labelled, ...]:
    """All of them."""
    rows = map(json.loads, GOLD.read_text(encoding="utf-8").splitlines())
    return tuple(Labelled(**{**row, "faults": frozenset(row["faults"])}) for row in rows)


def lists() -> Mapping[str, Lists]:
    """Of all languages, as a deployment that speaks them all has them."""
    return load_lists(LANGUAGES)


def case_of(row: Labelled) -> Case:
    """Moa, until 20:30 today, seen by several, unless its facts say otherwise."""
    facts = row.facts
    clock, _, day = facts.get("until", "20:30").partition(" ")
    hour, minute = map(int, clock.split(":"))
    places = {_words(name) for name in (*facts.get("places", ()), "Garsen", "Tana River")}
    return Case(
        purpose=row.purpose,
        hazard=row.hazard,
        source=_words(facts.get("source", "Community Alert")),
        names=frozenset({_words(facts.get("place", "Moa"))}),
        expires=(hour, minute),
        day=day or "10/03",
        credibility=facts.get("credibility", 2),
        reports=[_words(text) for text in facts.get("reports", ())],
        own_numbers=("20880",),
        is_place=lambda words: tuple(words) in places,
        hateful=lambda words: [
            why for _, why in hateful(words, load(LANGUAGES)) if "slur" not in why
        ],
    )


def situation_of(row: Labelled) -> Situation:
    """As far as its facts tell; nothing is amiss where they do not."""
    facts = row.facts
    return Situation(
        reach_m=facts.get("reach_m", 20_000),
        usual_m=facts.get("usual_m", 20_000),
        wider_than=2.0,
        precision_m=facts.get("precision_m", 1_500),
        hours=facts.get("hours", 2),
        slow=row.hazard in ("rumour", "displacement", "hate_speech"),
        leaves_at=facts.get("leaves_at"),
        witnesses=facts.get("witnesses", 50),
        least_witnesses=5,
        blur_m=3_000,
        crowded=facts.get("crowded", 0),
        audience=facts.get("audience", 100),
        alerts_per_day=3,
    )


def found(row: Labelled) -> list[Finding]:
    """What the checks say of it."""
    texts = check(row.texts, case_of(row), lists(), fold)
    return texts + (list(check_reach(situation_of(row))) if row.purpose == "warning" else [])


def score(rows: Iterable[Labelled]) -> tuple[float, float, list[str]]:
    """Precision and recall over (text, rule), and what differs, by id and rule."""
    hits = missed = false = 0
    wrong = []
    for row in rows:
        said = {one.rule for one in found(row)}
        hits += len(said & row.faults)
        missed += len(row.faults - said)
        false += len(said - row.faults)
        wrong += [f"{row.id} missed {rule}" for rule in sorted(row.faults - said)]
        wrong += [f"{row.id} false {rule}" for rule in sorted(said - row.faults)]
    return hits / ((hits + false) or 1), hits / ((hits + missed) or 1), wrong


def _words(text: str) -> tuple[str, ...]:
    return words_of(text, fold)

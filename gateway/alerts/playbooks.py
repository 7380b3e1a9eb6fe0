"""The shipped playbooks: what coordinators do about a hazard, and what people are told to do."""

import tomllib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from gateway.alerts import lettering, wording
from gateway.plumbing.resources import config_file
from gateway.terms.languages import language_name
from gateway.terms.refusals import Refused

MOST_STEPS, LONGEST_STEP, LONGEST_LINE = 15, 160, 200
_FILE = "config/playbooks.toml"
_KEYS = frozenset({"steps", "action"})
_STOPS = ".!?…؟።"


@dataclass(frozen=True, slots=True)
class Playbook:
    """The steps in their order, and the line of the SMS by language."""

    steps: Sequence[str]
    action: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Shelf:
    """What could be read, by hazard, and every mistake of the file with its key."""

    playbooks: Mapping[str, Playbook]
    problems: Sequence[str]

    def of(self, hazard: str) -> Playbook:
        """An empty one where there is none."""
        return self.playbooks.get(hazard) or Playbook((), {})


@cache
def shipped() -> Shelf:
    """The shipped file; what is wrong in it is left out and said, the rest serves."""
    try:
        with config_file("playbooks.toml").open("rb") as file:
            tables = tomllib.load(file)
    except (OSError, ValueError) as error:
        return Shelf({}, (f"{_FILE}: {error}",))
    return read(tables, hazards(), wording.languages())


def hazards() -> tuple[str, ...]:
    """Those that can be warned of: they have a template."""
    found = (name.partition("warning_") for name in sorted(wording.names()))
    return tuple(hazard for before, mark, hazard in found if mark and not before)


def read(tables: Mapping[str, Any], hazards: Collection[str], languages: Collection[str]) -> Shelf:
    """Playbooks from a file's tables; `hazards` and `languages` are those that exist."""
    problems = [f"{_FILE}: '{name}' is no hazard to warn of" for name in tables.keys() - {*hazards}]
    playbooks = {}
    for hazard in hazards:
        table = tables.get(hazard)
        if not isinstance(table, dict):
            problems.append(f"{_FILE}: [{hazard}] is missing")
            continue
        problems += [f"{_FILE}: [{hazard}] {words}" for words in _problems(table, languages)]
        playbooks[hazard] = _sound(table, languages)
    return Shelf(playbooks, tuple(sorted(problems)))


def checked_line(line: str, language: str) -> str:
    """One line as it goes into an SMS, or "" when nothing is left; raises Refused."""
    words = " ".join(lettering.without_controls(line).split())
    wrong = why_not_line(words) if words else None
    if wrong:
        raise Refused(
            "The line in %(language)s %(wrong)s.",
            language=language_name(language),
            wrong=wrong,
        )
    return lettering.plain(as_sentence(words), language) if words else ""


def checked_steps(text: str) -> list[str]:
    """A step a line, as typed; empty lines and a step typed twice are left out."""
    lines = (" ".join(lettering.without_controls(line).split()) for line in text.splitlines())
    steps = list(dict.fromkeys(line for line in lines if line))
    if len(steps) > MOST_STEPS:
        raise Refused(
            "These are %(count)s steps; %(most_steps)s is the most.",
            count=len(steps),
            most_steps=MOST_STEPS,
        )
    for number, step in enumerate(steps, 1):
        wrong = _why_not_step(step)
        if wrong:
            raise Refused("Step %(number)s %(wrong)s.", number=number, wrong=wrong)
    return steps


def why_not_line(line: str) -> str | None:
    """What is wrong with a line for the SMS, to be read after its name; None if nothing."""
    if not line.strip():
        return "is empty"
    if len(line) > LONGEST_LINE:
        return f"has {len(line)} letters; {LONGEST_LINE} is the most"
    odd = lettering.unshowable(line)
    return f"holds {odd}, which phones do not show: take it out" if odd else None


def as_sentence(line: str) -> str:
    """With a full stop: the time follows it."""
    if line[-1] in _STOPS:
        return line
    return line + ("።" if "\u1200" <= line[-1] <= "\u137f" else ".")


def _problems(table: Mapping[str, Any], languages: Collection[str]) -> Iterator[str]:
    yield from (f"has an unknown key '{key}'" for key in table.keys() - _KEYS)
    steps = table.get("steps")
    if not isinstance(steps, list) or not steps:
        yield "steps: expected a list of steps"
    else:
        for number, step in enumerate(steps, 1):
            wrong = _why_not_step(step)
            if wrong:
                yield f"steps: number {number} {wrong}"
    lines = table.get("action")
    if not isinstance(lines, dict):
        yield "action: expected a line a language"
        return
    yield from (f"action.{code}: there is no such language" for code in lines.keys() - {*languages})
    for code in languages:
        line = lines.get(code, "")
        wrong = why_not_line(line) if isinstance(line, str) else "is no text"
        if wrong:
            yield f"action.{code} {'is missing' if code not in lines else wrong}"


def _sound(table: Mapping[str, Any], languages: Collection[str]) -> Playbook:
    steps, lines = table.get("steps"), table.get("action")
    return Playbook(
        steps=tuple(step for step in steps if not _why_not_step(step))
        if isinstance(steps, list)
        else (),
        action={
            code: lettering.plain(as_sentence(line.strip()), code)
            for code, line in lines.items()
            if code in languages and isinstance(line, str) and not why_not_line(line)
        }
        if isinstance(lines, dict)
        else {},
    )


def _why_not_step(step: object) -> str | None:
    if not isinstance(step, str) or not step.strip():
        return "is empty"
    if len(step) > LONGEST_STEP:
        return f"has {len(step)} letters; {LONGEST_STEP} is the most"
    odd = lettering.unshowable(step)
    return f"holds {odd}" if odd else None

"""Reads a scripted attack from a scenario file, all mistakes at once."""

import tomllib
from collections.abc import Iterator, Mapping
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError, model_validator

from gateway.flow.truth import Outcome, Part
from gateway.terms.refusals import Refused


class People(Part):
    """Phones of one place; `warned` says whether they must be when all goes well."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$")]
    place: str
    language: str
    count: Annotated[int, Field(ge=1, le=500)]
    warned: bool = False
    joins: bool = True  # else they have never written before: new numbers
    focal: bool = False

    @model_validator(mode="after")
    def _focal_points_join(self) -> "People":
        if self.focal and not self.joins:
            raise ValueError("only people who join can be focal points")
        if self.warned and not self.joins:
            raise ValueError("people who never joined cannot be warned")
        return self


class Step(Part):
    """A phone texts or answers a question, or a coordinator acts."""

    at_s: Annotated[float, Field(ge=0, le=86_400)]
    sender: Annotated[str | None, Field(alias="from")] = None
    text: str | None = None
    answers: Literal["yes", "no", "unsure"] | None = None
    coordinator: Literal[1, 2] | None = None
    act: Literal["verify", "refute", "unverifiable", "warn", "approve"] | None = None
    of: str | None = None
    reason: str = "Exercise"

    @model_validator(mode="after")
    def _one_kind(self) -> "Step":
        says = (self.text is not None) + (self.answers is not None)
        texts = self.sender is not None and says == 1
        acts = self.coordinator is not None and self.act is not None and self.of is not None
        if texts == acts or (acts and says):
            raise ValueError("a step has either from and text (or answers), or coordinator, "
                             "act and of")  # fmt: skip
        return self


class Scenario(Part):
    """Who takes part, what happens when, and what is true."""

    title: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    patience_s: Annotated[float, Field(gt=0, le=3600)]
    begins_at: Annotated[str | None, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = None
    people: Annotated[tuple[People, ...], Field(min_length=1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    outcome: Outcome = Outcome()

    def phones(self) -> dict[str, People]:
        """Each phone by its name, such as moa-1."""
        return {
            f"{group.name}-{number}": group
            for group in self.people
            for number in range(1, group.count + 1)
        }

    @property
    def begin(self) -> time | None:
        """The local time at which it is set, where that matters."""
        return time.fromisoformat(self.begins_at) if self.begins_at else None

    @property
    def length_s(self) -> float:
        """Seconds until the last step."""
        return self.steps[-1].at_s


_PLAINLY = {
    "extra_forbidden": "is no key that is known here",
    "missing": "is missing",
    "string_pattern_mismatch": "is not written as it must be (see the shipped scenarios)",
}


def read_scenario(path: Path) -> Scenario:
    """The scenario of a file; Refused names every mistake."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused("%(name)s cannot be read: %(error)s", name=path.name, error=error) from None
    mistakes: list[str] = []
    try:
        scenario = Scenario.model_validate(tree)
    except ValidationError as error:
        mistakes += [_in_words(found) for found in error.errors()]
        scenario = _what_is_right(tree)
    mistakes += _contradictions(scenario)
    if mistakes:
        listed = "\n".join(f"{path.name}: {mistake}" for mistake in mistakes)
        raise Refused(listed)
    return scenario


def _contradictions(scenario: Scenario) -> Iterator[str]:
    """What each part by itself does not show."""
    people = [group.name for group in scenario.people]
    for name in sorted({name for name in people if people.count(name) > 1}):
        yield f"people: two groups are called {name}"
    phones = scenario.phones()
    said = {phone for step in scenario.steps for phone in (step.sender, step.of) if phone}
    for phone in sorted((said | scenario.outcome.phones()) - phones.keys() if phones else ()):
        yield f"nobody is called {phone}"
    for group in sorted(scenario.outcome.groups() - set(people) if people else ()):
        yield f"no group of people is called {group}"
    times = [step.at_s for step in scenario.steps]
    if times != sorted(times):
        yield "the steps are not in the order of at_s"
    if scenario.outcome.nobody_warned:
        warned = [one.name for one in scenario.people if one.warned]
        warned += [one.name for one in scenario.outcome.incidents if one.warned or one.warns]
        if warned:
            yield f"nobody_warned is set, but these are warned: {', '.join(warned)}"
    for step in scenario.steps:
        sender = phones.get(step.sender or "")
        if step.answers and sender and not sender.focal:
            yield f"{step.sender} answers, but is no focal point: nobody asks them"


def _what_is_right(tree: Mapping[str, Any]) -> Scenario:
    """The parts of a file that can be read, so that what they say is looked at as well.

    People are all or none: with some of them missing, others would seem to name nobody.
    """
    people, steps = (_rows(tree, key, part) for key, part in (("people", People), ("steps", Step)))
    complete = len(people) == len(tree.get("people") or ())
    outcome = _rows({"outcome": [tree.get("outcome", {})]}, "outcome", Outcome)
    return Scenario.model_construct(
        people=tuple(people) if complete else (),
        steps=tuple(steps),
        outcome=outcome[0] if outcome else Outcome(),
    )


def _rows(tree: Mapping[str, Any], key: str, part: type[Part]) -> list[Any]:
    found = []
    rows = tree.get(key)
    for row in rows if isinstance(rows, list) else ():
        try:
            found.append(part.model_validate(row))
        except ValidationError:
            continue
    return found


def _in_words(found: Mapping[str, Any]) -> str:
    """Where a mistake is and what it is; rows are counted from 1, as people count."""
    path = [part + 1 if isinstance(part, int) else part for part in found["loc"]]
    where = ".".join(str(part) for part in path)
    said = _PLAINLY.get(found["type"], str(found["msg"]).removeprefix("Value error, "))
    return f"{where}: {said}" if where else said

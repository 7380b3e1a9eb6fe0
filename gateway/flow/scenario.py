"""Reads a scripted attack from a scenario file, all mistakes at once."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from gateway.terms.refusals import Refused


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class People(_Part):
    """Phones of one place; `warned` says whether they must be when all goes well."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*$")]
    place: str
    language: str
    count: Annotated[int, Field(ge=1, le=500)]
    warned: bool


class Step(_Part):
    """A phone texts, or a coordinator acts."""

    at_s: Annotated[float, Field(ge=0, le=86_400)]
    sender: Annotated[str | None, Field(alias="from")] = None
    text: str | None = None
    coordinator: Literal[1, 2] | None = None
    act: Literal["verify", "warn", "approve"] | None = None
    of: str | None = None
    reason: str = "Exercise"

    @model_validator(mode="after")
    def _one_kind(self) -> "Step":
        texts = self.sender is not None and self.text is not None
        acts = self.coordinator is not None and self.act is not None and self.of is not None
        if texts == acts:
            raise ValueError("a step has either from and text, or coordinator, act and of")
        return self


class Scenario(_Part):
    """Who takes part and what happens when."""

    title: str
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
    patience_s: Annotated[float, Field(gt=0, le=3600)]
    people: Annotated[tuple[People, ...], Field(min_length=1)]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _everybody_known(self) -> "Scenario":
        unknown = {
            phone
            for step in self.steps
            for phone in (step.sender, step.of)
            if phone is not None and phone not in self.phones()
        }
        if unknown:
            raise ValueError(f"nobody is called {', '.join(sorted(unknown))}")
        if [step.at_s for step in self.steps] != sorted(step.at_s for step in self.steps):
            raise ValueError("the steps are not in the order of at_s")
        return self

    def phones(self) -> dict[str, People]:
        """Each phone by its name, such as moa-1."""
        return {
            f"{group.name}-{number}": group
            for group in self.people
            for number in range(1, group.count + 1)
        }


def read_scenario(path: Path) -> Scenario:
    """The scenario of a file; Refused names every mistake."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Refused(f"{path.name} cannot be read: {error}") from None
    try:
        return Scenario.model_validate(tree)
    except ValidationError as error:
        lines = [
            f"{path.name}: {'.'.join(str(part) for part in found['loc'])}: {found['msg']}"
            for found in error.errors()
        ]
        raise Refused("\n".join(lines)) from None

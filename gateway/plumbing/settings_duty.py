"""The settings of who is called to incidents, and when."""

import re
from datetime import datetime, time, timedelta
from typing import Annotated

from pydantic import Field, field_validator

from gateway.plumbing.settings_section import Section

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"^((?:[01]\d|2[0-3]):[0-5]\d)-((?:[01]\d|2[0-3]):[0-5]\d)$")


class SeverityFactor(Section):
    """What multiplies the minutes of a hazard, by the worst that a witness tells."""

    extreme: Annotated[float, Field(gt=0, le=10)]
    high: Annotated[float, Field(gt=0, le=10)]
    medium: Annotated[float, Field(gt=0, le=10)]
    low: Annotated[float, Field(gt=0, le=10)]

    def of(self, severity: str | None) -> float:
        """1 where nobody has said how bad it is."""
        factor: float = getattr(self, severity, 1.0) if severity else 1.0
        return factor


class EscalationSettings(Section):
    """How the people of the rota are called, and how long they may answer by SMS."""

    next_minutes: Annotated[float, Field(ge=1, le=240)]
    rounds: Annotated[int, Field(ge=1, le=10)]
    code_minutes: Annotated[float, Field(ge=1, le=240)]
    wrong_codes: Annotated[int, Field(ge=1, le=20)]
    severity_factor: SeverityFactor


class Shift(Section):
    """People who are called in their order, at some hours of some days."""

    people: tuple[str, ...]
    hours: str = ""
    days: str = ""

    @field_validator("people")
    @classmethod
    def _each_once(cls, people: tuple[str, ...]) -> tuple[str, ...]:
        names = [name.strip() for name in people]
        if not names:
            raise ValueError("name at least one account")
        if not all(names):
            raise ValueError("a name is empty")
        if len({name.lower() for name in names}) < len(names):
            raise ValueError("a name stands there twice")
        return tuple(names)

    @field_validator("hours")
    @classmethod
    def _known_hours(cls, hours: str) -> str:
        found = _HOURS.match(hours)
        if hours and (not found or found[1] == found[2]):
            raise ValueError('expected hours such as "18:00-06:00", or "" for always')
        return hours

    @field_validator("days")
    @classmethod
    def _known_days(cls, days: str) -> str:
        ends = [end for part in days.split(",") for end in part.split("-")] if days else []
        if not set(ends) <= set(DAYS) or any(part.count("-") > 1 for part in days.split(",")):
            raise ValueError('expected days such as "mon-fri" or "sat,sun", or "" for every day')
        return days

    def covers(self, local: datetime) -> bool:
        """Whether it holds at this local time; a night belongs to the day on which it began."""
        if not self.hours:
            return self._on(local)
        begin, end = (time.fromisoformat(part) for part in self.hours.split("-"))
        clock = local.time()
        if begin < end:
            return begin <= clock < end and self._on(local)
        if clock >= begin:
            return self._on(local)
        return clock < end and self._on(local - timedelta(days=1))

    def on_days(self) -> list[str]:
        """The days on which it begins, of `DAYS`."""
        return [day for at, day in enumerate(DAYS) if not self.days or at in _days(self.days)]

    def _on(self, local: datetime) -> bool:
        return not self.days or local.weekday() in _days(self.days)


def _days(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        start, end = DAYS.index(first), DAYS.index(last or first)
        found |= {day % 7 for day in range(start, end + 1 if end >= start else end + 8)}
    return found

"""A CAP 1.2 message as values, and what may stand in it (OASIS CAP-v1.2, section 3.2)."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from gateway.terms.geo import Position

Status = Literal["Actual", "Exercise", "System", "Test", "Draft"]
MsgType = Literal["Alert", "Update", "Cancel", "Ack", "Error"]
Scope = Literal["Public", "Restricted", "Private"]
Category = Literal[
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra",
    "CBRNE", "Other",
]  # fmt: skip
ResponseType = Literal[
    "Shelter", "Evacuate", "Prepare", "Execute", "Avoid", "Monitor", "Assess", "AllClear", "None",
]  # fmt: skip
Urgency = Literal["Immediate", "Expected", "Future", "Past", "Unknown"]
Severity = Literal["Extreme", "Severe", "Moderate", "Minor", "Unknown"]
Certainty = Literal["Observed", "Likely", "Possible", "Unlikely", "Unknown"]

MAX_POINTS = 500  # of a polygon; systems that draw areas refuse much longer ones
_NAME = re.compile(r"[^\s,<&]+")


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier message that this one speaks of."""

    sender: str
    identifier: str
    sent: datetime

    def __post_init__(self) -> None:
        _check_names(self.sender, self.identifier)
        _check_times(self.sent)


@dataclass(frozen=True, slots=True)
class Code:
    """A value of a list of codes: a geocode or an event code."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Disc:
    """Everything within `radius_km` of a point."""

    centre: Position
    radius_km: float

    def __post_init__(self) -> None:
        if not self.radius_km >= 0:
            raise ValueError("a circle has no negative radius")


@dataclass(frozen=True, slots=True)
class CapArea:
    """Where people are told; a polygon's first point is its last."""

    description: str
    polygons: tuple[tuple[Position, ...], ...] = ()
    discs: tuple[Disc, ...] = ()
    geocodes: tuple[Code, ...] = ()

    def __post_init__(self) -> None:
        for polygon in self.polygons:
            if polygon[0] != polygon[-1] or not 4 <= len(polygon) <= MAX_POINTS:
                raise ValueError(f"a polygon has 4 to {MAX_POINTS} points and ends as it begins")


@dataclass(frozen=True, slots=True)
class Info:
    """What is said in one language (RFC 3066 code)."""

    language: str
    categories: tuple[Category, ...]
    event: str
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    responses: tuple[ResponseType, ...] = ()
    audience: str = ""
    event_codes: tuple[Code, ...] = ()
    effective: datetime | None = None
    onset: datetime | None = None
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = ""
    instruction: str = ""
    web: str = ""
    contact: str = ""
    area: CapArea | None = None  # one: systems are out there that read the first and no other

    def __post_init__(self) -> None:
        if not self.categories:
            raise ValueError("an info block has a category")
        _check_times(self.effective, self.onset, self.expires)


@dataclass(frozen=True, slots=True)
class Message:
    """One CAP alert; raises ValueError where the standard forbids what it is made of."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    scope: Scope
    source: str = ""
    restriction: str = ""
    note: str = ""
    references: tuple[Reference, ...] = ()
    incidents: tuple[str, ...] = ()
    info: tuple[Info, ...] = ()

    def __post_init__(self) -> None:
        _check_names(self.identifier, self.sender)
        _check_times(self.sent)
        if self.msg_type in ("Update", "Cancel") and not self.references:
            raise ValueError(f"{self.msg_type} names the messages that it speaks of")
        if self.msg_type in ("Alert", "Update") and not self.info:
            raise ValueError(f"{self.msg_type} says something in some language")
        if (self.scope == "Restricted") != bool(self.restriction):
            raise ValueError("a restriction is given for the scope Restricted, and for it alone")
        if any(not _NAME.fullmatch(one) for one in self.incidents):
            raise ValueError("an incident's name has no spaces, commas, < or &")


def _check_names(*names: str) -> None:
    for name in names:
        if not _NAME.fullmatch(name):
            raise ValueError(f"no spaces, commas, < or & in a sender or identifier: {name!r}")


def _check_times(*moments: datetime | None) -> None:
    if any(moment is not None and moment.tzinfo is None for moment in moments):
        raise ValueError("a time without a zone")

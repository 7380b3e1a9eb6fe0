"""What understanding a message yields: frozen values that the other rooms keep and show."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Geotag:
    """A place a message speaks of, and how far that can be trusted."""

    place_id: int | None  # None for coordinates, and where several places share the name
    name: str
    lat: float
    lon: float
    precision_m: int  # it is within this many metres of the point
    role: str  # at, from, toward, near, passing
    found_by: str  # name, alias, spelling, landmark, coordinates, sender
    certainty: float  # 0 to 1


@dataclass(frozen=True, slots=True)
class Movement:
    """Who is said to go from where to where; bearing in degrees clockwise from north."""

    from_: str | None
    to: str | None
    bearing_deg: int | None
    through: tuple[str, ...] = ()
    who: str | None = None  # in the text's own words, folded
    by: str | None = None  # foot, horse, vehicle, boat
    arrival_minutes: int | None = None  # from where they are to where they go


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """When it happened: the words that say it, and between which moments that is.

    The moments are None where nobody knows when the text was received.
    """

    text: str
    from_: datetime | None
    to: datetime | None


@dataclass(frozen=True, slots=True)
class Casualties:
    """What was done to people, and to how many where the text says so.

    `count` is the number as it is said, the higher of two; it lies between `low` and `high`, one
    of which is None in "more than 20" and "up to 20".
    """

    state: str  # killed, injured, abducted, missing, displaced
    count: int | None
    low: int | None = None
    high: int | None = None


@dataclass(frozen=True, slots=True)
class Severity:
    """How bad it is, and what in the text says so."""

    level: str  # low, medium, high, extreme
    cues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A message as understood; `why` explains every decision in short sentences."""

    kind: str  # report, chat
    language: str
    hazard: str | None  # None only for chat
    hazards: dict[str, float]
    place: Geotag | None
    places: tuple[Geotag, ...]
    choices: tuple[Geotag, ...]  # where nothing decides: what to ask the sender about
    movement: Movement | None
    when: TimeSpan | None
    count: int | None  # armed people, when the text says how many
    why: tuple[str, ...]
    act: str = "observation"  # or question, request, denial
    casualties: tuple[Casualties, ...] = ()
    severity: Severity | None = None  # None only for chat

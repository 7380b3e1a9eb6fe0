"""What a scenario says truly happened: the incidents, who tells of them, who is to be warned."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Letter = Literal["A", "B", "C", "D", "E", "F"]
_Number = Annotated[int, Field(ge=0)]
_Credibility = Annotated[int, Field(ge=1, le=6)]


class Part(BaseModel):
    """A table of a scenario file; a key that is not known is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class TrueIncident(Part):
    """One incident as it must stand at the end.

    `phones` tell of it and nobody else does; `sources` and `contradictions` count who wrote by
    themselves, answers to our questions come on top.
    """

    name: str
    hazard: str
    place: str | None = None  # None: nobody can know where
    within_km: Annotated[float, Field(gt=0)] = 5.0
    phones: Annotated[tuple[str, ...], Field(min_length=1)]
    sources: _Number
    state: Literal["open", "verified", "refuted", "unverifiable", "closed"] = "open"
    credibility_no_better_than: _Credibility | None = None  # whenever somebody decides; 1 is best
    credibility_no_worse_than: _Credibility | None = None  # at the end
    copies: tuple[str, ...] = ()
    hearsay: tuple[str, ...] = ()
    denied_by: tuple[str, ...] = ()
    contradictions: _Number = 0
    coordinated: bool = False
    warned: bool = False
    warns: tuple[str, ...] | None = None  # groups of people, each warned of it once
    stops: tuple[str, ...] | None = None
    asked: tuple[str, ...] | None = None


class Sources(Part):
    """How reliable the gateway must hold some phones to be at the end; A is the best."""

    phones: Annotated[tuple[str, ...], Field(min_length=1)]
    no_better_than: Letter | None = None
    no_worse_than: Letter | None = None


class Outcome(Part):
    """What must be so at the end of an exercise."""

    count: _Number | None = None  # of incidents besides words of all quiet
    nobody_warned: bool = False
    never_sent: tuple[str, ...] = ()  # words that no message of ours may hold
    incidents: tuple[TrueIncident, ...] = ()
    sources: tuple[Sources, ...] = ()

    def phones(self) -> set[str]:
        """Every phone that it names."""
        return {
            phone
            for one in self.incidents
            for phones in (one.phones, one.copies, one.hearsay, one.denied_by, one.asked or ())
            for phone in phones
        } | {phone for one in self.sources for phone in one.phones}

    def groups(self) -> set[str]:
        """Every group of people that it names."""
        return {group for one in self.incidents for group in one.warns or ()}

    def shared(self) -> set[str]:
        """Phones that tell of several incidents."""
        tell = [phone for one in self.incidents for phone in one.phones]
        return {phone for phone in tell if tell.count(phone) > 1}

"""The menu of the pages: what stands in it for whom."""

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.web.context import runtime
from gateway.web.guards import may
from gateway.web.speech import N_


@dataclass(frozen=True, slots=True)
class Entry:
    """A page by its address, its name in English, and the least role that sees it."""

    path: str
    name: str
    role: str = "viewer"
    simulated: bool = False  # only beside simulated phones

    @property
    def shown(self) -> bool:
        """Whether this visitor is offered it."""
        return may(self.role) and (not self.simulated or runtime().settings.only_simulated)


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that belong together."""

    name: str
    entries: Sequence[Entry]

    @property
    def shown(self) -> Sequence[Entry]:
        """Those that this visitor is offered."""
        return [entry for entry in self.entries if entry.shown]


FIRST = (
    Entry("/", N_("Situation")),
    Entry("/queue", N_("Queue")),
    Entry("/alerts", N_("Warnings")),
    Entry("/map", N_("Map")),
)
MORE = (
    Group(
        N_("Overview"),
        (
            Entry("/incidents", N_("Incidents")),
            Entry("/analysis", N_("Analysis"), "analyst"),
            Entry("/situation-report", N_("Situation report")),
            Entry("/risk", N_("Risk")),
        ),
    ),
    Group(
        N_("People and places"),
        (
            Entry("/subscribers", N_("Subscribers"), "analyst"),
            Entry("/focal-points", N_("Focal points"), "analyst"),
            Entry("/subscribers/import", N_("Sign-up sheet"), "coordinator"),
            Entry("/places", N_("Places")),
            Entry("/messages", N_("Messages"), "analyst"),
        ),
    ),
    Group(
        N_("Work"),
        (
            Entry("/campaigns", N_("Campaigns")),
            Entry("/playbooks", N_("Playbooks")),
            Entry("/exercises", N_("Exercises")),
            Entry("/administration", N_("Administration"), "coordinator"),
        ),
    ),
    Group(
        N_("You"),
        (
            Entry("/guide", N_("First steps")),
            Entry("/phones", N_("Simulated phones"), simulated=True),
            Entry("/password", N_("My password")),
        ),
    ),
)

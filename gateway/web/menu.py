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
    Entry("/incidents", N_("Incidents")),
    Entry("/alerts", N_("Warnings")),
    Entry("/map", N_("Map")),
)
MORE = (
    Group(
        N_("People and places"),
        (
            Entry("/subscribers", N_("Subscribers"), "analyst"),
            Entry("/places", N_("Places")),
            Entry("/messages", N_("Messages"), "analyst"),
        ),
    ),
    Group(
        N_("Overview"),
        (
            Entry("/risk", N_("Risk")),
            Entry("/campaigns", N_("Campaigns")),
            Entry("/exercises", N_("Exercises")),
        ),
    ),
    Group(
        N_("Administration"),
        (
            Entry("/playbooks", N_("Playbooks")),
            Entry("/accounts", N_("Accounts"), "coordinator"),
            Entry("/audit", N_("Audit"), "coordinator"),
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

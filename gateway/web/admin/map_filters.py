"""What of the situation the map shows, as the address says it: the same names as the queue's."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from flask import request
from flask_babel import ngettext

from gateway.lists.incidents import STATES
from gateway.lists.map import SORTS, Wanted
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import chosen
from gateway.web.speech import N_

WEEKS = (1, 2, 4, 8, 12, 26)
LAYERS = {"": N_("incidents and warnings"), "heat": N_("where reports come from"),
          "villages": N_("villages by reach")}  # fmt: skip
SORT_WORDS = {
    "": N_("newest report first"),
    "pressing": N_("most pressing first"),
    "reports": N_("most reports first"),
    "oldest": N_("longest silent first"),
}
SEVERITIES = ("Extreme", "Severe", "Moderate", "Minor")
_USUAL_WEEKS = 4
_LONGEST_PLACE = 60


@dataclass(frozen=True, slots=True)
class Filters:
    """The fields of the form as they were sent; `weeks` 0 where none was chosen."""

    state: str
    hazard: str
    severity: str
    place: str
    mine: bool
    unplaced: bool
    sort: str
    weeks: int
    layer: str

    @property
    def span(self) -> int:
        """Weeks that the slider goes through."""
        return self.weeks or _USUAL_WEEKS

    @property
    def hazards(self) -> tuple[str, ...] | None:
        """Those that are let through; None when all are."""
        if not self.hazard and not self.severity:
            return None
        return tuple(
            key
            for key, one in runtime().hazards.items()
            if self.hazard in ("", key) and self.severity in ("", one.severity)
        )

    @property
    def first_day(self) -> date:
        """The first day of the slider, in the deployment's zone: a Monday."""
        today = now().astimezone(runtime().zone).date()
        return today - timedelta(days=today.weekday(), weeks=self.span - 1)

    def wanted(self) -> Wanted:
        """The same for the list."""
        return Wanted(
            state=self.state,
            hazards=self.hazards,
            place=self.place,
            owner_id=current_actor().id if self.mine else None,
            unplaced=self.unplaced,
            since=begin_of(self.first_day) if self.weeks or self.state == "all" else None,
            sort=self.sort,
            pressing=tuple(runtime().hazards),
        )


def asked() -> Filters:
    """From the address; what is none of the allowed is as if it were not there."""
    weeks = request.args.get("weeks", 0, type=int)
    return Filters(
        state=chosen("state", ["all", *STATES]),
        hazard=chosen("hazard", list(runtime().hazards)),
        severity=chosen("severity", SEVERITIES),
        place=request.args.get("place", "").strip()[:_LONGEST_PLACE],
        mine=request.args.get("mine") == "1",
        unplaced=request.args.get("unplaced") == "1",
        sort=chosen("sort", SORTS),
        weeks=weeks if weeks in WEEKS else 0,
        layer=chosen("layer", list(LAYERS)),
    )


def begin_of(day: date) -> datetime:
    """Its midnight in the deployment's zone, in UTC."""
    return datetime.combine(day, time(), runtime().zone).astimezone(UTC)


def weeks_words(count: int) -> str:
    """ "4 weeks"."""
    return str(ngettext("%(num)s week", "%(num)s weeks", count))

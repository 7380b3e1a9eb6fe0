"""What a situation report says in whole sentences: what changed, and ranges of people harmed."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from gateway.lists.analysis.situation import Change
from gateway.lists.casualties import KINDS
from gateway.web.plot_parts import number
from gateway.web.speech import N_, spoken


def change_words(change: Change, name: str) -> str:
    """ "Reports: 12, 4 more than in as many days before (8)."."""
    if change.now is None or change.before is None:
        shown = gettext("not shown") if change.now is None else number(change.now)
        return str(gettext("%(name)s: %(now)s.", name=name, now=shown))
    more = change.now - change.before
    values = {"name": name, "now": number(change.now), "before": number(change.before)}
    if not more:
        return str(gettext("%(name)s: %(now)s, as many as in the days before.", **values))
    if more > 0:
        words = N_("%(name)s: %(now)s, %(more)s more than in the days before (%(before)s).")
    else:
        words = N_("%(name)s: %(now)s, %(more)s fewer than in the days before (%(before)s).")
    return str(gettext(words, more=number(abs(more)), **values))


def harm_words(row: Mapping[str, Any]) -> str:
    """ "killed: 3 to 5; displaced: at least 40"; of one incident, as nobody is added up."""
    return "; ".join(
        words
        for kind in KINDS
        if (words := _range_words(kind, row[f"{kind}_low"], row[f"{kind}_high"]))
    )


def _range_words(kind: str, low: int | None, high: int | None) -> str:
    values = {"kind": spoken(kind), "low": low, "high": high}
    if low is None and high is None:
        return ""
    if high is None:
        return str(gettext("%(kind)s: %(low)s or more", **values))
    if low is None:
        return str(gettext("%(kind)s: up to %(high)s", **values))
    if low == high:
        return str(gettext("%(kind)s: %(low)s", **values))
    return str(gettext("%(kind)s: %(low)s to %(high)s", **values))

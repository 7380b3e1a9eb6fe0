"""Says who did what and when to a person who was second, so that nothing is judged blindly."""

from collections.abc import Mapping
from datetime import datetime

from flask_babel import gettext, ngettext

from gateway.lists.firsts import last_move
from gateway.store.tables import Move
from gateway.terms.refusals import Refused
from gateway.terms.states import MoveRefused
from gateway.web.context import now, runtime
from gateway.web.formats import ago, hide_numbers
from gateway.web.guards import may
from gateway.web.speech import N_
from gateway.web.speech import told as refusal_told

_SECONDS = 45
_DID: Mapping[str, str] = {
    "verified": N_("%(who)s verified this incident %(when)s."),
    "refuted": N_("%(who)s refuted this incident %(when)s."),
    "unverifiable": N_("%(who)s marked this incident as not verifiable %(when)s."),
    "open": N_("%(who)s opened this incident again %(when)s."),
    "closed": N_("%(who)s closed this incident %(when)s."),
    "merged": N_("%(who)s merged this incident into another %(when)s."),
}
_DID_ELSE = N_("%(who)s changed it %(when)s.")


def told(error: MoveRefused) -> str:
    """Whole sentences: the state now, who brought it there and why; nothing else was changed."""
    what = gettext("warning") if error.machine == "alert" else gettext(error.machine)
    first = gettext(
        "Somebody else acted first: this %(what)s is now %(state)s.",
        what=what,
        state=gettext(error.origin),
    )
    after = gettext("Nothing was changed by you. Look again before you go on.")
    return " ".join([first, *_who(error), after])


def why_skipped(error: Refused | MoveRefused) -> str:
    """The same of one incident among several, shorter."""
    if isinstance(error, Refused):
        return refusal_told(error)
    return " ".join(_who(error)) or gettext("It is %(state)s now.", state=gettext(error.origin))


def is_repeated(error: MoveRefused, name: str, reason: str) -> bool:
    """Whether the same person has decided just this already: the answer got lost on its way."""
    move = _move(error)
    return move is not None and (move.target, move.who, move.why) == (error.target, name, reason)


def since(moment: datetime) -> str:
    """ "10 seconds ago", "4 min ago"."""
    seconds = max(0, round((now() - moment).total_seconds()))
    if seconds < _SECONDS:
        return str(ngettext("%(num)s second ago", "%(num)s seconds ago", seconds))
    return ago(moment)


def _who(error: MoveRefused) -> list[str]:
    move = _move(error)
    if move is None or move.target != error.origin:
        return []
    words = _DID.get(move.target, _DID_ELSE) if move.machine == "incident" else _DID_ELSE
    said = [str(gettext(words)) % {"who": move.who, "when": since(move.at)}]
    if move.why and may("analyst"):
        said.append(str(gettext("The reason: %(why)s.", why=hide_numbers(move.why).rstrip("."))))
    return said


def _move(error: MoveRefused) -> Move | None:
    if error.row_id is None:
        return None
    with runtime().database.reading() as session:
        return last_move(session, error.machine, error.row_id)

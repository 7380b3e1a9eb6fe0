"""What is to be done next about an incident: the one button that stands first."""

from collections.abc import Sequence

from gateway.store.tables import Alert, Incident

_GOING_ON = ("draft", "submitted", "approved", "live")
_SURE = 2  # confirmed or probably true


def next_step(
    incident: Incident,
    alerts: Sequence[Alert],
    *,
    proposed: int,
    asked: int,
    may_ask: bool,
    steps_left: int,
) -> str:
    """A word for what comes first; empty where nothing is left to do.

    `proposed` and `asked` are people, `steps_left` those of the checklist.
    """
    if incident.state == "open":
        return _of_open(incident, proposed, asked, may_ask)
    if incident.state == "verified":
        return _of_verified(incident, alerts, steps_left)
    return "merged" if incident.state == "merged" else ""


def warning(alerts: Sequence[Alert]) -> Alert | None:
    """The newest warning that goes on."""
    going = (one for one in alerts if one.purpose == "warning" and one.state in _GOING_ON)
    return next(going, None)


def _of_open(incident: Incident, proposed: int, asked: int, may_ask: bool) -> str:
    if incident.owner_id is None:
        return "take"
    if incident.credibility <= _SURE:
        return "judge"
    if incident.lat is None:
        return "place"
    if proposed and may_ask:
        return "ask proposed"
    return "judge" if asked or not may_ask else "ask"


def _of_verified(incident: Incident, alerts: Sequence[Alert], steps_left: int) -> str:
    current = warning(alerts)
    if current is None and not any(one.purpose == "warning" for one in alerts):
        return "warn" if incident.lat is not None else "place"
    if current is not None and current.state in ("draft", "submitted"):
        return "finish" if current.state == "draft" else "approve"
    if steps_left:
        return "checklist"
    return "close" if current is None else "watch"

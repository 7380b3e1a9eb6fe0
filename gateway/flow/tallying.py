"""A coordinator says how many people an incident harmed."""

from datetime import datetime

from sqlalchemy.orm import Session

from gateway.incidents.casualties import KINDS
from gateway.store.audit import record
from gateway.store.tables import Casualty, Incident, User
from gateway.terms.refusals import NotFound, Refused, need_reason

_MOST = 10_000_000


def set_range(
    session: Session,
    incident_id: int,
    kind: str,
    low: int | None,
    high: int | None,
    by: User,
    reason: str,
    now: datetime,
) -> Casualty:
    """Holds against all reports until the next one; without numbers the reports count again.

    What was set before stays in the table: nothing is overwritten.
    """
    need_reason(reason)
    incident = session.get(Incident, incident_id)
    if incident is None:
        raise NotFound("There is no incident %(incident_id)s.", incident_id=incident_id)
    if incident.state == "merged":
        raise Refused("Incident %(id)s was merged: say it of the one it went into.", id=incident.id)
    if kind not in KINDS:
        raise Refused("Choose what was done to people from the list.")
    if low is not None and high is not None and low > high:
        raise Refused("The lower number is above the higher one.")
    if max(low or 0, high or 0) > _MOST:
        raise Refused("So many people do not live here.")
    row = Casualty(
        incident_id=incident.id,
        kind=kind,
        low=low,
        high=high,
        who=by.name,
        reason=reason,
        at=now,
    )
    session.add(row)
    session.flush()
    facts = {"kind": kind, "low": low, "high": high}
    subject = f"incident {incident.id}"
    record(
        session,
        who=by.name,
        act="incident.casualties",
        subject=subject,
        now=now,
        facts=facts,
        reason=reason,
    )
    return row

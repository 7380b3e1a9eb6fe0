"""Who has an incident open now, so that no two work on it unknowingly."""

from datetime import datetime, timedelta

from sqlalchemy import delete, select, tuple_
from sqlalchemy.orm import Session

from gateway.store.once import inserts
from gateway.store.tables import Incident, Presence, User
from gateway.terms.refusals import NotFound

FRESH = timedelta(seconds=60)  # after that a sign of life says nothing
_AT_ONCE = 50


def note(session: Session, incident_id: int, by: User, now: datetime) -> None:
    """`by` looks at it now; what is stale of others is swept out. Raises NotFound."""
    if session.get(Incident, incident_id) is None:
        raise NotFound("There is no such incident.")
    row = {"incident_id": incident_id, "user_id": by.id, "at": now}
    insert = inserts(session)(Presence).values(**row)
    session.execute(
        insert.on_conflict_do_update(index_elements=["incident_id", "user_id"], set_={"at": now})
    )
    _sweep(session, now)  # last: it waits for nobody, so no two can wait for each other


def _sweep(session: Session, now: datetime) -> None:
    """Rows that another sweeper holds are left to them."""
    key = tuple_(Presence.incident_id, Presence.user_id)
    stale = session.execute(
        select(Presence.incident_id, Presence.user_id)
        .where(Presence.at < now - FRESH)
        .order_by(Presence.incident_id, Presence.user_id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    if stale:
        session.execute(delete(Presence).where(key.in_([tuple(row) for row in stale])))

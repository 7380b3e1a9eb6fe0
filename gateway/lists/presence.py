"""Who else looks at an incident now."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.tables import Presence, User


def others(session: Session, incident_id: int, me: int, since: datetime) -> Sequence[str]:
    """Names of those who gave a sign since then, without the person's own."""
    return session.scalars(
        select(User.name)
        .join(Presence, Presence.user_id == User.id)
        .where(Presence.incident_id == incident_id, Presence.at >= since, Presence.user_id != me)
        .order_by(User.name)
    ).all()

"""Who asked for help after a warning, as the page of the incident tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.store.tables import AlertReply, Place, Report, Subscriber

_MOST = 60


@dataclass(frozen=True, slots=True)
class Cry:
    """One person; `now` is the last that they said: safe, help or moved (to `place`)."""

    subscriber_id: int
    pseudonym: str
    alert_id: int
    now: str
    place: str | None
    at: datetime


def of_incident(session: Session, incident_id: int) -> Sequence[Cry]:
    """Who still asks for help first, then the newest word first."""
    rows = session.execute(
        select(
            Subscriber.id,
            Subscriber.pseudonym,
            AlertReply.alert_id,
            AlertReply.said,
            Place.name,
            AlertReply.at,
        )
        .join(AlertReply, AlertReply.subscriber_id == Subscriber.id)
        .join(Report, Report.id == AlertReply.report_id)
        .outerjoin(Place, Place.id == AlertReply.place_id)
        .where(Report.incident_id == incident_id)
        .order_by(AlertReply.said != "help", AlertReply.at.desc())
        .limit(_MOST)
    )
    return [Cry(*row) for row in rows]

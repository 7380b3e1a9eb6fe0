"""Who asked for help after a warning, as the page of the incident tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
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


def asking(session: Session, incident_ids: Sequence[int]) -> Mapping[int, int]:
    """How many people still ask for help in each of these incidents where anybody does."""
    rows = session.execute(
        select(Report.incident_id, func.count())
        .join(AlertReply, AlertReply.report_id == Report.id)
        .where(Report.incident_id.in_(incident_ids), AlertReply.said == "help")
        .group_by(Report.incident_id)
    )
    return {incident_id or 0: count for incident_id, count in rows}

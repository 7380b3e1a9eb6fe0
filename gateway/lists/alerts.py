"""Warnings: the list, and one warning with its texts, approvals and people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from gateway.lists.paging import Page, read_page
from gateway.store.tables import Alert, Incident, User
from gateway.terms.refusals import NotFound

STATES = ("draft", "submitted", "approved", "live", "expired", "cancelled", "discarded")


@dataclass(frozen=True, slots=True)
class Yes:
    """One approval; `current` when it was given to this version."""

    who: str
    at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class AlertView:
    """An alert with the names of those who made it."""

    alert: Alert
    incident: Incident | None  # None of a campaign
    drafted_by: str
    submitted_by: str | None
    yes: Sequence[Yes]
    approvers: frozenset[int]  # of this version
    glass_by: str | None
    reviewed_by: str | None
    followed_by: Sequence[Alert]

    @property
    def texts(self) -> Mapping[str, str]:
        """Text by language."""
        return {text.language: text.body for text in self.alert.texts}


def listed(session: Session, *, state: str, page: int) -> Page[Alert]:
    """Warnings, the newest first."""
    query = select(Alert).order_by(Alert.id.desc())
    if state:
        query = query.where(Alert.state == state)
    found = read_page(session, query, page)
    return Page([row[0] for row in found.rows], found.number, found.more)


def view(session: Session, alert_id: int) -> AlertView:
    """Raises NotFound."""
    alert = find(session, alert_id)
    people = {approval.user_id for approval in alert.approvals}
    others = (alert.drafted_by, alert.submitted_by, alert.glass_by, alert.reviewed_by)
    people |= {user_id for user_id in others if user_id is not None}
    rows = session.execute(select(User.id, User.name).where(User.id.in_(people)))
    names = dict(rows.all())
    followed = session.scalars(select(Alert).where(Alert.refers_to_id == alert.id)).all()
    current = [approval for approval in alert.approvals if approval.version == alert.version]
    return AlertView(
        alert=alert,
        incident=session.get_one(Incident, alert.incident_id) if alert.incident_id else None,
        drafted_by=names.get(alert.drafted_by, "?"),
        submitted_by=names.get(alert.submitted_by or 0),
        glass_by=names.get(alert.glass_by or 0),
        reviewed_by=names.get(alert.reviewed_by or 0),
        yes=[Yes(names.get(a.user_id, "?"), a.at, a in current) for a in alert.approvals],
        approvers=frozenset(approval.user_id for approval in current),
        followed_by=followed,
    )


def find(session: Session, alert_id: int) -> Alert:
    """The alert with its texts and approvals; raises NotFound."""
    alert = session.get(
        Alert, alert_id, options=[selectinload(Alert.texts), selectinload(Alert.approvals)]
    )
    if alert is None:
        raise NotFound("There is no such warning.")
    return alert

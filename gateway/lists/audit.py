"""The audit chain, the newest link first."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.lists.paging import Page, read_page
from gateway.store.tables import AuditRow


def listed(session: Session, *, who: str, act: str, page: int) -> Page[AuditRow]:
    """Links by exact name and by the beginning of the act; empty filters let all through."""
    query = select(AuditRow).order_by(AuditRow.id.desc())
    if who:
        query = query.where(AuditRow.who == who)
    if act:
        query = query.where(AuditRow.act.startswith(act, autoescape=True))
    found = read_page(session, query, page)
    return Page([row[0] for row in found.rows], found.number, found.more)


def acts(session: Session) -> Sequence[str]:
    """All acts that ever happened, for the filter."""
    return session.scalars(select(AuditRow.act).distinct().order_by(AuditRow.act)).all()

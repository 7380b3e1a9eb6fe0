"""Outlines of the deployment's counties and regions, for maps."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.tables import Border

_MOST = 400


def stamp(session: Session) -> tuple[int, int]:
    """Differs when the borders do."""
    row = session.execute(select(func.count(), func.max(Border.id))).one()
    return int(row[0]), int(row[1] or 0)


def shown(session: Session) -> Sequence[Border]:
    """The widest first, as many as a slow line carries."""
    return session.scalars(select(Border).order_by(Border.level, Border.id).limit(_MOST)).all()

"""The audit chain, the newest link first."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, defer

from gateway.lists.paging import Page, read_page
from gateway.store.tables import AuditRow

MOST_EXPORTED = 50_000
_LATE = 20_000  # rows that are looked at for acts


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; empty lets all through. Times from (included) and to (not)."""

    who: str = ""
    act: str = ""  # its beginning
    subject: str = ""  # the whole with its number, "incident 17", or a part without: "incident"
    begins: datetime | None = None
    ends: datetime | None = None


def listed(session: Session, search: Search, page: int) -> Page[AuditRow]:
    """One page of what fits."""
    found = read_page(session, _query(search), page)
    return Page([row[0] for row in found.rows], found.number, found.more)


def exported(session: Session, search: Search) -> Iterator[Mapping[str, Any]]:
    """Everything that fits, the newest first, MOST_EXPORTED at most; reasons stay sealed."""
    query = _query(search).limit(MOST_EXPORTED).options(defer(AuditRow.reason))
    with session.scalars(query.execution_options(yield_per=500)) as rows:
        for row in rows:
            yield {
                "id": row.id, "at": row.at.isoformat(), "who": row.who, "act": row.act,
                "subject": row.subject, "facts": row.facts, "hash": row.hash,
            }  # fmt: skip


def acts(session: Session) -> Sequence[str]:
    """Acts that happened of late, for the filter."""
    late = select(AuditRow.act).order_by(AuditRow.id.desc()).limit(_LATE).subquery()
    return session.scalars(select(late.c.act).distinct().order_by(late.c.act)).all()


def _query(search: Search) -> Select[AuditRow]:
    query = select(AuditRow).order_by(AuditRow.id.desc())
    if search.who:
        query = query.where(AuditRow.who == search.who)
    if search.act:
        query = query.where(AuditRow.act.startswith(search.act, autoescape=True))
    if search.subject:
        numbered = any(letter.isdecimal() for letter in search.subject)  # "incident 17", not 171
        query = query.where(
            AuditRow.subject == search.subject
            if numbered
            else AuditRow.subject.contains(search.subject, autoescape=True)
        )
    if search.begins:
        query = query.where(AuditRow.at >= search.begins)
    if search.ends:
        query = query.where(AuditRow.at < search.ends)
    return query

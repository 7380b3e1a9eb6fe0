"""The SMS templates of a language as they hold, and what of them was written here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.store.tables import TemplateText


@dataclass(frozen=True, slots=True)
class TextRow:
    """One template; `who` wrote it over the shipped one, if anybody did."""

    name: str
    words: str
    fields: tuple[str, ...]
    who: str | None
    at: datetime | None


def rows(session: Session, language: str) -> list[TextRow]:
    """Every template of a language, by name."""
    own = _own(session, language)
    return [_row(language, name, own) for name in sorted(wording.names())]


def changed(session: Session) -> Mapping[str, int]:
    """How many texts of each language were written here."""
    newest = select(func.max(TemplateText.id)).group_by(TemplateText.language, TemplateText.name)
    found = session.execute(
        select(TemplateText.language, func.count())
        .where(TemplateText.id.in_(newest), TemplateText.words.is_not(None))
        .group_by(TemplateText.language)
    )
    return dict(found.all())


def _own(session: Session, language: str) -> dict[str, TemplateText]:
    newest = (
        select(func.max(TemplateText.id))
        .where(TemplateText.language == language)
        .group_by(TemplateText.name)
    )
    rows = session.scalars(select(TemplateText).where(TemplateText.id.in_(newest)))
    return {row.name: row for row in rows if row.words is not None}


def _row(language: str, name: str, own: Mapping[str, TemplateText]) -> TextRow:
    row = own.get(name)
    words = row.words if row is not None and row.words else wording.shipped_words(language, name)
    fields = tuple(sorted(wording.shipped_fields(name)))
    return TextRow(name, words, fields, row.who if row else None, row.at if row else None)

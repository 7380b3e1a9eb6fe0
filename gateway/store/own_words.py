"""What this deployment wrote over the shipped texts and lexicons, as it holds now."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.tables import LexiconWord, TemplateText

Version = tuple[int, int]


def version(session: Session) -> Version:
    """Differs when any process has changed a text or a word; one statement."""
    texts = select(func.max(TemplateText.id)).scalar_subquery()
    words = select(func.max(LexiconWord.id)).scalar_subquery()
    row = session.execute(select(texts, words)).one()
    return row[0] or 0, row[1] or 0


def texts(session: Session) -> dict[tuple[str, str], str]:
    """The texts that stand over shipped ones, by language and name."""
    newest = select(func.max(TemplateText.id)).group_by(TemplateText.language, TemplateText.name)
    rows = session.scalars(select(TemplateText).where(TemplateText.id.in_(newest)))
    return {(row.language, row.name): row.words for row in rows if row.words is not None}


def words(session: Session) -> Sequence[LexiconWord]:
    """The newest row of each phrase, removed ones too, in the order in which they came."""
    newest = select(func.max(LexiconWord.id)).group_by(
        LexiconWord.language, LexiconWord.hazard, LexiconWord.phrase
    )
    query = select(LexiconWord).where(LexiconWord.id.in_(newest)).order_by(LexiconWord.id)
    return session.scalars(query).all()

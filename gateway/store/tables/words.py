"""What a deployment wrote over the shipped texts and lexicons, version by version."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped

from gateway.store.tables.base import Base, Id, Word


class TemplateText(Base):
    """One version of an SMS template; the newest of its name and language counts."""

    __tablename__ = "template_texts"
    __table_args__ = (Index("ix_template_texts_language_name", "language", "name"),)

    id: Mapped[Id]
    language: Mapped[Word]
    name: Mapped[Word]
    words: Mapped[str | None]  # none: the shipped text again
    who: Mapped[Word]
    at: Mapped[datetime]


class LexiconWord(Base):
    """A phrase that means a hazard, added on the page; kept when it is removed."""

    __tablename__ = "lexicon_words"

    id: Mapped[Id]
    language: Mapped[Word]
    hazard: Mapped[Word]
    phrase: Mapped[str]
    removed: Mapped[bool]
    who: Mapped[Word]
    at: Mapped[datetime]

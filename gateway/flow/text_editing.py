"""What a deployment writes over the shipped SMS templates: every version stays."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.flow.text_rules import checked
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import TemplateText, User
from gateway.terms.refusals import NotFound, Refused
from gateway.understanding.folding import tokens
from gateway.understanding.hate import hateful

_MOST_WORDS = 300
_LOCK = 7_203_020  # pg_advisory_xact_lock: nobody overwrites a version that they have not seen


def keep(
    runtime: Runtime,
    session: Session,
    language: str,
    name: str,
    typed: str,
    by: User,
    now: datetime,
    *,
    seen: int,
) -> None:
    """A new version, which counts from now on; `seen` is the id of the version that the form showed
    (0: the shipped one)."""
    need_text(runtime, language, name)
    _refuse_unseen(session, language, name, seen)
    words = checked(language, name, typed)
    _refuse_slurs(runtime, words)
    if words == words_now(session, language, name):
        raise Refused("That is the text as it is already.")
    shipped = words == wording.shipped_words(language, name)
    _add(session, language, name, None if shipped else words, by, now)


def restore(
    runtime: Runtime,
    session: Session,
    language: str,
    name: str,
    by: User,
    now: datetime,
    *,
    seen: int,
) -> None:
    """The shipped text again, as one more version."""
    need_text(runtime, language, name)
    _refuse_unseen(session, language, name, seen)
    last = newest(session, language, name)
    if last is None or last.words is None:
        raise Refused("The shipped text holds already.")
    _add(session, language, name, None, by, now)


def again(
    runtime: Runtime, session: Session, version_id: int, by: User, now: datetime, *, seen: int
) -> TemplateText:
    """An old version once more; refused when it no longer fits what the gateway needs of it."""
    old = session.get(TemplateText, version_id)
    if old is None:
        raise NotFound("There is no such version.")
    if old.words is None:
        restore(runtime, session, old.language, old.name, by, now, seen=seen)
    else:
        keep(runtime, session, old.language, old.name, old.words, by, now, seen=seen)
    return old


def newest(session: Session, language: str, name: str) -> TemplateText | None:
    """The version that counts; None while nobody has written one."""
    return session.scalar(_versions(language, name).limit(1))


def words_now(session: Session, language: str, name: str) -> str:
    """The template as it holds, with its fields in braces."""
    last = newest(session, language, name)
    own = last.words if last is not None else None
    return wording.shipped_words(language, name) if own is None else own


def versions(session: Session, language: str, name: str, most: int = 50) -> Sequence[TemplateText]:
    """What was written, the newest first."""
    return session.scalars(_versions(language, name).limit(most)).all()


def languages(runtime: Runtime) -> list[str]:
    """Of the deployment, where there are texts: the others get English ones."""
    return [code for code in runtime.settings.languages if code in wording.languages()]


def need_text(runtime: Runtime, language: str, name: str) -> None:
    """Raises NotFound for a text that does not exist."""
    if language not in languages(runtime) or name not in wording.names():
        raise NotFound("There is no such text.")


def _versions(language: str, name: str) -> Select[TemplateText]:
    return (
        select(TemplateText)
        .where(TemplateText.language == language, TemplateText.name == name)
        .order_by(TemplateText.id.desc())
    )


def _refuse_slurs(runtime: Runtime, words: str) -> None:
    """What a warning may never say, no other text says either."""
    plain = [token.word for token in tokens(words, _MOST_WORDS)]
    if any("slur" in why for _, why in hateful(plain, runtime.lexicon)):
        raise Refused("The text holds a word that insults people: say it without.")


def _refuse_unseen(session: Session, language: str, name: str, seen: int) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    last = newest(session, language, name)
    if (last.id if last is not None else 0) != seen:
        raise Refused("Somebody changed this text meanwhile. Read it again, then decide.")


def _add(
    session: Session, language: str, name: str, words: str | None, by: User, now: datetime
) -> None:
    row = TemplateText(language=language, name=name, words=words, who=by.name, at=now)
    session.add(row)
    session.flush()
    record(
        session,
        who=by.name,
        act="text.restore" if words is None else "text.edit",
        subject=f"text {language} {name}",
        now=now,
        facts={"version": row.id},
    )

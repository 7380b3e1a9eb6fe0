"""The accounts of coordinators: all of them, or one with what was done to it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.store.tables import AuditRow, User
from gateway.terms.refusals import NotFound

_MOST = 500
_SCRIPTED = "exercise-%"  # the coordinators of an exercise's script are nobody


@dataclass(frozen=True, slots=True)
class Account:
    """One account; `signed_in_at` is None before the first time."""

    user: User
    signed_in_at: datetime | None


def rows(session: Session) -> list[Account]:
    """Those that may sign in first, by name."""
    users = session.scalars(
        select(User)
        .where(User.name.not_like(_SCRIPTED))
        .order_by(User.disabled, User.name)
        .limit(_MOST)
    ).all()
    seen = _last_sign_ins(session, users)
    return [Account(user, seen.get(f"user {user.id}")) for user in users]


def one(session: Session, user_id: int) -> Account:
    """Raises NotFound."""
    user = session.get(User, user_id)
    if user is None:
        raise NotFound("There is no such account.")
    return Account(user, _last_sign_ins(session, [user]).get(f"user {user.id}"))


def history(session: Session, user_id: int, most: int = 50) -> Sequence[AuditRow]:
    """What was done to an account, the newest first; sign-ins are left out."""
    query = select(AuditRow).where(
        AuditRow.subject == f"user {user_id}", AuditRow.act.not_like("user.signin%")
    )
    return session.scalars(query.order_by(AuditRow.id.desc()).limit(most)).all()


def _last_sign_ins(session: Session, users: Sequence[User]) -> dict[str, datetime]:
    found = session.execute(
        select(AuditRow.subject, func.max(AuditRow.id))
        .where(
            AuditRow.subject.in_([f"user {user.id}" for user in users]),
            AuditRow.act == "user.signin",
        )
        .group_by(AuditRow.subject)
    ).all()
    at = select(AuditRow.subject, AuditRow.at).where(AuditRow.id.in_([row[1] for row in found]))
    return dict(session.execute(at).all())

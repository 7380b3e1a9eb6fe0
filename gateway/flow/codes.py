"""One-time codes with which coordinators judge by SMS; only keyed fingerprints of them are kept."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from gateway.flow import second_step
from gateway.plumbing.crypto import Keys
from gateway.runtime import Runtime
from gateway.store.once import insert_once
from gateway.store.tables import Call, User

_MANY = 1_000  # calls that are looked through for whose code it is
_LATELY = timedelta(days=1)


def new_call(
    runtime: Runtime,
    session: Session,
    incident_id: int,
    user: User,
    *,
    cause: str,
    step: int,
    now: datetime,
) -> str | None:
    """Writes the call down; its code, or None when somebody else has just made this call."""
    code = f"{secrets.randbelow(1_000_000):06}"
    call = {
        "incident_id": incident_id,
        "user_id": user.id,
        "cause": cause,
        "step": step,
        "code_index": _mark(runtime.keys, user.id, incident_id, code),
        "code_until": now + timedelta(minutes=runtime.settings.escalation.code_minutes),
        "at": now,
    }
    made = insert_once(session, Call, call, on=("incident_id", "cause", "step", "user_id"))
    return None if made is None else code


def usable(session: Session, user: User, incident_id: int, now: datetime) -> bool:
    """Whether a code was sent that still works."""
    return any(_is_good(call, now) for call in _own(session, user, incident_id))


def use(
    keys: Keys, session: Session, user: User, incident_id: int, code: str, now: datetime
) -> str | None:
    """Spends the code, of an SMS or of the app; None, or why it is no good.

    That is wrong, old, used, or foreign: another coordinator's, or for another incident. The
    caller holds the user's row, so that two messages cannot spend one code.
    """
    mark = _mark(keys, user.id, incident_id, code)
    own = [call for call in _own(session, user, incident_id) if call.code_index == mark]
    for call in own:
        if _is_good(call, now):
            call.used_at = now
            return None
    of_app = second_step.use(user, code, now)
    if of_app == "good":
        return None
    if own:
        return "old" if all(call.used_at is None for call in own) else "used"
    if of_app == "used":
        return "used"
    return "foreign" if _is_anothers(keys, session, user, incident_id, code, now) else "wrong"


def _own(session: Session, user: User, incident_id: int) -> Sequence[Call]:
    return session.scalars(
        select(Call)
        .where(Call.incident_id == incident_id, Call.user_id == user.id)
        .order_by(Call.id.desc())
    ).all()


def _is_good(call: Call, now: datetime) -> bool:
    return call.used_at is None and now < call.code_until


def _is_anothers(
    keys: Keys, session: Session, user: User, incident_id: int, code: str, now: datetime
) -> bool:
    """Whether the code is another coordinator's for this incident, or theirs for another one."""
    others = session.scalars(
        select(Call)
        .where(
            Call.at > now - _LATELY,
            or_(
                and_(Call.incident_id == incident_id, Call.user_id != user.id),
                and_(Call.incident_id != incident_id, Call.user_id == user.id),
            ),
        )
        .order_by(Call.id.desc())
        .limit(_MANY)
    )
    return any(
        call.code_index == _mark(keys, call.user_id, call.incident_id or 0, code) for call in others
    )


def _mark(keys: Keys, user_id: int, incident_id: int, code: str) -> str:
    return keys.index.of(f"code:{user_id}:{incident_id}:{code}")

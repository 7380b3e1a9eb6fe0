"""One-time codes with which coordinators decide by SMS; only keyed fingerprints are kept."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from gateway.flow import second_step
from gateway.plumbing.crypto import Keys
from gateway.runtime import Runtime
from gateway.store.once import insert_once
from gateway.store.tables import Call, User

_MANY = 1_000  # calls that are looked through for whose code it is
_LATELY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class About:
    """What a code decides on: an incident, or a warning."""

    kind: str  # incident or alert
    id: int

    @property
    def column(self) -> str:
        """Of a call."""
        return f"{self.kind}_id"

    def is_of(self) -> ColumnElement[bool]:
        """Calls about it."""
        found: ColumnElement[bool] = getattr(Call, self.column) == self.id
        return found


def incident(incident_id: int) -> About:
    """An incident to be judged."""
    return About("incident", incident_id)


def alert(alert_id: int) -> About:
    """A warning to be approved or held."""
    return About("alert", alert_id)


def new_call(
    runtime: Runtime,
    session: Session,
    about: About,
    user: User,
    *,
    cause: str,
    step: int,
    now: datetime,
) -> str | None:
    """Writes the call down; its code, or None when somebody else has just made this call."""
    code = f"{secrets.randbelow(1_000_000):06}"
    call = {
        about.column: about.id,
        "user_id": user.id,
        "cause": cause,
        "step": step,
        "code_index": _mark(runtime.keys, user.id, about, code),
        "code_until": now + timedelta(minutes=runtime.settings.escalation.code_minutes),
        "at": now,
    }
    made = insert_once(session, Call, call, on=(about.column, "cause", "step", "user_id"))
    return None if made is None else code


def usable(session: Session, user: User, about: About, now: datetime) -> bool:
    """Whether a code was sent that still works."""
    return any(_is_good(call, now) for call in _own(session, user, about))


def use(
    keys: Keys,
    session: Session,
    user: User,
    about: About,
    code: str,
    now: datetime,
    *,
    step: int | None = None,
) -> str | None:
    """Spends the code, of an SMS or of the app; None, or why it is no good.

    That is wrong, old, used, or foreign: another coordinator's, or about something else. A code
    of a warning is good for the version (`step`) that its SMS showed. The caller holds the
    user's row, so that two messages cannot spend one code.
    """
    mark = _mark(keys, user.id, about, code)
    own = [call for call in _own(session, user, about) if call.code_index == mark]
    for call in own:
        if _is_good(call, now) and step in (None, call.step):
            call.used_at = now
            return None
    of_app = second_step.use(user, code, now)
    if of_app == "good":
        return None
    if own:
        return "used" if any(call.used_at is not None for call in own) else "old"
    if of_app == "used":
        return "used"
    return "foreign" if _is_anothers(keys, session, user, about, code, now) else "wrong"


def _own(session: Session, user: User, about: About) -> Sequence[Call]:
    return session.scalars(
        select(Call).where(about.is_of(), Call.user_id == user.id).order_by(Call.id.desc())
    ).all()


def _is_good(call: Call, now: datetime) -> bool:
    return call.used_at is None and now < call.code_until


def _is_anothers(
    keys: Keys, session: Session, user: User, about: About, code: str, now: datetime
) -> bool:
    """Whether the code is another coordinator's about this, or theirs about something else."""
    here = about.is_of()
    others = session.scalars(
        select(Call)
        .where(
            Call.at > now - _LATELY,
            or_(
                and_(here, Call.user_id != user.id),
                and_(Call.user_id == user.id, or_(here.is_(None), ~here)),
            ),
        )
        .order_by(Call.id.desc())
        .limit(_MANY)
    )
    return any(call.code_index == _mark(keys, call.user_id, _about(call), code) for call in others)


def _about(call: Call) -> About:
    return alert(call.alert_id) if call.alert_id is not None else incident(call.incident_id or 0)


def _mark(keys: Keys, user_id: int, about: About, code: str) -> str:
    number = f"W{about.id}" if about.kind == "alert" else str(about.id)
    return keys.index.of(f"code:{user_id}:{number}:{code}")

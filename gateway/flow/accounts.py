"""The accounts of coordinators: adding, signing in, passwords, disabling."""

import re
import secrets
import threading
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from gateway.plumbing.crypto import Keys
from gateway.store import audit
from gateway.store.database import Database
from gateway.store.tables import SignInAttempt, User
from gateway.terms.phones import normalise
from gateway.terms.refusals import Refused

ROLES = ("viewer", "analyst", "coordinator", "admin")  # each may do all that those before it may
WINDOW = timedelta(minutes=15)
SHORTEST = 10
_LONGEST = 256
_NAME = re.compile(r"^\w[\w .-]{0,38}\w$")
_LETTERS = "abcdefghjkmnpqrstuvwxyz"  # no letter that reads like another
_WRONG = "The name or the password is wrong, or the account is closed."
_LOCKED = (
    "Too many tries for this name or from this connection. Wait fifteen minutes, "
    "or ask an administrator for a new password."
)
_hasher = PasswordHasher()
# One hash takes 64 MiB: a flood of sign-ins must not take the memory that warnings need.
_hashing = threading.BoundedSemaphore(2)


def add_user(
    session: Session,
    keys: Keys,
    *,
    name: str,
    role: str,
    password: str | None,
    phone: str | None,
    country: str,
    who: str,
    now: datetime,
) -> tuple[User, str | None]:
    """The account, and a password for its first sign-in when none was given."""
    name, number = name.strip(), number_of(phone, country)
    _check_name(session, name)
    if role not in ROLES:
        roles = ", ".join(ROLES)
        raise Refused("There is no role %(role)s; choose one of %(roles)s.", role=role, roles=roles)
    if password is not None:
        _check_password(password)
    once = None if password is not None else _one_time()
    user = User(
        name=name,
        role=role,
        password_hash=_hash(password or once or ""),
        must_change_password=once is not None,
        phone=number,
        phone_index=keys.index.of(number) if number else None,
        created_at=now,
    )
    session.add(user)
    session.flush()
    note(session, "user.add", user, who, now, role=role)
    return user, once


def check_sign_in(
    database: Database,
    keys: Keys,
    *,
    name: str,
    password: str,
    address: str,
    limit: int,
    now: datetime,
) -> User:
    """Who this is; refuses a wrong name, a wrong password and a closed account in one voice."""
    name = name.strip()[:64]
    tried = [keys.index.of(f"signin:{part}") for part in (name.lower(), address)]
    with database.writing() as session:
        # Counted before the slow check, so that tries at the same moment cannot slip past.
        attempts = _count_attempt(session, tried, limit, now)
        user = _named(session, name)
    right = _verify(user.password_hash if user else _nobodys_hash(), password)
    with database.writing() as session:
        if user is None or not right or user.disabled:
            if user:
                note(session, "user.signin_failed", user, "visitor", now)
        else:
            _welcome(session, user, password, attempts, now)
            return user
    raise Refused(_WRONG)


def change_password(session: Session, user: User, old: str, new: str, now: datetime) -> None:
    """Ends every open session of the account; the caller signs this one in again."""
    user = fresh(session, user)
    if not _verify(user.password_hash, old):
        raise Refused("The old password is wrong.")
    _check_password(new)
    if new == old:
        raise Refused("Choose a password other than the old one.")
    user.password_hash = _hash(new)
    user.must_change_password = False
    user.epoch += 1
    note(session, "user.password", user, user.name, now)


def reset_password(session: Session, user: User, who: str, now: datetime) -> str:
    """A password for one sign-in; the name may be tried again at once."""
    user, once = fresh(session, user), _one_time()
    user.password_hash = _hash(once)
    user.must_change_password = True
    user.epoch += 1
    keys: Keys = session.get_bind().dialect.gateway_keys  # type: ignore[attr-defined]
    mark = keys.index.of(f"signin:{user.name.lower()}")
    session.execute(delete(SignInAttempt).where(SignInAttempt.who_index == mark))
    note(session, "user.reset", user, who, now)
    return once


def set_language(session: Session, user: User, language: str) -> None:
    """In which the pages speak to them."""
    fresh(session, user).language = language


def disable(session: Session, user: User, who: str, now: datetime) -> None:
    """Closes the account and ends its sessions; what it did stays on record."""
    user = fresh(session, user)
    user.disabled = True
    user.epoch += 1
    note(session, "user.disable", user, who, now)


def note(session: Session, act: str, user: User, who: str, now: datetime, **facts: str) -> None:
    """Puts on record what was done to an account."""
    audit.record(session, who=who, act=act, subject=f"user {user.id}", now=now, facts=facts)


def fresh(session: Session, user: User) -> User:
    """The row as it is now: the caller's may be from an earlier session."""
    return session.get_one(User, user.id, populate_existing=True, with_for_update=True)


def _named(session: Session, name: str) -> User | None:
    """Phones like to begin a name with a capital: case does not count."""
    same = or_(User.name == name, func.lower(User.name) == name.lower())
    return session.scalar(select(User).where(same).order_by(User.id).limit(1))


def _count_attempt(
    session: Session, tried: list[str], limit: int, now: datetime
) -> list[SignInAttempt]:
    counts = session.execute(
        select(func.count())
        .where(SignInAttempt.who_index.in_(tried), SignInAttempt.at > now - WINDOW)
        .group_by(SignInAttempt.who_index)
    ).scalars()
    if any(count >= limit for count in counts):
        raise Refused(_LOCKED)
    attempts = [SignInAttempt(who_index=mark, at=now) for mark in tried]
    session.add_all(attempts)
    session.flush()
    return attempts


def _welcome(
    session: Session, user: User, password: str, attempts: list[SignInAttempt], now: datetime
) -> None:
    own = [attempt.id for attempt in attempts]
    session.execute(delete(SignInAttempt).where(SignInAttempt.id.in_(own)))
    if _hasher.check_needs_rehash(user.password_hash):
        fresh(session, user).password_hash = _hash(password)
    note(session, "user.signin", user, user.name, now)


def _verify(password_hash: str, password: str) -> bool:
    if len(password) > _LONGEST:
        return False
    try:
        with _hashing:
            return _hasher.verify(password_hash, password)
    except (VerificationError, InvalidHashError):
        return False


def _hash(password: str) -> str:
    with _hashing:
        return _hasher.hash(password)


@cache
def _nobodys_hash() -> str:
    """Unknown names cost as much time as known ones."""
    return _hash(secrets.token_hex())


def _check_name(session: Session, name: str) -> None:
    if not _NAME.match(name):
        raise Refused("A name has 2 to 40 letters, digits, spaces, dots or hyphens.")
    if _named(session, name):
        raise Refused("There is already an account named %(name)s.", name=name)


def _check_password(password: str) -> None:
    if len(password) < SHORTEST:
        raise Refused(
            "A password has at least %(count)s characters; a short sentence is good.",
            count=SHORTEST,
        )
    if len(password) > _LONGEST:
        raise Refused("A password has at most %(count)s characters.", count=_LONGEST)


def number_of(phone: str | None, country: str) -> str | None:
    """The number in its international form; None where none is given."""
    if not phone:
        return None
    number = normalise(phone, country)
    if number is None:
        raise Refused("This phone number cannot be right; write it with + and country code.")
    return number


def _one_time() -> str:
    """Four groups of four letters, 72 bits, easy to read out and to type."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))

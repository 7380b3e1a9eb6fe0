"""What an administrator does to accounts on the page, where nobody can lock everybody out."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow.accounts import ROLES, disable, fresh, note, number_of
from gateway.plumbing.crypto import Keys
from gateway.store.tables import User
from gateway.terms.refusals import Refused


def close(session: Session, user: User, by: User, now: datetime) -> None:
    """Disables the account and ends its sessions; refused for one's own and for the last admin."""
    if user.id == by.id:
        raise Refused("Nobody disables their own account: ask another administrator.")
    _keep_an_admin(session, user)
    disable(session, user, by.name, now)


def reopen(session: Session, user: User, who: str, now: datetime) -> None:
    """The account may sign in again, with the password it had."""
    user = fresh(session, user)
    user.disabled = False
    note(session, "user.enable", user, who, now)


def end_sessions(session: Session, user: User, who: str, now: datetime) -> None:
    """Whoever is signed in with this account has to sign in again."""
    user = fresh(session, user)
    user.epoch += 1
    note(session, "user.end_sessions", user, who, now)


def set_role(session: Session, user: User, role: str, by: User, now: datetime) -> None:
    """Holds from the next request on; nobody changes their own."""
    if role not in ROLES:
        raise Refused("There is no such role. Choose one from the list.")
    if user.id == by.id:
        raise Refused("Nobody changes their own role: ask another administrator.")
    if role != "admin":
        _keep_an_admin(session, user)
    user = fresh(session, user)
    before, user.role = user.role, role
    note(session, "user.role", user, by.name, now, before=before, role=role)


def set_phone(
    session: Session, keys: Keys, user: User, phone: str, country: str, who: str, now: datetime
) -> None:
    """On which number they are called; empty: on none."""
    user, number = fresh(session, user), number_of(phone.strip(), country)
    user.phone = number
    user.phone_index = keys.index.of(number) if number else None
    note(session, "user.phone", user, who, now, phone="set" if number else "removed")


def _keep_an_admin(session: Session, user: User) -> None:
    """Refuses to take away the last one; two who do it at once wait for each other."""
    admins = session.scalars(
        select(User)
        .where(User.role == "admin", User.disabled.is_(False))
        .order_by(User.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).all()
    if [admin.id for admin in admins] == [user.id]:
        raise Refused("This is the last administrator: make somebody else one first.")

"""Who is called when: the shifts set on the page, or those of the settings while there are none."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256

from pydantic import ValidationError
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from gateway.plumbing.settings_duty import Shift
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.tables import RotaShift, User
from gateway.terms.refusals import Refused

MOST_SHIFTS = 50
_LOCK = 7_203_019  # pg_advisory_xact_lock: two who edit at once must not mix their shifts
_CALLED = ("coordinator", "admin")


def effective(runtime: Runtime, session: Session) -> Sequence[Shift]:
    """The rota that counts, the first shift first."""
    own = own_shifts(session)
    return [_read(row) for row in own] if own else runtime.settings.rota


def own_shifts(session: Session) -> Sequence[RotaShift]:
    """Those set on the page."""
    return session.scalars(select(RotaShift).order_by(RotaShift.position)).all()


def fingerprint(rows: Sequence[RotaShift]) -> str:
    """Changes with the rota: a form that shows an older one is refused."""
    content = [(row.id, row.position, row.people, row.hours, row.days) for row in rows]
    return sha256(repr(content).encode()).hexdigest()[:16]


def holding(shifts: Sequence[Shift], local: datetime) -> int | None:
    """Which shift holds at a local time, counted from 0; None: everybody is called at once."""
    return next((at for at, shift in enumerate(shifts) if shift.covers(local)), None)


def put(
    session: Session,
    by: User,
    now: datetime,
    *,
    people: Sequence[str],
    hours: str,
    days: str,
    seen: str,
    at: int | None = None,
) -> None:
    """Adds a shift behind the others, or puts it in place of the one at a position (from 1)."""
    rows = _held(session, seen)
    shift = _checked(session, people, hours, days)
    row = _at(rows, at) if at is not None else None
    if row is None:
        if len(rows) >= MOST_SHIFTS:
            raise Refused("A rota has at most %(most)s shifts.", most=MOST_SHIFTS)
        row = RotaShift(position=len(rows) + 1)
        session.add(row)
    row.people, row.hours, row.days = list(shift.people), shift.hours, shift.days
    row.who, row.at = by.name, now
    session.flush()
    facts = {"people": len(shift.people), "hours": shift.hours, "days": shift.days}
    _record(session, by, "rota.put", row.position, now, facts)


def remove(session: Session, by: User, now: datetime, *, at: int, seen: str) -> None:
    """Takes a shift away; with the last one the settings' rota holds again."""
    rows = list(_held(session, seen))
    row = _at(rows, at)
    rows.remove(row)
    session.delete(row)
    session.flush()
    _number(session, rows)
    _record(session, by, "rota.remove", at, now)


def raise_shift(session: Session, by: User, now: datetime, *, at: int, seen: str) -> None:
    """Puts a shift before the one that stands before it: the first that fits counts."""
    rows = list(_held(session, seen))
    row = _at(rows, at)
    if at == 1:
        raise Refused("This shift is the first already.")
    rows.remove(row)
    rows.insert(at - 2, row)
    _number(session, rows)
    _record(session, by, "rota.raise", at, now)


def copy_settings(
    runtime: Runtime, session: Session, by: User, now: datetime, *, seen: str
) -> None:
    """Begins with the settings' rota, to change it here."""
    if _held(session, seen):
        raise Refused("There are shifts here already.")
    session.add_all(
        RotaShift(
            position=number, people=list(shift.people), hours=shift.hours, days=shift.days,
            who=by.name, at=now,
        )
        for number, shift in enumerate(runtime.settings.rota, 1)
    )  # fmt: skip
    session.flush()
    _record(session, by, "rota.copy", 0, now, {"shifts": len(runtime.settings.rota)})


def restore(session: Session, by: User, now: datetime, *, seen: str) -> None:
    """Back to the settings' rota: all shifts of the page go."""
    rows = _held(session, seen)
    session.execute(delete(RotaShift))
    _record(session, by, "rota.restore", 0, now, {"shifts": len(rows)})


def why_passed_over(user: User | None) -> str | None:
    """Why somebody on the rota cannot be called: a key of words; None if they can."""
    if user is None:
        return "no account"
    if user.disabled:
        return "disabled"
    if user.role not in _CALLED:
        return "may not judge"
    return None if user.phone_index is not None else "no phone"


def named(session: Session, shifts: Sequence[Shift]) -> dict[str, User]:
    """The accounts that the shifts name, by their name in small letters."""
    names = {name.lower() for shift in shifts for name in shift.people}
    rows = session.scalars(select(User).where(func.lower(User.name).in_(names)))
    return {row.name.lower(): row for row in rows}


def _checked(session: Session, people: Sequence[str], hours: str, days: str) -> Shift:
    """The shift, its names written as their accounts are; refuses whoever cannot be called."""
    given = [name.strip() for name in people if name.strip()]
    shift = _shift(given, hours, days)
    users = named(session, [shift])
    for name in shift.people:
        why = why_passed_over(users.get(name.lower()))
        if why == "no account":
            raise Refused("There is no account named %(name)s.", name=name)
        if why == "disabled":
            raise Refused("The account of %(name)s is disabled.", name=name)
        if why == "may not judge":
            raise Refused("%(name)s is no coordinator and may not judge.", name=name)
    return shift.model_copy(update={"people": tuple(users[n.lower()].name for n in shift.people)})


def _shift(people: Sequence[str], hours: str, days: str) -> Shift:
    if not people:
        raise Refused("Name at least one person for the shift.")
    if len({name.lower() for name in people}) < len(people):
        raise Refused("Somebody stands there twice.")
    try:
        return Shift(people=tuple(people), hours=hours, days=days)
    except ValidationError as error:
        if "hours" in error.errors()[0]["loc"]:
            raise Refused("Give hours such as 18:00-06:00, or none for always.") from None
        raise Refused("Choose days of the week.") from None


def _held(session: Session, seen: str) -> Sequence[RotaShift]:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    rows = own_shifts(session)
    if fingerprint(rows) != seen:
        raise Refused("Somebody changed the rota meanwhile. Look again, then decide.")
    return rows


def _at(rows: Sequence[RotaShift], position: int) -> RotaShift:
    if not 1 <= position <= len(rows):
        raise Refused("There is no such shift.")
    return rows[position - 1]


def _number(session: Session, rows: Sequence[RotaShift]) -> None:
    """Positions from 1, in this order; first out of each other's way, as they are unique."""
    for row in rows:
        row.position += 1000
    session.flush()
    for number, row in enumerate(rows, 1):
        row.position = number
    session.flush()


def _read(row: RotaShift) -> Shift:
    return Shift(people=tuple(row.people), hours=row.hours, days=row.days)


def _record(
    session: Session,
    by: User,
    act: str,
    at: int,
    now: datetime,
    facts: dict[str, object] | None = None,
) -> None:
    subject = f"shift {at}" if at else "rota"
    record(session, who=by.name, act=act, subject=subject, now=now, facts=facts)

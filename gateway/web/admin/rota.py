"""The rota: who is called first, at which hours of which days; without a script."""

from dataclasses import dataclass

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gateway.flow import rota
from gateway.flow.calling import coordinators
from gateway.plumbing.settings_duty import DAYS, Shift
from gateway.store.tables import RotaShift, User
from gateway.terms.refusals import Refused
from gateway.web.context import current_actor, now, runtime
from gateway.web.forms import number
from gateway.web.guards import needs
from gateway.web.speech import N_, told

bp = Blueprint("rota", __name__)
_FIELDS, _MOST_FIELDS = 4, 12  # people whom a form has room for
DAY_WORDS = {
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
}
WHY = {
    "no account": N_("has no account"),
    "disabled": N_("account disabled"),
    "may not judge": N_("is no coordinator"),
    "no phone": N_("no phone"),
}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of a shift, and why they are passed over."""

    name: str
    why: str | None


@dataclass(frozen=True, slots=True)
class Line:
    """A shift as the page shows it; `days` are those on which it holds."""

    people: list[Person]
    begins: str
    ends: str
    days: list[str]
    row: RotaShift | None  # None: of the settings

    @property
    def is_daily(self) -> bool:
        """Whether it holds on every day."""
        return len(self.days) == len(DAYS)


@bp.get("/rota")
@needs("coordinator")
def page() -> str:
    with runtime().database.reading() as session:
        return _show(session)


@bp.post("/rota")
@needs("admin")
def put() -> Response | tuple[str, int]:
    try:
        with runtime().database.writing() as session:
            rota.put(
                session, current_actor(), now(),
                people=request.form.getlist("person"), hours=_hours(), days=_days(),
                seen=_seen(), at=number("at") if request.form.get("at") else None,
            )  # fmt: skip
    except Refused as refused:  # the page comes back with what was typed
        flash(told(refused), "problem")
        with runtime().database.reading() as session:
            return _show(session, typed=True), 409
    return _back(gettext("The shift is kept. The rota of this page holds now."))


@bp.post("/rota/remove")
@needs("admin")
def remove() -> Response:
    with runtime().database.writing() as session:
        rota.remove(session, current_actor(), now(), at=number("at"), seen=_seen())
    return _back(gettext("The shift is removed."))


@bp.post("/rota/raise")
@needs("admin")
def raise_shift() -> Response:
    with runtime().database.writing() as session:
        rota.raise_shift(session, current_actor(), now(), at=number("at"), seen=_seen())
    return _back(gettext("The shift stands one place higher."))


@bp.post("/rota/copy")
@needs("admin")
def copy() -> Response:
    with runtime().database.writing() as session:
        rota.copy_settings(runtime(), session, current_actor(), now(), seen=_seen())
    return _back(gettext("The rota of the settings stands here now, to be changed."))


@bp.post("/rota/restore")
@needs("admin")
def restore() -> Response:
    with runtime().database.writing() as session:
        rota.restore(session, current_actor(), now(), seen=_seen())
    return _back(gettext("The rota of the settings holds again."))


def _show(session: Session, *, typed: bool = False) -> str:
    own = rota.own_shifts(session)
    shifts = rota.effective(runtime(), session)
    users = rota.named(session, shifts)
    called = coordinators(session)
    lines = [_line(shift, users, own[at] if own else None) for at, shift in enumerate(shifts)]
    changed = request.values.get("at", 0, type=int)
    return render_template(
        "admin/rota.html",
        lines=lines,
        is_own=bool(own),
        seen=rota.fingerprint(own),
        holds=rota.holding(shifts, now().astimezone(runtime().zone)),
        called=called,
        names=[user.name for user in called],
        changed=changed if own and 1 <= changed <= len(own) else 0,
        typed=_typed() if typed else None,
        room=max(
            _FIELDS, min(_MOST_FIELDS, 1 + max((len(one.people) for one in lines), default=0))
        ),
        day_words=DAY_WORDS,
        why=WHY,
    )


def _line(shift: Shift, users: dict[str, User], row: RotaShift | None) -> Line:
    people = [Person(name, rota.why_passed_over(users.get(name.lower()))) for name in shift.people]
    begins, _, ends = shift.hours.partition("-")
    return Line(people, begins, ends, shift.on_days(), row)


def _typed() -> Line:
    begins, _, ends = _hours().partition("-")
    people = [Person(name, None) for name in request.form.getlist("person") if name]
    return Line(people, begins, ends, request.form.getlist("day"), None)


def _hours() -> str:
    begins, ends = request.form.get("begins", "").strip(), request.form.get("ends", "").strip()
    return f"{begins}-{ends}" if begins or ends else ""


def _days() -> str:
    chosen = request.form.getlist("day")
    if not chosen:
        raise Refused("Choose at least one day.")
    return "" if set(chosen) == set(DAYS) else ",".join(day for day in DAYS if day in chosen)


def _seen() -> str:
    return request.form.get("seen", "")


def _back(words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("rota.page"), 303)

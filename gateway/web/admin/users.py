"""Who may sign in and as what: added, changed, closed, with every act on record."""

from collections.abc import Mapping

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from gateway.flow import account_care, accounts
from gateway.lists import users
from gateway.store.tables import User
from gateway.terms.refusals import Refused
from gateway.web.context import current_actor, now, runtime
from gateway.web.guards import needs
from gateway.web.speech import N_, told

bp = Blueprint("users", __name__)
ACTS = {
    "user.add": N_("account added"),
    "user.role": N_("role changed"),
    "user.disable": N_("account disabled"),
    "user.enable": N_("account opened again"),
    "user.reset": N_("password reset"),
    "user.password": N_("password changed"),
    "user.end_sessions": N_("sessions ended"),
    "user.phone": N_("phone number changed"),
    "user.second_step": N_("codes from an app set up"),
    "user.no_second_step": N_("codes from an app removed"),
}


@bp.get("/users")
@needs("admin")
def page() -> str:
    return _list({})


@bp.post("/users")
@needs("admin")
def add() -> str | tuple[str, int]:
    """Answers with the password at once: no cookie and no address may hold it."""
    form = request.form
    try:
        with runtime().database.writing() as session:
            user, once = accounts.add_user(
                session,
                runtime().keys,
                name=form.get("name", ""),
                role=form.get("role", ""),
                password=None,
                phone=form.get("phone", "").strip() or None,
                country=runtime().settings.country,
                who=current_actor().name,
                now=now(),
            )
    except Refused as refused:  # the page comes back with what was typed
        flash(told(refused), "problem")
        return _list(form), 409
    return _list({}, once=once, whose=user.name)


@bp.get("/users/<int:user_id>")
@needs("admin")
def one(user_id: int) -> str:
    with runtime().database.reading() as session:
        return _show(session, user_id)


@bp.post("/users/<int:user_id>")
@needs("admin")
def reset(user_id: int) -> str:
    with runtime().database.writing() as session:
        user = _found(session, user_id)
        once = accounts.reset_password(session, user, current_actor().name, now())
    with runtime().database.reading() as session:
        return _show(session, user_id, once=once)


@bp.post("/users/<int:user_id>/role")
@needs("admin")
def role(user_id: int) -> Response:
    with runtime().database.writing() as session:
        user, wanted = _found(session, user_id), request.form.get("role", "")
        account_care.set_role(session, user, wanted, current_actor(), now())
    return _back(user_id, gettext("The role holds from now on."))


@bp.post("/users/<int:user_id>/phone")
@needs("admin")
def phone(user_id: int) -> Response:
    with runtime().database.writing() as session:
        account_care.set_phone(
            session, runtime().keys, _found(session, user_id), request.form.get("phone", ""),
            runtime().settings.country, current_actor().name, now(),
        )  # fmt: skip
    return _back(user_id, gettext("The phone number is kept. It is never shown."))


@bp.post("/users/<int:user_id>/close")
@needs("admin")
def close(user_id: int) -> Response:
    with runtime().database.writing() as session:
        account_care.close(session, _found(session, user_id), current_actor(), now())
    return _back(user_id, gettext("The account is disabled, and its sessions have ended."))


@bp.post("/users/<int:user_id>/open")
@needs("admin")
def reopen(user_id: int) -> Response:
    with runtime().database.writing() as session:
        account_care.reopen(session, _found(session, user_id), current_actor().name, now())
    return _back(user_id, gettext("The account may sign in again."))


@bp.post("/users/<int:user_id>/sessions")
@needs("admin")
def end_sessions(user_id: int) -> Response:
    with runtime().database.writing() as session:
        account_care.end_sessions(session, _found(session, user_id), current_actor().name, now())
    return _back(user_id, gettext("All sessions of this account have ended."))


def _found(session: Session, user_id: int) -> User:
    return users.one(session, user_id).user


def _list(typed: Mapping[str, str], once: str | None = None, whose: str = "") -> str:
    with runtime().database.reading() as session:
        return render_template(
            "admin/users.html",
            rows=users.rows(session),
            roles=accounts.ROLES,
            typed=typed,
            once=once,
            whose=whose,
        )


def _show(session: Session, user_id: int, once: str | None = None) -> str:
    return render_template(
        "admin/user.html",
        account=users.one(session, user_id),
        log=users.history(session, user_id),
        roles=accounts.ROLES,
        acts=ACTS,
        once=once,
    )


def _back(user_id: int, words: str) -> Response:
    flash(words, "good")
    return redirect(url_for("users.one", user_id=user_id), 303)

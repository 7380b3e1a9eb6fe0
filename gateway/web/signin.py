"""Signing in and out, and choosing a password."""

from dataclasses import dataclass

from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask_login import LoginManager, login_user, logout_user
from werkzeug.wrappers import Response

from gateway.flow import accounts
from gateway.store.tables import User
from gateway.terms.refusals import Refused
from gateway.web import speech
from gateway.web.context import current_actor, local_path, now, runtime, visitor
from gateway.web.guards import public, signed_in

bp = Blueprint("signin", __name__)


@dataclass(frozen=True)
class SignedIn:
    """What Flask-Login keeps of a person; the epoch ends sessions when it is raised."""

    row: User
    is_authenticated = True
    is_active = True
    is_anonymous = False

    def get_id(self) -> str:
        """Account and epoch."""
        return f"{self.row.id}:{self.row.epoch}"


def register(app: Flask) -> None:
    """Teaches the app who is asking."""
    # Its context processor would ask the database even for the page that says it is gone.
    login = LoginManager()
    login.init_app(app, add_context_processor=False)
    login.session_protection = None  # a phone changes its address with every mast
    login.user_loader(_load)


@bp.get("/signin")
@public
def sign_in() -> str | Response:
    back = local_path(request.args.get("next"), "/")
    return redirect(back) if visitor() else render_template("signin.html", next=back, name="")


@bp.post("/signin")
@public
def sign_in_now() -> Response | tuple[str, int]:
    back = local_path(request.form.get("next"), "/")
    name = request.form.get("name", "")
    try:
        user = accounts.check_sign_in(
            runtime().database,
            runtime().keys,
            name=name,
            password=request.form.get("password", ""),
            address=request.remote_addr or "",
            limit=runtime().settings.web.signin_attempts,
            now=now(),
        )
    except Refused as refused:
        return render_template("signin.html", next=back, name=name[:64], problem=str(refused)), 401
    _open_session(user)
    return redirect(url_for("signin.password") if user.must_change_password else back, 303)


@bp.post("/signout")
@signed_in
def sign_out() -> Response:
    logout_user()
    session.clear()
    return redirect(url_for("signin.sign_in"), 303)


@bp.get("/password")
@signed_in
def password() -> str:
    return render_template("password.html", shortest=accounts.SHORTEST)


@bp.post("/password")
@signed_in
def change_password() -> Response:
    old, new = request.form.get("old", ""), request.form.get("new", "")
    if new != request.form.get("again"):
        raise Refused("The two new passwords are not the same.")
    with runtime().database.writing() as database_session:
        actor = current_actor()
        accounts.change_password(database_session, actor, old, new, now())
        fresh = database_session.get_one(User, actor.id)
    _open_session(fresh)
    flash("Your new password is set. Other devices were signed out.", "good")
    return redirect("/", 303)


def _open_session(user: User) -> None:
    language = user.language or speech.kept()
    session.clear()  # nothing of an earlier visitor stays
    session.permanent = True
    if language:
        speech.keep(language)
    login_user(SignedIn(user))


def _load(mark: str) -> SignedIn | None:
    number, _, epoch = mark.partition(":")
    if not (number.isdecimal() and epoch.isdecimal()):
        return None
    with runtime().database.reading() as database_session:
        user = database_session.get(User, int(number))
        database_session.expunge_all()  # kept for the whole request, beyond this session
    usable = user is not None and not user.disabled and user.epoch == int(epoch)
    return SignedIn(user) if user and usable else None

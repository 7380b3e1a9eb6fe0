"""Puts the pages into the app: blueprints, sign-in, form tokens, errors, headers."""

from contextlib import suppress
from datetime import timedelta
from functools import partial
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, Request, Response, abort, request, url_for
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFProtect
from sqlalchemy.exc import SQLAlchemyError

from gateway.web import (
    admin,
    compression,
    errors,
    feeds,
    formats,
    forms,
    guards,
    menu,
    phones,
    second_step,
    signin,
    speech,
    spoken,
)
from gateway.web.context import now, runtime, visitor

_STATIC = Path(__file__).parent / "static"
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:{tiles}",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
_WEBHOOKS, _FEEDS = "/sms/", "/feeds/"
_YEAR_S = 365 * 24 * 3600


def register(app: Flask) -> None:
    """Everything a browser meets; the app must hold its Runtime already."""
    settings = app.extensions["gateway"].settings
    secure = settings.public_url.startswith("https://")
    app.config.update(
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=secure,
        SESSION_REFRESH_EACH_REQUEST=False,  # guards.py says what keeps a session alive
        PERMANENT_SESSION_LIFETIME=timedelta(minutes=settings.web.session_minutes),
        WTF_CSRF_CHECK_DEFAULT=False,  # _check_token knows which guards need none
        WTF_CSRF_TIME_LIMIT=None,  # a form may lie open all night; it ends with the session
        WTF_CSRF_SSL_STRICT=False,  # it wants a Referer, which our own policy withholds
    )
    app.session_interface = _PageSessions()
    guards.refuse_unguarded(app)
    app.before_request(_refuse_nul)
    app.before_request(_catch_up)
    signin.register(app)
    _check_tokens(app)
    errors.register(app)
    formats.register(app)
    speech.register(app)
    _add_context(app)
    app.after_request(partial(_headers, _policy(settings.map.tiles)))
    app.after_request(compression.compress)
    app.url_map.converters["int"] = forms.RowNumber
    spoken.register(app)
    for blueprint in (signin.bp, second_step.bp, phones.bp, feeds.bp, *admin.BLUEPRINTS):
        app.register_blueprint(blueprint)


def _check_tokens(app: Flask) -> None:
    csrf = CSRFProtect(app)

    @app.before_request
    def _check_token() -> None:
        guard = guards.guard_of(app, request.endpoint) if request.endpoint else None
        if guard is not None and guard not in guards.MACHINES:
            csrf.protect()


def _add_context(app: Flask) -> None:
    hashes = {
        path.relative_to(_STATIC).as_posix(): sha256(path.read_bytes()).hexdigest()[:12]
        for path in _STATIC.rglob("*")
        if path.is_file()
    }

    def asset(name: str) -> str:
        return url_for("static", filename=name, v=hashes[name])

    def built(name: str) -> bool:
        return f"built/{name}" in hashes

    @app.context_processor
    def _context() -> dict[str, object]:
        return {
            "asset": asset,
            "built": built,
            "may": guards.may,
            "me": visitor,
            "menu_first": menu.FIRST,
            "menu_more": menu.MORE,
            "now": now(),
            "settings": runtime().settings,
        }


class _PageSessions(SecureCookieSessionInterface):
    """Machines have no session; opening and saving one would cost more than their signature."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if _is_machine(request):
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not _is_machine(request):
            super().save_session(app, session, response)


def _refuse_nul() -> None:
    """No field of ours holds a NUL, and PostgreSQL would stumble over one."""
    if _is_machine(request):
        return
    fields = (*request.args.lists(), *request.form.lists())
    if any("\x00" in value for _, values in fields for value in values):
        abort(400)


def _catch_up() -> None:
    """Texts are drafted by forms: what another process changed of them holds at once. To read a
    page costs no look, nor does a webhook: its message is read by the background work."""
    if request.method != "POST" or _is_machine(request):
        return
    with suppress(SQLAlchemyError):  # the view itself says what is the matter
        runtime().catch_up_every(0)


def _is_machine(request: Request) -> bool:
    # By path: the session is opened before the route is known.
    return request.path.startswith((_WEBHOOKS, _FEEDS))


def _headers(policy: str, response: Response) -> Response:
    if request.path.startswith(_WEBHOOKS):
        return response  # no browser reads it
    headers = response.headers
    if response.status_code == 304:
        return response  # a browser keeps what it has, headers too
    headers["Content-Security-Policy"] = policy
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint == "static":
        headers["Cache-Control"] = f"public, max-age={_YEAR_S}, immutable"
    else:
        headers.setdefault("Cache-Control", "no-store")
    if runtime().settings.public_url.startswith("https://"):
        headers["Strict-Transport-Security"] = f"max-age={_YEAR_S}"
    return response


def _policy(tiles: str) -> str:
    """Images may come from the tile server too, where one is set."""
    parts = urlsplit(tiles)
    return _POLICY.format(tiles=f" {parts.scheme}://{parts.netloc}" if parts.netloc else "")

"""Who may call a route: each view declares its guard, and a view without one answers nobody."""

import hmac
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from flask import Flask, redirect, request, session, url_for
from werkzeug.exceptions import Forbidden, InternalServerError, Unauthorized
from werkzeug.wrappers import Response

from gateway.flow.accounts import ROLES
from gateway.web.context import is_fragment, runtime, visitor

View = TypeVar("View", bound=Callable[..., Any])

MARK = "__gateway_guard__"
MACHINES = frozenset(
    {"provider_signed", "operator", "partner"}
)  # no browser, so no form token either
_BEFORE_NEW_PASSWORD = frozenset({"signin.password", "signin.change_password", "signin.sign_out"})


def public(view: View) -> View:
    """Anybody may call it."""
    return _marked(view, "public")


def provider_signed(view: View) -> View:
    """An SMS company; the view itself checks the signature before it believes anything."""
    return _marked(view, "provider_signed")


def operator(view: View) -> View:
    """Whoever runs the machine; the view itself checks token or address."""
    return _marked(view, "operator")


def partner(view: View) -> View:
    """Whoever has the key of the feeds, or anybody where they are public."""

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        return _without_key() or view(*args, **kwargs)

    return _marked(guarded, "partner")  # type: ignore[return-value]


def signed_in(view: View) -> View:
    """Anybody with an account."""
    return needs(ROLES[0])(view)


def needs(role: str) -> Callable[[View], View]:
    """Whoever has this role or a higher one."""
    least = ROLES.index(role)

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            return _turned_away(least) or view(*args, **kwargs)

        return _marked(guarded, f"needs {role}")  # type: ignore[return-value]

    return guard


def may(role: str) -> bool:
    """Whether the visitor has this role or a higher one, for what a page shows."""
    actor = visitor()
    return actor is not None and ROLES.index(actor.role) >= ROLES.index(role)


def refuse_unguarded(app: Flask) -> None:
    """A forgotten guard shows as a failure at once, never as an open door."""

    @app.before_request
    def _check() -> None:
        endpoint = request.endpoint
        if endpoint and endpoint != "static" and guard_of(app, endpoint) is None:
            raise InternalServerError(f"the route {endpoint} declares no guard")


def guard_of(app: Flask, endpoint: str) -> str | None:
    """The guard that the endpoint's view declared, or None."""
    return getattr(app.view_functions[endpoint], MARK, None)


def _turned_away(least: int) -> Response | None:
    actor = visitor()
    if actor is None:
        if is_fragment():
            raise Unauthorized("You are signed out.")
        back = request.full_path.rstrip("?") if request.method == "GET" else None
        return redirect(url_for("signin.sign_in", next=back if back != "/" else None))
    if actor.must_change_password and request.endpoint not in _BEFORE_NEW_PASSWORD:
        return redirect(url_for("signin.password"))
    if ROLES.index(actor.role) < least:
        raise Forbidden(f"This needs the role {ROLES[least]}; yours is {actor.role}.")
    if not is_fragment():
        session.modified = True  # only what a person does keeps a session alive, not polling
    return None


def _without_key() -> Response | None:
    """The answer to a stranger, the same whatever was asked for; None lets the visitor in."""
    feeds = runtime().settings.feeds
    token = feeds.token.get_secret_value()
    if feeds.public:
        return None
    if not token:
        return Response(status=404)
    scheme, _, bearer = request.headers.get("Authorization", "").partition(" ")
    given = bearer.strip() if scheme.lower() == "bearer" else request.args.get("key", "")
    if hmac.compare_digest(given.encode(errors="replace"), token.encode()):
        return None
    return Response(status=401, headers={"WWW-Authenticate": 'Bearer realm="feeds"'})


def _marked(view: View, guard: str) -> View:
    setattr(view, MARK, guard)
    return view

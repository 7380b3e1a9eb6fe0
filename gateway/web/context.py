"""What every page needs to know: the running gateway and who is asking."""

from datetime import datetime
from typing import cast
from urllib.parse import urlsplit

from flask import current_app, request
from flask_login import current_user

from gateway.runtime import Runtime
from gateway.store.tables import User


def runtime() -> Runtime:
    """The gateway this app was made for."""
    return cast(Runtime, current_app.extensions["gateway"])


def now() -> datetime:
    """The gateway's own clock, in UTC."""
    return runtime().clock()


def current_actor() -> User:
    """Who is signed in; only for views whose guard let somebody in."""
    actor = visitor()
    if actor is None:
        raise RuntimeError("no one is signed in: the view lacks its guard")
    return actor


def visitor() -> User | None:
    """Who is signed in, or None."""
    return current_user.row if current_user.is_authenticated else None


def is_fragment() -> bool:
    """Whether a script of ours asks for a piece of a page."""
    return request.headers.get("X-Requested-With") == "fetch"


def local_path(path: str | None, otherwise: str) -> str:
    """The path when it stays on this site, so that no link can lead a person elsewhere."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")):
        return otherwise
    parts = urlsplit(path)
    clean = path.isprintable() and "\\" not in path
    return path if clean and not parts.scheme and not parts.netloc else otherwise


def way_back() -> str:
    """Where a form came from: its own field (browsers send us no Referer), else the page above."""
    above = request.path.rsplit("/", 1)[0] or "/"
    return local_path(request.form.get("back"), above)

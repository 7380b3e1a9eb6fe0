"""Pieces of pages that refresh themselves: unchanged costs one header, not one page."""

from collections.abc import Callable
from hashlib import sha256

from flask import Response, make_response, request

from gateway.web.context import visitor


def stamp_of(*parts: object) -> str:
    """A mark that differs whenever what this person would see differs."""
    actor = visitor()
    who = (actor.id, actor.role) if actor else ()
    return sha256(repr((who, parts)).encode()).hexdigest()[:20]


def unless_known(stamp: str, render: Callable[[], str]) -> Response:
    """304 when the browser has this stamp already, else the fragment."""
    known = request.if_none_match.contains_weak(stamp)  # packed pages carry weak tags
    response = Response(status=304) if known else make_response(render())
    response.set_etag(stamp)
    return response

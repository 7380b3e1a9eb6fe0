"""Pieces of pages that refresh themselves: unchanged costs one header, not one page."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from flask import Response, make_response, request
from markupsafe import Markup

from gateway.web import speech
from gateway.web.context import now, visitor

_MARK = 5  # letters of a row's mark, 30 bits: two of a page are never the same by chance
_MOST_MARKS = 400
# What scripts keep fresh by themselves, so that its change is no news.
_AGES = re.compile(r'( data-ago>)[^<]*|<time class="due[^>]*? datetime="([^"]*)"[^>]*>[^<]*')
_ROW = re.compile(r'<(\w+) data-row="([\w-]{5})".*?</\1>', re.DOTALL)


def stamp_of(*parts: object) -> str:
    """A mark that differs whenever what this person would see differs."""
    actor = visitor()
    who = (actor.id, actor.role) if actor else ()
    return sha256(repr((who, speech.current(), parts)).encode()).hexdigest()[:20]


def unless_known(stamp: str, render: Callable[[], str]) -> Response:
    """304 when the browser has this stamp already, else the fragment."""
    known = request.if_none_match.contains_weak(stamp)  # packed pages carry weak tags
    return _answer(stamp, None if known else render())


@dataclass(frozen=True, slots=True)
class Piece:
    """A rendered piece; the tag says what it was made of, until when it holds, and what it says."""

    html: Markup
    tag: str


def piece(stamp: str, until: datetime, html: str) -> Piece:
    """`stamp` is of all that may change it; at `until` time alone may have changed it."""
    said = stamp_of(_without_ages(html))[:12]
    return Piece(Markup(html), f"{stamp[:12]}_{int(until.timestamp())}_{said}")  # noqa: S704 (our template)


def unless_the_same(stamp: str, make: Callable[[], Piece]) -> Response:
    """304 when nothing can have changed, or when what changed does not show.

    Rows that the browser names as its own are not sent again.
    """
    tags = [tag.split("_") for tag in request.if_none_match.as_set(include_weak=True)]
    tags = [tag for tag in tags if len(tag) == 3 and tag[1].isdecimal()]
    for tag in tags:
        if tag[0] == stamp[:12] and now().timestamp() < int(tag[1]):
            return _answer("_".join(tag), None)
    made = make()
    if made.tag.split("_")[2] in [tag[2] for tag in tags]:
        return _answer(made.tag, None)
    return _answer(made.tag, _without_known(made.html))


def kept(key: str, caller: Callable[[], str]) -> Markup:
    """Around one element of a template: marks it, so that it is sent once while it stays so."""
    html = caller().strip()
    seen = sha256(f"{key} {_without_ages(html)}".encode())
    mark = urlsafe_b64encode(seen.digest())[:_MARK].decode()
    name, rest = html[1:].split(" ", 1)
    return Markup(f'<{name} data-row="{mark}" {rest}')  # noqa: S704 (our template)


def _without_known(html: str) -> str:
    told = request.headers.get("X-Rows", "")[: _MOST_MARKS * _MARK]
    known = {told[at : at + _MARK] for at in range(0, len(told), _MARK)}

    def keep(found: re.Match[str]) -> str:
        name, mark = found.groups()
        return f'<{name} data-keep="{mark}"></{name}>' if mark in known else found[0]

    return _ROW.sub(keep, html)


def _without_ages(html: str) -> str:
    return _AGES.sub(r"\1\2", html)


def _answer(tag: str, html: str | None) -> Response:
    """`html` None: the browser has it. Then every byte that it does not need stays here."""
    answer = Response(status=304) if html is None else make_response(html)
    answer.set_etag(tag)
    return answer

"""The list of warnings in force as an Atom 1.0 feed (RFC 4287)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lxml import etree

from gateway.terms.xml_text import legal

NAMESPACE = "http://www.w3.org/2005/Atom"
CAP_TYPE = "application/cap+xml"
ATOM_TYPE = "application/atom+xml"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


@dataclass(frozen=True, slots=True)
class Entry:
    """One warning: where its CAP document is, and its first words in one language."""

    url: str
    kind: str  # CAP msgType
    language: str
    title: str
    summary: str
    updated: datetime


def atom(url: str, title: str, author: str, updated: datetime, entries: Iterable[Entry]) -> bytes:
    """The feed in UTF-8; `updated` is the last time that anything in it came or went."""
    feed = etree.Element(f"{{{NAMESPACE}}}feed", nsmap={None: NAMESPACE})
    _add(feed, "id", url)
    _add(feed, "title", title)
    _add(feed, "updated", updated.isoformat())
    _add(_add(feed, "author"), "name", author)
    _add(feed, "link", rel="self", type=ATOM_TYPE, href=url)
    for one in entries:
        entry = _add(feed, "entry")
        _add(entry, "id", one.url)
        _add(entry, "title", one.title).set(_LANGUAGE, one.language)
        _add(entry, "updated", one.updated.isoformat())
        _add(entry, "link", rel="alternate", type=CAP_TYPE, href=one.url)
        _add(entry, "category", term=one.kind)
        _add(entry, "summary", one.summary).set(_LANGUAGE, one.language)
    written: bytes = etree.tostring(feed, xml_declaration=True, encoding="UTF-8")
    return written


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)
    element.text = None if text is None else legal(text)
    return element

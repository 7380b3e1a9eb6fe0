"""Finds values in webhooks under names that the settings give: fields, JSON paths, XPaths."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from lxml import etree

from gateway.providers.errors import Unreadable
from gateway.providers.reading import json_of, word, xml_of
from gateway.providers.values import WebhookRequest

_LIMIT = 1000  # fields or items that are read; no company sends more at once


@dataclass(frozen=True, slots=True)
class Path:
    """One place, or several of which the first that is there counts."""

    names: tuple[str, ...] = ()
    xpath: Any = None

    def __bool__(self) -> bool:
        return bool(self.names) or self.xpath is not None


def path(written: str) -> Path:
    """``from|sender`` (fields), ``message.id`` or ``0.id`` (JSON), ``//from`` or ``./from`` (XML).

    Raises ValueError for an XPath that is none.
    """
    if written.startswith(("/", "./")):
        try:
            found = etree.XPath(written)
            found(etree.Element("sample"))  # a function or prefix that nobody knows shows only here
            return Path(xpath=found)
        except etree.XPathError:
            raise ValueError(f"{written!r} is no XPath; write one such as //from") from None
    names = (name.strip().removeprefix("$.") for name in written.split("|"))
    return Path(tuple(name for name in names if name))


@dataclass(frozen=True, slots=True)
class Source:
    """A webhook, or one item of the list in it."""

    fields: Mapping[str, str] = field(repr=False)
    document: Any = field(default=None, repr=False)
    tree: Any = field(default=None, repr=False)

    def find(self, where: Path) -> str | None:
        """The value as text, None where there is none."""
        if where.xpath is not None:
            found = () if self.tree is None else where.xpath(self.tree)
            if isinstance(found, list):
                return _text(found[0]) if found else None
            return word(found)
        for name in where.names:
            value = _at(self.document, name)
            if value is not None and not isinstance(value, dict | list):
                return word(value)
            if name.lower() in self.fields:
                return self.fields[name.lower()]
        return None

    def items(self, where: Path) -> Iterable["Source"]:
        """The items of the list there; raises Unreadable where there is no list."""
        if where.xpath is not None:
            nodes = () if self.tree is None else where.xpath(self.tree)
            found: Any = nodes if isinstance(nodes, list) else None
            items = [Source(self.fields, tree=node) for node in (found or ())[:_LIMIT]]
        else:
            found = self.document if where.names == (".",) else _at(self.document, where.names[0])
            found = found if isinstance(found, list) else None
            items = [Source(self.fields, document=one) for one in (found or ())[:_LIMIT]]
        if found is None:
            raise Unreadable("the list is missing")
        return items


def source(request: WebhookRequest, charset: str = "utf-8") -> Source:
    """What a webhook says; fields of the form count before those of the query."""
    kind = request.header("Content-Type").lower()
    body = request.body.strip()
    fields = _fields(request, charset)
    if "xml" in kind or body.startswith(b"<"):
        return Source(fields, tree=_tree(body))
    if "json" in kind or body[:1] in (b"{", b"["):
        return Source(fields, document=_document(body))
    return Source(fields)


def _fields(request: WebhookRequest, charset: str) -> dict[str, str]:
    form, query = request.form, request.query
    if charset != "utf-8":  # the door reads %-escapes as UTF-8; here they are read anew
        query = _pairs(_query(request.url), charset)
        if form and b"\r\n" not in request.body:
            form = _pairs(request.body.decode("latin-1"), charset)
    return {name.lower(): value for name, value in reversed([*form, *query])}


def _query(url: str) -> str:
    try:
        return urlsplit(url).query
    except ValueError:
        return ""


def _pairs(raw: str, charset: str) -> tuple[tuple[str, str], ...]:
    try:
        pairs = parse_qsl(
            raw, keep_blank_values=True, encoding=charset, errors="replace", max_num_fields=_LIMIT
        )
    except ValueError:
        return ()
    return tuple((name, word(value)) for name, value in pairs)


def _document(body: bytes) -> Any:
    try:
        return json_of(body)
    except ValueError:
        fault = Unreadable("the body is no JSON")
    raise fault


def _tree(body: bytes) -> Any:
    """What follows the last tag is no part of it: some companies leave a mark there."""
    return xml_of(body[: body.rfind(b">") + 1])


def _at(document: Any, name: str) -> Any:
    """The value under a path of keys and numbers; letters may be large or small."""
    for step in name.split("."):
        if isinstance(document, list) and step.isdecimal() and len(step) < 5:
            document = document[int(step)] if int(step) < len(document) else None
        elif isinstance(document, dict):
            small = {key.lower(): value for key, value in reversed(document.items())}
            document = document.get(step, small.get(step.lower()))
        else:
            return None
    return document


def _text(node: Any) -> str:
    if isinstance(node, etree._Element):
        return word("".join(node.itertext()))
    return word(str(node))

"""Writes CAP 1.2 messages as XML, each element in the order of the OASIS schema."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from lxml import etree

from gateway.alerts.cap import CapArea, Code, Info, Message, Reference
from gateway.terms.geo import Position
from gateway.terms.xml_text import legal

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"


def cap_xml(message: Message) -> bytes:
    """The document in UTF-8; what no XML may hold is left out of its texts."""
    root = etree.Element(f"{{{NAMESPACE}}}alert", nsmap={None: NAMESPACE})
    _add(root, "identifier", message.identifier)
    _add(root, "sender", message.sender)
    _add(root, "sent", cap_time(message.sent))
    _add(root, "status", message.status)
    _add(root, "msgType", message.msg_type)
    _add_some(root, "source", message.source)
    _add(root, "scope", message.scope)
    _add_some(root, "restriction", message.restriction)
    _add_some(root, "note", message.note)
    _add_some(root, "references", " ".join(map(_reference, message.references)))
    _add_some(root, "incidents", " ".join(message.incidents))
    for info in message.info:
        _add_info(root, info)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
    return written


def cap_time(moment: datetime) -> str:
    """As section 3.3.2 wants it: seconds, an offset, never Z; UTC itself is -00:00."""
    text = moment.replace(microsecond=0).isoformat()
    return text if moment.utcoffset() != timedelta(0) else f"{text[:-6]}-00:00"


def _add_info(root: Any, info: Info) -> None:
    block = _add(root, "info")
    _add(block, "language", info.language)
    _add_all(block, "category", info.categories)
    _add(block, "event", info.event)
    _add_all(block, "responseType", info.responses)
    _add(block, "urgency", info.urgency)
    _add(block, "severity", info.severity)
    _add(block, "certainty", info.certainty)
    _add_some(block, "audience", info.audience)
    _add_codes(block, "eventCode", info.event_codes)
    for name, moment in (
        ("effective", info.effective), ("onset", info.onset), ("expires", info.expires),
    ):  # fmt: skip
        _add_some(block, name, cap_time(moment) if moment else "")
    _add_some(block, "senderName", info.sender_name)
    _add_some(block, "headline", info.headline)
    _add_some(block, "description", info.description)
    _add_some(block, "instruction", info.instruction)
    _add_some(block, "web", info.web)
    _add_some(block, "contact", info.contact)
    if info.area is not None:
        _add_area(block, info.area)


def _add_area(block: Any, area: CapArea) -> None:
    element = _add(block, "area")
    _add(element, "areaDesc", area.description)
    _add_all(element, "polygon", (" ".join(map(_point, polygon)) for polygon in area.polygons))
    _add_all(
        element, "circle", (f"{_point(disc.centre)} {disc.radius_km:.3f}" for disc in area.discs)
    )
    _add_codes(element, "geocode", area.geocodes)


def _add_codes(parent: Any, name: str, codes: Iterable[Code]) -> None:
    for code in codes:
        element = _add(parent, name)
        _add(element, "valueName", code.name)
        _add(element, "value", code.value)


def _add_all(parent: Any, name: str, values: Iterable[str]) -> None:
    for value in values:
        _add(parent, name, value)


def _add_some(parent: Any, name: str, value: str) -> None:
    """An optional element that says nothing is left out."""
    if legal(value).strip():
        _add(parent, name, value)


def _add(parent: Any, name: str, value: str | None = None) -> Any:
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = None if value is None else legal(value)
    return element


def _point(position: Position) -> str:
    return f"{position.lat:.5f},{position.lon:.5f}"


def _reference(reference: Reference) -> str:
    return f"{reference.sender},{reference.identifier},{cap_time(reference.sent)}"

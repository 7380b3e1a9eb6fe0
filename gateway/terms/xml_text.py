"""The letters that an XML 1.0 document may hold (W3C XML 1.0, production 2)."""

import re

_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def legal(text: str) -> str:
    """The text without what no XML document may hold, not even escaped."""
    return _FORBIDDEN.sub("", text)

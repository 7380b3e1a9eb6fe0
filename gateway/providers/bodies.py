"""JSON to and from the companies' machines."""

import json
from collections.abc import Mapping
from typing import Any

from gateway.providers.errors import Rejected


def json_body(document: Mapping[str, Any]) -> bytes:
    """Raises Rejected for half a surrogate pair, which is no text."""
    try:
        return json.dumps(document, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        fault = Rejected("unusable-text")
    raise fault


def answer_of(body: str) -> dict[str, Any]:
    """The JSON object of an answer, empty where it is none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}

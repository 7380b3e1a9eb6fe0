"""A company's address that answers one vector after the other and remembers what it was asked."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from gateway.providers.base import (
    BadRecipient,
    HandoverUnknown,
    Misconfigured,
    Outgoing,
    ProviderDown,
    RecipientOptedOut,
    Rejected,
    SendError,
    Throttled,
)

from .door import ACCOUNT, Door, answers, opened

# What a receipt's status in the vectors is to us.
STATES = {
    "wired": "submitted",
    "sent": "submitted",
    "delivered": "delivered",
    "read": "delivered",
    "failed": "failed",
    "errored": "failed",
}
# What a refusal in the vectors is to us.
KINDS: dict[str, tuple[type[SendError], ...]] = {
    "invalid_number": (BadRecipient,),
    "contact_stopped": (RecipientOptedOut,),
    "throttled": (Throttled,),
    "connection_failed": (ProviderDown,),
    "message_invalid": (Rejected,),
    "channel_config": (Misconfigured,),
    # The vectors know no account that is wrong, and no hand-over that is in doubt.
    "response_status": (Misconfigured, Rejected),
    "response_content": (HandoverUnknown, Misconfigured, Rejected),
    "rejected_with_reason": (Misconfigured, Rejected, BadRecipient),
}


@contextmanager
def answered(type_: str, **options: str) -> Iterator[tuple[Door, HTTPServer]]:
    """A door whose one account talks to a server of ours."""
    with HTTPServer() as server, opened(type_, base_url=server.url_for(""), **options) as door:
        yield door, server


def hand_over(door: Door, server: HTTPServer, vector: Mapping[str, Any]) -> Request:
    """Sends a vector's message by the real sender, checks what came of it, returns our request."""
    (answer,), seen = answers(vector), []

    def company(request: Request) -> Response:
        seen.append(request)
        return answer

    server.clear()
    server.expect_request(re.compile(".*")).respond_with_handler(company)
    message, expect = vector["message"], vector["expect"]
    number = "+" + message["to_number"].removeprefix("+")
    delivery = door.send(number, message["text"])
    request = seen[0]
    assert len(seen) == 1  # nothing is repeated in a breath
    if expect["outcome"] == "sent":
        assert delivery.state == "submitted"
        assert [delivery.provider_id] == expect["external_ids"]
    else:
        assert delivery.state in ("queued", "failed", "unknown")
        with pytest.raises(KINDS[expect["error"]["kind"]]):
            door.runtime.providers[ACCOUNT].send(Outgoing(number, message["text"], "d1"))
    assert request.method == vector["request"]["method"]
    assert request.path == "/" + vector["request"]["url"].partition("://")[2].partition("/")[2]
    return request


def heard(door: Door, expect: Mapping[str, Any]) -> None:
    """Checks that the one message which was kept is the one that the vector expects."""
    (kept,) = door.messages()
    assert kept.sender == expect["from"]
    assert kept.body == expect["text"]
    assert kept.provider_id == expect.get("external_id", kept.provider_id)
    assert kept.media == len(expect.get("attachments", ()))


def told(door: Door, expect: Mapping[str, Any]) -> None:
    """Checks that the receipts which were kept are those that the vector expects."""
    kept, wanted = door.receipts(), expect["statuses"]
    assert len(kept) == len(wanted)
    for receipt, status in zip(kept, wanted, strict=True):
        assert receipt.provider_id == status.get("external_id", receipt.provider_id)
        assert receipt.state == STATES[expect.get("recommended_status", status["status"])]
        assert receipt.opted_out or expect["outcome"] != "status+stop"

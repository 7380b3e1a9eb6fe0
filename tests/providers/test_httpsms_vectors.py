"""What httpSMS really posts, through the real doors."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from jwt.algorithms import HMACAlgorithm

from .door import ACCOUNT, PUBLIC_URL, Door, opened, vectors

DEVIATIONS: dict[str, str] = {}
STATES = {"sent": "submitted", "delivered": "delivered", "failed": "failed"}


@pytest.fixture(scope="module")
def opened_door() -> Iterator[Door]:
    options = {"api_key": "k", "signature_secret": "signing-key-123", "sender_id": "+252615559999"}
    with opened("httpsms", "SO", **options) as door:
        yield door


@pytest.fixture
def door(opened_door: Door) -> Door:
    opened_door.forget()
    return opened_door


@pytest.mark.parametrize("vector", vectors("httpsms.json", "inbound", "status"))
def test_an_event_comes_through_the_door(vector: dict[str, Any], door: Door) -> None:
    expect = vector["expect"]
    door.now = datetime.fromtimestamp(vector["auth"]["now"], UTC)
    headers = _signed_for_our_door(vector)
    answers = {
        door.post(vector, headers=headers).status_code for _ in range(vector.get("repeat", 1))
    }
    assert answers == {expect["http_status"]}
    messages, receipts = door.messages(), door.receipts()
    if expect["outcome"] in ("message", "duplicate"):
        (message,) = messages
        assert message.body == expect.get("text", "Daad ayaa jira")
        assert message.sender == expect.get("from", "+252615550001")
        assert message.provider_id == expect.get("external_id", message.provider_id)
    else:
        assert messages == []
    said = [(one.provider_id, one.state, one.error_code) for one in receipts]
    expired = "EXPIRED" if vector["label"] == "expired-event" else None
    assert said == [
        (one["external_id"], STATES[one["status"]], one.get("error", expired))
        for one in expect.get("statuses", [])
    ]


def _signed_for_our_door(vector: dict[str, Any]) -> dict[str, str]:
    """The same token for our address; what was wrong with it stays wrong."""
    bearer = vector["request"]["headers"].get("Authorization", "").removeprefix("Bearer ")
    if not bearer:
        return {}
    door = "receipt" if vector["direction"] == "status" else "inbound"
    head, payload, signature = bearer.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    claims["aud"] = [f"{PUBLIC_URL}/sms/{ACCOUNT}/{door}"]
    if signature:
        key = {"wrong-key": "wrong"}.get(vector["auth"]["mode"], vector["auth"]["key"])
        return {"Authorization": f"Bearer {token(claims, key)}"}
    return {"Authorization": f"Bearer {head}.{_encoded(json.dumps(claims).encode())}."}


def token(claims: dict[str, Any], key: str) -> str:
    """A JWT with HS256, of a key of any length."""
    head = _encoded(b'{"alg":"HS256","typ":"JWT"}')
    signed = f"{head}.{_encoded(json.dumps(claims).encode())}"
    mac = HMACAlgorithm(HMACAlgorithm.SHA256).sign(signed.encode(), key.encode())
    return f"{signed}.{_encoded(mac)}"


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

"""Takes the vectors of a company through the doors and the sender, and compares what came of it."""

import re
from collections.abc import Mapping
from typing import Any

from pytest_httpserver import HTTPServer
from sqlalchemy import select
from werkzeug import Request, Response

from gateway.providers import build
from gateway.providers.base import ProviderConfig
from gateway.store.tables import Delivery, Move

from .door import ACCOUNT, Door, answers

STATES = {"wired": "submitted", "sent": "submitted", "delivered": "delivered", "failed": "failed"}
KINDS: Mapping[str, str] = {  # our errors for the words of the vectors
    "response_status": "Misconfigured|Rejected",
    "response_content": "Rejected",
    "response_unparseable": "Rejected",
    "rejected_with_reason": "Rejected",
    "contact_stopped": "RecipientOptedOut",
    "throttled": "Throttled",
    "connection_failed": "ProviderDown|HandoverUnknown",
    "invalid_number": "BadRecipient",
    "unreachable": "BadRecipient",
    "message_invalid": "Rejected",
    "config": "Misconfigured",
}


def describe(door: Door, type_: str, vector: Mapping[str, Any], **changes: Any) -> None:
    """Gives the door an account with the vector's settings and country; `options` are ours."""
    channel = vector["channel"]
    options = {name: str(value) for name, value in channel["config"].items()}
    options |= changes.get("options", {})
    config = ProviderConfig(
        ACCOUNT, type_, channel["address"], changes.get("base_url", ""), 2.0, options=options
    )
    door.runtime.providers[ACCOUNT] = build(config)  # type: ignore[index]
    country = {"country": channel["country"]}
    door.runtime.settings = door.runtime.settings.model_copy(update=country)


def company(httpserver: HTTPServer, vector: Mapping[str, Any]) -> list[Request]:
    """The company behind `httpserver`; returns the list that its requests will be in."""
    seen: list[Request] = []
    said = answers(vector)

    def answer(request: Request) -> Response:
        request.get_data()
        seen.append(request)
        return next(said)

    httpserver.expect_request(re.compile(".*")).respond_with_handler(answer)
    return seen


def check_inbound(door: Door, vector: Mapping[str, Any], answer: Any) -> None:
    """What the vector expects of a message, or of a STOP."""
    expect = vector["expect"]
    if expect["outcome"] == "rejected":
        assert answer.status_code == 400
        assert door.messages() == []
        return
    assert answer.status_code == 200
    (message,) = door.messages()
    if expect["outcome"] == "stop":
        sender = expect["events"][0]["urn"].removeprefix("tel:")
        assert (message.sender, message.opt, message.body) == (sender, "stop", "")
        assert door.subscriber(sender).state == "stopped"
    else:
        assert (message.sender, message.body) == (expect["from"], expect["text"])
    if "external_id" in expect:
        assert message.provider_id == expect["external_id"]


def check_kept(door: Door, answer: Any) -> None:
    """Courier refuses it; we keep it, since a refusal would come back for hours or be lost."""
    assert answer.status_code == 200
    assert len(door.messages()) == 1


def check_receipt(door: Door, vector: Mapping[str, Any], answer: Any) -> None:
    """What the vector expects of a receipt."""
    expect = vector["expect"]
    if expect["outcome"] == "rejected":
        assert answer.status_code == 400
        assert door.receipts() == []
        return
    assert answer.status_code == 200
    states = [receipt.state for receipt in door.receipts()]
    if expect["outcome"] == "ignored":
        assert [state for state in states if state] == []
        return
    assert states == [STATES[status["status"]] for status in expect["statuses"]]
    ids = [status.get("external_id", "") for status in expect["statuses"]]
    assert [receipt.provider_id for receipt in door.receipts()] == ids


def check_sent(door: Door, vector: Mapping[str, Any], delivery: Delivery) -> None:
    """What the vector expects of a message of ours after one attempt."""
    expect = vector["expect"]
    if expect["outcome"] == "sent":
        assert delivery.state == "submitted"
        assert [one for one in (delivery.provider_id,) if one] == expect["external_ids"]
        return
    assert re.match(KINDS[expect["error"]["kind"]], why(door, delivery))
    if "code" in expect["error"]:
        assert delivery.error_code == expect["error"]["code"]
    if expect["outcome"] == "retry":
        assert delivery.state in ("queued", "unknown")


def why(door: Door, delivery: Delivery) -> str:
    """The reason of the delivery's last move: the error's name and code."""
    with door.runtime.database.reading() as session:
        moves = select(Move.why).where(Move.machine == "delivery", Move.row_id == delivery.id)
        return session.scalars(moves.order_by(Move.id.desc())).first() or ""


# Our messages end; those of the vectors never do.
LIFETIMES = {"validity", "validity-period", "ValidityPeriod"}


def same_request(made: Request, wanted: Mapping[str, Any], **ours: str) -> None:
    """The body or query of a request as the vector has it; `ours` where ours must differ."""
    for name, value in (wanted.get("headers") or {}).items():
        assert made.headers[name] == value
    if "query" in wanted:
        assert _without_end(made.args.to_dict(), wanted["query"]) == wanted["query"] | ours
    if "form" in wanted:
        assert _without_end(made.form.to_dict(), wanted["form"]) == wanted["form"] | ours
    elif "json" in wanted:
        assert made.get_json() == wanted["json"] | ours
    elif "raw" in wanted:
        assert made.get_data(as_text=True) == wanted["raw"]


def _without_end(sent: dict[str, str], wanted: Mapping[str, str]) -> dict[str, str]:
    return {name: sent[name] for name in sent if name in wanted or name not in LIFETIMES}

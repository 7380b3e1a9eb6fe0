"""What the vectors of outbound messages expect, held against what the real sender made of them."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from sqlalchemy import select
from werkzeug import Request, Response

from gateway.store.tables import Delivery, Move

from .door import Door, answers, opened

# Where the vectors' word for a refusal and ours differ in more than name.
KINDS = {
    "channel_config": {"Misconfigured"},
    "invalid_number": {"BadRecipient"},
    "contact_stopped": {"RecipientOptedOut"},
    "message_invalid": {"Rejected"},
    "throttled": {"Throttled"},
    "connection_failed": {"ProviderDown", "HandoverUnknown"},
    "response_status": {"Misconfigured", "Rejected"},
    "response_content": {"Rejected"},
    "rejected_with_reason": {"Rejected", "ProviderDown", "Throttled"},
}
RETRIED = {"ProviderDown", "HandoverUnknown", "Throttled"}


@pytest.fixture(scope="module")
def doors() -> Iterator[Callable[..., Door]]:
    """Opens one gateway for each account of a module's vectors, and gives it emptied again."""
    known: dict[str, Door] = {}
    with ExitStack() as stack:

        def door(type_: str, **options: str) -> Door:
            name = json.dumps([type_, options], sort_keys=True)
            if name not in known:
                known[name] = stack.enter_context(opened(type_, country="KE", **options))
            known[name].forget()
            return known[name]

        yield door


def handed_over(
    vector: Mapping[str, Any], httpserver: HTTPServer, doors: Callable[..., Door], type_: str
) -> tuple[Request, Delivery]:
    """Sends the vector's message; its request, and its delivery once the outcome is as expected."""
    (answer,), seen = answers(vector), []

    def company(request: Request) -> Response:
        request.get_data(cache=True)
        seen.append(request)
        return answer

    httpserver.expect_request(re.compile(".*")).respond_with_handler(company)
    channel, message = vector["channel"], vector["message"]
    config = channel["config"] | {"sender_id": channel["address"]}
    door = doors(type_, base_url=httpserver.url_for(""), **config)
    delivery = door.send(message["to_number"], message["text"])
    _check(vector["expect"], delivery, door, message["to_number"])
    (request,) = seen
    _check_request(request, vector["request"])
    return request, delivery


def error_of(delivery: Delivery, door: Door) -> str:
    """The name of the SendError that moved this delivery last, from its history."""
    with door.runtime.database.reading() as session:
        whys = session.scalars(
            select(Move.why)
            .where(Move.machine == "delivery", Move.row_id == delivery.id)
            .order_by(Move.id.desc())
        ).all()
    return (whys[0] or "").partition(" ")[0]


def includes(told: Any, wanted: Any, differs: Mapping[str, Any]) -> None:
    """Asserts that everything wanted was told; `differs`: the vector's own values -> ours."""
    if isinstance(wanted, dict):
        for name, value in wanted.items():
            includes(told[name], value, differs)
    elif isinstance(wanted, list):
        assert len(told) == len(wanted)
        for one, other in zip(told, wanted, strict=True):
            includes(one, other, differs)
    else:
        assert told == differs.get(str(wanted), wanted)


def _check(expect: Mapping[str, Any], delivery: Delivery, door: Door, to: str) -> None:
    if expect["outcome"] == "sent":
        assert delivery.state == "submitted"
        assert delivery.provider_id in (expect["external_ids"] or [delivery.reference])
        return
    name = error_of(delivery, door)
    assert name in KINDS[expect["error"]["kind"]]
    assert (name in RETRIED) == expect["error"]["retryable"]
    assert delivery.error_code == expect["error"].get("code", delivery.error_code)
    opted_out = door.subscriber(to).state == "stopped"
    assert opted_out == (expect["outcome"] == "opted_out")


def _check_request(request: Request, wanted: Mapping[str, Any]) -> None:
    assert request.method == wanted["method"]
    assert request.path == "/" + wanted["url"].partition("://")[2].partition("/")[2]
    for name, value in wanted["headers"].items():
        assert request.headers[name] == value


def document(request: Request) -> Any:
    """The JSON that we sent."""
    return json.loads(request.get_data())

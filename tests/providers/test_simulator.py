"""The simulator: the company that newcomers, exercises and tests send through."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from gateway.providers import simulator as module
from gateway.providers.base import (
    NotAuthentic,
    ProviderConfig,
    Submission,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.simulator import Simulator

from .making import make_request, make_sms

NOW = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
SMS = {"id": "in-1", "from": "+254700000001", "to": "2020", "text": "Mto umefurika"}


class Clock:
    """Stands still until told."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def make_simulator(clock: Clock | None = None, **options: str) -> Simulator:
    return Simulator(ProviderConfig("drill", "simulator", options=options), clock or Clock())


def posted(document: Any, **more: Any) -> WebhookRequest:
    return make_request(body=json.dumps(document).encode(), **more)


@pytest.mark.parametrize("request_", [posted(SMS), make_request(form=SMS)], ids=["json", "form"])
def test_a_message_comes_as_json_or_form(request_: WebhookRequest) -> None:
    (sms,) = make_simulator().read_inbound(request_)
    assert (sms.provider_id, sms.sender, sms.recipient, sms.text) == tuple(SMS.values())


@pytest.mark.parametrize("name", ["id", "from"])
@pytest.mark.parametrize("value", ["", 7, None])
def test_a_message_without_id_or_sender_is_unreadable(name: str, value: Any) -> None:
    with pytest.raises(Unreadable, match=f"{name} is missing"):
        make_simulator().read_inbound(posted(SMS | {name: value}))


def test_half_a_surrogate_pair_becomes_something_that_can_be_stored() -> None:
    (sms,) = make_simulator().read_inbound(posted(SMS | {"text": "\ud83d flood"}))
    assert sms.text == "? flood"


def test_a_secret_opens_only_to_its_holder() -> None:
    provider = make_simulator(secret="hush")
    assert provider.read_inbound(posted(SMS, headers={"x-simulator-secret": "hush"}))
    for headers in ({}, {"X-Simulator-Secret": "Hush"}, {"X-Simulator-Secret": "\udcff"}):
        with pytest.raises(NotAuthentic):
            provider.read_inbound(posted(SMS, headers=headers))


def test_a_posted_receipt_is_read() -> None:
    provider = make_simulator()
    (receipt,) = provider.read_receipt(
        posted({"id": "sim-1", "status": "delivered", "reference": "d-1"})
    )
    assert (receipt.state, receipt.reference) == ("delivered", "d-1")
    (odd,) = provider.read_receipt(posted({"id": "sim-1", "status": "lost"}))
    assert (odd.status, odd.state, odd.reference) == ("lost", None, None)
    assert provider.read_receipt(posted({"id": "sim-1"})) == []
    with pytest.raises(Unreadable):
        provider.read_receipt(posted({"status": "delivered"}))


def test_a_receipt_is_due_after_a_moment_and_given_once() -> None:
    clock = Clock()
    provider = make_simulator(clock, receipt_seconds="5")
    taken = provider.send(make_sms())
    assert taken.provider_id.startswith("sim-")
    clock.now += 4.9
    assert provider.collect_receipts(NOW) == []
    clock.now += 0.1
    (receipt,) = provider.collect_receipts(NOW)
    assert (receipt.provider_id, receipt.state, receipt.reference) == (
        taken.provider_id,
        "delivered",
        "d-1",
    )
    assert provider.collect_receipts(NOW) == []


def test_a_drill_number_fails() -> None:
    provider = make_simulator(fail_suffix="99", receipt_seconds="0.0")
    provider.send(make_sms(to="+254700000099"))
    provider.send(make_sms(to="+254700000098"))
    states = [receipt.state for receipt in provider.collect_receipts(NOW)]
    assert states == ["failed", "delivered"]


def test_what_was_taken_is_found_by_our_reference() -> None:
    provider = make_simulator()
    assert provider.look_up(make_sms(), NOW) is None
    taken = provider.send(make_sms())
    assert provider.look_up(make_sms(), NOW - timedelta(hours=1)) == Submission(taken.provider_id)


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MEMORY", 2)
    provider = make_simulator(receipt_seconds="0")
    for number in range(3):
        provider.send(make_sms(reference=f"d-{number}"))
    assert provider.look_up(make_sms(reference="d-0"), NOW) is None
    assert provider.look_up(make_sms(reference="d-2"), NOW)
    assert len(provider.collect_receipts(NOW)) == 2


@pytest.mark.parametrize("wrong", ["soon", "-1", "nan", "inf"])
def test_a_delay_that_is_no_time_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="receipt_seconds"):
        make_simulator(receipt_seconds=wrong)

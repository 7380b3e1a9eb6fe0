"""Infobip: what its lists say, what its answers mean, and how a doubtful message is asked for."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY
from pytest_httpserver import HTTPServer

from gateway.providers.base import (
    Balance,
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    ProviderConfig,
    ProviderDown,
    Receipt,
    Rejected,
    SendError,
    Submission,
    Throttled,
    Unreadable,
)
from gateway.providers.infobip import HOPELESS, OPTED_OUT, REFUSALS, TAKEN_BEFORE, Infobip

from .making import NOW, make_request, make_sms

MESSAGES, LOGS = "/sms/3/messages", "/sms/3/logs"
URL = "https://alerts.example.org/sms/main/inbound"
SENT = {"messageId": "in-1", "from": "254700000001", "to": "2020", "text": "Mto umefurika"}

UNAUTHORIZED = {"requestError": {"serviceException": {"messageId": "UNAUTHORIZED"}}}
HOUR = timedelta(hours=1)


def make_infobip(base_url: str = "", **options: str) -> Infobip:
    config = ProviderConfig(
        "main", "infobip", "2020", base_url, 2.0, options={"api_key": "t"} | options
    )
    return Infobip(config, clock=lambda: NOW)


def listed(*entries: Any, url: str = URL) -> Any:
    return make_request(url, body=json.dumps({"results": entries}).encode())


def receipt_of(**entry: Any) -> Receipt:
    (receipt,) = make_infobip().read_receipt(listed({"messageId": "d-1"} | entry))
    return receipt


def answer(group: Any, name: str = "", **more: Any) -> dict[str, Any]:
    return {"messages": [{"status": {"groupId": group, "name": name}} | more]}


# --- settings -----------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"username": "u"}, {"api_key": ""}])
def test_credentials_of_one_kind_are_wanted(options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"lacks: api_key \(or username and password\)"):
        Infobip(ProviderConfig("main", "infobip", options=options))


# --- what comes in ------------------------------------------------------------------------


def test_one_broken_entry_does_not_take_the_others_with_it() -> None:
    broken: list[Any] = [{"text": "no sender"}, "no entry", None]
    before = refused_items()
    (sms,) = make_infobip().read_inbound(listed(*broken, SENT))
    assert (sms.provider_id, sms.sender, sms.recipient) == ("in-1", "+254700000001", "2020")
    assert refused_items() == before + 3, "the operator is told of each"
    with pytest.raises(Unreadable, match="the sender is missing"):
        make_infobip().read_inbound(listed(*broken))
    assert refused_items() == before + 3, "what is refused whole is counted at the door"


def refused_items() -> float:
    labels = {"account": make_infobip().account, "why": "unreadable item"}
    return REGISTRY.get_sample_value("gateway_webhooks_refused_total", labels) or 0


def test_an_empty_list_says_nothing_and_no_list_is_unreadable() -> None:
    assert make_infobip().read_inbound(listed()) == []
    assert make_infobip().read_receipt(listed()) == []
    with pytest.raises(Unreadable, match="results is missing"):
        make_infobip().read_inbound(make_request(body=b'{"messageCount": 0}'))


def test_an_mms_is_read_by_its_texts_and_counted_by_its_pictures() -> None:
    pieces = [
        {"contentType": "text/plain", "value": "Moto"},
        {"contentType": "image/png", "url": "https://example.org/1.png"},
        {"contentType": "text/plain", "value": "Garissa"},
    ]
    mms = {"messageId": "m-1", "from": "254700000001", "to": "2020", "message": pieces}
    (sms,) = make_infobip().read_inbound(listed(mms))
    assert (sms.text, sms.media) == ("Moto\nGarissa", 1)


def test_with_a_secret_only_those_who_know_it_are_believed() -> None:
    provider = make_infobip(webhook_secret="se cret")
    assert provider.read_inbound(listed(SENT, url=f"{URL}?key=se%20cret"))
    for url in (URL, f"{URL}?key=other"):
        with pytest.raises(NotAuthentic):
            provider.read_inbound(listed(SENT, url=url))
        with pytest.raises(NotAuthentic):
            provider.read_receipt(listed(SENT, url=url))


@pytest.mark.parametrize(("name", "state"), Infobip.STATES.items())
def test_every_documented_status_has_its_state(name: str, state: str | None) -> None:
    group = "DELIVERED" if name.startswith("DELIVERED_TO") else "REJECTED"
    receipt = receipt_of(status={"groupName": group, "name": name})
    assert receipt.state == state
    assert receipt.status == name


def test_a_new_name_is_read_by_its_group_and_a_new_group_has_no_state() -> None:
    assert receipt_of(status={"groupName": "EXPIRED", "name": "EXPIRED_NEW"}).state == "failed"
    assert receipt_of(status={"groupName": "TELEPORTED"}).state is None


def test_the_operator_having_it_is_not_delivery() -> None:
    status = {"groupName": "DELIVERED", "name": "DELIVERED_TO_OPERATOR"}
    assert receipt_of(status=status).state == "submitted"


@pytest.mark.parametrize("name", sorted(OPTED_OUT))
def test_every_word_for_a_stop_is_told(name: str) -> None:
    receipt = receipt_of(status={"groupName": "UNDELIVERABLE"}, error={"name": name})
    assert (receipt.opted_out, receipt.state, receipt.transient) == (True, "failed", False)


@pytest.mark.parametrize("name", sorted(HOPELESS))
def test_every_word_for_a_dead_number_is_told(name: str) -> None:
    error = {"name": name, "permanent": True}
    receipt = receipt_of(status={"groupName": "UNDELIVERABLE"}, error=error)
    assert (receipt.bad_recipient, receipt.transient, receipt.error_code) == (True, False, name)


def test_whether_a_failure_may_pass_the_receipt_says_itself() -> None:
    status = {"groupName": "UNDELIVERABLE", "name": "UNDELIVERABLE_NOT_DELIVERED"}
    absent = {"name": "EC_ABSENT_SUBSCRIBER", "permanent": False}
    assert receipt_of(status=status, error=absent).transient
    assert not receipt_of(status=status, error=absent | {"permanent": True}).transient
    nothing = {"name": "NO_ERROR", "permanent": False}
    receipt = receipt_of(status=status, error=nothing)
    assert (receipt.transient, receipt.error_code) == (False, "UNDELIVERABLE_NOT_DELIVERED")


def test_a_receipt_names_our_own_reference() -> None:
    assert receipt_of(status={"groupName": "PENDING"}).reference == "d-1"


# --- what goes out ------------------------------------------------------------------------


def test_a_message_leaves_with_all_that_the_account_asks_for(httpserver: HTTPServer) -> None:
    httpserver.expect_request(MESSAGES).respond_with_json(answer(1, messageId="d-1"))
    provider = make_infobip(httpserver.url_for("/"), webhook_secret="a&b", transliteration="ALL")
    sms = make_sms(receipt_url="https://x.example.org/r?reference=d-1", expires_at=NOW + HOUR)
    assert provider.send(sms) == Submission("d-1")
    ((request, _),) = httpserver.log
    (message,) = request.json["messages"]
    assert request.headers["Authorization"] == "App t"
    assert message["sender"] == message["from"] == "2020"
    assert message["destinations"] == [{"to": "254700000002", "messageId": "d-1"}]
    assert message["content"] == {"text": "Flood: go uphill now", "transliteration": "ALL"}
    assert message["options"] == {"validityPeriod": {"amount": 3600, "timeUnit": "SECONDS"}}
    delivery = message["webhooks"]["delivery"]
    assert delivery["url"] == "https://x.example.org/r?reference=d-1&key=a%26b"


@pytest.mark.parametrize(("life", "seconds"), [(timedelta(days=9), 172_800), (HOUR / 3600, 60)])
def test_a_lifetime_is_kept_within_what_infobip_allows(
    life: timedelta, seconds: int, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(MESSAGES).respond_with_json(answer(1))
    make_infobip(httpserver.url_for("")).send(make_sms(expires_at=NOW + life))
    ((request, _),) = httpserver.log
    assert request.json["messages"][0]["options"]["validityPeriod"]["amount"] == seconds


def test_what_has_expired_is_not_sent(nobody_there: str) -> None:
    with pytest.raises(Rejected, match="expired"):
        make_infobip(nobody_there).send(make_sms(expires_at=NOW))


def test_a_text_that_is_too_long_is_not_even_tried(nobody_there: str) -> None:
    with pytest.raises(Rejected, match="TOO_LONG"):
        make_infobip(nobody_there).send(make_sms(text="ä" * 2001))


@pytest.mark.parametrize(("name", "kind"), REFUSALS.items())
@pytest.mark.parametrize("group", [2, 5])
def test_every_refusal_within_a_yes_is_told_apart(
    name: str, kind: type[SendError], group: int, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(MESSAGES).respond_with_json(answer(group, name))
    with pytest.raises(SendError) as caught:
        make_infobip(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), caught.value.code) == (kind, name)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (200, answer(2), Rejected, "group-2"),
        (200, answer(4, "Call +254700000002"), Rejected, "group-4"),
        (200, answer(9), HandoverUnknown, "unreadable-answer"),
        (200, answer("1"), HandoverUnknown, "unreadable-answer"),
        (200, answer(True), HandoverUnknown, "unreadable-answer"),
        (200, {"messages": []}, HandoverUnknown, "unreadable-answer"),
        (200, "<html>", HandoverUnknown, "unreadable-answer"),
        (401, UNAUTHORIZED, Misconfigured, "UNAUTHORIZED"),
        (401, {"errorCode": "E401"}, Misconfigured, "E401"),
        (400, {"errorCode": "to +254700000002"}, Rejected, "http-400"),
        (403, "<html>blocked", ProviderDown, "http-403"),
        (500, {"errorCode": "E500"}, ProviderDown, "E500"),
        (502, "", HandoverUnknown, "http-502"),
    ],
)
def test_other_answers_are_judged_by_what_they_say(
    status: int, body: Any, kind: Any, code: str, httpserver: HTTPServer
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    httpserver.expect_request(MESSAGES).respond_with_data(text, status)
    with pytest.raises(SendError) as caught:
        make_infobip(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), caught.value.code) == (kind, code)


def test_throttling_passes_on_the_advice(httpserver: HTTPServer) -> None:
    headers = {"Retry-After": "7"}
    httpserver.expect_request(MESSAGES).respond_with_data("{}", 429, headers=headers)
    with pytest.raises(Throttled) as caught:
        make_infobip(httpserver.url_for("")).send(make_sms())
    assert caught.value.retry_after_s == 7


def test_an_answer_cut_short_still_says_what_became_of_it(httpserver: HTTPServer) -> None:
    cut = '{"messages":[{"messageId":"d-1","status":{"groupId":1,"groupName":"PEND'
    httpserver.expect_request(MESSAGES).respond_with_data(cut)
    assert make_infobip(httpserver.url_for("")).send(make_sms()) == Submission("d-1")


# --- asking after a crash -----------------------------------------------------------------


def logged(httpserver: HTTPServer, *entries: Any) -> Infobip:
    httpserver.expect_request(LOGS, query_string="messageId=d-1").respond_with_json(
        {"results": list(entries)}
    )
    return make_infobip(httpserver.url_for(""))


PENDING = {"messageId": "d-1", "status": {"groupId": 1, "groupName": "PENDING"}}
REFUSED = {"messageId": "d-1", "status": {"groupId": 5, "groupName": "REJECTED"}}


def test_a_message_that_infobip_took_is_found_by_our_reference(httpserver: HTTPServer) -> None:
    provider = logged(httpserver, REFUSED, PENDING)
    assert provider.look_up(make_sms(), NOW) == Submission("d-1")


@pytest.mark.parametrize("entries", [(), (REFUSED,), (PENDING | {"messageId": "d-2"},), ("d-1",)])
def test_a_message_that_it_refused_or_never_saw_is_not(
    entries: tuple[Any, ...], httpserver: HTTPServer
) -> None:
    assert logged(httpserver, *entries).look_up(make_sms(), NOW) is None


def test_what_is_older_than_the_logs_stays_in_doubt(httpserver: HTTPServer) -> None:
    provider = logged(httpserver)
    with pytest.raises(HandoverUnknown):
        provider.look_up(make_sms(), datetime(2026, 11, 18, 5, 0, tzinfo=UTC))


def test_an_id_that_was_taken_before_is_asked_for(httpserver: HTTPServer) -> None:
    httpserver.expect_request(MESSAGES).respond_with_json(answer(5, TAKEN_BEFORE))
    assert logged(httpserver, PENDING).send(make_sms()) == Submission("d-1")


def test_an_id_that_was_only_ever_refused_is_not_taken(httpserver: HTTPServer) -> None:
    httpserver.expect_request(MESSAGES).respond_with_json(answer(5, TAKEN_BEFORE))
    with pytest.raises(ProviderDown, match=TAKEN_BEFORE):
        logged(httpserver, REFUSED).send(make_sms())


# --- money --------------------------------------------------------------------------------


def test_the_balance_is_told(httpserver: HTTPServer) -> None:
    found = {"balance": 47.8, "currency": "EUR"}
    httpserver.expect_request("/account/1/balance").respond_with_json(found)
    assert make_infobip(httpserver.url_for("")).balance() == Balance(47.8, "EUR")


@pytest.mark.parametrize("found", [{}, {"balance": "much"}, {"balance": True}, []])
def test_a_balance_that_is_no_number_is_not_believed(found: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/account/1/balance").respond_with_json(found)
    with pytest.raises(SendError):
        make_infobip(httpserver.url_for("")).balance()

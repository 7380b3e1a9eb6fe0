"""Africa's Talking: what its callbacks say, and what its recipients' statuses mean."""

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.africastalking import (
    FINAL,
    HOPELESS,
    OPTED_OUT,
    PASSING,
    REFUSALS,
    AfricasTalking,
)
from gateway.providers.base import (
    Balance,
    HandoverUnknown,
    InboundSms,
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

from .making import NOW, make_request, make_sms

MESSAGING = "/version1/messaging"
URL = "https://alerts.example.org/sms/main/inbound"
SENT = {"id": "in-1", "from": "+254700000001", "to": "21512", "text": "Mto umefurika"}


def make_at(base_url: str = "", sender_id: str = "", **options: str) -> AfricasTalking:
    given = {"username": "u", "api_key": "t"} | options
    return AfricasTalking(
        ProviderConfig("main", "africastalking", sender_id, base_url, 2.0, options=given)
    )


def receipt_of(**form: str) -> Receipt:
    (receipt,) = make_at().read_receipt(make_request(URL, {"id": "x-1"} | form))
    return receipt


def answer(*recipients: Any, message: str = "Sent to 1/1") -> dict[str, Any]:
    return {"SMSMessageData": {"Message": message, "Recipients": list(recipients)}}


def test_both_credentials_are_wanted() -> None:
    with pytest.raises(ValueError, match="lacks: username, api_key"):
        AfricasTalking(ProviderConfig("main", "africastalking"))


def test_the_sandbox_has_its_own_address() -> None:
    assert make_at(username="sandbox")._base.startswith("https://api.sandbox.africastalking.com/")
    assert make_at()._base == "https://api.africastalking.com/version1"


# --- what comes in ------------------------------------------------------------------------


def test_a_message_without_date_or_id_is_a_message() -> None:
    (sms,) = make_at().read_inbound(make_request(URL, {"from": "MTN", "text": ""}))
    assert sms == InboundSms("", "MTN", "", "")


@pytest.mark.parametrize(
    ("form", "opt"),
    [
        ({"senderId": "ALERTS"}, "stop"),
        ({"shortCode": "21512", "keyword": "ALERT", "updateType": "deletion"}, "stop"),
        ({"shortCode": "21512", "keyword": "ALERT", "updateType": "addition"}, "start"),
    ],
)
def test_leaving_and_joining_by_a_menu_is_told(form: dict[str, str], opt: str) -> None:
    request = make_request(URL, {"phoneNumber": "+254700000001"} | form)
    (sms,) = make_at().read_inbound(request)
    assert (sms.sender, sms.text, sms.opt, sms.provider_id) == ("+254700000001", "", opt, "")
    assert make_at().read_receipt(request) == []


@pytest.mark.parametrize(
    "form",
    [{}, {"from": ""}, {"updateType": "deletion"}, {"phoneNumber": "+2547", "updateType": "new"}],
)
def test_what_names_nobody_is_unreadable(form: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        make_at().read_inbound(make_request(URL, form))


def test_at_the_wrong_door_a_callback_says_nothing() -> None:
    receipt = make_request(URL, {"id": "x-1", "status": "Success", "phoneNumber": "+2547"})
    assert make_at().read_inbound(receipt) == []
    assert make_at().read_receipt(make_request(URL, SENT)) == []


def test_with_a_secret_only_those_who_know_it_are_believed() -> None:
    provider = make_at(webhook_secret="s")
    assert provider.read_inbound(make_request(f"{URL}?key=s", SENT))
    for url in (URL, f"{URL}?key=other"):
        for read in (provider.read_inbound, provider.read_receipt):
            with pytest.raises(NotAuthentic):
                read(make_request(url, SENT))


@pytest.mark.parametrize(("status", "state"), AfricasTalking.STATES.items())
def test_every_documented_status_has_its_state(status: str, state: str) -> None:
    assert receipt_of(status=status).state == state


def test_every_documented_reason_is_told_apart() -> None:
    """Their bulk SMS guide, "Delivery reports"; two spellings each of two of them are seen."""
    documented = {
        *("InsufficientCredit", "InvalidLinkId", "UserIsInactive", "UserInBlackList"),
        *("UserAccountSuspended", "NotNetworkSubcriber", "UserNotSubscribedToProduct"),
        *("UserDoesNotExist", "DeliveryFailure", "DoNotDisturbRejection"),
    }
    assert documented <= OPTED_OUT | HOPELESS | PASSING | FINAL
    for reason in OPTED_OUT | HOPELESS | PASSING | FINAL:
        receipt = receipt_of(status="Failed", failureReason=reason)
        assert receipt.state == "failed"
        assert receipt.error_code == reason
        assert receipt.opted_out == (reason in OPTED_OUT)
        assert receipt.bad_recipient == (reason in HOPELESS)
        assert receipt.transient == (reason in PASSING)


def test_a_phone_that_is_off_may_be_reached_later() -> None:
    assert receipt_of(status="AbsentSubscriber").transient


@pytest.mark.parametrize("form", [{"status": "Success"}, {"id": "x-1"}])
def test_a_receipt_without_id_or_status_is_unreadable(form: dict[str, str]) -> None:
    with pytest.raises(Unreadable):
        make_at().read_receipt(make_request(URL, form))


# --- what goes out ------------------------------------------------------------------------


def test_a_message_leaves_and_its_cost_is_told(httpserver: HTTPServer) -> None:
    one = {"statusCode": 101, "status": "Success", "messageId": "AT-1", "cost": "KES 0.8000"}
    httpserver.expect_request(MESSAGING).respond_with_json(answer(one), 201)
    assert make_at(httpserver.url_for("/")).send(make_sms()) == Submission("AT-1", 0.8)
    ((request, _),) = httpserver.log
    assert request.headers["apikey"] == "t"
    assert request.form.to_dict() == {
        "username": "u",
        "to": "+254700000002",
        "message": "Flood: go uphill now",
        "bulkSMSMode": "1",
        "enqueue": "1",
    }


def test_a_yes_without_a_name_is_still_a_yes(httpserver: HTTPServer) -> None:
    one = {"statusCode": 102, "status": "Success", "messageId": "None", "cost": "0"}
    httpserver.expect_request(MESSAGING).respond_with_json(answer(one), 201)
    assert make_at(httpserver.url_for("")).send(make_sms()) == Submission("")


@pytest.mark.parametrize(("said", "kind"), REFUSALS.items())
def test_every_refusal_within_a_yes_is_told_apart(
    said: str, kind: type[SendError], httpserver: HTTPServer
) -> None:
    code = {"statusCode": int(said)} if said.isdecimal() else {}
    one = {"status": said if not code else "x", "messageId": "None"} | code
    httpserver.expect_request(MESSAGING).respond_with_json(answer(one), 201)
    with pytest.raises(SendError) as caught:
        make_at(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), caught.value.code) == (kind, said)


@pytest.mark.parametrize(
    ("status", "body", "kind", "code"),
    [
        (201, answer(message="InvalidSenderId"), Misconfigured, "InvalidSenderId"),
        (201, answer(message="Sent to 0/1 Total Cost: 0"), ProviderDown, "no-recipient"),
        (201, answer({"statusCode": 499}), Rejected, "499"),
        (201, answer({"status": "Failed"}), Rejected, "Failed"),
        (201, answer({}), HandoverUnknown, "unreadable-answer"),
        (201, answer("Success"), HandoverUnknown, "unreadable-answer"),
        (201, {"SMSMessageData": None}, HandoverUnknown, "unreadable-answer"),
        (200, "<html>", HandoverUnknown, "unreadable-answer"),
        (401, "The supplied authentication is invalid", Misconfigured, "http-401"),
        (400, "Invalid phone number +254700000002", Rejected, "http-400"),
        (403, "<html>blocked by your operator", ProviderDown, "http-403"),
        (404, "", ProviderDown, "http-404"),
        (500, "Oops", ProviderDown, "http-500"),
        (504, "", HandoverUnknown, "http-504"),
    ],
)
def test_other_answers_are_judged_by_what_they_say(
    status: int, body: Any, kind: type[SendError], code: str, httpserver: HTTPServer
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    httpserver.expect_request(MESSAGING).respond_with_data(text, status)
    with pytest.raises(SendError) as caught:
        make_at(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), caught.value.code) == (kind, code)


def test_throttling_passes_on_the_advice(httpserver: HTTPServer) -> None:
    headers = {"Retry-After": "3"}
    httpserver.expect_request(MESSAGING).respond_with_data("slow", 429, headers=headers)
    with pytest.raises(Throttled) as caught:
        make_at(httpserver.url_for("")).send(make_sms())
    assert caught.value.retry_after_s == 3


def test_a_text_that_is_too_long_is_not_even_tried(nobody_there: str) -> None:
    with pytest.raises(Rejected):
        make_at(nobody_there).send(make_sms(text="x" * 1601))


def test_it_cannot_be_asked_and_never_says_no(nobody_there: str) -> None:
    with pytest.raises(HandoverUnknown):
        make_at(nobody_there).look_up(make_sms(), NOW)


def test_the_balance_is_told(httpserver: HTTPServer) -> None:
    found = {"UserData": {"balance": "KES 1785.50"}}
    httpserver.expect_request("/version1/user", query_string="username=u").respond_with_json(found)
    assert make_at(httpserver.url_for("")).balance() == Balance(1785.5, "KES")


@pytest.mark.parametrize("found", [{}, {"UserData": {"balance": "much"}}, []])
def test_a_balance_that_is_no_sum_is_not_believed(found: Any, httpserver: HTTPServer) -> None:
    httpserver.expect_request("/version1/user").respond_with_json(found)
    with pytest.raises(HandoverUnknown):
        make_at(httpserver.url_for("")).balance()

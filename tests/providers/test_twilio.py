"""Twilio: what its vectors leave out."""

import base64
import hashlib
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from twilio.rest.api.v2010.account.message import MessageInstance

from gateway.providers.base import (
    Balance,
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    Outgoing,
    ProviderConfig,
    ProviderDown,
    Rejected,
    SendError,
    Submission,
    Throttled,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.twilio import REFUSALS, Twilio

from .making import INBOUND, SID, URL, make_request, make_sms, make_twilio, signed

MESSAGES = "/2010-04-01/Accounts/AC1/Messages.json"
RECEIPT_URL = "https://alerts.example.org/hooks/twilio/main/receipt?reference=d-1"
SINCE = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)


def make_record(**changes: Any) -> dict[str, Any]:
    record = {
        "sid": SID,
        "body": "Flood: go uphill now",
        "to": "+254700000002",
        "status": "queued",
        "direction": "outbound-api",
        "date_created": "Fri, 20 Nov 2026 06:00:02 +0000",
        "date_sent": None,
    }
    return record | changes


def test_missing_options_are_all_named_at_once() -> None:
    with pytest.raises(
        ValueError, match=r"'main'.*account_sid, auth_token, messaging_service_sid or sender_id"
    ):
        Twilio(ProviderConfig("main", "twilio", options={"auth_token": ""}))


def test_a_validity_outside_twilio_s_range_is_refused() -> None:
    for wrong in ("0", "36001", "soon"):
        with pytest.raises(ValueError, match="validity_seconds"):
            make_twilio(options={"validity_seconds": wrong})


# --- who made this webhook? ---------------------------------------------------------------


def test_a_signed_message_is_read() -> None:
    (sms,) = make_twilio().read_inbound(signed(form=INBOUND))
    assert (sms.provider_id, sms.sender, sms.recipient, sms.text, sms.opt, sms.media) == (
        SID,
        "+254700000001",
        "+15005550006",
        "Mto umefurika",
        None,
        0,
    )


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: {"form": (*r.form, ("Body", "Evil"))},
        lambda r: {"form": ()},
        lambda r: {"url": r.url + "/other"},
        lambda r: {"url": r.url + "?x=1"},
        lambda r: {"url": r.url.replace("https", "http")},
        lambda r: {"url": "https://[broken"},
        lambda r: {"headers": {}},
        lambda r: {"headers": {"X-Twilio-Signature": "é" * 28}},
        lambda r: {"headers": {"X-Twilio-Signature": "\udcff"}},
        lambda r: {"headers": {"X-Twilio-Signature": r.header("x-twilio-signature").lower()}},
        lambda r: r_settings(r, "algorithm=HMAC_MD5"),
        lambda r: r_settings(r, "key=x,algorithm=HMAC_SHA256"),
    ],
)
def test_whatever_is_changed_after_signing_is_not_authentic(
    spoil: Callable[[WebhookRequest], dict[str, Any]],
) -> None:
    good = signed(form=INBOUND)
    fields = {name: getattr(good, name) for name in WebhookRequest.__slots__}
    with pytest.raises(NotAuthentic):
        make_twilio().read_inbound(WebhookRequest(**(fields | spoil(good))))


def r_settings(request: WebhookRequest, settings: str) -> dict[str, Any]:
    return {"headers": {**request.headers, "X-Twilio-Webhooks-Signature-Settings": settings}}


@pytest.mark.parametrize("body", [b"\xff\xfe", b"{}", b"plain words", b""])
def test_a_body_that_is_no_form_is_refused_not_an_error(body: bytes) -> None:
    """The official validator raises TypeError on these."""
    request = make_request(headers={"X-Twilio-Signature": "x"}, body=body)
    with pytest.raises(NotAuthentic):
        make_twilio().read_inbound(request)


def test_a_hashed_body_must_match_its_hash() -> None:
    url = f"{URL}?bodySHA256={hashlib.sha256(b'{}').hexdigest()}"
    assert make_twilio().read_receipt(signed(url, body=b"{}")) == []
    with pytest.raises(NotAuthentic):
        make_twilio().read_receipt(signed(url, body=b"{ }"))


def test_both_tokens_are_good_while_they_are_rotated() -> None:
    provider = make_twilio(options={"auth_token_secondary": "new"})
    for token in ("6789", "new"):
        assert provider.read_inbound(signed(form=INBOUND, token=token))
    with pytest.raises(NotAuthentic):
        make_twilio().read_inbound(signed(form=INBOUND, token="new"))


def test_no_second_token_is_not_an_empty_one() -> None:
    with pytest.raises(NotAuthentic):
        make_twilio(options={"auth_token_secondary": ""}).read_inbound(
            signed(form=INBOUND, token="")
        )


@pytest.mark.parametrize(
    ("seen", "made"),
    [
        ("https://a.example.org/x?y=1", "https://a.example.org:443/x?y=1"),
        ("https://a.example.org:443/x", "https://a.example.org/x"),
        ("http://a.example.org/x", "http://a.example.org:80/x"),
        ("https://u:p@a.example.org:8443/x", "https://u:p@a.example.org/x"),
        ("https://[2001:db8::1]:8443/x", "https://[2001:db8::1]/x"),
        ("https://a.example.org/x?", "https://a.example.org/x?"),
    ],
)
def test_twilio_may_sign_with_or_without_the_port(seen: str, made: str) -> None:
    assert make_twilio().read_inbound(signed(seen, INBOUND, sign_url=made))


def test_a_get_s_form_is_never_read_because_it_is_not_signed() -> None:
    unsigned = signed(URL, {}, method="GET")
    fields = {name: getattr(unsigned, name) for name in WebhookRequest.__slots__}
    with pytest.raises(Unreadable, match="MessageSid is missing"):
        make_twilio().read_inbound(WebhookRequest(**(fields | {"form": tuple(INBOUND.items())})))


# --- what does it say? --------------------------------------------------------------------


@pytest.mark.parametrize("name", ["MessageSid", "From"])
@pytest.mark.parametrize("blank", [True, False])
def test_a_message_without_id_or_sender_is_unreadable(name: str, blank: bool) -> None:
    form = {key: value for key, value in INBOUND.items() if key != name}
    with pytest.raises(Unreadable, match=f"{name} is missing"):
        make_twilio().read_inbound(signed(form=form | ({name: ""} if blank else {})))


WRITTEN = "Mto umevunja kingo zake sokoni; watu tisa – wanawake wengi – wapo juu ya paa"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (base64.b64encode(WRITTEN.encode()).decode(), WRITTEN),
        # Cut within the three bytes of a dash.
        (base64.b64encode(("ወንዙ " * 6 + "Mto umefurika –").encode()[:-1]).decode(), None),
        (base64.b64encode(b"Njooni haraka").decode(), ""),  # too short to be one
        ("c0ffee" * 12, ""),  # decodes to nothing that could be words
        (base64.b64encode(bytes(48)).decode(), ""),
        (base64.b64encode(b"NoSpacesSoPerhapsAKeyOfSomebody" * 3).decode(), ""),
        (base64.b64encode(WRITTEN.encode()).decode()[:-1], ""),
    ],
)
def test_a_text_that_came_as_base64_is_read_and_nothing_else_is_touched(
    body: str, text: str | None
) -> None:
    """Twilio hands over some joined messages so; None stands for the one that is cut."""
    (sms,) = make_twilio().read_inbound(signed(form=INBOUND | {"Body": body}))
    assert sms.text == {None: "ወንዙ " * 6 + "Mto umefurika ", "": body}.get(text, text)


def test_whatsapp_numbers_lose_their_prefix() -> None:
    form = INBOUND | {"From": "whatsapp:+254700000001", "To": "whatsapp:+15005550006"}
    (sms,) = make_twilio().read_inbound(signed(form=form))
    assert (sms.sender, sms.recipient) == ("+254700000001", "+15005550006")


@pytest.mark.parametrize(
    ("given", "opt"), [("STOP", "stop"), ("Start", "start"), ("HELP", "help"), ("NEW", None)]
)
def test_what_twilio_already_answered_is_told(given: str, opt: str | None) -> None:
    (sms,) = make_twilio().read_inbound(signed(form=INBOUND | {"OptOutType": given}))
    assert sms.opt == opt


@pytest.mark.parametrize(("given", "media"), [("2", 2), ("", 0), ("-1", 0), ("9" * 5000, 0)])
def test_attachments_are_counted(given: str, media: int) -> None:
    (sms,) = make_twilio().read_inbound(signed(form=INBOUND | {"NumMedia": given}))
    assert sms.media == media


def test_every_status_that_twilio_documents_has_its_meaning() -> None:
    documented = {word for name, word in vars(MessageInstance.Status).items() if name.isupper()}
    assert set(Twilio.STATES) == documented


def test_a_receipt_carries_our_reference_from_the_callback_address() -> None:
    form = {"MessageSid": SID, "MessageStatus": "delivered", "ErrorCode": ""}
    (receipt,) = make_twilio().read_receipt(signed(RECEIPT_URL, form))
    assert (receipt.reference, receipt.state, receipt.error_code) == ("d-1", "delivered", None)


def test_an_unknown_status_is_kept_without_a_state() -> None:
    form = {"MessageSid": SID, "MessageStatus": "teleported"}
    (receipt,) = make_twilio().read_receipt(signed(RECEIPT_URL, form))
    assert (receipt.status, receipt.state) == ("teleported", None)


def test_an_opt_out_in_a_receipt_is_a_failure_whatever_the_status() -> None:
    form = {"MessageSid": SID, "MessageStatus": "sent", "ErrorCode": "21610"}
    (receipt,) = make_twilio().read_receipt(signed(RECEIPT_URL, form))
    assert receipt.opted_out
    assert receipt.state == "failed"


def test_a_receipt_without_id_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="MessageSid is missing"):
        make_twilio().read_receipt(signed(RECEIPT_URL, {"MessageStatus": "sent"}))


# --- handing over -------------------------------------------------------------------------


def test_a_message_leaves_with_all_that_the_account_asks_for(httpserver: HTTPServer) -> None:
    httpserver.expect_request(MESSAGES).respond_with_json({"sid": SID}, 201)
    provider = make_twilio(
        httpserver.url_for("/"),
        options={"messaging_service_sid": "MG1", "validity_seconds": "3600"},
    )
    assert provider.send(make_sms(receipt_url=RECEIPT_URL)) == Submission(SID)
    ((request, _),) = httpserver.log
    assert request.form.to_dict() == {
        "To": "+254700000002",
        "Body": "Flood: go uphill now",
        "From": "+15005550006",
        "MessagingServiceSid": "MG1",
        "ValidityPeriod": "3600",
        "StatusCallback": RECEIPT_URL,
    }


@pytest.mark.parametrize("name", ["TWILIO_REGION", "TWILIO_EDGE"])
def test_the_process_s_environment_does_not_redirect_messages(
    name: str, monkeypatch: pytest.MonkeyPatch, httpserver: HTTPServer
) -> None:
    monkeypatch.setenv(name, "ie1")
    httpserver.expect_request(MESSAGES).respond_with_json({"sid": SID}, 201)
    assert make_twilio(httpserver.url_for("")).send(make_sms())


def test_a_text_that_no_message_can_carry_is_the_message_s_fault(nobody_there: str) -> None:
    with pytest.raises(Rejected):
        make_twilio(nobody_there).send(make_sms(text="half a pair: \ud83d"))


def test_a_text_beyond_twilio_s_limit_is_not_even_tried(nobody_there: str) -> None:
    with pytest.raises(Rejected) as caught:
        make_twilio(nobody_there).send(make_sms(text="x" * 1601))
    assert caught.value.code == "21617"


@pytest.mark.parametrize("code", ["21607", "21608", "21609", "21616", "21657", "21702"])
def test_what_the_account_lacks_fails_no_message_for_good(
    code: str, httpserver: HTTPServer
) -> None:
    answer = {"code": int(code), "status": 400}
    httpserver.expect_request(MESSAGES).respond_with_json(answer, 400)
    with pytest.raises(Misconfigured):
        make_twilio(httpserver.url_for("")).send(make_sms())


@pytest.mark.parametrize("code", ["30027", "63017", "63038"])
def test_a_limit_that_was_reached_passes(code: str) -> None:
    form = {"MessageSid": SID, "MessageStatus": "undelivered", "ErrorCode": code}
    (receipt,) = make_twilio().read_receipt(signed(RECEIPT_URL, form))
    assert (receipt.state, receipt.transient) == ("failed", True)


@pytest.mark.parametrize(("code", "kind"), REFUSALS.items())
def test_every_known_code_is_told_apart(
    code: str, kind: type[SendError], httpserver: HTTPServer
) -> None:
    answer = {"code": int(code), "message": "to +254700000002", "status": 400}
    httpserver.expect_request(MESSAGES).respond_with_json(answer, 400)
    with pytest.raises(SendError) as caught:
        make_twilio(httpserver.url_for("")).send(make_sms())
    assert type(caught.value) is kind
    assert str(caught.value) == code


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, {"code": 99999}, Rejected),
        (400, {}, Rejected),
        (401, {"code": 20003}, Misconfigured),
        (403, {}, Misconfigured),
        (403, "<html>blocked by your operator", ProviderDown),
        (302, "", ProviderDown),
        (307, "{}", ProviderDown),
        (500, {"code": 20500}, ProviderDown),
        (502, "<html>", HandoverUnknown),
        (503, {"code": 20503}, ProviderDown),
        (504, "", HandoverUnknown),
        (200, "<html>welcome to the hotel", HandoverUnknown),
        (201, {}, HandoverUnknown),
        (201, {"sid": ""}, HandoverUnknown),
        (201, [], HandoverUnknown),
        (201, '{"sid": "SM', HandoverUnknown),
        (400, {"code": "Call +254700000002"}, Rejected),
        (400, {"type": "t", "title": "o", "status": 400, "code": 99999}, Rejected),
    ],
)
def test_other_answers_are_judged_by_status_and_speaker(
    status: int, body: Any, kind: type[SendError], httpserver: HTTPServer
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    httpserver.expect_request(MESSAGES).respond_with_data(text, status)
    with pytest.raises(SendError) as caught:
        make_twilio(httpserver.url_for("")).send(make_sms())
    assert type(caught.value) is kind
    assert "2547" not in caught.value.code
    assert len(httpserver.log) == 1  # nothing is repeated in here


@pytest.mark.parametrize(("advice", "seconds"), [("7", 7.0), ("", None), ("Fri, 20 Nov", None)])
def test_throttling_passes_on_the_advice(
    advice: str, seconds: float | None, httpserver: HTTPServer
) -> None:
    httpserver.expect_request(MESSAGES).respond_with_data(
        '{"code": 20429}', 429, headers={"Retry-After": advice}
    )
    with pytest.raises(Throttled) as caught:
        make_twilio(httpserver.url_for("")).send(make_sms())
    assert caught.value.retry_after_s == seconds


def test_a_timeout_after_the_request_left_is_doubt(
    answering_raw: Callable[[bytes | None], str],
) -> None:
    with pytest.raises(HandoverUnknown) as caught:
        make_twilio(answering_raw(None), timeout_s=0.2).send(make_sms())
    assert caught.value.code == "timeout"


def test_a_line_cut_after_the_request_left_is_doubt(
    answering_raw: Callable[[bytes | None], str],
) -> None:
    with pytest.raises(HandoverUnknown):
        make_twilio(answering_raw(b"")).send(make_sms())


def test_a_line_that_twilio_closed_between_two_messages_is_opened_again(
    answering_raw: Callable[[bytes | None], str],
) -> None:
    """Were the dead line used, every first message after a pause would be in doubt."""
    body = b'{"sid": "SM1"}'
    provider = make_twilio(
        answering_raw(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
    )
    taken = []
    for _ in range(3):
        taken.append(provider.send(make_sms()).provider_id)
        time.sleep(0.2)  # the pause in which the company's goodbye arrives
    assert taken == ["SM1"] * 3


def test_a_wrong_certificate_is_a_provider_that_is_down_for_sure(https_impostor: str) -> None:
    """A hotel's portal in the way: nothing was told to it."""
    with pytest.raises(ProviderDown) as caught:
        make_twilio(https_impostor).send(make_sms())
    assert type(caught.value) is ProviderDown


def test_a_portal_with_a_broken_address_is_not_our_mistake(
    answering_raw: Callable[[bytes | None], str],
) -> None:
    """Misconfigured would stop the whole account."""
    portal = b"HTTP/1.1 302 Found\r\nLocation: http://[/\r\nContent-Length: 0\r\n\r\n"
    with pytest.raises(ProviderDown) as caught:
        make_twilio(answering_raw(portal)).send(make_sms())
    assert caught.value.code == "http-302"


def test_a_credential_that_fits_no_header_is_our_mistake(nobody_there: str) -> None:
    provider = make_twilio(nobody_there, options={"account_sid": "AC1", "auth_token": "č"})
    with pytest.raises(Misconfigured):
        provider.send(make_sms())


def test_many_threads_share_one_account(httpserver: HTTPServer) -> None:
    httpserver.expect_request(MESSAGES).respond_with_json({"sid": SID}, 201)
    provider = make_twilio(httpserver.url_for(""))
    texts = [f"Warning {number}" for number in range(60)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda text: provider.send(make_sms(text=text)), texts))
    assert sorted(request.form["Body"] for request, _ in httpserver.log) == sorted(texts)


# --- asking after a crash -----------------------------------------------------------------


def look_up(httpserver: HTTPServer, *records: Any, sms: Outgoing | None = None) -> Any:
    httpserver.expect_request(MESSAGES, method="GET").respond_with_json(
        {"messages": list(records), "page": 0, "next_page_uri": None}
    )
    return make_twilio(httpserver.url_for("")).look_up(sms or make_sms(), SINCE)


def test_a_message_that_twilio_took_is_found(httpserver: HTTPServer) -> None:
    assert look_up(httpserver, make_record(body="Other"), make_record()) == Submission(SID)
    ((request, _),) = httpserver.log
    assert request.args["To"] == "+254700000002"
    # A message still in Twilio's queue has no date of sending: a filter on it would hide it.
    assert not [name for name in request.args if name.startswith("DateSent")]


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Flood: go uphill now!"},
        {"body": None},
        {"status": "failed"},
        {"status": "undelivered"},
        {"status": "canceled"},
        {"direction": "inbound"},
        {"date_created": "Fri, 20 Nov 2026 05:00:00 +0000"},
    ],
)
def test_another_message_is_not_mistaken_for_ours(
    other: dict[str, Any], httpserver: HTTPServer
) -> None:
    assert look_up(httpserver, make_record(**other)) is None


def test_a_trial_account_s_preamble_and_a_wrong_clock_are_seen_through(
    httpserver: HTTPServer,
) -> None:
    body = "Sent from your Twilio trial account - Flood: go uphill now"
    record = make_record(body=body, date_created="Fri, 20 Nov 2026 05:57:00 +0000")
    assert look_up(httpserver, record) == Submission(SID)


def test_an_overlong_list_leaves_the_doubt(httpserver: HTTPServer) -> None:
    with pytest.raises(HandoverUnknown):
        look_up(httpserver, *[make_record(body="Other")] * 200)


@pytest.mark.parametrize(("status", "kind"), [(401, Misconfigured), (429, Throttled)])
def test_a_look_up_that_fails_says_why(
    status: int, kind: type[SendError], httpserver: HTTPServer
) -> None:
    httpserver.expect_request(MESSAGES, method="GET").respond_with_json({}, status)
    with pytest.raises(kind):
        make_twilio(httpserver.url_for("")).look_up(make_sms(), SINCE)


# --- what is left in the account --------------------------------------------------------------

BALANCE = "/2010-04-01/Accounts/AC1/Balance.json"


def test_the_balance_is_what_twilio_says(httpserver: HTTPServer) -> None:
    answer = {"account_sid": "AC1", "balance": "-1.05", "currency": "USD"}
    httpserver.expect_request(BALANCE).respond_with_json(answer)
    assert make_twilio(httpserver.url_for("")).balance() == Balance(-1.05, "USD")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (200, {"balance": "many", "currency": "USD"}, ProviderDown),
        (200, {"balance": "nan", "currency": "USD"}, ProviderDown),
        (200, {}, ProviderDown),
        (200, [], HandoverUnknown),
        (200, "<html>", HandoverUnknown),
        (401, {"code": 20003}, Misconfigured),
        (404, {"code": 20404}, Misconfigured),  # a subaccount
        (503, {}, ProviderDown),
    ],
)
def test_a_balance_that_is_not_told_is_an_error_of_ours(
    status: int, body: Any, kind: type[SendError], httpserver: HTTPServer
) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    httpserver.expect_request(BALANCE).respond_with_data(text, status)
    with pytest.raises(kind):
        make_twilio(httpserver.url_for("")).balance()

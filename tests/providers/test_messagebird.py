"""MessageBird: what its vectors leave out."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.base import (
    BadRecipient,
    Balance,
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    ProviderConfig,
    ProviderDown,
    Rejected,
    SendError,
    Submission,
    Throttled,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.messagebird import (
    BLAMED,
    CODES,
    HOPELESS,
    HOPELESS_REASONS,
    OPTED_OUT,
    PASSING,
    PASSING_REASONS,
    REFUSALS,
    MessageBird,
)

from .making import NOW, make_request, make_sms
from .proofs import messagebird

KEY = "a signing key"
URL = "https://alerts.example.org/sms/main/inbound"
RECEIPT_URL = "https://alerts.example.org/sms/main/receipt?reference=d1"
FORM = {"id": "m1", "originator": "254700000001", "recipient": "2020", "body": "Mto umefurika"}
T = NOW.timestamp()


def make_bird(base_url: str = "", secret: str = KEY, **options: str) -> MessageBird:
    given = {"auth_token": "k", "secret": secret} | options
    config = ProviderConfig("main", "messagebird", "+15005550006", base_url, 2.0, options=given)
    return MessageBird(config, clock=lambda: NOW)


def signed(
    url: str = URL, form: dict[str, str] | list[tuple[str, str]] | None = None, **claims: Any
) -> WebhookRequest:
    bare = make_request(url, form, method="POST" if form else "GET")
    return make_request(
        url, form, method=bare.method, headers=messagebird(url, bare.body, KEY, T, **claims)
    )


def receipt(**query: str) -> Any:
    url = "&".join([f"{RECEIPT_URL}&id=m1", *(f"{n}={v}" for n, v in query.items())])
    (found,) = make_bird().read_receipt(signed(url))
    return found


def test_missing_options_are_all_named_at_once() -> None:
    with pytest.raises(ValueError, match=r"auth_token, sender_id"):
        MessageBird(ProviderConfig("main", "messagebird"))


# --- who made this webhook? ---------------------------------------------------------------


def test_a_signed_message_is_read() -> None:
    (sms,) = make_bird().read_inbound(signed(form=FORM))
    assert (sms.provider_id, sms.sender, sms.recipient, sms.text) == (
        "m1",
        "+254700000001",
        "2020",
        "Mto umefurika",
    )


def test_a_name_or_short_code_that_writes_stays_as_it_is() -> None:
    for sender in ("MTN", "20880"):
        (sms,) = make_bird().read_inbound(signed(form=FORM | {"originator": sender}))
        assert sms.sender == sender


def test_an_empty_text_is_a_message_and_no_text_at_all_is_none() -> None:
    (sms,) = make_bird().read_inbound(signed(form=FORM | {"body": ""}))
    assert sms.text == ""
    bare = {name: value for name, value in FORM.items() if name != "body"}
    with pytest.raises(Unreadable, match="no text or media"):
        make_bird().read_inbound(signed(form=bare))
    with pytest.raises(Unreadable, match="originator"):
        make_bird().read_inbound(signed(form=FORM | {"originator": ""}))


@pytest.mark.parametrize(
    "names", [("mediaUrls",) * 3, ("mediaUrls[0]", "mediaUrls[1]", "MediaURLs")]
)
def test_each_attachment_counts_whatever_it_is_called(names: tuple[str, ...]) -> None:
    pairs = [*FORM.items(), *((name, f"https://m.example.org/{n}") for n, name in enumerate(names))]
    (sms,) = make_bird().read_inbound(signed(form=pairs))
    assert sms.media == 3


@pytest.mark.parametrize(("message", "text"), [("Moto", "Moto"), ("", ""), (None, "Mto umefurika")])
def test_a_short_code_s_words_are_its_message_and_else_the_body(
    message: str | None, text: str
) -> None:
    form = FORM | {"shortcode": "20880", "mid": "s1"}
    form |= {} if message is None else {"message": message}
    (sms,) = make_bird().read_inbound(signed(form=form))
    assert (sms.provider_id, sms.recipient, sms.text) == ("s1", "20880", text)


@pytest.mark.parametrize("alg", ["HS256", "HS384", "HS512"])
def test_the_three_algorithms_are_known(alg: str) -> None:
    assert make_bird().read_inbound(signed(form=FORM, alg=alg))


@pytest.mark.parametrize(
    "claims",
    [
        {"alg": "none"},
        {"exp": None},
        {"nbf": None},
        {"iss": None},
        {"iss": "Somebody"},
        {"url_hash": None},
        {"url_hash": hashlib.sha256(URL.encode() + b"?a=1").hexdigest()},
        {"payload_hash": None},
        {"payload_hash": hashlib.sha256(b"evil").hexdigest()},
        {"payload_hash": 7},
        {"exp": int(T) - 6},
        {"nbf": int(T) + 6},
        {"exp": "tomorrow"},
        {"exp": float("nan")},
    ],
)
def test_a_token_that_does_not_cover_this_request_is_refused(claims: dict[str, Any]) -> None:
    with pytest.raises(NotAuthentic):
        make_bird().read_inbound(signed(form=FORM, **claims))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda r: {"body": r.body + b"&body=Evil"},
        lambda r: {"body": b""},
        lambda r: {"url": r.url + "?x=1"},
        lambda r: {"headers": {}},
        lambda r: {"headers": {"MessageBird-Signature-JWT": "a.b.c"}},
        lambda r: {"headers": {"MessageBird-Signature-JWT": "\udcff"}},
        lambda r: {"headers": messagebird(r.url, r.body, "another key", T)},
        lambda r: {"received_at": r.received_at + timedelta(seconds=66)},
        lambda r: {"received_at": r.received_at - timedelta(seconds=6)},
    ],
)
def test_whatever_is_changed_after_signing_is_not_authentic(
    spoil: Callable[[WebhookRequest], dict[str, Any]],
) -> None:
    good = signed(form=FORM)
    fields = {name: getattr(good, name) for name in WebhookRequest.__slots__}
    with pytest.raises(NotAuthentic):
        make_bird().read_inbound(WebhookRequest(**(fields | spoil(good))))


def test_clocks_may_differ_by_five_seconds() -> None:
    assert make_bird().read_inbound(signed(form=FORM, nbf=int(T) + 5, exp=int(T) + 65))
    assert make_bird().read_inbound(signed(form=FORM, nbf=int(T) - 64, exp=int(T) - 4))


def test_without_a_key_a_webhook_is_believed_by_the_secret_of_its_address() -> None:
    bird = make_bird(secret="", webhook_secret="hush")
    with pytest.raises(NotAuthentic):
        bird.read_inbound(make_request(URL, FORM))
    assert bird.read_inbound(make_request(f"{URL}?key=hush", FORM))


# --- what became of ours? -----------------------------------------------------------------


@pytest.mark.parametrize(("status", "state"), MessageBird.STATES.items())
def test_every_status_has_its_state(status: str, state: str | None) -> None:
    assert receipt(status=status).state == state


@pytest.mark.parametrize("code", CODES)
def test_every_error_code_is_told_apart(code: str) -> None:
    found = receipt(status="delivery_failed", statusErrorCode=code)
    assert (found.state, found.error_code) == ("failed", code)
    assert found.opted_out == (code == OPTED_OUT)
    assert found.transient == (code in PASSING)
    assert found.bad_recipient == (code in HOPELESS)


def test_the_tables_of_codes_name_known_codes() -> None:
    assert set(CODES) >= PASSING | HOPELESS
    assert not PASSING & HOPELESS


@pytest.mark.parametrize("reason", sorted(PASSING_REASONS | HOPELESS_REASONS))
def test_a_reason_in_words_is_understood_where_no_code_is(reason: str) -> None:
    found = receipt(status="delivery_failed", statusReason=reason.replace(" ", "+"))
    assert found.transient == (reason in PASSING_REASONS)
    assert found.bad_recipient == (reason in HOPELESS_REASONS)


def test_a_receipt_carries_our_reference_or_says_nothing() -> None:
    assert receipt(status="delivered", reference="d2").reference == "d2"
    assert make_bird().read_receipt(signed(RECEIPT_URL)) == []
    bare = "https://alerts.example.org/sms/main/receipt?status=sent"
    with pytest.raises(Unreadable):
        make_bird().read_receipt(signed(bare))


# --- handing over -------------------------------------------------------------------------


def test_a_message_leaves_with_all_that_makes_it_found_again(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/messages", method="POST").respond_with_json({"id": "m1"}, 201)
    sms = make_sms(receipt_url=RECEIPT_URL, expires_at=NOW + timedelta(minutes=30))
    assert make_bird(httpserver.url_for("")).send(sms) == Submission("m1")
    ((request, _),) = httpserver.log
    assert request.get_json() == {
        "recipients": ["254700000002"],
        "reference": "d-1",
        "originator": "15005550006",
        "body": "Flood: go uphill now",
        "datacoding": "auto",
        "reportUrl": RECEIPT_URL,
        "validity": 1800,
    }


def test_an_address_that_nobody_signs_carries_its_secret(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/messages").respond_with_json({"id": "m1"}, 201)
    bird = make_bird(httpserver.url_for(""), secret="", webhook_secret="hush&1")
    bird.send(make_sms(receipt_url=RECEIPT_URL))
    url = httpserver.log[0][0].get_json()["reportUrl"]
    assert url == f"{RECEIPT_URL}&key=hush%261"


def test_a_text_beyond_the_limit_is_not_even_tried(nobody_there: str) -> None:
    with pytest.raises(Rejected):
        make_bird(nobody_there).send(make_sms(text="x" * 1378))


def refusal(httpserver: HTTPServer, status: int, body: Any) -> tuple[type[SendError], str]:
    httpserver.expect_request("/messages").respond_with_json(body, status)
    with pytest.raises(SendError) as caught:
        make_bird(httpserver.url_for("")).send(make_sms())
    return type(caught.value), caught.value.code


@pytest.mark.parametrize(("code", "kind"), REFUSALS.items())
def test_every_known_code_is_told_apart(
    code: str, kind: type[SendError], httpserver: HTTPServer
) -> None:
    body = {"errors": [{"code": int(code), "description": "254700000002", "parameter": None}]}
    assert refusal(httpserver, 422, body) == (kind, code)


@pytest.mark.parametrize(("parameter", "kind"), BLAMED.items())
def test_a_wrong_parameter_is_blamed_on_whom_it_concerns(
    parameter: str, kind: type[SendError], httpserver: HTTPServer
) -> None:
    body = {"errors": [{"code": 10, "parameter": parameter}]}
    assert refusal(httpserver, 422, body) == (kind, "10")


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, {}, Misconfigured),
        (422, {"errors": [{"code": "Call 254700000002"}]}, Rejected),
        (422, {"errors": ["wrong"]}, Rejected),
        (429, {"errors": [{"code": 25}]}, Throttled),
        (500, {"errors": [{"code": 25}]}, ProviderDown),
        (502, {}, HandoverUnknown),
        (201, {"id": None}, HandoverUnknown),
    ],
)
def test_other_answers_are_judged_by_their_status(
    status: int, body: Any, kind: type[SendError], httpserver: HTTPServer
) -> None:
    found, code = refusal(httpserver, status, body)
    assert found is kind
    assert "2547" not in code


def test_a_refused_recipient_is_no_fault_of_the_account() -> None:
    assert BLAMED["recipients"] is BadRecipient


# --- asking -------------------------------------------------------------------------------


def look_up(httpserver: HTTPServer, total: Any, *items: Any) -> Any:
    httpserver.expect_request("/messages", method="GET").respond_with_json(
        {"offset": 0, "limit": 200, "totalCount": total, "items": list(items)}
    )
    return make_bird(httpserver.url_for("")).look_up(make_sms(), NOW)


def test_a_message_is_found_by_our_reference(httpserver: HTTPServer) -> None:
    other, ours = {"id": "m1", "reference": "d-2"}, {"id": "m2", "reference": "d-1"}
    assert look_up(httpserver, 2, other, ours) == Submission("m2")
    assert httpserver.log[0][0].args["from"] == "2026-11-20T05:55:00Z"


def test_a_message_that_is_not_among_all_was_never_taken(httpserver: HTTPServer) -> None:
    assert look_up(httpserver, 1, {"id": "m1", "reference": "d-2"}) is None


def test_more_messages_than_are_read_leave_the_doubt(httpserver: HTTPServer) -> None:
    with pytest.raises(HandoverUnknown, match="more-than-looked-up"):
        look_up(httpserver, 10_000, *[{"id": "m", "reference": "d-2"}] * 200)
    assert len(httpserver.log) == 5


def test_the_credit_left_is_told(httpserver: HTTPServer) -> None:
    told = {"payment": "prepaid", "type": "credits", "amount": 9.2}
    httpserver.expect_request("/balance").respond_with_json(told)
    assert make_bird(httpserver.url_for("")).balance() == Balance(9.2, "credits")

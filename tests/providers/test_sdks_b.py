"""Plivo's and MessageBird's own libraries and ours believe, and ask for, the same things."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers.base import NotAuthentic, Outgoing, Provider, ProviderConfig
from gateway.providers.messagebird import MessageBird
from gateway.providers.plivo import Plivo

from .making import NOW, make_request, make_sms
from .proofs import messagebird as bird_proof
from .proofs import plivo_v2, plivo_v3

plivo = pytest.importorskip("plivo", reason="the extra `sdks` is not installed")
messagebird = pytest.importorskip("messagebird", reason="the extra `sdks` is not installed")
plivo_utils = pytest.importorskip("plivo.utils")
bird_validator = pytest.importorskip("messagebird.request_validator")
time_machine = pytest.importorskip("time_machine")

AUTH_ID, TOKEN = "MA" + "X" * 18, "6789"
KEY = "a signing key that is long enough for every algorithm that MessageBird knows, and longer"
URL = "https://alerts.example.org/sms/main/inbound"
ASKED = f"{URL}?reference=d1&b=2&a=1"
FORM = {"From": "254700000001", "To": "2020", "Text": "Mto wörld & co", "MessageUUID": "u1"}
RECEIPT_URL = "https://alerts.example.org/sms/main/receipt?reference=d1"


@pytest.fixture
def company(httpserver: HTTPServer) -> HTTPServer:
    answer = {"message_uuid": ["u1"], "api_id": "a1", "message": "queued", "id": "m1"}
    httpserver.expect_request(f"/v1/Account/{AUTH_ID}/Message/").respond_with_json(answer, 202)
    httpserver.expect_request("/messages").respond_with_json(answer, 201)
    return httpserver


def make_plivo(base_url: str = "") -> Plivo:
    options = {"auth_id": AUTH_ID, "auth_token": TOKEN}
    config = ProviderConfig("main", "plivo", "15005550006", base_url, options=options)
    return Plivo(config, clock=lambda: NOW)


def make_bird(base_url: str = "") -> MessageBird:
    options = {"auth_token": "k", "secret": KEY}
    config = ProviderConfig("main", "messagebird", "15005550006", base_url, options=options)
    return MessageBird(config, clock=lambda: NOW)


def believed(provider: Provider, **made: Any) -> bool:
    try:
        provider.read_receipt(make_request(**made))
    except NotAuthentic:
        return False
    return True


# --- Plivo --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "token", "nonce", "is_good"),
    [
        (URL, TOKEN, "12345", True),
        (ASKED, TOKEN, "12345", True),  # the older proof does not cover the query
        (URL + "/other", TOKEN, "12345", False),
        (URL, "another token", "12345", False),
        (URL, TOKEN, "54321", False),
    ],
)
def test_plivo_s_older_proof_is_judged_alike(
    url: str, token: str, nonce: str, is_good: bool
) -> None:
    headers = plivo_v2(URL, token) | {"X-Plivo-Signature-V2-Nonce": nonce}
    theirs = plivo_utils.validate_signature(url, nonce, headers["X-Plivo-Signature-V2"], TOKEN)
    assert theirs is is_good
    assert believed(make_plivo(), url=url, form=FORM, headers=headers) is is_good


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("url", [URL, ASKED, f"{URL}?Text=a%20b&Text=A&empty="])
@pytest.mark.parametrize("form", [{}, FORM])
@pytest.mark.parametrize(
    ("changes", "is_good"),
    [
        ({}, True),
        ({"token": "another token"}, False),
        ({"nonce": "54321"}, False),
        ({"url": f"{URL}?reference=d2"}, False),
        ({"form": {"Text": "Evil"}}, False),
        ({"among": "AAAA,{}"}, True),
        ({"among": "AAAA"}, False),
    ],
)
def test_plivo_s_newer_proof_is_judged_alike(
    method: str, url: str, form: dict[str, str], changes: dict[str, Any], is_good: bool
) -> None:
    given = {} if method == "GET" else form
    if method == "GET" and "form" in changes:
        pytest.skip("a GET has no form")
    headers = plivo_v3(url, list(given.items()), changes.get("token", TOKEN))
    proof = changes.get("among", "{}").format(headers["X-Plivo-Signature-V3"])
    nonce = changes.get("nonce", "12345")
    seen_url, seen_form = changes.get("url", url), changes.get("form", given)
    theirs = plivo_utils.validate_v3_signature(
        method, seen_url, nonce, TOKEN, proof, dict(seen_form)
    )
    ours = believed(
        make_plivo(),
        url=seen_url,
        form=seen_form,
        method=method,
        headers={"X-Plivo-Signature-V3": proof, "X-Plivo-Signature-V3-Nonce": nonce},
    )
    assert theirs is is_good
    assert ours is is_good


def test_plivo_s_library_breaks_on_a_query_that_ours_judges() -> None:
    url = f"{URL}?Text=%E1%8B%B0"
    headers = plivo_v3(url, [], TOKEN)
    with pytest.raises(UnicodeEncodeError):
        plivo_utils.validate_v3_signature("GET", url, "12345", TOKEN, "A", {})
    assert believed(make_plivo(), url=url, method="GET", headers=headers)


def test_plivo_s_client_asks_for_the_same(
    company: HTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("plivo.rest.client.PLIVO_API_BASE_URI", company.url_for("/v1/Account"))
    with plivo.RestClient(AUTH_ID, TOKEN) as client:
        client.messages.create(
            src="15005550006",
            dst="254700000002",
            text=sms().text,
            url=RECEIPT_URL,
            method="POST",
            message_expiry=1800,
        )
    make_plivo(company.url_for("")).send(sms())
    theirs, ours = (request for request, _ in company.log)
    same_request(theirs, ours, "Authorization", "Content-Type", "Accept")
    wanted = theirs.get_json()
    for usual in ("type", "log", "trackable"):  # what their client says without being asked
        wanted.pop(usual, None)
    assert ours.get_json() == wanted


# --- MessageBird --------------------------------------------------------------------------


@pytest.mark.parametrize(("url", "body"), [(URL, b"id=m1"), (ASKED, b"")])
@pytest.mark.parametrize(
    ("make", "is_good"),
    [
        (lambda url, body, now: bird_proof(url, body, KEY, now), True),
        (lambda url, body, now: bird_proof(url, body, KEY, now, alg="HS512"), True),
        (lambda url, body, now: bird_proof(url, body, KEY + "!", now), False),
        (lambda url, body, now: bird_proof(url, body, KEY, now, alg="none"), False),
        (lambda url, body, now: bird_proof(url + "&x=1", body, KEY, now), False),
        (lambda url, body, now: bird_proof(url, body + b"&body=Evil", KEY, now), False),
        (lambda url, body, now: bird_proof(url, body, KEY, now - 600), False),
        (lambda url, body, now: bird_proof(url, body, KEY, now + 600), False),
        (lambda url, body, now: bird_proof(url, body, KEY, now, exp=None), False),
        (lambda url, body, now: bird_proof(url, body, KEY, now, iss="Other"), False),
        (lambda url, body, now: {"MessageBird-Signature-JWT": ""}, False),
    ],
)
def test_messagebird_s_tokens_are_judged_alike(
    url: str, body: bytes, make: Callable[..., dict[str, str]], is_good: bool
) -> None:
    headers = make(url, body, NOW.timestamp())
    assert believed(make_bird(), url=url, body=body, headers=headers) is is_good
    assert theirs_believes(url, body, headers, NOW) is is_good


def test_a_token_grows_stale_for_both() -> None:
    headers = bird_proof(URL, b"id=m1", KEY, NOW.timestamp())
    for seconds, is_good in ((30, True), (120, False), (-120, False)):
        at = NOW + timedelta(seconds=seconds)
        ours = believed(make_bird(), url=URL, body=b"id=m1", headers=headers, received_at=at)
        assert (ours, theirs_believes(URL, b"id=m1", headers, at)) == (is_good, is_good)


def test_messagebird_s_client_asks_for_the_same(company: HTTPServer) -> None:
    line = messagebird.http_client.HttpClient(company.url_for("/"), "k", "test")
    client = messagebird.Client("k", line)
    more = {"reference": "d-1", "reportUrl": RECEIPT_URL, "validity": 1800, "datacoding": "auto"}
    client.message_create("15005550006", ["254700000002"], sms().text, more)
    make_bird(company.url_for("")).send(sms())
    theirs, ours = (request for request, _ in company.log)
    same_request(theirs, ours, "Authorization", "Accept")
    wanted = json.loads(theirs.data)
    wanted["recipients"] = wanted["recipients"].split(",")  # the API takes either
    assert ours.get_json() == wanted


def sms() -> Outgoing:
    return make_sms(receipt_url=RECEIPT_URL, expires_at=NOW + timedelta(minutes=30))


def same_request(theirs: Any, ours: Any, *headers: str) -> None:
    assert (theirs.method, theirs.path) == (ours.method, ours.path)
    assert {name: ours.headers[name] for name in headers} == {
        name: theirs.headers[name] for name in headers
    }


def theirs_believes(url: str, body: bytes, headers: dict[str, str], at: datetime) -> bool:
    validator = bird_validator.RequestValidator(KEY)
    with time_machine.travel(at, tick=False):
        try:
            validator.validate_signature(headers["MessageBird-Signature-JWT"], url, body)
        except (messagebird.error.ValidationError, KeyError):
            return False
    return True

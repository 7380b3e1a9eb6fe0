"""The companies' own libraries judge the same webhooks and send the same requests as we do."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from pytest_httpserver import HTTPServer
from werkzeug import Request

from gateway.providers.base import NotAuthentic, Provider, WebhookRequest

from .making import NOW, make_request, make_sms
from .test_africastalking import make_at
from .test_telnyx import PUBLIC, event, make_telnyx, received
from .test_telnyx import signed as telnyx_signed
from .test_vonage import SENT, make_vonage
from .test_vonage import signature as vonage_signature

SECRET = "hush"


def believes(provider: Provider, request: WebhookRequest) -> bool:
    try:
        provider.read_inbound(request)
    except NotAuthentic:
        return False
    return True


def only_request(httpserver: HTTPServer) -> Request:
    ((request, _),) = httpserver.log
    httpserver.clear_log()
    return request


# --- Telnyx -------------------------------------------------------------------------------


def _now(request: WebhookRequest) -> WebhookRequest:
    """The same at this moment: their library asks the clock of the machine."""
    return make_request(
        request.url,
        headers=dict(request.headers),
        body=request.body,
        received_at=datetime.now(UTC),
    )


def _telnyx_request(body: bytes, *, age_s: int = 0, **more: Any) -> WebhookRequest:
    behind = int(NOW.timestamp() - time.time())
    return _now(telnyx_signed(body, age_s=behind + age_s, **more))


MOTO = json.dumps(received("Moto ☔"), ensure_ascii=False).encode()
TELNYX: dict[str, tuple[Callable[[], WebhookRequest], bool]] = {
    "valid": (lambda: _telnyx_request(MOTO), True),
    "a receipt": (lambda: _telnyx_request(json.dumps(event("message.sent")).encode()), True),
    "at the edge": (lambda: _telnyx_request(MOTO, age_s=290), True),
    "tampered": (lambda: _tampered(_telnyx_request(MOTO)), False),
    "stale": (lambda: _telnyx_request(MOTO, age_s=310), False),
    "from the future": (lambda: _telnyx_request(MOTO, age_s=-310), False),
    "another key": (lambda: _telnyx_request(MOTO, key=Ed25519PrivateKey.generate()), False),
    "unsigned": (lambda: _headed({"Telnyx-Signature-Ed25519": ""}), False),
    "undated": (lambda: _headed({"Telnyx-Timestamp": ""}), False),
    "no base64": (lambda: _headed({"Telnyx-Signature-Ed25519": "%%%"}), False),
    "a short signature": (lambda: _headed({"Telnyx-Signature-Ed25519": "c2hvcnQ="}), False),
}


def _tampered(request: WebhookRequest) -> WebhookRequest:
    body = request.body.replace(b"Moto", b"Soko")
    return _now(make_request(request.url, headers=dict(request.headers), body=body))


def _headed(headers: dict[str, str]) -> WebhookRequest:
    good = _telnyx_request(MOTO)
    return _now(make_request(good.url, headers=dict(good.headers) | headers, body=good.body))


@pytest.mark.parametrize("name", TELNYX)
def test_telnyx_and_we_believe_the_same_webhooks(name: str) -> None:
    """Both ways of their library: its generated one, and the one that `telnyx.lib` puts over it.

    The patch says that it keeps an HMAC way as `_unwrap_hmac`; in this version that is Ed25519 too.
    """
    telnyx = pytest.importorskip("telnyx")
    pytest.importorskip("nacl")
    pytest.importorskip("telnyx.lib")
    webhooks = telnyx.Telnyx(api_key="t", public_key=PUBLIC).webhooks
    make, genuine = TELNYX[name]
    request = make()
    assert believes(make_telnyx(), request) == genuine
    for unwrap in (webhooks.unwrap, webhooks._unwrap_hmac):
        try:
            unwrap(request.body.decode(), headers=request.headers)
            theirs = True
        except Exception:  # ValueError or an error of its own, by the way that was taken
            theirs = False
        assert theirs == genuine


def test_telnyx_s_library_and_we_send_the_same(httpserver: HTTPServer) -> None:
    telnyx = pytest.importorskip("telnyx")
    httpserver.expect_request("/v2/messages").respond_with_json({"data": {"id": "t-1"}})
    url = "https://alerts.example.org/sms/main/receipt?reference=d-1"
    client = telnyx.Telnyx(api_key="t", base_url=httpserver.url_for("/v2"), max_retries=0)
    sms = make_sms(receipt_url=url)
    client.messages.send(
        from_="+18445550001",
        to=sms.to,
        text=sms.text,
        webhook_url=url,
        idempotency_key=sms.reference,
    )
    theirs = only_request(httpserver)
    client.close()
    make_telnyx(httpserver.url_for("")).send(sms)
    ours = only_request(httpserver)
    assert (ours.method, ours.path, ours.json) == (theirs.method, theirs.path, theirs.json)
    for name in ("Authorization", "Content-Type", "Accept", "Idempotency-Key"):
        assert ours.headers[name] == theirs.headers[name]


# --- Vonage -------------------------------------------------------------------------------


def _vonage_request(params: dict[str, str]) -> WebhookRequest:
    return make_request("https://alerts.example.org/sms/main/inbound", params)


def _vonage_params(method: str, secret: str = SECRET, **changes: str) -> dict[str, str]:
    params = SENT | {"timestamp": str(int(NOW.timestamp())), "nonce": "n"} | changes
    return params | {"sig": vonage_signature(params, secret, method)}


HMACS = ["md5", "sha1", "sha256", "sha512"]


@pytest.mark.parametrize("digest", HMACS)
@pytest.mark.parametrize(
    ("changes", "genuine"),
    [
        ({}, True),
        ({"text": "a=b & ç ☔"}, True),
        ({"text": ""}, True),
        ({"sig": "upper"}, True),
        ({"tamper": "Soko"}, False),
        ({"secret": "other"}, False),
        ({"sig": ""}, False),
    ],
)
def test_vonage_and_we_believe_the_same_webhooks(
    digest: str, changes: dict[str, str], genuine: bool
) -> None:
    http = pytest.importorskip("vonage_http_client")
    secret, sig, tamper = (changes.get(name) for name in ("secret", "sig", "tamper"))
    text = {"text": changes["text"]} if "text" in changes else {}
    params = _vonage_params(f"{digest}hmac", secret or SECRET, **text)
    params |= {"text": tamper} if tamper else {}
    params |= {} if sig is None else {"sig": params["sig"].upper() if sig else ""}
    auth = http.Auth(api_key="k", signature_secret=SECRET, signature_method=digest)
    ours = make_vonage(signature_secret=SECRET, signature_method=f"{digest}hmac")
    assert believes(ours, _vonage_request(params)) == genuine
    assert auth.check_signature(dict(params)) == genuine


def test_vonage_s_library_refuses_the_signature_that_its_accounts_have_by_default() -> None:
    """It knows HMACs alone, and fails without any method, though its own words allow that."""
    http = pytest.importorskip("vonage_http_client")
    params = _vonage_params("md5hash")
    assert believes(make_vonage(signature_secret=SECRET), _vonage_request(params))
    for digest in HMACS:
        auth = http.Auth(api_key="k", signature_secret=SECRET, signature_method=digest)
        assert not auth.check_signature(dict(params))
    with pytest.raises(TypeError):
        http.Auth(api_key="k", signature_secret=SECRET, signature_method=None)


def test_vonage_s_library_believes_an_old_webhook_again_and_we_do_not() -> None:
    """It never looks at the clock; Vonage's guide to signing asks for it."""
    http = pytest.importorskip("vonage_http_client")
    params = _vonage_params("sha256hmac", timestamp="1577880000")
    auth = http.Auth(api_key="k", signature_secret=SECRET, signature_method="sha256")
    assert auth.check_signature(dict(params))
    assert not believes(make_vonage(signature_secret=SECRET), _vonage_request(params))


def _vonage_client(httpserver: HTTPServer, **auth: str) -> Any:
    """Their client, whose host can be changed but not its https: an adapter takes that off."""
    vonage = pytest.importorskip("vonage")
    http = pytest.importorskip("vonage_http_client")
    adapters = pytest.importorskip("requests.adapters")

    class Plain(adapters.HTTPAdapter):  # type: ignore[misc, name-defined]
        def send(self, request: Any, **more: Any) -> Any:
            request.url = request.url.replace("https://", "http://", 1)
            return super().send(request, **more)

    host = httpserver.url_for("").removeprefix("http://").rstrip("/")
    options = http.HttpClientOptions(rest_host=host, max_retries=0)
    client = vonage.Vonage(vonage.Auth(api_key="k", **auth), options)
    client.http_client._session.mount("https://", Plain())
    return client


@pytest.mark.parametrize("signing", [True, False])
def test_vonage_s_library_and_we_send_the_same(signing: bool, httpserver: HTTPServer) -> None:
    """Without signing its credentials travel as Basic, ours in the form; Vonage takes both."""
    requests = pytest.importorskip("vonage_sms.requests")
    yes = {"to": "2", "message-id": "v-1", "status": "0", "remaining-balance": "1"}
    yes |= {"message-price": "0.1", "network": "63902", "client-ref": "d-1"}
    httpserver.expect_request("/sms/json").respond_with_json(
        {"message-count": "1", "messages": [yes]}
    )
    auth = {"signature_secret": SECRET} if signing else {"api_secret": "s"}
    sms = make_sms(receipt_url="https://alerts.example.org/sms/main/receipt?reference=d-1")
    client = _vonage_client(httpserver, **auth)
    client.sms.send(
        requests.SmsMessage(
            to=sms.to.removeprefix("+"),
            from_="254711000000",
            text=sms.text,
            client_ref=sms.reference,
            type="text",
            status_report_req=True,
            callback="https://alerts.example.org/sms/main/receipt",
        )
    )
    client.http_client._session.close()
    theirs = only_request(httpserver)
    options = {"signature_secret": SECRET, "signature_method": "md5hmac", "api_secret": ""}
    make_vonage(httpserver.url_for(""), **(options if signing else {})).send(sms)
    ours = only_request(httpserver)
    assert (ours.method, ours.path) == (theirs.method, theirs.path)
    assert ours.headers["Content-Type"] == theirs.headers["Content-Type"]
    told, wanted = ours.form.to_dict(), theirs.form.to_dict()
    assert wanted.pop("status-report-req") == "True"  # theirs; the documented values are 1 and 0
    assert told.pop("status-report-req") == "1"
    credentials = {"sig", "timestamp"} if signing else {"api_key", "api_secret"}
    assert set(told) - credentials == set(wanted) - credentials
    assert {k: v for k, v in told.items() if k not in credentials} == {
        k: v for k, v in wanted.items() if k not in credentials
    }
    if not signing:
        assert theirs.authorization is not None
        pair = (theirs.authorization.username, theirs.authorization.password)
        assert pair == (told["api_key"], told["api_secret"])


def test_vonage_s_library_believes_the_signature_of_what_we_send(httpserver: HTTPServer) -> None:
    http = pytest.importorskip("vonage_http_client")
    yes = {"messages": [{"status": "0", "message-id": "v-1"}]}
    httpserver.expect_request("/sms/json").respond_with_json(yes)
    options = {"signature_secret": SECRET, "signature_method": "sha256hmac", "api_secret": ""}
    make_vonage(httpserver.url_for(""), **options).send(make_sms(text="a=b & ç"))
    auth = http.Auth(api_key="k", signature_secret=SECRET, signature_method="sha256")
    assert auth.check_signature(only_request(httpserver).form.to_dict())


# --- Africa's Talking, which signs nothing ------------------------------------------------


def test_africas_talking_s_library_and_we_send_the_same(httpserver: HTTPServer) -> None:
    library = pytest.importorskip("africastalking")
    one = {"statusCode": 101, "status": "Success", "messageId": "AT-1", "cost": "KES 0.8"}
    httpserver.expect_request("/version1/messaging").respond_with_json(
        {"SMSMessageData": {"Message": "", "Recipients": [one]}}, 201
    )
    service = library.SMSService("u", "t")
    service._baseUrl = httpserver.url_for("/version1")  # it has no public way to be told
    sms = make_sms()
    service.send(sms.text, [sms.to], sender_id="ALERTS", enqueue=True)
    theirs = only_request(httpserver)
    make_at(httpserver.url_for(""), sender_id="ALERTS").send(sms)
    ours = only_request(httpserver)
    assert (ours.method, ours.path, ours.form) == (theirs.method, theirs.path, theirs.form)
    for name in ("apiKey", "Accept", "Content-Type"):
        assert ours.headers[name] == theirs.headers[name]

"""Hormuud: its token, its codes, and answers that say less than they should."""

import json
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from gateway.providers import build
from gateway.providers.base import (
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    ProviderConfig,
    ProviderDown,
    Rejected,
    SendError,
    Submission,
    Throttled,
)
from gateway.providers.hormuud import REFUSALS
from gateway.providers.tokens import Tokens

from .making import make_request, make_sms

URL = "https://alerts.example.org/sms/main/inbound"
TAKEN = {"ResCode": "200", "ResMsg": "SUCCESS", "Data": {"MessageID": "m1"}}


def make(base_url: str = "", **options: str) -> Any:
    login = {"username": "u", "password": "p"}
    return build(ProviderConfig("main", "hormuud", "2020", base_url, 2.0, options=login | options))


def with_token(httpserver: HTTPServer, *answers: Response) -> list[str]:
    """Each token once more than the one before; returns what was asked, in its order."""
    asked: list[str] = []
    said = iter(answers)

    def token(request: Request) -> Response:
        asked.append("token")
        return Response(json.dumps({"access_token": f"t{len(asked)}", "expires_in": 3600}))

    def send(request: Request) -> Response:
        asked.append(request.headers["Authorization"])
        return next(said)

    httpserver.expect_request("/token").respond_with_handler(token)
    httpserver.expect_request("/api/SendSMS").respond_with_handler(send)
    return asked


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="username, password, sender_id"):
        build(ProviderConfig("main", "hormuud"))


def test_a_token_serves_many_messages_and_is_renewed_once_when_it_is_refused(
    httpserver: HTTPServer,
) -> None:
    yes, no = json.dumps(TAKEN), Response("{}", 401)
    asked = with_token(httpserver, Response(yes), Response(yes), no, Response(yes))
    provider = make(httpserver.url_for(""))
    for _ in range(3):
        assert provider.send(make_sms()) == Submission("m1")
    assert asked == ["token", "Bearer t1", "Bearer t1", "Bearer t1", "token", "Bearer t5"]


def test_who_is_refused_with_a_new_token_too_has_a_wrong_account(httpserver: HTTPServer) -> None:
    asked = with_token(httpserver, Response("{}", 401), Response("{}", 401))
    with pytest.raises(Misconfigured) as caught:
        make(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), caught.value.code) == (Misconfigured, "http-401")
    assert len(asked) == 4


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, '{"error": "invalid_grant"}', Misconfigured),
        (429, "", Throttled),
        (500, "", ProviderDown),
        (502, "", ProviderDown),  # no message was handed over, so there is no doubt
        (200, "<html>", ProviderDown),
        (200, '{"access_token": ""}', ProviderDown),
        (200, '{"access_token": "a\\nb"}', ProviderDown),
        (302, "", ProviderDown),
    ],
)
def test_without_a_token_nothing_was_handed_over(
    status: int, body: str, error: type[SendError], httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/token").respond_with_data(body, status)
    with pytest.raises(SendError) as caught:
        make(httpserver.url_for("")).send(make_sms())
    assert type(caught.value) is error


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        *((200, json.dumps({"ResCode": code}), kind, code) for code, kind in REFUSALS.items()),
        (200, json.dumps({"ResCode": 207}), REFUSALS["207"], "207"),
        (200, "<html>", HandoverUnknown, "no-id"),
        (200, '{"ResCode": "200"}', HandoverUnknown, "no-id"),
        (200, '{"Data": []}', HandoverUnknown, "no-id"),
        (403, '[{"Response": "101"}]', Misconfigured, "http-403"),
        (400, '{"ResCode": "206"}', Rejected, "206"),
        (500, "", ProviderDown, "http-500"),
        (504, "", HandoverUnknown, "http-504"),
    ],
)
def test_an_answer_that_is_no_yes(
    status: int, body: str, error: type[SendError], code: str, httpserver: HTTPServer
) -> None:
    with_token(httpserver, Response(body, status))
    with pytest.raises(SendError) as caught:
        make(httpserver.url_for("")).send(make_sms())
    assert (type(caught.value), caught.value.code) == (error, code)


def test_a_failed_sign_in_is_not_repeated_by_every_sender_at_once() -> None:
    now, asked = [0.0], []

    def fetch() -> tuple[str, float]:
        asked.append(now[0])
        if len(asked) == 1:
            raise HandoverUnknown("timeout")
        return "t", 100.0

    tokens = Tokens(fetch, clock=lambda: now[0])
    for _ in range(2):
        with pytest.raises(ProviderDown) as caught:
            tokens.get()
        assert type(caught.value) is ProviderDown
    now[0] = 3.0
    assert [tokens.get(), tokens.get()] == ["t", "t"]
    assert tokens.get(spent="older") == "t"
    now[0] = 60.0  # a token is renewed a while before it ends
    assert tokens.get() == "t"
    assert asked == [0.0, 3.0, 60.0]


def test_it_posts_no_receipts_and_signs_nothing() -> None:
    assert make().read_receipt(make_request(URL)) == []
    provider = make(webhook_secret="hush")
    query = "Sender=252610000001&MessageText=Biyo&ShortCode=2020"
    (sms,) = provider.read_inbound(make_request(f"{URL}?{query}&key=hush"))
    assert (sms.provider_id, sms.recipient, sms.text) == ("", "2020", "Biyo")
    for read in (provider.read_inbound, provider.read_receipt):
        with pytest.raises(NotAuthentic):
            read(make_request(f"{URL}?{query}"))

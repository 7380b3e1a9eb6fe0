"""Telesom: the key of the day, and what its two answers mean."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from gateway.providers.base import (
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    ProviderConfig,
    ProviderDown,
    Rejected,
    SendError,
    Submission,
    Unreadable,
)
from gateway.providers.telesom import Telesom

from .making import make_request, make_sms

URL = "https://alerts.example.org/sms/main/inbound"
YES, NO = "<return>Success</return>", "<return>error</return>"
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
LATE = datetime(2026, 11, 20, 22, 0, tzinfo=UTC)  # in Somalia it is the 21st


def make(base_url: str = "", now: datetime = NOON, **options: str) -> Telesom:
    login = {"username": "u", "password": "p", "secret": "s"}
    config = ProviderConfig("main", "telesom", "2020", base_url, 2.0, options=login | options)
    return Telesom(config, clock=lambda: now)


def answering(httpserver: HTTPServer, *bodies: str) -> list[str]:
    keys: list[str] = []

    def answer(request: Request) -> Response:
        keys.append(request.form["key"])
        return Response(bodies[len(keys) - 1])

    httpserver.expect_request("/sendsms").respond_with_handler(answer)
    return keys


def test_what_is_missing_is_named() -> None:
    with pytest.raises(ValueError, match="username, password, secret, sender_id"):
        Telesom(ProviderConfig("main", "telesom"))


@pytest.mark.parametrize(("now", "bodies"), [(NOON, (YES,)), (LATE, (YES,)), (LATE, (NO, YES))])
def test_around_midnight_a_no_is_followed_by_the_other_date_once(
    now: datetime, bodies: tuple[str, ...], httpserver: HTTPServer
) -> None:
    keys = answering(httpserver, *bodies)
    assert make(httpserver.url_for(""), now).send(make_sms()) == Submission("")
    assert len(set(keys)) == len(bodies)


@pytest.mark.parametrize(
    ("now", "bodies", "error"),
    [
        (NOON, (NO,), Misconfigured),
        (LATE, (NO, NO), Misconfigured),
        (LATE, ("<html>Success?</html>",), HandoverUnknown),  # after doubt nothing is tried again
        (LATE, ("",), HandoverUnknown),
        (LATE, (NO, ""), HandoverUnknown),
    ],
)
def test_an_answer_that_is_no_yes(
    now: datetime, bodies: tuple[str, ...], error: type[SendError], httpserver: HTTPServer
) -> None:
    keys = answering(httpserver, *bodies)
    with pytest.raises(SendError) as caught:
        make(httpserver.url_for(""), now).send(make_sms())
    assert type(caught.value) is error
    assert len(keys) == len(bodies)


def test_a_company_out_of_order_is_asked_once(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/sendsms").respond_with_data(NO, 500)
    with pytest.raises(ProviderDown):
        make(httpserver.url_for(""), LATE).send(make_sms())
    assert len(httpserver.log) == 1


def test_half_a_letter_has_no_key() -> None:
    with pytest.raises(Rejected, match="unusable-text"):
        make().send(make_sms(text="\ud83d"))


def test_a_message_comes_by_get_or_post_and_receipts_never() -> None:
    form = {"mobile": "252630000001", "msg": "Biyo"}
    requests: list[Any] = [
        make_request(URL, form),
        make_request(f"{URL}?mobile=+252630000001&msg=Biyo", method="GET"),
    ]
    read = [make().read_inbound(request)[0] for request in requests]
    assert [sms.sender for sms in read] == ["252630000001", "+252630000001"]
    assert {(sms.text, sms.recipient) for sms in read} == {("Biyo", "2020")}
    assert make().read_receipt(requests[0]) == []
    with pytest.raises(Unreadable):
        make().read_inbound(make_request(f"{URL}?msg=Biyo"))
    with pytest.raises(NotAuthentic):
        make(webhook_secret="hush").read_inbound(requests[0])

"""The stand-in companies behave as drills want them to, seen through a real provider."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from pytest_httpserver import HTTPServer

from gateway.providers import build
from gateway.providers.base import (
    HandoverUnknown,
    Outgoing,
    Provider,
    ProviderConfig,
    ProviderDown,
    SendError,
    Submission,
)
from tests.companies import Company, companies
from tests.fleet import longest_gap, worst_window
from tests.processes import until

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def process() -> Iterator[Company]:
    with companies() as (company,):
        yield company


@pytest.fixture
def company(process: Company) -> Company:
    process.behave("ok", latency_s=0.0, takes=0.0, receipt_s=-1.0, repeats="refused")
    return process


@pytest.fixture
def provider(company: Company) -> Provider:
    options = {"api_key": "made-up"}
    config = ProviderConfig("a", "infobip", "20880", company.url, timeout_s=0.3, options=options)
    return build(config)


def sms() -> Outgoing:
    return Outgoing("+254700000001", "Armed men near Moa", uuid.uuid4().hex)


def test_what_it_took_it_knows_with_the_moment(provider: Provider, company: Company) -> None:
    one, before, began = sms(), company.count(), time.monotonic()
    assert provider.send(one) == Submission(one.reference)
    (taken,) = company.taken(before)
    assert (taken.reference, taken.to) == (one.reference, "254700000001")
    assert began <= taken.at <= time.monotonic()
    assert provider.look_up(one, LONG_AGO) == Submission(one.reference)
    assert one.reference in company.asked()


@pytest.mark.parametrize("repeats", ["refused", "taken"])
def test_a_repetition_is_refused_or_taken(
    repeats: str, provider: Provider, company: Company
) -> None:
    company.behave(repeats=repeats)
    one, before = sms(), company.count()
    assert provider.send(one) == provider.send(one) == Submission(one.reference)
    assert company.count() - before == (1 if repeats == "refused" else 2)


@pytest.mark.parametrize("takes", [0.0, 1.0])
@pytest.mark.parametrize("mode", ["hang", "reset", "drip"])
def test_nobody_knows_whether_it_took_what_it_did_not_answer(
    mode: str, takes: float, provider: Provider, company: Company
) -> None:
    one, before = sms(), company.count()
    company.behave(mode, takes=takes)
    with pytest.raises(HandoverUnknown):
        provider.send(one)
    company.behave("ok")
    assert company.count() - before == takes
    found = provider.look_up(one, datetime.now(UTC))
    assert found == (Submission(one.reference) if takes else None)


def test_out_of_order_it_takes_nothing(provider: Provider, company: Company) -> None:
    company.behave("error500")
    before = company.count()
    with pytest.raises(SendError) as caught:
        provider.send(sms())
    assert isinstance(caught.value, ProviderDown)
    assert company.count() == before


def test_it_posts_receipts_until_they_are_heard(
    provider: Provider, company: Company, httpserver: HTTPServer
) -> None:
    company.behave(receipt_s=0.0)
    one = replace(sms(), receipt_url=httpserver.url_for("/receipt?reference=7"))
    httpserver.expect_ordered_request("/receipt").respond_with_data("", status=503)
    httpserver.expect_ordered_request("/receipt").respond_with_data("", status=200)
    provider.send(one)
    until(lambda: len(httpserver.log) == 2, 10, "the second try")
    first, second = (request.get_json()["results"] for request, _ in httpserver.log)
    assert first == second
    assert [(said["messageId"], said["status"]["name"]) for said in first] == [
        (one.reference, "DELIVERED_TO_HANDSET")
    ]


def test_windows_and_gaps_are_counted() -> None:
    moments = [0.0, 0.5, 0.99, 1.0, 1.4, 5.0]
    assert worst_window(moments) == 4
    assert longest_gap(moments) == pytest.approx(3.6)

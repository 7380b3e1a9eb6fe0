"""Every provider in PROVIDERS keeps the contract."""

import contextlib
import logging
import time
import traceback
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from gateway.providers import PROVIDERS, build
from gateway.providers.base import (
    InboundSms,
    NotAuthentic,
    ProviderConfig,
    ProviderDown,
    Rejected,
    SendError,
    Submission,
    Unreadable,
    WebhookRequest,
)

from .contract import BAD_ANSWERS, CASES, GARBAGE, STATES, Case, Start
from .making import NOW, make_sms

EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.type)
ONLINE = pytest.mark.parametrize(
    "case", [case for case in CASES if case.uses_network], ids=lambda case: case.type
)

# They are handed no lifetime: the company has no field for it, or the settings give it (twilio).
NO_LIFETIME = {
    *("africastalking", "hormuud", "httpsms", "mtn", "simulator", "smssync", "telesom", "telnyx"),
}


def test_every_provider_is_under_contract() -> None:
    assert {case.type for case in CASES} == set(PROVIDERS)
    assert all(provider.type == name for name, provider in PROVIDERS.items())


def test_an_unknown_type_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'pigeon'.*known: .*simulator.*twilio"):
        build(ProviderConfig("main", "pigeon"))


@EACH
def test_every_documented_status_leads_to_a_state_of_ours(case: Case) -> None:
    assert PROVIDERS[case.type].STATES
    assert set(PROVIDERS[case.type].STATES.values()) <= STATES


@EACH
def test_acknowledging_is_a_success(case: Case) -> None:
    assert 200 <= case.make().acknowledge().status < 300


@EACH
def test_unusable_settings_are_refused(case: Case) -> None:
    with pytest.raises(ValueError, match="timeout_s"):
        case.make(timeout_s=0)
    with pytest.raises(ValueError, match="base_url"):
        case.make(base_url="api.example.org")


@EACH
@given(request=GARBAGE)
@settings(max_examples=300, deadline=None)
def test_garbage_is_refused_or_read_but_never_breaks(case: Case, request: WebhookRequest) -> None:
    provider = case.make()
    with contextlib.suppress(NotAuthentic, Unreadable):
        for sms in provider.read_inbound(request):
            assert sms.sender
            (sms.provider_id + sms.sender + sms.recipient + sms.text).encode("utf-8")
    with contextlib.suppress(NotAuthentic, Unreadable):
        for receipt in provider.read_receipt(request):
            assert receipt.provider_id or receipt.reference
            assert receipt.state in STATES


@EACH
@pytest.mark.parametrize("text", ["", "x" * 1601, "\ud800", "\x00", "😀" * 800])
def test_no_text_makes_send_raise_anything_but_its_own_errors(
    case: Case, text: str, nobody_there: str
) -> None:
    provider = case.make(nobody_there)
    with contextlib.suppress(SendError):
        assert isinstance(provider.send(make_sms(text=text)), Submission)


@ONLINE
@pytest.mark.parametrize("name", BAD_ANSWERS)
def test_a_bad_answer_to_send_and_look_up_is_a_send_error_that_tells_no_secrets(
    case: Case,
    name: str,
    answering_raw: Start,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    if name in case.believes:
        pytest.skip(case.believes[name])
    provider = case.make(answering_raw(BAD_ANSWERS[name]))
    sms = make_sms(text="A secret place")
    for ask in (provider.send, lambda sms: provider.look_up(sms, NOW)):
        with pytest.raises(SendError) as caught:
            ask(sms)
        assert caught.value.code
        told = "".join(traceback.format_exception(caught.value, chain=True))
        told = str(caught.value) + repr(caught.value.__context__) + told + caplog.text
        assert sms.to.removeprefix("+") not in told
        assert "secret place" not in told


@pytest.mark.parametrize("case", [case for case in CASES if case.type not in NO_LIFETIME],
                         ids=lambda case: case.type)  # fmt: skip
def test_a_message_that_is_over_is_refused_as_expired(case: Case, nobody_there: str) -> None:
    with pytest.raises(Rejected) as caught:
        case.make(nobody_there).send(make_sms(expires_at=datetime(2020, 1, 1, tzinfo=UTC)))
    assert caught.value.code == "expired"


@ONLINE
def test_an_answer_that_drips_for_ever_is_given_up(case: Case, dripping: str) -> None:
    began = time.monotonic()
    with pytest.raises(ProviderDown):  # of a token rather than of the message, nothing has left
        case.make(dripping).send(make_sms())
    assert time.monotonic() - began < 5


@ONLINE
def test_a_refused_connection_is_a_provider_that_is_down_for_sure(
    case: Case, nobody_there: str
) -> None:
    with pytest.raises(ProviderDown) as caught:
        case.make(nobody_there).send(make_sms())
    assert type(caught.value) is ProviderDown


@EACH
def test_no_value_shows_numbers_texts_or_secrets(case: Case) -> None:
    config = ProviderConfig("drill", "twilio", options={"auth_token": "hush"})
    pairs = (("a", "hush"),)
    request = WebhookRequest("POST", "https://hush", {"b": "hush"}, pairs, pairs, b"hush", NOW)
    assert "hush" not in f"{config} {request} {case.make()!r}"
    sms = make_sms(text="hush", receipt_url="https://hush")
    read = InboundSms("in-1", "+254700000001", "+254700000002", "hush")
    assert "2547" not in f"{sms} {read}"
    assert "hush" not in f"{sms} {read}"

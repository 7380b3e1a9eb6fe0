"""Companies that have no file of their own: what `http` makes of them with settings alone."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from .door import Door, opened, vectors
from .through import (
    check_inbound,
    check_kept,
    check_receipt,
    check_sent,
    company,
    describe,
    same_request,
)

SETTINGS: dict[str, dict[str, str]] = {
    "yo": {
        "method": "GET",
        "send_url": "http://smgw1.yo.co.ug:9100/sendsms?origin={{from}}&sms_content={{text}}"
        "&destinations={{to_no_plus}}&ybsacctno={{username}}&password={{password}}",
        "success_pattern": "ybs_autocreate_status=OK",
        "opted_out_pattern": "BLACKLISTED",
        "refused_pattern": "ybs_autocreate_status=ERROR",
        "mo_text_field": "message",
    },
    "dmark": {
        "send_url": "https://smsapi1.dmarkmobile.com/sms/",
        "headers": "Authorization: Token {{auth_token}}",
        "body": "text={{text}}&receiver={{to_no_plus}}&sender={{from}}"
        "&dlr_url={{receipt_url}}%26status%3D%25s",
        "id_pattern": '"sms_id": *"([^"]+)"',
        "refused_pattern": '"error":',
        "mo_from_field": "msisdn",
        "mo_to_field": "short_code",
        "dlr_states": "1=delivered, 2=failed, 4=submitted, 8=submitted, 16=failed+again",
    },
    "i2sms": {
        "send_url": "https://mx2.i2sms.net/mxapi.php",
        "auth": "basic",
        "body": "action=send_single&mobile={{to_no_plus}}&message={{text}}&channel=hash123",
        "success_pattern": '"error_code": *"00"',
        "id_pattern": '"session_id": *"([^"]+)"',
        "refused_pattern": '"error_code": *"',
        "code_pattern": '"error_code": *"([^"]+)"',
        "mo_from_field": "mobile",
        "mo_text_field": "message",
    },
    "m3tech": {
        "method": "GET",
        "send_url": "https://secure.m3techservice.com/GenericServiceRestAPI/api/SendSMS"
        "?AuthKey=m3-Tech&UserId={{username}}&Password={{password}}&MobileNo={{to_no_plus}}"
        "&MsgId={{id}}&SMS={{text}}&MsgHeader={{from}}&SMSType={{coding}}&HandsetPort=0"
        "&SMSChannel=0&Telco=0",
        "coding_gsm": "0",
        "coding_unicode": "7",
        "encoding": "smart",
        "success_pattern": '"Response": *"0"',
        "refused_pattern": '"Response": *"[0-9]',
        "code_pattern": '"Response": *"([^"]+)"',
    },
    "bandwidth": {
        "send_url": "https://messaging.bandwidth.com/api/v2/users/accound-id/messages",
        "content_type": "json",
        "auth": "basic",
        "headers": "Accept: application/json",
        "body": '{"applicationId": "application-id", "to": [{{to}}], "from": {{from}},'
        ' "text": {{text}}}',
        "success_pattern": r"^\{.*\}$",
        "id_pattern": '"id": *"([^"]+)"',
        "mo_list": ".",
        "mo_from_field": "message.from",
        "mo_to_field": "to",
        "mo_text_field": "message.text",
        "mo_id_field": "message.id",
        "dlr_list": ".",
        "dlr_id_field": "message.id",
        "dlr_status_field": "type",
        "dlr_error_field": "errorCode",
        "dlr_states": "message-sending=submitted, message-delivered=delivered,"
        " message-failed=failed",
    },
    "start": {
        "send_url": "https://bulk.startmobile.ua/clients.php",
        "content_type": "application/xml; charset=utf8",
        "auth": "basic",
        "body": '<message><service id="single" source="{{from}}" validity="+12 hours"></service>'
        '<to>{{to}}</to><body content-type="plain/text" encoding="plain">{{text}}</body></message>',
        "success_pattern": "<state>Accepted</state>",
        "id_pattern": "<id>([^<]+)</id>",
        "refused_pattern": "<error>",
        "mo_from_field": "/message/from",
        "mo_to_field": "/message/to",
        "mo_text_field": "/message/body",
        "mo_id_field": "/message/service/@request_id",
        "mo_response": '<answer type="async"><state>Accepted</state></answer>',
        "mo_response_content_type": "text/xml; charset=utf-8",
    },
}
NO_PICTURES = "we send no attachments"
SKIPPED = {
    "send-attachment": NO_PICTURES,
    "outgoingcases/attachment": NO_PICTURES,
}
# What settings cannot describe, or what we knowingly do otherwise.
DEVIATIONS = {
    "yo/invalid-urn": "a sender who is no number is kept as a notice, not refused",
    "m3tech/invalid-urn": "the same",
    "start/receive-invalidurn": "the same",
    "yo/receive-invalid-date": "we read no date, so a bad one loses no message",
    "dmark/receive-invalid-ts": "the same",
    "start/receive-missing-request-id": "without an id of the company's we make one",
    "start/response-unexpected": "it says Accepted, so it has the message, if without an id",
    "bandwidth/invalid-urn": "a sender who is no number is kept as a notice, not refused",
    "bandwidth/invalid-urn-2": "we read no date, so a bad one loses no message",
    "bandwidth/invalid-status": "an unknown word is kept, with no state",
}


def _of(*directions: str) -> list[Any]:
    return [
        pytest.param(name, param.values[0], id=f"{name}/{param.id}", marks=param.marks)
        for name in SETTINGS
        for param in vectors(f"{name}.json", *directions, skipped=SKIPPED)
    ]


def _deviates(name: str, vector: dict[str, Any]) -> bool:
    return f"{name}/{vector['name'].rpartition('/')[2]}" in DEVIATIONS


@pytest.fixture(scope="module")
def door() -> Iterator[Door]:
    with opened("http", sender_id="2020", **SETTINGS["yo"], username="u", password="p") as door:
        yield door


@pytest.fixture(autouse=True)
def clean(door: Door) -> Iterator[None]:
    yield
    door.forget()


def _describe(door: Door, name: str, vector: dict[str, Any], base_url: str = "") -> None:
    secrets = {"username": "u", "password": "p", "auth_token": "t"}
    config = {key: value for key, value in vector["channel"]["config"].items() if key in secrets}
    channel = {**vector["channel"], "config": config}
    options = secrets | config | SETTINGS[name]
    describe(door, "http", {"channel": channel}, base_url=base_url, options=options)


@pytest.mark.parametrize(("name", "vector"), _of("inbound"))
def test_a_message_is_kept(name: str, vector: dict[str, Any], door: Door) -> None:
    _describe(door, name, vector)
    if vector["name"].endswith("receive-valid-encoded"):  # its bytes stand there as letters
        raw = vector["request"]["raw"].encode("latin-1")
        vector = {**vector, "request": {**vector["request"], "raw": raw}}
    answer = door.post(vector)
    if _deviates(name, vector):
        check_kept(door, answer)
    else:
        check_inbound(door, vector, answer)
    assert answer.status_code != 200 or answer.text == SETTINGS[name].get("mo_response", "")


@pytest.mark.parametrize(("name", "vector"), _of("status"))
def test_a_receipt_is_kept(name: str, vector: dict[str, Any], door: Door) -> None:
    _describe(door, name, vector)
    answer = door.post(vector)
    if _deviates(name, vector):
        assert (answer.status_code, door.receipts()[0].state) == (200, None)
    else:
        check_receipt(door, vector, answer)


@pytest.mark.parametrize(("name", "vector"), _of("outbound"))
def test_a_message_is_handed_over(
    name: str, vector: dict[str, Any], door: Door, httpserver: HTTPServer
) -> None:
    seen = company(httpserver, vector)
    _describe(door, name, vector, base_url=httpserver.url_for(""))
    text = vector["message"]["text"] + "".join(
        "\n" + one.partition(":")[2] for one in vector["message"].get("attachments", ())
    )
    delivery = door.send(vector["message"]["to_number"], text)
    if _deviates(name, vector):
        assert (delivery.state, delivery.provider_id) == ("submitted", None)
    else:
        check_sent(door, vector, delivery)
    (made,) = seen
    if vector["request"] is None:  # two that courier's own tests do not look at
        return
    assert made.method == vector["request"]["method"]
    ours = {"MsgId": delivery.reference} if name == "m3tech" else {}
    if name == "dmark":
        receipt = "https://alerts.example.org/sms/main/receipt?reference="
        ours = {"dlr_url": f"{receipt}{delivery.reference}&status=%s"}
    same_request(made, vector["request"], **ours)

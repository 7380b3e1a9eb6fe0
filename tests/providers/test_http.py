"""The provider that its settings describe: what it makes of templates, patterns and webhooks."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Response

from gateway.providers.base import (
    BadRecipient,
    Balance,
    HandoverUnknown,
    Misconfigured,
    NotAuthentic,
    ProviderConfig,
    ProviderDown,
    RecipientOptedOut,
    Rejected,
    SendError,
    Submission,
    Throttled,
    Unreadable,
)
from gateway.providers.http import Http

from .making import NOW, make_request, make_sms

URL = "https://alerts.example.org/sms/main/inbound"
FORM = {"send_url": "https://sms.example.org/send", "body": "to={{to}}&text={{text}}"}
WORST = 'Tahadhari & "moto" <Ma\'aan> 100% + 1\n{{id}} \\ 😀'


def make(base_url: str = "", sender_id: str = "20880", **options: str) -> Http:
    config = ProviderConfig("main", "http", sender_id, base_url, 2.0, options=FORM | options)
    return Http(config, clock=lambda: NOW)


def sent(httpserver: HTTPServer, provider: Http, **sms: Any) -> Any:
    """The request that a message became."""
    httpserver.expect_request("/send").respond_with_data("OK")
    provider.send(make_sms(**sms))
    return httpserver.log[-1][0]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"body": "to={{to}}"}, r"body: write \{\{text\}\} into it or into send_url"),
        ({"body": "text={{text}}"}, r"body: write \{\{to\}\}"),
        (
            {"body": "to={{phone}}&text={{text}}"},
            r"body: nobody fills \{\{phone\}\}; known are api",
        ),
        ({"body": "to={{to&text={{text}}"}, r"body: a place is not closed"),
        ({"body": '{"to": {{to}}, "text": {{text}}', "content_type": "json"}, "is no JSON"),
        ({"body": "<m>{{to}}<t>{{text}}</m>", "content_type": "xml"}, "is no XML"),
        ({"content_type": "yaml"}, "content_type: write urlencoded, json, xml, text"),
        ({"method": "DELETE"}, "method: write one of GET, POST, PUT"),
        ({"method": "GET"}, "body: a GET has none"),
        ({"send_url": "sms.example.org/send"}, "send_url: begin with https://"),
        ({"headers": "Authorization Token"}, "headers: write lines such as"),
        ({"headers": "X-Key: {{api_key}}"}, "api_key: it is used and not set"),
        ({"auth": "basic"}, "password: it is used and not set; username: it is used"),
        ({"auth": "digest"}, "auth: write one of none, basic"),
        ({"success_pattern": "(OK"}, "success_pattern: no regular expression"),
        ({"success_statuses": "200,404"}, "success_statuses: write such as"),
        ({"id_pattern": "id=[0-9]+"}, "id_pattern: put what it shall find in brackets"),
        ({"sucess_pattern": "OK"}, "sucess_pattern: there is no such option; did you mean success"),
        ({"max_length": "many"}, "max_length: write a whole number from 0"),
        ({"charset": "utf-9"}, "charset: nobody knows it"),
        ({"use_national": "perhaps"}, 'use_national: write "yes" or "no"'),
        ({"encoding": "Q"}, "encoding: write one of D, U, S, smart"),
        ({"mo_from_field": "//from["}, "mo_from_field: .* is no XPath"),
        ({"mo_text_field": "//x:text"}, "mo_text_field: .* is no XPath"),
        ({"dlr_states": "DELIVRD:delivered"}, "dlr_states: .* is no row; write such as"),
        ({"dlr_states": "DELIVRD=arrived"}, "with one of submitted, delivered, failed"),
        ({"dlr_errors": "103=delivered"}, "dlr_errors: .* with one of stop, again, never"),
        ({"look_up_url": "https://sms.example.org/find?id={{id}}"}, "look_up_taken_pattern and"),
        (
            {"balance_url": "https://sms.example.org/balance"},
            "balance_url: write a balance_pattern",
        ),
        ({"idempotent": "yes"}, r"idempotent: write \{\{id\}\}"),
    ],
)
def test_a_mistake_is_refused_at_start_with_what_to_write(
    options: dict[str, str], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        make(**options)


def test_all_mistakes_are_told_at_once() -> None:
    with pytest.raises(ValueError, match=r"method: .*; success_pattern: .*; max_length: "):
        make(method="SEND", success_pattern="(", max_length="-1")


def test_a_template_that_names_the_sender_needs_one() -> None:
    with pytest.raises(ValueError, match="sender_id"):
        make(sender_id="", body="to={{to}}&text={{text}}&from={{from}}")


def test_an_account_without_an_address_lacks_it() -> None:
    with pytest.raises(ValueError, match="lacks: send_url"):
        Http(ProviderConfig("main", "http"))


def test_the_worst_text_arrives_whole_in_every_form(httpserver: HTTPServer) -> None:
    base = httpserver.url_for("")
    form = make(base)
    assert sent(httpserver, form, text=WORST).form["text"] == WORST
    query = make(base, method="GET", send_url="https://x.org/send?t={{text}}&n={{to}}", body="")
    made = sent(httpserver, query, text=WORST)
    assert made.args.to_dict() == {"t": WORST, "n": "+254700000002"}
    json = make(
        base, body='{"t": {{text}}, "to": "tel:{{to}}", "n": "{{text}}"}', content_type="json"
    )
    assert sent(httpserver, json, text=WORST).get_json() == {
        "t": WORST, "to": "tel:+254700000002", "n": WORST
    }  # fmt: skip
    plain = make(base, body="{{to}}:{{text}}", content_type="text")
    assert sent(httpserver, plain, text=WORST).get_data(as_text=True) == f"+254700000002:{WORST}"


def test_xml_is_escaped_and_refuses_what_it_cannot_hold(httpserver: HTTPServer) -> None:
    body = '<m to="{{to_no_plus}}">{{text}}</m>'
    provider = make(httpserver.url_for(""), body=body, content_type="xml")
    made = sent(httpserver, provider, text='a<b & "c"\n')
    assert made.get_data() == b'<m to="254700000002">a&lt;b &amp; &#x22;c&#x22;&#xA;</m>'
    with pytest.raises(Rejected, match="unusable-text"):
        provider.send(make_sms(text="\x00"))


@pytest.mark.parametrize("content_type", ["urlencoded", "json", "text"])
def test_half_a_letter_is_refused_before_anything_leaves(content_type: str) -> None:
    body = '{"to": {{to}}, "text": {{text}}}' if content_type == "json" else FORM["body"]
    with pytest.raises(Rejected, match="unusable-text"):
        make(body=body, content_type=content_type).send(make_sms(text="\ud83d"))


def test_every_place_is_filled(httpserver: HTTPServer) -> None:
    places = (
        "text_hex", "to", "to_no_plus", "to_national", "from", "from_no_plus", "id", "receipt_url",
        "coding", "priority", "valid_seconds", "valid_minutes", "expires", "password",
    )  # fmt: skip
    body = "&".join(f"{name}={{{{{name}}}}}" for name in places)
    provider = make(
        httpserver.url_for(""),
        "+15005550006",
        body=body,
        password="hush",
        webhook_secret="se&cret",
        coding_unicode="8",
        priority_urgent="high",
    )
    sms = {
        "text": "Ɗ",
        "receipt_url": "https://a.org/receipt?reference=d-1",
        "expires_at": NOW + timedelta(hours=2),
        "urgent": True,
    }
    assert sent(httpserver, provider, **sms).form.to_dict() == {
        "text_hex": "018a",
        "to": "+254700000002",
        "to_no_plus": "254700000002",
        "to_national": "700000002",
        "from": "+15005550006",
        "from_no_plus": "15005550006",
        "id": "d-1",
        "receipt_url": "https://a.org/receipt?reference=d-1&key=se%26cret",
        "coding": "8",
        "priority": "high",
        "valid_seconds": "7200",
        "valid_minutes": "120",
        "expires": "2026-11-20T08:00:00Z",
        "password": "hush",
    }


def test_secrets_stand_in_headers_and_basic_sign_in(httpserver: HTTPServer) -> None:
    provider = make(
        httpserver.url_for(""),
        headers="X-Key: {{api_key}}\n\nX-Id: {{id}}",
        auth="basic",
        api_key="k1",
        username="u",
        password="p",
    )
    made = sent(httpserver, provider)
    assert (made.headers["X-Key"], made.headers["X-Id"]) == ("k1", "d-1")
    assert made.authorization is not None
    assert (made.authorization.username, made.authorization.password) == ("u", "p")


def test_a_form_in_the_company_s_own_letters(httpserver: HTTPServer) -> None:
    made = sent(httpserver, make(httpserver.url_for(""), charset="iso-8859-1"), text="é")
    assert made.get_data() == b"to=%2B254700000002&text=%E9"
    with pytest.raises(Rejected, match="unusable-text"):
        make(charset="iso-8859-1").send(make_sms(text="Ɗ"))


PATTERNS = {
    "success_pattern": "^accepted",
    "id_pattern": "id=([a-z0-9]+)",
    "code_pattern": "code=([^ ]+)",
    "opted_out_pattern": "BLACKLISTED",
    "bad_recipient_pattern": "wrong number",
    "throttled_pattern": "too fast",
    "misconfigured_pattern": "no credit",
    "refused_pattern": "refused",
}


@pytest.mark.parametrize(
    ("status", "body", "error", "code"),
    [
        (200, "code=7 BLACKLISTED", RecipientOptedOut, "7"),
        (200, "wrong number", BadRecipient, "refused"),
        (200, "too fast", Throttled, "refused"),
        (200, "no credit", Misconfigured, "refused"),
        (200, "refused code=E-12", Rejected, "E-12"),
        (200, "refused code=254700000002", Rejected, "refused"),  # tells nobody's number
        (200, "something else", HandoverUnknown, "unreadable-answer"),
        (200, "<html>accepted</html>", HandoverUnknown, "unreadable-answer"),
        (400, "code=7 BLACKLISTED", RecipientOptedOut, "7"),
        (400, "wrong number", BadRecipient, "refused"),
        (400, "refused", Rejected, "http-400"),
        (401, "refused", Misconfigured, "http-401"),
        (429, "refused", Throttled, "http-429"),
        (500, "refused", ProviderDown, "http-500"),  # for good only when they mean it
        (502, "", HandoverUnknown, "http-502"),
        (403, "<!DOCTYPE html><title>Portal", ProviderDown, "http-403"),
    ],
)
def test_an_answer_that_is_no_yes(
    status: int, body: str, error: type[SendError], code: str, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/send").respond_with_data(body, status, {"Retry-After": "7"})
    with pytest.raises(error) as caught:
        make(httpserver.url_for(""), **PATTERNS).send(make_sms())
    assert (type(caught.value), caught.value.code) == (error, code)
    if isinstance(caught.value, Throttled) and status == 429:
        assert caught.value.retry_after_s == 7


def test_a_yes_is_believed_whatever_else_the_answer_says(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/send").respond_with_data("accepted id=x1, none BLACKLISTED")
    assert make(httpserver.url_for(""), **PATTERNS).send(make_sms()) == Submission("x1")


@pytest.mark.parametrize(
    ("options", "body", "taken"),
    [
        ({}, "whatever", True),
        ({}, "", True),
        ({}, "<html>Pay for your wifi", False),
        ({"success_statuses": "202"}, "OK", False),
        ({"id_pattern": "id=(.+)"}, "id=1", True),
        ({"id_pattern": "id=(.+)"}, "queued", False),
        ({"success_pattern": "queued", "id_pattern": "id=(.+)"}, "queued", True),
        ({"mt_response_check": "<return>0"}, "<return>0</return>", True),
        ({"mt_response_check": "<return>0"}, "<return>1</return>", False),
    ],
)
def test_what_counts_as_a_yes(
    options: dict[str, str], body: str, taken: bool, httpserver: HTTPServer
) -> None:
    httpserver.expect_request("/send").respond_with_data(body)
    provider = make(httpserver.url_for(""), **options)
    if taken:
        provider.send(make_sms())
    else:
        with pytest.raises(HandoverUnknown):
            provider.send(make_sms())


LOOK_UP = {
    "look_up_url": "https://sms.example.org/find?id={{id}}&since={{since}}",
    "look_up_taken_pattern": '"found": true',
    "look_up_not_taken_pattern": "no such message",
    "look_up_id_pattern": '"id": "([^"]+)"',
}


@pytest.mark.parametrize(
    ("status", "body", "found"),
    [
        (200, '{"found": true, "id": "x1"}', Submission("x1")),
        (200, "no such message", None),
        (404, "no such message", None),
        (200, "<html>", HandoverUnknown),
        (404, "not found", Misconfigured),
        (500, "", ProviderDown),
    ],
)
def test_a_doubt_is_settled_by_asking(
    status: int, body: str, found: Any, httpserver: HTTPServer
) -> None:
    query = {"id": "d-1", "since": "2026-11-20T06:00:00Z"}
    asked = httpserver.expect_request("/find", query_string=query)
    asked.respond_with_data(body, status)
    provider = make(httpserver.url_for(""), **LOOK_UP)
    assert provider.ASKABLE
    if isinstance(found, type):
        with pytest.raises(found):
            provider.look_up(make_sms(), NOW)
    else:
        assert provider.look_up(make_sms(), NOW) == found


def test_without_an_address_for_it_nobody_can_be_asked() -> None:
    assert not make().ASKABLE
    assert make().balance() is None
    with pytest.raises(HandoverUnknown):
        make().look_up(make_sms(), NOW)


def test_the_balance_is_read_by_its_pattern(httpserver: HTTPServer) -> None:
    provider = make(
        httpserver.url_for(""),
        balance_url="https://sms.example.org/balance?u={{username}}",
        balance_pattern="credit: ([0-9.,]+)",
        balance_currency="KES",
        username="u",
    )
    asked = httpserver.expect_request("/balance", query_string={"u": "u"})
    asked.respond_with_data("credit: 1,234.50 KES")
    assert provider.balance() == Balance(1234.5, "KES")
    asked.respond_with_data("<html>")
    with pytest.raises(HandoverUnknown):
        provider.balance()


def test_a_message_from_every_shape_of_webhook() -> None:
    in_form = make_request(URL, {"Sender": "254700000001", "text": "Maji", "to": "20880"})
    (sms,) = make().read_inbound(in_form)
    assert (sms.sender, sms.text, sms.recipient) == ("254700000001", "Maji", "20880")
    assert sms.provider_id == ""
    (sms,) = make().read_inbound(make_request(f"{URL}?from=+254700000001&text=a"))
    assert sms.sender == "+254700000001"
    nested = make(mo_from_field="msg.from", mo_text_field="msg.parts.0", mo_id_field="msg.id")
    body = b'{"msg": {"From": "+254700000001", "parts": ["Maji"], "id": 7}}'
    (sms,) = nested.read_inbound(make_request(URL, body=body))
    assert (sms.sender, sms.text, sms.provider_id) == ("+254700000001", "Maji", "7")
    many = make(mo_list="//m", mo_from_field="./@from", mo_text_field="./t")
    body = b'<x><m from="1234567"><t>a</t></m><m from="7654321"><t>b</t></m></x>\n'
    read = many.read_inbound(make_request(URL, body=body))
    assert [(sms.sender, sms.text) for sms in read] == [("1234567", "a"), ("7654321", "b")]


def test_a_broken_item_of_a_list_does_not_take_the_others_with_it() -> None:
    provider = make(mo_list="items", dlr_list="items")
    good = '{"from": "+254700000007", "text": "Moto", "id": "r7", "status": "delivered"}'
    request = make_request(body=f'{{"items": [{{"text": "?"}}, {good}, 7]}}'.encode())
    assert [sms.text for sms in provider.read_inbound(request)] == ["Moto"]
    assert [one.reference for one in provider.read_receipt(request)] == ["r7"]
    broken = make_request(body=b'{"items": [{"text": "?"}, 7]}')
    for read in (provider.read_inbound, provider.read_receipt):
        with pytest.raises(Unreadable):
            read(broken)


def test_letters_of_another_charset_are_read_from_the_raw_request() -> None:
    provider = make(mo_charset="iso-8859-1")
    (sms,) = provider.read_inbound(make_request(f"{URL}?from=254700000001&text=caf%E9"))
    assert sms.text == "café"
    form = make_request(URL, {"from": "1", "text": "?"}, body=b"from=254700000001&text=caf%E9")
    assert provider.read_inbound(form)[0].text == "café"


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE m [<!ENTITY e SYSTEM "file:///etc/hostname">]><m><f>1</f><t>&e;</t></m>',
        b"<m><f>1</f><t>cut",
        b"{",
        b'{"f": "1"}',
        b"<m><t>a</t></m>",
    ],
)
def test_what_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(Unreadable):
        make(mo_from_field="//f", mo_text_field="//t").read_inbound(make_request(URL, body=body))


def test_a_stop_comes_as_an_event() -> None:
    (sms,) = make().read_inbound(make_request(f"{URL}?event=stopped&from=254700000001"))
    assert (sms.opt, sms.text) == ("stop", "")
    own = make(mo_event_field="action", mo_stop_event="OPTOUT")
    (sms,) = own.read_inbound(make_request(f"{URL}?action=optout&from=254700000001"))
    assert sms.opt == "stop"


RECEIPTS = {
    "dlr_id_field": "message_id",
    "dlr_error_field": "error",
    "dlr_states": "DONE=delivered, GONE=failed+never, LATER=failed+again,"
    "NO=failed+stop, HM=nothing",
    "dlr_errors": "103=stop, 5=again, 6=never",
}


@pytest.mark.parametrize(
    ("status", "error", "state", "flags"),
    [
        ("done", "", "delivered", (False, False, False)),
        ("GONE", "", "failed", (False, False, True)),
        ("LATER", "", "failed", (False, True, False)),
        ("NO", "", "failed", (True, False, False)),
        ("HM", "", None, (False, False, False)),
        ("DELIVRD", "", "delivered", (False, False, False)),
        ("EXPIRED", "5", "failed", (False, True, False)),
        ("failed", "6", "failed", (False, False, True)),
        ("sent", "103", "failed", (True, False, False)),
        ("UNKNOWN", "", None, (False, False, False)),
        ("strange", "99", None, (False, False, False)),
    ],
)
def test_a_receipt_is_read_by_its_tables(
    status: str, error: str, state: str | None, flags: tuple[bool, ...]
) -> None:
    request = make_request(
        f"{URL}?reference=d-1", {"message_id": "x1", "status": status, "error": error}
    )
    (receipt,) = make(**RECEIPTS).read_receipt(request)
    assert (receipt.provider_id, receipt.reference, receipt.state) == ("x1", "d-1", state)
    assert (receipt.opted_out, receipt.transient, receipt.bad_recipient) == flags
    assert receipt.error_code == (error or None)


def test_a_receipt_without_status_or_message_is_refused() -> None:
    for query in ("status=sent", "reference=d-1"):
        with pytest.raises(Unreadable):
            make().read_receipt(make_request(f"{URL}?{query}"))


def test_a_company_with_one_address_is_read_by_both_doors() -> None:
    provider = make(one_door="yes", dlr_states="done=delivered")
    message = make_request(URL, {"from": "254700000001", "text": "a", "status": "received"})
    receipt = make_request(URL, {"id": "d-1", "status": "DONE"})
    assert provider.ONE_DOOR
    assert len(provider.read_inbound(message)) == len(provider.read_receipt(receipt)) == 1
    assert provider.read_inbound(receipt) == provider.read_receipt(message) == []


def test_a_secret_of_the_address_is_wanted_when_there_is_one() -> None:
    provider = make(webhook_secret="hush")
    assert provider.read_inbound(make_request(f"{URL}?key=hush&from=254700000001&text=a"))
    for query in ("", "&key=", "&key=loud"):
        with pytest.raises(NotAuthentic):
            provider.read_inbound(make_request(f"{URL}?from=254700000001{query}"))
        with pytest.raises(NotAuthentic):
            provider.read_receipt(make_request(f"{URL}?id=1&status=sent{query}"))


def test_the_company_hears_what_the_settings_say() -> None:
    assert make().acknowledge().body == ""
    said = make(mo_response="<r>0</r>", mo_response_content_type="text/xml").acknowledge()
    assert (said.content_type, said.body) == ("text/xml", "<r>0</r>")


def test_a_company_that_drops_repeats_is_said_to() -> None:
    assert make(idempotent="yes", headers="Idempotency-Key: {{id}}").IDEMPOTENT
    assert not make().IDEMPOTENT


def test_json_answers_with_retry_headers_do_not_break(httpserver: HTTPServer) -> None:
    httpserver.expect_request("/send").respond_with_response(Response(b"\xff\xfe", 200))
    assert make(httpserver.url_for("")).send(make_sms()) == Submission("")


def test_the_page_for_the_operator_names_every_option() -> None:
    root = Path(__file__).resolve().parents[2]
    page = (root / "docs" / "providers" / "http.md").read_text(encoding="utf-8")
    code = "".join(
        (root / "gateway" / "providers" / f"{name}.py").read_text(encoding="utf-8")
        for name in ("http", "described/forms", "described/answers")
    )
    asked = re.findall(r'(?:options\.\w+|self\.address|filled)\(\s*"(\w+)"', code)
    asked += re.findall(r'\("(\w+_pattern)",', code)
    old_ways = {"send_authorization"}  # which RapidPro replaced by headers
    assert len(asked) > 40
    assert {name for name in asked if name not in page} - old_ways == set()

"""The simulated phones: for newcomers, and only where nothing is real."""

import pytest
from flask import Flask

from gateway.app import create_app
from gateway.flow import take_in
from gateway.runtime import Runtime, build_runtime
from tests.make import make_place, settings_for
from tests.signed import TWILIO_ENV
from tests.web.walking import Visitor

PHONE = "+254700000101"


def test_a_newcomer_writes_and_gets_an_answer(app: Flask, runtime: Runtime) -> None:
    with runtime.database.writing() as session:
        make_place(session)
    newcomer = Visitor(app, None)
    html = newcomer.send_and_follow("/phones", phone=PHONE, text="JOIN Moa")
    assert "JOIN Moa" in html
    take_in.process_waiting(runtime, 10)
    assert html.count("<li class=") == 1
    assert newcomer.read(f"/phones?phone=%2B{PHONE[1:]}").count('<li class="theirs">') == 1


def test_numbers_may_be_typed_as_people_do(app: Flask) -> None:
    html = Visitor(app, None).read("/phones?phone=0700 000 155")
    assert "+254700000155" in html


@pytest.mark.parametrize("phone", ["12", "<b>", "hello", "+1" * 40])
def test_what_is_no_number_is_refused(app: Flask, phone: str) -> None:
    answer = Visitor(app, None).get("/phones", query_string={"phone": phone})
    assert answer.status_code == 400
    assert "no phone number" in answer.text


def test_one_phone_does_not_see_another(app: Flask) -> None:
    newcomer = Visitor(app, None)
    newcomer.send("/phones", phone=PHONE, text="armed men near the school")
    assert "near the school" not in newcomer.read("/phones/rows?phone=%2B254700000102")


def test_an_unchanged_conversation_costs_a_304(app: Flask) -> None:
    newcomer = Visitor(app, None)
    tag = {"If-None-Match": newcomer.get("/phones/rows").headers["ETag"]}
    assert newcomer.get("/phones/rows", headers=tag).status_code == 304
    newcomer.send("/phones", phone=PHONE, text="hello")
    assert newcomer.get("/phones/rows", headers=tag).status_code == 200


def test_hostile_texts_are_shown_as_text(app: Flask) -> None:
    html = Visitor(app, None).send_and_follow("/phones", phone=PHONE, text="<img src=x onerror=1>")
    assert "<img" not in html


def test_an_empty_message_is_not_sent(app: Flask) -> None:
    html = Visitor(app, None).send_and_follow("/phones", phone=PHONE, text="  ", back="/phones")
    assert "Write something first" in html


def test_beside_a_real_company_there_are_no_phones(database_url: str, tmp_path) -> None:
    runtime = build_runtime(settings_for(database_url, tmp_path, **TWILIO_ENV))
    visitor = Visitor(create_app(runtime), None)
    for path in ("/phones", "/phones/rows"):
        assert visitor.get(path).status_code == 404
    assert visitor.send("/phones", phone=PHONE, text="attack at Moa").status_code == 404
    assert "/phones" not in visitor.read("/signin")
    runtime.database.close()

"""People and places in a browser: a sheet taken in, a number looked at, a place corrected."""

import re
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from gateway.store.tables import User
from gateway.terms.geo import Position
from tests.browser.stage import DESK, PHONE, stage
from tests.chromium import needs_chromium
from tests.make import make_place, make_subscriber, make_user

pytestmark = needs_chromium
SHEET = """\
Phone;Name;Village;Language;Focal point;Consent;Shoes
0700 000 151;Asha;Moa;sw;no;2026-03-01 signed
0700 000 152;Musa;Shella;en;yes;2026-03-01 signed
0700 000 153;Omar;Moaa<script>alert(1)</script>;en;no;yes
2.547E+11;Halima;Moa;sw;no;yes
0700 000 101;Heron;Moa;sw;no;yes
0700 000 102;;Moa;sw;no;yes
"""


@pytest.fixture
def asha(app: Flask) -> User:
    runtime: Any = app.extensions["gateway"]
    with runtime.database.writing() as session:
        moa = make_place(session, region="Coast")
        for county, south in (("Lamu", -2.3), ("Kilifi", -3.2)):
            at = Position(south, 40.6)
            make_place(session, "Shella", at, source_id=county, county=county, region="Coast")
        make_place(session, "Ngao", Position(-2.40, 40.20))
        for number, facts in enumerate(({}, {"state": "stopped"}, {"focal_point": True}), 101):
            make_subscriber(session, runtime.keys, f"+254700000{number}", place_id=moa.id, **facts)
        return make_user(session, "asha")


@pytest.mark.parametrize(("size", "language"), [(DESK, "en"), (PHONE, "ar")], ids=["desk", "phone"])
def test_a_sheet_is_checked_then_taken(
    app: Flask, browser: Browser, asha: User, tmp_path: Path, size: Any, language: str
) -> None:
    file = tmp_path / "sheet.csv"
    file.write_text(SHEET, encoding="utf-8")
    with stage(app, browser) as shown:
        page = shown.page(asha, size, language, "/subscribers/import")
        shown.check(page, f"sheet-{language}")
        page.locator("input[type=file]").set_input_files(file)
        page.locator("main form .button").click()
        expect(page.locator(".faults tbody tr")).to_have_count(5)
        expect(page.locator(".faults")).to_contain_text("+2547••••••02")
        shown.check(page, f"sheet-checked-{language}")
        page.locator("select[name=choice-1]").select_option(index=1)
        page.locator("[formaction]").click()
        expect(page.locator(".faults tbody tr")).to_have_count(4)
        page.locator("#why-sheet").fill("the chief of Moa, on paper")
        page.locator("#h-take ~ .button").click()
        expect(page.locator(".flash.good")).to_contain_text(re.compile("2|شخصان"))
        shown.check(page, f"subscribers-{language}")
        assert "700 000 151" not in page.content()
        assert shown.complaints == []


@pytest.mark.parametrize(("size", "language"), [(DESK, "en"), (PHONE, "ar")], ids=["desk", "phone"])
def test_a_number_is_looked_at_once(
    app: Flask, browser: Browser, asha: User, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, size, language, "/subscribers/1")
        shown.check(page, f"subscriber-{language}")
        page.locator("#act-reveal summary").click()
        page.locator("#why-reveal").fill("an attack, and she does not answer")
        page.locator("#act-reveal .button").click()
        expect(page.locator(".number")).to_have_text("+254700000101")
        shown.check(page, f"number-{language}")
        page.locator("main .button").click()
        expect(page).to_have_url(re.compile(r"/subscribers/1$"))
        assert "+254700000101" not in page.content()
        page.locator("#act-place summary").click()
        page.locator("#place").fill("Shella")
        page.locator("#why-place").fill("she moved")
        page.locator("#act-place .button").click()
        expect(page.locator("#why-place")).to_have_value("she moved")
        page.locator("#act-place input[type=radio]").first.check()
        page.locator("#act-place .button").click()
        expect(page.locator(".pairs")).to_contain_text("Shella")
        page.goto("/focal-points")
        shown.check(page, f"focal-points-{language}")
        assert shown.complaints == []


@pytest.mark.parametrize(("size", "language"), [(DESK, "en"), (PHONE, "ar")], ids=["desk", "phone"])
def test_a_place_is_put_right(
    app: Flask, browser: Browser, asha: User, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, size, language, "/places?q=moa")
        shown.check(page, f"places-{language}")
        page.locator(".rows a").first.click()
        page.locator("#act-correct summary").click()
        page.locator("#name").fill("Moa Chini")
        page.locator("#lat").fill("99")
        page.locator("#why-correct").fill("the chief says so")
        page.locator("#act-correct .button").click()
        expect(page.locator(".flash.problem")).to_be_visible()
        expect(page.locator("#name")).to_have_value("Moa Chini")
        shown.check(page, f"place-refused-{language}")
        page.locator("#lat").fill("-2.36")
        page.locator("#act-correct .button").click()
        expect(page.locator("h1")).to_have_text("Moa Chini")
        page.goto("/places/4")
        page.locator("#act-merge summary").click()
        page.locator("#into").select_option(index=1)
        page.locator("#why-merge").fill("one village")
        page.locator("#act-merge .button").click()
        expect(page.locator("h1")).to_have_text("Moa Chini")
        page.goto("/messages?state=processed")
        shown.check(page, f"messages-{language}")
        assert shown.complaints == []

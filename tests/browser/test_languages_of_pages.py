"""The pages in other languages: words, direction, and the choice that is kept."""

from flask import Flask
from playwright.sync_api import Browser, expect

from tests.browser.stage import PHONE, stage
from tests.chromium import needs_chromium
from tests.web.situation import make_situation

pytestmark = needs_chromium


def test_a_coordinator_chooses_arabic_and_every_page_turns_around(
    app: Flask, browser: Browser
) -> None:
    situation = make_situation(app)
    with stage(app, browser) as shown:
        page = shown.page(situation.asha, PHONE)
        page.get_by_role("button", name="العربية").click()
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        page.goto("/incidents")
        expect(page.locator("html")).to_have_attribute("lang", "ar")
        shown.check(page, "incidents-ar")
        assert shown.complaints == []

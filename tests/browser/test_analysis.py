"""The analysis and the situation report in a browser: figures, filters, paper."""

from datetime import datetime

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from gateway.runtime import Runtime
from gateway.store.tables import Casualty, Incident, IncidentFactor, User
from tests.browser.stage import DESK, PHONE, picture, stage
from tests.chromium import needs_chromium
from tests.make import make_place, make_user
from tests.world import make_world

pytestmark = needs_chromium
MARCH = "from=2026-02-20&to=2026-03-10"
HOSTILE = "<b>Tana</b> \u202e" + "very long county name " * 20


@pytest.fixture
def asha(runtime: Runtime, now: datetime) -> User:
    """A coordinator of a small world, one of whose counties has a hostile name."""
    with runtime.database.writing() as session:
        make_world(session, runtime.keys, now)
        session.add(Casualty(report_id=1, kind="killed", low=3, high=5, at=now))
        for incident in range(1, 9):
            session.add(IncidentFactor(incident_id=incident, factor=9, who="gateway", at=now))
        session.get_one(Incident, 2).area = HOSTILE
        make_place(session)
        return make_user(session, "bahati")


def test_a_period_is_analysed_at_a_desk(app: Flask, asha: User, browser: Browser) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, DESK, "en", f"/analysis?{MARCH}")
        expect(page.get_by_text("turned out to be false")).to_be_visible()
        page.get_by_label("Hazard", exact=True).select_option("attack")
        page.get_by_role("button", name="Show").click()
        expect(page.locator(".lead")).to_contain_text("Attack")
        page.goto(f"/analysis?{MARCH}")
        figure = page.locator("figure").first
        figure.get_by_text("As a table").click()
        expect(figure.get_by_role("columnheader", name="Day")).to_be_visible()
        shown.check(page, "analysis-desk-en")
        page.emulate_media(media="print")
        picture(page, "analysis-print-en")
        expect(page.locator("nav.main")).to_be_hidden()
        assert shown.complaints == []


def test_a_period_is_analysed_on_a_phone_in_arabic(
    app: Flask, asha: User, browser: Browser
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, PHONE, "ar", f"/analysis?{MARCH}")
        shown.check(page, "analysis-phone-ar")
        edges = page.evaluate(
            "[...document.querySelectorAll('.plot text')].map(one => {"
            " const a = one.getBoundingClientRect(),"
            " b = one.closest('svg').getBoundingClientRect();"
            " return a.left >= b.left - 3 && a.right <= b.right + 3 })"
        )
        assert all(edges), "a word stands outside its figure"
        assert shown.complaints == []


def test_a_report_is_made_and_printed(app: Flask, asha: User, browser: Browser) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, DESK, "en", "/situation-report")
        shown.check(page, "situation-report-form-desk-en")
        page.get_by_label("First day").fill("2026-03-01")
        page.get_by_label("Last day").fill("2026-03-10")
        page.get_by_label("RED").check()
        page.get_by_label("Comment").fill("Roads are flooded. Call 0722 123 456.")
        page.get_by_role("button", name="Make the report").click()
        expect(page.get_by_text("TLP:RED").first).to_be_visible()
        expect(page.get_by_text("Call [number hidden]")).to_be_visible()
        expect(page.get_by_role("button", name="Print")).to_be_visible()
        shown.check(page, "situation-report-desk-en")
        page.emulate_media(media="print")
        expect(page.get_by_role("button", name="Print")).to_be_hidden()
        expect(page.locator("header.top")).to_be_hidden()
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert ground == "rgb(255, 255, 255)"
        picture(page, "situation-report-print-en")
        assert shown.complaints == []


def test_a_report_is_read_on_a_phone_in_arabic(app: Flask, asha: User, browser: Browser) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, PHONE, "ar", f"/situation-report?{MARCH}&level=green")
        expect(page.get_by_text("TLP:GREEN").first).to_be_visible()
        shown.check(page, "situation-report-phone-ar")
        assert shown.complaints == []


def test_risk_and_campaigns_are_read_on_a_phone_in_arabic(
    app: Flask, asha: User, browser: Browser
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, PHONE, "ar", "/risk")
        shown.check(page, "risk-phone-ar")
        page.goto("/campaigns/new?country=all")
        page.locator("select[name=kind]").select_option("law")
        page.locator("input[name=rule][value=daily]").check()
        page.locator("input[name=first]").evaluate("one => one.closest('details').open = true")
        page.fill("input[name=first]", "2026-03-12")
        page.fill("input[name=last]", "2026-04-12")
        shown.check(page, "campaign-new-phone-ar")
        page.locator("form.card button.wide").click()
        expect(page.locator("#h-dates")).to_be_visible()
        page.goto("/campaigns")
        shown.check(page, "campaigns-phone-ar")
        assert shown.complaints == []


def test_risk_and_campaigns_are_read_at_a_desk(app: Flask, asha: User, browser: Browser) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, DESK, "en", "/risk")
        expect(page.get_by_role("heading", name="Risk", exact=True)).to_be_visible()
        shown.check(page, "risk-desk-en")
        page.goto("/campaigns/new")
        shown.check(page, "campaign-where-desk-en")
        page.get_by_role("link", name="The whole country").click()
        expect(page.get_by_label("What it says")).to_be_visible()
        shown.check(page, "campaign-new-desk-en")
        assert shown.complaints == []

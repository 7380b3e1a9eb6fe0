"""The page of an incident in a browser: at a glance, news as they come, the map, hostile texts."""

from datetime import timedelta

from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from gateway.store.tables import Incident, Place, Report
from gateway.terms.geo import Position
from tests.browser.stage import DESK, PHONE, stage
from tests.chromium import needs_chromium
from tests.make import make_incident, make_place
from tests.web.situation import Situation, hear, make_situation

pytestmark = needs_chromium

HOSTILE = (
    "armed men in Moa <img src=x onerror='window.hacked=1'><script>window.hacked=1</script>",
    "\u202earmed men in Moa\u202e\u2066 <svg onload=window.hacked=1> wenye silaha",
    "armed men in Moa " + "🔥\u200b\u200d" * 3_300,
    "wapiganaji wenye silaha Moa " + "x" * 900,
    "رجال مسلحون قادمون الى Moa الان 0722 123 456",
    "=cmd|' /C calc'!A0 watu wenye silaha wanakuja Moa sasa hivi, watu watatu wameuawa",
)


def troubled(app: Flask) -> Situation:
    """Hostile reports, and a way from Moa to Garsen."""
    situation = make_situation(app)
    runtime = situation.runtime
    for number, text in enumerate(HOSTILE):
        hear(runtime, f"+2547000001{number + 20}", text)
    now = runtime.clock()
    with runtime.database.writing() as session:
        garsen = make_place(session, "Garsen", Position(-2.27, 40.11))
        last = session.scalars(select(Report).order_by(Report.id.desc())).first()
        assert last is not None
        last.lat, last.lon, last.place_name = garsen.lat, garsen.lon, "Garsen"
        last.received_at = now + timedelta(minutes=50)
        last.incident_id = situation.incident_id
        incident = session.get_one(Incident, situation.incident_id)
        incident.first_report_at = now - timedelta(minutes=3)
    runtime.clock = lambda: now + timedelta(minutes=52)
    return situation


def refresh(page: Page) -> None:
    """As when somebody turns back to the page."""
    with page.expect_response(lambda answer: "/news" in answer.url):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_a_coordinator_at_a_desk_sees_what_counts_and_hears_the_news(
    app: Flask, browser: Browser
) -> None:
    situation = troubled(app)
    with stage(app, browser) as shown:
        page = shown.page(situation.asha, DESK, "en", "/incidents/1")
        expect(page.locator("[data-since]")).to_have_text("55 min")
        expect(page.locator("mark.sign").first).to_be_visible()
        page.locator("#h-track").scroll_into_view_if_needed()
        expect(page.locator("#leaf .here")).to_have_count(1)
        expect(page.locator("#leaf .seen")).not_to_have_count(0)
        page.get_by_text("Timeline: all that happened").click()
        expect(page.get_by_role("heading", name="What happened")).to_be_visible()
        page.get_by_text("Correct it: place, hazard, merges").click()
        expect(page.locator("#act-place")).to_be_visible()
        shown.check(page, "incident-desk-en")
        page.get_by_role("button", name="Take it").first.click()
        expect(page.get_by_text("You have it now.")).to_be_visible()
        page.get_by_role("button", name="I do it").first.click()
        expect(page.get_by_text("asha does it")).to_be_visible()
        hear(situation.runtime, "+254700000140", "armed men with guns near Moa")
        refresh(page)
        expect(page.get_by_text("armed men with guns near Moa")).to_be_visible()
        page.locator("input[name=report]").first.check()  # now what is new must wait
        hear(situation.runtime, "+254700000141", "armed men on motorbikes near Moa")
        refresh(page)
        page.get_by_role("button", name="New reports: 1. Show them").click()
        expect(page.get_by_text("armed men on motorbikes near Moa")).to_be_visible()
        expect(page.locator("input[name=report]:checked")).to_have_count(1)
        assert page.evaluate("window.hacked") is None
        assert shown.complaints == []


def test_a_coordinator_with_a_phone_reads_and_acts_in_arabic(app: Flask, browser: Browser) -> None:
    situation = troubled(app)
    with stage(app, browser) as shown:
        page = shown.page(situation.asha, PHONE, "ar", "/incidents/1")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        button = page.locator("#next")
        box = button.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= PHONE["height"]  # no scrolling to what comes next
        assert box["height"] >= 44
        page.locator("#h-track").scroll_into_view_if_needed()
        expect(page.locator("#leaf .here")).to_have_count(1)
        shown.check(page, "incident-phone-ar")
        button.click()
        expect(page.locator(".flash.good")).to_be_visible()
        page.goto("/incidents/1/timeline")
        shown.check(page, "timeline-phone-ar")
        page.goto("/incidents?state=open&period=day")
        shown.check(page, "incidents-phone-ar")
        page.goto("/incidents/1/correct")
        shown.check(page, "correct-phone-ar")
        assert page.evaluate("window.hacked") is None
        assert shown.complaints == []


def test_without_scripts_each_piece_is_a_link_and_each_decision_a_form(
    app: Flask, browser: Browser
) -> None:
    situation = make_situation(app)
    with situation.runtime.database.writing() as session:
        make_incident(session, situation.runtime.clock())
        assert session.scalars(select(Place)).all()
    with stage(app, browser) as shown:
        page = shown.page(situation.asha, PHONE, "en", "/incidents/1", java_script_enabled=False)
        page.get_by_text("Correct it: place, hazard, merges").click()
        page.locator("#correct").get_by_role("link", name="Open it as a page").click()
        page.get_by_text("Merge into another incident").click()
        page.select_option("#into", "2")
        page.fill("#why-merge", "the same men")
        page.get_by_role("button", name="Merge", exact=True).click()
        expect(page.locator("h1")).to_contain_text("2 ·")
        page.goto("/incidents/2")
        page.get_by_role("button", name="I do it").first.click()
        expect(page.get_by_text("asha does it")).to_be_visible()
        assert shown.complaints == []

"""The first page in a browser: what needs us, the small map, rows that stay, notes and sound."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session

from gateway.plumbing.clock import system_clock
from gateway.store.tables import Alert, Incident
from tests.browser.stage import DESK, PHONE, stage
from tests.chromium import needs_chromium
from tests.make import make_incident
from tests.web.situation import Situation, make_draft, make_situation

pytestmark = needs_chromium
HOSTILE = "<img src=x onerror=alert(1)>\u202eMoa \u200b🔥 =cmd() " + "x" * 300


@pytest.fixture
def situation(app: Flask) -> Situation:
    app.extensions["gateway"].clock = system_clock
    return make_situation(app)


def change(situation: Situation, write) -> None:
    with situation.runtime.database.writing() as session:
        write(session, situation.runtime.clock())


def appears(page: Page, situation: Situation) -> None:
    """A severe incident that nobody has seen, and the page that looks at once."""
    change(situation, lambda session, now: make_incident(session, now, hazard="attack"))
    page.evaluate("window.dispatchEvent(new Event('online'))")


def busy(situation: Situation) -> None:
    """Something in every group."""
    alert = make_draft(situation)

    def write(session: Session, now) -> None:
        session.get_one(Alert, alert.id).state = "submitted"
        session.get_one(Alert, alert.id).submitted_by = situation.bakari.id
        make_incident(session, now, hazard="attack", lat=-2.2, lon=40.1, reports=3)
        long_ago = now - timedelta(hours=9)
        make_incident(session, long_ago, hazard="roadblock", place_name=HOSTILE, seen_at=long_ago)
        make_incident(session, now, hazard="rumour", lat=None, lon=None, place_name=None)

    change(situation, write)


@pytest.mark.parametrize(("size", "language"), [(DESK, "en"), (PHONE, "ar")])
def test_the_page_shows_every_need_and_the_map_beside_it(
    app: Flask, browser: Browser, situation: Situation, size, language: str
) -> None:
    busy(situation)
    with stage(app, browser) as shown:
        page = shown.page(situation.asha, size, language)
        expect(page.locator("#h-severe")).to_be_visible()
        for group in ("overdue", "mine", "incidents"):
            expect(page.locator(f"#h-{group}")).to_be_visible()
        page.locator("#h-map").scroll_into_view_if_needed()
        expect(page.locator(".pin a")).to_have_count(3)
        shown.check(page, f"situation-{size['width']}-{language}")
        assert shown.complaints == []


def test_a_row_that_did_not_change_stays_where_the_finger_is(
    app: Flask, browser: Browser, situation: Situation
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(situation.asha)
        page.locator("#incident-1").focus()
        page.evaluate("document.getElementById('incident-1').closest('li').mine = true")
        with page.expect_response("**/situation/rows") as answer:
            appears(page, situation)
            expect(page.locator("#incident-2")).to_be_visible(timeout=10_000)
        assert answer.value.text().count("data-keep") >= 1
        assert 'id="incident-1"' not in answer.value.text()
        assert page.evaluate("document.getElementById('incident-1').closest('li').mine") is True
        assert page.evaluate("document.activeElement.id") == "incident-1"
        assert shown.complaints == []


def test_a_severe_report_rings_and_notes_without_a_word_of_it(
    app: Flask, browser: Browser, situation: Situation
) -> None:
    change(situation, lambda session, now: setattr(session.get_one(Incident, 1), "seen_at", now))
    with stage(app, browser) as shown:
        page = shown.page(situation.asha, permissions=["notifications"])
        heard = _listen(page)
        page.get_by_role("button", name="Sound").click()
        expect(page.locator("#signals")).to_have_attribute("data-rang", "1")  # so it sounds
        page.get_by_role("button", name="Notification").click()
        expect(page.get_by_role("button", name="Notification")).to_have_attribute(
            "aria-pressed", "true"
        )
        appears(page, situation)
        expect(page.locator("#signals")).to_have_attribute("data-rang", "2", timeout=10_000)
        assert heard() == ["1 severe report not seen"]
        page.reload()
        expect(page.get_by_role("button", name="Sound")).to_have_attribute("aria-pressed", "true")
        assert shown.complaints == []


def test_nothing_is_asked_of_a_device_before_somebody_chooses(
    app: Flask, browser: Browser, situation: Situation
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(situation.asha)
        heard = _listen(page)
        appears(page, situation)
        expect(page.locator("#incident-2")).to_be_visible(timeout=10_000)
        assert heard() == []
        assert page.locator("#signals").get_attribute("data-rang") is None


def test_without_scripts_the_page_links_to_the_map(
    app: Flask, browser: Browser, situation: Situation
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(situation.asha, PHONE, java_script_enabled=False)
        expect(page.locator("#incident-1")).to_be_visible()
        expect(page.locator("#signals")).to_be_hidden()
        page.locator("#h-map a").click()
        page.wait_for_url("**/map")


def _listen(page: Page):
    """What this page shows as notifications from now on."""
    page.evaluate(
        """() => {
             window.notes = [];
             const permission = Notification.permission;
             window.Notification = class extends EventTarget {
               static permission = permission;
               static requestPermission() { return Promise.resolve("granted"); }
               constructor(title, rest) {
                 super();
                 window.notes.push([title, rest.body].filter(Boolean).join(" "));
               }
             };
           }"""
    )
    return lambda: page.evaluate("window.notes")

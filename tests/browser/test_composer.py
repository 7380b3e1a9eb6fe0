"""A warning is drawn, written and checked with the mouse, and approved or stopped on a phone."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from gateway.store import gazetteer
from gateway.store.tables import Alert
from gateway.terms.geo import Position
from tests.browser.stage import DESK, PHONE, stage
from tests.chromium import needs_chromium
from tests.make import MOA, make_place, make_subscriber, settings_for
from tests.web.situation import Situation, make_draft, make_situation

pytestmark = needs_chromium
ALLOWED = {"GATEWAY_BREAK_GLASS__ENABLED": "true", "GATEWAY_BREAK_GLASS__SECONDS": "60"}


@pytest.fixture
def situation(app: Flask) -> Situation:
    """Moa with its member, and a village to the north with two."""
    situation = make_situation(app)
    with situation.runtime.database.writing() as session:
        spot = Position(MOA.lat + 0.1, MOA.lon)
        wema = make_place(session, "Wema", spot)
        for number in range(2):
            make_subscriber(
                session, situation.runtime.keys, f"+25470000018{number}", home=spot,
                place_id=wema.id,
            )  # fmt: skip
        gazetteer.touch(session, situation.runtime.clock(), "test")
    make_draft(situation)
    return situation


def kept(situation: Situation) -> Alert:
    with situation.runtime.database.reading() as session:
        alert = session.get_one(Alert, 1)
        assert alert.texts is not None
        return alert


def on_screen(page: Page, place: Position) -> tuple[float, float]:
    """Where the map shows it."""
    x, y = page.evaluate(
        """([lat, lon]) => {
            const map = document.getElementById("area-map").map;
            const point = map.latLngToContainerPoint([lat, lon]);
            const box = map.getContainer().getBoundingClientRect();
            return [box.left + point.x, box.top + point.y];
        }""",
        [place.lat, place.lon],
    )
    return x, y


def corner(north: float, east: float) -> Position:
    return Position(MOA.lat + north, MOA.lon + east)


def test_a_warning_is_drawn_and_written_on_a_desk_and_approved_on_a_phone(
    app: Flask, browser: Browser, situation: Situation
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(situation.asha, DESK, "en", "/alerts/1")
        totals = page.locator("[data-piece=totals]")
        expect(totals).to_contain_text("3 people")
        expect(page.locator("#area-map .handle.edge")).to_be_visible()
        page.locator("#area-map").scroll_into_view_if_needed()
        page.get_by_label("A shape drawn on the map").check()
        for north, east in ((-0.05, -0.1), (-0.05, 0.1), (0.05, 0.1), (0.05, -0.1)):
            page.mouse.click(*on_screen(page, corner(north, east)))
        page.mouse.click(*on_screen(page, corner(-0.05, -0.1)))  # the first again
        expect(totals).to_contain_text("1 person")
        expect(page.get_by_label("Corners")).to_have_value(
            "\n".join(page.get_by_label("Corners").input_value().splitlines()[:4])
        )
        middle = page.locator(".handle.corner").nth(2).bounding_box()
        assert middle
        page.mouse.move(middle["x"] + 14, middle["y"] + 14)
        page.mouse.down()
        x, y = on_screen(page, corner(0.16, 0.02))
        page.mouse.move(x, y, steps=4)
        page.mouse.up()
        expect(totals).to_contain_text("3 people")

        text = page.get_by_role("textbox", name="English")
        good = text.input_value()
        text.fill(good + " Ask Mzee Barasa.")
        found = page.locator("#found-en")
        expect(found).to_contain_text("names a person")
        expect(page.locator("[data-piece=phone-en] mark")).to_have_text("Mzee Barasa.")
        expect(totals).to_contain_text("1 thing to change first")
        shown.check(page, "composer-desk-en")
        text.fill(good)
        expect(found).to_be_empty()
        assert kept(situation).version == 1  # nothing of it was kept
        page.get_by_role("button", name="Keep and submit").click()
        expect(page.get_by_text("Submitted.", exact=True)).to_be_visible()
        assert len(kept(situation).zone.polygon.corners) == 4  # type: ignore[union-attr]

        phone = shown.page(situation.bakari, PHONE, "ar", "/alerts/1")
        expect(phone.locator("html")).to_have_attribute("dir", "rtl")
        expect(phone.locator("section.card code.hash")).to_be_visible()
        shown.check(phone, "approval-phone-ar")
        phone.locator("form[action$='/approve'] button").click()
        expect(phone.locator("[data-refresh$='/reach']")).to_be_visible()
        shown.check(phone, "reach-phone-ar")
        assert kept(situation).state in ("approved", "live")
        assert shown.complaints == []


def test_the_composer_fits_a_phone_in_arabic_and_a_circle_is_dragged(
    app: Flask, browser: Browser, situation: Situation
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(situation.asha, PHONE, "ar", "/alerts/1")
        expect(page.locator("#area-map .handle.edge")).to_be_visible()
        page.locator("#area-map").scroll_into_view_if_needed()
        edge = page.locator(".handle.edge")
        expect(edge).to_be_visible()
        box, hub = edge.bounding_box(), page.locator(".handle.middle").bounding_box()
        assert box
        assert hub
        page.mouse.move(box["x"] + 14, box["y"] + 14)
        page.mouse.down()
        page.mouse.move((box["x"] * 0.3 + hub["x"] * 0.7) + 14, box["y"] + 14, steps=4)
        page.mouse.up()
        assert 2 < float(page.locator("#radius").input_value()) < 10
        expect(page.locator("[data-piece=totals] strong")).to_have_text("شخص واحد")
        shown.check(page, "composer-phone-ar")

        page.locator("[name=shape][value=places]").check()
        page.mouse.click(*on_screen(page, corner(0.1, 0)))
        expect(page.locator("[data-piece=totals] strong")).to_have_text("شخصين")
        expect(page.locator("#ticked-places bdi")).to_have_text("Wema")

        page.locator("[name=shape][value=corridor]").check()
        page.locator("#toward").fill("Wema")
        expect(page.locator("#area-map .arrival").first).to_be_attached()
        expect(page.locator("#ground table.arrivals")).to_contain_text("Wema")
        shown.check(page, "corridor-phone-ar")
        assert shown.complaints == []


def test_a_countdown_is_seen_and_stopped_by_another_coordinator(
    app: Flask, browser: Browser, situation: Situation, tmp_path: Path
) -> None:
    runtime = situation.runtime
    runtime.settings = settings_for(runtime.settings.database.url, tmp_path, **ALLOWED)
    with stage(app, browser) as shown:
        other = shown.page(situation.bakari, PHONE, "ar", "/alerts")
        page = shown.page(situation.asha, DESK, "en", "/alerts/1")
        page.get_by_role("button", name="Keep and submit").click()
        other.goto("/alerts/1")
        page.get_by_text("Nobody else is awake: send it alone").click()
        page.get_by_label("Why can it not wait?").fill("they are at the gate")
        page.get_by_role("button", name="Start the countdown").click()
        expect(page.locator("[data-countdown]")).to_contain_text("in ")
        shown.check(page, "countdown-desk-en")
        stop = other.locator("form[action$='/hold'] button")
        expect(stop).to_be_visible(timeout=8_000)  # it comes by itself
        shown.check(other, "countdown-phone-ar")
        other.locator("#why-hold").fill("wrong village")
        stop.click()
        expect(other.locator("#draft")).to_be_visible()
        assert kept(situation).state == "draft"
        assert shown.complaints == []

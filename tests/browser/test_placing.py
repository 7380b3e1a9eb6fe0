"""An incident's place by a press on the map: with a mouse in the queue, with keys on a phone."""

from datetime import datetime

from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from gateway.store.tables import Incident, User
from gateway.terms.geo import Position, distance_m
from tests.browser.stage import DESK, PHONE, picture, stage
from tests.chromium import needs_chromium
from tests.make import MOA, make_incident, make_place, make_user

pytestmark = needs_chromium

KIPAO = Position(MOA.lat + 0.008, MOA.lon - 0.009)  # seen on the map around Moa
NEAR_M = 120.0  # of a village on the map: what a finger or a step of the keys misses


def seed(app: Flask, now: datetime, **facts: object) -> User:
    """An incident said to be at Moa, while it is at Kipao beside it."""
    with app.extensions["gateway"].database.writing() as session:
        make_place(session, population=4000)
        make_place(session, "Kipao", KIPAO, population=3000)
        make_incident(session, now, **facts)
        return make_user(session, "amina")


def test_a_press_on_the_map_of_the_queue_sets_the_place(
    app: Flask, browser: Browser, now: datetime
) -> None:
    amina = seed(app, now)
    with stage(app, browser) as shown:
        page = shown.page(amina, DESK, path="about:blank")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto("/queue")
        assert asked
        assert not any("leaflet" in one or "/land" in one for one in asked)  # on a slow line
        page.locator("#card summary").filter(has_text="Set the place").click()
        expect(page.locator("#placing .now-within")).to_be_attached()
        at = middle(kipao(page))
        page.mouse.click(*at)
        expect(page.locator(".put")).to_contain_text("It counts once you set the place.")
        expect(page.locator("#placing .pin-put")).to_have_count(1)
        shown.check(page, "placing-queue-desk-en")
        typed = fields(page, "#card-lat", "#card-lon")
        page.locator("#do-place button[name=reason]").first.click()
        expect(page.locator("#toast")).to_contain_text("The place is set.")
        assert placed(app) == typed
        assert distance_m(typed, KIPAO) < NEAR_M
        expect(page.locator("#placing")).to_be_hidden()
        page.keyboard.press("p")  # the card came anew by fetch, and has its map again
        expect(page.locator("#placing .now-at")).to_be_attached()
        page.locator("#card-lat").fill("-2.4")
        page.locator("#card-lon").fill("40,3")
        expect(page.locator("#placing .pin-put")).to_be_visible()
        assert shown.complaints == []


def test_a_map_taken_away_right_after_it_moved_does_not_fail(
    app: Flask, browser: Browser, now: datetime
) -> None:
    amina = seed(app, now)
    with stage(app, browser) as shown:
        page = shown.page(amina, DESK, path="/queue")
        page.locator("#card summary").filter(has_text="Set the place").click()
        expect(page.locator("#placing .now-at")).to_be_attached()
        page.evaluate(
            """async () => {
                const leaf = document.querySelector("#placing").cloneNode();
                leaf.removeAttribute("id");
                document.body.append(leaf);
                const map = await window.basemap(leaf);
                map.setZoom(7, { animate: false });
                map.remove();
            }"""
        )
        page.wait_for_timeout(400)  # names are asked for 250 ms after a move
        assert shown.complaints == []


def test_keys_move_the_map_under_the_cross_on_a_phone_in_arabic(
    app: Flask, browser: Browser, now: datetime
) -> None:
    amina = seed(app, now)
    with stage(app, browser) as shown:
        page = shown.page(amina, PHONE, "ar", "/incidents/1")
        page.locator("#correct > summary").press("Enter")
        page.locator("#act-place > summary").press("Enter")
        village = kipao(page)
        page.locator("#q").focus()
        while page.evaluate("document.activeElement.id") != "placing":
            page.keyboard.press("Tab")
        cross = page.locator("#placing .cross")
        expect(cross).to_be_visible()
        steer(page, cross, village)
        page.keyboard.press("Enter")
        expect(page.locator("#placing .pin-put")).to_be_visible()
        expect(page.locator(".put")).to_contain_text(page.input_value("#lat"))
        shown.check(page, "placing-incident-phone-ar")
        picture(page.locator("#act-place .placing"), "placing-map-phone-ar")
        typed = fields(page, "#lat", "#lon")
        page.locator("#why-place").fill("the chief said so")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator(".flash.good")).to_be_visible()
        assert placed(app) == typed
        assert distance_m(typed, KIPAO) < NEAR_M
        assert shown.complaints == []


def test_the_form_does_without_the_map(app: Flask, browser: Browser, now: datetime) -> None:
    amina = seed(app, now, lat=None, lon=None, place_name=None, precision_m=None)
    with stage(app, browser) as shown:
        page = shown.page(amina, PHONE, path="about:blank")
        page.route("**/leaflet*.js*", lambda route: route.abort())
        page.goto("/incidents/1/correct")
        page.locator("#act-place > summary").click()
        expect(page.locator(".put")).to_contain_text("The map did not load.")
        page.fill("#lat", str(KIPAO.lat))
        page.fill("#lon", str(KIPAO.lon))
        page.fill("#why-place", "the chief said so")
        page.locator("#act-place form[method=post] .button").click()
        expect(page.locator(".flash.good")).to_be_visible()
        assert placed(app) == KIPAO


def kipao(page: Page) -> Locator:
    """The village on the map; its name stands below."""
    name = page.locator("#placing .place-name").filter(has_text="Kipao")
    expect(name.locator("bdi")).to_be_visible()
    page.locator("#placing").scroll_into_view_if_needed()
    assert abs(middle(name)[0] - middle(name.locator("bdi"))[0]) < 2  # in Arabic too
    return name


def middle(of: Locator) -> tuple[float, float]:
    """Pixels of the window."""
    box = of.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def steer(page: Page, cross: Locator, village: Locator) -> None:
    """Arrow keys until the cross lies on the village, as nearly as they can."""
    for _ in range(30):
        (x, y), (to_x, to_y) = middle(cross), middle(village)
        if abs(to_x - x) > 12:
            page.keyboard.press("ArrowRight" if to_x > x else "ArrowLeft")
        elif abs(to_y - y) > 12:
            page.keyboard.press("ArrowDown" if to_y > y else "ArrowUp")
        else:
            return
    raise AssertionError("the keys do not lead there")


def fields(page: Page, lat: str, lon: str) -> Position:
    """What the form would send."""
    return Position(float(page.input_value(lat)), float(page.input_value(lon)))


def placed(app: Flask) -> Position | None:
    """Where the incident is now."""
    with app.extensions["gateway"].database.reading() as session:
        incident = session.get_one(Incident, 1)
        if incident.lat is None or incident.lon is None:
            return None
        return Position(incident.lat, incident.lon)

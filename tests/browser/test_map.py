"""The map in a browser: marks, clusters, days, heat, villages, and the list that says the same."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from gateway.runtime import Runtime
from gateway.store.tables import Alert, Border, User
from gateway.terms.area import Area, Circle, Corridor
from gateway.terms.geo import Position
from tests.browser.stage import DESK, PHONE, hold, stage
from tests.chromium import needs_chromium
from tests.make import MOA, make_incident, make_place, make_subscriber, make_user
from tests.web.situation import hear

pytestmark = needs_chromium

HOLA, GARISSA = Position(-1.4821, 40.0334), Position(-0.4532, 39.6461)
RING = [38.5, -3.2, 40.9, -3.2, 40.9, -0.1, 38.5, -0.1, 38.5, -3.2]


@pytest.fixture
def asha(app: Flask) -> User:
    """Who looks at Moa, Hola and Garissa: incidents, a warning on the way, reports of two weeks."""
    runtime: Runtime = app.extensions["gateway"]
    now = runtime.clock()
    with runtime.database.writing() as session:
        moa = make_place(session, population=4000)
        make_place(session, "Hola", HOLA, population=9000)
        make_place(session, "Garissa", GARISSA, county="Garissa", population=160_000)
        asha = make_user(session, "asha")
        for number in range(3):
            make_subscriber(session, runtime.keys, f"+25470000011{number}", place_id=moa.id)
        session.add(Border(country="KE", level=2, name="Tana River", source="geojson", south=-3.2,
                           west=38.5, north=-0.1, east=40.9, rings=[RING]))  # fmt: skip
    times = [now - timedelta(days=8), now]
    for at, sender in zip(times, ("+254700000101", "+254700000102"), strict=True):
        runtime.clock = lambda at=at: at  # type: ignore[method-assign]
        hear(runtime, sender, "armed men with guns are coming to Moa")
    with runtime.database.writing() as session:
        for number, (lat, lon) in enumerate(((0, 0), (0.002, 0), (0, 0.002))):
            make_incident(
                session, now - timedelta(days=number), hazard="attack" if number else "roadblock",
                place_name="Hola", lat=HOLA.lat + lat, lon=HOLA.lon + lon, precision_m=900,
                state="verified" if number == 1 else "open",
            )  # fmt: skip
        make_incident(session, now, lat=None, lon=None, place_name=None, precision_m=None)
        session.add(_live_warning(asha, now))
    return asha


def test_markers_clusters_and_list_are_one_by_keyboard(
    app: Flask, browser: Browser, asha: User
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, DESK, path="/map")
        many = page.get_by_role("button", name="Incidents here: 3. The worst:")
        many.press("Enter")  # a cluster opens into its incidents, and the focus goes along
        expect(many).to_have_count(0)
        expect(page.locator(".mark-box:focus")).to_have_count(1)
        page.locator(".mark-box:focus").press("Enter")
        popup = page.locator(".leaflet-popup-content")
        expect(popup).to_contain_text("Hola")
        expect(popup.get_by_role("link")).to_be_focused()
        popup.get_by_role("button", name="Back to the list").press("Enter")
        expect(page.locator("#map-incidents a:focus")).to_contain_text("Hola")
        first = page.locator("#map-incidents > li").filter(has_text="Moa").first
        first.get_by_role("button", name="Show on the map").press("Enter")
        expect(popup).to_contain_text("Moa")
        expect(first).to_have_attribute("aria-current", "true")
        shown.check(page, "map-desk-en")
        page.keyboard.press("Escape")  # and the focus is where it was
        expect(popup).to_have_count(0)
        expect(first.get_by_role("button", name="Show on the map")).to_be_focused()
        assert marks_of(page) == listed_on(page)
        assert shown.complaints == []


def test_days_heat_and_filters_follow_each_other(app: Flask, browser: Browser, asha: User) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, DESK, path="/map?layer=heat", color_scheme="dark")
        told, slider = page.locator("#map-told"), page.get_by_label("Day", exact=True)
        expect(told).to_have_text(
            "All of these weeks. Incidents: 5. Reports in all of these weeks: 2."
        )
        expect(page.locator("#map-key-heat")).to_contain_text("5–9")
        expect(page.locator("path.heat")).to_have_count(1)
        expect(page.locator("#map-heat")).to_contain_text(
            "Tana River: 1 report in week 10, 1 report in week 11"
        )
        slider.press("ArrowLeft")
        expect(told).to_have_text("Tue, Mar 10. Incidents: 2. Reports in week 11: 1.")
        for _ in range(6):
            slider.press("ArrowLeft")
        expect(told).to_contain_text("Incidents: 0. Reports in week 10: 1.")
        expect(slider).to_have_attribute("aria-valuetext", told.inner_text())
        page.get_by_role("button", name="Play the days").press("Enter")
        expect(told).to_contain_text("Mar 5")
        page.get_by_role("button", name="Stop").press("Enter")
        shown.check(page, "map-heat-dark-en")
        page.get_by_text("Choose incidents").click()
        page.get_by_label("Hazard").select_option("roadblock")
        expect(page.locator("#map-incidents > li")).to_have_count(1)
        expect(page.locator("#map-told")).to_contain_text("Reports in week")
        assert "hazard=roadblock" in page.url
        page.reload()
        expect(page.locator("#map-incidents > li")).to_have_count(1)
        assert shown.complaints == []


def test_of_two_choices_on_a_slow_line_the_last_one_is_shown(
    app: Flask, browser: Browser, asha: User
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, DESK, path="/map")
        expect(page.locator("#map-days")).to_be_visible()
        every = page.locator("#map-incidents > li").count()
        assert every > 1
        held = hold(page, "**/map/rows?*hazard=roadblock*")
        page.get_by_text("Choose incidents").click()
        page.get_by_label("Hazard").select_option("roadblock")
        page.get_by_label("Hazard").select_option("")
        expect(page.locator("#map-rows[data-etag='']")).to_have_count(0)
        for route in held:
            route.fulfill(body="<p id='late'>the choice before</p>")
        page.wait_for_timeout(300)
        expect(page.locator("#late")).to_have_count(0)
        expect(page.locator("#map-incidents > li")).to_have_count(every)
        assert held
        assert shown.complaints == []


def test_the_map_on_a_phone_in_arabic(app: Flask, browser: Browser, asha: User) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, PHONE, "ar", "/map?layer=villages")
        expect(page.locator("html")).to_have_attribute("dir", "rtl")
        expect(page.locator(".mark-box").first).to_be_visible()
        expect(page.locator("path.village")).to_have_count(1)
        expect(page.locator(".place-name bdi").first).to_be_visible()
        expect(page.locator("#map-sketch")).to_be_hidden()
        page.locator("#map-alerts .on-map").click()
        expect(page.locator(".leaflet-popup-content")).to_contain_text("W1")
        shown.check(page, "map-phone-ar")
        page.locator("#map-villages .on-map").click()
        expect(page.locator(".leaflet-tooltip")).to_contain_text("Moa")
        expect(page.locator("#map-villages li")).to_have_attribute("aria-current", "true")
        assert shown.complaints == []


def test_without_scripts_the_picture_and_the_form_do(
    app: Flask, browser: Browser, asha: User
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, PHONE, path="/map", java_script_enabled=False)
        expect(page.locator("#map-sketch svg")).to_be_visible()
        page.get_by_label("Show", exact=True).select_option("villages")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.locator("#map-villages")).to_contain_text(
            "Moa: 3 people, not in the last warning"
        )


def marks_of(page: Page) -> set[str]:
    """Incidents that stand on the map, alone or in a cluster."""
    marks = page.locator(".mark-box").evaluate_all("all => all.map((one) => one.dataset.ids)")
    return set(" ".join(marks).split())


def listed_on(page: Page) -> set[str]:
    """Incidents of the list that can be shown on the map."""
    ids = page.locator("#map-incidents > li > a").evaluate_all("all => all.map((one) => one.id)")
    return {one.removeprefix("incident-") for one in ids}


def _live_warning(asha: User, now) -> Alert:
    alert = Alert(
        state="live", hazard="armed_group", urgency="Immediate", severity="Severe",
        certainty="Likely", place_name="Moa", lat=MOA.lat, lon=MOA.lon, radius_m=1,
        expires_at=now + timedelta(hours=6), drafted_by=asha.id, created_at=now,
    )  # fmt: skip
    alert.set_zone(
        Area(
            MOA.lat, MOA.lon, circles=(Circle(MOA.lat, MOA.lon, 15_000, "Moa"),),
            corridor=Corridor(MOA.lat, MOA.lon, HOLA.lat, HOLA.lon, 8_000, 5.0, "Moa", "Hola"),
            without=(Circle(-2.2, 40.2, 4_000, by="controlled"),),
        )
    )  # fmt: skip
    return alert

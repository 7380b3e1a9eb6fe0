"""The pages in a real browser: they refresh themselves, and work without scripts too."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from gateway.alerts.lettering import plain
from gateway.flow import accounts
from gateway.store.tables import Incident
from gateway.terms.gsm7 import measure
from tests.chromium import needs_chromium
from tests.make import make_incident
from tests.served import served
from tests.web.situation import Situation, hear, make_draft, make_situation

PASSWORD = "seven tired herons"
PAGES = (
    "/", "/incidents", "/incidents/1", "/alerts", "/alerts/1", "/subscribers", "/subscribers/1",
    "/places?q=moa", "/places/1", "/map", "/playbooks", "/playbooks/attack",
    "/messages?state=processed", "/audit", "/password",
    "/phones",
)  # fmt: skip
TEXTS = (
    "", "a" * 160, "a" * 161, "€" * 80, "€" * 81, "a" * 152 + "€" + "a" * 20, "é" * 10, "ê" * 70,
    "ê" * 71, "🔥" * 35, "🔥" * 36, "x" * 66 + "🔥ê" * 40, "line\nline", "[cost] {5} ~ ^ \\ |",
    "“to” – l’eau… cafe\u0301 São", "São “Tomé” ቤት", "ɓarayi", "œ" * 71,
)  # fmt: skip

pytestmark = needs_chromium


@dataclass
class Desk:
    """A served gateway and a coordinator in front of it."""

    app: Flask
    situation: Situation
    url: str
    browser: Browser

    def page(self, **options: Any) -> Page:
        """A signed-in page of a phone's size."""
        context = self.browser.new_context(viewport={"width": 360, "height": 740}, **options)
        page = context.new_page()
        page.goto(f"{self.url}/signin")
        page.fill("#name", "neema")
        page.fill("#password", PASSWORD)
        page.click("main button")
        page.wait_for_url(f"{self.url}/")
        return page


@pytest.fixture
def database_url(migrated_sqlite, tmp_path) -> str:  # a browser sees no engine
    path = tmp_path / "gateway.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def desk(app: Flask, browser: Browser, now) -> Iterator[Desk]:
    gateway = app.extensions["gateway"]
    situation = make_situation(app)
    with gateway.database.writing() as session:
        accounts.add_user(
            session, gateway.keys, name="neema", role="coordinator", password=PASSWORD,
            phone=None, country="KE", who="test", now=now,
        )  # fmt: skip
    with served(app, browser) as url:
        yield Desk(app, situation, url, browser)


def test_a_new_incident_appears_by_itself_and_is_announced(desk: Desk, now) -> None:
    page = desk.page()
    assert page.locator("#incident-2").count() == 0
    with desk.situation.runtime.database.writing() as session:
        make_incident(session, now, hazard="attack")
    page.wait_for_selector("#incident-2", timeout=10_000)
    assert "2 not seen" in page.inner_text("#news")
    assert page.title().startswith("(2)")


def test_a_lost_line_is_said_and_its_return_too(desk: Desk) -> None:
    page = desk.page()
    page.context.set_offline(True)
    page.wait_for_selector("#contact:visible", timeout=10_000)
    assert "No contact since" in page.inner_text("#contact")
    page.context.set_offline(False)
    page.wait_for_selector("#contact", state="hidden", timeout=10_000)


def test_a_session_that_ended_is_said(desk: Desk) -> None:
    page = desk.page()
    page.context.clear_cookies()
    page.wait_for_selector("#contact a[href='/signin']", timeout=10_000)
    assert "signed out" in page.inner_text("#contact")


def test_opening_an_incident_marks_it_seen(desk: Desk) -> None:
    page = desk.page()
    with page.expect_response("**/seen") as answer:
        page.goto(f"{desk.url}/incidents/1")
    assert answer.value.status == 204
    with desk.situation.runtime.database.reading() as session:
        assert session.get_one(Incident, 1).seen_at is not None


def test_segments_are_counted_as_the_server_counts_them(desk: Desk) -> None:
    make_draft(desk.situation)
    page = desk.page()
    page.goto(f"{desk.url}/alerts/1")
    for text in TEXTS:
        page.fill("#text_en", text)
        expected = measure(plain(text.strip(), "en"))
        shown = page.inner_text("#count-en")
        assert shown.startswith(
            f"{expected.segments} SMS, {expected.encoding}, {expected.units_left} letters left"
        ), (text, shown)


def test_everything_works_without_scripts(desk: Desk) -> None:
    page = desk.page(java_script_enabled=False)
    page.click("#incident-1")
    page.click("text=I have seen it")
    page.click("summary:has-text('Verify: it is true')")
    page.fill("#why-verify", "the chief confirmed")
    page.click("button:has-text('Verify: it is true')")
    page.click("button:has-text('Draft a warning')")
    page.click("button:has-text('Keep and submit')")
    assert "another coordinator has to approve" in page.inner_text("main")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone_or_breaks_its_own_rules(desk: Desk, scheme: str) -> None:
    make_draft(desk.situation)
    for text in ("armed men at Moa " + "x" * 5000, "\u202eMoa armed men \u202e<b>" + "🔥" * 600):
        hear(desk.situation.runtime, "+254700000177", text)
    page = desk.page(color_scheme=scheme)
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    for path in PAGES:
        page.goto(desk.url + path)
        over = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert over <= 0, path
        assert complaints == [], path


def test_targets_are_large_enough_for_a_thumb(desk: Desk) -> None:
    make_draft(desk.situation)
    page = desk.page()
    for path in ("/", "/incidents/1", "/alerts/1", "/playbooks", "/playbooks/attack"):
        page.goto(desk.url + path)
        small = page.evaluate(
            """() => [...document.querySelectorAll(
                 "button, .button, nav a, summary, input:not([type=hidden]), select, .row > a")]
                 .filter((one) => one.checkVisibility()
                   && (one.closest("label") || one).getBoundingClientRect().height < 40)
                 .map((one) => one.outerHTML.slice(0, 80))"""
        )
        assert small == [], path


def test_every_field_has_a_name_for_those_who_listen(desk: Desk) -> None:
    make_draft(desk.situation)
    page = desk.page()
    for path in PAGES:
        page.goto(desk.url + path)
        nameless = page.evaluate(
            """() => [...document.querySelectorAll("input:not([type=hidden]), select, textarea")]
                 .filter((one) => one.labels.length === 0 && !one.ariaHidden)
                 .map((one) => one.outerHTML.slice(0, 80))"""
        )
        assert nameless == [], path
        assert page.locator("h1").count() == 1, path
        ids = page.evaluate("[...document.querySelectorAll('[id]')].map((one) => one.id)")
        assert len(ids) == len(set(ids)), path

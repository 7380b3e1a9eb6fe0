"""People, places, campaigns and the guide in a browser: each form that changes one of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from gateway.store.tables import (
    Alert,
    Campaign,
    PlaceAlias,
    PlaceLink,
    PlaceMark,
    Subscriber,
    User,
)
from gateway.terms.geo import Position
from tests.browser.stage import DESK, PHONE, stage
from tests.chromium import needs_chromium
from tests.make import make_place, make_subscriber, make_user
from tests.web.situation import make_draft, make_situation

pytestmark = [
    needs_chromium,
    pytest.mark.parametrize(
        ("size", "language"), [(DESK, "en"), (PHONE, "ar")], ids=["desk", "phone"]
    ),
]


@pytest.fixture
def asha(app: Flask) -> User:
    """A coordinator of two villages, one of which stands in the list twice, and of one member."""
    runtime: Any = app.extensions["gateway"]
    with runtime.database.writing() as session:
        moa = make_place(session)
        make_place(session, "Moa Mjini", Position(-2.355, 40.32))
        make_place(session, "Ngao", Position(-2.40, 40.20))
        make_subscriber(session, runtime.keys, "+254700000101", place_id=moa.id)
        return make_user(session, "asha")


def test_a_person_is_trusted_spoken_to_otherwise_blocked_and_unblocked(
    app: Flask, browser: Browser, asha: User, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, size, language, "/subscribers/1")
        _decide(page, "/focal-point", "known to the chief")
        expect(page.locator(".lead .badge.good")).to_be_visible()
        page.locator("details:has(#new-language) summary").click()
        page.locator("#new-language").select_option("sw")
        _decide(page, "/language", "she asked", is_open=True)
        person = _rows(app, Subscriber)[0]
        assert (person.focal_point, person.language, person.state) == (True, "sw", "subscribed")
        _decide(page, "/block", "sold the numbers")
        expect(page.locator(".lead .state-blocked")).to_be_visible()
        expect(page.locator("#act-place")).to_have_count(0)
        shown.check(page, f"office-blocked-{language}")
        assert _rows(app, Subscriber)[0].state == "blocked"
        _decide(page, "/unblock", "it was a mistake")
        expect(page.locator(".lead .state-pending")).to_be_visible()
        assert _rows(app, Subscriber)[0].state == "pending"
        assert shown.complaints == []


def test_a_place_is_named_tied_marked_and_made_one_with_its_double(
    app: Flask, browser: Browser, asha: User, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, size, language, "/places/2")
        page.locator("#alias").fill("Moa Town")
        page.locator("form[action$='/alias'] button").click()
        page.locator("details:has(#other) summary").click()
        page.locator("#other").fill("Nowhere")
        page.locator("#tie").select_option("market")
        _decide(page, "/tie", "the traders", is_open=True)
        expect(page.locator("#tie")).to_have_value("market")
        page.locator("#other").fill("Ngao")
        page.locator("form[action$='/tie'] button").click()
        expect(page.locator(".ties a")).to_have_text("Ngao")
        page.locator("details:has(#radius-controlled) summary").first.click()
        page.locator("#radius-controlled").fill("far")
        _decide(page, "/controlled", "a checkpoint of theirs", is_open=True)
        problem = page.locator(".flash.problem")
        expect(problem).to_be_visible()
        if language == "ar":
            expect(problem).not_to_contain_text("radius")
        expect(page.locator("#why-controlled")).to_have_value("a checkpoint of theirs")
        shown.check(page, f"office-place-refused-{language}")
        page.locator("#radius-controlled").fill("2,5")
        _decide(page, "/controlled", "a checkpoint of theirs", is_open=True)
        expect(page.locator("#h-controlled + .note")).to_be_visible()
        (mark,) = _rows(app, PlaceMark)
        assert (mark.mark, mark.radius_m, mark.who) == ("controlled", 2500, "asha")
        page.locator("#act-merge summary").click()
        page.locator("#into").select_option("1")
        _decide(page, "/merge", "one village", is_open=True)
        expect(page).to_have_url(f"{shown.url}/places/1")
        expect(page.locator(".ties a")).to_have_text("Ngao")
        assert {alias.name for alias in _rows(app, PlaceAlias) if alias.place_id == 1} >= {
            "Moa Town"
        }
        assert [(link.place_id, link.other_id) for link in _rows(app, PlaceLink)] == [(1, 3)]
        assert ("controlled", 1) in [(mark.mark, mark.place_id) for mark in _rows(app, PlaceMark)]
        assert shown.complaints == []


def test_a_campaign_gets_its_calendar_and_waits_for_somebody_else(
    app: Flask, browser: Browser, asha: User, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(asha, size, language, "/campaigns/new")
        page.locator("#q").fill("Moa")
        page.locator("form[role=search] button").click()
        page.locator("main .rows a").first.click()
        page.locator("#kind").select_option("calm")
        page.locator("#name").fill("Market days")
        page.locator("[name=rule][value=weekly]").check()
        page.locator("details:has(#first) summary").click()
        page.locator("#first").fill("2026-03-10")
        page.locator("#last").fill("2026-03-01")
        page.locator("[name=days][value=mon]").check()
        page.locator("form.card button.wide").click()
        expect(page.locator(".flash.problem")).to_be_visible()
        expect(page.locator("#last")).to_be_visible()
        expect(page.locator("[name=days][value=mon]")).to_be_checked()
        shown.check(page, f"office-campaign-refused-{language}")
        page.locator("#last").fill("2026-04-30")
        page.locator("form.card button.wide").click()
        expect(page.locator("#h-dates")).to_be_visible()
        page.locator("[formaction$='/submit']").click()
        expect(page.locator(".lead .state-submitted")).to_be_visible()
        expect(page.locator("form[action$='/approve']")).to_have_count(0)
        (campaign,), (alert,) = _rows(app, Campaign), _rows(app, Alert)
        assert (campaign.name, campaign.kind, campaign.due_at) == ("Market days", "calm", None)
        assert (campaign.calendar["rule"], campaign.calendar["days"]) == ("weekly", ["mon"])
        assert (alert.purpose, alert.state, alert.submitted_by) == (
            "campaign",
            "submitted",
            asha.id,
        )
        assert [one for one in shown.complaints if "status of 409" not in one] == []


def test_the_guide_ticks_what_is_done_without_being_asked(
    app: Flask, browser: Browser, size: Any, language: str
) -> None:
    situation = make_situation(app)
    with stage(app, browser) as shown:
        page = shown.page(situation.asha, size, language, "/guide")
        page.clock.install()
        page.reload()
        expect(page.locator("#step-members")).to_have_attribute("aria-current", "step")
        expect(page.locator("#step-verify.done")).to_have_count(0)
        person = shown.page(situation.asha, size, language, "/subscribers/1")
        _decide(person, "/focal-point", "known to the chief")
        make_draft(situation)
        page.clock.run_for(timedelta(seconds=4).total_seconds() * 1000)
        for step in ("members", "report", "verify"):
            expect(page.locator(f"#step-{step}.done")).to_be_visible()
        expect(page.locator("#step-draft")).to_have_attribute("aria-current", "step")
        shown.check(page, f"office-guide-{language}")
        assert shown.complaints == []


def _decide(page: Page, act: str, why: str, *, is_open: bool = False) -> None:
    """Opens the fold of a form, says why, and sends it."""
    form: Locator = page.locator(f"form[action$='{act}']:has([name=reason])")
    if not is_open:
        page.locator("details.act").filter(has=form).locator("summary").click()
    form.locator("[name=reason]").fill(why)
    form.locator("button").click()
    page.wait_for_load_state()


def _rows(app: Flask, table: Callable[..., Any]) -> list[Any]:
    with app.extensions["gateway"].database.reading() as session:
        return list(session.scalars(select(table).order_by(table.id)))  # type: ignore[attr-defined]

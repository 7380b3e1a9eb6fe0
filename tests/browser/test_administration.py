"""Administration in a browser: every page on a desk and a phone, and what scripts add."""

from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from gateway.flow.sending import Sender
from gateway.store.tables import AuditRow, User
from tests.browser.stage import DESK, PHONE, stage
from tests.chromium import needs_chromium
from tests.make import make_user
from tests.web.situation import Situation, make_situation

pytestmark = needs_chromium
PAGES = ("administration", "users", "users/1", "policies", "texts", "keys", "playbooks/attack",
         "exercises")  # fmt: skip


@pytest.fixture
def situation(app: Flask) -> Situation:
    return make_situation(app)


@pytest.fixture
def admin(situation: Situation) -> User:
    runtime = situation.runtime
    with runtime.database.writing() as session:
        user = make_user(session, "zawadi", "admin")
        user.phone, user.phone_index = "+254700000198", runtime.keys.index.of("+254700000198")
        asha = session.get_one(User, situation.asha.id)
        asha.phone_index = runtime.keys.index.of("+254700000199")
        return user


def test_every_page_on_a_phone_in_arabic(
    app: Flask, browser: Browser, situation: Situation, admin: User
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(admin, PHONE, "ar", "/administration")
        for name in PAGES:
            page.goto(f"/{name}")
            shown.check(page, f"{name.replace('/', '-')}-phone-ar")
        assert shown.complaints == []


def test_every_card_leads_to_a_page_on_a_desk(
    app: Flask, browser: Browser, situation: Situation, admin: User
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(admin, DESK, "en", "/administration")
        shown.check(page, "administration-desk-en")
        cards = page.locator(".cards a")
        for number in range(cards.count()):
            cards.nth(number).click()
            expect(page.locator("h1")).to_be_visible()
            page.go_back()
        assert shown.complaints == []


@pytest.mark.parametrize(("size", "language"), [(DESK, "en"), (PHONE, "ar")])
def test_somebody_is_added_and_put_on_the_rota(
    app: Flask, browser: Browser, situation: Situation, admin: User,
    size: dict[str, int], language: str,
) -> None:  # fmt: skip
    with stage(app, browser) as shown:
        page = shown.page(admin, size, language, "/users")
        page.locator("#name").fill("Juma")
        page.locator("#phone").fill("0700000197")
        page.locator("section:has(#name) button.wide").click()
        expect(page.locator(".once")).to_contain_text("-")
        page.goto("/rota")
        page.locator("#shift-person-0").select_option("Juma")
        page.locator("#shift-person-1").select_option("asha")
        page.locator("#shift-begins").fill("00:00")
        page.locator("#shift-ends").fill("23:59")
        page.locator("section:has(#shift-begins) button.button").click()
        expect(page.locator("section.on bdi").first).to_have_text("Juma")
        shown.check(page, f"rota-own-{language}")
        assert shown.complaints == []


@pytest.mark.parametrize(("size", "language"), [(DESK, "en"), (PHONE, "ar")])
def test_a_text_counts_itself_while_it_is_written(
    app: Flask, browser: Browser, situation: Situation, admin: User,
    size: dict[str, int], language: str,
) -> None:  # fmt: skip
    with stage(app, browser) as shown:
        page = shown.page(admin, size, language, "/texts/en/status_clear")
        count = page.locator("#count")
        page.locator("#words").fill("{place}: " + "calm " * 60)
        expect(count).to_have_class("hint bad")
        page.locator("#words").fill("{place} is calm now. Stay careful all the same.")
        expect(count).to_have_class("hint")
        expect(count).to_contain_text("1")
        page.locator("button[name=try]").click()
        expect(page.locator(".bubble")).to_have_text("Moa is calm now. Stay careful all the same.")
        page.locator("form:has(#words) button:not([name])").click()
        expect(page.locator("ins").first).to_be_visible()
        shown.check(page, f"text-own-{language}")
        assert shown.complaints == []


@pytest.mark.parametrize(("size", "language"), [(DESK, "en"), (PHONE, "ar")])
def test_a_phrase_is_tried_and_added(
    app: Flask, browser: Browser, situation: Situation, admin: User,
    size: dict[str, int], language: str,
) -> None:  # fmt: skip
    with stage(app, browser) as shown:
        page = shown.page(admin, size, language, "/lexicons")
        page.locator("#phrase").fill("zorblat*")
        page.locator("#message").fill("zorblats near Moa")
        page.locator("button[formaction]").click()
        expect(page.locator("#h-trial")).to_be_visible()
        shown.check(page, f"lexicons-tried-{language}")
        page.locator("form:has(#phrase) button:not([formaction])").click()
        expect(page.locator(".own bdi")).to_have_text("zorblat*")
        assert shown.complaints == []


@pytest.mark.parametrize(("size", "language"), [(DESK, "en"), (PHONE, "ar")])
def test_a_test_message_shows_its_state_by_itself_and_the_chain_is_checked(
    app: Flask, browser: Browser, situation: Situation, admin: User,
    size: dict[str, int], language: str,
) -> None:  # fmt: skip
    with stage(app, browser) as shown:
        page = shown.page(admin, size, language, "/accounts")
        page.clock.install()
        page.reload()
        page.locator("section:has(#account) button").click()
        state = page.locator("#test-simulator .state")
        expect(state).to_have_class("state state-queued")
        sender = Sender(situation.runtime)
        sender.send_due()
        sender.close()
        page.clock.run_for(timedelta(seconds=6).total_seconds() * 1000)
        expect(state).to_have_class("state state-submitted")
        shown.check(page, f"accounts-tested-{language}")
        page.goto("/audit")
        page.locator("form[method=post].inline button").click()
        expect(page.locator(".flash.good")).to_contain_text("1")
        shown.check(page, f"audit-checked-{language}")
        with situation.runtime.database.writing() as session:
            session.query(AuditRow).update({"who": "nobody"})
        page.locator("form[method=post].inline button").click()
        expect(page.locator(".flash.problem")).to_contain_text("1")
        assert shown.complaints == []

"""The office in a browser: accounts, the rota, texts, phrases, the record, an exercise."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from gateway.flow import ending, exercise_book
from gateway.flow.cast import Cast
from gateway.plumbing.settings_duty import Shift
from gateway.store.tables import AuditRow, Exercise, LexiconWord, RotaShift, TemplateText, User
from tests.browser.stage import DESK, PHONE, Stage, stage
from tests.chromium import needs_chromium
from tests.make import make_user
from tests.web.situation import Situation, make_situation

pytestmark = [
    needs_chromium,
    pytest.mark.parametrize(
        ("size", "language"), [(DESK, "en"), (PHONE, "ar")], ids=["desk", "phone"]
    ),
]
CALM = "{place} is calm now. Stay careful all the same."


@pytest.fixture
def situation(app: Flask) -> Situation:
    return make_situation(app)


@pytest.fixture
def admin(situation: Situation) -> User:
    runtime = situation.runtime
    with runtime.database.writing() as session:
        for user in (situation.asha, situation.bakari):
            phone = f"+25470000019{user.id}"
            session.get_one(User, user.id).phone_index = runtime.keys.index.of(phone)
        return make_user(session, "zawadi", "admin")


def test_a_newcomer_signs_in_and_loses_the_role_and_the_account(
    app: Flask, browser: Browser, situation: Situation, admin: User, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(admin, size, language, "/users")
        once = _added(page, "Juma")
        page.goto("/users")
        assert once not in page.content(), "it is shown once"
        own = shown.page(None, size, language, "/signin")
        _signs_in(own, "Juma", once)
        shown.check(own, f"office-password-{language}")
        for field, words in (
            ("old", once),
            ("new", "four mangoes a day"),
            ("again", "four mangoes a day"),
        ):
            own.locator(f"#{field}").fill(words)
        own.locator("main button.wide").click()
        expect(own.locator("nav.main")).to_be_visible()
        page.locator("table a", has_text="Juma").click()
        page.locator("#role").select_option("analyst")
        page.locator("form[action$='/role'] button").click()
        expect(page.locator(".flash.good")).to_be_visible()
        own.goto("/subscribers/1")
        expect(own.locator("h1")).to_be_visible()
        expect(own.locator("#act-place")).to_have_count(0)
        page.locator("form[action$='/close'] button").click()
        expect(page.locator("h1 .badge")).to_be_visible()
        own.goto("/subscribers")
        expect(own.locator("#password")).to_be_visible()
        _signs_in(own, "Juma", "four mangoes a day")
        expect(own.locator(".flash.problem")).to_be_visible()
        assert _without(shown, "401") == []
        juma = _rows(situation, User)[-1]
        assert (juma.role, juma.disabled, juma.must_change_password) == ("analyst", True, False)


def test_shifts_change_their_order_and_the_settings_hold_again(
    app: Flask, browser: Browser, situation: Situation, admin: User, size: Any, language: str
) -> None:
    shift = Shift(people=("bakari",), hours="18:00-06:00")
    situation.runtime.settings = situation.runtime.settings.model_copy(update={"rota": (shift,)})
    with stage(app, browser) as shown:
        page = shown.page(admin, size, language, "/rota")
        page.locator("form[action='/rota/copy'] button").click()
        page.locator("#shift-person-0").select_option("asha")
        page.locator("[name=day][value=sun]").uncheck()
        page.locator("form[action='/rota'] button").click()
        assert [row.people for row in _rows(situation, RotaShift)] == [["bakari"], ["asha"]]
        page.locator("form[action='/rota/raise'] button").click()
        expect(page.locator(".shift bdi").first).to_have_text("asha")
        shown.check(page, f"office-rota-{language}")
        rows = sorted(_rows(situation, RotaShift), key=lambda row: row.position)
        assert [row.people for row in rows] == [["asha"], ["bakari"]]
        page.locator("details:has([action='/rota/restore']) summary").click()
        page.locator("form[action='/rota/restore'] button").click()
        expect(page.locator("form[action='/rota/copy']")).to_be_visible()
        expect(page.locator(".shift bdi")).to_have_text(["bakari"])
        assert _rows(situation, RotaShift) == []
        assert shown.complaints == []


def test_a_text_without_its_field_is_refused_and_an_earlier_one_taken_again(
    app: Flask, browser: Browser, situation: Situation, admin: User, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(admin, size, language, "/texts/en/status_clear")
        keep = page.locator("form:has(#words) button:not([name])")
        page.locator("#words").fill("All is calm.")
        keep.click()
        expect(page.locator(".flash.problem")).to_contain_text("{place}")
        expect(page.locator("#words")).to_have_value("All is calm.")
        shown.check(page, f"office-text-refused-{language}")
        assert _rows(situation, TemplateText) == []
        for words in (CALM, CALM.replace("calm", "quiet")):
            page.locator("#words").fill(words)
            keep.click()
            expect(page.locator("#words")).to_have_value(words)
            expect(page.locator(".flash.good")).to_be_visible()
        page.locator("form[action$='/again'] button").click()
        expect(page.locator("#words")).to_have_value(CALM)
        kept = [row.words for row in _rows(situation, TemplateText)]
        assert kept == [CALM, CALM.replace("calm", "quiet"), CALM]
        assert _without(shown, "409") == []


def test_a_phrase_is_removed_and_the_record_tells_of_it(
    app: Flask, browser: Browser, situation: Situation, admin: User, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(admin, size, language, "/lexicons")
        page.locator("#phrase").fill("zorblat*")
        page.locator("form:has(#phrase) button:not([formaction])").click()
        page.locator("form[action='/lexicons/remove'] button").click()
        expect(page.locator(".own")).to_have_count(0)
        assert any(row.removed for row in _rows(situation, LexiconWord))
        page.goto("/audit")
        lines = page.locator("tbody tr")
        assert lines.count() == len(_rows(situation, AuditRow)) > 1
        page.locator("#who").fill("zawadi")
        page.locator("#act").select_option("word.remove")
        page.locator("#begins").fill("2026-03-10")
        page.locator("form.filters button").click()
        expect(lines).to_have_count(1)
        expect(page.locator("#who")).to_have_value("zawadi")
        shown.check(page, f"office-audit-{language}")
        page.locator("#who").fill("nobody")
        page.locator("form.filters button").click()
        expect(page.locator(".empty")).to_be_visible()
        assert shown.complaints == []


def test_an_exercise_is_begun_and_ended_and_leaves_a_report(
    app: Flask, browser: Browser, situation: Situation, admin: User, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        page = shown.page(situation.asha, size, language, "/exercises")
        page.locator("main a[href='/exercises/new']").click()
        page.locator("#scenario").select_option("two_attacks")
        page.locator("main form.card button").click()
        expect(page.locator(".flash.good")).to_be_visible()
        (row,) = _rows(situation, Exercise)
        assert row.facts is not None
        assert (row.facts["name"], row.facts["by"], row.facts["phase"]) == (
            "two_attacks",
            "asha",
            "asked",
        )
        page.locator("details.act summary").click()
        page.locator("#why-end").fill("a real attack")
        page.locator("form[action$='/end'] button").click()
        expect(page.locator(".flash.good")).to_be_visible()
        script = exercise_book.shipped_named("two_attacks")
        ending.end(Cast(situation.runtime, row.id, script.phones()), script)
        page.locator(".note a").last.click()
        expect(page.locator("#h-mistakes")).to_be_visible()
        expect(page.locator("details.act")).to_have_count(0)
        expect(page.locator("section:has(#h-reach)")).not_to_contain_text("never min")
        shown.check(page, f"office-exercise-report-{language}")
        with page.expect_download() as download:
            page.locator("a[download]").click()
        assert download.value.suggested_filename == f"exercise-{row.id}.html"
        assert _rows(situation, Exercise)[0].ended_at is not None
        assert shown.complaints == []


def _added(page: Page, name: str) -> str:
    """Adds an account; its password for the first sign-in."""
    page.locator("#name").fill(name)
    page.locator("section:has(#name) button.wide").click()
    return page.locator(".once code").inner_text()


def _signs_in(page: Page, name: str, password: str) -> None:
    page.locator("#name").fill(name)
    page.locator("#password").fill(password)
    page.locator("main button.wide").click()


def _rows(situation: Situation, table: Callable[..., Any]) -> list[Any]:
    with situation.runtime.database.reading() as session:
        return list(session.scalars(select(table).order_by(table.id)))  # type: ignore[attr-defined]


def _without(shown: Stage, status: str) -> list[str]:
    """The complaints, but for those of the browser about a page that says what is refused."""
    return [one for one in shown.complaints if f"status of {status}" not in one]

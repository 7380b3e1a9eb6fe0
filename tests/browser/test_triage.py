"""Triage in a real browser: by keys alone, on a phone, two at once, on a line that breaks."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import func, select

from gateway.store.tables import AuditRow, Incident, Message, Move, Report, User
from tests.browser.stage import DESK, PHONE, hold, stage
from tests.chromium import needs_chromium
from tests.make import make_incident, make_subscriber, make_user
from tests.web.situation import make_situation

pytestmark = needs_chromium
MANY = 50


def seed(app: Flask, now: datetime, count: int) -> tuple[User, User]:
    """So many reports, each of an incident of its own, and two coordinators."""
    runtime = app.extensions["gateway"]
    with runtime.database.writing() as session:
        person = make_subscriber(session, runtime.keys, "+254700000101")
        for number in range(count):
            at = now - timedelta(minutes=number)
            incident = make_incident(session, at, place_name=f"Village {number}")
            message = Message(
                account="simulator", provider_id=str(number), sender=person.phone,
                sender_index=person.phone_index, body=f"Armed men at village {number}",
                state="processed", kind="report", subscriber_id=person.id, received_at=at,
            )  # fmt: skip
            session.add(message)
            session.flush()
            session.add(
                Report(
                    message_id=message.id,
                    subscriber_id=person.id,
                    incident_id=incident.id,
                    language="en",
                    hazard="armed_group",
                    hazards={},
                    why="[]",
                    match_why="[]",
                    received_at=at,
                )
            )
        return make_user(session, "amina"), make_user(session, "baraka")


class Keyboard:
    """Presses keys and counts them."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses = page, 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.presses += 1


def test_fifty_reports_are_judged_by_keys_alone_with_two_presses_each(
    app: Flask, browser: Browser, now
) -> None:
    amina, _ = seed(app, now, MANY)
    with stage(app, browser) as shown:
        page = shown.page(amina, DESK, path="/queue")
        page.evaluate("addEventListener('pointerdown', () => { window.pointed = true; }, true)")
        keys = Keyboard(page)
        for number in range(MANY):
            card = page.locator("#card").get_attribute("data-at")
            keys.press("vru"[number % 3], str(1 + number % 5))
            expect(page.locator(f"li[data-id='{card}'].done")).to_be_attached()
            expect(page.locator("#card:not([aria-busy])")).to_be_attached()
        assert keys.presses == 2 * MANY
        assert page.evaluate("window.pointed") is None
        expect(page.locator("#news")).to_contain_text("That was the last one here.")
        assert shown.complaints == []
    with app.extensions["gateway"].database.reading() as session:
        states = session.execute(select(Incident.state, func.count()).group_by(Incident.state))
        assert dict(states.all()) == {"verified": 17, "refuted": 17, "unverifiable": 16}
        moves = session.scalars(select(Move).where(Move.machine == "incident")).all()
        assert len(moves) == MANY
        assert all(move.who == "amina" and len(move.why or "") > 10 for move in moves)
        acts = session.scalars(
            select(AuditRow).where(
                AuditRow.act.in_(("incident.verified", "incident.refuted", "incident.unverifiable"))
            )
        ).all()
        assert {act.subject for act in acts} == {f"incident {one + 1}" for one in range(MANY)}


def test_the_second_of_two_coordinators_sees_who_did_what_and_keeps_her_words(
    app: Flask, browser: Browser, now
) -> None:
    amina, baraka = seed(app, now, 2)
    with stage(app, browser) as shown:
        hers, his = shown.page(amina, path="/queue"), shown.page(baraka, path="/queue?at=1")
        expect(his.locator(".here").first).to_have_text("amina looks at this too.")
        his.keyboard.press("r")
        his.fill("#own-refute", "I was there, nothing")
        hers.keyboard.press("v")
        hers.keyboard.press("1")
        expect(hers.locator("#news")).to_contain_text("Now incident 2")
        his.keyboard.press("Enter")
        told = his.locator("#card .flash.problem")
        expect(told).to_contain_text("amina verified this incident 0 seconds ago.")
        expect(told).to_contain_text("A trusted neighbour confirms it")
        expect(told).to_contain_text("Nothing was changed by you.")
        expect(his.locator("#own-refute")).to_have_value("I was there, nothing")
        with app.extensions["gateway"].database.reading() as session:
            assert session.get_one(Incident, 1).state == "verified"
            assert [move.who for move in session.scalars(select(Move))] == ["amina"]
        shown.complaints = [one for one in shown.complaints if "409" not in one]
        assert shown.complaints == []


@pytest.mark.parametrize(("size", "language"), [(DESK, "en"), (PHONE, "ar")])
def test_the_queue_fits_and_every_act_can_be_reached(
    app: Flask, browser: Browser, now, size, language: str
) -> None:
    situation = make_situation(app)
    with app.extensions["gateway"].database.writing() as session:
        make_incident(session, now, hazard="attack", lat=None, lon=None, place_name=None)
    name = "phone" if size is PHONE else "desk"
    with stage(app, browser) as shown:
        page = shown.page(situation.asha, size, language, "/queue?at=1")
        page.keyboard.press("v")
        expect(page.locator("#do-verify [data-digit='1']")).to_be_focused()
        shown.check(page, f"queue-{name}-{language}")
        page.keyboard.press("Escape")
        expect(page.locator("#card h2")).to_be_focused()
        page.keyboard.press("m")
        expect(page.locator("#do-merge [data-digit='1']")).to_be_focused()
        page.keyboard.press("?")
        expect(page.locator("#keys")).to_be_visible()
        shown.check(page, f"queue-keys-{name}-{language}")
        page.locator("#keys-on").uncheck()
        page.keyboard.press("Escape")
        page.keyboard.press("j")
        assert page.locator("#card").get_attribute("data-at") == "1"
        page.goto("/subscribers/2/chat")
        shown.check(page, f"chat-{name}-{language}")
        page.goto("/incidents/1/undo")
        shown.check(page, f"undo-{name}-{language}")
        assert shown.complaints == []


def test_a_lost_line_loses_no_decision_and_undo_is_one_key(
    app: Flask, browser: Browser, now
) -> None:
    amina, _ = seed(app, now, 3)
    with stage(app, browser) as shown:
        page = shown.page(amina, PHONE, path="/queue")
        page.route("**/incidents/1/refute", lambda route: route.abort())
        page.keyboard.press("r")
        page.keyboard.press("2")
        unsent = page.locator("p.flash.problem[role=alert]")
        expect(unsent).to_contain_text("this was not sent. It is kept here.")
        expect(page.locator("#own-refute")).to_have_value(
            "The local authority says that it is not so"
        )
        page.keyboard.press("j")
        expect(page.locator("#card h2")).to_contain_text("2")
        assert state(app, 1) == "open"
        page.unroute("**/incidents/1/refute")
        unsent.get_by_role("button").click()
        expect(page.locator("li[data-id='1'].done")).to_be_attached()
        expect(unsent).to_have_count(0)
        assert state(app, 1) == "refuted"
        page.locator("#card h2").focus()
        page.keyboard.press("z")
        expect(page.locator("#card h2")).to_contain_text("1")
        expect(page.locator("#toast")).to_contain_text("The judgement is taken back")
        assert state(app, 1) == "open"
        shown.complaints = [one for one in shown.complaints if "ERR_FAILED" not in one]
        assert shown.complaints == []


def test_nobody_decides_on_a_card_that_is_about_to_go(app: Flask, browser: Browser, now) -> None:
    amina, _ = seed(app, now, 4)
    with stage(app, browser) as shown:
        page = shown.page(amina, path="/queue?at=4")
        held = hold(page, "**/queue/3?**")
        for key in ("v", "1"):  # the card that follows is not there yet: the line is slow
            page.keyboard.press(key)
        expect(page.locator("li[data-id='4'].done")).to_be_attached()
        waiting = page.locator("#card[aria-busy]")
        expect(waiting).to_have_attribute("data-at", "4")
        for key in ("r", "1", "z"):
            page.keyboard.press(key)
        page.locator("#toast button").click()
        page.locator("#card form[data-key='t'] button").dispatch_event("click")
        let_go(page, held, at="3")
        held = hold(page, "**/queue/2?**")
        for key in ("k", "r", "1"):
            page.keyboard.press(key)
        expect(waiting).to_have_attribute("data-at", "3")
        let_go(page, held, at="2")
        for key in ("r", "1"):
            page.keyboard.press(key)
        expect(page.locator("li[data-id='2'].done")).to_be_attached()
        assert [state(app, number) for number in (1, 2, 3, 4)] == [
            "open", "refuted", "open", "verified",
        ]  # fmt: skip
        with app.extensions["gateway"].database.reading() as session:
            assert session.get_one(Incident, 4).owner_id is None
        assert shown.complaints == []


def test_the_card_that_was_asked_for_last_is_shown(app: Flask, browser: Browser, now) -> None:
    amina, _ = seed(app, now, 4)
    with stage(app, browser) as shown:
        page = shown.page(amina, path="/queue?at=1")
        held = hold(page, "**/queue/3?**")
        page.locator("li[data-id='3'] a").click()
        page.locator("li[data-id='4'] a").click()
        expect(page.locator("#card")).to_have_attribute("data-at", "4")
        let_go(page, held, at="4")
        page.route("**/queue/1?**", lambda route: route.abort())
        page.locator("li[data-id='1'] a").click()
        expect(page.locator("#toast")).to_contain_text("No contact: this incident cannot be shown")
        expect(page.locator("#card:not([aria-busy])")).to_have_attribute("data-at", "4")
        shown.complaints = [one for one in shown.complaints if "ERR_FAILED" not in one]
        assert shown.complaints == []


def let_go(page: Page, held: list[Route], at: str) -> None:
    """Answers what waits, and from now on at once, until that card stands."""
    assert held, "something waits"
    for route in held:
        route.continue_()
    page.unroute_all()
    expect(page.locator("#card:not([aria-busy])")).to_have_attribute("data-at", at)


def test_incidents_are_taken_ticked_given_and_merged_by_keys(
    app: Flask, browser: Browser, now
) -> None:
    amina, _ = seed(app, now, 4)
    with stage(app, browser) as shown:
        page = shown.page(amina, path="/queue")
        page.keyboard.press("t")
        expect(page.locator("#card")).to_contain_text("amina has it")
        page.keyboard.press("a")
        page.get_by_role("button", name="baraka").focus()
        page.keyboard.press("2")
        expect(page.locator("#card")).to_contain_text("baraka has it")
        page.keyboard.press("m")
        page.keyboard.press("1")
        expect(page.locator("li[data-id='1'].done")).to_be_attached()
        expect(page.locator("#card:not([aria-busy])")).to_be_attached()
        assert state(app, 1) == "merged"
        page.keyboard.press("x")
        expect(page.locator("#ticked")).to_have_text("1")
        page.locator("#several summary").click()
        page.select_option("#b-act", "unverifiable")
        page.fill("#b-reason", "no network there")
        page.locator("#bulk button.careful").click()
        expect(page.locator(".flash.good").last).to_contain_text("Done for 1 incident")
        assert shown.complaints == []


def test_hostile_texts_neither_run_nor_break_the_queue(app: Flask, browser: Browser, now) -> None:
    amina, _ = seed(app, now, 1)
    bad = "<img src=x onerror=alert(1)>\u202e\u200b🔥=cmd()" + "ا" * 10000
    with app.extensions["gateway"].database.writing() as session:
        session.get_one(Message, 1).body = bad
        session.get_one(Incident, 1).place_name = "<b>\u202e" + "W" * 300
    with stage(app, browser) as shown:
        page = shown.page(amina, PHONE, "ar", "/queue")
        page.keyboard.press("r")
        shown.check(page, "queue-hostile-phone-ar")
        page.goto("/subscribers/1/chat")
        shown.check(page, "chat-hostile-phone-ar")
        assert shown.complaints == []


def state(app: Flask, number: int) -> str:
    with app.extensions["gateway"].database.reading() as session:
        return session.get_one(Incident, number).state

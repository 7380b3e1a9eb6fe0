"""Every act of the queue and of an incident's page, by keys at a desk and by touch on a phone."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect
from sqlalchemy import select

from gateway.flow import judging
from gateway.store.tables import Delivery, Incident, Inquiry, Move, Place, Report, Subscriber
from tests.browser.hand import FIRST, Hand
from tests.browser.stage import DESK, PHONE, Stage, stage
from tests.chromium import needs_chromium
from tests.make import make_incident, make_subscriber
from tests.web.situation import Situation, hear, make_situation

pytestmark = [
    needs_chromium,
    pytest.mark.parametrize(("size", "language"), [(DESK, "en"), (PHONE, "ar")]),
]
FOCAL, OTHER = "+254700000104", "+254700000105"


@pytest.fixture
def scene(app: Flask) -> Situation:
    """Incident 1 of two voices, one of them copied; 2, 3 and 4 beside it; a focal point in Moa."""
    situation = make_situation(app)
    runtime = situation.runtime
    hear(runtime, OTHER, "armed men with guns near Moa")
    with runtime.database.writing() as session:
        moa = session.scalars(select(Place)).one()
        make_subscriber(session, runtime.keys, FOCAL, focal_point=True, place_id=moa.id)
        for number, hazard in enumerate(("armed_group", "roadblock", "armed_group")):
            make_incident(session, runtime.clock() + timedelta(seconds=number), hazard=hazard)
        assert [row.incident_id for row in session.scalars(select(Report))] == [1, 1, 1]
    return situation


def test_each_act_of_the_queue_is_done_and_taken_back(
    app: Flask, scene: Situation, browser: Browser, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        hand = begin(shown, scene, size, language, "/queue?at=2")
        for key, state in (("v", "verified"), ("r", "refuted"), ("u", "unverifiable")):
            hand.choose(hand.open(key))
            assert of(scene, 2).state == state
            take_back(hand, "2")
            assert of(scene, 2).state == "open"
        hand.take()
        assert of(scene, 2).owner_id == scene.asha.id
        expect(hand.page.locator("li[data-id='2'].unseen")).to_have_count(0)
        hand.choose(hand.open("a"), f"[value='{scene.bakari.id}']")
        assert of(scene, 2).owner_id == scene.bakari.id
        take_back(hand, "2")
        assert of(scene, 2).owner_id == scene.asha.id
        hand.choose(hand.open("m"), "[value='1']")
        assert (of(scene, 2).state, of(scene, 2).merged_into_id) == ("merged", 1)
        take_back(hand, "2")
        assert (of(scene, 2).state, of(scene, 2).merged_into_id) == ("open", None)
        set_the_place(hand)
        assert (of(scene, 2).lat, of(scene, 2).placed_by) == (-2.5, "coordinator")
        assert shown.complaints == []


def test_what_was_done_since_is_told_and_nothing_looks_taken_back(
    app: Flask, scene: Situation, browser: Browser, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        hand = begin(shown, scene, size, language, "/queue?at=2")
        hand.choose(hand.open("r"))
        with scene.runtime.database.writing() as session:
            judging.reopen(session, 2, scene.bakari, "shots again", scene.runtime.clock())
            judging.unverifiable(session, 2, scene.bakari, "no answer", scene.runtime.clock())
        hand.undo()
        told = hand.page.locator("#card .flash.problem")
        expect(told).to_be_visible()
        expect(hand.page.locator("#card")).to_have_attribute("data-at", "2")
        expect(hand.page.locator("li[data-id='2'].done")).to_be_attached()
        assert of(scene, 2).state == "unverifiable"
        shown.check(hand.page, f"acts-too-late-{language}")
        assert [one for one in shown.complaints if "400" not in one] == []


def test_neighbours_are_asked_and_a_sender_is_blocked_without_leaving_the_queue(
    app: Flask, scene: Situation, browser: Browser, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        hand = begin(shown, scene, size, language, "/queue?at=1")
        page = hand.page
        hand.choose(hand.open("n"))
        expect(page.locator("#toast p")).not_to_be_empty()
        with scene.runtime.database.reading() as session:
            asked = session.scalars(select(Inquiry)).one()
            focal = session.get_one(Subscriber, asked.subscriber_id)
            assert (focal.phone, asked.state, asked.incident_id) == (FOCAL, "asked", 1)
            deliveries = select(Delivery.subscriber_id).where(Delivery.kind == "inquiry")
            assert session.scalars(deliveries).all() == [focal.id]
        hand.click(hand.open("n"))  # nobody else lives near, and that is said
        expect(page.locator("#do-ask .flash.problem")).to_be_visible()
        page.goto("/queue?at=1")
        expect(page.locator(".flash")).to_have_count(0)  # nothing waits to be said late
        hand.choose(hand.open("b"))
        expect(page.locator("#toast p")).to_be_visible()
        expect(page.locator("#card .badge.warn")).to_have_count(1)
        with scene.runtime.database.reading() as session:
            moves = session.scalars(select(Move).where(Move.target == "blocked")).all()
            assert [(move.who, len(move.why or "") > 5) for move in moves] == [("asha", True)]
        page.goto("/queue?at=1")
        expect(page.locator(".flash")).to_have_count(0)
        shown.check(page, f"acts-blocked-{language}")
        assert [one for one in shown.complaints if "400" not in one] == []


def test_one_turns_filters_and_switches_the_keys_off(
    app: Flask, scene: Situation, browser: Browser, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        hand = begin(shown, scene, size, language, "/queue")
        page, card = hand.page, hand.page.locator("#card")
        order = lines(page)
        for step, at in ((1, 1), (1, 2), (-1, 1), (-1, 0)):
            hand.turn(step)
            expect(card).to_have_attribute("data-at", order[at])
        expect(page.locator("[data-turn='-1']")).to_be_hidden()
        filter_them(hand)
        expect(page.locator("#queue li")).to_have_count(3)
        second = lines(page)[1]  # who looked at one for long has it further down by now
        hand.turn(1)
        expect(card).to_have_attribute("data-at", second)
        page.reload()
        expect(card).to_have_attribute("data-at", second)
        expect(page.locator("#f-hazard")).to_have_value("armed_group")
        expect(page.locator("#queue li")).to_have_count(3)
        hand.press(page.locator("nav.tabs a[href$='mine=1']"))
        expect(page.locator("#queue li[data-id]")).to_have_count(0)
        switch_keys(page, hand, on=False)
        page.keyboard.press("r")
        expect(page.locator("#do-refute")).not_to_have_attribute("open", "")
        switch_keys(page, hand, on=True)
        page.keyboard.press("r")
        expect(page.locator("#do-refute")).to_have_attribute("open", "")
        assert shown.complaints == []


def test_several_are_refuted_but_not_what_somebody_changed_meanwhile(
    app: Flask, scene: Situation, browser: Browser, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        hand = begin(shown, scene, size, language, "/queue")
        page = hand.page
        expect(page.locator("#b-act:invalid")).to_be_attached()
        for number in ("3", "4"):
            hand.press(page.locator(f"li[data-id='{number}'] input"))
        expect(page.locator("#ticked")).to_have_text("2")
        with scene.runtime.database.writing() as session:
            now = scene.runtime.clock()
            judging.verify(session, 4, scene.bakari, "the chief says so", now)
        hand.press(page.locator("#several > summary"))
        page.select_option("#b-act", "refute")
        hand.press(page.locator("#bulk .careful"))
        expect(page.locator("#b-reason:invalid")).to_be_focused()  # and no tick is lost
        page.fill("#b-reason", "one prank")
        hand.press(page.locator("#bulk .careful"))
        expect(page.locator(".flash.good")).to_contain_text("3")
        expect(page.locator(".flash.problem")).to_contain_text("4")
        expect(page.locator(".flash.problem")).to_contain_text("bakari")
        assert [of(scene, number).state for number in (2, 3, 4)] == ["open", "refuted", "verified"]
        shown.check(page, f"acts-several-{language}")
        assert shown.complaints == []


def test_reports_are_split_off_moved_and_put_back(
    app: Flask, scene: Situation, browser: Browser, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        hand = begin(shown, scene, size, language, "/queue?at=1")
        page = hand.page
        hand.sort()
        expect(page.locator("#h-sort")).to_be_in_viewport()
        hand.press(page.locator("input[name=report][value='1']"))
        hand.press(page.locator("#sort button"))
        expect(page.locator("#report-1")).to_be_visible()
        assert placed(scene) == [5, 5, 1]  # the copy goes with it
        undo_as_page(hand, 5)
        assert placed(scene) == [1, 1, 1]
        assert of(scene, 5).merged_into_id == 1
        page.goto("/incidents/1")
        hand.press(page.locator("input[name=report][value='3']"))
        page.fill("#to", "2")
        hand.press(page.locator("#sort button"))
        expect(page.locator("#back-of-3")).to_be_visible()
        assert placed(scene) == [1, 1, 2]
        hand.press(page.locator("#back-of-3 summary"))
        hand.press(page.locator("#back-of-3 button"))
        expect(page.locator("#report-1")).to_be_visible()
        assert placed(scene) == [1, 1, 1]
        assert of(scene, 2).merged_into_id == 1  # nothing was left in it
        undo_as_page(hand, 1, ".flash.problem")  # where report 1 was is merged: nothing to go to
        assert placed(scene) == [1, 1, 1]
        assert shown.complaints == []


def test_a_hazard_a_merge_and_a_judgement_are_set_on_the_page_and_taken_back(
    app: Flask, scene: Situation, browser: Browser, size: Any, language: str
) -> None:
    with stage(app, browser) as shown:
        hand = begin(shown, scene, size, language, "/incidents/1")
        page, was = hand.page, of(scene, 1).hazard
        correct(hand, "hazard")
        page.select_option("#hazard", "roadblock")
        page.fill("#why-hazard", "she saw the barrier")
        hand.press(page.locator("#act-hazard button"))
        expect(page.locator(".flash.good")).to_be_visible()
        assert (of(scene, 1).hazard, of(scene, 1).hazard_by) == ("roadblock", "coordinator")
        undo_as_page(hand, 1)
        assert (of(scene, 1).hazard, of(scene, 1).hazard_by) == (was, "reports")
        correct(hand, "merge")
        page.select_option("#into", "2")
        page.fill("#why-merge", "the same men")
        hand.press(page.locator("#act-merge button"))
        expect(page.locator("#report-1")).to_be_visible()
        assert (of(scene, 1).state, placed(scene)) == ("merged", [2, 2, 2])
        page.goto("/incidents/1")
        shown.check(page, f"acts-merged-{language}")
        hand.press(page.locator("form[action$='/incidents/1/unmerge'] button"))
        expect(page.locator("#report-1")).to_be_visible()
        assert (of(scene, 1).state, placed(scene)) == ("open", [1, 1, 1])
        hand.press(page.locator("form[action$='/incidents/1/take'] button").first)
        expect(page.locator("form[action$='/incidents/1/take']")).to_have_count(0)
        assert of(scene, 1).owner_id == scene.asha.id
        undo_as_page(hand, 1)
        assert of(scene, 1).owner_id is None
        hand.press(page.locator("#act-refute summary"))
        page.fill("#why-refute", "a wedding")
        hand.press(page.locator("#act-refute button"))
        expect(page.locator("#glance .state-refuted")).to_be_visible()
        assert of(scene, 1).state == "refuted"
        undo_as_page(hand, 1)
        assert of(scene, 1).state == "open"
        assert shown.complaints == []


def begin(shown: Stage, scene: Situation, size: Any, language: str, path: str) -> Hand:
    """Asha's page, and how she works on it."""
    page = shown.page(scene.asha, size, language, path, has_touch=size is PHONE)
    return Hand(page, keys=size is DESK)


def lines(page: Page) -> list[str]:
    """The numbers of the incidents in the queue, first to last."""
    return [row.get_attribute("data-id") or "" for row in page.locator("#queue li").all()]


def of(scene: Situation, number: int) -> Incident:
    """An incident as the database has it now."""
    with scene.runtime.database.reading() as session:
        return session.get_one(Incident, number)


def placed(scene: Situation) -> list[int | None]:
    """The incident of each report."""
    with scene.runtime.database.reading() as session:
        return list(session.scalars(select(Report.incident_id).order_by(Report.id)))


def take_back(hand: Hand, number: str) -> None:
    """In the queue: the incident is on the screen again, and undecided in the line."""
    hand.undo()
    expect(hand.page.locator("#card")).to_have_attribute("data-at", number)
    expect(hand.page.locator(f"li[data-id='{number}'].done")).to_have_count(0)


def set_the_place(hand: Hand) -> None:
    """In the queue: a point, and a ready reason."""
    act = hand.open("p")
    hand.page.fill("#card-lat", "-2,5")
    hand.page.fill("#card-lon", "40.2")
    hand.sent(lambda: hand.press(act.locator(FIRST)))


def undo_as_page(hand: Hand, number: int, said: str = ".flash.good") -> None:
    """From the incident: the page that says what would be taken back, and its button."""
    page = hand.page
    hand.press(page.locator(f"a[href='/incidents/{number}/undo']"))
    hand.press(page.locator(f"form[action='/incidents/{number}/undo'] button"))
    expect(page.locator(said)).to_be_visible()


def correct(hand: Hand, what: str) -> None:
    """The closed part of the page that comes when it is opened, and a form of it."""
    hand.press(hand.page.locator("#correct > summary"))
    form: Locator = hand.page.locator(f"#act-{what} summary")
    hand.press(form)


def filter_them(hand: Hand) -> None:
    """Armed men near Moa: not the roadblock."""
    page = hand.page
    if hand.keys:
        page.keyboard.press("/")
    else:
        hand.press(page.locator("#filters summary"))
    page.select_option("#f-hazard", "armed_group")
    page.fill("#f-place", "moa")
    hand.press(page.locator("#filters button"))
    page.wait_for_url("**hazard=armed_group**")


def switch_keys(page: Page, hand: Hand, *, on: bool) -> None:
    """In the list of keys; the choice outlives the page."""
    page.goto("/queue")
    hand.press(page.locator("#keys-button"))
    hand.press(page.locator("#keys-on"))
    expect(page.locator("#keys-on")).to_be_checked(checked=on)
    hand.press(page.locator("#keys form button"))
    page.reload()

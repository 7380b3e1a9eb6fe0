"""Claiming and handing over: order, retries, fail-over, and workers that wake up late."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.flow.sending import Sender, go_live
from gateway.plumbing.settings import Settings
from gateway.providers.base import (
    BadRecipient,
    HandoverUnknown,
    Misconfigured,
    Outgoing,
    ProviderDown,
    RecipientOptedOut,
    Rejected,
    SendError,
    Throttled,
)
from gateway.runtime import build_runtime
from gateway.store.tables import Delivery, Subscriber
from gateway.terms.geo import Position
from tests.dispatch.scenes import Recorder, Scene
from tests.make import MOA, make_subscriber, settings_for


class Held:
    """A turn that lets nobody through until it is told to."""

    def __init__(self) -> None:
        self.waiting, self.go = threading.Event(), threading.Event()

    def __call__(self, _seconds: float) -> None:
        self.waiting.set()
        assert self.go.wait(20)


def test_warnings_leave_nearest_first_and_before_answers(scene: Scene) -> None:
    for number, metres in enumerate((9_000, 100, 4_000)):
        home = Position(MOA.lat + metres / 111_000, MOA.lon)
        with scene.runtime.database.writing() as session:
            make_subscriber(
                session, scene.runtime.keys, f"+25470000020{number}", home=home
            )  # fmt: skip
    scene.text("+254700000209", "HELP")
    scene.approved()
    parcels = scene.claim(10)
    assert [parcel.to[-1] for parcel in parcels] == ["1", "2", "0", "9"]


def test_what_is_claimed_is_passed_over_by_others(scene: Scene) -> None:
    scene.people(5)
    scene.approved()
    claims = [scene.claim(2) for _ in range(3)]
    ids = [parcel.delivery_id for claim in claims for parcel in claim]
    assert [len(claim) for claim in claims] == [2, 2, 1]
    assert len(set(ids)) == 5


def test_what_is_due_later_waits(scene: Scene) -> None:
    scene.people(1)
    alert = scene.approved()
    (delivery,) = scene.deliveries(alert_id=alert.id)
    scene.set(Delivery, delivery.id, due_at=scene.now + timedelta(minutes=3))
    assert scene.send() == 0
    scene.later(minutes=3)
    assert scene.send() == 1


@pytest.mark.parametrize("error", [ProviderDown("503"), Misconfigured("20003")])
def test_what_the_company_did_not_take_is_tried_again_ever_more_slowly(
    scene: Scene, error: SendError
) -> None:
    scene.people(1)
    scene.approved()
    pauses = []
    for _ in range(4):
        scene.company.errors = [error]
        scene.send(batches=1)
        (delivery,) = scene.deliveries()
        assert delivery.state == "queued"
        pauses.append((delivery.due_at - scene.now).total_seconds())
        scene.now = delivery.due_at
    for pause, usual in zip(pauses, (5, 10, 20, 40), strict=True):
        assert 0.8 * usual <= pause <= 1.2 * usual
    assert scene.send() == 1


def test_a_company_that_names_a_pause_is_obeyed(scene: Scene) -> None:
    scene.people(1)
    scene.company.errors = [Throttled("429", retry_after_s=33)]
    scene.approved()
    scene.send(batches=1)
    (delivery,) = scene.deliveries()
    assert delivery.due_at - scene.now == timedelta(seconds=33)


@pytest.mark.parametrize("error", [BadRecipient("21211"), Rejected("21617")])
def test_what_will_never_be_taken_has_failed_at_once(scene: Scene, error: SendError) -> None:
    scene.people(1)
    scene.company.errors = [error]
    scene.approved()
    scene.send()
    (delivery,) = scene.deliveries()
    assert (delivery.state, delivery.error_code, delivery.attempts) == ("failed", error.code, 1)


def test_a_message_that_alone_is_not_taken_has_failed_after_its_last_attempt(
    scene: Scene,
) -> None:
    (mother,) = scene.people(1)

    def refuse(sms: Outgoing) -> None:
        if sms.to == mother:
            raise ProviderDown("503")

    scene.company.before = refuse
    alert = scene.approved()
    for number in range(9):
        scene.text(f"+25470000030{number}", "HELP")  # another message gets through each time
        scene.send(batches=1)
        scene.later(minutes=20)
    (delivery,) = scene.deliveries(alert_id=alert.id)
    assert (delivery.state, delivery.attempts) == ("failed", 6)
    assert mother not in scene.company.copies


def test_a_throttled_message_waits_and_uses_up_no_attempt(scene: Scene) -> None:
    scene.people(1)
    scene.approved()
    for _ in range(9):
        scene.company.errors = [Throttled("429")]
        scene.send(batches=1)
        scene.later(seconds=5)
    assert scene.states() == {"queued": 1}
    assert scene.send() == 1


def test_an_opt_out_at_the_company_stops_all_that_waits_for_this_person(scene: Scene) -> None:
    (mother,) = scene.people(1)
    first, second = scene.approved(), scene.approved()
    scene.company.errors = [RecipientOptedOut("21610")]
    scene.send()
    with scene.runtime.database.reading() as session:
        assert session.scalars(select(Subscriber.state)).all() == ["stopped"]
    assert mother not in scene.company.copies or scene.company.copies[mother] <= 1
    assert "queued" not in scene.states(alert_id=first.id) + scene.states(alert_id=second.id)


def test_a_retry_goes_to_the_next_account_and_a_doubt_is_asked_of_the_one_that_had_it(
    scene: Scene, tmp_path: Path
) -> None:
    scene.runtime.settings = settings_for(
        scene.runtime.settings.database.url, tmp_path,
        GATEWAY_PROVIDERS__FIRST__TYPE="simulator", GATEWAY_PROVIDERS__SECOND__TYPE="simulator",
        GATEWAY_ROUTES='[{prefix = "", accounts = ["first", "second"]}]',
    )  # fmt: skip
    first, second = Recorder("first"), Recorder("second")
    scene.runtime.providers = {"first": first, "second": second}
    scene.people(1)
    scene.approved()
    first.errors, second.errors = [ProviderDown("503")], [HandoverUnknown("timeout")]
    scene.send()
    scene.later(seconds=5)
    scene.send()
    assert scene.states() == {"unknown": 1}
    scene.settle()
    assert (len(first.asked), len(second.asked)) == (0, 1)


def test_a_worker_that_wakes_after_its_lease_does_not_send_what_another_has_claimed(
    scene: Scene, settings: Settings
) -> None:
    (mother,) = scene.people(1)
    scene.approved()
    rival_runtime = build_runtime(settings)
    scene.plug_in(rival_runtime)
    late, rival = Sender(scene.runtime), Sender(rival_runtime)
    held_late, held_rival, both = Held(), Held(), threading.Barrier(2)

    def meet(_sms: Outgoing) -> None:
        with suppress(threading.BrokenBarrierError):  # alone: the other was held back
            both.wait(1)

    scene.company.before = meet
    late.turn, rival.turn = held_late, held_rival
    with ThreadPoolExecutor(2) as threads:
        one = threads.submit(late.send_due, 1)
        assert held_late.waiting.wait(20)
        scene.later(seconds=61)
        scene.settle()  # never taken, says the company: back into the queue
        two = threads.submit(rival.send_due, 1)
        assert held_rival.waiting.wait(20)
        held_late.go.set()
        held_rival.go.set()
        one.result(20)
        two.result(20)
    late.close()
    rival.close()
    rival_runtime.database.close()
    assert scene.company.copies == {mother: 1}


def test_nobody_claims_more_than_leaves_soon(scene: Scene, tmp_path: Path) -> None:
    scene.runtime.settings = settings_for(
        scene.runtime.settings.database.url, tmp_path,
        GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND="2",
    )  # fmt: skip
    scene.people(9)
    scene.approved()
    assert scene.send(batches=1) <= 2
    assert scene.states()["queued"] >= 7


def test_a_warning_of_an_incident_refuted_after_its_approval_does_not_leave(scene: Scene) -> None:
    scene.people(3)
    alert = scene.approved()
    scene.refute(alert.incident_id)
    assert scene.send() == 0
    assert scene.states() == {"withdrawn": 3}


def test_an_alert_approved_amid_a_sweep_goes_live_though_all_was_claimed(scene: Scene) -> None:
    scene.people(2)
    alert = scene.approved()
    scene.claim(10)
    assert scene.alert_state(alert) == "approved"
    assert go_live(scene.runtime) == 1
    assert scene.alert_state(alert) == "live"

"""An account that fails or hangs: its messages go on by the next, and back when it is well."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from gateway.flow import minding, settling
from gateway.flow.sending import Sender
from gateway.providers.base import HandoverUnknown, Outgoing, ProviderDown, Rejected, Throttled
from gateway.store.tables import AccountState, FormerAttempt
from tests.dispatch.scenes import Recorder, Scene
from tests.make import settings_for


@pytest.fixture
def two(scene: Scene, tmp_path: Path) -> tuple[Recorder, Recorder]:
    """A cloud company and a phone on the desk, in this order of preference."""
    scene.runtime.settings = settings_for(
        scene.runtime.settings.database.url, tmp_path,
        GATEWAY_PROVIDERS__CLOUD__TYPE="simulator", GATEWAY_PROVIDERS__PHONE__TYPE="simulator",
        GATEWAY_PROVIDERS__CLOUD__RATE_PER_SECOND="1000",
        GATEWAY_PROVIDERS__PHONE__RATE_PER_SECOND="1000",
        GATEWAY_DISPATCH__STALL_S="0.5",
        GATEWAY_ROUTES='[{prefix = "", accounts = ["cloud", "phone"]}]',
    )  # fmt: skip
    cloud, phone = Recorder("cloud"), Recorder("phone")
    scene.runtime.providers = {"cloud": cloud, "phone": phone}
    return cloud, phone


def _state(scene: Scene, account: str) -> str:
    with scene.runtime.database.reading() as session:
        return session.get_one(AccountState, account).state


def _to_the_end(scene: Scene) -> None:
    for _ in range(6):
        scene.send()
        scene.later(seconds=1)


@contextmanager
def _hanging(company: Recorder) -> Iterator[None]:
    """Nobody is answered until the end of the block; then all hear of a time-out."""
    over = threading.Event()

    def wait(_sms: Outgoing) -> None:
        over.wait(20)
        raise HandoverUnknown("timeout")

    company.before = wait
    try:
        yield
    finally:
        company.before = lambda _sms: None
        over.set()


def test_all_go_by_the_preferred_account_while_it_is_well(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    phones = scene.people(5)
    scene.approved()
    scene.send()
    assert two[0].copies == dict.fromkeys(phones, 1)
    assert two[1].sent == []


def test_what_a_failing_account_does_not_take_goes_by_the_next_within_seconds(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    cloud, phone = two
    phones = scene.people(30)
    cloud.errors = [ProviderDown("http-500") for _ in range(500)]
    scene.approved()
    _to_the_end(scene)
    assert phone.copies == dict.fromkeys(phones, 1)
    assert _state(scene, "cloud") == "failing"
    assert scene.states() == {"submitted": 30}


def test_an_account_that_is_shut_is_left_alone_but_for_a_probe_and_used_again_once_it_works(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    cloud, phone = two
    scene.people(20)
    cloud.errors = [ProviderDown("http-500") for _ in range(500)]
    scene.approved()
    _to_the_end(scene)
    cloud.errors = [ProviderDown("http-500")]
    scene.people(10, first=100)
    scene.approved()
    _to_the_end(scene)
    assert cloud.sent == [], "before its probe it is not asked at all"
    scene.later(seconds=60)
    scene.people(10, first=200)
    scene.approved()
    _to_the_end(scene)
    assert cloud.sent == [], "its probe was in vain"
    scene.later(seconds=60)
    before = len(phone.sent)
    scene.approved()
    _to_the_end(scene)
    assert _state(scene, "cloud") == "well"
    assert len(cloud.sent) + len(phone.sent) - before == 40
    assert len(cloud.sent) > 0


def test_an_account_that_hangs_holds_nobody_up(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    cloud, phone = two
    scene.people(40)
    scene.approved()
    sender = Sender(scene.runtime)
    with _hanging(cloud):
        sender.send_due()
        assert _state(scene, "cloud") == "failing"
        hung = scene.states()["claimed"]
        assert (len(phone.sent), hung) == (32, 8), "all but what its eight threads are calling with"
    sender.close()
    assert scene.states() == {"submitted": 32, "unknown": 8}
    scene.settle()
    scene.later(seconds=5)
    scene.send()
    assert scene.states() == {"submitted": 40}
    assert sum((cloud.copies + phone.copies).values()) == 40
    assert {delivery.doubtful for delivery in scene.deliveries(account="cloud")} <= {True}


def test_an_account_that_asks_to_wait_is_waited_for_while_the_next_goes_on(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    cloud, phone = two
    scene.people(3)
    scene.approved()
    cloud.errors = [Throttled("429", retry_after_s=40)]
    scene.send(batches=1)
    scene.people(2, first=50)
    scene.approved()
    scene.send()
    assert len(phone.sent) == 5
    scene.later(seconds=41)
    scene.send()
    assert scene.states() == {"submitted": 8}


def test_what_a_company_refuses_for_good_is_tried_nowhere_else(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    scene.people(1)
    two[0].errors = [Rejected("too-long")]
    scene.approved()
    _to_the_end(scene)
    assert scene.states() == {"failed": 1}
    assert two[1].sent == []


def test_where_every_account_is_shut_messages_wait_and_use_up_no_attempts(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    for company in two:
        company.errors = [ProviderDown("http-500") for _ in range(500)]
    scene.people(10)
    scene.approved()
    _to_the_end(scene)
    for _ in range(30):
        scene.later(seconds=46)
        scene.send()
    assert scene.states()["queued"] >= 8, "all but those that were probes"
    for company in two:
        company.errors = []
    for _ in range(8):
        scene.later(minutes=2)
        scene.send()
    assert scene.states()["submitted"] >= 8


def test_a_silent_warning_is_hedged_once_through_another_account(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    cloud, phone = two
    (mother,) = scene.people(1)
    scene.approved()
    scene.send()
    dispatch = scene.runtime.settings.dispatch
    hedged = dispatch.model_copy(update={"hedge_s": 90.0})
    scene.runtime.settings = scene.runtime.settings.model_copy(update={"dispatch": hedged})
    scene.later(seconds=89)
    assert settling.hedge_due(scene.runtime) == 0
    scene.later(seconds=2)
    assert settling.hedge_due(scene.runtime) == 1
    scene.send()
    scene.later(minutes=5)
    assert settling.hedge_due(scene.runtime) == 0
    assert (cloud.copies[mother], phone.copies[mother]) == (1, 1)
    (delivery,) = scene.deliveries()
    assert (delivery.account, delivery.doubtful) == ("phone", True)
    assert scene.count(FormerAttempt) == 1


def test_nothing_is_hedged_unless_policy_says_so_nor_after_a_receipt(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    scene.people(1)
    scene.approved()
    scene.send()
    scene.later(minutes=30)
    assert settling.hedge_due(scene.runtime) == 0


def test_an_account_that_sends_no_more_receipts_is_shut_where_another_can_carry(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    scene.people(25)
    scene.approved()
    scene.send(batches=100)
    scene.later(seconds=3)
    for delivery in scene.deliveries():
        scene.receipt(delivery, "delivered", account="cloud")
    scene.later(minutes=30)
    scene.approved()
    scene.send(batches=100)
    scene.later(seconds=59)
    assert minding.mind_silent(scene.runtime) == []
    scene.later(seconds=10)
    assert minding.mind_silent(scene.runtime) == ["cloud"]
    scene.approved()
    _to_the_end(scene)
    assert len(two[1].sent) == 25


def test_one_receipt_is_enough_to_trust_an_account(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    scene.people(25)
    for _ in range(2):
        alert = scene.approved()
        scene.send(batches=100)
        scene.later(seconds=3)
        first, *_ = scene.deliveries(alert_id=alert.id)
        scene.receipt(first, "delivered", account="cloud")
        scene.later(seconds=60)
    assert minding.mind_silent(scene.runtime) == []


def test_lower_lanes_keep_a_small_share_while_warnings_go_out(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    for number in range(20):
        scene.text(f"+2547000009{number:02}", "HELP")
    scene.people(200)
    scene.approved()
    scene.send(batches=200)
    kinds = {delivery.reference: delivery.kind for delivery in scene.deliveries()}
    order = [kinds[sms.reference] for sms in two[0].sent]
    places = [place for place, kind in enumerate(order) if kind == "alert"]
    while_warnings = order[: places[180]]  # hands beside each other change places at the end
    assert 7 <= while_warnings.count("reply") <= 12, "one in twenty"
    assert order.count("reply") == 20


def test_an_answer_that_missed_its_moment_lets_a_warning_pass(
    scene: Scene, two: tuple[Recorder, Recorder]
) -> None:
    for number in range(12):
        scene.text(f"+2547000009{number:02}", "HELP")
    scene.people(3)
    sender = Sender(scene.runtime)
    sender.rates.update(dict.fromkeys(sender.rates, 20.0))  # far ahead, so that the pace holds
    approved: list[bool] = []
    approving = threading.Lock()  # every answer that waits for its moment finds the alert there

    def late(seconds: float) -> None:
        time.sleep(seconds + 0.05)
        with approving:
            if not approved:
                scene.approved()
                approved.append(True)

    sender.turn = late
    sender.send_due(1)
    assert two[0].sent == [], "each that was late gave way"
    sender.turn = time.sleep
    sender.send_due(200)
    sender.close()
    kinds = {delivery.reference: delivery.kind for delivery in scene.deliveries()}
    order = [kinds[sms.reference] for sms in two[0].sent]
    assert sorted(order) == ["alert"] * 3 + ["reply"] * 12, "nothing starves, nothing doubles"
    assert "alert" in order[:3]

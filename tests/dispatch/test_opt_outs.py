"""Opt-outs of every signal land in one history; START undoes only what its person did."""

from collections.abc import Sequence

import pytest
from sqlalchemy import select

from gateway.flow import people, take_in
from gateway.flow.receipts import ReceiptSweep, keep_receipts
from gateway.providers.base import InboundSms, Receipt, RecipientOptedOut
from gateway.store.tables import Delivery, FormerAttempt, Message, Subscriber
from gateway.subscribers import consent
from tests.dispatch.scenes import ACCOUNT, Scene

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
PHONE = "+254700000000"
OTHER = "exercise"


@pytest.fixture
def delivery(scene: Scene) -> Delivery:
    """A warning that the company has taken for the one person there is."""
    scene.people(1)
    scene.approved()
    scene.send()
    (delivery,) = scene.deliveries()
    return delivery


def test_every_signal_says_where_it_came_from(scene: Scene, delivery: Delivery) -> None:
    _writes(scene, "STOP")
    _writes(scene, "STOP", opt="stop", account=OTHER)
    _writes(scene, "START")
    scene.receipt(delivery, "failed", opted_out=True)
    _writes(scene, "", opt="start")
    assert _history(scene) == [
        ("stopped", "sms"),
        ("stopped", f"provider {OTHER}"),
        ("started", "sms"),
        ("stopped", f"provider {ACCOUNT}"),
        ("started", f"provider {ACCOUNT}"),
    ]
    assert _state(scene) == "subscribed"


def test_an_opt_out_without_words_is_a_stop_and_is_not_answered(scene: Scene) -> None:
    scene.people(1)
    _writes(scene, "", opt="stop")
    assert _state(scene) == "stopped"
    assert _history(scene) == [("stopped", f"provider {ACCOUNT}")]
    assert scene.deliveries(kind="confirmation") == []


@pytest.mark.parametrize("words", [["STOP", "STOP"], ["STOP", "stop", "STOP"]])
def test_a_stop_is_confirmed_once(scene: Scene, words: list[str]) -> None:
    scene.people(1)
    for word in words:
        _writes(scene, word)
    _writes(scene, "", opt="stop", account=OTHER)
    assert len(scene.deliveries(kind="confirmation")) == 1


def test_a_company_that_refuses_to_send_tells_of_a_stop(scene: Scene) -> None:
    scene.people(1)
    scene.company.errors = [RecipientOptedOut("21610")]
    scene.approved()
    scene.send()
    assert (_state(scene), _history(scene)) == ("stopped", [("stopped", f"provider {ACCOUNT}")])


def test_a_receipt_of_an_opt_out_stops_in_the_transaction_that_keeps_it(
    scene: Scene, delivery: Delivery
) -> None:
    said = Receipt(f"rec-{delivery.reference}", "failed", "failed", opted_out=True)
    keep_receipts(scene.runtime, ACCOUNT, [said], scene.now)
    assert _state(scene) == "stopped"
    assert scene.states() == {"failed": 1}


def test_the_same_receipt_twice_is_remembered_once(scene: Scene, delivery: Delivery) -> None:
    for _ in range(3):
        scene.receipt(delivery, "failed", opted_out=True)
    assert _history(scene) == [("stopped", f"provider {ACCOUNT}")]


def test_an_opt_out_counts_when_only_our_reference_tells_of_whom(
    scene: Scene, delivery: Delivery
) -> None:
    scene.receipt(delivery, "failed", provider_id="x", reference=delivery.reference, opted_out=True)
    assert (_state(scene), scene.states()) == ("stopped", {"submitted": 1})


def test_an_opt_out_counts_when_it_is_of_a_former_hand_over(
    scene: Scene, delivery: Delivery
) -> None:
    with scene.runtime.database.writing() as session:
        former = FormerAttempt(
            delivery_id=delivery.id, account=OTHER, provider_id="A1", cause="hedge", at=scene.now
        )
        session.add(former)
    scene.receipt(delivery, "failed", account=OTHER, provider_id="A1", opted_out=True)
    assert _history(scene) == [("stopped", f"provider {OTHER}")]


def test_an_opt_out_of_nobody_stops_nobody(scene: Scene, delivery: Delivery) -> None:
    scene.receipt(delivery, "failed", provider_id="nobody", opted_out=True)
    assert (_state(scene), _history(scene)) == ("subscribed", [])


def test_an_opt_out_that_came_before_the_record_of_sending_counts(scene: Scene) -> None:
    scene.people(1)
    scene.approved()
    (waiting,) = scene.deliveries()
    scene.company.before = lambda _sms: scene.receipt(waiting, "failed", opted_out=True)
    scene.send()
    ReceiptSweep(scene.runtime).apply()
    assert (_state(scene), scene.states()) == ("stopped", {"failed": 1})


# START.


def test_their_own_start_takes_back_whatever_they_said_to_whom(scene: Scene) -> None:
    scene.people(1)
    _writes(scene, "STOP")
    _writes(scene, "STOP", opt="stop", account=OTHER)
    _writes(scene, "START")
    assert _state(scene) == "subscribed"


@pytest.mark.parametrize("word", ["", "START", "UNSTOP"])
def test_what_a_company_calls_a_start_takes_back_only_what_was_said_to_that_account(
    scene: Scene, word: str
) -> None:
    scene.people(1)
    _writes(scene, "STOP")
    _writes(scene, word, opt="start", account=OTHER)
    assert _state(scene) == "stopped"
    assert _history(scene)[-1] == ("started", f"provider {OTHER}")
    _writes(scene, word, opt="start")
    assert _state(scene) == "subscribed"


def test_no_start_lifts_a_block(scene: Scene) -> None:
    scene.people(1)
    with scene.runtime.database.writing() as session:
        person = session.scalars(select(Subscriber)).one()
        people.block(session, person.id, scene.first, "floods the line", scene.now)
    _writes(scene, "START")
    _writes(scene, "", opt="start")
    assert _state(scene) == "blocked"


def test_a_join_after_a_stop_is_a_start_too(scene: Scene) -> None:
    scene.people(1)
    _writes(scene, "STOP", opt="stop", account=OTHER)
    _writes(scene, "JOIN Moa")
    assert _state(scene) == "subscribed"
    _writes(scene, "", opt="start", account=OTHER)
    assert _state(scene) == "subscribed"


def _writes(scene: Scene, text: str, *, account: str = ACCOUNT, opt: str | None = None) -> None:
    number = scene.count(Message)
    sms = InboundSms(f"in-{number}", PHONE, "", text, opt=opt)
    take_in.keep(scene.runtime, account, [sms], scene.now)
    take_in.process_waiting(scene.runtime, 10)


def _history(scene: Scene) -> Sequence[tuple[str, str]]:
    with scene.runtime.database.reading() as session:
        person = session.scalars(select(Subscriber)).one()
        return [(one.act, one.via) for one in consent.history(session, person.id)]


def _state(scene: Scene) -> str:
    with scene.runtime.database.reading() as session:
        return session.scalars(select(Subscriber.state)).one()

"""One message handed over several times, in parts, or by a company that gives it no id."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from gateway.flow.receipts import ReceiptSweep, keep_receipts
from gateway.providers.base import Outgoing, Submission
from gateway.providers.base import Receipt as Said
from gateway.store.tables import Delivery, FormerAttempt, Receipt, Subscriber
from tests.dispatch.scenes import ACCOUNT, Recorder, Scene

# The statements are tested on both engines beside this file; what they mean, on one.
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
OTHER = "exercise"


@pytest.fixture
def delivery(scene: Scene) -> Delivery:
    """A warning that the company has taken."""
    scene.people(1)
    scene.approved()
    scene.send()
    return _only(scene)


# Companies that give no id, and messages of several parts.


def test_companies_without_ids_are_told_apart_by_our_reference(scene: Scene) -> None:
    scene.people(2)
    scene.approved()
    scene.send()
    first, second = scene.deliveries()
    for one in (first, second):
        scene.set(Delivery, one.id, provider_id="")
    scene.receipt(first, "delivered", provider_id="", reference=first.reference)
    assert [one.state for one in scene.deliveries()] == ["delivered", "submitted"]
    scene.receipt(second, "failed", provider_id="SM9", reference=second.reference)
    assert [one.state for one in scene.deliveries()] == ["delivered", "failed"]


@pytest.mark.parametrize("state", ["delivered", "failed"])
def test_a_part_with_an_id_of_its_own_says_nothing_of_the_message_and_waits_no_more(
    scene: Scene, delivery: Delivery, state: str
) -> None:
    scene.receipt(delivery, state, provider_id="part-2", reference=delivery.reference)
    assert scene.states() == {"submitted": 1}
    assert _waiting(scene) == 0
    scene.receipt(delivery, "delivered")
    assert scene.states() == {"delivered": 1}


# Several hand-overs of one message.


@pytest.fixture
def handed_on(scene: Scene, delivery: Delivery) -> Delivery:
    """One that went to another company after the first one said nothing."""
    with scene.runtime.database.writing() as session:
        session.add(
            FormerAttempt(
                delivery_id=delivery.id, account=ACCOUNT, provider_id=delivery.provider_id,
                cause="hedge", at=scene.now,
            )
        )  # fmt: skip
    scene.set(Delivery, delivery.id, account=OTHER, provider_id="B1", attempts=2)
    return delivery


@pytest.mark.parametrize("state", ["queued", "submitted", "unknown", "failed", "withdrawn"])
def test_what_any_of_its_hand_overs_delivered_is_delivered(
    scene: Scene, handed_on: Delivery, state: str
) -> None:
    scene.set(Delivery, handed_on.id, state=state)
    scene.receipt(handed_on, "delivered")
    assert scene.states() == {"delivered": 1}
    scene.receipt(handed_on, "failed", account=OTHER, provider_id="B1")
    assert scene.states() == {"delivered": 1}


def test_what_a_former_hand_over_failed_says_nothing_of_the_present_one(
    scene: Scene, handed_on: Delivery
) -> None:
    scene.receipt(handed_on, "failed")
    assert scene.states() == {"submitted": 1}
    scene.receipt(handed_on, "delivered", account=OTHER, provider_id="B1")
    assert scene.states() == {"delivered": 1}
    assert _person(scene).reached_by == OTHER


def test_while_it_is_being_handed_over_a_former_receipt_waits(
    scene: Scene, handed_on: Delivery
) -> None:
    scene.set(Delivery, handed_on.id, state="claimed")
    scene.receipt(handed_on, "delivered")
    assert scene.states() == {"claimed": 1}
    scene.set(Delivery, handed_on.id, state="submitted")
    ReceiptSweep(scene.runtime).apply()
    assert scene.states() == {"delivered": 1}


def test_a_former_hand_over_without_an_id_is_known_by_our_reference(
    scene: Scene, delivery: Delivery
) -> None:
    with scene.runtime.database.writing() as session:
        session.add(
            FormerAttempt(
                delivery_id=delivery.id, account=ACCOUNT, provider_id=None, cause="doubt",
                at=scene.now,
            )
        )  # fmt: skip
    scene.set(Delivery, delivery.id, state="failed")
    scene.receipt(delivery, "delivered", provider_id="A0", reference=delivery.reference)
    assert scene.states() == {"delivered": 1}


# Failures that pass.


def test_a_transient_failure_is_tried_again_later(scene: Scene, delivery: Delivery) -> None:
    scene.receipt(delivery, "failed", transient=True, error_code="30003")
    after = _only(scene)
    assert (after.state, after.error_code, after.provider_id) == ("queued", "30003", None)
    assert timedelta(seconds=4) <= after.due_at - scene.now <= timedelta(seconds=6)
    scene.receipt(delivery, "failed", transient=True)  # once more the same words
    assert (scene.states(), scene.count(FormerAttempt)) == ({"queued": 1}, 1)
    scene.company.send = _second(scene.company)  # type: ignore[method-assign]
    scene.later(seconds=6)
    scene.send()
    assert _only(scene).provider_id == "second"
    scene.receipt(delivery, "failed")
    assert scene.states() == {"submitted": 1}, "that was the first one"
    scene.receipt(delivery, "delivered", provider_id="second")
    assert scene.states() == {"delivered": 1}


@pytest.mark.parametrize("other", ["bad_recipient", "opted_out"])
def test_a_number_that_receives_nothing_is_never_tried_again(
    scene: Scene, delivery: Delivery, other: str
) -> None:
    scene.receipt(delivery, "failed", transient=True, **{other: True})
    assert scene.states() == {"failed": 1}


@pytest.mark.parametrize("facts", [{"attempts": 6}, {"expires_at": 4}])
def test_a_transient_failure_is_final_after_the_last_attempt_and_near_the_end(
    scene: Scene, delivery: Delivery, facts: dict[str, Any]
) -> None:
    if "expires_at" in facts:
        facts = {"expires_at": scene.now + timedelta(seconds=facts["expires_at"])}
    scene.set(Delivery, delivery.id, **facts)
    scene.receipt(delivery, "failed", transient=True)
    assert scene.states() == {"failed": 1}


def test_a_message_that_arrived_after_all_is_not_sent_again(
    scene: Scene, delivery: Delivery
) -> None:
    said = [
        _said(delivery, "failed", transient=True),
        _said(delivery, "delivered"),
    ]
    keep_receipts(scene.runtime, ACCOUNT, said, scene.now)
    ReceiptSweep(scene.runtime).apply()
    scene.later(minutes=1)
    scene.send()
    assert scene.states() == {"delivered": 1}
    assert len(scene.company.sent) == 1


def test_an_early_transient_failure_is_left_to_the_sweep(scene: Scene) -> None:
    scene.people(1)
    scene.approved()
    waiting = _only(scene)
    scene.company.before = lambda _sms: scene.receipt(waiting, "failed", transient=True)
    scene.send()
    assert scene.states() == {"submitted": 1}
    ReceiptSweep(scene.runtime).apply()
    assert scene.states() == {"queued": 1}


# What must not stop the others.


def test_a_receipt_that_cannot_be_applied_is_passed_over(scene: Scene) -> None:
    scene.people(5)
    scene.approved()
    while scene.send():
        pass
    with scene.runtime.database.writing() as session:
        session.execute(
            text(
                "CREATE TRIGGER bad BEFORE UPDATE ON receipts WHEN OLD.status = 'bad'"
                " BEGIN SELECT RAISE(ABORT, 'bad'); END"
            )
        )
    said = [_said(one, "delivered") for one in scene.deliveries()]
    said[2] = replace(said[2], status="bad")
    keep_receipts(scene.runtime, ACCOUNT, said, scene.now)
    sweep = ReceiptSweep(scene.runtime)
    assert sweep.apply() == 4
    assert scene.states() == {"delivered": 4, "submitted": 1}
    with scene.runtime.database.writing() as session:
        session.execute(text("DROP TRIGGER bad"))
    scene.later(minutes=15)
    assert sweep.apply() == 1


def test_words_that_no_database_takes_do_no_harm(scene: Scene, delivery: Delivery) -> None:
    scene.receipt(delivery, "failed", status="\ud800\x00odd", error_code="\udfff")
    assert _only(scene).error_code == "?"


def test_what_waited_while_nobody_swept_is_applied(scene: Scene, delivery: Delivery) -> None:
    sweep = ReceiptSweep(scene.runtime)
    sweep.apply()
    keep_receipts(scene.runtime, ACCOUNT, [_said(delivery, "delivered")], scene.now)
    scene.later(minutes=3)
    assert sweep.apply() == 1


def _said(delivery: Delivery, state: str, **facts: Any) -> Said:
    return Said(f"rec-{delivery.reference}", state, state, **facts)


def _second(company: Recorder) -> Any:
    def send(sms: Outgoing) -> Submission:
        company.sent.append(sms)
        return Submission("second")

    return send


def _only(scene: Scene) -> Delivery:
    (delivery,) = scene.deliveries()
    return delivery


def _person(scene: Scene) -> Subscriber:
    with scene.runtime.database.reading() as session:
        return session.scalars(select(Subscriber)).one()


def _waiting(scene: Scene) -> int:
    with scene.runtime.database.reading() as session:
        query = select(func.count()).where(Receipt.delivery_id.is_(None))
        return session.scalar(query) or 0

"""Receipts move a delivery forward, never back, in whatever order and how often they come."""

from itertools import permutations

import pytest
from sqlalchemy import select

from gateway.flow.receipts import collect_receipts, keep_receipts
from gateway.providers.base import HandoverUnknown, Outgoing
from gateway.providers.base import Receipt as Said
from gateway.store.tables import Delivery, Receipt, Subscriber
from tests.dispatch.scenes import ACCOUNT, PowerCut, Scene


@pytest.fixture
def delivery(scene: Scene) -> Delivery:
    """A warning that the company has taken."""
    scene.people(1)
    scene.approved()
    scene.send()
    (delivery,) = scene.deliveries()
    return delivery


@pytest.mark.parametrize(
    ("said", "state"),
    [
        (["submitted", "delivered"], "delivered"),
        (["delivered", "submitted"], "delivered"),
        (["delivered", "failed"], "delivered"),
        (["failed", "delivered"], "failed"),
        (["failed", "submitted"], "failed"),
        (["delivered", "delivered"], "delivered"),
        ([None, "submitted", None, "delivered", None], "delivered"),
    ],
)
def test_a_receipt_moves_a_delivery_forward_never_back(
    scene: Scene, delivery: Delivery, said: list[str | None], state: str
) -> None:
    for word in said:
        scene.receipt(delivery, word)
        scene.later(seconds=1)
    (after,) = scene.deliveries()
    assert after.state == state
    assert scene.count(Receipt) == len(said), "each is kept, whatever it means"


@pytest.mark.parametrize("order", list(permutations(["submitted", "failed", "delivered"])))
def test_receipts_that_overtake_the_record_of_sending_count(
    scene: Scene, order: tuple[str, ...]
) -> None:
    scene.people(1)
    scene.approved()
    (waiting,) = scene.deliveries()

    def overtake(sms: Outgoing) -> None:
        for state in order:
            scene.receipt(waiting, state)

    scene.company.before = overtake
    scene.send()
    first = next(state for state in order if state != "submitted")
    assert scene.states() == {first: 1}


def test_a_receipt_committed_in_the_same_instant_as_the_record_is_applied_by_the_sweep(
    scene: Scene, delivery: Delivery
) -> None:
    with scene.runtime.database.writing() as session:
        session.add(
            Receipt(
                account=ACCOUNT, provider_id=delivery.provider_id, status="delivered",
                state="delivered", opted_out=False, received_at=scene.now,
            )
        )  # fmt: skip
    collect_receipts(scene.runtime)
    assert scene.states() == {"delivered": 1}


def test_a_receipt_settles_the_doubt_about_a_hand_over(scene: Scene) -> None:
    scene.people(1)
    scene.company.errors = [HandoverUnknown("timeout")]
    scene.approved()
    scene.send()
    (delivery,) = scene.deliveries()
    scene.receipt(delivery, "delivered", reference=delivery.reference)
    (after,) = scene.deliveries()
    assert (after.state, after.doubtful) == ("delivered", True)
    assert after.provider_id == f"rec-{delivery.reference}"
    assert after.submitted_at == scene.now
    scene.later(seconds=90)
    scene.settle()
    scene.send()
    assert scene.company.sent == []


def test_a_receipt_before_a_power_cut_proves_the_hand_over_even_when_the_company_forgot(
    scene: Scene,
) -> None:
    scene.people(1)
    scene.approved()
    scene.company.dark_after_taking = True
    with pytest.raises(PowerCut):
        scene.send()
    scene.company.dark_after_taking, scene.company.forgets = False, True
    (delivery,) = scene.deliveries()
    scene.receipt(delivery, "submitted", reference=delivery.reference)
    assert scene.states() == {"claimed": 1}
    scene.later(seconds=61)
    scene.settle()
    scene.send()
    (after,) = scene.deliveries()
    assert (after.state, after.doubtful, len(scene.company.sent)) == ("submitted", True, 1)
    scene.receipt(after, "delivered")
    assert scene.states() == {"delivered": 1}


def test_a_receipt_of_another_account_with_the_same_id_changes_nothing(
    scene: Scene, delivery: Delivery
) -> None:
    said = Said(f"rec-{delivery.reference}", "delivered", "delivered")
    keep_receipts(scene.runtime, "exercise", [said], scene.now)
    assert scene.states() == {"submitted": 1}


def test_a_receipt_that_names_our_reference_with_another_id_changes_nothing(
    scene: Scene, delivery: Delivery
) -> None:
    scene.receipt(delivery, "failed", provider_id="forged", reference=delivery.reference)
    assert scene.states() == {"submitted": 1}


def test_a_receipt_of_nobodys_message_is_kept(scene: Scene) -> None:
    keep_receipts(scene.runtime, ACCOUNT, [Said("SM-nobody", "delivered", "delivered")], scene.now)
    assert scene.count(Receipt) == 1


def test_an_opt_out_in_a_receipt_is_a_stop(scene: Scene, delivery: Delivery) -> None:
    scene.receipt(delivery, "failed", opted_out=True, error_code="21610")
    with scene.runtime.database.reading() as session:
        assert session.scalars(select(Subscriber.state)).all() == ["stopped"]
    (after,) = scene.deliveries()
    assert (after.state, after.error_code) == ("failed", "21610")


def test_very_long_words_of_a_company_are_kept_short_and_do_no_harm(
    scene: Scene, delivery: Delivery
) -> None:
    scene.receipt(delivery, None, status="x" * 5000, error_code="9" * 5000)
    scene.receipt(delivery, "delivered")
    assert scene.states() == {"delivered": 1}

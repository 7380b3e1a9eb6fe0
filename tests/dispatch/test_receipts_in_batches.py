"""Receipts applied in batches: of many hand-overs, by many workers, in whatever company."""

import threading
from typing import Any

import pytest
from sqlalchemy import event, func, select

from gateway.dispatch.receipts import apply_waiting_many
from gateway.flow.receipts import ReceiptSweep, keep_receipts
from gateway.providers.base import HandoverUnknown, SendError
from gateway.providers.base import Receipt as Said
from gateway.runtime import build_runtime
from gateway.store.tables import AccountState, Delivery, Move, Receipt, Subscriber
from tests.dispatch.scenes import ACCOUNT, Scene

OTHER = "exercise"


@pytest.fixture
def delivery(scene: Scene) -> Delivery:
    """A warning that the company has taken."""
    scene.people(1)
    scene.approved()
    scene.send()
    return _only(scene)


def test_a_webhook_keeps_its_receipts_and_the_sweep_applies_them(scene: Scene) -> None:
    scene.people(3)
    scene.approved()
    scene.send()
    said = [_said(one, "delivered") for one in scene.deliveries()]
    keep_receipts(scene.runtime, ACCOUNT, said, scene.now)
    assert scene.states() == {"submitted": 3}
    assert scene.count(Receipt) == 3
    assert ReceiptSweep(scene.runtime).apply() == 3
    assert scene.states() == {"delivered": 3}
    assert all(one.settled_at == scene.now for one in scene.deliveries())


def test_hundreds_are_applied_by_a_handful_of_statements(scene: Scene) -> None:
    _sent(scene, 120)
    said = [_said(one, "delivered") for one in scene.deliveries()]
    keep_receipts(scene.runtime, ACCOUNT, said, scene.now)
    done: list[str] = []

    def count(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        done.append(statement)

    event.listen(scene.runtime.database.engine, "before_cursor_execute", count)
    assert ReceiptSweep(scene.runtime).apply() == 120
    event.remove(scene.runtime.database.engine, "before_cursor_execute", count)
    assert len(done) < 20, done
    assert scene.states() == {"delivered": 120}


def test_each_move_is_remembered_with_who_and_why(scene: Scene, delivery: Delivery) -> None:
    scene.receipt(delivery, "delivered", status="DELIVRD")
    scene.receipt(delivery, "delivered", status="DELIVRD")
    with scene.runtime.database.reading() as session:
        moves = session.scalars(
            select(Move).where(Move.machine == "delivery").order_by(Move.id)
        ).all()
    assert [(one.origin, one.target, one.who, one.why) for one in moves[2:]] == [
        ("submitted", "delivered", f"receipt {ACCOUNT}", "DELIVRD")
    ]
    assert moves[-1].row_id == delivery.id


def test_many_workers_apply_each_receipt_once(scene: Scene) -> None:
    if scene.runtime.database.is_sqlite:
        pytest.skip("SQLite has one writer")
    _sent(scene, 200)
    for state in ("submitted", "delivered", "failed"):
        said = [_said(one, state) for one in scene.deliveries()]
        keep_receipts(scene.runtime, ACCOUNT, said, scene.now)
    rivals = [build_runtime(scene.runtime.settings) for _ in range(3)]
    gate = threading.Barrier(3)

    def sweep(rival: Any) -> None:
        gate.wait(10)
        ReceiptSweep(rival).apply()

    threads = [threading.Thread(target=sweep, args=(rival,)) for rival in rivals]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    for rival in rivals:
        rival.database.close()
    ReceiptSweep(scene.runtime).apply()  # what one passed over because another held it
    states = scene.states()
    assert states["delivered"] + states["failed"] == 200
    assert _waiting(scene) == 0
    with scene.runtime.database.reading() as session:
        settled = select(func.count()).where(
            Move.machine == "delivery", Move.target.in_(("delivered", "failed"))
        )
        assert session.scalar(settled) == 200


def test_a_worker_that_holds_a_delivery_makes_no_sweep_wait(
    scene: Scene, delivery: Delivery
) -> None:
    if scene.runtime.database.is_sqlite:
        pytest.skip("SQLite has one writer")
    sweep = ReceiptSweep(scene.runtime)
    keep_receipts(scene.runtime, ACCOUNT, [_said(delivery, "delivered")], scene.now)
    with scene.runtime.database.writing() as session:
        session.get_one(Delivery, delivery.id, with_for_update=True)
        assert sweep.apply() == 0
    assert sweep.apply() == 0, "it looks again in a moment, not at each nudge"
    scene.later(seconds=2)
    assert sweep.apply() == 1


def test_receipts_of_nobody_are_looked_at_again_for_two_minutes_and_then_seldom(
    scene: Scene, delivery: Delivery
) -> None:
    sweep = ReceiptSweep(scene.runtime)
    keep_receipts(scene.runtime, ACCOUNT, [Said("early", "delivered", "delivered")], scene.now)
    assert sweep.apply() == 0
    scene.set(Delivery, delivery.id, provider_id="early")  # recorded in the same instant
    assert sweep.apply() == 0
    scene.later(seconds=30)
    assert sweep.apply() == 1
    keep_receipts(scene.runtime, ACCOUNT, [Said("late", "delivered", "delivered")], scene.now)
    scene.set(Delivery, delivery.id, provider_id="late")
    sweep.apply()
    keep_receipts(scene.runtime, ACCOUNT, [Said("odd", "delivered", "delivered")], scene.now)
    sweep.apply()
    scene.set(Delivery, delivery.id, provider_id="odd")
    scene.later(minutes=5)
    assert sweep.apply() == 0
    scene.later(minutes=10)
    assert sweep.apply() == 1


def test_many_recorded_at_once_find_their_early_receipts(scene: Scene) -> None:
    scene.people(3)
    scene.approved()
    scene.send()
    first, second, third = scene.deliveries()
    scene.set(Delivery, second.id, provider_id="")  # a company that gives no names
    said = [
        _said(first, "delivered"),
        Said("", "delivered", "delivered", reference=second.reference),
        Said("other", "failed", "failed"),
    ]
    keep_receipts(scene.runtime, ACCOUNT, said, scene.now)
    with scene.runtime.database.writing() as session:
        rows = [session.get_one(Delivery, one.id) for one in (first, second, third)]
        apply_waiting_many(session, rows, scene.now)
        assert [row.state for row in rows] == ["delivered", "delivered", "submitted"]


# What they leave behind.


def test_an_arrival_by_the_usual_account_says_nothing_of_a_person_and_ends_what_was_remembered(
    scene: Scene, delivery: Delivery
) -> None:
    scene.set(Subscriber, delivery.subscriber_id or 0, reached_by="another")
    scene.receipt(delivery, "submitted")
    assert _person(scene).reached_by == "another"
    scene.receipt(delivery, "delivered")
    assert _person(scene).reached_by is None


def test_an_account_s_seconds_to_the_receipt_follow_the_newest_ones(scene: Scene) -> None:
    scene.people(2)
    scene.approved()
    scene.send()
    first, second = scene.deliveries()
    scene.later(seconds=10)
    scene.receipt(first, "delivered")
    assert _receipt_s(scene) == pytest.approx(10)
    scene.later(seconds=90)
    scene.receipt(second, "delivered")
    assert _receipt_s(scene) == pytest.approx(10 * 0.95 + 100 * 0.05)


def test_a_doubt_about_two_is_settled_by_the_receipts_of_both(scene: Scene) -> None:
    scene.people(2)
    scene.company.errors = list[SendError]([HandoverUnknown("?"), HandoverUnknown("?")])
    scene.approved()
    scene.send()
    assert scene.states() == {"unknown": 2}
    said = [
        Said(f"id-{one.id}", state, state, reference=one.reference)
        for state in ("submitted", "delivered")
        for one in scene.deliveries()
    ]
    keep_receipts(scene.runtime, ACCOUNT, said, scene.now)
    ReceiptSweep(scene.runtime).apply()
    assert scene.states() == {"delivered": 2}
    assert {one.provider_id for one in scene.deliveries()} == {
        f"id-{one.id}" for one in scene.deliveries()
    }


def _sent(scene: Scene, count: int) -> None:
    """A warning to so many people, which the company has taken."""
    scene.people(count)
    scene.approved()
    while scene.send():
        pass
    assert scene.states() == {"submitted": count}


def _said(delivery: Delivery, state: str, **facts: Any) -> Said:
    return Said(f"rec-{delivery.reference}", state, state, **facts)


def _only(scene: Scene) -> Delivery:
    (delivery,) = scene.deliveries()
    return delivery


def _person(scene: Scene) -> Subscriber:
    with scene.runtime.database.reading() as session:
        return session.scalars(select(Subscriber)).one()


def _receipt_s(scene: Scene) -> float | None:
    with scene.runtime.database.reading() as session:
        return session.get_one(AccountState, ACCOUNT).receipt_s


def _waiting(scene: Scene) -> int:
    with scene.runtime.database.reading() as session:
        query = select(func.count()).where(Receipt.delivery_id.is_(None))
        return session.scalar(query) or 0

"""A replay into a deployment's database takes back its own answers and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.flow import take_in
from gateway.flow.replaying import replay_message
from gateway.providers.base import InboundSms
from gateway.runtime import Runtime
from gateway.store.tables import Delivery, Message

LIVE, RECORDED = "+254700000301", "+254700000302"


def test_what_waits_for_others_is_left_in_the_outbox(runtime: Runtime) -> None:
    now = runtime.clock()
    sms = InboundSms(provider_id="live", sender=LIVE, recipient="", text="HELP")
    take_in.keep(runtime, "simulator", [sms], now)
    take_in.process_waiting(runtime, limit=10)
    earlier = now - timedelta(days=30)
    replay_message(runtime, provider_id="r1", sender=RECORDED, text="HELP", now=earlier)
    with runtime.database.reading() as session:
        found = session.execute(
            select(Message.sender, Delivery.state)
            .join(Delivery, Delivery.subscriber_id == Message.subscriber_id)
            .order_by(Delivery.id)
        )
        assert [tuple(row) for row in found] == [(LIVE, "queued"), (RECORDED, "withdrawn")]


def test_a_live_message_that_waits_is_left_to_the_workers(runtime: Runtime) -> None:
    now = runtime.clock()
    for number in range(12):
        sms = InboundSms(provider_id=f"live{number}", sender=LIVE, recipient="", text="HELP")
        take_in.keep(runtime, "simulator", [sms], now)
    done = replay_message(
        runtime, provider_id="r1", sender=RECORDED, text="HELP", now=now - timedelta(days=30)
    )
    assert done.kind == "command"
    with runtime.database.reading() as session:
        waiting = session.scalars(select(Message.id).where(Message.state == "received"))
        assert len(list(waiting)) == 12
        assert set(session.scalars(select(Delivery.state))) == {"withdrawn"}


def test_what_cannot_be_read_is_kept_as_failed(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(take_in, "process", lambda *_: 1 / 0)
    now = runtime.clock()
    assert (
        replay_message(runtime, provider_id="r1", sender=LIVE, text="x", now=now).kind == "failed"
    )
    with runtime.database.reading() as session:
        assert list(session.scalars(select(Message.state))) == ["failed"]

"""What Gammu SMSD really hands over, and the statuses that it writes."""

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.flow import receipts, take_in
from gateway.providers.gammu import from_environment
from gateway.store.tables import Delivery

from .door import ACCOUNT, Door, opened, vectors
from .smsd import Smsd

DEVIATIONS: dict[str, str] = {}
STATES = {"sent": "submitted", "delivered": "delivered", "failed": "failed"}


@pytest.fixture(scope="module")
def smsd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Smsd]:
    smsd = Smsd(f"sqlite:///{tmp_path_factory.mktemp('smsd')}/smsd.db")
    yield smsd
    smsd.close()


@pytest.fixture(scope="module")
def opened_door(smsd: Smsd) -> Iterator[Door]:
    with opened("gammu", "SO", database=smsd.url) as door:
        yield door


@pytest.fixture
def door(opened_door: Door) -> Door:
    opened_door.forget()
    return opened_door


@pytest.mark.parametrize("vector", vectors("gammu.json", "inbound"))
def test_what_run_on_receive_gets_is_kept(vector: dict[str, Any], door: Door) -> None:
    expect = vector["expect"]
    sms = from_environment(vector["env"], vector["argv"])
    take_in.keep(door.runtime, ACCOUNT, [sms, sms], door.now)
    (message,) = door.messages()
    assert (message.body, message.sender) == (expect["text"], expect["from"])
    assert message.provider_id == expect.get("external_id", message.provider_id)


@pytest.mark.parametrize("vector", vectors("gammu.json", "status"))
def test_a_status_of_the_daemon_is_a_receipt(
    vector: dict[str, Any], smsd: Smsd, door: Door
) -> None:
    row = dict(vector["row"])
    assert row.pop("table") == "sentitems"
    smsd.has_sent(row.pop("ID"), row.pop("Status"), **row)
    receipts.collect_receipts(door.runtime)
    (receipt,) = door.receipts()
    (said,) = vector["expect"]["statuses"]
    assert (receipt.provider_id, receipt.state) == (said["external_id"], STATES[said["status"]])


def test_a_message_leaves_by_the_real_sender_and_comes_back_as_delivered(
    smsd: Smsd, door: Door
) -> None:
    delivery = door.send("+252615550001", "Digniin")
    assert delivery.state == "submitted"
    (row,) = smsd.rows("outbox")
    assert (row["CreatorID"], row["TextDecoded"]) == (delivery.reference, "Digniin")
    smsd.has_sent(row["ID"], "DeliveryOK", CreatorID=row["CreatorID"])
    receipts.collect_receipts(door.runtime)
    with door.runtime.database.reading() as session:
        assert session.get_one(Delivery, delivery.id).state == "delivered"

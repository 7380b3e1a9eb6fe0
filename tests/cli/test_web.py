"""`gateway web`: several processes that answer and count as one."""

from pathlib import Path

import pytest

from gateway.plumbing.crypto import Keys
from tests.postgres import shared_server
from tests.processes import MUTE_TWILIO, Gateway, environment, free_port
from tests.signed import inbound_form


@pytest.fixture
def url(keys: Keys, migrated_postgresql: str) -> str:
    return shared_server().new_database(migrated_postgresql)


def test_all_processes_count_into_one_page_of_metrics(url: str, tmp_path: Path) -> None:
    environ = environment(url, tmp_path, GATEWAY_WEB__WORKERS="2", **MUTE_TWILIO)
    gateway = Gateway(("web",), environ, tmp_path, free_port())
    try:
        gateway.start()
        for number in range(30):
            assert gateway.post_signed(inbound_form(f"armed men {number}"))[0] == 200
        assert gateway.post("/sms/twilio/inbound", inbound_form("forged"))[0] == 403
        status, figures = gateway.get("/metrics")
    finally:
        gateway.stop()
    assert status == 200
    assert b'gateway_messages_received_total{account="twilio"} 30.0' in figures
    assert b'gateway_webhooks_refused_total{account="twilio",why="not authentic"} 1.0' in figures

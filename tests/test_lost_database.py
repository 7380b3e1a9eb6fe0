"""The database goes away and comes back under a running gateway: nothing accepted is dropped."""

from pathlib import Path

from sqlalchemy import select

from gateway.plumbing.crypto import Keys
from gateway.store import migrate
from gateway.store.database import Database
from gateway.store.tables import Message
from tests.postgres import PostgresServer
from tests.processes import MUTE_TWILIO, Gateway, environment, free_port, until
from tests.signed import inbound_form


def test_a_lost_postgresql_is_answered_503_and_all_goes_on_when_it_is_back(
    tmp_path: Path, keys: Keys
) -> None:
    server = PostgresServer()
    url = server.new_database()
    database = Database(url, keys)
    migrate.upgrade(database)
    database.close()
    gateway = Gateway(("run",), environment(url, tmp_path, **MUTE_TWILIO), tmp_path, free_port())
    first, second = inbound_form("armed men near Moa"), inbound_form("they burn houses in Moa")
    try:
        gateway.start()
        assert gateway.post_signed(first)[0] == 200
        server.stop()
        assert gateway.post_signed(second) == (503, b"")
        assert gateway.get("/live")[0] == 200
        assert gateway.get("/ready")[0] == 503
        status, page = gateway.get("/signin")
        assert (status, b"Traceback" in page) in ((200, False), (503, False))
        server.start()
        until(lambda: gateway.post_signed(second)[0] == 200, what="the database")
        until(lambda: gateway.get("/ready")[0] == 200, 40, "readiness")
        states = until(lambda: _processed(url, keys), what="the reading")
        assert states == 2
    finally:
        gateway.stop()
        server.stop()


def _processed(url: str, keys: Keys) -> int:
    database = Database(url, keys)
    with database.reading() as session:
        found = session.scalars(select(Message).where(Message.state == "processed")).all()
    database.close()
    return len(found) if len(found) == 2 else 0

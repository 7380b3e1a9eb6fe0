"""How much is still sealed with older keys, on both engines."""

from gateway.lists import keys
from gateway.plumbing.crypto import KeyRing, Sealer
from gateway.runtime import Runtime
from gateway.store import audit
from tests.make import TEST_RINGS, make_subscriber


def test_what_an_older_key_sealed_is_counted_and_nothing_while_there_is_one_key(
    runtime: Runtime,
) -> None:
    with runtime.database.writing() as session:
        for number in (1, 2):
            make_subscriber(session, runtime.keys, f"+25470000010{number}")
        audit.record(session, who="a", act="b", subject="keys.data", now=runtime.clock())
    one = Sealer(TEST_RINGS[0])
    two = Sealer(KeyRing((("k2", b"n" * 32), *TEST_RINGS[0].keys)))
    with runtime.database.reading() as session:
        assert keys.sealed_with_old(session, one) == {}
        assert keys.sealed_with_old(session, two) == {"subscribers.phone": 2}
        assert keys.rotated_at(session) is None


def test_the_end_of_a_chain_is_checked_alone(runtime: Runtime) -> None:
    with runtime.database.writing() as session:
        for number in range(5):
            audit.record(session, who="a", act="b", subject=f"c {number}", now=runtime.clock())
    with runtime.database.reading() as session:
        whole, end = audit.verify(session), audit.verify(session, 2)
        assert (whole.first, whole.rows, whole.broken_at) == (1, 5, None)
        assert (end.first, end.rows, end.broken_at, end.head) == (4, 2, None, whole.head)
        assert audit.verify(session, 50) == whole

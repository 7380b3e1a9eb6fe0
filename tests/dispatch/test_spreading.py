"""The outbox of a large audience is written in pieces, the nearest first, each person once."""

import pytest

from gateway.flow import spreading
from gateway.store.tables import Alert, Delivery, Subscription
from gateway.terms.geo import Position
from tests.dispatch.scenes import Scene
from tests.make import MOA, make_place, make_subscriber

NEAR, FAR = MOA, Position(MOA.lat + 0.15, MOA.lon)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if five people were very many."""
    monkeypatch.setattr(spreading, "AT_ONCE", 5)
    monkeypatch.setattr(spreading, "PIECE", 4)


@pytest.fixture
def crowd(scene: Scene) -> Scene:
    """Thirty people in one cell, ten in another ring; three of them joined a place of the first."""
    scene.people(30)
    with scene.runtime.database.writing() as session:
        joined = make_place(session, "Kipao", Position(MOA.lat + 0.01, MOA.lon))
        for number in range(10):
            phone = f"+2547009{number:05}"
            person = make_subscriber(session, scene.runtime.keys, phone, home=FAR)
            if number < 3:
                session.add(
                    Subscription(subscriber_id=person.id, place_id=joined.id, joined_at=scene.now)
                )
    return scene


def test_an_approval_writes_the_nearest_and_a_job_the_others(crowd: Scene) -> None:
    alert = crowd.approved()
    begun = crowd.deliveries(alert_id=alert.id)
    assert 5 <= len(begun) < 30
    assert all(delivery.distance_m == 0 for delivery in begun)
    spreading.go_on(crowd.runtime)
    written = crowd.deliveries(alert_id=alert.id)
    assert len({delivery.subscriber_id for delivery in written}) == len(written) == 40
    assert len({delivery.reference for delivery in written}) == 40
    # Whoever lives in the area is told as at home, whatever nearer place they joined.
    assert not [delivery for delivery in written if 1_000 < delivery.distance_m < 1_300]
    with crowd.runtime.database.reading() as session:
        kept = session.get_one(Alert, alert.id)
        assert kept.spread_at is not None
        assert kept.audience == 40
    assert spreading.go_on(crowd.runtime) == 0


def test_what_a_crash_left_half_written_is_written_once(crowd: Scene) -> None:
    alert = crowd.approved()
    spreading.go_on(crowd.runtime)
    crowd.set(Alert, alert.id, spread_ring=-1, spread_at=None)
    spreading.go_on(crowd.runtime)
    assert crowd.count(Delivery) == 40


def test_a_cancelled_warning_is_not_spread_any_further(crowd: Scene) -> None:
    alert = crowd.approved()
    before = crowd.count(Delivery)
    crowd.cancel(alert)
    spreading.go_on(crowd.runtime)
    assert crowd.count(Delivery) == before
    assert crowd.states(alert_id=alert.id).keys() == {"withdrawn"}


def test_one_process_at_a_time_spreads_an_alert(crowd: Scene) -> None:
    database = crowd.runtime.database
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    alert = crowd.approved()
    before = crowd.count(Delivery)
    with database.alone(spreading._WORK, alert.id) as mine:
        assert mine
        assert spreading.go_on(crowd.runtime) == 0
        assert crowd.count(Delivery) == before
    spreading.go_on(crowd.runtime)
    assert crowd.count(Delivery) == 40

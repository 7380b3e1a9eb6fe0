"""What the checks ask of the database, on both engines."""

from datetime import datetime

import pytest

from gateway.flow.checking_alerts import check_area
from gateway.runtime import Runtime
from gateway.store.tables import Alert
from tests.dispatch.scenes import Scene


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    return Scene(runtime, now)


def rules(scene: Scene, alert: Alert) -> set[str]:
    with scene.runtime.database.reading() as session:
        kept = session.get_one(Alert, alert.id)
        return {one.rule for one in check_area(scene.runtime, session, kept, scene.now)}


def test_where_few_people_live_the_place_may_betray_the_witness(scene: Scene) -> None:
    scene.people(4)
    alert = scene.draft()
    assert rules(scene, alert) == {"few_witnesses"}
    scene.people(1, first=50, exercise_id=scene.exercise())
    scene.people(1, first=60, state="stopped")
    assert rules(scene, alert) == {"few_witnesses"}
    scene.people(1, first=70)
    assert rules(scene, alert) == set()


def test_a_third_warning_in_a_day_is_said_to_be_too_many(scene: Scene) -> None:
    scene.people(8)
    for _ in range(3):
        assert "too_many" not in rules(scene, scene.draft())
        scene.approved()
    assert "too_many" in rules(scene, scene.draft())
    scene.later(hours=25)
    assert "too_many" not in rules(scene, scene.draft())

"""What partners may read, on both engines."""

from datetime import datetime, timedelta

import pytest
from lxml import etree

from gateway.flow import publishing
from gateway.flow.publishing import Document
from gateway.runtime import Runtime
from gateway.terms.refusals import NotFound
from tests.dispatch.scenes import Scene


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    scene = Scene(runtime, now)
    scene.people(3)
    return scene


def test_a_feed_changes_when_something_comes_and_when_its_time_is_over(scene: Scene) -> None:
    empty = _feed(scene)
    begun = scene.now
    alert = scene.approved()
    full = _feed(scene)
    assert (_names(full), full.changed_at) == ([f"127.0.0.1-W{alert.id}"], begun)
    scene.later(minutes=30)
    assert _feed(scene) == full
    scene.later(hours=6)
    over = _feed(scene)
    assert (_names(over), over.changed_at) == ([], alert.expires_at)
    assert len({empty.tag, full.tag, over.tag}) == 3


def test_a_cancel_shows_in_the_feed_of_its_world_alone(scene: Scene) -> None:
    drill = scene.exercise()
    scene.people(1, first=50, exercise_id=drill)
    alert = scene.approved(exercise_id=drill)
    scene.later(minutes=1)
    scene.cancel(alert)
    assert _names(_feed(scene)) == []
    assert _names(_feed(scene, "cap-exercise")) == [f"127.0.0.1-W{alert.id}-C"]
    withdrawal = _document(scene, f"127.0.0.1-W{alert.id}-C")
    assert withdrawal is not None
    assert withdrawal.changed_at == scene.now
    root = etree.fromstring(withdrawal.xml)
    assert root.findtext("{*}status") == "Exercise"


def test_coordinators_read_a_document_before_partners_do(scene: Scene) -> None:
    scene.later(hours=4)  # quiet hours
    alert = scene.approved(hazard="rumour")
    assert _document(scene, f"127.0.0.1-W{alert.id}") is None
    with scene.runtime.database.reading() as session:
        own = publishing.own_document(scene.runtime, session, alert.id)
    assert own.changed_at == scene.now + timedelta(hours=7.5)
    draft = scene.draft()
    with scene.runtime.database.reading() as session, pytest.raises(NotFound):
        publishing.own_document(scene.runtime, session, draft.id)


def _feed(scene: Scene, name: str = "cap") -> Document:
    with scene.runtime.database.reading() as session:
        return publishing.feed(scene.runtime, session, name, scene.now)


def _document(scene: Scene, identifier: str) -> Document | None:
    with scene.runtime.database.reading() as session:
        return publishing.document(scene.runtime, session, identifier, scene.now)


def _names(feed: Document) -> list[str]:
    """The identifiers of its entries."""
    root = etree.fromstring(feed.xml)
    found = [one.text for one in root.iterfind("{*}entry/{*}id")]
    return [name.rpartition("/")[2].removesuffix(".xml") for name in found]

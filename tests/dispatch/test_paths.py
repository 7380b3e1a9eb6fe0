"""Every message in the outbox knows which routes its number goes by."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import select, update

from gateway.dispatch.outbox import Text, queue_answer, queue_page, queue_question
from gateway.flow import rounds
from gateway.store.tables import Alert, Delivery, Exercise, Subscriber, User
from tests.dispatch.scenes import Scene
from tests.make import make_user, settings_for

ROUTES = (
    '[{prefix = "+254", operator = "Safaricom", accounts = ["simulator"]},'
    ' {prefix = "+254", accounts = ["simulator"]}, {prefix = "", accounts = ["simulator"]}]'
)
HOME = "+254@safaricom"


@pytest.fixture(autouse=True)
def _routed(scene: Scene, tmp_path: Path) -> None:
    url = scene.runtime.settings.database.url
    scene.runtime.settings = settings_for(url, tmp_path, GATEWAY_ROUTES=ROUTES)


def _paths(scene: Scene, **facts: object) -> Sequence[str]:
    return [delivery.path for delivery in scene.deliveries(**facts)]


def test_a_warning_s_copies_have_the_paths_of_their_people(scene: Scene) -> None:
    scene.people(2, path=HOME)
    scene.people(1, first=9, path="+254")
    alert = scene.approved()
    assert sorted(_paths(scene, alert_id=alert.id)) == ["+254", HOME, HOME]


def test_so_have_its_repetitions_and_what_follows_it(scene: Scene) -> None:
    scene.people(2, path=HOME)
    alert = scene.approved()
    scene.send()
    scene.receipt(scene.deliveries()[0], "delivered")
    scene.set(Alert, alert.id, repeat_minutes=10, next_round_at=scene.now)
    assert rounds.repeat_due(scene.runtime) == 1
    follow = scene.cancel(alert)
    assert follow is not None
    assert _paths(scene) == [HOME] * 3


def test_answers_and_questions_go_by_the_person_s_and_pages_by_the_number_s(scene: Scene) -> None:
    scene.people(1, path=HOME)
    with scene.runtime.database.writing() as session:
        person = session.scalars(select(Subscriber)).one()
        text = Text("en", "hello")
        queue_answer(session, person, text, scene.now)
        queue_question(session, person, text, scene.now, due_at=scene.now, expires_at=scene.now)
        chief = make_user(session, "chief", phone="+254711000111")
        abroad = make_user(session, "abroad", phone="+15005550006")
        for user in (chief, abroad, session.scalars(select(User)).first()):
            assert user is not None
            queue_page(session, scene.runtime.settings.routes, user, text, scene.now)
    assert sorted(_paths(scene)) == sorted([HOME, HOME, HOME, "", ""])
    assert _paths(scene, kind="page") == [HOME, "", ""]


def test_an_exercise_stays_on_the_machine_but_for_its_volunteers(scene: Scene) -> None:
    drill = scene.exercise()
    scene.set(Exercise, drill, volunteers=True)
    scene.people(1, path="exercise", exercise_id=drill)
    scene.people(1, first=5, path=HOME, exercise_id=drill)  # from before there were paths
    (volunteer,) = scene.people(1, first=9, path=HOME, drills=True)
    alert = scene.approved(exercise_id=drill)
    assert sorted(_paths(scene, alert_id=alert.id)) == [HOME, "exercise", "exercise"]
    with scene.runtime.database.writing() as session:
        index = scene.runtime.keys.index.of(volunteer)
        session.execute(
            update(Subscriber).where(Subscriber.phone_index == index).values(drills=False)
        )
        session.execute(update(Delivery).values(state="delivered"))
    scene.cancel(alert)
    assert set(_paths(scene, state="queued")) <= {"exercise"}


def test_who_writes_first_is_answered_by_their_own_path(scene: Scene) -> None:
    scene.text("+254711000111", "HELP")
    drill = scene.exercise()
    scene.text("+254711000112", "HELP", exercise_id=drill)
    assert _paths(scene) == [HOME, "exercise"]

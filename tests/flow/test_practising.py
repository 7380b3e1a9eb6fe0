"""Coordinators who took part in no exercise for long are reminded, once in that time."""

from datetime import datetime, timedelta

import pytest

from gateway.flow.practising import remind_to_practise
from gateway.lists.exercises import to_practise
from gateway.runtime import Runtime
from gateway.store.tables import User
from tests.flow.on_call import AMINA, BRIAN, CHEBET, OnCall
from tests.make import make_user

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

TEXT = "No drill for 30 days. Please run one: gateway page, Exercises."


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> OnCall:
    return OnCall(runtime, now)


def reminded(scene: OnCall) -> list[str]:
    """Who got the reminder in this sweep, by number."""
    scene.company.sent.clear()
    remind_to_practise(scene.runtime)
    scene.send()
    assert {sms.text for sms in scene.company.sent} <= {TEXT}
    return sorted(sms.to for sms in scene.company.sent)


def test_who_was_in_no_exercise_is_reminded_once_in_thirty_days(scene: OnCall) -> None:
    scene.set(User, scene.first.id, drilled_at=scene.now - timedelta(days=3))
    assert reminded(scene) == [BRIAN, CHEBET]
    assert reminded(scene) == []
    scene.later(days=29)
    assert reminded(scene) == [AMINA]
    scene.later(days=1)
    assert reminded(scene) == [BRIAN, CHEBET]


def test_whoever_takes_part_is_not_reminded_until_then(scene: OnCall) -> None:
    assert reminded(scene) == [AMINA, BRIAN, CHEBET]
    scene.later(days=25)
    scene.set(User, scene.second.id, drilled_at=scene.now)
    scene.later(days=6)
    assert reminded(scene) == [AMINA, CHEBET]
    scene.later(days=25)
    assert reminded(scene) == [BRIAN]


def test_nobody_is_reminded_at_night(scene: OnCall) -> None:
    scene.later(hours=4)  # 22:30 there
    assert reminded(scene) == []
    scene.later(hours=9)
    assert len(reminded(scene)) == 3


def test_only_people_who_judge_and_have_a_phone_are_reminded(scene: OnCall) -> None:
    scene.set(User, scene.first.id, disabled=True)
    scene.set(User, scene.second.id, role="analyst")
    scene.set(User, scene.third.id, phone=None)
    with scene.runtime.database.writing() as session:
        make_user(session, "exercise-1")
        make_user(session, "new", phone="+254700000899", created_at=scene.now - timedelta(days=2))
    assert reminded(scene) == []
    with scene.runtime.database.reading() as session:
        assert to_practise(session, 30, scene.now) == ["chebet"]
        assert to_practise(session, 0, scene.now) == ()


def test_a_deployment_may_do_without_reminders(scene: OnCall) -> None:
    policy = scene.runtime.settings.policy.model_copy(update={"drill_days": 0})
    scene.runtime.settings = scene.runtime.settings.model_copy(update={"policy": policy})
    assert reminded(scene) == []

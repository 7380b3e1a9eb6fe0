"""What people hear after a judgement: thanks, once, the same for all, and nothing that betrays."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.flow import judging
from gateway.flow.aftermath import KIND, thank_afterwards
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime, build_runtime
from gateway.store.tables import Delivery, Incident, Inquiry, Subscriber
from gateway.terms.geo import Position
from tests.dispatch.scenes import Scene
from tests.make import make_place, make_subscriber, settings_for

ONE, TWO, THREE = (f"+25470000081{number}" for number in range(1, 4))
ATTACK = "gunmen attacked Moa, {} houses burn"
TEXT = "Thank you for your message. Stay safe."
JUDGE = {
    "verified": judging.verify, "refuted": judging.refute, "unverifiable": judging.unverifiable,
}  # fmt: skip


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    return Scene(runtime, now)


@pytest.fixture
def rival(settings: Settings, scene: Scene) -> Iterator[Runtime]:
    """A second machine on the same database."""
    rival = build_runtime(settings)
    scene.plug_in(rival)
    yield rival
    rival.database.close()


def judged(
    scene: Scene, *phones: str, outcome: str = "verified", text: str = ATTACK, **facts: object
) -> int:
    """An incident these people told of, and its judgement."""
    for phone in phones:
        scene.text(phone, text.format(phone[-1]), **facts)
    incident = scene.incidents()[-1].id
    judge(scene, incident, outcome)
    return incident


def judge(scene: Scene, incident: int, outcome: str) -> None:
    with scene.runtime.database.writing() as session:
        JUDGE[outcome](session, incident, scene.first, "the chief says so", scene.now)


def thanks(scene: Scene) -> list[Delivery]:
    return list(scene.deliveries(kind=KIND))


def change(scene: Scene, phone: str, **values: object) -> None:
    with scene.runtime.database.writing() as session:
        index = scene.runtime.keys.index.of(phone)
        person = session.scalars(select(Subscriber).where(Subscriber.phone_index == index)).one()
        for name, value in values.items():
            setattr(person, name, value)


@pytest.mark.parametrize("outcome", list(JUDGE))
def test_all_who_wrote_are_thanked_in_the_same_words_whatever_was_judged(
    scene: Scene, outcome: str
) -> None:
    judged(scene, ONE, TWO, outcome=outcome)
    scene.later(minutes=29)
    thank_afterwards(scene.runtime)
    assert thanks(scene) == []
    scene.later(minutes=1)
    assert thank_afterwards(scene.runtime) == 1
    assert [delivery.body for delivery in thanks(scene)] == [TEXT, TEXT]


def test_nobody_is_thanked_twice_for_one_incident(scene: Scene) -> None:
    incident = judged(scene, ONE)
    scene.later(minutes=31)
    thank_afterwards(scene.runtime)
    scene.later(hours=13)
    with scene.runtime.database.writing() as session:
        judging.refute(session, incident, scene.first, "it was a wedding", scene.now)
    scene.later(hours=12)
    assert thank_afterwards(scene.runtime) == 0
    assert len(thanks(scene)) == 1


def test_two_machines_thank_once(scene: Scene, rival: Runtime) -> None:
    judged(scene, ONE, TWO)
    scene.later(minutes=31)
    gate = threading.Barrier(2)

    def sweep(runtime: Runtime) -> int:
        gate.wait(10)
        return thank_afterwards(runtime)

    with ThreadPoolExecutor(2) as machines:
        done = list(machines.map(sweep, (scene.runtime, rival)))
    assert sum(done) == 1
    assert len(thanks(scene)) == 2


def test_one_who_told_of_two_incidents_is_thanked_once_a_day(scene: Scene) -> None:
    with scene.runtime.database.writing() as session:
        make_place(session, "Hola", Position(-1.48256, 40.03341))
    judged(scene, ONE)
    scene.later(minutes=31)
    thank_afterwards(scene.runtime)
    scene.later(hours=14)
    other = judged(scene, ONE, text="people are fleeing from Hola, the river rose")
    scene.later(minutes=31)
    assert thank_afterwards(scene.runtime) == 1
    assert other == len(scene.incidents()) == 2
    assert len(thanks(scene)) == 1


@pytest.mark.parametrize("state", ["stopped", "blocked"])
def test_who_said_stop_or_is_blocked_hears_nothing(scene: Scene, state: str) -> None:
    judged(scene, ONE, TWO)
    change(scene, ONE, state=state)
    scene.later(minutes=31)
    thank_afterwards(scene.runtime)
    assert len(thanks(scene)) == 1


def test_the_night_is_left_quiet_and_the_morning_makes_up_for_it(scene: Scene) -> None:
    scene.later(hours=2, minutes=20)  # 20:50
    judged(scene, ONE)
    scene.later(minutes=40)
    assert thank_afterwards(scene.runtime) == 0
    scene.later(hours=9)
    assert thank_afterwards(scene.runtime) == 1


def test_everybody_is_thanked_in_their_own_language(scene: Scene) -> None:
    judged(scene, ONE, TWO)
    change(scene, ONE, language="sw")
    scene.later(minutes=31)
    thank_afterwards(scene.runtime)
    assert {delivery.body for delivery in thanks(scene)} == {
        TEXT, "Asante kwa ujumbe wako. Kaa salama.",
    }  # fmt: skip


def test_the_asked_who_answered_are_thanked_and_the_silent_are_not(scene: Scene) -> None:
    incident = judged(scene, ONE)
    with scene.runtime.database.writing() as session:
        for number, phone in enumerate((TWO, THREE), 1):
            person = make_subscriber(session, scene.runtime.keys, phone, focal_point=True)
            session.add(
                Inquiry(
                    kind="confirm", state="answered" if phone == TWO else "expired",
                    subscriber_id=person.id, incident_id=incident, number=number, language="en",
                    answer="yes" if phone == TWO else None, asked_by="gateway",
                    created_at=scene.now, asked_at=scene.now, expires_at=scene.now,
                    answered_at=scene.now if phone == TWO else None,
                )
            )  # fmt: skip
    scene.later(minutes=31)
    thank_afterwards(scene.runtime)
    with scene.runtime.database.reading() as session:
        ids = [delivery.subscriber_id for delivery in thanks(scene)]
        named = session.scalars(select(Subscriber.pseudonym).where(Subscriber.id.in_(ids))).all()
    assert len(ids) == 2
    assert "Heron-000812" in named


def test_an_incident_opened_again_waits_for_its_next_judgement(scene: Scene) -> None:
    incident = judged(scene, ONE, outcome="refuted")
    with scene.runtime.database.writing() as session:
        judging.reopen(session, incident, scene.first, "a second witness", scene.now)
    scene.later(minutes=31)
    assert thank_afterwards(scene.runtime) == 0
    judge(scene, incident, "verified")
    assert thank_afterwards(scene.runtime) == 1


def test_nobody_is_thanked_for_what_is_long_past(scene: Scene) -> None:
    judged(scene, ONE)
    scene.later(days=3)
    assert thank_afterwards(scene.runtime) == 0


def test_a_drill_thanks_its_own_people_only(scene: Scene) -> None:
    drill = scene.exercise()
    judged(scene, ONE, exercise_id=drill)
    scene.later(minutes=31)
    thank_afterwards(scene.runtime)
    (delivery,) = thanks(scene)
    assert delivery.exercise_id == drill
    scene.send()
    assert f"EXERCISE ONLY. {TEXT}" in [sms.text for sms in scene.drill_company.sent]
    assert not scene.company.sent


def test_what_leaves_names_nothing_of_the_report(scene: Scene) -> None:
    judged(scene, ONE)
    scene.later(minutes=31)
    thank_afterwards(scene.runtime)
    scene.send()
    assert TEXT in [sms.text for sms in scene.company.sent]


@pytest.mark.parametrize(
    "setting",
    [{"GATEWAY_POLICY__THANK_AFTER_MINUTES": "-1"}, {"GATEWAY_POLICY__ACKNOWLEDGE": "off"}],
)
def test_policy_can_keep_silent(
    scene: Scene, database_url: str, tmp_path: Path, setting: dict[str, str]
) -> None:
    silent = build_runtime(settings_for(database_url, tmp_path, **setting))
    scene.plug_in(silent)
    judged(scene, ONE)
    scene.later(minutes=31)
    assert thank_afterwards(silent) == 0
    silent.database.close()


def _moments(session_of: Callable[[], Incident]) -> tuple[datetime | None, str | None]:
    incident = session_of()
    return incident.judged_at, incident.judged_grade


def test_the_first_judgement_keeps_its_moment_and_the_last_its_grade(scene: Scene) -> None:
    incident = judged(scene, ONE, outcome="refuted")
    first, grade = _moments(lambda: scene.incidents()[-1])
    assert (first, grade) == (scene.now, "F6")  # as it was before it taught us about its source
    scene.later(minutes=10)
    with scene.runtime.database.writing() as session:
        judging.reopen(session, incident, scene.first, "a second witness", scene.now)
    scene.set(Incident, incident, reliability="B", credibility=2)
    scene.later(minutes=10)
    judge(scene, incident, "verified")
    assert _moments(lambda: scene.incidents()[-1])[0] == first
    assert _moments(lambda: scene.incidents()[-1])[1] == "B2"

"""Coordinators are called in their turn, until one of them looks or judges."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest

from gateway.flow import calling, duty, judging
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime, build_runtime
from gateway.store.tables import Incident
from tests.flow.on_call import AMINA, BRIAN, CHEBET, ROTA, WITNESS, OnCall
from tests.make import settings_for


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    fast = {"GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND": "10000"}
    return settings_for(database_url, tmp_path, GATEWAY_ROTA=ROTA, **fast)


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> OnCall:
    return OnCall(runtime, now)


def with_settings(scene: OnCall, **environ: str) -> OnCall:
    """The same gateway with other settings."""
    old = scene.runtime.settings
    scene.runtime.settings = settings_for(
        old.database.url, old.var.parent, GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND="9999",
        **environ,
    )  # fmt: skip
    return scene


def test_an_unseen_severe_report_calls_the_first_then_the_second_until_it_is_taken(
    scene: OnCall,
) -> None:
    scene.text(WITNESS, "armed men near Moa")
    scene.set(Incident, 1, severity="extreme")  # five minutes, halved
    assert [scene.sweep(seconds=15) for _ in range(9)] == [0] * 9
    assert scene.sweep(seconds=15) == 1
    assert len(scene.got(AMINA)) == 1
    assert "nobody has looked for 2 min" in scene.got(AMINA)[0]
    assert [scene.sweep(seconds=15) for _ in range(19)] == [0] * 19
    assert scene.sweep(seconds=15) == 1
    assert (len(scene.got(AMINA)), len(scene.got(BRIAN))) == (1, 1)
    assert scene.calls() == [("amina", "unseen", 1), ("brian", "unseen", 2)]

    scene.text(BRIAN, "TAKE 1")
    assert (scene.one(1).owner_id, scene.one(1).taken_at) == (scene.second.id, scene.now)
    assert [scene.sweep(minutes=1) for _ in range(7)] == [0] * 7
    assert scene.got(BRIAN)[1:] == ["You have incident 1. Others are not called for now."]
    assert scene.got(CHEBET) == []
    assert len(scene.got(AMINA)) == 1


def test_after_the_last_comes_the_first_again_but_not_for_ever(scene: OnCall) -> None:
    scene.incident("open")
    assert [scene.sweep(minutes=5) for _ in range(10)] == [1] * 6 + [0] * 4
    assert [name for name, _, _ in scene.calls()] == ["amina", "brian"] * 3
    assert [step for _, _, step in scene.calls()] == [1, 2, 3, 4, 5, 6]
    assert scene.one(1).paged_at is not None


def test_a_long_pause_of_the_sweeps_calls_one_person_not_all_at_once(scene: OnCall) -> None:
    scene.incident("open")
    assert [scene.sweep(hours=1), scene.sweep(seconds=15), scene.sweep(seconds=15)] == [1, 0, 0]
    assert [name for name, _, _ in scene.calls()] == ["amina"]


def test_seen_but_not_judged_calls_its_owner_first(scene: OnCall) -> None:
    incident = scene.incident("open")
    with scene.runtime.database.writing() as session:
        duty.take(session, incident, scene.third, scene.now, via="page")
    assert scene.sweep(minutes=29, seconds=45) == 0
    assert [scene.sweep(seconds=15), scene.sweep(minutes=5), scene.sweep(minutes=5)] == [1, 1, 1]
    assert scene.calls() == [
        ("chebet", "unjudged", 1), ("amina", "unjudged", 2), ("brian", "unjudged", 3),
    ]  # fmt: skip
    assert "seen but not judged for 30 min" in scene.got(CHEBET)[0]
    with scene.runtime.database.writing() as session:
        judging.verify(session, incident, scene.first, "the chief confirms", scene.now)
    assert scene.sweep(minutes=5) == 0


def test_an_incident_opened_again_is_called_for_again(scene: OnCall) -> None:
    incident = scene.incident("open")
    for _ in range(8):
        scene.sweep(minutes=5)
    with scene.runtime.database.writing() as session:
        judging.refute(session, incident, scene.first, "nobody there", scene.now)
        judging.reopen(session, incident, scene.first, "two more witnesses", scene.now)
    assert scene.sweep(minutes=29) == 0
    assert [scene.sweep(minutes=5), scene.sweep(minutes=5)] == [1, 1]
    assert scene.calls()[6:] == [("amina", "unjudged", 1), ("brian", "unjudged", 2)]


def test_exercises_call_nobody(scene: OnCall) -> None:
    scene.incident("open", exercise_id=scene.exercise())
    assert scene.sweep(hours=3) == 0


def test_calls_can_be_switched_off(scene: OnCall) -> None:
    with_settings(scene, GATEWAY_JOBS__ESCALATE="false").incident("open")
    assert scene.sweep(hours=3) == 0


def test_without_a_rota_all_are_called_at_once_and_once(scene: OnCall) -> None:
    with_settings(scene).incident("open")
    assert [scene.sweep(minutes=5) for _ in range(4)] == [1, 0, 0, 0]
    assert [len(scene.got(phone)) for phone in (AMINA, BRIAN, CHEBET)] == [1, 1, 1]
    assert len({scene.code(phone) for phone in (AMINA, BRIAN, CHEBET)}) > 1


def test_a_rota_of_people_without_accounts_or_phones_calls_all(scene: OnCall) -> None:
    with_settings(scene, GATEWAY_ROTA='[{people = ["nobody"]}]').incident("open")
    assert scene.sweep(minutes=5) == 1
    assert [len(scene.got(phone)) for phone in (AMINA, BRIAN, CHEBET)] == [1, 1, 1]


def test_the_first_entry_that_fits_the_hour_counts(scene: OnCall) -> None:
    rota = """[{people = ["amina"], hours = "06:00-18:00"},
               {people = ["brian"], hours = "18:00-06:00"}, {people = ["chebet"]}]"""
    with_settings(scene, GATEWAY_ROTA=rota).incident("open")  # 18:30 in Nairobi
    scene.sweep(minutes=5)
    assert [name for name, _, _ in scene.calls()] == ["brian"]


def test_a_disabled_account_is_passed_over(scene: OnCall) -> None:
    scene.give_phone(scene.first, AMINA, disabled=True)
    scene.incident("open")
    scene.sweep(minutes=5)
    assert scene.got(AMINA) == []
    assert [name for name, _, _ in scene.calls()] == ["brian"]


def test_two_machines_that_sweep_at_once_call_once(scene: OnCall, settings: Settings) -> None:
    for _ in range(3):
        scene.incident("open")
    other = build_runtime(settings)
    scene.plug_in(other)
    scene.later(minutes=5)
    gate = threading.Barrier(2)

    def sweep(runtime: Runtime) -> int:
        gate.wait(10)
        return calling.call_due(runtime)

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(sweep, (scene.runtime, other)))
    assert sum(done) <= 3  # what one could not lock, the other had
    scene.sweep(seconds=15)
    other.database.close()
    assert scene.calls() == [("amina", "unseen", 1)] * 3
    assert len(scene.got(AMINA)) == 3

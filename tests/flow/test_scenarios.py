"""Every scenario plays to its true outcome, on a clock that this test moves."""

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from gateway.flow.exercising import Drill
from gateway.flow.playing import script_clock
from gateway.flow.scenario import Scenario, Step, read_scenario
from gateway.flow.truth import Sources
from gateway.plumbing.resources import CONFIG
from gateway.runtime import Runtime, build_runtime
from gateway.store.tables import Exercise, Inquiry, Message
from gateway.terms.refusals import Refused
from tests.flow.theatre import Hall, Played, perform, scenario
from tests.make import settings_for
from tests.postgres import shared_server

SCENARIOS = sorted(path.stem for path in (CONFIG / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_scenario_plays_to_its_true_outcome(name: str, country: Runtime, now: datetime) -> None:
    played = perform(country, scenario(name), now)
    assert played.failures() == []
    assert played.reach().is_right, played.reach()


def test_one_scenario_after_another_leaves_nothing_that_spoils_the_next(
    country: Runtime, now: datetime
) -> None:
    """The same phones live elsewhere, and what they were trusted with before is forgotten."""
    for name in ("moving_group", "two_attacks", "rumour_echo"):
        played = perform(country, scenario(name), now)
        assert played.failures() == [], name
        now += timedelta(hours=4)


def test_a_scenario_plays_to_the_same_outcome_on_postgresql(
    sample_postgresql: str, tmp_path: Path, now: datetime
) -> None:
    url = shared_server().new_database(sample_postgresql)
    runtime = build_runtime(settings_for(url, tmp_path))
    played = perform(runtime, scenario("two_attacks"), now)
    assert played.failures() == []
    assert played.reach().is_right, played.reach()
    runtime.database.close()
    shared_server().drop(url)


def test_the_people_of_a_scenario_live_in_different_villages_and_speak_two_languages() -> None:
    for name in SCENARIOS:
        people = scenario(name).people
        assert len({group.place for group in people}) >= 3, name
        assert len({group.language for group in people}) >= 2, name


@pytest.fixture(scope="module")
def two_attacks(sample_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """A scenario that went right, to be compared with outcomes that are wrong."""
    folder = tmp_path_factory.mktemp("two_attacks")
    shutil.copy(sample_sqlite, folder / "gateway.db")
    runtime = build_runtime(settings_for(f"sqlite:///{folder}/gateway.db", folder))
    yield perform(runtime, scenario("two_attacks"), datetime(2026, 3, 10, 15, 30, tzinfo=UTC))
    runtime.database.close()


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"hazard": "roadblock"}, "hazard roadblock expected, attack found"),
        ({"place": "Hola"}, "within 5 km of Hola: it is"),
        ({"place": "Atlantis"}, "the list of places has no Atlantis"),
        ({"sources": 6}, "sources 6 expected, 5 found"),
        ({"contradictions": 1}, "contradictions 1 expected, 0 found"),
        ({"state": "refuted"}, "state refuted expected, verified found"),
        ({"copies": ("garsen-3",)}, "copies by garsen-3: not garsen-3"),
        ({"hearsay": ("wema-2",)}, "hearsay of wema-2: not wema-2"),
        ({"denied_by": ("hola-2",)}, "denied by hola-2: not hola-2"),
        ({"coordinated": True}, "flagged as coordinated: not flagged as coordinated"),
        ({"credibility_no_better_than": 4}, "never better than 4 when decided on: it was 1"),
        ({"credibility_no_worse_than": 0}, "credibility 0 or better: it is 1"),
        ({"stops": ("Ngao",)}, "stops Ngao expected, Garsen found"),
        ({"warned": False, "warns": None}, "nobody is warned of it: 1 warnings left"),
        ({"warns": ("hola",)}, "warns hola, each phone once: wrong for garsen-1"),
        ({"phones": ("garsen-1",)}, "told of by garsen-1: but also garsen-3"),
        ({"phones": ("hola-2",)}, "no incident came of what its phones texted"),
    ],
)
def test_an_outcome_that_is_not_met_is_named(
    two_attacks: Played, wrong: dict[str, object], line: str
) -> None:
    right = two_attacks.script.outcome
    first = right.incidents[0].model_copy(update=wrong)
    outcome = right.model_copy(update={"incidents": (first, *right.incidents[1:])})
    assert any(line in failure for failure in two_attacks.failures(outcome))


@pytest.mark.parametrize(
    ("wrong", "line"),
    [
        ({"count": 1}, "incidents 1 expected, 2 found"),
        ({"nobody_warned": True}, "nobody is warned: 2 warnings left"),
        ({"never_sent": ("Garsen",)}, "word 1 of never_sent is never sent: sent"),
        (
            {"sources": (Sources(phones=("ngao-1",), no_better_than="E"),)},
            "source ngao-1: reliability E or worse: it is",
        ),
        (
            {"sources": (Sources(phones=("hola-2",), no_worse_than="C"),)},
            "source hola-2: reliability C or better: it is F",
        ),
    ],
)
def test_an_outcome_of_the_whole_that_is_not_met_is_named(
    two_attacks: Played, wrong: dict[str, object], line: str
) -> None:
    outcome = two_attacks.script.outcome.model_copy(update=wrong)
    assert any(line in failure for failure in two_attacks.failures(outcome))


def test_two_true_incidents_are_not_both_found_in_one(two_attacks: Played) -> None:
    right = two_attacks.script.outcome
    first, second = right.incidents
    merged = first.model_copy(update={"phones": first.phones + second.phones})
    outcome = right.model_copy(update={"incidents": (merged,)})
    failures = two_attacks.failures(outcome)
    assert any("told of by" in line and "not golbanti-3" in line for line in failures)
    assert any("ngao-1" in line and "in another incident" in line for line in failures)


def test_an_act_that_is_refused_fails_the_outcome_and_the_play_goes_on(
    country: Runtime, now: datetime
) -> None:
    script = scenario("two_attacks")
    acts = tuple(step for step in script.steps if step.act != "verify")
    played = perform(country, script.model_copy(update={"steps": acts}), now)
    assert any("verify it first" in line for line in played.failures())
    assert any("There is no submitted warning" in line for line in played.failures())
    assert len(played.lines) == len(acts) + 1


def test_who_was_not_asked_does_not_answer(country: Runtime, now: datetime) -> None:
    script = scenario("two_attacks")
    people = tuple(
        group.model_copy(update={"focal": group.name == "hola"}) for group in script.people
    )
    step = Step.model_validate({"at_s": 1, "from": "hola-1", "answers": "yes"})
    played = perform(country, script.model_copy(update={"people": people, "steps": (step,)}), now)
    assert played.lines[-1] == "     1 s  hola-1 would answer yes, but was not asked"


@pytest.mark.parametrize(
    ("language", "answer", "text"), [("sw", "yes", "NDIYO 1"), ("en", "no", "NO 1")]
)
def test_who_was_asked_answers_in_their_language(
    language: str, answer: str, text: str, country: Runtime, now: datetime
) -> None:
    people = [{"name": "elder", "place": "Garsen", "language": language, "count": 1, "focal": True}]
    steps = [{"at_s": 1, "from": "elder-1", "answers": answer}]
    script = Scenario.model_validate(
        {"title": "x", "country": "KE", "patience_s": 1, "people": people, "steps": steps}
    )
    hall = Hall(country, now)
    drill = Drill(country, script)
    drill.enrol()
    hall.settle()
    drill.settle_in()
    with country.database.writing() as session:
        person = drill.people(session)["elder-1"]
        assert person.focal_point
        session.add(
            Inquiry(
                kind="confirm",
                state="asked",
                subscriber_id=person.id,
                number=1,
                language=language,
                asked_by="gateway",
                created_at=now,
                asked_at=now,
                expires_at=now + timedelta(hours=1),
                exercise_id=drill.id,
            )
        )
    assert drill.is_asked("elder-1")
    assert drill.play(script.steps[0]) == f"elder-1 answers {answer}"
    with country.database.reading() as session:
        assert session.scalars(select(Message.body).order_by(Message.id.desc())).first() == text
    hall.sender.close()


def test_who_joined_is_no_stranger_and_who_did_not_is(two_attacks: Played) -> None:
    with two_attacks.runtime.database.reading() as session:
        people = two_attacks.drill.people(session)
        exercise = session.get_one(Exercise, two_attacks.drill.id)
        assert exercise.started_at - people["garsen-1"].created_at >= timedelta(days=30)


def test_the_clock_of_a_fast_play_comes_to_the_present_with_its_last_step(now: datetime) -> None:
    script = scenario("two_attacks")
    moment = now
    clock = script_clock(script, 60, lambda: moment, ZoneInfo("Africa/Nairobi"))
    clock.go()
    began = clock()
    moment += timedelta(seconds=script.length_s / 60)
    assert clock() == moment
    assert clock() - began == timedelta(seconds=script.length_s)
    assert clock.real_of(began) == now


def test_the_clock_at_the_usual_speed_is_the_real_one(now: datetime) -> None:
    clock = script_clock(scenario("two_attacks"), 1, lambda: now, ZoneInfo("Africa/Nairobi"))
    assert clock() == now


def test_a_scenario_of_the_night_is_set_at_the_nearest_night(now: datetime) -> None:
    clock = script_clock(scenario("night_raid"), 1, lambda: now, ZoneInfo("Africa/Nairobi"))
    assert clock() == datetime(2026, 3, 11, 1, 30, tzinfo=UTC)  # 4:30 there, ten hours from now


def test_all_mistakes_of_a_scenario_are_told_at_once(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    file.write_text(WRONG)
    with pytest.raises(Refused) as refused:
        read_scenario(file)
    said = str(refused.value)
    for mistake in (
        "bad.toml: country: is missing",
        "people.2: only people who join can be focal points",
        "steps.2: a step has either from and text (or answers), or coordinator, act and of",
        "steps.3.aat_s: is no key that is known here",
        "outcome.incidents.1.sources: is missing",
        "begins_at: is not written as it must be",
        "the steps are not in the order of at_s",
    ):
        assert mistake in said, said


def test_names_that_nobody_bears_are_told(tmp_path: Path) -> None:
    file = tmp_path / "bad.toml"
    text = (CONFIG / "scenarios" / "two_attacks.toml").read_text()
    text = text.replace('"garsen-3", "wema-2"', '"garson-3", "wema-2"')
    text = text.replace('warns = ["garsen",', 'warns = ["gar",')
    text = text.replace("count = 2\n", "count = 2\nnobody_warned = true\n", 1)
    text = text.replace('from = "hola-2"\ntext = "habari', 'from = "hola-9"\ntext = "habari')
    file.write_text(text)
    with pytest.raises(Refused) as refused:
        read_scenario(file)
    said = str(refused.value)
    assert "nobody is called garson-3" in said
    assert "nobody is called hola-9" in said
    assert "no group of people is called gar" in said
    assert "nobody_warned is set, but these are warned: garsen" in said


WRONG = """
title = "x"
patience_s = 1
begins_at = "25:00"
[[people]]
name = "moa"
place = "Moa"
language = "sw"
count = 1
[[people]]
name = "elder"
place = "Moa"
language = "sw"
count = 1
joins = false
focal = true
[[steps]]
at_s = 9
from = "moa-1"
text = "habari"
[[steps]]
at_s = 5
from = "moa-1"
[[steps]]
aat_s = 5
from = "moa-1"
text = "habari"
[[steps]]
at_s = 5
from = "moa-1"
text = "habari"
[outcome]
count = 1
[[outcome.incidents]]
name = "a"
hazard = "attack"
phones = ["moa-1"]
"""

"""Silence means something where people usually write, or were asked whether all is calm."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, select

from gateway.flow import calm, marking, silence
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Incident, Message, Subscriber
from gateway.terms.refusals import Refused
from tests.flow.neighbourhood import REPORTER, Neighbourhood
from tests.make import make_subscriber

MORNING = datetime(2026, 3, 10, 6, 0, tzinfo=UTC)  # 09:00 in Nairobi
CALM = "How is it in Moa? If all is calm reply QUIET. If not, write what is happening."


@pytest.fixture
def scene(runtime: Runtime) -> Neighbourhood:
    return Neighbourhood(runtime, MORNING)


@pytest.fixture
def asha(scene: Neighbourhood) -> str:
    """A focal point in Moa who is asked every day, for the first time in an hour."""
    phone = scene.focal(quiet_hours=24, quiet_due_at=MORNING + timedelta(hours=1))
    scene.later(hours=1)
    return phone


def ask(scene: Neighbourhood) -> int:
    return calm.ask_whether_calm(scene.runtime)


def test_a_focal_point_is_asked_when_it_is_due(scene: Neighbourhood, asha: str) -> None:
    assert ask(scene) == 1
    assert ask(scene) == 0
    assert scene.got(asha) == [CALM]
    scene.later(minutes=5)
    scene.text(asha, "QUIET")
    scene.later(hours=23, minutes=55)
    assert ask(scene) == 0  # QUIET came less than a day ago
    scene.later(minutes=5)
    assert ask(scene) == 1


def test_who_wrote_meanwhile_is_not_asked(scene: Neighbourhood, asha: str) -> None:
    scene.now -= timedelta(hours=2)
    scene.text(asha, "Good morning, how are you")
    scene.later(hours=2)
    assert ask(scene) == 0
    scene.later(hours=22, minutes=1)
    assert ask(scene) == 1


def test_nobody_is_asked_at_night(scene: Neighbourhood, asha: str) -> None:
    scene.now = datetime(2026, 3, 10, 20, 0, tzinfo=UTC)  # 23:00
    assert ask(scene) == 0
    scene.later(hours=8)
    assert ask(scene) == 1


@pytest.mark.parametrize("word", ["QUIET", "quiet please", "all is calm", "shwari", "yes"])
def test_a_word_of_calm_answers(scene: Neighbourhood, asha: str, word: str) -> None:
    ask(scene)
    scene.text(asha, word)
    assert (scene.only().state, scene.only().answer) == ("answered", "quiet")
    assert scene.got(asha, "reply") == ["Thank you, we noted that all is calm."]


def test_a_report_that_all_is_quiet_answers_too_and_is_kept(
    scene: Neighbourhood, asha: str
) -> None:
    ask(scene)
    scene.text(asha, "Here in Moa everything is calm and peaceful, the market is open")
    assert scene.only().answer == "quiet"
    assert [report.hazard for report in scene.reports()] == ["all_quiet"]


def test_quiet_of_one_who_was_not_asked_is_a_report_as_before(scene: Neighbourhood) -> None:
    scene.text(REPORTER, "QUIET all is calm in Moa today")
    assert [report.hazard for report in scene.reports()] == ["all_quiet"]


def test_a_no_raises_an_alarm(scene: Neighbourhood, asha: str) -> None:
    ask(scene)
    scene.text(asha, "NO")
    (report,) = scene.reports()
    assert (report.hazard, report.place_name) == ("other", "Moa")
    assert scene.only(kind="quiet").answer == "no"
    assert scene.got(asha, "reply") == ["What is happening? Reply in a few words."]


def test_a_yes_with_bad_news_is_no_word_of_calm(scene: Neighbourhood, asha: str) -> None:
    ask(scene)
    scene.text(asha, "yes they attacked us in Moa, two people were killed")
    assert scene.only(kind="quiet").answer is None
    assert [report.hazard for report in scene.reports()] == ["attack"]


def test_no_answer_after_a_reminder_is_a_silence(scene: Neighbourhood, asha: str) -> None:
    ask(scene)
    scene.later(hours=6)
    assert scene.remind() == (1, 0)
    scene.later(hours=6)
    assert scene.remind() == (0, 1)
    incident = scene.one_incident()
    assert (incident.hazard, incident.state, incident.place_name) == ("silence", "open", "Moa")
    assert (incident.lat, incident.place_id) == (scene.place.lat, scene.place.id)
    assert scene.sweep() == 0


def test_one_place_has_one_open_silence(scene: Neighbourhood, asha: str) -> None:
    scene.focal(quiet_hours=24, quiet_due_at=MORNING)
    assert ask(scene) == 2
    scene.later(hours=13)
    scene.remind()
    assert len(scene.incidents()) == 1


def test_who_wrote_anything_is_not_silent(scene: Neighbourhood, asha: str) -> None:
    ask(scene)
    scene.later(hours=2)
    scene.text(asha, "hello how are you")
    scene.later(hours=11)
    assert scene.remind() == (0, 1)
    assert scene.incidents() == []


def test_an_exercise_has_no_silence(scene: Neighbourhood) -> None:
    drill = scene.exercise()
    scene.focal(quiet_hours=24, quiet_due_at=MORNING, exercise_id=drill)
    ask(scene)
    scene.later(hours=13)
    scene.remind()
    assert scene.incidents() == []


def test_who_left_is_not_asked_and_not_missed(scene: Neighbourhood, asha: str) -> None:
    ask(scene)
    scene.text(asha, "STOP")
    scene.later(hours=13)
    scene.remind()
    scene.later(hours=24)
    assert ask(scene) == 0
    assert scene.incidents() == []


def test_quiet_hours_are_for_focal_points(scene: Neighbourhood) -> None:
    scene.people(1)
    scene.focal()
    with scene.runtime.database.writing() as session:
        plain, focal = session.scalars(select(Subscriber).order_by(Subscriber.id)).all()
        with pytest.raises(Refused, match="focal point"):
            marking.set_quiet_hours(session, plain.id, 24, scene.first, "agreed", scene.now)
        marking.set_quiet_hours(session, focal.id, 24, scene.first, "agreed", scene.now)
        assert focal.quiet_due_at == scene.now + timedelta(hours=24)
        marking.set_quiet_hours(session, focal.id, 0, scene.first, "left", scene.now)
        assert (focal.quiet_hours, focal.quiet_due_at) == (None, None)


def talk(
    scene: Neighbourhood, a_day: int, *, days: int = 28, quiet_h: float = 0.0, **facts: object
) -> None:
    """So many messages a day from a home in Moa, by day, until so many hours ago."""
    exercise = facts.pop("exercise_id", None)
    with scene.runtime.database.writing() as session:
        phone = f"+25470001{scene.count(Message):04}"
        person = make_subscriber(
            session, scene.runtime.keys, phone, place_id=scene.place.id, exercise_id=exercise
        )
        last = scene.now - timedelta(hours=quiet_h)
        rows = [
            {
                "account": "test", "provider_id": f"{person.id}-{day}-{number}",
                "sender_index": "x", "state": "processed", "media": 0,
                "subscriber_id": person.id, "exercise_id": exercise,
                "received_at": last - timedelta(days=day, minutes=20 * number),
            }
            for day in range(days)
            for number in range(a_day)
        ]  # fmt: skip
        session.execute(insert(Message), rows)


def notice(scene: Neighbourhood) -> int:
    return silence.notice_silence(scene.runtime)


def test_an_area_that_stops_talking_is_a_silence_once(scene: Neighbourhood) -> None:
    talk(scene, 8, quiet_h=24)
    assert notice(scene) == 1
    assert notice(scene) == 0
    incident = scene.one_incident()
    assert (incident.hazard, incident.place_name, incident.precision_m) == (
        "silence",
        "Moa",
        10_000,
    )
    scene.refute(incident.id)
    scene.later(hours=5)
    assert notice(scene) == 0  # judged, and still the same silence


def test_a_new_silence_after_news_is_raised_again(scene: Neighbourhood) -> None:
    talk(scene, 8, quiet_h=24)
    notice(scene)
    scene.later(hours=1)
    talk(scene, 1, days=1)
    scene.later(hours=48)
    assert notice(scene) == 1


def test_news_are_noted_and_judging_is_left_to_people(scene: Neighbourhood) -> None:
    talk(scene, 8, quiet_h=24)
    notice(scene)
    scene.later(hours=1)
    talk(scene, 1, days=1)
    for _ in range(2):
        scene.later(minutes=30)
        notice(scene)
    with scene.runtime.database.reading() as session:
        acts = session.scalars(select(AuditRow.act)).all()
    assert list(acts) == ["silence.news"]
    assert scene.one_incident().state == "open"


@pytest.mark.parametrize(
    ("a_day", "days", "quiet_h"),
    [(8, 28, 12), (1, 28, 48), (8, 6, 30)],
    ids=["not long enough", "seldom writes", "too young"],
)
def test_what_may_be_chance_is_no_silence(
    scene: Neighbourhood, a_day: int, days: int, quiet_h: float
) -> None:
    talk(scene, a_day, days=days, quiet_h=quiet_h)
    assert notice(scene) == 0


def test_a_night_is_no_silence(scene: Neighbourhood) -> None:
    scene.now = datetime(2026, 3, 10, 3, 30, tzinfo=UTC)  # 06:30, the night just over
    talk(scene, 24, quiet_h=9)
    assert notice(scene) == 0


def test_exercises_neither_talk_nor_fall_silent(scene: Neighbourhood) -> None:
    talk(scene, 8, quiet_h=24, exercise_id=scene.exercise())
    assert notice(scene) == 0


def test_silence_is_never_warned_about_and_calls_a_coordinator(scene: Neighbourhood) -> None:
    talk(scene, 8, quiet_h=24)
    notice(scene)
    incident = scene.one_incident()
    assert scene.runtime.hazards[incident.hazard].page_minutes > 0
    scene.set(Incident, incident.id, state="verified")
    from gateway.flow import alerting

    with pytest.raises(Refused), scene.runtime.database.writing() as session:
        alerting.draft(scene.runtime, session, incident.id, scene.first, scene.now)

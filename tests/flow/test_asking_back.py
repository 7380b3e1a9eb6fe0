"""A reporter is asked one short question where the place or the danger is not clear."""

from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import delete

from gateway.flow import asking_back
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime
from gateway.store.tables import Incident, Inquiry, PlaceMark, Report, Subscriber
from gateway.terms.geo import Position
from tests.flow.neighbourhood import REPORTER, Neighbourhood
from tests.make import make_place, settings_for

NO_PLACE = "armed men are coming with guns, they are many"
NO_HAZARD = "something bad happened in Moa this morning, come and see"
WHERE = "Where is it? Reply with the name of the village or the nearest town."
WHAT = "What is happening? Reply in a few words."
THANKS = "Thank you, we have it now."


@pytest.fixture
def settings(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    return settings_for(database_url, tmp_path, **getattr(request, "param", {}))


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Neighbourhood:
    return Neighbourhood(runtime, now)


def replies(scene: Neighbourhood) -> list[str]:
    return scene.got(REPORTER, "reply")


def test_who_names_no_place_is_asked_where(scene: Neighbourhood) -> None:
    scene.text(REPORTER, NO_PLACE)
    assert replies(scene) == [WHERE]  # in place of the acknowledgement
    assert (scene.only().kind, scene.only().state) == ("place", "asked")


@pytest.mark.parametrize("words", ["Moa", "near Moa", "moa village please", "It is in Moa"])
def test_the_answer_places_the_report(scene: Neighbourhood, words: str) -> None:
    scene.text(REPORTER, NO_PLACE)
    scene.later(minutes=5)
    scene.text(REPORTER, words)
    (report,) = scene.reports()
    assert (report.place_name, report.place_id) == ("Moa", scene.place.id)
    assert report.found_by == "answer"
    assert "the sender answered our question" in report.why
    assert (scene.one_incident().place_name, scene.only().state) == ("Moa", "answered")
    assert replies(scene)[-1] == THANKS
    assert scene.kind_of_last_message() == "answer"


def test_a_completed_report_is_asked_about_by_the_neighbours(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.text(REPORTER, NO_PLACE)
    assert scene.sweep() == 0
    scene.text(REPORTER, "Moa")
    assert scene.sweep() == 1
    assert len(scene.got(asha)) == 1


def test_who_tells_no_danger_is_asked_what(scene: Neighbourhood) -> None:
    scene.text(REPORTER, NO_HAZARD)
    assert replies(scene) == [WHAT]
    scene.text(REPORTER, "gunmen attacked")
    (report,) = scene.reports()
    assert report.hazard == "attack"
    assert scene.one_incident().hazard == "attack"
    assert replies(scene)[-1] == THANKS


def test_where_several_places_are_meant_they_are_offered(scene: Neighbourhood) -> None:
    with scene.runtime.database.writing() as session:
        for county, position in (("Tana River", (-1.9, 40.1)), ("Turkana", (3.1, 35.6))):
            make_place(
                session, "Kalimo", Position(*position), county=county, source_id=f"k-{county}"
            )
    scene.text(REPORTER, "armed men are coming to Kalimo, they are many")
    assert replies(scene)[0].startswith("Which place do you mean?")
    assert "Kalimo, Turkana" in replies(scene)[0]
    scene.text(REPORTER, "the one in Turkana")
    (report,) = scene.reports()
    assert report.lat == pytest.approx(3.1)


def test_what_is_no_answer_is_read_as_any_message(scene: Neighbourhood) -> None:
    scene.text(REPORTER, NO_PLACE)
    scene.text(REPORTER, "Houses are burning in Moa and two people were killed there")
    assert [report.place_name for report in scene.reports()] == [None, "Moa"]
    assert scene.only().state == "withdrawn"


def test_a_short_report_of_another_danger_is_no_answer(scene: Neighbourhood) -> None:
    scene.text(REPORTER, NO_PLACE)
    scene.text(REPORTER, "roadblock at Moa bridge")
    assert [report.place_name is None for report in scene.reports()] == [True, False]


def test_thanks_are_no_answer(scene: Neighbourhood) -> None:
    scene.text(REPORTER, NO_PLACE)
    scene.text(REPORTER, "thank you very much")
    assert scene.reports()[0].place_name is None
    assert scene.kind_of_last_message() == "chat"


def test_after_an_hour_it_is_no_answer_any_more(scene: Neighbourhood) -> None:
    scene.text(REPORTER, NO_PLACE)
    scene.later(minutes=61)
    scene.text(REPORTER, "Moa")
    assert scene.reports()[0].place_name is None


def test_what_others_of_the_incident_tell_is_not_asked(scene: Neighbourhood) -> None:
    told = scene.incident("open")
    scene.text(REPORTER, NO_PLACE)
    report = scene.reports()[0]
    with scene.runtime.database.writing() as session:
        person = session.get_one(Subscriber, report.subscriber_id)
        own, other = session.get_one(Incident, report.incident_id), session.get_one(Incident, told)
        session.execute(delete(Inquiry))
        args = (scene.runtime, session, person, session.get_one(Report, report.id))
        assert not asking_back.ask_back(*args, other, scene.now)
        assert asking_back.ask_back(*args, own, scene.now)


def test_two_questions_a_day_are_the_most(scene: Neighbourhood) -> None:
    for count, words in enumerate((NO_PLACE, NO_PLACE, NO_PLACE)):
        scene.text(REPORTER, f"{words}, this is report number {count} of the day from us")
        scene.later(hours=3)
    assert len(scene.inquiries()) == 2
    assert replies(scene).count(WHERE) == 2
    scene.later(hours=24)
    scene.text(REPORTER, NO_PLACE)
    assert len(scene.inquiries()) == 3


def test_one_report_is_asked_about_once(scene: Neighbourhood) -> None:
    scene.text(REPORTER, "something bad happened this morning, come and see")
    scene.text(REPORTER, "Moa")
    assert len(scene.inquiries()) == 1


def test_who_said_stop_is_not_asked(scene: Neighbourhood) -> None:
    scene.text(REPORTER, "STOP")
    scene.text(REPORTER, NO_PLACE)
    assert replies(scene) == []
    assert scene.inquiries() == []


def test_a_stop_ends_the_question(scene: Neighbourhood) -> None:
    scene.text(REPORTER, NO_PLACE)
    scene.text(REPORTER, "STOP")
    assert scene.only().state == "withdrawn"


def test_nobody_is_asked_whose_home_is_unsafe(scene: Neighbourhood) -> None:
    scene.text(REPORTER, "JOIN Moa")
    with scene.runtime.database.writing() as session:
        session.add(
            PlaceMark(
                place_id=scene.place.id, mark="unsafe", radius_m=500, who="amina", at=scene.now
            )
        )
    scene.text(REPORTER, NO_HAZARD)
    assert WHAT not in replies(scene)


@pytest.mark.parametrize("settings", [{"GATEWAY_ASK_BACK__ENABLED": "false"}], indirect=True)
def test_switched_off_reporters_are_only_thanked(scene: Neighbourhood) -> None:
    scene.text(REPORTER, NO_PLACE)
    assert replies(scene) == ["Thank you, your message was received."]


@pytest.mark.parametrize("settings", [{"GATEWAY_POLICY__REPLIES_PER_HOUR": "1"}], indirect=True)
def test_a_question_that_may_not_leave_is_not_waited_for(scene: Neighbourhood) -> None:
    scene.text(REPORTER, "HELP")
    scene.text(REPORTER, NO_PLACE)
    assert WHERE not in replies(scene)
    assert scene.inquiries() == []


def test_what_is_clear_is_only_thanked(scene: Neighbourhood) -> None:
    scene.text(REPORTER, "armed men are coming to Moa with guns")
    assert replies(scene) == ["Thank you, your message was received."]


def test_the_home_of_a_sender_is_their_place(scene: Neighbourhood) -> None:
    scene.text(REPORTER, "JOIN Moa")
    scene.text(REPORTER, NO_PLACE)
    assert WHERE not in replies(scene)


def test_a_replay_asks_nobody(scene: Neighbourhood) -> None:
    from gateway.flow.replaying import replay_message

    for number, text in enumerate((NO_PLACE, "Moa")):
        replay_message(
            scene.runtime, provider_id=f"r{number}", sender=REPORTER, text=text, now=scene.now
        )
    assert scene.reports()[0].place_name is None
    assert scene.only().state == "withdrawn"
    assert scene.count(Subscriber) == 1

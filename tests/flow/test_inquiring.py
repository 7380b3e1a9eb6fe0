"""Neighbours are asked, reminded and heard; the question gives nothing of a report away."""

import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.flow import people, pressing, sorting
from gateway.flow.places import add_alias
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime
from gateway.store.tables import Incident, PlaceMark
from gateway.terms.refusals import Refused
from gateway.understanding.folding import fold
from tests.flow.neighbourhood import REPORT, REPORTER, Neighbourhood
from tests.make import settings_for


@pytest.fixture
def settings(database_url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Settings:
    fast = {"GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND": "10000"}
    wanted = getattr(request, "param", {})
    return settings_for(database_url, tmp_path, **fast, **wanted)


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Neighbourhood:
    return Neighbourhood(runtime, now)


def with_settings(**values: str) -> pytest.MarkDecorator:
    environ = {f"GATEWAY_{key.upper()}": value for key, value in values.items()}
    return pytest.mark.parametrize("settings", [environ], indirect=True)


def test_a_serious_report_becomes_a_question_to_focal_points(scene: Neighbourhood) -> None:
    asha, far = scene.focal(), scene.focal(scene.village("Faraway", 45))
    scene.text(REPORTER, REPORT)
    assert scene.sweep() == 1
    assert scene.got(asha) == [
        "Have you seen armed men near Moa today? Reply YES 1, NO 1 or UNSURE 1."
    ]
    assert scene.got(far) == scene.got(REPORTER) == []
    assert scene.only().state == "asked"
    assert scene.one_incident().asked_at == scene.now


def test_each_is_asked_in_their_own_language(scene: Neighbourhood) -> None:
    asha = scene.focal(language="sw")
    scene.text(REPORTER, REPORT)
    scene.sweep()
    (text,) = scene.got(asha)
    assert "NDIYO 1" in text.upper()
    assert "Moa" in text


@pytest.mark.parametrize("language", ["en", "sw"])
@pytest.mark.parametrize(
    "report",
    [
        "Qwyzzle chief Barasa shouts: gunmen with blixen machetes coming to Moa by the wet dyke!!",
        "Watu wenye silaha wanakuja Moa kwa kimbunga cha zuzuru, nyumba ya Barasa plozk",
    ],
)
def test_the_question_holds_none_of_the_reports_words(
    scene: Neighbourhood, language: str, report: str
) -> None:
    asha = scene.focal(language=language)
    scene.text(REPORTER, report)
    scene.sweep()
    (text,) = scene.got(asha)
    place_and_hazard = {"moa", *fold("armed men gunmen watu wenye silaha").split()}
    assert set(fold(text).split()) & set(fold(report).split()) <= place_and_hazard


def test_the_question_is_the_same_whatever_the_report_says(scene: Neighbourhood) -> None:
    asha = scene.focal()
    for report in ("Armed men come to Moa, Barasa fled", "many gunmen near Moa from the dyke"):
        scene.text(REPORTER, report)
        scene.sweep()
        scene.refute(scene.incidents()[-1].id)
        scene.later(hours=1)
    first, second = scene.got(asha)
    assert first.replace("1", "2") == second


def test_the_place_is_called_as_the_gazetteer_calls_it(scene: Neighbourhood) -> None:
    asha = scene.focal()
    with scene.runtime.database.writing() as session:
        add_alias(session, scene.place.id, "Kwa Barasa", "coordinator", "amina", scene.now)
    scene.text(REPORTER, "Armed men are coming to Kwa Barasa now, they are many")
    scene.sweep()
    (text,) = scene.got(asha)
    assert "Moa today" in text


def test_a_bare_position_is_asked_about_by_the_nearest_village(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.text(REPORTER, "Armed men at -2.3520, 40.3180 coming now")
    scene.sweep()
    assert ["near Moa today" in text for text in scene.got(asha)] == [True]


def test_where_no_village_is_known_nobody_is_asked(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open", place_name="by the hut of Barasa", lat=-2.15, lon=40.40)
    assert scene.sweep() == 1
    assert scene.got(asha) == []


@pytest.mark.parametrize("hazard", ["gender_based_violence", "all_quiet", "silence"])
def test_what_a_question_could_betray_is_never_asked(scene: Neighbourhood, hazard: str) -> None:
    scene.focal()
    incident = scene.incident("open", hazard=hazard, severity="extreme")
    assert scene.sweep() == 0
    with pytest.raises(Refused, match="could harm"), scene.runtime.database.writing() as session:
        pressing.ask_more(scene.runtime, session, incident, scene.first, 1, scene.now)
    assert scene.inquiries() == []


def test_what_is_not_serious_waits_for_a_press_or_for_worse_news(scene: Neighbourhood) -> None:
    asha = scene.focal()
    incident = scene.incident("open", hazard="roadblock")
    assert scene.sweep() == 0
    scene.set(Incident, incident, severity="high")
    assert scene.sweep() == 1
    assert len(scene.got(asha)) == 1


@pytest.mark.parametrize("state", ["verified", "refuted", "unverifiable", "closed"])
def test_what_is_judged_is_not_asked_about(scene: Neighbourhood, state: str) -> None:
    scene.focal()
    scene.incident(state)
    assert scene.sweep() == 0


def test_what_is_placed_too_roughly_is_not_asked_about(scene: Neighbourhood) -> None:
    scene.focal()
    scene.incident("open", precision_m=40_000)
    assert scene.sweep() == 0


def test_two_sweeps_at_once_ask_once(scene: Neighbourhood) -> None:
    phones = [scene.focal() for _ in range(3)]
    for _ in range(3):
        scene.incident("open")
    together = threading.Barrier(2)

    def work() -> None:
        together.wait()
        scene.sweep()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    scene.sweep()
    for phone in phones:
        questions = scene.got(phone)
        assert len(questions) == len(set(questions)) <= 3
    asked = [(one.incident_id, one.subscriber_id) for one in scene.inquiries()]
    assert len(asked) == len(set(asked))
    assert {incident for incident, _ in asked} == {one.id for one in scene.incidents()}


def test_what_can_wait_is_asked_in_the_morning(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.now = datetime(2026, 3, 10, 19, 0, tzinfo=UTC)  # 22:00 in Nairobi
    scene.incident("open", hazard="displacement", severity="high")
    assert scene.sweep() == 0
    scene.later(hours=8, minutes=1)
    assert scene.sweep() == 1
    assert len(scene.got(asha)) == 1


def test_an_attack_is_asked_about_at_night_too(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.now = datetime(2026, 3, 10, 19, 0, tzinfo=UTC)
    scene.incident("open", hazard="attack")
    scene.sweep()
    assert len(scene.got(asha)) == 1


@with_settings(inquiries__policy="off")
def test_switched_off_nobody_is_asked(scene: Neighbourhood) -> None:
    scene.focal()
    incident = scene.incident("open")
    assert scene.sweep() == 0
    with pytest.raises(Refused, match="switched off"), scene.runtime.database.writing() as session:
        pressing.ask_more(scene.runtime, session, incident, scene.first, 1, scene.now)


@with_settings(inquiries__policy="press")
def test_where_policy_wants_a_press_nothing_leaves_before_it(scene: Neighbourhood) -> None:
    asha, stopped = scene.focal(), scene.focal()
    incident = scene.incident("open")
    assert scene.sweep() == 1
    assert {one.state for one in scene.inquiries()} == {"proposed"}
    assert scene.got(asha) == []
    scene.text(stopped, "STOP")
    with scene.runtime.database.writing() as session:
        assert pressing.ask_proposed(scene.runtime, session, incident, scene.first, scene.now) == 1
    assert len(scene.got(asha)) == 1
    assert scene.got(stopped) == []
    assert scene.only(state="asked").asked_by == "amina"


@with_settings(inquiries__policy="press")
def test_what_nobody_pressed_is_taken_back_after_a_day(scene: Neighbourhood) -> None:
    scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.later(hours=25)
    assert scene.remind() == (0, 1)
    assert scene.only().state == "withdrawn"


def test_a_coordinator_asks_one_more(scene: Neighbourhood) -> None:
    phones = [scene.focal() for _ in range(6)]
    incident = scene.incident("open", hazard="roadblock")
    with scene.runtime.database.writing() as session:
        assert pressing.ask_more(scene.runtime, session, incident, scene.first, 4, scene.now) == 4
        assert pressing.ask_more(scene.runtime, session, incident, scene.first, 1, scene.now) == 1
    assert [len(scene.got(phone)) for phone in phones] == [1, 1, 1, 1, 1, 0]
    assert scene.sweep() == 0


def test_a_withdrawn_question_does_not_leave(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    with scene.runtime.database.writing() as session:
        pressing.take_back(session, scene.only().id, scene.first, scene.now)
    assert scene.got(asha) == []
    assert scene.only().state == "withdrawn"


def test_who_does_not_answer_is_reminded_once_and_then_left_alone(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.later(minutes=9)
    assert scene.remind() == (0, 0)
    scene.later(minutes=1)
    assert scene.remind() == (1, 0)
    assert scene.remind() == (0, 0)
    first, again = scene.got(asha)
    assert first != again
    assert "Have you seen armed men near Moa today?" in again
    scene.later(minutes=50)
    assert scene.remind() == (0, 1)
    assert scene.only().state == "expired"


def test_nobody_is_reminded_of_what_was_judged_meanwhile(scene: Neighbourhood) -> None:
    asha = scene.focal()
    incident = scene.incident("open")
    scene.sweep()
    scene.refute(incident)
    scene.later(minutes=11)
    scene.remind()
    assert len(scene.got(asha)) == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("YES 1", "yes"), ("yes", "yes"), ("No.", "no"), ("NO 1", "no"), ("unsure 1", "unsure"),
        ("ndiyo", "yes"), ("hapana 1", "no"), ("oui 1", "yes"), ("Yees 1 please", "yes"),
    ],
)  # fmt: skip
def test_answers_are_heard(scene: Neighbourhood, text: str, said: str) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.text(asha, text)
    inquiry = scene.only()
    assert (inquiry.state, inquiry.answer) == ("answered", said)
    assert scene.kind_of_last_message() == "answer"
    assert scene.got(asha, "reply") == ["Thank you, your answer arrived."]
    assert scene.reports() == []


def test_an_answer_takes_back_the_reminder_that_has_not_left(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.later(minutes=10)
    scene.remind()
    scene.text(asha, "YES 1")
    assert scene.got(asha) == []


def test_yes_confirms_and_no_contradicts(scene: Neighbourhood) -> None:
    asha, brian = scene.focal(), scene.focal()
    scene.text(REPORTER, REPORT)
    scene.sweep()
    before = scene.one_incident()
    scene.text(asha, "YES 1")
    confirmed = scene.one_incident()
    assert (before.sources, confirmed.sources) == (1, 2)
    assert confirmed.credibility < before.credibility
    scene.text(brian, "NO 1")
    doubted = scene.one_incident()
    assert doubted.contradictions == 1
    assert doubted.credibility > confirmed.credibility


def test_the_last_word_of_a_person_counts_and_leaves_a_trace(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.text(asha, "YES 1")
    scene.text(asha, "NO 1")
    scene.text(asha, "NO 1")
    assert scene.only().answer == "no"
    assert len(scene.got(asha, "reply")) == 2
    from gateway.lists import timeline

    with scene.runtime.database.reading() as session:
        steps = timeline.of(session, "incident", scene.one_incident().id)
    assert [step.what for step in steps] == ["an answer was changed (from yes, question 1, to no)"]


def test_with_two_open_questions_the_number_decides(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.incident("open", hazard="attack")
    scene.sweep()
    scene.text(asha, "yes")
    assert {one.state for one in scene.inquiries()} == {"asked"}
    assert "1, 2" in scene.got(asha, "reply")[0]
    scene.text(asha, "yes 7")
    assert "1, 2" in scene.got(asha, "reply")[1]
    scene.text(asha, "no 2")
    assert [one.answer for one in scene.inquiries()] == [None, "no"]
    scene.text(asha, "yes")
    assert [one.answer for one in scene.inquiries()] == ["yes", "no"]


def test_after_a_merge_nobody_is_asked_the_same_again(scene: Neighbourhood) -> None:
    scene.focal()
    first = scene.incident("open")
    scene.sweep()
    second = scene.incident("open")
    with scene.runtime.database.writing() as session:
        sorting.merge(session, first, second, scene.first, "the same men", scene.now)
    scene.sweep()
    assert len(scene.inquiries()) == 1


def test_a_late_answer_is_heard(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.later(hours=2)
    scene.remind()
    scene.text(asha, "yes")
    assert scene.only().answer == "yes"


def test_an_answer_to_what_was_withdrawn_hears_that_it_is_closed(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.send()
    with scene.runtime.database.writing() as session:
        pressing.take_back(session, scene.only().id, scene.first, scene.now)
    scene.text(asha, "YES 1")
    assert "closed" in scene.got(asha, "reply")[0]
    assert scene.only().answer is None


def test_what_an_answer_tells_besides_is_a_report_too(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.village("Kipao", 12)
    scene.incident("open")
    scene.sweep()
    scene.text(asha, "YES 1 they burn houses in Kipao and kill people")
    assert scene.only().answer == "yes"
    (report,) = scene.reports()
    assert (report.hazard, report.place_name) == ("attack", "Kipao")
    assert scene.kind_of_last_message() == "answer"


def test_what_follows_a_no_is_never_read_without_it(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.text(asha, "NO 1 armed men here")
    assert scene.only().answer == "no"
    assert [report.stance for report in scene.reports()] in ([], ["denies"])


def test_a_number_that_counts_people_is_no_number_of_a_question(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.text(asha, "yes 40 men with guns in Moa")
    assert scene.only().answer == "yes"
    assert [report.hazard for report in scene.reports()] == ["armed_group"]


def test_courtesies_beside_an_answer_are_no_report(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.text(asha, "Yes 1, thank you very much and God bless you")
    assert scene.only().answer == "yes"
    assert scene.reports() == []


def test_who_was_not_asked_and_writes_yes_is_read_as_before(scene: Neighbourhood) -> None:
    scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.text(REPORTER, "YES 1")
    assert scene.only().answer is None
    assert scene.kind_of_last_message() == "chat"


def test_who_says_stop_is_asked_nothing_more(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.text(asha, "STOP")
    assert scene.only().state == "withdrawn"
    assert scene.got(asha) == []
    scene.incident("open", hazard="attack")
    scene.sweep()
    scene.later(minutes=30)
    scene.remind()
    assert scene.got(asha) == []


def test_a_stop_behind_an_answer_is_obeyed(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    scene.text(asha, "NO 1 STOP")
    scene.incident("open", hazard="attack")
    scene.sweep()
    assert len(scene.inquiries()) == 1
    assert scene.got(asha, "confirmation") != []


def test_who_is_blocked_is_asked_nothing_more(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.incident("open")
    scene.sweep()
    person_id = scene.only().subscriber_id
    with scene.runtime.database.writing() as session:
        people.block(session, person_id, scene.first, "abuse", scene.now)
    assert scene.only().state == "withdrawn"
    assert scene.got(asha) == []
    scene.text(asha, "YES 1")
    assert scene.only().answer is None


def test_nobody_is_asked_where_a_place_is_marked_unsafe(scene: Neighbourhood) -> None:
    asha = scene.focal()
    with scene.runtime.database.writing() as session:
        session.add(
            PlaceMark(
                place_id=scene.place.id, mark="unsafe", radius_m=500, who="amina", at=scene.now
            )
        )
    scene.incident("open")
    assert scene.sweep() == 1
    assert scene.got(asha) == []


def test_a_question_leaves_after_warnings_and_before_answers(scene: Neighbourhood) -> None:
    asha = scene.focal()
    scene.text(asha, "HELP")
    scene.incident("open")
    scene.sweep()
    parcels = scene.claim(10)  # hands take what is claimed at once
    assert ["Have you seen" in parcel.text for parcel in parcels] == [True, False]


def test_an_answer_never_sends_a_warning_by_itself(scene: Neighbourhood) -> None:
    phones = [scene.focal() for _ in range(4)]
    scene.text(REPORTER, REPORT)
    scene.sweep()
    for phone in phones:
        scene.text(phone, "YES 1")
    assert scene.one_incident().state == "open"
    assert scene.deliveries(kind="alert") == []


def test_in_an_exercise_the_question_says_so(scene: Neighbourhood) -> None:
    drill = scene.exercise()
    asha = scene.focal(exercise_id=drill)
    scene.incident("open", exercise_id=drill)
    scene.sweep()
    assert scene.got(asha)[0].startswith("EXERCISE ONLY")

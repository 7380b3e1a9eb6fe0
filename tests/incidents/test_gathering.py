"""Reports become incidents: one event one incident, whatever the workers, copies and moves."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest
from sqlalchemy import select

from gateway.flow import judging, sorting, take_in, upkeep
from gateway.flow.rules import matching_rules
from gateway.incidents import gathering
from gateway.incidents.gathering import regrade
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime, build_runtime
from gateway.store.tables import (
    Incident,
    Message,
    Move,
    Place,
    Report,
    ReportMark,
    Subscriber,
    Suggestion,
)
from gateway.terms.geo import Position
from gateway.terms.refusals import NotFound, Refused
from gateway.terms.states import MoveRefused
from tests.dispatch.scenes import Scene
from tests.make import MOA, make_place

ONE, TWO, THREE, FOUR = (f"+25470000070{number}" for number in range(1, 5))
LONG = "Armed men on seven motorbikes crossed the river near Moa heading south"


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    scene = Scene(runtime, now)
    with runtime.database.writing() as session:
        make_place(session, "Hola", Position(-1.48256, 40.03341))
        make_place(session, "Kipao", Position(MOA.lat + 0.02, MOA.lon))
    return scene


@pytest.fixture
def rival(settings: Settings, scene: Scene) -> Iterator[Runtime]:
    """A second worker on the same database."""
    rival = build_runtime(settings)
    scene.plug_in(rival)
    yield rival
    rival.database.close()


def _reports(scene: Scene) -> list[Report]:
    with scene.runtime.database.reading() as session:
        return list(session.scalars(select(Report).order_by(Report.id)))


def test_two_workers_with_two_reports_of_one_event_make_one_incident(
    scene: Scene, rival: Runtime
) -> None:
    for round_ in range(20):
        scene.later(days=2)
        for phone in (ONE, TWO):
            scene.text(phone, f"armed men near Moa, {phone[-1]} of them", read=False)
        gate = threading.Barrier(2)

        def read(runtime: Runtime, gate: threading.Barrier = gate) -> bool:
            gate.wait(10)
            return take_in.process_next(runtime)

        with ThreadPoolExecutor(2) as threads:
            done = list(threads.map(read, (scene.runtime, rival)))
        take_in.process_waiting(scene.runtime, 5)
        assert any(done)
        incidents = scene.incidents()
        assert len(incidents) == round_ + 1
        assert (incidents[-1].reports, incidents[-1].sources) == (2, 2)
    with scene.runtime.database.reading() as session:
        assert set(session.scalars(select(Message.state))) == {"processed"}


def test_the_same_event_in_three_languages_is_one_incident(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.text(TWO, "watu wenye silaha wako Moa sasa")
    scene.text(THREE, "des hommes armés à Moa")
    (incident,) = scene.incidents()
    assert (incident.sources, incident.grade, incident.place_name) == (3, "F2", "Moa")


def test_events_far_apart_or_long_apart_are_two(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.text(TWO, "armed men near Hola")
    scene.later(hours=13)
    scene.text(THREE, "armed men near Moa")
    assert [incident.place_name for incident in scene.incidents()] == ["Moa", "Hola", "Moa"]


def test_talk_and_weapons_do_not_mix(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.text(TWO, "all is quiet in Moa, everything is calm")
    first, *others = scene.incidents()
    assert (first.hazard, first.reports) == ("armed_group", 1)
    assert "armed_group" not in {incident.hazard for incident in others}


def test_an_update_of_the_same_sender_without_a_place_joins_their_incident(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.later(minutes=10)
    scene.text(ONE, "more armed men have come, about twenty")
    (incident,) = scene.incidents()
    assert (incident.reports, incident.sources, incident.place_name) == (2, 1, "Moa")


def test_a_copy_points_at_the_first_report_however_long_the_chain(scene: Scene) -> None:
    scene.text(ONE, LONG)
    scene.text(TWO, f"Fwd: {LONG}")
    scene.text(THREE, f"Fwd: Fwd: {LONG}")
    first, second, third = _reports(scene)
    assert (second.copy_of_id, third.copy_of_id) == (first.id, first.id)


def test_a_copy_follows_its_original_into_a_merged_incident(scene: Scene) -> None:
    scene.text(ONE, LONG)
    scene.text(FOUR, "armed men near Hola")
    moa, hola = scene.incidents()
    with scene.runtime.database.writing() as session:
        sorting.merge(session, moa.id, hola.id, scene.first, "one group", scene.now)
    scene.text(TWO, f"Fwd: {LONG}")
    moa, hola = scene.incidents()
    assert (moa.state, moa.reports) == ("merged", 1) or moa.reports == 0
    assert (hola.reports, hola.sources) == (3, 2)


def test_old_words_come_again_after_three_days_are_news(scene: Scene) -> None:
    scene.text(ONE, LONG)
    scene.later(hours=73)
    scene.text(TWO, LONG)
    assert [report.copy_of_id for report in _reports(scene)] == [None, None]
    assert len(scene.incidents()) == 2


def test_a_report_of_a_closed_or_refuted_event_opens_a_new_incident(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.refute(scene.incidents()[0].id)
    scene.text(TWO, "armed men near Moa again")
    assert [incident.state for incident in scene.incidents()] == ["refuted", "open"]


def test_the_most_exact_place_is_the_incidents_place(scene: Scene) -> None:
    scene.text(ONE, "JOIN Kipao")
    scene.text(ONE, "armed men are here")
    scene.text(TWO, "armed men near Moa")
    (incident,) = scene.incidents()
    assert (incident.place_name, incident.reports) == ("Moa", 2)


def test_a_merge_moves_all_reports_and_counts_them_anew(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.text(TWO, "armed men near Hola")
    scene.text(THREE, "gunmen at Hola market")
    moa, hola = scene.incidents()
    with scene.runtime.database.writing() as session:
        sorting.merge(session, hola.id, moa.id, scene.first, "the same group", scene.now)
    moa, hola = scene.incidents()
    assert (hola.state, hola.merged_into_id) == ("merged", moa.id)
    assert (moa.reports, moa.sources, moa.credibility) == (3, 3, 2)
    assert {report.incident_id for report in _reports(scene)} == {moa.id}


def test_merges_that_make_no_sense_are_refused(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    (moa,) = scene.incidents()
    drill = scene.incident("open", exercise_id=scene.exercise())
    gone = scene.incident("refuted")
    for into in (moa.id, drill, gone):
        with scene.runtime.database.writing() as session, pytest.raises(Refused):
            sorting.merge(session, moa.id, into, scene.first, "why not", scene.now)
    with scene.runtime.database.writing() as session, pytest.raises(NotFound):
        sorting.merge(session, moa.id, 999, scene.first, "why not", scene.now)
    assert scene.incidents()[0].state == "open"


def test_two_coordinators_who_merge_both_ways_at_once_make_no_circle(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.text(TWO, "armed men near Hola")
    one, two = (incident.id for incident in scene.incidents())
    gate = threading.Barrier(2)

    def merge(pair: tuple[int, int]) -> bool:
        gate.wait(10)
        try:
            with scene.runtime.database.writing() as session:
                sorting.merge(session, *pair, scene.first, "the same", scene.now)
        except (Refused, MoveRefused):
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(merge, ((one, two), (two, one))))
    assert sorted(done) == [False, True]
    assert sorted(incident.state for incident in scene.incidents()) == ["merged", "open"]


def test_a_report_moves_to_an_incident_of_its_own_and_both_are_counted_anew(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.text(TWO, "armed men near Moa, on foot")
    (both,) = scene.incidents()
    assert both.sources == 2
    _, second = _reports(scene)
    with scene.runtime.database.writing() as session:
        sorting.move_report(session, second.id, None, scene.first, "another group", scene.now)
    left, own = scene.incidents()
    assert (left.reports, left.sources, own.reports, own.sources) == (1, 1, 1, 1)
    assert (own.place_name, own.lat) == ("Moa", MOA.lat)


def test_reports_are_not_moved_into_what_is_over(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    (report,) = _reports(scene)
    gone = scene.incident("refuted")
    for into in (gone, report.incident_id):
        with scene.runtime.database.writing() as session, pytest.raises(Refused):
            sorting.move_report(session, report.id, into, scene.first, "hm", scene.now)


def test_a_place_set_by_hand_stays_whatever_comes(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    (incident,) = scene.incidents()
    with scene.runtime.database.writing() as session:
        hola = session.scalars(select(Incident.id)).one()
        judging.set_place(
            scene.runtime, session, hola, scene.first, "the chief says so", scene.now,
            position=Position(MOA.lat + 0.01, MOA.lon),
        )  # fmt: skip
    scene.text(TWO, "gunmen at Moa")
    (incident,) = scene.incidents()
    assert (incident.placed_by, incident.lat) == ("coordinator", MOA.lat + 0.01)
    assert incident.reports == 2


def test_a_name_that_a_coordinator_taught_places_the_next_message(
    scene: Scene, rival: Runtime
) -> None:
    scene.text(ONE, "armed men near Kwa Mzee Hamadi")
    assert _reports(scene)[0].place_name is None
    (incident,) = scene.incidents()
    take_in.process_waiting(rival, 1)  # the rival has read the list of places as it was
    with scene.runtime.database.writing() as session:
        judging.set_place(
            scene.runtime, session, incident.id, scene.first, "that is Moa's well", scene.now,
            place_id=scene.place.id, learn_as="Kwa Mzee Hamadi",
        )  # fmt: skip
    scene.later(days=3)
    scene.text(TWO, "armed men near Kwa Mzee Hamadi", read=False)
    assert take_in.process_waiting(rival, 5) == 1
    assert _reports(scene)[1].place_name == "Moa"


def test_a_message_that_fails_leaves_nothing_half_done_and_can_be_read_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(take_in, "gather", _fails_after_writing)
        scene.text(ONE, "armed men near Moa")
    with scene.runtime.database.reading() as session:
        message = session.scalars(select(Message)).one()
    assert (message.state, message.failure) == ("failed", "ZeroDivisionError")
    assert (scene.count(Report), scene.count(Incident), scene.count(Subscriber)) == (0, 0, 0)
    with scene.runtime.database.writing() as session:
        judging.retry_message(session, message.id, scene.first, scene.now)
    take_in.process_waiting(scene.runtime, 5)
    assert (scene.count(Report), scene.count(Incident)) == (1, 1)


def test_one_bad_message_does_not_hold_up_the_others(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    understand = take_in.understand

    def fails_on_some(body: str, **facts: object) -> object:
        return 1 / 0 if "crash" in body else understand(body, **facts)  # type: ignore[arg-type]

    monkeypatch.setattr(take_in, "understand", fails_on_some)
    for number, body in enumerate(("armed men near Moa", "crash me now", "armed men near Hola")):
        scene.text(f"+25470000080{number}", body)
    with scene.runtime.database.reading() as session:
        states = session.scalars(select(Message.state).order_by(Message.id)).all()
    assert states == ["processed", "failed", "processed"]


def test_counting_anew_changes_nothing_that_is_right(scene: Scene) -> None:
    for number, phone in enumerate((ONE, TWO, THREE)):
        scene.text(phone, f"armed men near Moa, {number} boats")
    (before,) = scene.incidents()
    with scene.runtime.database.writing() as session:
        regrade(session, session.get_one(Incident, before.id))
    (after,) = scene.incidents()
    assert (before.grade, before.reports, before.lat) == (after.grade, after.reports, after.lat)


def test_a_focal_point_makes_the_information_possibly_true(scene: Scene) -> None:
    scene.people(1, focal_point=True)
    scene.text("+254700000000", "armed men near Moa")
    (incident,) = scene.incidents()
    assert incident.grade == "B3"


def test_each_judgement_is_a_move_with_who_and_why(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    (incident,) = scene.incidents()
    with scene.runtime.database.writing() as session:
        judging.refute(session, incident.id, scene.first, "the chief was there", scene.now)
        judging.reopen(session, incident.id, scene.second, "the chief was wrong", scene.now)
        judging.verify(session, incident.id, scene.second, "seen from the roof", scene.now)
    with scene.runtime.database.reading() as session:
        moves = session.execute(
            select(Move.origin, Move.target, Move.who, Move.why)
            .where(Move.machine == "incident")
            .order_by(Move.id)
        ).all()
    assert [tuple(move) for move in moves] == [
        ("open", "refuted", "amina", "the chief was there"),
        ("refuted", "open", "brian", "the chief was wrong"),
        ("open", "verified", "brian", "seen from the roof"),
    ]


def test_a_judgement_without_a_reason_is_refused(scene: Scene) -> None:
    incident = scene.incident("open")
    with scene.runtime.database.writing() as session, pytest.raises(Refused, match="Say why"):
        judging.verify(session, incident, scene.first, "  ", scene.now)
    assert scene.incidents()[0].state == "open"


def _fails_after_writing(session: object, *_args: object) -> object:
    return 1 / 0


def test_all_quiet_speaks_against_the_danger_and_not_against_who_denies_it(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    (danger,) = scene.incidents()
    scene.text(TWO, "It is a lie, there are no armed men in Moa, I am standing in the market")
    scene.text(THREE, "all quiet in Moa, nothing to report")
    _, denial, quiet = _reports(scene)
    assert (denial.contradicts_id, quiet.contradicts_id) == (danger.id, danger.id)
    assert scene.incidents()[0].contradictions == 2


def test_a_copy_of_a_denial_is_no_second_one(scene: Scene) -> None:
    lie = "It is a lie, there are no armed men in Moa, I am standing in the market"
    scene.text(ONE, "armed men near Moa")
    scene.text(TWO, lie)
    scene.text(THREE, f"Fwd: {lie}")
    danger = scene.incidents()[0]
    _, denial, copy = _reports(scene)
    assert (copy.copy_of_id, copy.contradicts_id) == (denial.id, danger.id)
    assert danger.contradictions == 1


def test_a_group_that_moves_is_one_incident_and_its_place_is_the_last(scene: Scene) -> None:
    with scene.runtime.database.writing() as session:
        make_place(session, "Kulesa", Position(MOA.lat, MOA.lon + 0.2))
    scene.text(ONE, "armed men on motorbikes in Moa heading to Kulesa")
    scene.later(minutes=40)
    scene.text(TWO, "armed men on motorbikes have reached Kulesa")
    (incident,) = scene.incidents()
    assert (incident.reports, incident.place_name) == (2, "Kulesa")


def test_what_gets_worse_is_shown_as_the_worse(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.text(TWO, "armed men attacked Moa and killed two people")
    (incident,) = scene.incidents()
    assert incident.hazard == "attack"
    with scene.runtime.database.writing() as session:
        judging.set_hazard(
            session, incident.id, "abduction", scene.first, "they took two", scene.now
        )
    scene.text(THREE, "shooting in Moa, they attack us")
    assert scene.incidents()[0].hazard == "abduction"


def test_who_denies_it_lowers_it_and_is_kept_as_contradiction(scene: Scene) -> None:
    scene.text(ONE, "armed men attacked Moa")
    scene.text(TWO, "armed men attacked Moa, I see smoke")
    before = scene.incidents()[0].credibility
    scene.text(THREE, "there is no attack in Moa, it is a lie")
    (incident,) = scene.incidents()
    assert (incident.sources, incident.contradictions) == (2, 1)
    assert incident.credibility > before
    assert _reports(scene)[2].contradicts_id == incident.id


def test_all_quiet_nearby_contradicts_without_joining(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.text(TWO, "all is quiet in Moa, everything is calm")
    first, quiet = scene.incidents()
    assert (first.reports, first.contradictions, first.credibility) == (1, 1, 4)
    assert quiet.contradictions == 0


def test_who_lives_far_away_has_only_heard_of_it(scene: Scene) -> None:
    scene.text(ONE, "JOIN Hola")
    scene.text(ONE, "armed men attacked Moa")
    (incident,) = scene.incidents()
    assert (_reports(scene)[0].stance, incident.credibility) == ("hearsay", 4)


def test_a_burst_of_new_numbers_is_flagged_until_somebody_known_speaks(scene: Scene) -> None:
    for number in range(6):
        scene.text(f"+25470000079{number}", f"armed men near Moa, we are {number + 3} here")
        scene.later(minutes=1)
    (incident,) = scene.incidents()
    assert (incident.coordinated, incident.credibility) == (True, 3)
    assert "possibly coordinated" in (incident.grade_why or "")
    scene.people(1, focal_point=True)
    scene.text("+254700000000", "armed men near Moa")
    assert (scene.incidents()[0].coordinated, scene.incidents()[0].credibility) == (False, 1)


def test_a_judgement_teaches_how_far_its_sources_can_be_trusted(scene: Scene) -> None:
    scene.text(ONE, "armed men attacked Moa")
    scene.text(TWO, "there is no attack in Moa, it is a lie")
    scene.refute(scene.incidents()[0].id)
    assert _letters(scene) == {ONE: "D", TWO: "C"}
    with scene.runtime.database.writing() as session:
        incident = scene.incidents()[0].id
        judging.reopen(session, incident, scene.first, "the chief was wrong", scene.now)
    assert _letters(scene) == {ONE: "F", TWO: "F"}


def test_what_nobody_tells_of_for_a_day_is_believed_less(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.text(TWO, "armed men near Moa, on foot")
    assert scene.incidents()[0].credibility == 2
    scene.later(hours=23)
    assert upkeep.grow_old(scene.runtime) == 0
    scene.later(hours=2)
    assert upkeep.grow_old(scene.runtime) == 1
    assert scene.incidents()[0].credibility == 3
    assert upkeep.grow_old(scene.runtime) == 0


def test_pieces_of_old_texts_are_erased_when_no_copy_is_looked_for_any_more(scene: Scene) -> None:
    scene.text(ONE, LONG)
    assert scene.count(ReportMark) > 0
    scene.later(hours=2 * 72 + 1)
    upkeep.purge(scene.runtime)
    assert scene.count(ReportMark) == 0


def test_a_report_that_is_completed_finds_its_incident(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.text(TWO, "armed men with guns are here, many")
    moa, unknown = scene.incidents()
    with scene.runtime.database.writing() as session:
        report = session.get_one(Report, _reports(scene)[1].id)
        report.place_id, report.place_name = scene.place.id, "Moa"
        report.lat, report.lon, report.precision_m = MOA.lat, MOA.lon, 1500
        rules = matching_rules(scene.runtime)
        gathering.place_anew(session, report, "armed men", rules, "gateway", scene.now)
    moa, unknown = scene.incidents()
    assert (moa.reports, moa.sources) == (2, 2)
    assert (unknown.state, unknown.merged_into_id) == ("merged", moa.id)
    with scene.runtime.database.writing() as session:
        sorting.unmerge(session, unknown.id, scene.first, "two groups", scene.now)
    assert [incident.reports for incident in scene.incidents()] == [1, 1]


def test_an_incident_that_a_coordinator_placed_elsewhere_is_found_there(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    (incident,) = scene.incidents()
    with scene.runtime.database.reading() as session:
        hola = session.scalars(select(Place.id).where(Place.name == "Hola")).one()
    with scene.runtime.database.writing() as session:
        judging.set_place(
            scene.runtime, session, incident.id, scene.first, "it was Hola", scene.now,
            place_id=hola,
        )  # fmt: skip
    scene.text(TWO, "armed men near Hola")
    (incident,) = scene.incidents()
    assert incident.reports == 2


def test_what_is_neither_likely_nor_unlikely_is_suggested(scene: Scene) -> None:
    scene.text(ONE, "armed men near Moa")
    scene.later(hours=8)
    scene.text(TWO, "people are fleeing from Kipao with their children")
    assert len(scene.incidents()) in (1, 2)
    with scene.runtime.database.reading() as session:
        suggested = session.scalars(select(Suggestion)).all()
    assert len(suggested) + 1 == len(scene.incidents())


def _letters(scene: Scene) -> dict[str, str]:
    with scene.runtime.database.reading() as session:
        people = session.scalars(select(Subscriber)).all()
        return {str(person.phone): person.reliability for person in people}

"""Coordinators merge, split and move, and each undo gives back exactly what was."""

import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select

from gateway.flow import sorting
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Incident, Report, Subscriber, Suggestion
from gateway.terms.geo import Position
from gateway.terms.refusals import NotFound, Refused
from gateway.terms.states import MoveRefused
from tests.dispatch.scenes import Scene
from tests.make import make_place

ONE, TWO, THREE, FOUR, FIVE = (f"+25470000070{number}" for number in range(1, 6))
LONG = "Armed men on seven motorbikes crossed the river near Moa heading south"


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    scene = Scene(runtime, now)
    with runtime.database.writing() as session:
        make_place(session, "Hola", Position(-1.48256, 40.03341))
        make_place(session, "Garsen", Position(-0.5, 39.2))
    return scene


@pytest.fixture
def three(scene: Scene) -> list[int]:
    """Incidents at Moa (two reports and a copy), Hola and Garsen."""
    for phone, text in (
        (ONE, LONG), (TWO, "gunmen at Moa, they shoot"), (THREE, f"Fwd: {LONG}"),
        (FOUR, "armed men near Hola"), (FIVE, "armed men near Garsen"),
    ):  # fmt: skip
        scene.later(minutes=3)
        scene.text(phone, text)
    assert [incident.reports for incident in scene.incidents()] == [3, 1, 1]
    return [incident.id for incident in scene.incidents()]


def do(scene: Scene, act: Callable[..., Incident], *what: Any, reason: str = "by phone") -> int:
    """One act of a coordinator in a transaction of its own; the incident it leads to."""
    with scene.runtime.database.writing() as session:
        return act(session, *what, scene.first, reason, scene.now).id


def standing(scene: Scene) -> dict[int, tuple[Any, ...]]:
    """Everything about each incident that sorting may change."""
    with scene.runtime.database.reading() as session:
        held: dict[int, set[int]] = {}
        for report in session.scalars(select(Report)):
            held.setdefault(report.incident_id, set()).add(report.id)
        return {
            one.id: (
                one.state, one.merged_into_id, held.get(one.id, set()), one.reports, one.grade,
                one.sources, one.contradictions, one.hazard, one.place_name, one.grade_why,
                one.first_report_at, one.last_report_at,
            )
            for one in session.scalars(select(Incident))
        }  # fmt: skip


def reports_in(scene: Scene, incident_id: int) -> list[int]:
    with scene.runtime.database.reading() as session:
        query = select(Report.id).where(Report.incident_id == incident_id).order_by(Report.id)
        return list(session.scalars(query))


def incident(scene: Scene, incident_id: int) -> Incident:
    return next(one for one in scene.incidents() if one.id == incident_id)


def contradicted(scene: Scene) -> dict[int, int]:
    with scene.runtime.database.reading() as session:
        rows = session.execute(
            select(Report.id, Report.contradicts_id).where(Report.contradicts_id.is_not(None))
        )
        return {row.id: row.contradicts_id for row in rows}


def suggest(scene: Scene, report_id: int, incident_id: int) -> int:
    with scene.runtime.database.writing() as session:
        one = Suggestion(
            report_id=report_id, incident_id=incident_id, score=0.5,
            why=json.dumps(["near"]), created_at=scene.now,
        )  # fmt: skip
        session.add(one)
        session.flush()
        return one.id


def decided(scene: Scene, suggestion_id: int) -> str:
    with scene.runtime.database.reading() as session:
        return session.get_one(Suggestion, suggestion_id).state


def test_an_undone_merge_leaves_everything_as_it_was(scene: Scene, three: list[int]) -> None:
    moa, hola, _ = three
    before = standing(scene)
    do(scene, sorting.merge, moa, hola)
    assert reports_in(scene, hola) == [1, 2, 3, 4]
    assert incident(scene, hola).sources == 3
    do(scene, sorting.unmerge, moa)
    assert standing(scene) == before


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_merge_of_a_merge_is_undone_in_either_order(
    scene: Scene, three: list[int], order: tuple[int, int]
) -> None:
    moa, hola, garsen = three
    before = standing(scene)
    do(scene, sorting.merge, moa, hola)
    do(scene, sorting.merge, hola, garsen)
    assert reports_in(scene, garsen) == [1, 2, 3, 4, 5]
    for which in order:
        do(scene, sorting.unmerge, (moa, hola)[which])
    assert standing(scene) == before


def test_the_first_of_two_merges_undone_leaves_the_second(scene: Scene, three: list[int]) -> None:
    moa, hola, garsen = three
    do(scene, sorting.merge, moa, hola)
    do(scene, sorting.merge, hola, garsen)
    do(scene, sorting.unmerge, moa)
    assert [reports_in(scene, one) for one in three] == [[1, 2, 3], [], [4, 5]]
    assert incident(scene, hola).merged_into_id == garsen


def test_merged_and_undone_and_merged_again(scene: Scene, three: list[int]) -> None:
    moa, hola, _ = three
    before = standing(scene)
    for _ in range(2):
        do(scene, sorting.merge, moa, hola)
        do(scene, sorting.unmerge, moa)
    assert standing(scene) == before


def test_what_a_hand_took_out_since_does_not_come_back_with_the_merge(
    scene: Scene, three: list[int]
) -> None:
    moa, hola, garsen = three
    do(scene, sorting.merge, moa, hola)
    do(scene, sorting.move_report, 2, garsen)
    do(scene, sorting.merge, garsen, hola)  # back in the same incident, but by another way
    do(scene, sorting.unmerge, moa)
    assert (reports_in(scene, moa), reports_in(scene, hola)) == ([1, 3], [2, 4, 5])


def test_what_was_taken_out_and_put_back_comes_back_with_the_merge(
    scene: Scene, three: list[int]
) -> None:
    moa, hola, garsen = three
    before = standing(scene)
    do(scene, sorting.merge, moa, hola)
    do(scene, sorting.move_report, 2, garsen)
    do(scene, sorting.put_back, 2)
    do(scene, sorting.unmerge, moa)
    assert standing(scene) == before


def test_what_was_taken_out_into_its_own_and_put_back_comes_back_too(
    scene: Scene, three: list[int]
) -> None:
    moa, hola, _ = three
    do(scene, sorting.merge, moa, hola)
    do(scene, sorting.split, hola, [2])
    do(scene, sorting.put_back, 2)
    do(scene, sorting.unmerge, moa)
    assert (reports_in(scene, moa), reports_in(scene, hola)) == ([1, 2, 3], [4])


def test_reports_that_came_after_the_merge_stay(scene: Scene, three: list[int]) -> None:
    moa, hola, _ = three
    do(scene, sorting.merge, moa, hola)
    scene.text("+254700000711", "armed men near Hola, on foot")
    do(scene, sorting.unmerge, moa)
    assert (reports_in(scene, moa), reports_in(scene, hola)) == ([1, 2, 3], [4, 6])


def test_a_merge_is_undone_even_when_its_target_was_judged(scene: Scene, three: list[int]) -> None:
    moa, hola, _ = three
    do(scene, sorting.merge, moa, hola)
    scene.refute(hola)
    do(scene, sorting.unmerge, moa)
    assert (incident(scene, moa).state, reports_in(scene, moa)) == ("open", [1, 2, 3])


def test_only_what_was_merged_can_be_unmerged(scene: Scene, three: list[int]) -> None:
    with pytest.raises(Refused, match="was not merged"):
        do(scene, sorting.unmerge, three[0])
    with pytest.raises(NotFound):
        do(scene, sorting.unmerge, 999)


def test_a_split_takes_copies_along_and_is_undone(scene: Scene, three: list[int]) -> None:
    moa = three[0]
    before = standing(scene)[moa]
    own = do(scene, sorting.split, moa, [1])
    assert (reports_in(scene, own), reports_in(scene, moa)) == ([1, 3], [2])
    assert (incident(scene, own).sources, incident(scene, own).seen_at) == (1, scene.now)
    do(scene, sorting.put_back, 3)
    do(scene, sorting.put_back, 1)
    assert standing(scene)[moa] == before
    assert (incident(scene, own).state, incident(scene, own).merged_into_id) == ("merged", moa)


def test_a_report_goes_nowhere_when_where_it_was_is_part_of_where_it_is(
    scene: Scene, three: list[int]
) -> None:
    do(scene, sorting.split, three[0], [1])
    do(scene, sorting.put_back, 3)
    do(scene, sorting.put_back, 1)  # the last one: its incident is merged back
    before = standing(scene)
    with pytest.raises(Refused, match="came with its whole incident"):
        do(scene, sorting.put_back, 3)
    assert standing(scene) == before


def test_reports_are_taken_out_into_another_incident(scene: Scene, three: list[int]) -> None:
    moa, hola, _ = three
    before = standing(scene)
    with scene.runtime.database.writing() as session:
        sorting.split(session, moa, [2], scene.first, "at Hola", scene.now, hola)
    assert (reports_in(scene, moa), reports_in(scene, hola)) == ([1, 3], [2, 4])
    do(scene, sorting.put_back, 2)
    assert standing(scene) == before


@pytest.mark.parametrize(
    ("chosen", "words"),
    [([], "Choose reports"), ([4], "Choose reports"), ([1, 2], "at least one"),
     ([1, 999], "Choose reports")],
)  # fmt: skip
def test_a_split_of_nothing_of_others_or_of_all_is_refused(
    scene: Scene, three: list[int], chosen: list[int], words: str
) -> None:
    before = standing(scene)
    with pytest.raises(Refused, match=words):
        do(scene, sorting.split, three[0], chosen)
    assert standing(scene) == before


def test_what_was_merged_is_not_split(scene: Scene, three: list[int]) -> None:
    do(scene, sorting.merge, three[0], three[1])
    with pytest.raises(Refused, match="was merged"):
        do(scene, sorting.split, three[0], [1])


def test_putting_back_leaves_no_empty_incident_open(scene: Scene, three: list[int]) -> None:
    moa = three[0]
    before = standing(scene)[moa]
    own = do(scene, sorting.move_report, 2, None)
    assert do(scene, sorting.put_back, 2) == moa
    assert standing(scene)[moa] == before
    assert incident(scene, own).state == "merged"


def test_a_report_is_put_back_even_into_what_is_over(scene: Scene, three: list[int]) -> None:
    moa, hola, _ = three
    do(scene, sorting.move_report, 2, hola)
    scene.refute(moa)
    do(scene, sorting.put_back, 2)
    assert 2 in reports_in(scene, moa)


def test_a_report_that_was_never_moved_or_came_by_a_merge_is_not_put_back(
    scene: Scene, three: list[int]
) -> None:
    with pytest.raises(Refused, match="never anywhere else"):
        do(scene, sorting.put_back, 1)
    do(scene, sorting.merge, three[0], three[1])
    with pytest.raises(Refused, match="whole incident"):
        do(scene, sorting.put_back, 1)


def test_a_yes_about_the_report_that_began_it_merges_the_incidents(
    scene: Scene, three: list[int]
) -> None:
    moa, hola, _ = three
    before = standing(scene)
    suggestion = suggest(scene, 1, hola)
    assert do(scene, sorting.accept, suggestion) == hola
    assert decided(scene, suggestion) == "accepted"
    assert reports_in(scene, hola) == [1, 2, 3, 4]
    do(scene, sorting.unmerge, moa)
    assert standing(scene) == before


def test_a_yes_about_a_later_report_moves_only_that(scene: Scene, three: list[int]) -> None:
    moa, hola, _ = three
    do(scene, sorting.accept, suggest(scene, 2, hola))
    assert (reports_in(scene, moa), reports_in(scene, hola)) == ([1, 3], [2, 4])


def test_a_verified_incident_stays_and_the_open_one_goes_into_it(
    scene: Scene, three: list[int]
) -> None:
    moa, hola, _ = three
    scene.set(Incident, moa, state="verified")
    assert do(scene, sorting.accept, suggest(scene, 1, hola)) == moa
    assert (incident(scene, hola).state, reports_in(scene, moa)) == ("merged", [1, 2, 3, 4])


def test_a_yes_follows_what_was_merged_meanwhile(scene: Scene, three: list[int]) -> None:
    _, hola, garsen = three
    suggestion = suggest(scene, 1, hola)
    do(scene, sorting.merge, hola, garsen)
    assert do(scene, sorting.accept, suggestion) == garsen


def test_a_no_settles_both_directions_and_nothing_else(scene: Scene, three: list[int]) -> None:
    moa, hola, garsen = three
    asked = [suggest(scene, 1, hola), suggest(scene, 2, hola), suggest(scene, 4, moa)]
    other = suggest(scene, 1, garsen)
    before = standing(scene)
    do(scene, sorting.dismiss, asked[0])
    assert [decided(scene, one) for one in asked] == ["dismissed"] * 3
    assert decided(scene, other) == "open"
    assert standing(scene) == before


@pytest.mark.parametrize("again", [sorting.accept, sorting.dismiss])
def test_what_was_decided_is_not_decided_again(
    scene: Scene, three: list[int], again: Callable[..., Incident]
) -> None:
    suggestion = suggest(scene, 1, three[1])
    do(scene, sorting.dismiss, suggestion)
    with pytest.raises(Refused, match="amina has decided"):
        do(scene, again, suggestion)


def test_two_coordinators_who_say_yes_at_once_do_it_once(scene: Scene, three: list[int]) -> None:
    suggestion = suggest(scene, 1, three[1])
    gate = threading.Barrier(2)

    def accept(_: int) -> bool:
        gate.wait(10)
        try:
            do(scene, sorting.accept, suggestion)
        except (Refused, MoveRefused):
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(accept, range(2)))
    assert sorted(done) == [False, True]
    assert reports_in(scene, three[1]) == [1, 2, 3, 4]


def test_two_coordinators_who_undo_at_once_do_it_once(scene: Scene, three: list[int]) -> None:
    before = standing(scene)
    do(scene, sorting.merge, three[0], three[1])
    gate = threading.Barrier(2)

    def unmerge(_: int) -> bool:
        gate.wait(10)
        try:
            do(scene, sorting.unmerge, three[0])
        except (Refused, MoveRefused):
            return False
        return True

    with ThreadPoolExecutor(2) as threads:
        done = list(threads.map(unmerge, range(2)))
    assert sorted(done) == [False, True]
    assert standing(scene) == before


def test_an_exercise_and_the_real_thing_never_mix(scene: Scene, three: list[int]) -> None:
    drill = scene.incident("open", exercise_id=scene.exercise())
    before = standing(scene)
    with pytest.raises(Refused, match="never mixed"):
        do(scene, sorting.merge, three[0], drill)
    with pytest.raises(Refused, match="never mixed"):
        do(scene, sorting.move_report, 1, drill)
    with pytest.raises(Refused, match="never mixed"), scene.runtime.database.writing() as session:
        sorting.split(session, three[0], [2], scene.first, "why not", scene.now, drill)
    suggestion = suggest(scene, 1, drill)
    with pytest.raises(Refused, match="never mixed"):
        do(scene, sorting.accept, suggestion)
    assert standing(scene) == before
    assert decided(scene, suggestion) == "open"


def test_who_speaks_against_an_incident_follows_its_merge_and_its_undoing(
    scene: Scene, three: list[int]
) -> None:
    moa, hola, garsen = three
    scene.text("+254700000712", "all quiet in Moa, nothing to report")
    assert contradicted(scene) == {6: moa}
    before = standing(scene)
    do(scene, sorting.merge, moa, hola)
    do(scene, sorting.merge, hola, garsen)
    assert contradicted(scene) == {6: garsen}
    assert incident(scene, garsen).contradictions == 1
    do(scene, sorting.unmerge, moa)
    assert contradicted(scene) == {6: moa}
    do(scene, sorting.unmerge, hola)
    assert (contradicted(scene), standing(scene)) == ({6: moa}, before)


def test_who_denies_what_they_stand_in_denies_where_they_are_put(
    scene: Scene, three: list[int]
) -> None:
    moa, hola, _ = three
    scene.set(Report, 2, stance="denies", contradicts_id=moa)
    do(scene, sorting.move_report, 2, hola)
    assert contradicted(scene) == {2: hola}
    assert [incident(scene, one).contradictions for one in (moa, hola)] == [0, 1]
    do(scene, sorting.put_back, 2)
    assert contradicted(scene) == {2: moa}


def test_a_word_of_all_quiet_put_into_what_it_denies_is_no_witness(
    scene: Scene, three: list[int]
) -> None:
    moa = three[0]
    scene.text("+254700000712", "all quiet in Moa, nothing to report")
    quiet = scene.incidents()[-1].id
    do(scene, sorting.merge, quiet, moa)
    assert (incident(scene, moa).sources, incident(scene, moa).contradictions) == (2, 1)


def test_who_was_judged_by_mistake_is_judged_anew(scene: Scene, three: list[int]) -> None:
    moa, hola, _ = three
    do(scene, sorting.merge, moa, hola)
    scene.refute(hola)

    def letter(phone: str) -> str:
        with scene.runtime.database.reading() as session:
            index = scene.runtime.keys.index.of(phone)
            query = select(Subscriber.reliability).where(Subscriber.phone_index == index)
            return str(session.scalars(query).one())

    assert letter(ONE) in "DE"
    do(scene, sorting.unmerge, moa)
    assert (letter(ONE), letter(FOUR) in "DE") == ("F", True)


@pytest.mark.parametrize("reason", ["", "   "])
def test_every_act_needs_a_reason(scene: Scene, three: list[int], reason: str) -> None:
    suggestion = suggest(scene, 1, three[1])
    before = standing(scene)
    for act, what in (
        (sorting.merge, three[:2]), (sorting.split, (three[0], [2])),
        (sorting.move_report, (2, None)), (sorting.accept, (suggestion,)),
        (sorting.dismiss, (suggestion,)), (sorting.put_back, (2,)), (sorting.unmerge, three[:1]),
    ):  # fmt: skip
        with pytest.raises(Refused, match="Say why"):
            do(scene, act, *what, reason=reason)
    assert standing(scene) == before


def test_every_act_is_in_the_audit_with_its_reason(scene: Scene, three: list[int]) -> None:
    moa, hola, garsen = three
    do(scene, sorting.merge, moa, hola, reason="one")
    do(scene, sorting.unmerge, moa, reason="two")
    own = do(scene, sorting.split, moa, [2], reason="three")
    do(scene, sorting.put_back, 2, reason="four")
    do(scene, sorting.move_report, 2, hola, reason="five")
    do(scene, sorting.dismiss, suggest(scene, 1, garsen), reason="six")
    with scene.runtime.database.reading() as session:
        rows = session.execute(
            select(AuditRow.act, AuditRow.subject, AuditRow.reason).order_by(AuditRow.id)
        ).all()
    assert [tuple(row) for row in rows] == [
        ("incident.merged", f"incident {moa}", "one"),
        ("incident.unmerged", f"incident {moa}", "two"),
        ("incident.split", f"incident {own}", "three"),
        ("incident.merged", f"incident {own}", "four"),
        ("report.move", f"incident {hola}", "five"),
        ("incident.not_the_same", f"incident {moa}", "six"),
    ]

"""Incidents are tagged with risk factors, and a rising week makes one notice."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from gateway.flow import judging, tagging, upkeep, watching
from gateway.incidents.counting import week_of, weeks_before
from gateway.runtime import Runtime
from gateway.store.tables import (
    AuditRow,
    Incident,
    IncidentFactor,
    Message,
    Place,
    RiskNotice,
)
from gateway.terms.geo import Position
from gateway.terms.refusals import NotFound, Refused
from tests.dispatch.scenes import Scene
from tests.make import MOA, make_incident, make_place

ONE, TWO = "+254700000701", "+254700000702"
NAMES = "They go to Moa writing names of people of our tribe"
NAIROBI = ZoneInfo("Africa/Nairobi")
HATE = {"hazard": "hate_speech"}


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    return Scene(runtime, now)


def _factors(scene: Scene, incident_id: int) -> dict[int, IncidentFactor]:
    with scene.runtime.database.reading() as session:
        rows = session.scalars(
            select(IncidentFactor).where(IncidentFactor.incident_id == incident_id)
        )
        return {row.factor: row for row in rows}


def _notices(scene: Scene) -> list[RiskNotice]:
    with scene.runtime.database.reading() as session:
        return list(session.scalars(select(RiskNotice).order_by(RiskNotice.id)))


def _correct(scene: Scene, incident_id: int, factor: int, *, shown: bool) -> None:
    with scene.runtime.database.writing() as session:
        tagging.correct(
            session, incident_id, factor, scene.first, "I was there", scene.now, shown=shown
        )


def _see(scene: Scene) -> None:
    with scene.runtime.database.writing() as session:
        watching.see(session, _notices(scene)[0].id, scene.second, scene.now)


def _weeks(scene: Scene, counts: list[int], area: str = "Tana River", **facts: object) -> None:
    """So many tagged incidents in each week up to this one, the oldest first."""
    this = week_of(scene.now, scene.runtime.zone)
    with scene.runtime.database.writing() as session:
        for back, count in enumerate(reversed(counts)):
            for number in range(count):
                at = weeks_before(this, back, scene.runtime.zone) + timedelta(hours=number)
                values = {"area": area, "tagged_at": at, **HATE, **facts}
                incident = make_incident(session, at, **values)
                session.add(IncidentFactor(incident_id=incident.id, factor=9, who="gateway", at=at))


def _hate(notices: list[RiskNotice]) -> list[RiskNotice]:
    return [notice for notice in notices if notice.factor == 9]


def test_an_incident_is_tagged_by_hazard_and_words_and_says_why(scene: Scene) -> None:
    scene.text(ONE, NAMES)
    scene.later(days=10)
    scene.text(TWO, "Leaflets in Moa say that tribe must leave or die")
    assert tagging.tag_new(scene.runtime) == 2
    first, second = scene.incidents()
    why = json.loads(_factors(scene, first.id)[7].why or "")
    assert why[0] == "words about lists of names or marked houses"
    assert json.loads(_factors(scene, second.id)[9].why or "")[0] == "hazard hate_speech"
    assert {first.area, second.area} == {"Tana River"}


def test_the_reason_holds_no_word_of_the_report(scene: Scene) -> None:
    scene.text(ONE, f"{NAMES}, Baraka counts machetes, bought machetes at Kipini")
    tagging.tag_new(scene.runtime)
    said = " ".join(row.why or "" for row in _factors(scene, scene.incidents()[0].id).values())
    assert said
    assert not [word for word in ("Baraka", "machetes", "Kipini", "tribe") if word in said]


def test_what_was_tagged_is_looked_at_again_only_when_it_changes(scene: Scene) -> None:
    scene.text(ONE, "Armed men near Moa")
    assert [tagging.tag_new(scene.runtime) for _ in range(2)] == [1, 0]
    scene.later(minutes=5)
    scene.text(TWO, "Armed men near Moa, they are checking identity cards")
    assert len(scene.incidents()) == 1
    assert [tagging.tag_new(scene.runtime) for _ in range(2)] == [1, 0]
    assert 7 in _factors(scene, scene.incidents()[0].id)


def test_a_corrected_hazard_takes_the_gateways_tags_along(scene: Scene) -> None:
    incident = scene.incident(state="open", **HATE)
    tagging.tag_new(scene.runtime)
    assert 9 in _factors(scene, incident)
    with scene.runtime.database.writing() as session:
        judging.set_hazard(session, incident, "rumour", scene.first, "only talk", scene.now)
    tagging.tag_new(scene.runtime)
    assert _factors(scene, incident) == {}


def test_a_factor_taken_off_by_a_coordinator_stays_off(scene: Scene) -> None:
    incident = scene.incident(**HATE)
    tagging.tag_new(scene.runtime)
    _correct(scene, incident, 9, shown=False)
    scene.set(Incident, incident, tagged_at=None)
    tagging.tag_new(scene.runtime)
    row = _factors(scene, incident)[9]
    assert (row.removed, row.who) == (True, "amina")


def test_a_factor_added_by_a_coordinator_stays_on(scene: Scene) -> None:
    incident = scene.incident(hazard="rumour")
    _correct(scene, incident, 12, shown=True)
    tagging.tag_new(scene.runtime)
    assert {number: row.who for number, row in _factors(scene, incident).items()} == {12: "amina"}
    with scene.runtime.database.reading() as session:
        row = session.scalars(select(AuditRow).where(AuditRow.subject == f"incident {incident}"))
        assert [(act.act, act.facts, act.reason) for act in row] == [
            ("incident.factor_added", {"factor": 12}, "I was there")
        ]


def test_a_correction_needs_a_reason_and_an_incident_that_was_not_merged(scene: Scene) -> None:
    incident = scene.incident(state="merged")
    with scene.runtime.database.writing() as session:
        for number, reason, refusal in (
            (incident, "", Refused), (incident, "why", Refused), (999, "why", NotFound),
        ):  # fmt: skip
            with pytest.raises(refusal):
                tagging.correct(session, number, 3, scene.first, reason, scene.now, shown=True)
    assert _factors(scene, incident) == {}


def test_erased_texts_do_not_take_their_tags_along(scene: Scene) -> None:
    scene.text(ONE, NAMES)
    tagging.tag_new(scene.runtime)
    incident = scene.incidents()[0].id
    with scene.runtime.database.writing() as session:
        session.scalars(select(Message)).one().received_at = scene.now - timedelta(days=900)
    upkeep.purge(scene.runtime)
    scene.set(Incident, incident, tagged_at=None)
    assert tagging.tag_new(scene.runtime) == 1
    assert 7 in _factors(scene, incident)


def test_all_quiet_shows_nothing(scene: Scene) -> None:
    scene.text(ONE, "Moa is calm, all quiet, no police here")
    (incident,) = scene.incidents()
    assert incident.hazard == "all_quiet"
    tagging.tag_new(scene.runtime)
    assert _factors(scene, incident.id) == {}


@pytest.mark.parametrize(
    ("place", "at", "area"),
    [
        ({"county": "Lamu"}, MOA, "Lamu"),
        ({"county": "", "kind": "county", "name": "Kilifi"}, MOA, "Kilifi"),
        ({"county": "", "region": "Coast"}, MOA, "Tana River"),
        ({"county": "", "region": "North"}, Position(4.0, 36.0), "North"),
        (None, Position(MOA.lat + 0.1, MOA.lon), "Tana River"),
        (None, Position(4.0, 36.0), None),
    ],
)
def test_an_incident_counts_in_the_county_of_its_place_or_the_nearest(
    scene: Scene, place: dict[str, str] | None, at: Position, area: str | None
) -> None:
    with scene.runtime.database.writing() as session:
        facts = dict(place or {})
        name = facts.pop("name", "Garsen")
        row: Place | None = make_place(session, name, at, **facts) if place else None
        make_incident(session, scene.now, place_id=row.id if row else None, lat=at.lat, lon=at.lon)
    tagging.tag_new(scene.runtime)
    assert scene.incidents()[0].area == area


def test_two_machines_that_sweep_at_once_tag_and_notice_once(scene: Scene) -> None:
    _weeks(scene, [1, 0, 1, 1, 0, 1, 0, 1, 0])
    fresh = [scene.incident(area="Tana River", **HATE) for _ in range(12)]
    gate = threading.Barrier(2)

    def sweep(_machine: int) -> None:
        gate.wait(10)
        tagging.tag_new(scene.runtime)
        gate.wait(10)
        watching.watch(scene.runtime)

    with ThreadPoolExecutor(2) as machines:
        list(machines.map(sweep, range(2)))
    assert all(set(_factors(scene, incident)) == {9} for incident in fresh)
    assert [notice.count for notice in _hate(_notices(scene))] == [12]


def test_a_rising_week_makes_one_notice_however_often_it_is_looked_at(scene: Scene) -> None:
    _weeks(scene, [1, 0, 1, 1, 0, 1, 0, 1, 0, 6])
    assert watching.watch(scene.runtime) == 2  # factor 9, and any factor
    assert watching.watch(scene.runtime) == 0
    (notice,) = _hate(_notices(scene))
    assert (notice.area, notice.count, notice.threshold) == ("Tana River", 6, 4)
    assert notice.week == datetime(2026, 3, 8, 21, 0, tzinfo=UTC)  # Monday 00:00 in Nairobi
    assert notice.expected == pytest.approx(0.5, abs=0.1)


def test_the_usual_makes_no_notice(scene: Scene) -> None:
    _weeks(scene, [4, 5, 4, 3, 4, 5, 4, 4, 5])
    _weeks(scene, [0, 0, 1, 0, 0, 0, 0, 0, 2], area="Lamu")
    assert watching.watch(scene.runtime) == 0


def test_a_young_gateway_compares_with_the_mean_of_all_areas(scene: Scene) -> None:
    _weeks(scene, [2, 2, 6])
    _weeks(scene, [6, 6, 6], area="Lamu")
    assert watching.watch(scene.runtime) == 0
    _weeks(scene, [0, 0, 9], area="Garissa")
    watching.watch(scene.runtime)
    assert {notice.area for notice in _notices(scene)} == {"Garissa"}


def test_the_first_week_of_a_gateway_makes_no_notice(scene: Scene) -> None:
    _weeks(scene, [20])
    assert watching.watch(scene.runtime) == 0


@pytest.mark.parametrize(
    "facts",
    [{"state": "refuted"}, {"state": "merged"}, {"state": "unverifiable"}, {"hazard": "all_quiet"},
     {"area": None}],
)  # fmt: skip
def test_what_is_not_so_does_not_count(scene: Scene, facts: dict[str, object]) -> None:
    _weeks(scene, [1] * 9)
    _weeks(scene, [9], **facts)
    assert watching.watch(scene.runtime) == 0


def test_a_drill_does_not_count(scene: Scene) -> None:
    _weeks(scene, [1] * 9)
    _weeks(scene, [9], exercise_id=scene.exercise())
    assert watching.watch(scene.runtime) == 0


def test_a_factor_taken_off_does_not_count(scene: Scene) -> None:
    _weeks(scene, [1, 0, 1, 1, 0, 1, 0, 1, 0, 4])
    _correct(scene, scene.incidents()[0].id, 9, shown=False)
    watching.watch(scene.runtime)
    assert _hate(_notices(scene)) == []


def test_last_weeks_late_reports_are_noticed_too(scene: Scene) -> None:
    _weeks(scene, [1, 0, 1, 1, 0, 1, 0, 1, 6, 0])
    watching.watch(scene.runtime)
    (notice,) = _hate(_notices(scene))
    assert notice.week == datetime(2026, 3, 1, 21, 0, tzinfo=UTC)


def test_a_seen_notice_comes_back_only_when_it_grew_by_half(scene: Scene) -> None:
    _weeks(scene, [1, 0, 1, 1, 0, 1, 0, 1, 0, 4])
    watching.watch(scene.runtime)
    _see(scene)
    seen = _notices(scene)[0]
    assert (seen.seen_by, seen.seen_at) == ("brian", scene.now)
    _weeks(scene, [1])
    watching.watch(scene.runtime)
    assert _notices(scene)[0].seen_by == "brian"
    _weeks(scene, [1])  # one by one, so that small steps add up
    watching.watch(scene.runtime)
    again = _notices(scene)[0]
    assert (again.id, again.count, again.seen_by) == (seen.id, 6, None)


def test_an_unseen_notice_keeps_up_with_its_count_and_goes_with_it(scene: Scene) -> None:
    _weeks(scene, [1, 0, 1, 1, 0, 1, 0, 1, 0, 4])
    watching.watch(scene.runtime)
    _weeks(scene, [1])
    watching.watch(scene.runtime)
    assert [notice.count for notice in _notices(scene)] == [5, 5]
    with scene.runtime.database.writing() as session:
        this = week_of(scene.now, scene.runtime.zone)
        for incident in session.scalars(select(Incident).where(Incident.opened_at >= this)):
            incident.state = "refuted"
    watching.watch(scene.runtime)
    assert _notices(scene) == []


def test_seeing_is_audited_once(scene: Scene) -> None:
    _weeks(scene, [1, 0, 1, 1, 0, 1, 0, 1, 0, 4])
    watching.watch(scene.runtime)
    _see(scene)
    _see(scene)
    with scene.runtime.database.reading() as session:
        acts = session.scalars(select(AuditRow).where(AuditRow.act == "risk.see")).all()
    assert [act.who for act in acts] == ["brian"]
    with scene.runtime.database.writing() as session, pytest.raises(NotFound):
        watching.see(session, 999, scene.first, scene.now)


@pytest.mark.parametrize(
    ("time", "monday"),
    [
        ("2026-03-08T20:59:00+00:00", "2026-03-01T21:00:00+00:00"),
        ("2026-03-08T21:00:00+00:00", "2026-03-08T21:00:00+00:00"),
        ("2026-03-15T20:59:59+00:00", "2026-03-08T21:00:00+00:00"),
    ],
)
def test_a_week_begins_on_monday_by_the_clocks_of_the_deployment(time: str, monday: str) -> None:
    assert week_of(datetime.fromisoformat(time), NAIROBI) == datetime.fromisoformat(monday)


def test_weeks_begin_at_midnight_on_both_sides_of_a_change_of_the_clocks() -> None:
    cairo = ZoneInfo("Africa/Cairo")  # summer time from 24 April 2026
    week = week_of(datetime(2026, 4, 29, tzinfo=UTC), cairo)
    before = weeks_before(week, 1, cairo)
    assert (week - before) == timedelta(days=7, hours=-1)
    assert before == week_of(before, cairo)

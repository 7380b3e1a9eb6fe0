"""Exercises from beginning to report: real figures stay, volunteers alone are texted."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow import alerting, debriefing, ending, exercise_book, judging, take_in, upkeep
from gateway.flow.cast import Cast
from gateway.flow.exercise_book import begin
from gateway.flow.staging import Player
from gateway.lists import clocks, exercises, health, needs, places, pulse, risk, subscribers
from gateway.providers.base import InboundSms, ProviderConfig
from gateway.providers.simulator import Simulator
from gateway.runtime import Runtime, build_runtime
from gateway.sharing import report_file, tables
from gateway.store.tables import (
    Alert,
    AuditRow,
    Delivery,
    Exercise,
    Incident,
    Place,
    Subscriber,
    User,
)
from gateway.terms.geo import Position
from gateway.terms.refusals import Refused
from tests.flow.theatre import Hall, Played, perform, scenario
from tests.make import make_incident, make_subscriber, make_user, settings_for

NOW = datetime(2026, 3, 10, 15, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
PLAYED = ("two_attacks", "false_reports")
ASHA, BINTI, WITNESS = "+254700000301", "+254700000302", "+254700000303"
ZONE = ZoneInfo("Africa/Nairobi")


@dataclass
class Season:
    """Two exercises in a country with real people, and its real figures before and after."""

    runtime: Runtime
    before: dict[str, Any]
    after: dict[str, Any]
    plays: list[Played]


def village(session: Session, name: str) -> tuple[Place, Position]:
    place = session.scalars(select(Place).where(Place.name == name)).first()
    assert place is not None
    return place, Position(place.lat, place.lon)


def resident(session: Session, runtime: Runtime, phone: str, name: str, **facts: Any) -> Subscriber:
    """A real person at home in a village where exercises take place."""
    place, home = village(session, name)
    return make_subscriber(session, runtime.keys, phone, home=home, place_id=place.id, **facts)


def real_life(runtime: Runtime) -> None:
    """Real people, two reports, an incident with a warning that waits, and another incident."""
    with runtime.database.writing() as session:
        amina, _ = make_user(session, "amina"), make_user(session, "brian")
        resident(session, runtime, ASHA, "Garsen")
        resident(session, runtime, BINTI, "Ngao", drills=True)
    hall = Hall(runtime, NOW - timedelta(hours=2))
    at_once = ProviderConfig("simulator", "simulator", options={"receipt_seconds": "0"})
    runtime.providers = {**runtime.providers, "simulator": Simulator(at_once)}
    with runtime.database.writing() as session:
        make_incident(session, hall.now, place_name="Hola", area="Tana River")
    for phone, text in (
        (WITNESS, "Armed men with guns are in Garsen now"),
        (ASHA, "Gunmen at Garsen, I see them"),
    ):
        sms = InboundSms(provider_id=phone, sender=phone, recipient="", text=text)
        take_in.keep(runtime, "simulator", [sms], hall.now)
    hall.settle()
    hall.sender.close()
    with runtime.database.writing() as session:
        incident_id = session.scalars(select(Incident.id).where(Incident.reports == 2)).one()
        judging.verify(session, incident_id, amina, "seen by two", runtime.clock())
        alert = alerting.draft(runtime, session, incident_id, amina, runtime.clock())
        alerting.submit(runtime, session, alert.id, amina, alert.version, runtime.clock())


def figures(runtime: Runtime, user_id: int = 2) -> dict[str, Any]:
    """Every figure of the real world that pages, monitors and files show."""
    with runtime.database.reading() as session:
        found = needs.read(session, user_id, list(runtime.hazards))
        beat = pulse.read(session)
        well = health.state(runtime, session, LATER)
        board = risk.board(session, runtime.factors, runtime.settings.risk, LATER, runtime.zone)
        garsen, _ = village(session, "Garsen")
        real = select(Subscriber).where(Subscriber.exercise_id.is_(None))
        return {
            "queue": [
                [row.id for row in rows] for rows in (found.incidents, found.mine, found.others)
            ],
            "news": (
                found.more,
                found.unseen,
                sorted(found.unwarned),
                beat.failed_messages,
                beat.risks,
            ),
            "live": [alert.id for alert in found.live],
            "health": (well.backlog_age_s, well.outbox_age_s, well.urgent_age_s),
            "accounts": [(one.name, one.queue, one.sent_today) for one in well.accounts],
            "clocks": clocks.medians(session, LATER),
            "risk": [(area.name, area.lines) for area in board.areas],
            "members": subscribers.counts(session),
            "garsen": places.view(session, garsen.id).members,
            "reliability": {row.id: (row.reliability, row.state) for row in session.scalars(real)},
            "exports": {
                kind: list(tables.rows(session, kind, None, reveal=False, exercises=False))
                for kind in tables.KINDS
                if kind != "audit"
            },
        }


@pytest.fixture(scope="module")
def season(sample_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Season]:
    folder = tmp_path_factory.mktemp("season")
    shutil.copy(sample_sqlite, folder / "gateway.db")
    runtime = build_runtime(settings_for(f"sqlite:///{folder}/gateway.db", folder))
    real_life(runtime)
    before, plays, now = figures(runtime), [], NOW
    for name in PLAYED:
        script = scenario(name)
        runtime.clock = lambda: NOW
        with runtime.database.writing() as session:
            row = begin(runtime, session, script, "amina", now, name=name)
        played = perform(runtime, script, now, exercise_id=row.id)
        ending.end(played.drill, script)
        plays.append(played)
        now += timedelta(hours=4)
    yield Season(runtime, before, figures(runtime), plays)
    runtime.database.close()


def report_of(season: Season, number: int) -> dict[str, Any]:
    with season.runtime.database.reading() as session:
        facts = session.get_one(Exercise, season.plays[number].drill.id).facts
    assert facts is not None
    found: dict[str, Any] = facts["report"]
    return found


@pytest.mark.parametrize(
    "figure",
    ["queue", "news", "live", "health", "accounts", "clocks", "risk", "members", "garsen",
     "reliability", "exports"],
)  # fmt: skip
def test_two_exercises_leave_every_real_figure_as_it_was(season: Season, figure: str) -> None:
    assert season.before[figure] == season.after[figure]
    assert season.before[figure] not in (None, {}, 0) or figure == "live"


def test_no_real_person_is_texted_in_an_exercise(season: Season) -> None:
    with season.runtime.database.reading() as session:
        touched = session.scalars(
            select(Delivery.id)
            .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
            .where(Delivery.exercise_id.is_not(None), Subscriber.exercise_id.is_(None))
        ).all()
        accounts = set(
            session.scalars(select(Delivery.account).where(Delivery.exercise_id.is_not(None)))
        )
    assert touched == []
    assert accounts - {None} == {"exercise"}
    assert "simulator" not in accounts


@pytest.mark.parametrize("number", range(len(PLAYED)))
def test_the_report_of_an_exercise_that_went_well_finds_no_mistake(
    season: Season, number: int
) -> None:
    report = report_of(season, number)
    assert report["mistakes"] == []
    assert report["met"]
    assert {one["name"] for one in report["who"]} <= {"exercise-1", "exercise-2"}
    times = [line["at"] for line in report["timeline"]]
    assert times == sorted(times)


def test_the_report_has_the_minutes_of_each_stage_and_the_reach_of_each_village(
    season: Season,
) -> None:
    report = report_of(season, 0)
    garsen, _ = report["incidents"]
    stages = {step["step"]: step["minutes"] for step in garsen["stages"]}
    assert list(stages) == [
        "first report", "seen", "verified", "drafted", "submitted", "approved",
        "first SMS handed over", "delivered to half", "delivered to nine in ten",
    ]  # fmt: skip
    assert list(stages.values()) == sorted(stages.values())
    assert stages["verified"] > 0
    assert {row["place"]: row["once"] for row in report["reach"]["places"]} == {
        "Garsen": 5, "Idsowe": 4, "Wema": 4, "Ngao": 5, "Tarasaa": 4, "Golbanti": 4, "Hola": 0,
    }  # fmt: skip
    assert report["reach"]["first_warning_min"] > 0
    told = [line["what"] for line in report["timeline"]]
    for words in ("reports attack at Ngao", "verified incident", "drafted W", "submitted W",
                  "approved W", "first SMS handed over", "delivered to nine in ten"):  # fmt: skip
        assert any(words in line for line in told), words


def test_a_report_holds_no_number_and_no_word_of_any_message(season: Season) -> None:
    for number, name in enumerate(PLAYED):
        kept = json.dumps(report_of(season, number), ensure_ascii=False)
        assert "+254" not in kept
        for step in scenario(name).steps:
            assert step.text is None or step.text not in kept
    with season.runtime.database.reading() as session:
        told = session.scalars(select(AuditRow.facts).where(AuditRow.act.like("exercise.%"))).all()
    assert len(told) == 2 * len(PLAYED)
    assert "Garsen" not in str(told)


def test_the_printed_report_stands_alone(season: Season) -> None:
    with season.runtime.database.reading() as session:
        found = exercises.view(session, season.plays[0].drill.id, ZONE)
    html = report_file.render(found, "Community Alert")
    assert "<strong>as it should be, 2 deadlines missed</strong>" in html
    assert "size: A4" in html
    assert "Two attacks at the same hour" in html
    assert not any(word in html for word in ("<script", "<link", "src=", "http", "+254"))


def test_the_report_outlives_what_it_tells_of(season: Season) -> None:
    before, runtime = report_of(season, 0), season.runtime
    runtime.clock = lambda: NOW + timedelta(days=1000)
    assert upkeep.purge(runtime)["deliveries"] > 50
    with runtime.database.reading() as session:
        row = session.get_one(Exercise, season.plays[0].drill.id)
        assert debriefing.so_far(runtime, session, row, LATER) == before


@dataclass
class Coordinators:
    """People who verify, draft and approve what they see on the pages, as soon as it is there."""

    runtime: Runtime

    def __call__(self, hall: Hall) -> None:
        with self.runtime.database.writing() as session:
            amina, brian = (
                session.scalars(select(User).where(User.name == name)).one()
                for name in ("amina", "brian")
            )
            for incident in session.scalars(
                select(Incident).where(Incident.state == "open", Incident.sources >= 3)
            ).all():
                judging.verify(session, incident.id, amina, "many saw it", hall.now)
                alert = alerting.draft(self.runtime, session, incident.id, amina, hall.now)
                alerting.submit(self.runtime, session, alert.id, amina, 1, hall.now)
                alerting.approve(self.runtime, session, alert.id, brian, 1, hall.now)


def test_people_play_the_coordinators_and_volunteers_alone_are_texted(country: Runtime) -> None:
    country.clock = lambda: NOW
    with country.database.writing() as session:
        for name in ("amina", "brian", "chebet"):
            make_user(session, name)
        resident(session, country, ASHA, "Ngao")
        binti = resident(session, country, BINTI, "Ngao", drills=True)
        script = scenario("two_attacks")
        row = begin(
            country, session, script, "amina", NOW,
            name="two_attacks", volunteers=True, by_people=True,
        )  # fmt: skip
    played = perform(
        country, script, NOW, Coordinators(country), exercise_id=row.id, by_people=True
    )
    ending.end(played.drill, script)
    assert any("left to you" in line for line in played.lines)
    with country.database.reading() as session:
        real = session.scalars(
            select(Delivery)
            .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
            .where(Subscriber.exercise_id.is_(None))
        ).all()
        report = (session.get_one(Exercise, row.id).facts or {})["report"]
        drilled = dict(session.execute(select(User.name, User.drilled_at)).all())
    assert [(one.subscriber_id, one.account) for one in real] == [(binti.id, "simulator")]
    assert sum(report["volunteers"].values()) == 1
    assert report["reach"]["once"] == 26
    assert {one["name"] for one in report["who"]} == {"amina", "brian", "exercise-1"} - {
        "exercise-1"
    }
    assert drilled["amina"] is not None
    assert drilled["brian"] is not None
    assert drilled["chebet"] is None
    assert drilled["exercise-1"] is None


def _ends_with(country: Runtime, exercise_id: int) -> str:
    with country.database.reading() as session:
        return exercises.view(session, exercise_id, ZONE).how


def _begin(country: Runtime, now: datetime = NOW, **how: Any) -> Exercise:
    with country.database.writing() as session:
        script = scenario(how.get("name", "two_attacks"))
        return begin(country, session, script, "amina", now, **{"name": "two_attacks", **how})


def test_one_exercise_runs_at_a_time(country: Runtime) -> None:
    country.clock = lambda: NOW
    first = _begin(country)
    with pytest.raises(Refused, match=r"Exercise 1 .* still runs"):
        _begin(country)
    ending.end(Cast(country, first.id, {}), None)
    assert _begin(country).id == 2


def test_an_exercise_whose_process_died_is_broken_off(country: Runtime) -> None:
    country.clock = lambda: NOW
    exercise = _begin(country)
    country.clock = lambda: NOW + timedelta(minutes=1)
    assert ending.end_silent(country) == 0
    exercise_book.beat(country, exercise.id)
    country.clock = lambda: NOW + timedelta(minutes=2, seconds=50)
    assert ending.end_silent(country) == 0
    country.clock = lambda: NOW + timedelta(minutes=4)
    assert ending.end_silent(country) == 1
    assert ending.end_silent(country) == 0
    assert _ends_with(country, exercise.id) == "broken off"
    assert _begin(country, NOW + timedelta(minutes=5)).id == 2


def test_what_a_coordinator_began_is_played_and_broken_off_with_its_process(
    country: Runtime,
) -> None:
    exercise = _begin(country, country.clock(), phase=exercise_book.ASKED)
    player = Player(country)
    player.look()
    player.look()  # it has its thread already
    player.stop()
    assert _ends_with(country, exercise.id) == "broken off"
    with country.database.reading() as session:
        assert session.get_one(Exercise, exercise.id).ended_at is not None


def test_whoever_ends_an_exercise_is_named_in_its_result(country: Runtime) -> None:
    exercise = _begin(country, country.clock(), phase=exercise_book.ASKED)
    with country.database.writing() as session:
        brian = make_user(session, "brian")
        with pytest.raises(Refused, match="Say why"):
            exercise_book.ask_to_end(session, exercise.id, brian, " ", NOW)
        exercise_book.ask_to_end(session, exercise.id, brian, "a real attack", NOW)
    player = Player(country)
    player.look()
    player.stop()
    assert _ends_with(country, exercise.id) == "ended by brian"
    with country.database.writing() as session, pytest.raises(Refused, match="over already"):
        exercise_book.ask_to_end(session, exercise.id, brian, "again", NOW)


def test_an_exercise_of_another_country_is_refused(country: Runtime) -> None:
    script = scenario("two_attacks").model_copy(update={"country": "NG"})
    with (
        country.database.writing() as session,
        pytest.raises(Refused, match="plays in NG, the deployment is KE"),
    ):
        begin(country, session, script, "amina", NOW, name="two_attacks")


def test_volunteers_sleep_at_night_and_are_spared_while_a_warning_is_live(
    country: Runtime,
) -> None:
    with pytest.raises(Refused, match="Volunteers sleep"):
        _begin(country, NOW.replace(hour=20), volunteers=True)
    with country.database.writing() as session:
        user, incident = make_user(session), make_incident(session, NOW)
        session.add(
            Alert(
                incident_id=incident.id, state="live", hazard="attack", urgency="Immediate",
                severity="Extreme", certainty="Observed", place_name="Moa", lat=0, lon=0,
                radius_m=1000, expires_at=LATER, drafted_by=user.id, created_at=NOW,
            )
        )  # fmt: skip
    with pytest.raises(Refused, match="real warning is live"):
        _begin(country, volunteers=True)
    assert _begin(country).id == 1


def test_there_is_no_report_of_what_was_never_played(country: Runtime) -> None:
    with country.database.reading() as session:
        with pytest.raises(Refused, match="no such exercise"):
            exercises.view(session, 99, ZONE)
        with pytest.raises(Refused, match="no such exercise"):
            exercise_book.find(session, 99)
    with pytest.raises(Refused, match="there are: false_reports"):
        exercise_book.shipped_named("/etc/passwd")

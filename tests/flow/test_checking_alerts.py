"""Warnings are held against the checks before they leave, and set aside only with a reason."""

import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.alerts.drafting import NO_WARNING
from gateway.flow import alerting, checking_alerts
from gateway.runtime import Runtime, build_runtime
from gateway.store.tables import Alert, AuditRow, Override, PlaybookLine
from gateway.terms.area import Area, Circle
from gateway.terms.refusals import NotAllowed, Refused
from gateway.understanding.lexicon import hazards, known_languages
from tests.dispatch.scenes import Scene
from tests.make import MOA, make_incident, make_user, settings_for

GOOD = "Community Alert: Armed men reported near Moa. Stay indoors. Until 00:30 11/03."
REPORT = "They came from the dry river bed with two white pickups"


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """What differs between engines is in test_lint_facts.py."""
    shutil.copy(migrated_sqlite, tmp_path / "gateway.db")
    return f"sqlite:///{tmp_path}/gateway.db"


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    scene = Scene(runtime, now)
    scene.people(8)
    return scene


@pytest.fixture
def polyglot(migrated_sqlite: Path, tmp_path: Path, now: datetime) -> Iterator[Runtime]:
    """A gateway that speaks all nine languages; no engine differs in them."""
    shutil.copy(migrated_sqlite, tmp_path / "nine.db")
    languages = ",".join(known_languages())
    settings = settings_for(f"sqlite:///{tmp_path}/nine.db", tmp_path, GATEWAY_LANGUAGES=languages)
    runtime = build_runtime(settings, clock=lambda: now)
    yield runtime
    runtime.database.close()


def rewrite(scene: Scene, alert: Alert, english: str, **times: Any) -> Alert:
    """A new version with another English text."""
    with scene.runtime.database.writing() as session:
        kept = session.get_one(Alert, alert.id)
        texts = {text.language: text.body for text in kept.texts} | {"en": english}
        return alerting.edit(
            scene.runtime, session, alert.id, scene.first, kept.version, scene.now,
            texts=texts, expires_at=kept.expires_at, **times,
        )  # fmt: skip


def submit(scene: Scene, alert: Alert, **reasons: str) -> Alert:
    with scene.runtime.database.writing() as session:
        checking_alerts.set_aside(
            scene.runtime, session, alert.id, scene.first, alert.version, reasons, scene.now
        )
        return alerting.submit(
            scene.runtime, session, alert.id, scene.first, alert.version, scene.now
        )


def rules(scene: Scene, alert: Alert) -> set[str]:
    with scene.runtime.database.reading() as session:
        kept = session.get_one(Alert, alert.id)
        found = checking_alerts.check_texts(scene.runtime, session, kept)
        found += checking_alerts.check_area(scene.runtime, session, kept, scene.now)
        return {one.rule for one in found}


def test_every_shipped_draft_in_every_language_may_leave(polyglot: Runtime, now: datetime) -> None:
    stopped = {}
    with polyglot.database.writing() as session:
        by = make_user(session)
        for hazard in hazards().keys() - NO_WARNING:
            incident = make_incident(session, now, state="verified", hazard=hazard)
            alert = alerting.draft(polyglot, session, incident.id, by, now)
            found = checking_alerts.check_texts(polyglot, session, alert)
            stopped |= {(hazard, one.rule): one.findings for one in found if one.stops}
    assert stopped == {}


def test_a_draft_without_a_place_is_refused_with_its_language_and_is_not_lost(
    scene: Scene,
) -> None:
    text = "Community Alert: Attack reported. Stay indoors. Until 00:30 11/03."
    alert = rewrite(scene, scene.draft(), text)
    with pytest.raises(Refused, match=r"No place \(English\)"):
        submit(scene, alert)
    assert scene.alert_state(alert) == "draft"
    assert submit(scene, rewrite(scene, alert, text.replace("reported", "near Moa reported")))


def test_a_reason_lets_it_leave_is_audited_sealed_and_asked_again_for_a_new_version(
    scene: Scene,
) -> None:
    text = f"{GOOD} Call the clinic 0700 010 123."
    alert = rewrite(scene, scene.draft(), text)
    submitted = submit(scene, alert, number="it is the clinic's own line")
    assert submitted.state == "submitted"
    with scene.runtime.database.reading() as session:
        kept = session.get_one(Alert, alert.id)
        (found,) = checking_alerts.check_texts(scene.runtime, session, kept)
        assert (found.rule, found.stops, found.aside and found.aside.who) == (
            "number",
            False,
            "amina",
        )
        acts = session.scalars(select(AuditRow).order_by(AuditRow.id)).all()
        (act,) = [one for one in acts if one.act == "alert.override"]
        assert act.facts == {"rule": "number", "version": 2}
        assert act.reason == "it is the clinic's own line"
    with scene.runtime.database.writing() as session:
        alerting.return_to_draft(session, alert.id, scene.second, "shorter", scene.now)
    with pytest.raises(Refused, match="phone number"):
        submit(scene, rewrite(scene, alert, text))


def test_no_reason_lets_a_slur_leave(scene: Scene) -> None:
    text = "Community Alert: Attack by inyenzi reported near Moa. Stay indoors. Until 00:30 11/03."
    alert = rewrite(scene, scene.draft(), text)
    with pytest.raises(Refused, match="A slur: no reason can set this aside"):
        submit(scene, alert, slur="everybody says so")
    assert scene.count(Override) == 0


def test_reasons_for_what_objects_to_nothing_or_is_no_rule_are_passed_by(scene: Scene) -> None:
    alert = scene.draft()
    assert submit(scene, alert, number="why not", nonsense="x", copied="  ").state == "submitted"
    assert scene.count(Override) == 0


def test_only_coordinators_set_aside_and_only_what_they_see(scene: Scene) -> None:
    alert = scene.draft()
    runtime, now = scene.runtime, scene.now
    with runtime.database.writing() as session:
        viewer = make_user(session, "vera", "viewer")
        with pytest.raises(NotAllowed):
            checking_alerts.set_aside(runtime, session, alert.id, viewer, 1, {"copied": "x"}, now)
        with pytest.raises(Refused, match="changed this warning meanwhile"):
            checking_alerts.set_aside(
                runtime, session, alert.id, scene.first, 7, {"copied": "x"}, now
            )


def test_words_of_a_report_of_the_incident_stop_it_and_those_of_others_do_not(
    scene: Scene,
) -> None:
    scene.text("+254700000900", f"Armed men at Moa. {REPORT}")
    (incident,) = scene.incidents()
    scene.set(type(incident), incident.id, state="verified")
    text = f"{GOOD} {REPORT}."
    with scene.runtime.database.writing() as session:
        alert = alerting.draft(scene.runtime, session, incident.id, scene.first, scene.now)
    assert rules(scene, rewrite(scene, alert, text)) == {"copied"}
    assert rules(scene, rewrite(scene, scene.draft(), text)) == set()


def test_an_exercise_is_checked_the_same_way(scene: Scene) -> None:
    drill = scene.exercise()
    scene.people(6, first=500, exercise_id=drill)
    alert = scene.draft(exercise_id=drill)
    assert rules(scene, alert) == set()
    text = "Community Alert: Mzee Barasa saw armed men near Moa. Stay indoors. Until 00:30 11/03."
    with pytest.raises(Refused, match="person"):
        submit(scene, rewrite(scene, alert, text))


def test_a_wide_area_and_a_slow_hazard_at_night_are_said(scene: Scene) -> None:
    alert = scene.draft()
    wide = Area.around(Circle(MOA.lat, MOA.lon, 50_000))
    body = next(text.body for text in alert.texts if text.language == "en")
    assert rules(scene, rewrite(scene, alert, body, area=wide)) == {"wide_area"}
    scene.later(hours=4)  # 22:30, quiet until 06:00
    assert rules(scene, scene.draft(hazard="rumour", credibility=2)) == {"quiet_hours"}


def test_a_follow_up_needs_no_action_and_no_hazard(scene: Scene) -> None:
    alert = scene.approved()
    scene.send()
    with scene.runtime.database.writing() as session:
        clear = alerting.all_clear(scene.runtime, session, alert.id, scene.first, scene.now)
    assert rules(scene, clear) == set()
    assert rules(scene, rewrite(scene, clear, "It is over.")) == {
        "no_source", "no_place", "no_time",
    }  # fmt: skip


def test_a_deployments_own_line_of_advice_is_an_action(scene: Scene) -> None:
    text = "Community Alert: Armed men reported near Moa. Women to the old fort. Until 00:30 11/03."
    alert = rewrite(scene, scene.draft(), text)
    assert rules(scene, alert) == {"no_action"}
    with scene.runtime.database.writing() as session:
        session.add(
            PlaybookLine(
                hazard="armed_group", language="en", action="Women to the old fort.",
                who="amina", at=scene.now,
            )
        )  # fmt: skip
    assert rules(scene, alert) == set()


def test_a_text_whose_time_will_follow_the_typed_expiry_is_no_objection(scene: Scene) -> None:
    alert = scene.draft()
    with scene.runtime.database.reading() as session:
        kept = session.get_one(Alert, alert.id)
        later = kept.expires_at + timedelta(hours=1, minutes=7)
        check = checking_alerts.check_texts
        assert check(scene.runtime, session, kept, expires_at=later) == []
        typed = {"en": "Community Alert: Armed men reported near Moa. Stay indoors. Until 23:11."}
        (other,) = check(scene.runtime, session, kept, typed, later)
        assert other.rule == "expiry"

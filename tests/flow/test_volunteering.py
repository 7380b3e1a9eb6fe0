"""Volunteers: who agreed is texted in exercises that ask for it, and what they write stays real."""

from datetime import datetime

import pytest
from sqlalchemy import select

from gateway.flow import volunteering
from gateway.lists import health, messages, reports
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Exercise, Incident, Message, Subscriber
from gateway.terms.refusals import NotFound, Refused
from tests.dispatch.scenes import Scene

WORDS = "Armed men with guns are in Moa, they burn houses"


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    return Scene(runtime, now)


def with_volunteers(scene: Scene, yes: bool = True) -> int:
    drill = scene.exercise()
    scene.set(Exercise, drill, volunteers=yes)
    return drill


def agree(scene: Scene, phone: str, agrees: bool = True, reason: str = "asked by phone") -> int:
    index = scene.runtime.keys.index.of(phone)
    with scene.runtime.database.writing() as session:
        person = session.scalars(select(Subscriber).where(Subscriber.phone_index == index)).one()
        volunteering.set_volunteer(session, person.id, agrees, scene.first, reason, scene.now)
        return person.id


def test_a_volunteer_gets_the_exercise_for_real_and_nobody_else_does(scene: Scene) -> None:
    drill = with_volunteers(scene)
    one, two, three = scene.people(3)
    played = scene.people(2, first=60, exercise_id=drill)
    agree(scene, two)
    alert = scene.approved(exercise_id=drill)
    scene.send()
    assert scene.company.copies == {two: 1}
    assert scene.company.sent[0].text.startswith("EXERCISE ONLY. ")
    assert scene.drill_company.copies == dict.fromkeys(played, 1)
    scene.cancel(alert)
    assert {one, three} & scene.company.copies.keys() == set()


def test_without_being_asked_for_volunteers_are_left_in_peace(scene: Scene) -> None:
    drill = with_volunteers(scene, yes=False)
    (one,) = scene.people(1)
    scene.people(1, first=60, exercise_id=drill)
    agree(scene, one)
    scene.approved(exercise_id=drill)
    scene.send()
    assert scene.company.sent == []
    assert len(scene.drill_company.sent) == 1


def test_a_yes_that_is_taken_back_holds_for_what_waits_to_leave(scene: Scene) -> None:
    drill = with_volunteers(scene)
    one, _ = scene.people(2)
    scene.people(1, first=60, exercise_id=drill)
    agree(scene, one)
    scene.approved(exercise_id=drill)
    person = agree(scene, one, agrees=False, reason="moved away")
    scene.send()
    assert scene.company.sent == []
    assert scene.states(subscriber_id=person) == {"withdrawn": 1}


def test_a_delivery_of_an_exercise_to_somebody_who_never_agreed_stays_on_the_machine(
    scene: Scene,
) -> None:
    drill = with_volunteers(scene)
    (one,) = scene.people(1)
    person = agree(scene, one)
    scene.approved(exercise_id=drill)
    scene.set(Subscriber, person, drills=False)  # behind the gateway's back
    scene.send()
    assert scene.company.sent == []


def test_a_volunteer_who_says_stop_gets_nothing_of_an_exercise_either(scene: Scene) -> None:
    drill = with_volunteers(scene)
    (one,) = scene.people(1)
    agree(scene, one)
    scene.approved(exercise_id=drill)
    scene.text(one, "STOP")
    scene.send()
    assert [sms for sms in scene.company.sent if "EXERCISE" in sms.text] == []


def test_what_a_volunteer_writes_is_real_and_says_that_an_exercise_was_on(scene: Scene) -> None:
    drill = with_volunteers(scene)
    one, other = scene.people(2)
    agree(scene, one)
    scene.approved(exercise_id=drill)
    scene.text(one, "we saw " + WORDS)
    scene.later(minutes=1)
    scene.send()
    scene.later(minutes=5)
    scene.text(one, WORDS)
    scene.text(other, "Gunmen at Moa, people run")
    with scene.runtime.database.reading() as session:
        real = session.scalars(
            select(Incident).where(Incident.exercise_id.is_(None), Incident.reports > 0)
        ).one()
        found = reports.of_incident(session, real.id, 1, scene.runtime.zone).rows
        rows = [row for top in found for row in (top, *top.copies)]
        listed = messages.listed(session, state="processed", page=1).rows
    assert sorted((row.report.id, row.drill) for row in rows) == [(1, None), (2, drill), (3, None)]
    assert [row.drill for row in listed] == [None, drill, None]


def test_consent_is_noted_with_who_asked_and_audited(scene: Scene) -> None:
    (one,) = scene.people(1)
    agree(scene, one, reason="asked on 9 March")
    agree(scene, one, agrees=False, reason="has no time")
    with scene.runtime.database.reading() as session:
        acts = session.scalars(select(AuditRow.act).order_by(AuditRow.id)).all()
        reason = session.scalars(select(AuditRow.reason).order_by(AuditRow.id)).first()
    assert acts == ["subscriber.volunteer", "subscriber.no_volunteer"]
    assert reason == "asked on 9 March"


def test_nobody_becomes_a_volunteer_unasked(scene: Scene) -> None:
    drill = scene.exercise()
    (stopped,) = scene.people(1, state="stopped")
    (played,) = scene.people(1, first=60, exercise_id=drill)
    with pytest.raises(Refused, match="Say why"):
        agree(scene, stopped, reason=" ")
    with pytest.raises(Refused, match="is stopped: only subscribed"):
        agree(scene, stopped)
    with pytest.raises(Refused, match="a phone of an exercise"):
        agree(scene, played)
    with scene.runtime.database.writing() as session, pytest.raises(NotFound):
        volunteering.set_volunteer(session, 99, True, scene.first, "x", scene.now)


def test_what_an_exercise_has_waiting_makes_no_gateway_unready(scene: Scene) -> None:
    drill = scene.exercise()
    played = scene.people(1, first=60, exercise_id=drill)[0]
    scene.approved(exercise_id=drill)
    scene.text(played, WORDS, read=False, exercise_id=drill)
    scene.later(hours=1)
    with scene.runtime.database.reading() as session:
        found = health.state(scene.runtime, session, scene.now)
        assert session.scalars(select(Message.state)).all() == ["received"]
    assert (found.backlog_age_s, found.outbox_age_s) == (0, 0)
    scene.text(played, WORDS, read=False)
    scene.later(minutes=2)
    with scene.runtime.database.reading() as session:
        assert health.state(scene.runtime, session, scene.now).backlog_age_s == 120


def test_answers_to_the_phones_of_an_exercise_begin_with_its_word(scene: Scene) -> None:
    drill = scene.exercise()
    for phone, language in (("+254700000701", "sw"), ("+254700000702", "en")):
        scene.text(phone, "JOIN Moa", exercise_id=drill)
        scene.text(phone, f"LANG {language}", exercise_id=drill)
        scene.text(phone, WORDS, exercise_id=drill)
    scene.text("+254700000703", "HELP")
    scene.send()
    first = {sms.text.split(" ")[0] for sms in scene.drill_company.sent}
    assert first == {"EXERCISE", "ZOEZI"}
    assert all("EXERCISE" not in sms.text for sms in scene.company.sent)

"""After a warning: SAFE, HELP and MOVED are heard, a cry opens a report and calls at once."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from gateway.flow import sorting, upkeep
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime
from gateway.store.tables import Alert, AlertReply, Delivery, Message, Report, Subscriber
from gateway.terms.geo import Position
from tests.flow.on_call import AMINA, BRIAN, CHEBET, ROTA, OnCall
from tests.make import make_incident, make_place, make_subscriber, settings_for

ONE, TWO, THREE = (f"+2547000{number:05}" for number in range(3))
OUTSIDE = "+254700000900"
KIPINI = Position(-2.527, 40.5265)
TOLD = "We have told the people on duty. If you can, send us where you are and what you need."
SAFE = "Thank you. We have noted that you are safe. If you need help, send HELP."


one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Warned(OnCall):
    """Three people of Moa and the warning that they hold; all their answers leave at once."""

    def __init__(self, runtime: Runtime, now: datetime) -> None:
        super().__init__(runtime, now)
        with runtime.database.writing() as session:
            self.kipini = make_place(session, "Kipini", KIPINI)
        self.people(3, place_id=self.place.id)
        self.alert = self.warn()

    def warn(self, **facts: Any) -> Alert:
        """One more warning, handed over to everybody in its area."""
        alert = self.approved(**facts)
        self.send()
        return alert

    def replies(self, alert: Alert | None = None) -> dict[int, tuple[str, int | None]]:
        """What each person (by their order) said last, and of which place."""
        query = select(AlertReply).where(AlertReply.alert_id == (alert or self.alert).id)
        with self.runtime.database.reading() as session:
            rows = session.scalars(query).all()
        return {row.subscriber_id: (row.said, row.place_id) for row in rows}

    def reports(self) -> list[Report]:
        """All of them, the first one first."""
        with self.runtime.database.reading() as session:
            return list(session.scalars(select(Report).order_by(Report.id)))

    def kinds(self) -> list[str | None]:
        """As what each message was taken."""
        with self.runtime.database.reading() as session:
            return list(session.scalars(select(Message.kind).order_by(Message.id)))

    def answers(self, phone: str) -> list[str]:
        """All that this phone got after the warning."""
        return [text for text in self.got(phone) if not text.startswith("Community Alert: Armed")]


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    fast = {"GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND": "10000"}
    return settings_for(database_url, tmp_path, GATEWAY_ROTA=ROTA, **fast)


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Warned:
    return Warned(runtime, now)


def test_safe_help_and_moved_are_counted_and_answered_once(scene: Warned) -> None:
    scene.text(ONE, "I am safe")
    scene.text(TWO, "tumehama, tuko Kipini")
    scene.text(THREE, "MOVED to Kipini")
    moved = ("moved", scene.kipini.id)
    assert scene.replies() == {1: ("safe", scene.place.id), 2: moved, 3: moved}
    assert scene.answers(ONE) == [SAFE]
    assert len(scene.answers(THREE)) == 1
    assert scene.kinds() == ["answer"] * 3
    assert scene.reports() == []
    assert scene.calls() == []


def test_a_cry_opens_a_report_of_its_own_and_calls_at_once(scene: Warned) -> None:
    scene.text(ONE, "help us please")
    warned, cry = scene.incidents()
    assert (warned.state, warned.reports) == ("verified", 1)
    assert (cry.state, cry.seen_at, cry.hazard, cry.severity) == ("open", None, "other", "high")
    assert (cry.place_id, cry.reports, cry.paged_at) == (scene.place.id, 1, scene.now)
    assert scene.reports()[0].why == f'["asked for help after warning W{scene.alert.id}"]'
    assert scene.replies() == {1: ("help", scene.place.id)}
    assert scene.kinds() == ["report"]
    assert scene.answers(ONE) == [TOLD]
    assert scene.calls() == [("amina", "help", 1)]
    assert f"HELP asked at Moa after W{scene.alert.id}: incident {cry.id}." in scene.got(AMINA)[0]

    assert scene.sweep(minutes=1) == 0
    assert scene.sweep(minutes=30) == 1  # nobody looked: the next of the rota
    assert scene.calls()[1:] == [("brian", "unseen", 2)]
    scene.text(BRIAN, f"VERIFY {cry.id} {scene.code(BRIAN)}")
    assert scene.one(cry.id).state == "verified"
    assert not [text for text in scene.got(CHEBET) if "HELP" in text]


def test_later_cries_at_the_place_join_and_those_elsewhere_do_not(scene: Warned) -> None:
    scene.text(ONE, "HELP ME")
    scene.text(TWO, "save us")
    scene.text(THREE, "help at Kipini")
    _, moa, kipini = scene.incidents()
    assert (moa.reports, moa.sources, kipini.place_name) == (2, 2, "Kipini")
    assert scene.replies()[3] == ("help", scene.kipini.id)
    assert [cause for _, cause, _ in scene.calls()] == ["help", "help"]  # one an incident

    scene.refute(moa.id)
    scene.text(TWO, "help us")
    assert [one.state for one in scene.incidents()] == ["verified", "refuted", "open", "open"]
    assert scene.incidents()[3].place_id == scene.place.id


def test_help_twice_is_one_person_and_one_call(scene: Warned) -> None:
    scene.text(ONE, "help me")
    scene.text(ONE, "help me!!")
    assert len(scene.incidents()) == 2
    assert scene.incidents()[1].sources == 1
    assert scene.replies() == {1: ("help", scene.place.id)}
    assert len(scene.calls()) == 1


def test_the_last_word_counts_in_the_order_of_writing(scene: Warned) -> None:
    scene.text(ONE, "help me")
    scene.later(minutes=5)
    scene.text(ONE, "we are safe now")
    assert scene.replies() == {1: ("safe", scene.place.id)}
    with scene.runtime.database.reading() as session:
        reply = session.scalars(select(AlertReply)).one()
    assert reply.report_id == 1  # the cry is still known

    late = scene.now
    scene.now -= timedelta(minutes=2)  # sent before the other, read after it
    scene.text(ONE, "moved to Kipini")
    scene.now = late
    assert scene.replies() == {1: ("safe", scene.place.id)}


@one_engine
def test_who_moved_and_cries_is_looked_for_there(scene: Warned) -> None:
    scene.text(ONE, "moved to Kipini")
    scene.text(ONE, "safe")
    assert scene.replies() == {1: ("safe", scene.kipini.id)}
    scene.text(ONE, "we moved to the hills beyond")  # unclear: kept without
    assert scene.replies() == {1: ("moved", None)}
    scene.text(ONE, "moved to Kipini")
    scene.text(ONE, "help")
    assert scene.incidents()[1].place_name == "Kipini"
    assert scene.reports()[0].found_by == "name"


@one_engine
def test_a_bare_help_gets_the_menu_too_and_info_is_no_cry(scene: Warned) -> None:
    scene.text(ONE, "HELP")
    menu, told = sorted(scene.answers(ONE))
    assert told == TOLD
    assert menu.startswith("Community Alert: danger?")
    scene.text(TWO, "INFO")
    assert scene.answers(TWO) == [menu]
    assert scene.replies() == {1: ("help", scene.place.id)}


@one_engine
def test_help_that_the_company_answered_itself_is_a_cry_all_the_same(scene: Warned) -> None:
    scene.text(ONE, "HELP", opt="help")
    assert scene.answers(ONE) == [TOLD]  # the company sent the menu
    assert len(scene.incidents()) == 2


@one_engine
def test_without_a_warning_everything_is_read_as_before(scene: Warned) -> None:
    for body in ("SAFE", "HELP ME", "MOVED to Kipini", "HELP"):
        scene.text(OUTSIDE, body)
    assert scene.replies() == {}
    assert scene.kinds()[-1] == "command"
    assert scene.got(OUTSIDE)[-1].startswith("Community Alert: danger?")
    assert not [report for report in scene.reports() if "asked for help" in report.why]
    assert scene.calls() == []


@one_engine
def test_news_stays_a_report_and_a_cry_before_it_counts_too(scene: Warned) -> None:
    scene.text(ONE, "safe road to Kipini is closed, armed men there")
    scene.text(TWO, "armed men moved to Moa")
    assert scene.replies() == {}
    assert len(scene.reports()) == 2
    scene.text(THREE, "help us they are burning houses in Moa")
    assert len(scene.reports()) == 3
    assert scene.reports()[2].hazard == "attack"
    assert scene.replies() == {3: ("help", scene.place.id)}
    assert [cause for _, cause, _ in scene.calls()] == ["help"]
    assert TOLD in scene.answers(THREE)


@one_engine
def test_a_cry_that_tells_nothing_we_can_read_is_never_mere_chat(scene: Warned) -> None:
    scene.text(ONE, "help us we are hiding behind the big tree with many of the old ones")
    assert scene.kinds() == ["report"]
    assert scene.incidents()[1].place_id == scene.place.id


@one_engine
def test_who_said_stop_is_heard_and_not_answered(scene: Warned) -> None:
    scene.text(ONE, "STOP")
    before = len(scene.got(ONE))
    scene.text(ONE, "help me")
    assert scene.replies() == {1: ("help", scene.place.id)}
    assert len(scene.calls()) == 1
    assert len(scene.got(ONE)) == before
    with scene.runtime.database.reading() as session:
        assert session.get_one(Subscriber, 1).state == "stopped"


@one_engine
def test_answers_end_with_the_hour_but_no_cry_is_lost(scene: Warned) -> None:
    for _ in range(12):
        scene.text(ONE, "help me")
    assert len(scene.answers(ONE)) == scene.runtime.settings.policy.replies_per_hour
    assert scene.incidents()[1].reports == 12


def test_a_day_after_its_end_a_warning_is_answered_no_more(scene: Warned) -> None:
    scene.now = scene.alert.expires_at + timedelta(minutes=1)
    assert upkeep.expire_alerts(scene.runtime) == 1
    scene.later(hours=23)
    scene.text(ONE, "safe")
    assert scene.replies() == {1: ("safe", scene.place.id)}
    scene.later(hours=1, minutes=1)
    scene.text(TWO, "safe")
    scene.text(ONE, "help me")
    assert scene.replies() == {1: ("safe", scene.place.id)}


def test_of_two_warnings_the_newest_counts_while_it_holds(scene: Warned) -> None:
    scene.later(minutes=10)
    newer = scene.warn()
    scene.text(ONE, "safe")
    assert (scene.replies(), scene.replies(newer)) == ({}, {1: ("safe", scene.place.id)})
    scene.cancel(newer)
    scene.text(TWO, "safe")
    assert scene.replies() == {2: ("safe", scene.place.id)}


@one_engine
def test_what_was_not_handed_over_cannot_be_replied_to(scene: Warned) -> None:
    scene.set(Delivery, scene.deliveries(subscriber_id=1)[0].id, state="failed")
    scene.text(ONE, "safe")
    assert scene.replies() == {}


def test_a_cry_in_an_exercise_stays_there_and_calls_nobody(runtime: Runtime, now: datetime) -> None:
    scene = OnCall(runtime, now)
    drill = scene.exercise()
    scene.text(ONE, "JOIN Moa", exercise_id=drill)
    with runtime.database.writing() as session:
        make_subscriber(session, runtime.keys, OUTSIDE, place_id=scene.place.id, drills=True)
    alert = scene.approved(exercise_id=drill)
    with runtime.database.writing() as session:  # as the drill writes to its volunteers
        copy = {"kind": "alert", "alert_id": alert.id, "subscriber_id": 2, "language": "en"}
        moments = {"due_at": now, "created_at": now, "priority": 0}
        session.add(
            Delivery(**copy, **moments, reference="v", state="submitted", exercise_id=drill)
        )
    scene.send()
    scene.text(ONE, "help me", exercise_id=drill)
    scene.text(OUTSIDE, "help me")
    cry = scene.incidents()[1]
    assert (cry.exercise_id, cry.reports, cry.paged_at) == (drill, 2, None)
    assert scene.calls() == []
    assert scene.got(OUTSIDE) == [f"EXERCISE ONLY. {TOLD}"]
    assert scene.drill_company.sent[-1].text == f"EXERCISE ONLY. {TOLD}"


def test_nobody_is_asked_whether_a_cry_is_true_and_a_merged_one_is_found_again(
    scene: Warned,
) -> None:
    scene.text(ONE, "help me")
    cry = scene.incidents()[1]
    assert cry.asked_at == scene.now
    with scene.runtime.database.writing() as session:
        other = make_incident(session, scene.now)
        sorting.merge(session, cry.id, other.id, scene.first, "the same", scene.now)
    scene.text(TWO, "help me")
    assert len(scene.incidents()) == 3
    assert scene.reports()[1].incident_id == other.id


def test_a_home_that_has_left_the_list_is_still_looked_for(scene: Warned) -> None:
    north = Position(scene.place.lat + 0.04, scene.place.lon)
    for person, home in ((1, None), (2, None), (3, north)):
        where = {"lat": home.lat, "lon": home.lon} if home else {}
        scene.set(Subscriber, person, place_id=None, **where)
    for phone in (ONE, TWO, THREE):
        scene.text(phone, "help me")
    _, two, far = scene.incidents()
    assert (two.reports, two.lat, far.reports, far.lat) == (2, scene.place.lat, 1, north.lat)


def test_replies_go_with_the_copies_that_they_answer(scene: Warned) -> None:
    scene.text(ONE, "safe")
    days = scene.runtime.settings.retention.deliveries_days
    scene.later(days=days - 1)
    upkeep.purge(scene.runtime)
    assert scene.count(AlertReply) == 1
    scene.later(days=2)
    upkeep.purge(scene.runtime)
    assert scene.count(AlertReply) == 0

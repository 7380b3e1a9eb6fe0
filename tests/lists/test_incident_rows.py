"""What one incident's page reads at once, on each engine: whole, stamp, counts, points, story."""

from datetime import timedelta

from gateway.flow import ticking
from gateway.lists import happenings, incidents, standing, whereabouts
from gateway.lists.incidents import Filter
from gateway.store import audit
from gateway.store.history import move
from gateway.store.tables import Casualty
from tests.lists.test_rows import make_report
from tests.make import make_incident, make_user


def test_the_whole_of_an_incident_and_a_stamp_that_any_news_changes(session, keys, now) -> None:
    asha = make_user(session, "asha")
    incident = make_incident(session, now, owner_id=asha.id)
    make_incident(session, now, state="merged", merged_into_id=incident.id)
    before = standing.stamp(session, incident.id)
    assert standing.read(session, incident.id).stamp == before
    make_report(session, keys, now, incident, "+254700000101")
    told = standing.stamp(session, incident.id)
    assert (told.reports, told.voices != before.voices) == (1, True)
    move(session, incident, "verified", who="asha", why="two saw it", now=now)
    session.flush()
    whole = standing.read(session, incident.id)
    assert whole.stamp.voices == told.voices
    assert whole.stamp != told
    assert (whole.owner, whole.taken_in, whole.begun_at) == ("asha", 1, now)
    assert whole.verdict is not None
    assert (whole.verdict.outcome, whole.verdict.why) == ("verified", "two saw it")


def test_counts_are_of_the_other_filters(session, now) -> None:
    make_incident(session, now, area="Tana River")
    make_incident(session, now, area="Tana River", state="closed")
    make_incident(session, now, hazard="attack", place_name="50%_off")
    assert incidents.counts(session, Filter(state="closed", place="tana")) == {
        "open": 1, "closed": 1,
    }  # fmt: skip
    assert incidents.counts(session, Filter(place="%_")) == {"open": 1}
    assert incidents.counts(session, Filter(since=now + timedelta(minutes=1))) == {}


def test_points_and_story_of_many_reports_are_few(session, keys, now) -> None:
    incident = make_incident(session, now)
    for number in range(12):
        at = now + timedelta(minutes=number)
        report = make_report(session, keys, at, incident, f"+2547000001{number + 10}")
        report.lat, report.lon, report.precision_m = -2.35, 40.31, 1500
        session.add(Casualty(report_id=report.id, kind="killed", low=1, high=2, at=at))
    late = now + timedelta(hours=2)
    subject = f"incident {incident.id}"
    audit.record(session, who="asha", act="incident.see", subject=subject, now=late)
    session.flush()
    (spot,) = whereabouts.of_incident(session, incident, people=True)["reports"]
    assert spot[:4] == [-2.35, 40.31, 1500, 12]
    found = happenings.of_incident(session, incident.id, [], [], "reports")
    assert [(str(row.what), row.at, row.until) for row in found.rows] == [
        ("12 reports arrived", now, now + timedelta(minutes=11)),
    ]
    assert found.older is None
    assert happenings.of_incident(session, incident.id, [], [], before=now).rows == []


def test_a_checklist_knows_who_could_do_a_step(session, now) -> None:
    asha = make_user(session, "asha")
    make_user(session, "gone", disabled=True)
    make_user(session, "vera", "viewer")
    found = ticking.checklist(session, make_incident(session, now))
    assert found.people == [(asha.id, "asha")]

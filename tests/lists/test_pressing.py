"""Which open incidents press, and the last hour in pieces."""

from datetime import timedelta

from gateway.incidents.deadlines import Minutes
from gateway.lists import last_hour, needs, pressing
from gateway.store.history import move
from tests.lists.test_rows import make_alert, make_report
from tests.make import make_incident, make_user

SEVERE = {"attack"}


def allowed(_incident) -> tuple[Minutes, float]:
    return Minutes(look=10, judge=60), 1.0


def sort(session, now) -> pressing.Pressing:
    found = needs.read(session, 0, ("attack", "other"))
    return pressing.sort(found.opened, allowed, SEVERE, now)


def ids(incidents) -> list[int]:
    return [incident.id for incident in incidents]


def test_each_incident_stands_once_where_it_presses_most(session, now) -> None:
    long_ago = now - timedelta(hours=2)
    severe = make_incident(session, long_ago, hazard="attack", reports=2)
    told_severe = make_incident(session, now, hazard="other", severity="extreme")
    late = make_incident(session, long_ago, hazard="attack", seen_at=long_ago)
    fresh = make_incident(session, now, hazard="other")
    found = sort(session, now)
    assert ids(found.severe) == [severe.id, told_severe.id]
    assert ids(found.overdue) == [late.id]
    assert ids(found.open) == [fresh.id]
    assert found.severe_reports == 3


def test_the_next_deadline_is_known_so_that_it_shows_in_time(session, now) -> None:
    make_incident(session, now, hazard="other")
    found = sort(session, now)
    assert found.next_due == now + timedelta(minutes=10)
    later = sort(session, found.next_due)
    assert (len(found.overdue), len(later.overdue)) == (0, 1)


def test_an_incident_that_was_opened_again_has_its_time_anew(session, now) -> None:
    incident = make_incident(session, now - timedelta(days=1), state="refuted", seen_at=now)
    move(session, incident, "open", who="asha", now=now)
    session.flush()
    assert ids(sort(session, now).overdue) == []


def test_the_owner_stands_on_the_mark(session, now) -> None:
    asha = make_user(session, "asha")
    incident = make_incident(session, now, owner_id=asha.id)
    assert sort(session, now).marks[incident.id].owner == "asha"


def test_the_last_hour_counts_in_pieces_of_five_minutes(session, keys, now) -> None:
    user = make_user(session)
    old = make_incident(session, now - timedelta(hours=3))
    judged = now - timedelta(minutes=7)
    incident = make_incident(session, now - timedelta(minutes=12), judged_at=judged)
    incident.state = "verified"
    for number, minutes in enumerate((1, 2, 12, 61)):
        at = now - timedelta(minutes=minutes)
        make_report(session, keys, at, old, f"+25470000010{number}")
    make_alert(session, incident, user, now, state="live", approved_at=now)
    found = last_hour.read(session, now)
    assert found.begin == now - timedelta(minutes=55)
    assert (found.reports[-4:], sum(found.reports)) == ((1, 0, 2, 0), 3)
    assert (found.incidents[-4], sum(found.incidents)) == (1, 1)
    assert (found.verified[-3], sum(found.verified)) == (1, 1)
    assert (found.warnings[-1], sum(found.warnings)) == (1, 1)

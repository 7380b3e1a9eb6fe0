"""Who has an incident open, and the queue's own queries, on each engine."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import event, func, select

from gateway.flow import presence
from gateway.lists import essentials, triage
from gateway.lists import presence as presences
from gateway.lists.triage import Wanted
from gateway.runtime import Runtime
from gateway.store.tables import Presence
from gateway.terms.refusals import NotFound
from tests.make import make_incident, make_user


def test_a_sign_of_life_lasts_a_minute_and_old_ones_are_swept(runtime: Runtime, now) -> None:
    with runtime.database.writing() as session:
        amina, baraka = make_user(session), make_user(session, "baraka")
        number = make_incident(session, now).id
        for by, at in ((amina, now), (amina, now + timedelta(seconds=20)), (baraka, now)):
            presence.note(session, number, by, at)
        since = now - presence.FRESH
        assert presences.others(session, number, amina.id, since) == ["baraka"]
        later = now + timedelta(seconds=61)
        presence.note(session, number, amina, later)
        assert presences.others(session, number, amina.id, later - presence.FRESH) == []
        assert session.scalar(select(func.count()).select_from(Presence)) == 1
        with pytest.raises(NotFound):
            presence.note(session, 999, amina, now)


def test_many_signs_at_once_do_not_hinder_each_other(runtime: Runtime, now) -> None:
    with runtime.database.writing() as session:
        people = [make_user(session, f"user-{one}") for one in range(4)]
        numbers = [make_incident(session, now).id for _ in range(4)]

    def look(step: int) -> None:
        with runtime.database.writing() as session:
            at = now + timedelta(seconds=40 * (step // 8))
            presence.note(session, numbers[step % 4], people[step % 3], at)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(look, range(48)))
    with runtime.database.reading() as session:
        assert presences.others(session, numbers[0], 0, now + timedelta(seconds=200))


def test_two_who_sweep_each_others_signs_do_not_wait_for_each_other(runtime: Runtime, now) -> None:
    database = runtime.database
    if database.is_sqlite:
        pytest.skip("SQLite has one writer")
    with database.writing() as session:
        people = [make_user(session, name) for name in ("amina", "baraka")]
        numbers = [make_incident(session, now).id for _ in people]
        for late, number, by in zip((30, 0), numbers, people, strict=True):
            presence.note(session, number, by, now + timedelta(seconds=late))
    began = [Event(), Event()]

    def look(which: int) -> None:
        if which:
            began[0].wait(5)  # the first has its first rows
        with database.writing() as session:
            connection = session.connection()

            @event.listens_for(connection, "after_cursor_execute")
            def _meet(_connection, _cursor, statement, *_) -> None:
                if "presences" in statement and not began[which].is_set():
                    began[which].set()
                    began[1].wait(5)

            at = now + timedelta(seconds=70 + 30 * which)
            presence.note(session, numbers[which], people[which], at)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(look, range(2)))
    with database.reading() as session:
        signs = session.execute(select(Presence.incident_id, Presence.user_id)).all()
    assert {tuple(sign) for sign in signs} == {
        (number, by.id) for number, by in zip(numbers, people, strict=True)
    }


def test_the_queue_finds_what_is_overdue_by_hazard_and_severity(runtime: Runtime, now) -> None:
    with runtime.database.writing() as session:
        late = make_incident(session, now - timedelta(hours=3), seen_at=now)
        make_incident(session, now - timedelta(minutes=1))
        make_incident(session, now - timedelta(hours=3), state="verified", seen_at=now)
        wanted = Wanted(overdue=True, place="mo", sort="oldest")
        found = triage.listed(session, wanted, runtime.hazards, runtime.allowed, now)
        assert ([row.incident.id for row in found.rows], found.total) == ([late.id], 1)
        assert found.rows[0].due.missed(now) == "unjudged"
        assert triage.arrived(session, wanted, runtime.hazards, runtime.allowed, now, 0) == 1
        shown = essentials.of(session, late.id, runtime.allowed, texts=True)
        assert (shown.row.incident.id, shown.warned, shown.reports) == (late.id, False, [])

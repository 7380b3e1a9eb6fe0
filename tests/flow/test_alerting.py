"""Drafts and their texts."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from gateway.alerts.drafting import clock_words
from gateway.flow import alerting, judging
from gateway.flow.sending import Sender
from gateway.runtime import Runtime
from gateway.store.tables import Delivery
from gateway.terms.area import Area, Circle
from gateway.terms.refusals import Refused
from tests.make import MOA, make_incident, make_subscriber, make_user

TEN_KM = Area.around(Circle(MOA.lat, MOA.lon, 10_000))


def test_a_changed_expiry_changes_the_time_in_every_text(runtime: Runtime, now: datetime) -> None:
    with runtime.database.writing() as session:
        by = make_user(session)
        incident = make_incident(session, now, state="verified")
        alert = alerting.draft(runtime, session, incident.id, by, now)
        texts = {text.language: text.body for text in alert.texts}
        assert all("00:30 11/03" in text for text in texts.values())  # six hours from 18:30
        alerting.edit(
            runtime, session, alert.id, by, alert.version, now,
            texts=texts, area=TEN_KM, expires_at=now + timedelta(hours=2),
        )  # fmt: skip
        assert all("20:30." in text.body for text in alert.texts)
        assert not any("00:30" in text.body for text in alert.texts)


def test_a_place_known_too_roughly_must_be_set_by_hand_before_anybody_is_warned(
    runtime: Runtime, now: datetime
) -> None:
    with runtime.database.writing() as session:
        by = make_user(session)
        incident = make_incident(session, now, state="verified", precision_m=60_000)
        with pytest.raises(Refused, match="only within 60 km"):
            alerting.draft(runtime, session, incident.id, by, now)
        judging.set_place(runtime, session, incident.id, by, "the chief said so", now, position=MOA)
        assert alerting.draft(runtime, session, incident.id, by, now).place_name


def test_a_slow_hazard_drafted_at_night_lasts_after_the_morning(
    runtime: Runtime, now: datetime
) -> None:
    night = now + timedelta(hours=4)  # 22:30, quiet until 06:00
    with runtime.database.writing() as session:
        by = make_user(session)
        incident = make_incident(session, night, state="verified", hazard="rumour")
        alert = alerting.draft(runtime, session, incident.id, by, night)
        assert alert.expires_at - night == timedelta(hours=7.5 + 6)


def test_the_time_in_the_text_follows_edits_over_days(runtime: Runtime, now: datetime) -> None:
    with runtime.database.writing() as session:
        by = make_user(session)
        incident = make_incident(session, now, state="verified")
        alert = alerting.draft(runtime, session, incident.id, by, now)
        for days, hours in ((1, 2), (1, 3), (2, 30)):
            later = now + timedelta(days=days)
            expires_at = later + timedelta(hours=hours)
            texts = {text.language: text.body for text in alert.texts}
            alerting.edit(
                runtime, session, alert.id, by, alert.version, later,
                texts=texts, area=TEN_KM, expires_at=expires_at,
            )  # fmt: skip
            words = clock_words(expires_at, later, runtime.zone)
            assert all(f"{words}." in text.body for text in alert.texts)


def test_a_closed_incident_takes_its_waiting_warning_back(runtime: Runtime, now: datetime) -> None:
    night = now + timedelta(hours=4)
    runtime.clock = lambda: night
    with runtime.database.writing() as session:
        first, second = make_user(session), make_user(session, "brian")
        make_subscriber(session, runtime.keys, "+254700000555")
        incident = make_incident(session, night, state="verified", hazard="rumour")
        alert = alerting.draft(runtime, session, incident.id, first, night)
        alerting.submit(runtime, session, alert.id, first, 1, night)
        alerting.approve(runtime, session, alert.id, second, 1, night)
        judging.close(session, incident.id, first, "it is over", night)
    runtime.clock = lambda: night + timedelta(hours=8)
    sender = Sender(runtime)
    sender.send_due()
    sender.close()
    with runtime.database.reading() as session:
        assert set(session.scalars(select(Delivery.state))) == {"withdrawn"}


def test_cancelling_discards_an_all_clear_that_waits(runtime: Runtime, now: datetime) -> None:
    with runtime.database.writing() as session:
        first, second = make_user(session), make_user(session, "brian")
        make_subscriber(session, runtime.keys, "+254700000555")
        incident = make_incident(session, now, state="verified")
        alert = alerting.draft(runtime, session, incident.id, first, now)
        alerting.submit(runtime, session, alert.id, first, 1, now)
        alerting.approve(runtime, session, alert.id, second, 1, now)
    sender = Sender(runtime)
    sender.send_due()
    sender.close()
    with runtime.database.writing() as session:
        clear = alerting.all_clear(runtime, session, alert.id, first, now)
        cancel = alerting.cancel(runtime, session, alert.id, first, "it was wrong", now)
        assert (clear.state, cancel.state if cancel else None) == ("discarded", "draft")

"""Drafts and their texts."""

from datetime import datetime, timedelta

import pytest

from gateway.flow import alerting, judging
from gateway.runtime import Runtime
from gateway.terms.refusals import Refused
from tests.make import MOA, make_incident, make_user


def test_a_changed_expiry_changes_the_time_in_every_text(runtime: Runtime, now: datetime) -> None:
    with runtime.database.writing() as session:
        by = make_user(session)
        incident = make_incident(session, now, state="verified")
        alert = alerting.draft(runtime, session, incident.id, by, now)
        texts = {text.language: text.body for text in alert.texts}
        assert all("00:30 11/03" in text for text in texts.values())  # six hours from 18:30
        alerting.edit(
            runtime, session, alert.id, by, alert.version, now,
            texts=texts, radius_m=10_000, expires_at=now + timedelta(hours=2),
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

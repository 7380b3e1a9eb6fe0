"""The pages of campaigns, as a coordinator without scripts walks through them."""

import re
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from gateway.alerts.reminders import Calendar
from gateway.flow import campaign_runs, judging
from gateway.runtime import Runtime
from gateway.store.tables import Alert, Campaign, Subscriber
from gateway.terms.geo import Position
from gateway.web.calendar_words import calendar_words
from tests.make import MOA, make_incident, make_place, make_subscriber
from tests.web.situation import COPIER, REPORT, WITNESS, hear
from tests.web.walking import Visitor

WEEKLY = {
    "kind": "law", "name": "Market days", "rule": "weekly", "at": "09:00", "days": ["mon", "thu"],
    "first": "2026-03-10", "last": "2026-04-30", "radius_km": "10",
}  # fmt: skip


DAILY = Calendar("daily", "09:00", first="2026-03-01", last="2026-03-13")
DAYS = Calendar("weekly", "17:30", first="2026-03-10", last="2026-03-31", days=("mon", "thu"))
MONTHLY = Calendar("monthly", "08:00", first="2026-01-01", last="2026-06-30", day=28)
ELECTION = Calendar("election", "07:00", on="2026-03-20", before=(3, 1))


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    path = tmp_path / "gateway.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


@pytest.fixture
def moa(runtime: Runtime) -> int:
    """A village with two people, in one of two counties."""
    with runtime.database.writing() as session:
        place = make_place(session)
        make_place(session, "Garsen", Position(-2.27, 40.11))
        make_place(session, "Lodwar", Position(3.1, 35.6), county="Turkana")
        for phone in ("+254700000301", "+254700000302"):
            make_subscriber(session, runtime.keys, phone, place_id=place.id)
        return place.id


def words_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def test_a_campaign_is_drafted_approved_and_sent_from_the_pages(
    app: Flask, runtime: Runtime, moa: int
) -> None:
    asha, bakari = Visitor(app, "coordinator"), Visitor(app, "admin")
    assert f"/campaigns/new?place={moa}" in asha.read("/campaigns/new?q=Moa")
    assert f'name="place_id" value="{moa}"' in asha.read(f"/campaigns/new?place={moa}")
    page = words_of(asha.send_and_follow("/campaigns/new", place_id=moa, **WEEKLY))
    assert "Campaign: Market days" in page
    assert "every Monday and Thursday at 09:00, from 10 Mar 2026 to 30 Apr 2026" in page
    assert "12 Mar 09:00" in page
    assert "2 people" in page
    with runtime.database.reading() as session:
        alert = session.scalars(select(Alert)).one()
        texts = {f"text_{text.language}": text.body for text in alert.texts}
    expires = f"{alert.expires_at.astimezone(runtime.zone):%Y-%m-%dT%H:%M}"
    asha.send_and_follow(f"/alerts/{alert.id}/submit", version=1, expires=expires, **texts)
    bakari.send_and_follow(f"/alerts/{alert.id}/approve", version=2)
    page = words_of(bakari.read(f"/alerts/{alert.id}"))
    assert "The next dates 12 Mar 09:00" in page
    assert page.count("09:00") >= 5
    runtime.clock = lambda: alert.created_at.replace(day=12, hour=6, minute=0)
    campaign_runs.run_due(runtime)
    page = words_of(bakari.read(f"/alerts/{alert.id}"))
    assert "09:00 sent 2" in page
    assert "next 16 Mar 09:00" in words_of(bakari.read("/campaigns"))
    assert "Market days" not in words_of(bakari.read("/")), "no warning that holds"


def test_what_was_typed_comes_back_with_what_is_wrong(app: Flask, moa: int) -> None:
    asha = Visitor(app, "coordinator")
    for change, words in (
        ({"last": "2026-03-01"}, "The last day lies before the first."),
        ({"kind": ""}, "Choose what the message says."),
        ({"days": []}, "Choose at least one day of the week."),
        ({"radius_km": "900"}, "The radius must be from 0.1 to 100 km."),
        ({"before": "a week"}, "such as 7, 3, 1"),
        ({"rule": ""}, "Choose when it is sent."),
    ):
        answer = asha.send("/campaigns/new", place_id=moa, **{**WEEKLY, **change})
        assert answer.status_code == 409
        assert words in answer.text
        assert 'value="Market days"' in answer.text
        assert f'name="place_id" value="{moa}"' in answer.text
    answer = asha.send("/campaigns/new", **WEEKLY)
    assert "Choose first where it is sent." in answer.text


def test_a_draft_gets_other_dates_and_a_wrong_one_shows_what_was_typed(
    app: Flask, runtime: Runtime, moa: int
) -> None:
    asha = Visitor(app, "coordinator")
    asha.send_and_follow("/campaigns/new", place_id=moa, **WEEKLY)
    path = "/campaigns/1/calendar"
    page = asha.send_and_follow(path, version=1, rule="once", at="10:30", on="2026-03-20", name="x")
    assert "once, on 20 Mar 2026 at 10:30" in page
    answer = asha.send(path, version=2, rule="once", at="10:31", on="2026-03-01", name="x")
    assert answer.status_code == 409
    assert "No date of it lies ahead" in answer.text
    assert 'value="10:31"' in answer.text
    assert asha.send(path, version=1, rule="now", name="x").status_code == 409


def test_whole_counties_and_the_whole_country_can_be_chosen(
    app: Flask, runtime: Runtime, moa: int
) -> None:
    asha = Visitor(app, "coordinator")
    assert 'value="Turkana"' in asha.read("/campaigns/new")
    assert "Tana River" in asha.read("/campaigns/new?county=Tana+River")
    facts = WEEKLY | {"rule": "now"}
    asha.send_and_follow("/campaigns/new", county="Tana River", **facts)
    asha.send_and_follow("/campaigns/new", country="all", **facts)
    with runtime.database.reading() as session:
        one, all_ = session.scalars(select(Alert).order_by(Alert.id))
    assert one.zone.holds(MOA)
    assert not one.zone.holds(Position(3.1, 35.6))
    assert all_.zone.holds(MOA)
    assert all_.zone.holds(Position(3.1, 35.6))
    assert (
        "No place of these counties" in asha.send("/campaigns/new", county="Atlantis", **facts).text
    )


def test_verified_hate_speech_offers_the_law_and_words_of_tolerance(
    app: Flask, runtime: Runtime, moa: int
) -> None:
    asha = Visitor(app, "coordinator")
    with runtime.database.writing() as session:
        now = runtime.clock()
        incident = make_incident(session, now, hazard="hate_speech", place_id=moa)
    assert "Draft the reminder of the law" not in asha.read(f"/incidents/{incident.id}")
    with runtime.database.writing() as session:
        judging.verify(session, incident.id, asha.user, "heard by two", now)
    page = asha.read(f"/incidents/{incident.id}")
    assert "Draft the reminder of the law for this area" in page
    assert "Draft the counter-message for this area" in page
    page = words_of(
        asha.send_and_follow(f"/incidents/{incident.id}/answer", kind="counter_message")
    )
    assert "once, as soon as it is approved" in page
    assert f"About incident {incident.id}" in page
    assert "Answers by SMS" in asha.read(f"/incidents/{incident.id}")
    page = asha.send_and_follow(f"/incidents/{incident.id}/answer", kind="checked_false")
    assert "this message does not fit it" in page


def test_a_refuted_rumour_is_answered_where_it_ran_and_never_repeated(
    app: Flask, runtime: Runtime, moa: int
) -> None:
    asha = Visitor(app, "coordinator")
    with runtime.database.writing() as session:
        lodwar = make_place(session, "Kakuma", Position(3.7, 34.86), county="Turkana")
        make_subscriber(
            session, runtime.keys, COPIER, place_id=lodwar.id, home=Position(3.7, 34.86)
        )
    hear(runtime, WITNESS, REPORT)
    hear(runtime, COPIER, REPORT)
    with runtime.database.writing() as session:
        judging.refute(session, 1, asha.user, "the chief was there", runtime.clock())
    assert "Answer where it ran: checked, false" in asha.read("/incidents/1")
    asha.send_and_follow("/incidents/1/answer", kind="checked_false")
    with runtime.database.reading() as session:
        campaign = session.scalars(select(Campaign)).one()
        alert = session.get_one(Alert, campaign.alert_id)
        teller = session.scalars(select(Subscriber).where(Subscriber.place_id == lodwar.id)).one()
        assert (campaign.kind, campaign.about_id) == ("checked_false", 1)
        assert {spot.place_id for spot in alert.zone.spots} == {moa, lodwar.id}
        assert alert.zone.holds(MOA)
        assert alert.zone.holds(Position(3.7, 34.86), teller.place_id)
        english = next(text.body for text in alert.texts if text.language == "en")
    assert "a story about Moa" in english
    assert "Armed men" not in english


def test_who_reads_only_sees_campaigns_and_changes_none(app: Flask, moa: int) -> None:
    Visitor(app, "coordinator").send_and_follow("/campaigns/new", place_id=moa, **WEEKLY)
    viewer = Visitor(app, "viewer")
    assert "New campaign" not in viewer.read("/campaigns")
    assert "Other dates" not in viewer.read("/alerts/1")
    assert viewer.get("/campaigns/new").status_code == 403
    assert viewer.send("/campaigns/new", place_id=moa, **WEEKLY).status_code == 403
    assert viewer.send("/campaigns/1/calendar", version=1, rule="now").status_code == 403


def test_a_campaign_whose_dates_passed_while_it_was_a_draft_says_so(
    app: Flask, runtime: Runtime, moa: int
) -> None:
    asha = Visitor(app, "coordinator")
    facts = WEEKLY | {"rule": "once", "on": "2026-03-11"}
    asha.send_and_follow("/campaigns/new", place_id=moa, **facts)
    later = runtime.clock() + timedelta(days=1)
    runtime.clock = lambda: later
    assert "All its dates are past" in asha.read("/alerts/1")


@pytest.mark.parametrize(
    ("calendar", "words"),
    [
        (Calendar("now"), "once, as soon as it is approved"),
        (Calendar("once", "18:31", on="2026-03-10"), "once, on 10 Mar 2026 at 18:31"),
        (DAILY, "every day at 09:00, from 1 Mar 2026 to 13 Mar 2026"),
        (
            DAYS,
            "every Monday and Thursday at 17:30, from 10 Mar 2026 to 31 Mar 2026",
        ),
        (MONTHLY, "on day 28 of every month at 08:00, from 1 Jan 2026 to 30 Jun 2026"),
        (
            ELECTION,
            "3 days before, 1 day before and on the day, at 07:00; election day is 20 Mar 2026",
        ),
    ],
    ids=lambda value: value.rule if isinstance(value, Calendar) else "",
)
def test_a_calendar_is_told_in_words(app: Flask, calendar: Calendar, words: str) -> None:
    with app.test_request_context():
        assert calendar_words(calendar) == words

"""Campaigns: each date once, by day, to people who are safe and have not had enough."""

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.alerts.reminders import Calendar
from gateway.flow import (
    alerting,
    campaign_areas,
    campaign_runs,
    campaigning,
    freezing,
    spreading,
    upkeep,
)
from gateway.store.tables import Alert, Delivery, Move, PlaceMark, Subscriber, Subscription
from gateway.terms.area import Area, Circle
from gateway.terms.geo import Position
from gateway.terms.refusals import NotAllowed, Refused
from tests.dispatch.campaigns import (
    AROUND_MOA,
    approved,
    at,
    campaign_of,
    daily,
    draft,
    one_hand,
    runs,
    sweep,
)
from tests.dispatch.scenes import Scene
from tests.make import MOA, make_place, make_user

FAR = Position(MOA.lat + 1, MOA.lon)  # 111 km away
BOTH = Area(
    MOA.lat, MOA.lon,
    circles=(Circle(MOA.lat, MOA.lon, 10_000), Circle(FAR.lat, FAR.lon, 10_000)),
)  # fmt: skip


@pytest.fixture
def database_url(migrated_sqlite: Path, tmp_path: Path) -> str:
    """The same on both engines; what could differ is in thirty days of both."""
    path = tmp_path / "gateway.db"
    shutil.copy(migrated_sqlite, path)
    return f"sqlite:///{path}"


def test_nothing_leaves_before_the_first_date_and_then_each_date_once(scene: Scene) -> None:
    phones = scene.people(3)
    alert = approved(scene)
    assert campaign_of(scene, alert).due_at == at(11, "09:00")
    assert spreading.go_on(scene.runtime) == 0
    assert (sweep(scene), scene.count(Delivery)) == (0, 0)
    for day in (11, 12):
        scene.now = at(day, "09:00")
        assert [sweep(scene) for _ in range(3)] == [3, 0, 0]
    assert scene.company.copies == dict.fromkeys(phones, 2)
    assert scene.alert_state(alert) == "live"
    assert runs(scene, alert) == [("11 09:00", "sent", 3, 0), ("12 09:00", "sent", 3, 0)]


def test_it_is_sent_with_the_text_that_was_approved_after_everything_else(scene: Scene) -> None:
    scene.people(2)
    approved(scene)
    scene.now = at(11, "09:00")
    campaign_runs.run_due(scene.runtime)
    scene.people(1, first=50)
    scene.text("+254700000050", "HELP")
    texts = [parcel.text for parcel in scene.claim(10)]  # hands beside each other change places
    assert "is a crime" not in texts[0]
    assert [text.split(": ", 1)[1][:19] for text in texts[1:]] == ["Calling for violenc"] * 2


def test_a_campaign_needs_somebody_elses_approval(scene: Scene) -> None:
    scene.people(1)
    alert = draft(scene)
    with scene.runtime.database.writing() as session:
        alerting.submit(scene.runtime, session, alert.id, scene.first, 1, scene.now)
    with pytest.raises(Refused, match="somebody else"):
        scene.approve(alert, by=scene.first)
    scene.now = at(11, "09:00")
    assert sweep(scene) == 0


def test_the_hash_covers_the_calendar(scene: Scene) -> None:
    scene.people(1)
    alert = approved(scene)
    with scene.runtime.database.writing() as session:
        row = session.get_one(Alert, alert.id)
        assert row.campaign is not None
        assert row.content_hash == freezing.hash_of(row)
        row.campaign.calendar = daily("10:00").as_json()
        assert row.content_hash != freezing.hash_of(row)
        session.rollback()


def test_a_date_in_the_quiet_hours_is_put_off_to_the_morning(scene: Scene) -> None:
    scene.people(2)
    alert = approved(scene, daily("23:00"))
    for moment in (at(11, "23:00"), at(12, "05:59")):
        scene.now = moment
        assert [sweep(scene), sweep(scene)] == [0, 0]
    assert runs(scene, alert) == [("11 23:00", "put_off", 0, 0)]
    scene.now = at(12, "06:00")
    assert sweep(scene) == 2
    assert runs(scene, alert) == [("11 23:00", "sent", 2, 0)]


def test_what_still_waits_when_the_quiet_hours_begin_is_taken_back(scene: Scene) -> None:
    scene.people(3)
    approved(scene, daily("20:58"))
    scene.now = at(11, "20:58")
    campaign_runs.run_due(scene.runtime)
    assert scene.states() == {"queued": 3}
    scene.now = at(11, "21:00")
    assert scene.send() == 0
    assert scene.states() == {"withdrawn": 3}


def test_no_message_is_handed_over_once_the_quiet_hours_began_amid_a_batch(scene: Scene) -> None:
    scene.people(5)
    approved(scene, daily("20:55"))
    scene.now = at(11, "20:55")
    campaign_runs.run_due(scene.runtime)
    one_hand(scene)
    left: list[str] = []

    def slow(_sms: object) -> None:
        left.append(f"{scene.now.astimezone(scene.runtime.zone):%H:%M}")
        scene.later(minutes=3)

    scene.company.before = slow
    for _ in range(10):
        scene.send()
        scene.settle()
    assert left
    assert max(left) < "21:00"


def test_a_date_that_is_too_late_is_missed_and_the_next_one_is_sent(scene: Scene) -> None:
    scene.people(1)
    alert = approved(scene)
    scene.now = at(14, "09:30")  # the gateway was down for days
    assert sweep(scene) == 1
    assert runs(scene, alert) == [
        ("11 09:00", "missed", 0, 0), ("12 09:00", "missed", 0, 0), ("13 09:00", "missed", 0, 0),
        ("14 09:00", "sent", 1, 0),
    ]  # fmt: skip
    scene.now = at(15, "21:01")
    assert sweep(scene) == 0
    assert runs(scene, alert)[-1] == ("15 09:00", "missed", 0, 0)


def test_dates_in_which_nobody_looked_are_written_down_though_the_campaign_is_over(
    scene: Scene,
) -> None:
    scene.people(1)
    alert = approved(scene, daily(last="2026-03-12"))
    scene.now = at(25, "09:30")
    upkeep.expire_alerts(scene.runtime)
    assert [sweep(scene), sweep(scene)] == [0, 0]
    assert runs(scene, alert) == [("11 09:00", "missed", 0, 0), ("12 09:00", "missed", 0, 0)]
    assert campaign_of(scene, alert).ended_at == scene.now


def test_nobody_gets_more_than_their_share_of_all_campaigns(scene: Scene) -> None:
    phones = scene.people(2)
    scene.people(1, first=70, home=FAR)
    one, two = approved(scene), approved(scene, daily("10:00"), area=BOTH)
    for day in (11, 12, 13, 17, 18):
        for clock in ("09:00", "10:00"):
            scene.now = at(day, clock)
            sweep(scene)
    assert scene.company.copies == {**dict.fromkeys(phones, 4), "+254700000070": 3}
    assert runs(scene, one)[:3] == [
        ("11 09:00", "sent", 2, 0), ("12 09:00", "sent", 0, 2), ("13 09:00", "sent", 0, 2),
    ]  # fmt: skip
    assert runs(scene, two)[:3] == [
        ("11 10:00", "sent", 3, 0), ("12 10:00", "sent", 1, 2), ("13 10:00", "sent", 0, 3),
    ]  # fmt: skip


def test_a_weekly_message_comes_every_week_though_one_left_a_little_later(scene: Scene) -> None:
    (phone,) = scene.people(1)
    for name in ("one", "two"):
        calendar = Calendar("weekly", "09:00", first="2026-03-11", last="2026-04-30", days=("thu",))
        approved(scene, calendar, name=name)
    for day in (12, 19, 26):
        scene.now = at(day, "09:00")
        campaign_runs.run_due(scene.runtime)
        scene.later(minutes=40 if day == 12 else 0)
        scene.send()
    assert scene.company.copies == {phone: 5}, "two a week, but five in thirty days"


def test_people_whom_a_warning_speaks_to_are_spared_and_others_are_not(scene: Scene) -> None:
    scene.people(2)
    (far,) = scene.people(1, first=70, home=FAR)
    alert = approved(scene, area=BOTH)
    scene.now = at(11, "08:00")
    scene.approved()
    scene.send()
    scene.company.sent.clear()
    scene.now = at(11, "09:00")
    sweep(scene)
    assert scene.company.copies == {far: 1}
    assert runs(scene, alert) == [("11 09:00", "sent", 1, 0)]


def test_where_a_warning_holds_for_everybody_the_date_waits_and_is_sent_after_it(
    scene: Scene,
) -> None:
    scene.people(2)
    alert = approved(scene)
    scene.now = at(11, "08:00")
    scene.approved()
    scene.send()
    scene.company.sent.clear()
    scene.now = at(11, "09:00")
    assert [sweep(scene), sweep(scene)] == [0, 0]
    assert runs(scene, alert) == [("11 09:00", "held", 0, 0)]
    scene.now = at(11, "14:01")  # the warning held for six hours
    upkeep.expire_alerts(scene.runtime)
    assert sweep(scene) == 2
    assert runs(scene, alert) == [("11 09:00", "sent", 2, 0)]


def test_a_warning_takes_back_at_once_what_waits_of_campaigns_for_its_people(
    scene: Scene,
) -> None:
    scene.people(2)
    scene.people(1, first=70, home=FAR)
    alert = approved(scene, area=BOTH)
    scene.now = at(11, "09:00")
    campaign_runs.run_due(scene.runtime)
    warning = scene.approved()
    assert scene.states(alert_id=alert.id) == {"withdrawn": 2, "queued": 1}
    assert scene.states(alert_id=warning.id) == {"queued": 2}
    with scene.runtime.database.reading() as session:
        steps = session.scalars(select(Move).where(Move.target == "withdrawn")).all()
    assert [(step.who, step.why) for step in steps] == [
        ("gateway", f"alert {warning.id} was approved")
    ] * 2


def test_a_warning_that_is_approved_amid_a_batch_stops_what_was_claimed(scene: Scene) -> None:
    scene.people(6)
    alert = approved(scene)
    one_hand(scene)
    scene.now = at(11, "09:00")
    campaign_runs.run_due(scene.runtime)
    warnings: list[Alert] = []
    scene.company.before = lambda _sms: None if warnings else warnings.append(scene.approved())
    scene.send(batches=1)
    assert scene.states(alert_id=alert.id) == {"submitted": 1, "withdrawn": 5}


def test_a_copy_written_while_a_warning_was_being_approved_does_not_leave(scene: Scene) -> None:
    """The campaign's transaction could not see the warning yet, nor the warning its copies."""
    scene.people(2)
    alert = approved(scene)
    scene.now = at(11, "09:00")
    campaign_runs.run_due(scene.runtime)
    scene.approved()
    for delivery in scene.deliveries(alert_id=alert.id):
        scene.set(Delivery, delivery.id, state="queued", settled_at=None)
    scene.company.sent.clear()
    scene.send()
    assert {sms.text.split(": ")[1][:7] for sms in scene.company.sent} == {"Armed g"}


def test_phones_under_an_armed_group_get_no_campaign(scene: Scene) -> None:
    scene.people(2)
    (free,) = scene.people(1, first=70, home=FAR)
    (homeless,) = scene.people(1, first=71)
    scene.set(Subscriber, 4, lat=None, lon=None, cell=None)
    with scene.runtime.database.writing() as session:
        whole = campaign_areas.of_counties(session, "KE", ())
        session.add(
            PlaceMark(
                place_id=scene.place.id, mark="controlled", radius_m=5_000,
                who="amina", at=scene.now,
            )
        )  # fmt: skip
    alert = approved(scene, area=whole)
    scene.now = at(11, "09:00")
    sweep(scene)
    assert scene.company.copies == {free: 1, homeless: 1}
    assert runs(scene, alert) == [("11 09:00", "sent", 2, 0)]


def test_a_county_is_everybody_who_lives_or_joined_there(scene: Scene) -> None:
    with scene.runtime.database.writing() as session:
        other = make_place(session, "Lodwar", FAR, county="Turkana")
        area = campaign_areas.of_counties(session, "KE", ["Tana River"])
    (at_home,) = scene.people(1, place_id=scene.place.id)
    (joined,) = scene.people(1, first=5, home=FAR, place_id=other.id)
    scene.people(1, first=6, home=FAR, place_id=other.id)
    with scene.runtime.database.writing() as session:
        session.add(Subscription(subscriber_id=2, place_id=scene.place.id, joined_at=scene.now))
    approved(scene, area=area, place_name="Tana River")
    scene.now = at(11, "09:00")
    sweep(scene)
    assert scene.company.copies == {at_home: 1, joined: 1}


def test_an_exercise_holds_no_campaign_up(scene: Scene) -> None:
    drill = scene.exercise()
    (phone,) = scene.people(1)
    scene.people(1, first=60, exercise_id=drill)
    approved(scene)
    scene.now = at(11, "08:00")
    scene.approved(exercise_id=drill)
    scene.now = at(11, "09:00")
    sweep(scene)
    assert scene.company.copies == {phone: 1}


def test_only_focal_points_are_asked_whether_all_is_quiet(scene: Scene) -> None:
    scene.people(3)
    (trusted,) = scene.people(1, first=80, focal_point=True)
    alert = draft(scene, kind="all_quiet")
    with scene.runtime.database.reading() as session:
        row = session.get_one(Alert, alert.id)
        assert alerting.preview(scene.runtime, session, row).audience == 1
    with scene.runtime.database.writing() as session:
        alerting.submit(scene.runtime, session, alert.id, scene.first, 1, scene.now)
    scene.approve(alert)
    scene.now = at(11, "09:00")
    sweep(scene)
    assert scene.company.copies == {trusted: 1}


def test_who_stopped_gets_none_and_who_joined_meanwhile_gets_the_next(scene: Scene) -> None:
    leaver, stayer = scene.people(2)
    approved(scene)
    scene.now = at(11, "09:00")
    campaign_runs.run_due(scene.runtime)
    scene.text(leaver, "STOP")
    scene.send()
    (newcomer,) = scene.people(1, first=90)
    scene.now = at(12, "09:00")
    scene.company.sent.clear()
    sweep(scene)
    assert scene.company.copies == {stayer: 1, newcomer: 1}


def test_a_cancelled_campaign_sends_nothing_more_and_is_over(scene: Scene) -> None:
    scene.people(2)
    alert = approved(scene)
    scene.now = at(11, "09:00")
    campaign_runs.run_due(scene.runtime)
    assert scene.cancel(alert) is None, "nobody needs a word about it"
    assert sweep(scene) == 0
    scene.now = at(12, "09:00")
    assert sweep(scene) == 0
    campaign = campaign_of(scene, alert)
    assert (campaign.due_at, campaign.ended_at) == (None, at(11, "09:00"))


def test_a_campaign_ends_after_its_last_date(scene: Scene) -> None:
    scene.people(1)
    alert = approved(scene, daily(last="2026-03-11"))
    scene.now = at(11, "09:00")
    assert sweep(scene) == 1
    assert campaign_of(scene, alert).due_at is None
    scene.now = alert.expires_at
    upkeep.expire_alerts(scene.runtime)
    sweep(scene)
    assert scene.alert_state(alert) == "expired"
    assert campaign_of(scene, alert).ended_at == scene.now


def test_what_leaves_once_leaves_when_it_is_approved_even_from_the_evening(scene: Scene) -> None:
    scene.people(1)
    scene.now = at(10, "22:00")
    alert = approved(scene, Calendar("now"))
    assert sweep(scene) == 0
    scene.now = at(11, "06:00")
    assert [sweep(scene), sweep(scene)] == [1, 0]
    assert campaign_of(scene, alert).due_at is None


def test_a_big_audience_is_written_ring_by_ring_like_a_warning(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "AT_ONCE", 2)
    for step in range(6):
        home = Position(MOA.lat + step / 40, MOA.lon)
        scene.people(1, first=step, home=home, place_id=None)
    wide = Area.around(Circle(MOA.lat, MOA.lon, 30_000))
    approved(scene, daily(last="2026-03-30"), area=wide)
    alert = approved(scene, daily("09:01"), area=wide)
    scene.now = at(11, "09:00")
    campaign_runs.run_due(scene.runtime)
    assert 0 < scene.count(Delivery) < 6
    spreading.go_on(scene.runtime)
    assert scene.count(Delivery) == 6
    assert {(row.priority, row.round) for row in scene.deliveries()} == {(9, 1)}
    scene.send()
    scene.now = at(11, "09:01")
    sweep(scene)
    spreading.go_on(scene.runtime)
    assert runs(scene, alert) == [("11 09:01", "sent", 6, 0)]
    scene.now = at(12, "09:01")
    sweep(scene)
    spreading.go_on(scene.runtime)
    assert runs(scene, alert)[1] == ("12 09:01", "sent", 0, 6)


def test_a_round_that_is_not_written_by_its_end_is_not_written_at_all(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreading, "AT_ONCE", 1)
    scene.people(1)
    scene.people(1, first=5, home=Position(MOA.lat + 0.2, MOA.lon))
    alert = approved(scene, daily("20:30"), area=Area.around(Circle(MOA.lat, MOA.lon, 30_000)))
    scene.now = at(11, "20:30")
    sweep(scene)
    scene.now = at(11, "23:00")
    spreading.go_on(scene.runtime)
    scene.send()
    assert runs(scene, alert) == [("11 20:30", "sent", 1, 0)]
    assert scene.states() == {"submitted": 1}


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"kind": ""}, "Choose what the message says"),
        ({"kind": "insult"}, "Choose what the message says"),
        ({"area": Area(0.0, 0.0)}, "The area is empty"),
        ({"area": Area.around(Circle(0.0, 0.0, 1))}, "The radius"),
        ({"calendar": Calendar("once", on="2026-03-01")}, "No date of it lies ahead"),
        ({"calendar": daily(last="2026-03-01")}, "before the first"),
    ],
)
def test_a_plan_that_cannot_be_is_refused(scene: Scene, facts: dict, words: str) -> None:
    with pytest.raises(Refused, match=words):
        draft(scene, **facts)
    assert scene.count(Alert) == 0


def test_an_area_with_nobody_in_it_is_refused_at_submission(scene: Scene) -> None:
    alert = draft(scene)
    with (
        pytest.raises(Refused, match="Nobody lives in this area"),
        scene.runtime.database.writing() as session,
    ):
        alerting.submit(scene.runtime, session, alert.id, scene.first, 1, scene.now)


def test_a_campaign_whose_dates_have_passed_is_not_approved(scene: Scene) -> None:
    scene.people(1)
    alert = draft(scene, daily(last="2026-03-11"))
    with scene.runtime.database.writing() as session:
        alerting.submit(scene.runtime, session, alert.id, scene.first, 1, scene.now)
    scene.now = at(11, "09:01")
    with pytest.raises(Refused, match="All its dates are past"):
        scene.approve(alert)
    scene.now = alert.expires_at
    with pytest.raises(Refused, match="in the past"):
        scene.approve(alert)
    assert sweep(scene) == 0


def test_an_edited_text_keeps_its_times_and_the_campaign_its_end(scene: Scene) -> None:
    alert = draft(scene)
    texts = {text.language: f"{text.body} At {alert.expires_at:%H:%M}." for text in alert.texts}
    with scene.runtime.database.writing() as session:
        row = alerting.edit(
            scene.runtime, session, alert.id, scene.first, 1, scene.now,
            texts=texts, expires_at=scene.now, area=AROUND_MOA,
        )  # fmt: skip
        assert {text.language: text.body for text in row.texts} == texts
        assert row.expires_at == alert.expires_at


def test_other_dates_are_for_drafts_only_and_for_who_saw_the_last_ones(scene: Scene) -> None:
    scene.people(1)
    alert = draft(scene)

    def change(version: int, calendar: Calendar) -> Alert:
        with scene.runtime.database.writing() as session:
            return campaigning.change_calendar(
                scene.runtime, session, alert.id, scene.first, version, scene.now,
                name="Other", calendar=calendar,
            )  # fmt: skip

    before = alert.expires_at
    later = change(1, daily(last="2026-03-21"))
    assert later.expires_at - before == timedelta(days=1)
    with pytest.raises(Refused, match="Somebody changed this"):
        change(1, daily())
    with pytest.raises(Refused, match="before the first"):
        change(2, daily(last="2026-03-01"))
    assert campaign_of(scene, alert).name == "Other"
    with scene.runtime.database.writing() as session:
        alerting.submit(scene.runtime, session, alert.id, scene.first, 2, scene.now)
    with pytest.raises(Refused, match="only a draft"):
        change(2, daily())


def test_who_may_not_send_warnings_may_not_write_campaigns(scene: Scene) -> None:
    with scene.runtime.database.writing() as session:
        analyst = make_user(session, "dora", "analyst")
    scene.first = analyst
    with pytest.raises(NotAllowed):
        draft(scene)


def test_a_campaign_that_holds_counts_as_no_warning_for_others(scene: Scene) -> None:
    """Two campaigns of one area never hold each other up."""
    scene.people(1)
    approved(scene)
    other = approved(scene, replace(daily(), at="09:30"))
    scene.now = at(11, "09:00")
    sweep(scene)
    scene.now = at(11, "09:30")
    assert sweep(scene) == 1
    assert runs(scene, other) == [("11 09:30", "sent", 1, 0)]

"""An alert after its approval: start, repeat, update, cancel, all-clear, newcomers."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.flow import alerting, rounds, upkeep
from gateway.flow.sending import Sender
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime
from gateway.store.tables import Alert, Delivery, User
from gateway.terms.refusals import Refused
from tests.dispatch.scenes import Scene
from tests.make import settings_for

NEW = "+254700000777"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    fast = {"GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND": "10000"}
    return settings_for(database_url, tmp_path, **fast)


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    return Scene(runtime, now)


def edited(scene: Scene, **changes: object) -> Alert:
    """A draft with another start or repeat, submitted and approved."""
    alert = scene.draft()
    texts = {text.language: text.body for text in alert.texts}
    values = {"expires_at": alert.expires_at, **changes}
    with scene.runtime.database.writing() as session:
        alert = alerting.edit(
            scene.runtime, session, alert.id, scene.first, 1, scene.now, texts=texts, **values
        )
        alerting.submit(scene.runtime, session, alert.id, scene.first, alert.version, scene.now)
    return scene.approve(alert)


def follow(scene: Scene, alert: Alert, act: str) -> Alert:
    """An update or an all-clear, approved."""
    with scene.runtime.database.writing() as session:
        draft = getattr(alerting, act)(scene.runtime, session, alert.id, scene.first, scene.now)
        alerting.submit(scene.runtime, session, draft.id, scene.first, draft.version, scene.now)
    return scene.approve(draft)


def test_nothing_leaves_before_its_start(scene: Scene) -> None:
    scene.people(2)
    alert = edited(scene, starts_at=scene.now + timedelta(minutes=30))
    scene.send()
    assert (scene.alert_state(alert), scene.states()) == ("approved", {"queued": 2})
    scene.later(minutes=30)
    scene.send()
    assert (scene.alert_state(alert), scene.states()) == ("live", {"submitted": 2})


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"expires_at": timedelta(minutes=-1)}, "expiry must lie ahead"),
        ({"expires_at": timedelta(days=11)}, "at most 10 days"),
        ({"starts_at": timedelta(days=9)}, "end before it starts"),
        ({"repeat_minutes": 2}, "Repeat it every 10"),
    ],
)
def test_times_that_cannot_be_are_refused(scene: Scene, changes: dict, words: str) -> None:
    scene.people(1)
    spans = {k: scene.now + v if isinstance(v, timedelta) else v for k, v in changes.items()}
    with pytest.raises(Refused, match=words):
        edited(scene, **spans)


def test_it_is_repeated_to_phones_that_did_not_say_they_have_it(scene: Scene) -> None:
    scene.people(3)
    alert = edited(scene, repeat_minutes=20)
    scene.send()
    had, failed, _ = scene.deliveries()
    scene.receipt(had, "delivered")
    scene.receipt(failed, "failed")
    assert rounds.repeat_due(scene.runtime) == 0
    scene.later(minutes=20)
    assert rounds.repeat_due(scene.runtime) == 1
    assert rounds.repeat_due(scene.runtime) == 0
    scene.send()
    assert sorted(scene.company.copies.values()) == [1, 1, 2]
    for again in scene.deliveries(round=1):
        scene.receipt(again, "delivered")
    scene.later(minutes=20)
    assert rounds.repeat_due(scene.runtime) == 0
    assert scene.states(alert_id=alert.id) == {"delivered": 2, "failed": 1, "submitted": 1}


def test_a_company_that_gives_no_receipts_is_no_reason_to_repeat(scene: Scene) -> None:
    scene.people(2)
    edited(scene, repeat_minutes=20)
    scene.send()
    scene.later(minutes=20)
    assert rounds.repeat_due(scene.runtime) == 0


def test_nothing_is_repeated_after_the_end_or_after_a_stop(scene: Scene) -> None:
    phones = scene.people(3)
    alert = edited(scene, repeat_minutes=20)
    scene.send()
    scene.receipt(scene.deliveries()[0], "delivered")
    scene.text(phones[1], "STOP")
    scene.later(minutes=20)
    assert rounds.repeat_due(scene.runtime) == 1
    scene.later(hours=7)
    upkeep.expire_alerts(scene.runtime)
    assert rounds.repeat_due(scene.runtime) == 0
    scene.send()
    assert (scene.alert_state(alert), scene.company.copies[phones[1]]) == ("expired", 2)


def test_an_update_takes_the_place_of_the_warning(scene: Scene) -> None:
    scene.people(2)
    first = scene.approved()
    scene.send()
    moved = scene.people(1, first=40)
    update = follow(scene, first, "update")
    assert (update.msg_type, update.refers_to_id) == ("Update", first.id)
    assert scene.alert_state(first) == "expired"
    scene.send()
    assert scene.states(alert_id=update.id) == {"submitted": 3}
    assert scene.company.copies[moved[0]] == 1


def test_an_update_of_what_had_not_left_leaves_alone(scene: Scene) -> None:
    scene.people(2)
    first = scene.approved()
    update = follow(scene, first, "update")
    scene.send()
    assert scene.states(alert_id=first.id) == {"withdrawn": 2}
    assert scene.states(alert_id=update.id) == {"submitted": 2}


def test_an_all_clear_reaches_all_who_were_warned_through_updates(scene: Scene) -> None:
    scene.people(2)
    first = scene.approved()
    scene.send()
    update = follow(scene, first, "update")
    late = scene.deliveries(alert_id=update.id)[0]
    scene.set(Delivery, late.id, state="withdrawn")  # its company would not take it
    scene.send()
    clear = follow(scene, update, "all_clear")
    scene.send()
    assert scene.states(alert_id=clear.id) == {"submitted": 2}


@pytest.mark.parametrize("act", ["update", "all_clear", "cancel"])
def test_what_has_ended_is_neither_updated_nor_cancelled(scene: Scene, act: str) -> None:
    scene.people(1)
    alert = scene.approved()
    scene.later(days=1)
    upkeep.expire_alerts(scene.runtime)
    if act == "all_clear":
        assert scene.states() == {"withdrawn": 1}  # so there is nobody to tell
    why = ("too late",) if act == "cancel" else ()
    with scene.runtime.database.writing() as session, pytest.raises(Refused):
        getattr(alerting, act)(scene.runtime, session, alert.id, scene.first, *why, scene.now)


def test_a_cancel_waits_for_the_copy_that_is_just_on_its_way(scene: Scene) -> None:
    (phone,) = scene.people(1)
    alert = scene.approved()
    cancels: list[Alert] = []

    def cancel_now(_sms: object) -> None:
        scene.company.before = lambda _sms: None
        draft = scene.cancel(alert)
        assert draft is not None
        with scene.runtime.database.writing() as session:
            alerting.submit(scene.runtime, session, draft.id, scene.first, 1, scene.now)
        cancels.append(scene.approve(draft))
        other = Sender(scene.runtime)
        other.send_due()
        other.close()
        assert scene.company.copies[phone] == 0

    scene.company.before = cancel_now
    scene.send()
    scene.later(seconds=3)
    scene.send()
    assert [("withdraw" in sms.text) for sms in scene.company.sent if sms.to == phone] == [
        False, True,
    ]  # fmt: skip


def test_a_cancel_leaves_out_whoever_was_never_sent_it(scene: Scene) -> None:
    scene.people(2)
    alert = scene.approved()
    scene.send()
    kept = scene.deliveries()[0]
    draft = scene.cancel(alert)
    assert draft is not None
    with scene.runtime.database.writing() as session:
        alerting.submit(scene.runtime, session, draft.id, scene.first, 1, scene.now)
    scene.approve(draft)
    scene.receipt(kept, "failed")
    scene.send()
    assert scene.states(alert_id=draft.id) == {"submitted": 1, "withdrawn": 1}


def test_whoever_stopped_and_came_back_is_still_warned_once(scene: Scene) -> None:
    (phone,) = scene.people(1, place_id=scene.place.id)
    scene.approved()
    scene.text(phone, "STOP")
    scene.text(phone, "START")
    scene.send()
    scene.text(phone, "STOP")
    scene.text(phone, "START")
    scene.send()
    assert len([sms for sms in scene.company.sent if "Armed group" in sms.text]) == 1


def test_a_newcomer_elsewhere_or_after_the_end_is_not_warned(scene: Scene) -> None:
    scene.people(1)
    scene.approved()
    scene.later(days=1)
    upkeep.expire_alerts(scene.runtime)
    scene.text(NEW, "JOIN Moa")
    assert scene.states(kind="alert") == {"withdrawn": 1}


def test_the_yes_of_somebody_disabled_since_does_not_count(
    runtime: Runtime, now: datetime, tmp_path: Path
) -> None:
    url = runtime.settings.database.url
    runtime.settings = settings_for(url, tmp_path, GATEWAY_POLICY__APPROVALS="2")
    scene = Scene(runtime, now)
    scene.people(1)
    alert = scene.submitted(by=scene.first)
    scene.approve(alert, scene.second)
    scene.set(User, scene.second.id, disabled=True)
    assert scene.approve(alert, scene.third).state == "submitted"


def test_what_somebody_disabled_since_submitted_is_not_approved(scene: Scene) -> None:
    scene.people(1)
    alert = scene.submitted(by=scene.first)
    scene.set(User, scene.first.id, disabled=True)
    with pytest.raises(Refused, match="may no longer"):
        scene.approve(alert)
    assert scene.count(Delivery) == 0


def test_a_rule_asks_for_more_approvals_of_some_hazards(
    runtime: Runtime, now: datetime, tmp_path: Path
) -> None:
    url = runtime.settings.database.url
    rules = '[{hazard = "rumour", approvals = 2}, {severity = "Extreme", approvals = 0}]'
    runtime.settings = settings_for(url, tmp_path, GATEWAY_APPROVAL_RULES=rules)
    scene = Scene(runtime, now)
    scene.people(1)
    rumour = scene.submitted(hazard="rumour")
    assert scene.approve(rumour).state == "submitted"
    assert scene.approve(rumour, scene.third).state == "approved"
    assert scene.submitted(hazard="attack").state == "approved"
    with runtime.database.reading() as session:
        assert session.scalars(select(Alert.approvals_needed).order_by(Alert.id)).all() == [2, 0]

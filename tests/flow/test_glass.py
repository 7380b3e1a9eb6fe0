"""Break-glass: one coordinator alone, whom any other can stop, and who is reviewed afterwards."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from gateway.flow import alerting, glass
from gateway.runtime import Runtime
from gateway.store.tables import Alert, User
from gateway.terms.refusals import NotAllowed, Refused
from tests.flow.on_call import AMINA, BRIAN, CHEBET, OnCall
from tests.make import settings_for

ALLOWED = {
    "GATEWAY_BREAK_GLASS__ENABLED": "true",
    "GATEWAY_BREAK_GLASS__SECONDS": "60",
    "GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND": "10000",
}


@pytest.fixture
def scene(runtime: Runtime, now: datetime, tmp_path: Path) -> OnCall:
    runtime.settings = settings_for(runtime.settings.database.url, tmp_path, **ALLOWED)
    scene = OnCall(runtime, now)
    scene.people(3)
    return scene


def begin(scene: OnCall, alert: Alert, by: User) -> Alert:
    with scene.runtime.database.writing() as session:
        return glass.begin(
            scene.runtime, session, alert.id, by, alert.version, "nobody is awake", scene.now
        )


def got(scene: OnCall, phone: str, words: str) -> str:
    """The SMS with these words: several hands send at once, so the last to come may be another."""
    return next(text for text in scene.got(phone) if words in text)


def test_it_leaves_after_the_countdown_and_not_a_second_before(scene: OnCall) -> None:
    alert = scene.submitted()
    begin(scene, alert, scene.first)
    scene.later(seconds=59)
    assert glass.fire_due(scene.runtime) == 0
    scene.later(seconds=1)
    assert glass.fire_due(scene.runtime) == 1
    assert glass.fire_due(scene.runtime) == 0
    scene.send()
    assert scene.states(alert_id=alert.id) == {"submitted": 3}


def test_all_others_are_called_at_once_and_see_the_text(scene: OnCall) -> None:
    alert = scene.submitted(by=scene.first)
    begin(scene, alert, scene.first)
    scene.send()
    for phone in (BRIAN, CHEBET):
        words = got(scene, phone, "amina sends W")
        assert "Armed group reported" in words
    assert not [text for text in scene.got(AMINA) if "alone" in text]


@pytest.mark.parametrize("way", ["page", "sms"])
def test_any_other_coordinator_stops_it(scene: OnCall, way: str) -> None:
    alert = scene.submitted()
    begin(scene, alert, scene.first)
    scene.send()
    if way == "page":
        with scene.runtime.database.writing() as session:
            glass.hold(session, alert.id, scene.second, "I see the bridge from here", scene.now)
    else:
        code = got(scene, BRIAN, "HOLD ").split("HOLD ")[1].split(".")[0]
        scene.text(BRIAN, f"hold {code}")
        assert got(scene, BRIAN, "draft again")
    scene.later(minutes=5)
    assert glass.fire_due(scene.runtime) == 0
    assert scene.alert_state(alert) == "draft"
    assert scene.states(alert_id=alert.id) == {}


def test_an_approval_meanwhile_is_an_ordinary_one(scene: OnCall) -> None:
    alert = scene.submitted()
    begin(scene, alert, scene.first)
    scene.approve(alert)
    scene.later(minutes=5)
    assert glass.fire_due(scene.runtime) == 0
    with scene.runtime.database.reading() as session:
        assert session.get_one(Alert, alert.id).glass_broken is False


def test_what_was_sent_alone_must_be_reviewed_by_another_before_the_next(scene: OnCall) -> None:
    alert = scene.submitted()
    begin(scene, alert, scene.first)
    scene.later(minutes=2)
    glass.fire_due(scene.runtime)
    other = scene.submitted()
    with pytest.raises(NotAllowed, match="not reviewed"):
        begin(scene, other, scene.first)
    database = scene.runtime.database
    with database.writing() as session, pytest.raises(NotAllowed, match="somebody else"):
        glass.review(session, alert.id, scene.first, "all was well", scene.now)
    with database.writing() as session:
        glass.review(session, alert.id, scene.second, "right, but ask the chief", scene.now)
    assert begin(scene, other, scene.first).glass_at


def _mild(scene: OnCall) -> Alert:
    return scene.submitted(hazard="roadblock")


@pytest.mark.parametrize(
    ("make", "words"),
    [(OnCall.draft, "submit it first"), (_mild, "imminent danger"), (OnCall.approved, "approved")],
)
def test_only_a_submitted_warning_of_imminent_danger(
    scene: OnCall, make: Callable[[OnCall], Alert], words: str
) -> None:
    with pytest.raises(Refused, match=words):
        begin(scene, make(scene), scene.first)


def test_it_is_off_unless_policy_allows(runtime: Runtime, now: datetime) -> None:
    scene = OnCall(runtime, now)
    scene.people(1)
    with pytest.raises(Refused, match="does not allow"):
        begin(scene, scene.submitted(), scene.first)


def test_nobody_disabled_meanwhile_sends_anything(scene: OnCall) -> None:
    alert = scene.submitted(by=scene.second)
    begin(scene, alert, scene.first)
    scene.set(User, scene.first.id, disabled=True)
    scene.later(minutes=2)
    assert glass.fire_due(scene.runtime) == 0
    assert scene.alert_state(alert) == "draft"


def test_a_refuted_incident_ends_the_countdown(scene: OnCall) -> None:
    alert = scene.submitted()
    begin(scene, alert, scene.first)
    scene.refute(alert.incident_id or 0)
    scene.later(minutes=2)
    assert glass.fire_due(scene.runtime) == 0
    assert scene.alert_state(alert) == "draft"


def test_approval_by_sms_of_the_very_text_and_only_by_others(scene: OnCall) -> None:
    alert = scene.submitted(by=scene.first)
    scene.send()
    assert not [text for text in scene.got(AMINA) if "APPROVE" in text]
    order = got(scene, BRIAN, "Reply ").split("Reply ")[1].rstrip(".")
    assert got(scene, BRIAN, "to 3 people")
    scene.text(BRIAN, order)
    assert scene.alert_state(alert) == "live"
    assert scene.states(alert_id=alert.id) == {"submitted": 3}
    scene.text(BRIAN, order)
    assert scene.refusals()[-1] == ("brian", "used")


def test_a_code_is_good_for_the_text_it_came_with_and_for_no_other(scene: OnCall) -> None:
    alert = scene.submitted(by=scene.first)
    scene.send()
    order = got(scene, BRIAN, "Reply ").split("Reply ")[1].rstrip(".")
    with scene.runtime.database.writing() as session:
        alerting.return_to_draft(session, alert.id, scene.third, "the hour is wrong", scene.now)
    with scene.runtime.database.writing() as session:
        alerting.submit(scene.runtime, session, alert.id, scene.first, alert.version + 1, scene.now)
    scene.text(BRIAN, order)
    assert scene.alert_state(alert) == "submitted"
    assert scene.refusals()[-1] == ("brian", "old")

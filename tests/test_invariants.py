"""What must never happen (docs: the ten invariants), each attacked at least once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from gateway.app import create_app
from gateway.flow import (
    aftermath,
    alerting,
    calling,
    calm,
    campaign_runs,
    inquiring,
    judging,
    milestones,
    receipts,
    reminding,
    sending,
    silence,
    tagging,
    take_in,
    upkeep,
    watching,
)
from gateway.flow.sending import Sender
from gateway.plumbing.settings import Settings
from gateway.providers.base import HandoverUnknown, Outgoing, ProviderDown, RecipientOptedOut
from gateway.runtime import Runtime, build_runtime
from gateway.store import audit
from gateway.store.tables import (
    Alert,
    AlertText,
    Approval,
    AuditRow,
    Consent,
    Delivery,
    Incident,
    Message,
    Move,
    Report,
    Subscriber,
)
from gateway.terms.refusals import NotAllowed, Refused
from gateway.terms.states import MoveRefused
from tests.dispatch.scenes import PowerCut, Scene
from tests.make import make_subscriber, make_user, settings_for
from tests.signed import TWILIO_ENV, inbound_form, post_signed

MOTHER, FATHER = "+254700000301", "+254700000302"
FAST = {"GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND": "10000"}


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, **FAST)


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    return Scene(runtime, now)


def _policy(scene: Scene, tmp_path: Path, **settings: str) -> None:
    """The same gateway under another policy."""
    url = scene.runtime.settings.database.url
    scene.runtime.settings = settings_for(url, tmp_path, **FAST, **settings)


# 1. What was answered with 2xx is on disk.


def test_a_commit_that_fails_at_the_last_moment_is_never_acknowledged(
    runtime: Runtime, tmp_path: Path
) -> None:
    if runtime.database.is_sqlite:
        pytest.skip("only PostgreSQL can refuse a commit after all its statements went well")
    twilio = build_runtime(
        settings_for(runtime.settings.database.url, tmp_path, **TWILIO_ENV), clock=runtime.clock
    )
    client = create_app(twilio).test_client()
    with twilio.database.writing() as session:
        session.execute(text(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS"
            " $$BEGIN RAISE EXCEPTION 'no space left'; END$$"
        ))  # fmt: skip
        session.execute(text(
            "CREATE CONSTRAINT TRIGGER full_disk AFTER INSERT ON messages"
            " DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION full_disk()"
        ))  # fmt: skip
    form = inbound_form("armed men near Moa")
    assert post_signed(client, "/sms/twilio/inbound", form).status_code == 503
    with twilio.database.writing() as session:
        session.execute(text("DROP TRIGGER full_disk ON messages"))
    assert post_signed(client, "/sms/twilio/inbound", form).status_code == 200
    with twilio.database.reading() as session:
        assert session.scalars(select(Message.provider_id)).all() == [form["MessageSid"]]
    twilio.database.close()


# 2. One provider id is one message.


def test_a_message_delivered_again_after_a_year_is_still_the_same_message(scene: Scene) -> None:
    scene.text(MOTHER, "armed men near Moa", provider_id="SM1")
    scene.later(days=400)
    assert upkeep.purge(scene.runtime)["messages"] == 1
    scene.text(MOTHER, "armed men near Moa", provider_id="SM1")
    assert (scene.count(Message), scene.count(Report)) == (1, 1)


def test_a_stop_delivered_twice_at_the_same_instant_is_one_stop(scene: Scene) -> None:
    scene.people(1)
    gate = threading.Barrier(2)

    def deliver() -> None:
        gate.wait(10)
        scene.text("+254700000000", "STOP", read=False, provider_id="SM9")

    _together(deliver, deliver)
    assert scene.count(Message) == scene.count(Consent) == 1
    assert scene.states() == {"queued": 1}


# 3. Nobody who said STOP gets another message.


def test_stop_withdraws_what_waits_and_only_its_confirmation_leaves(scene: Scene) -> None:
    mother, father = scene.people(2)
    scene.approved()
    scene.text(mother, "STOP")
    scene.send()
    assert [sms.to for sms in scene.company.sent if "Moa" in sms.text] == [father]
    assert scene.company.copies[mother] == 1
    assert scene.states(kind="alert") == {"withdrawn": 1, "submitted": 1}


def test_stop_holds_before_anybody_has_read_it(scene: Scene) -> None:
    (mother,) = scene.people(1)
    scene.approved()
    scene.text(mother, "STOP", read=False)
    assert scene.states(kind="alert") == {"withdrawn": 1}


def test_a_stop_between_claim_and_hand_over_keeps_the_warning_back(scene: Scene) -> None:
    one, two = scene.people(2)
    scene.approved()
    _policy_connections(scene, 1)
    other = {one: two, two: one}
    quiet: list[str] = []

    def stop_the_other(sms: Outgoing) -> None:
        if not quiet:
            quiet.append(other[sms.to])
            scene.text(other[sms.to], "STOP", read=False)

    scene.company.before = stop_the_other
    scene.send(batches=1)
    assert quiet[0] not in scene.company.copies
    assert scene.states(kind="alert") == {"withdrawn": 1, "submitted": 1}
    scene.send()
    assert scene.company.copies == {one: 1, two: 1}, "only the confirmation of the STOP"


def test_stop_twice_is_confirmed_once_and_then_there_is_silence(scene: Scene) -> None:
    (mother,) = scene.people(1)
    for word in ("STOP", "stop", "ACHA", "STOPALL", "HELP", "armed men near Moa"):
        scene.text(mother, word)
        scene.later(minutes=1)
    scene.send()
    assert scene.company.copies == {mother: 1}
    assert [delivery.kind for delivery in scene.deliveries()] == ["confirmation"]


def test_a_stop_the_company_answered_itself_gets_no_second_confirmation(scene: Scene) -> None:
    (mother,) = scene.people(1)
    scene.approved()
    scene.text(mother, "STOP", opt="stop")
    scene.send()
    assert scene.company.sent == []


def test_a_stop_the_company_tells_us_of_while_sending_is_a_stop(scene: Scene) -> None:
    scene.people(1)
    scene.company.errors = [RecipientOptedOut("21610")]
    scene.approved()
    scene.send()
    assert scene.states() == {"failed": 1}
    with pytest.raises(Refused, match="Nobody lives in this area"):
        scene.submitted()


def test_a_stop_in_doubt_of_an_earlier_hand_over_is_not_sent_again(scene: Scene) -> None:
    (mother,) = scene.people(1)
    scene.company.errors = [HandoverUnknown("timeout")]
    scene.approved()
    scene.send()
    scene.text(mother, "STOP", opt="stop")
    scene.later(minutes=5)
    scene.settle()
    scene.send()
    assert scene.company.sent == []
    assert scene.states() == {"withdrawn": 1}


# 4. One person gets one copy.


def test_a_second_approval_of_one_alert_is_refused_and_copies_nothing(scene: Scene) -> None:
    phones = scene.people(3)
    alert = scene.approved()
    with pytest.raises(Refused, match="nothing to approve"):
        scene.approve(alert, scene.third)
    scene.send()
    assert scene.company.copies == dict.fromkeys(phones, 1)


def test_two_coordinators_who_approve_at_the_same_instant_send_one_copy(scene: Scene) -> None:
    phones = scene.people(5)
    alert, refused = scene.submitted(), []
    gate = threading.Barrier(2)

    def yes(by: str) -> Callable[[], None]:
        def run() -> None:
            gate.wait(10)
            try:
                scene.approve(alert, getattr(scene, by))
            except (Refused, MoveRefused) as error:
                refused.append(error)

        return run

    _together(yes("second"), yes("third"))
    assert len(refused) == 1
    scene.send()
    assert scene.company.copies == dict.fromkeys(phones, 1)


def test_two_processes_that_send_at_once_hand_each_person_one_copy(
    scene: Scene, settings: Settings
) -> None:
    rival = build_runtime(settings)
    scene.plug_in(rival)
    senders = [Sender(scene.runtime), Sender(rival)]
    phones = scene.people(120)
    scene.approved()
    gate = threading.Barrier(2)

    def run(sender: Sender) -> Callable[[], None]:
        def sweep() -> None:
            gate.wait(10)
            while sender.send_due():
                pass

        return sweep

    _together(*(run(sender) for sender in senders))
    for sender in senders:
        sender.close()
    rival.database.close()
    assert scene.company.copies == dict.fromkeys(phones, 1)
    assert scene.states() == {"submitted": 120}


def test_a_crash_after_the_hand_over_is_asked_about_before_anything_is_repeated(
    scene: Scene,
) -> None:
    (mother,) = scene.people(1)
    scene.approved()
    _dark(scene)
    assert scene.states() == {"claimed": 1}
    assert (scene.settle(), scene.send()) == (0, 0), "its worker may still be at it"
    scene.later(seconds=61)
    scene.settle()
    (delivery,) = scene.deliveries()
    assert len(scene.company.asked) == 1
    assert (delivery.state, delivery.doubtful) == ("submitted", True)
    assert delivery.provider_id == f"rec-{delivery.reference}"
    assert scene.company.copies == {mother: 1}


def test_a_message_the_company_never_took_is_sent_again_and_stays_marked(scene: Scene) -> None:
    (mother,) = scene.people(1)
    scene.company.errors = [HandoverUnknown("timeout")]
    scene.approved()
    scene.send()
    assert scene.states() == {"unknown": 1}
    scene.settle()
    assert scene.states() == {"queued": 1}
    scene.send()
    (delivery,) = scene.deliveries()
    assert (delivery.state, delivery.doubtful) == ("submitted", True)
    assert scene.company.copies == {mother: 1}


def test_nothing_is_repeated_while_the_company_cannot_say(scene: Scene) -> None:
    scene.people(1)
    scene.approved()
    _dark(scene)
    scene.company.look_up_error = ProviderDown("503")
    for _ in range(5):
        scene.later(seconds=61)
        scene.settle()
        scene.send()
    assert scene.states() == {"unknown": 1}
    assert len(scene.company.sent) == 1
    scene.company.look_up_error = None
    scene.later(seconds=61)
    scene.settle()
    assert scene.states() == {"submitted": 1}
    assert len(scene.company.sent) == 1


def test_one_person_with_home_and_joined_places_in_the_area_gets_one_copy(scene: Scene) -> None:
    scene.text(MOTHER, "JOIN Moa")
    scene.text(MOTHER, "JOIN Moa")
    scene.text(MOTHER, "PLACE Moa")
    scene.send()
    scene.company.sent.clear()
    scene.approved()
    scene.send()
    assert scene.company.copies == {MOTHER: 1}


# 5. No alert without a verified incident and the approvals that policy asks for.


@pytest.mark.parametrize("state", ["open", "refuted", "unverifiable", "merged", "closed"])
def test_no_warning_of_an_incident_that_nobody_verified(scene: Scene, state: str) -> None:
    scene.people(1)
    with pytest.raises(Refused, match="verify it first"):
        scene.draft(state=state)


def test_a_warning_whose_incident_was_refuted_meanwhile_is_not_approved(scene: Scene) -> None:
    scene.people(1)
    alert = scene.submitted()
    scene.refute(alert.incident_id)
    with pytest.raises(Refused, match="only a verified one"):
        scene.approve(alert)
    assert scene.count(Delivery) == 0


def test_the_submitter_cannot_approve(scene: Scene) -> None:
    scene.people(1)
    alert = scene.submitted()
    with pytest.raises(Refused, match="You submitted this warning"):
        scene.approve(alert, scene.first)
    assert (scene.count(Delivery), scene.alert_state(alert)) == (0, "submitted")


def test_a_submitter_does_not_become_an_approver_by_way_of_a_return(scene: Scene) -> None:
    scene.people(1)
    alert = scene.submitted()
    with scene.runtime.database.writing() as session:
        alerting.return_to_draft(session, alert.id, scene.second, "too long", scene.now)
    with scene.runtime.database.writing() as session:
        again = alerting.submit(scene.runtime, session, alert.id, scene.second, 2, scene.now)
    with pytest.raises(Refused, match="You submitted this warning"):
        scene.approve(again, scene.second)


def test_an_approval_of_what_was_changed_meanwhile_is_refused(scene: Scene) -> None:
    scene.people(1)
    alert = scene.submitted()
    seen = alert.version
    with scene.runtime.database.writing() as session:
        alerting.return_to_draft(session, alert.id, scene.third, "wrong village", scene.now)
    with scene.runtime.database.writing() as session:
        alerting.submit(scene.runtime, session, alert.id, scene.first, seen + 1, scene.now)
    with pytest.raises(Refused, match="Somebody changed this warning"):
        scene.approve(alert, version=seen)
    assert scene.count(Delivery) == 0


@pytest.mark.parametrize(("approvals", "yeses"), [(0, 0), (1, 1), (2, 2)])
def test_an_alert_leaves_with_as_many_approvals_as_policy_asks_for(
    scene: Scene, tmp_path: Path, approvals: int, yeses: int
) -> None:
    _policy(scene, tmp_path, GATEWAY_POLICY__APPROVALS=str(approvals))
    phones = scene.people(2)
    alert = scene.submitted()
    for by in (scene.second, scene.third)[:yeses]:
        assert scene.count(Delivery) == 0
        scene.approve(alert, by)
    scene.send()
    assert scene.company.copies == dict.fromkeys(phones, 1)


def test_one_person_is_not_two_approvals(scene: Scene, tmp_path: Path) -> None:
    _policy(scene, tmp_path, GATEWAY_POLICY__APPROVALS="2")
    scene.people(1)
    alert = scene.approve(scene.submitted())
    with pytest.raises(Refused, match="approved it already"):
        scene.approve(alert)
    assert (scene.count(Delivery), scene.count(Approval)) == (0, 1)


def test_approvals_of_an_earlier_version_do_not_count(scene: Scene, tmp_path: Path) -> None:
    _policy(scene, tmp_path, GATEWAY_POLICY__APPROVALS="2")
    scene.people(1)
    alert = scene.approve(scene.submitted())
    with scene.runtime.database.writing() as session:
        alerting.return_to_draft(session, alert.id, scene.third, "too long", scene.now)
    with scene.runtime.database.writing() as session:
        alert = alerting.submit(scene.runtime, session, alert.id, scene.first, 2, scene.now)
    scene.approve(alert, scene.third)
    assert scene.count(Delivery) == 0
    scene.approve(alert, scene.second)
    assert scene.count(Delivery) == 1


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_only_coordinators_approve(scene: Scene, role: str) -> None:
    scene.people(1)
    alert = scene.submitted()
    with scene.runtime.database.writing() as session:
        visitor = make_user(session, "dalmar", role)
        former = make_user(session, "esi", disabled=True)
    for by in (visitor, former):
        with pytest.raises(NotAllowed):
            scene.approve(alert, by)
    assert scene.count(Delivery) == 0


# 7. What was approved is what is sent.


def test_whoever_joins_later_gets_the_frozen_text_once(scene: Scene) -> None:
    scene.people(2)
    alert = scene.approved()
    with scene.runtime.database.reading() as session:
        frozen = session.scalar(select(AlertText.body).where(AlertText.language == "en"))
    scene.send()
    for words in ("JOIN Moa", "JOIN Moa", "PLACE Moa"):
        scene.text(MOTHER, words)
    scene.send()
    assert [sms.to for sms in scene.company.sent if sms.text == frozen].count(MOTHER) == 1
    assert scene.states(alert_id=alert.id) == {"submitted": 3}


def test_an_approved_alert_cannot_be_edited_returned_or_discarded(scene: Scene) -> None:
    scene.people(1)
    alert = scene.approved()
    runtime, now = scene.runtime, scene.now
    expiry = now + timedelta(hours=1)
    for change in (
        lambda s: alerting.edit(
            runtime, s, alert.id, scene.first, 1, now, texts={}, expires_at=expiry
        ),
        lambda s: alerting.return_to_draft(s, alert.id, scene.first, "hm", now),
        lambda s: alerting.discard(s, alert.id, scene.first, "hm", now),
        lambda s: alerting.submit(runtime, s, alert.id, scene.first, 1, now),
    ):
        with runtime.database.writing() as session, pytest.raises((Refused, MoveRefused)):
            change(session)
    with runtime.database.reading() as session:
        assert session.scalars(select(Delivery.state)).all() == ["queued"]


def test_a_place_that_moves_after_the_approval_moves_no_warning(scene: Scene) -> None:
    phones = scene.people(1)
    alert = scene.approved()
    scene.set(Incident, alert.incident_id, lat=0.0, lon=35.0, place_name="Elsewhere")
    scene.send()
    assert scene.company.copies == dict.fromkeys(phones, 1)
    assert "Moa" in scene.company.sent[0].text


def test_each_person_gets_exactly_the_approved_text_of_their_language(scene: Scene) -> None:
    (english,) = scene.people(1)
    (swahili,) = scene.people(1, first=1, language="sw")
    (unheard,) = scene.people(1, first=2, language="xx")
    alert = scene.approved()
    scene.send()
    with scene.runtime.database.reading() as session:
        texts = {t.language: t.body for t in session.scalars(select(AlertText))}
        frozen = session.get_one(Alert, alert.id)
    assert {sms.to: sms.text for sms in scene.company.sent} == {
        english: texts["en"], swahili: texts["sw"], unheard: texts["en"],
    }  # fmt: skip
    assert frozen.content_hash
    assert frozen.audience == 3


# 8. Copied text is one source.


def test_forwarded_text_is_one_source_and_an_own_account_is_another(scene: Scene) -> None:
    words = "Armed men on seven motorbikes crossed the river near Moa heading south"
    scene.text("+254700000401", words)
    scene.text("+254700000402", f"Fwd: {words}")
    scene.text("+254700000403", f"{words}!!")
    (incident,) = scene.incidents()
    assert (incident.reports, incident.sources, incident.credibility) == (3, 1, 6)
    scene.text("+254700000404", "I saw men with guns at Moa")
    (incident,) = scene.incidents()
    assert (incident.reports, incident.sources, incident.credibility) == (4, 2, 2)


def test_one_sender_who_repeats_is_one_source(scene: Scene) -> None:
    for words in ("armed men near Moa", "armed men still near Moa", "more armed men, Moa, hurry"):
        scene.text(MOTHER, words)
        scene.later(minutes=5)
    (incident,) = scene.incidents()
    assert (incident.reports, incident.sources) == (3, 1)


def test_no_number_of_reports_sends_a_warning_by_itself(scene: Scene) -> None:
    scene.people(3)
    for number in range(12):
        scene.text(f"+2547000005{number:02}", f"armed men near Moa, I counted {number} of them")
    scene.send()
    assert scene.count(Alert) == 0
    assert scene.states(kind="alert") == {}


# 9. The audit cannot be changed unseen.


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE audit SET who = 'brian' WHERE id = 2",
        "UPDATE audit SET act = 'incident.see' WHERE id = 2",
        "UPDATE audit SET subject = 'incident 9' WHERE id = 2",
        'UPDATE audit SET facts = \'{"grade": "A1"}\' WHERE id = 2',
        "UPDATE audit SET at = '2020-01-01 00:00:00' WHERE id = 2",
        "UPDATE audit SET reason = NULL WHERE id = 2",
        "UPDATE audit SET reason = 'forged' WHERE id = 2",
        "UPDATE audit SET hash = previous WHERE id = 2",
        "DELETE FROM audit WHERE id = 2",
        "DELETE FROM audit WHERE id = 1",
        "UPDATE audit SET id = 99 WHERE id = 2",
        "INSERT INTO audit (id, at, who, act, subject, facts, previous, hash)"
        " SELECT 9, at, who, act, subject, facts, previous, hash FROM audit WHERE id = 2",
    ],
)
def test_every_tampering_with_the_audit_is_found(scene: Scene, attack: str) -> None:
    for _ in range(3):
        scene.refute(scene.incident("verified"))
    with scene.runtime.database.writing() as session:
        assert audit.verify(session).broken_at is None
        session.execute(text(attack.replace(":", "\\:")))
    with scene.runtime.database.reading() as session:
        assert audit.verify(session).broken_at is not None


def test_a_chain_cut_short_shows_in_its_length_and_head(scene: Scene) -> None:
    for _ in range(3):
        scene.refute(scene.incident("verified"))
    with scene.runtime.database.writing() as session:
        noted = audit.verify(session)
        session.execute(text("DELETE FROM audit WHERE id = 3"))
    with scene.runtime.database.reading() as session:
        found = audit.verify(session)
    assert (noted.rows, found.rows) == (3, 2)
    assert noted.head != found.head


def test_acts_on_many_threads_forge_one_chain(scene: Scene) -> None:
    incidents = [scene.incident("verified") for _ in range(24)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(scene.refute, incidents))
    with scene.runtime.database.reading() as session:
        result = audit.verify(session)
    assert (result.rows, result.broken_at) == (24, None)


def test_everything_done_to_a_warning_is_in_the_audit(scene: Scene) -> None:
    scene.people(1)
    scene.cancel(scene.approved())
    with scene.runtime.database.reading() as session:
        acts = session.execute(select(AuditRow.act, AuditRow.who).order_by(AuditRow.id)).all()
    assert [tuple(row) for row in acts] == [
        ("alert.draft", "amina"), ("alert.submit", "amina"), ("alert.approve", "brian"),
        ("alert.freeze", "brian"), ("alert.cancel", "amina"),
    ]  # fmt: skip


# 10. Times are UTC, and every job may run twice.


def test_every_sweep_may_run_twice(scene: Scene) -> None:
    with scene.runtime.database.writing() as session:
        make_user(session, "farah", phone="+254700000999")
    scene.people(2)
    scene.text(MOTHER, "armed men near Moa", read=False)
    alert = scene.approved()
    sweeps: list[Callable[[], object]] = [
        lambda: take_in.process_waiting(scene.runtime, 10),
        lambda: inquiring.ask_neighbours(scene.runtime),
        lambda: reminding.remind_and_expire(scene.runtime),
        lambda: calm.ask_whether_calm(scene.runtime),
        lambda: campaign_runs.run_due(scene.runtime),
        lambda: silence.notice_silence(scene.runtime),
        lambda: calling.call_due(scene.runtime),
        lambda: tagging.tag_new(scene.runtime),
        lambda: watching.watch(scene.runtime),
        lambda: milestones.note_reach(scene.runtime),
        lambda: aftermath.thank_afterwards(scene.runtime),
        lambda: upkeep.grow_old(scene.runtime),
        lambda: upkeep.expire_alerts(scene.runtime),
        lambda: upkeep.purge(scene.runtime),
        lambda: sending.go_live(scene.runtime),
        scene.send,
        lambda: receipts.collect_receipts(scene.runtime),
        scene.settle,
    ]
    for span in (timedelta(0), timedelta(minutes=6), timedelta(hours=7)):
        scene.now += span
        for sweep in sweeps:
            sweep()
        before = _everything(scene)
        for sweep in sweeps:
            sweep()
        assert _everything(scene) == before
    assert scene.alert_state(alert) == "expired"


def test_two_workers_read_each_waiting_message_once(scene: Scene, settings: Settings) -> None:
    rival = build_runtime(settings)
    scene.plug_in(rival)
    for number in range(20):
        scene.text(f"+2547000006{number:02}", "JOIN Moa", read=False)
    gate = threading.Barrier(2)

    def read(runtime: Runtime) -> Callable[[], None]:
        def run() -> None:
            gate.wait(10)
            take_in.process_waiting(runtime, 50)

        return run

    _together(read(scene.runtime), read(rival))
    rival.database.close()
    assert scene.count(Consent) == 20
    assert scene.states(kind="reply") == {"queued": 20}
    assert scene.count(Subscriber) == 20


def test_a_time_of_any_zone_comes_back_as_the_same_moment_in_utc(scene: Scene) -> None:
    incident = scene.incident(opened_at=datetime.fromisoformat("2026-03-10T18:30:00+03:00"))
    with scene.runtime.database.reading() as session:
        opened = session.get_one(Incident, incident).opened_at
    assert opened == datetime(2026, 3, 10, 15, 30, tzinfo=UTC)
    assert opened.utcoffset() == timedelta(0)


# And the rules that stand between them.


def test_an_alert_that_expires_takes_back_what_has_not_left(scene: Scene, tmp_path: Path) -> None:
    _policy(scene, tmp_path, GATEWAY_DISPATCH__BATCH="2")
    scene.people(5)
    alert = scene.approved()
    scene.send(batches=1)
    scene.later(hours=6, seconds=1)
    assert scene.send() == 0, "late is worse than never"
    upkeep.expire_alerts(scene.runtime)
    assert scene.alert_state(alert) == "expired"
    assert scene.states() == {"submitted": 2, "withdrawn": 3}


def test_a_cancel_reaches_only_those_who_were_sent_the_warning(
    scene: Scene, tmp_path: Path
) -> None:
    _policy(scene, tmp_path, GATEWAY_DISPATCH__BATCH="2")
    scene.people(5)
    alert = scene.approved()
    scene.send(batches=1)
    warned = set(scene.company.copies)
    follow_up = scene.cancel(alert)
    assert follow_up is not None
    assert scene.states() == {"submitted": 2, "withdrawn": 3}
    with scene.runtime.database.writing() as session:
        alerting.submit(scene.runtime, session, follow_up.id, scene.first, 1, scene.now)
    scene.approve(follow_up)
    scene.company.sent.clear()
    scene.send()
    assert scene.company.copies == dict.fromkeys(warned, 1)


def test_a_cancel_amid_a_batch_stops_what_was_claimed(scene: Scene) -> None:
    scene.people(6)
    alert = scene.approved()
    _policy_connections(scene, 1)
    cancelled: list[Alert | None] = []

    def cancel_once(_sms: Outgoing) -> None:
        if not cancelled:
            cancelled.append(scene.cancel(alert))

    scene.company.before = cancel_once
    scene.send()
    assert len(scene.company.sent) == 1
    assert scene.states(alert_id=alert.id) == {"submitted": 1, "withdrawn": 5}


def test_an_exercise_never_touches_real_people(scene: Scene) -> None:
    drill = scene.exercise()
    scene.people(3)
    played = scene.people(2, first=60, exercise_id=drill)
    scene.approved(exercise_id=drill)
    scene.send()
    assert scene.company.sent == []
    assert scene.drill_company.copies == dict.fromkeys(played, 1)
    assert all(sms.text.startswith("EXERCISE") for sms in scene.drill_company.sent)


def test_a_real_warning_never_touches_the_people_of_an_exercise(scene: Scene) -> None:
    drill = scene.exercise()
    real = scene.people(3)
    scene.people(2, first=60, exercise_id=drill)
    scene.approved()
    scene.send()
    assert scene.drill_company.sent == []
    assert scene.company.copies == dict.fromkeys(real, 1)


def test_reports_of_an_exercise_join_no_real_incident(scene: Scene) -> None:
    drill = scene.exercise()
    words = "Armed men on seven motorbikes crossed the river near Moa heading south"
    scene.text(MOTHER, words)
    scene.text(MOTHER, words, exercise_id=drill)
    scene.text(FATHER, words, exercise_id=drill)
    real, played = scene.incidents()
    assert (real.reports, real.exercise_id) == (1, None)
    assert (played.reports, played.exercise_id) == (2, drill)
    assert scene.count(Subscriber) == 3


def test_a_warning_of_a_slow_hazard_waits_for_the_morning(scene: Scene) -> None:
    scene.now = datetime(2026, 3, 10, 19, 0, tzinfo=UTC)  # 22:00 in Nairobi
    scene.people(1)
    alert = scene.draft(hazard="rumour")
    with scene.runtime.database.writing() as session:
        alerting.submit(scene.runtime, session, alert.id, scene.first, 1, scene.now)
    scene.approve(alert)
    scene.later(hours=7, minutes=59)
    assert scene.send() == 0
    assert scene.alert_state(alert) == "approved"
    scene.later(minutes=1)
    assert scene.send() == 1
    assert scene.alert_state(alert) == "live"


def test_a_warning_of_armed_men_leaves_in_the_middle_of_the_night(scene: Scene) -> None:
    scene.now = datetime(2026, 3, 10, 23, 0, tzinfo=UTC)  # 02:00 in Nairobi
    scene.people(1)
    scene.approved()
    assert scene.send() == 1


def test_an_approved_warning_is_never_due_after_its_own_end(scene: Scene) -> None:
    scene.now = datetime(2026, 3, 10, 19, 0, tzinfo=UTC)  # 22:00: quiet until 06:00, ends 04:00
    scene.people(1)
    try:
        scene.approved(hazard="rumour")
    except Refused:
        return  # the coordinator was told in time
    assert all(d.due_at < d.expires_at for d in scene.deliveries() if d.expires_at)


def test_nobody_is_answered_more_often_in_an_hour_than_policy_allows(scene: Scene) -> None:
    for _ in range(12):
        scene.text(MOTHER, "HELP")
    scene.send()
    assert scene.company.copies == {MOTHER: 8}
    scene.later(minutes=61)
    scene.text(MOTHER, "HELP")
    scene.send()
    assert scene.company.copies == {MOTHER: 9}


def test_the_limit_of_answers_never_holds_back_a_warning_or_a_confirmation(scene: Scene) -> None:
    (mother,) = scene.people(1)
    for _ in range(12):
        scene.text(mother, "HELP")
    scene.approved()
    scene.text(mother, "STOP")
    scene.send()
    kinds = [delivery.kind for delivery in scene.deliveries(state="submitted")]
    assert kinds.count("confirmation") == 1


def test_an_incident_nobody_looks_at_pages_each_coordinator_once(scene: Scene) -> None:
    pages = {"farah": "+254700000991", "gudrun": "+254700000992"}
    with scene.runtime.database.writing() as session:
        for name, phone in pages.items():
            make_user(session, name, phone=phone)
        make_user(session, "hana", "viewer", phone="+254700000993")
        make_user(session, "isa", phone="+254700000994", disabled=True)
    scene.incident("open")
    scene.incident("open", exercise_id=scene.exercise())
    scene.later(minutes=4)
    assert calling.call_due(scene.runtime) == 0
    scene.later(minutes=2)
    for _ in range(3):
        calling.call_due(scene.runtime)
        scene.later(minutes=10)
        scene.send()
    assert scene.company.copies == dict.fromkeys(pages.values(), 1)


def test_an_incident_that_was_seen_in_time_pages_nobody(scene: Scene) -> None:
    with scene.runtime.database.writing() as session:
        make_user(session, "farah", phone="+254700000991")
    incident = scene.incident("open")
    with scene.runtime.database.writing() as session:
        judging.see(session, incident, scene.first, scene.now)
    scene.later(minutes=29)  # 30 are allowed for the judgement
    assert calling.call_due(scene.runtime) == 0


def test_each_step_of_a_delivery_is_in_its_history(scene: Scene) -> None:
    scene.people(1)
    scene.approved()
    scene.send()
    (delivery,) = scene.deliveries()
    scene.receipt(delivery, "delivered")
    with scene.runtime.database.reading() as session:
        steps = session.execute(
            select(Move.origin, Move.target)
            .where(Move.machine == "delivery", Move.row_id == delivery.id)
            .order_by(Move.id)
        ).all()
    assert [tuple(step) for step in steps] == [
        ("queued", "claimed"), ("claimed", "submitted"), ("submitted", "delivered"),
    ]  # fmt: skip


def test_a_blocked_person_is_neither_read_nor_warned(scene: Scene) -> None:
    with scene.runtime.database.writing() as session:
        make_subscriber(session, scene.runtime.keys, MOTHER, state="blocked")
    scene.people(1)
    scene.text(MOTHER, "armed men near Moa")
    scene.text(MOTHER, "HELP")
    scene.approved()
    scene.send()
    assert MOTHER not in scene.company.copies
    assert scene.count(Report) == 0


def _policy_connections(scene: Scene, count: int) -> None:
    """So many hands at the company at once."""
    accounts = scene.runtime.settings.providers
    scene.runtime.settings = scene.runtime.settings.model_copy(
        update={
            "providers": {
                name: account.model_copy(update={"connections": count})
                for name, account in accounts.items()
            }
        }
    )


def _dark(scene: Scene) -> None:
    """The company takes a message, and the machine loses power before it can note that."""
    scene.company.dark_after_taking = True
    with pytest.raises(PowerCut):
        scene.send()
    scene.company.dark_after_taking = False


def _together(*acts: Callable[[], None]) -> None:
    with ThreadPoolExecutor(len(acts)) as threads:
        for running in [threads.submit(act) for act in acts]:
            running.result(60)


def _everything(scene: Scene) -> list[object]:
    """All rows that a second run could have doubled or changed."""
    found: list[object] = []
    with scene.runtime.database.reading() as session:
        for table in (Message, Report, Incident, Alert, Delivery, Move, AuditRow, Consent):
            rows = session.execute(select(table.__table__).order_by(table.__table__.c.id)).all()
            found.append([tuple(row) for row in rows])
    return found

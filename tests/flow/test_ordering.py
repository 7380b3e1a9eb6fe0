"""Coordinators judge by SMS, and nobody else does."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import inspect, select, text

from gateway.flow import duty, judging, take_in
from gateway.plumbing.settings import Settings
from gateway.runtime import Runtime, build_runtime
from gateway.store import audit
from gateway.store.tables import AuditRow, Call, Message, Subscriber, User
from tests.flow.on_call import AMINA, BRIAN, CHEBET, ROTA, STRANGER, OnCall
from tests.make import make_user, settings_for

SECRET = pyotp.random_base32()


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    fast = {"GATEWAY_PROVIDERS__SIMULATOR__RATE_PER_SECOND": "10000"}
    return settings_for(database_url, tmp_path, GATEWAY_ROTA=ROTA, **fast)


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> OnCall:
    """Incident 1 is overdue, and Amina was called."""
    scene = OnCall(runtime, now)
    scene.incident("open")
    assert scene.sweep(minutes=5) == 1
    return scene


def kinds(scene: OnCall) -> list[str | None]:
    with scene.runtime.database.reading() as session:
        return list(session.scalars(select(Message.kind).order_by(Message.id)))


def other_code(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


@pytest.mark.parametrize(("word", "state"), [("VERIFY", "verified"), ("REFUTE", "refuted")])
def test_a_good_code_judges_as_on_the_page(scene: OnCall, word: str, state: str) -> None:
    scene.text(AMINA, f"{word} 1 {scene.code(AMINA)}")
    assert scene.judgement(1) == (state, 1)
    assert scene.got(AMINA)[-1] == f"Incident 1 is now {state}."
    assert scene.acts()[-1] == f"incident.{state}"
    with scene.runtime.database.reading() as session:
        row = session.scalars(select(AuditRow).order_by(AuditRow.id.desc())).first()
        assert row is not None
        assert (row.who, row.subject, row.reason) == ("amina", "incident 1", "by SMS")
        assert audit.verify(session).broken_at is None
    assert kinds(scene) == ["order"]


@pytest.mark.parametrize("cause", ["wrong", "old", "used", "foreign person", "foreign incident"])
def test_a_code_that_is_no_good_changes_nothing_and_is_audited(scene: OnCall, cause: str) -> None:
    code, phone, who = scene.code(AMINA), AMINA, "amina"
    if cause == "wrong":
        code = other_code(code)
    if cause == "old":
        scene.later(minutes=30)
    if cause == "used":
        scene.text(AMINA, f"VERIFY 1 {code}")
        with scene.runtime.database.writing() as session:
            judging.refute(session, 1, scene.third, "a mistake", scene.now)
            judging.reopen(session, 1, scene.third, "or is it", scene.now)
    if cause == "foreign person":
        phone, who = BRIAN, "brian"
    if cause == "foreign incident":
        scene.incident("open")
        scene.sweep(minutes=5)
        code = scene.code(AMINA)  # of incident 2
    before, calls = scene.judgement(1), scene.calls()
    scene.text(phone, f"VERIFY 1 {code}")
    assert scene.judgement(1) == before
    assert scene.calls() == calls
    assert scene.refusals() == [(who, cause.split()[0])]
    assert "Incident 1 was not changed" in scene.got(phone)[-1]


def test_the_code_of_one_incident_still_works_there_after_it_was_tried_elsewhere(
    scene: OnCall,
) -> None:
    code = scene.code(AMINA)
    scene.incident("open")
    scene.text(AMINA, f"VERIFY 2 {code}")
    scene.text(AMINA, f"VERIFY 1 {code}")
    assert (scene.judgement(1)[0], scene.judgement(2)[0]) == ("verified", "open")


def test_take_stops_the_calls_and_tells_who_had_it(scene: OnCall) -> None:
    scene.text(BRIAN, "take 1")
    scene.text(AMINA, "TAKE 1")
    assert scene.got(AMINA)[-1] == "brian had it; now you have incident 1."
    assert scene.one(1).owner_id == scene.first.id
    assert scene.one(1).seen_at == scene.now
    assert scene.sweep(minutes=20) == 0
    takes = [act for act in scene.acts() if act == "incident.take"]
    assert len(takes) == 2


def test_take_again_is_answered_but_changes_nothing(scene: OnCall) -> None:
    scene.text(AMINA, "TAKE 1")
    before = scene.acts()
    scene.later(minutes=1)
    scene.text(AMINA, "TAKE 1")
    assert scene.acts() == before
    assert scene.one(1).taken_at != scene.now


def test_take_brings_a_new_code_only_when_the_last_is_of_no_use(scene: OnCall) -> None:
    first = scene.code(AMINA)
    scene.text(AMINA, "TAKE 1")
    assert scene.code(AMINA) == first
    scene.later(minutes=30)
    scene.text(AMINA, "TAKE 1")
    assert scene.calls()[-1] == ("amina", "asked", 1)
    second = scene.code(AMINA)
    scene.text(AMINA, f"REFUTE 1 {second}")
    assert scene.judgement(1) == ("refuted", 1)


def test_a_coordinator_who_was_not_called_takes_it_and_gets_a_code(scene: OnCall) -> None:
    scene.text(CHEBET, "TAKE 1")
    scene.text(CHEBET, f"VERIFY 1 {scene.code(CHEBET)}")
    assert scene.judgement(1) == ("verified", 1)


@pytest.mark.parametrize("order", ["TAKE 99", "TAKE 2"])
def test_what_is_not_there_or_is_over_cannot_be_taken(scene: OnCall, order: str) -> None:
    scene.incident("refuted")
    scene.text(AMINA, order)
    assert scene.refusals() == [("amina", "not possible")]
    assert "cannot be judged so any more" in scene.got(AMINA)[-1]


def test_the_state_machine_has_the_last_word(scene: OnCall) -> None:
    with scene.runtime.database.writing() as session:
        judging.refute(session, 1, scene.third, "the chief was there", scene.now)
    before = scene.judgement(1)
    scene.text(AMINA, f"VERIFY 1 {scene.code(AMINA)}")
    assert scene.judgement(1) == before
    assert scene.refusals() == [("amina", "not possible")]
    scene.text(AMINA, f"VERIFY 1 {scene.code(AMINA)}")
    assert scene.refusals()[-1] == ("amina", "used")  # one use, whatever came of it


def test_an_exercise_is_not_judged_by_sms(scene: OnCall) -> None:
    drill = scene.incident("open", exercise_id=scene.exercise())
    scene.text(AMINA, f"TAKE {drill}")
    assert scene.one(drill).owner_id is None
    assert scene.refusals() == [("amina", "not possible")]


def test_a_code_from_the_app_judges_once(scene: OnCall) -> None:
    scene.give_phone(scene.third, CHEBET, totp_secret=SECRET)
    scene.incident("open")
    code = pyotp.TOTP(SECRET).at(scene.now)
    scene.text(CHEBET, f"VERIFY 1 {code}")
    scene.text(CHEBET, f"VERIFY 2 {code}")
    assert (scene.judgement(1)[0], scene.judgement(2)[0]) == ("verified", "open")
    assert scene.refusals() == [("chebet", "used")]
    scene.later(seconds=60)
    scene.text(CHEBET, f"VERIFY 2 {pyotp.TOTP(SECRET).at(scene.now)}")
    assert scene.judgement(2)[0] == "verified"


def test_a_code_from_the_app_is_no_good_on_another_phone(scene: OnCall) -> None:
    scene.give_phone(scene.third, CHEBET, totp_secret=SECRET)
    scene.text(BRIAN, f"VERIFY 1 {pyotp.TOTP(SECRET).at(scene.now)}")
    assert scene.judgement(1)[0] == "open"
    assert scene.refusals() == [("brian", "wrong")]


def test_too_many_wrong_codes_lock_the_phone_for_an_hour(scene: OnCall) -> None:
    code = scene.code(AMINA)
    for _ in range(5):
        scene.text(AMINA, f"VERIFY 1 {other_code(code)}")
    assert scene.got(AMINA)[-1].startswith("Too many wrong codes")
    assert scene.acts()[-1] == "order.locked"
    heard = len(scene.got(AMINA))
    scene.text(AMINA, f"VERIFY 1 {code}")
    scene.text(AMINA, "TAKE 1")
    assert scene.judgement(1) == ("open", 0)
    assert scene.one(1).owner_id is None
    assert [cause for _, cause in scene.refusals()] == ["wrong"] * 5 + ["locked"] * 2
    assert len(scene.got(AMINA)) == heard  # it was said once
    scene.text(BRIAN, "TAKE 1")  # another coordinator is not locked
    assert scene.one(1).owner_id == scene.second.id
    scene.later(minutes=60)
    scene.text(AMINA, "TAKE 1")
    scene.text(AMINA, f"VERIFY 1 {scene.code(AMINA)}")
    assert scene.judgement(1) == ("verified", 1)


def test_four_wrong_codes_an_hour_do_not_lock(scene: OnCall) -> None:
    code = scene.code(AMINA)
    for _ in range(4):
        scene.text(AMINA, f"VERIFY 1 {other_code(code)}")
    scene.text(AMINA, f"VERIFY 1 {code}")
    assert scene.judgement(1) == ("verified", 1)


def test_an_order_without_its_code_does_nothing_and_is_no_guess(scene: OnCall) -> None:
    for _ in range(6):
        scene.text(AMINA, "VERIFY 1")
    scene.text(AMINA, f"VERIFY 1 {scene.code(AMINA)}")
    assert scene.judgement(1) == ("verified", 1)
    assert len(scene.refusals()) == 6


def test_from_a_strangers_phone_an_order_is_a_message_like_any(scene: OnCall) -> None:
    scene.text(STRANGER, f"VERIFY 1 {scene.code(AMINA)}")
    scene.text(STRANGER, "TAKE 1")
    assert scene.judgement(1) == ("open", 0)
    assert scene.one(1).owner_id is None
    assert scene.refusals() == []
    assert "order" not in kinds(scene)
    assert not any("Incident" in answer for answer in scene.got(STRANGER))


@pytest.mark.parametrize(
    ("role", "disabled"), [("viewer", False), ("analyst", False), ("coordinator", True)]
)
def test_an_account_that_may_not_judge_is_refused_and_audited(
    scene: OnCall, role: str, disabled: bool
) -> None:
    with scene.runtime.database.writing() as session:
        dina = make_user(session, "dina", role)
    scene.give_phone(dina, STRANGER, disabled=disabled, totp_secret=SECRET)
    scene.text(STRANGER, f"VERIFY 1 {pyotp.TOTP(SECRET).at(scene.now)}")
    assert scene.judgement(1) == ("open", 0)
    assert scene.refusals() == [("dina", "not allowed")]
    assert kinds(scene) != ["order"]


def test_a_coordinator_is_still_a_member_with_a_phone(scene: OnCall) -> None:
    scene.text(AMINA, "JOIN Moa")
    scene.text(AMINA, "armed men with guns near Moa")
    scene.text(AMINA, "STOP")
    assert kinds(scene) == ["command", "report", "command"]
    index = scene.runtime.keys.index.of(AMINA)
    with scene.runtime.database.reading() as session:
        found = select(Subscriber.state).where(Subscriber.phone_index == index)
        assert session.scalar(found) == "stopped"
    scene.text(AMINA, f"VERIFY 1 {scene.code(AMINA)}")  # orders are no membership
    assert scene.judgement(1)[0] == "verified"


def test_one_phone_of_two_accounts_answers_for_the_one_that_was_called(scene: OnCall) -> None:
    with scene.runtime.database.writing() as session:
        session.get_one(User, scene.third.id).name = "zawadi"
    scene.give_phone(scene.first, BRIAN)  # Amina and Brian share one
    scene.incident("open")
    scene.sweep(minutes=5)  # incident 1 calls Brian, incident 2 Amina
    assert scene.calls()[1:] == [("brian", "unseen", 2), ("amina", "unseen", 1)]
    codes = [text.split("VERIFY ")[1][:8] for text in scene.got(BRIAN)]
    for code in codes:
        scene.text(BRIAN, f"VERIFY {code}")
    assert (scene.judgement(1)[0], scene.judgement(2)[0]) == ("verified", "verified")


def test_one_code_in_two_messages_at_the_same_moment_judges_once(
    scene: OnCall, settings: Settings
) -> None:
    code = scene.code(AMINA)
    for word in ("VERIFY", "REFUTE"):
        scene.text(AMINA, f"{word} 1 {code}", read=False)
    other = build_runtime(settings)
    scene.plug_in(other)
    gate = threading.Barrier(2)

    def read(runtime: Runtime) -> None:
        gate.wait(10)
        take_in.process_waiting(runtime, 5)

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(read, (scene.runtime, other)))
    other.database.close()
    assert scene.judgement(1)[1] == 1
    assert scene.refusals() == [("amina", "used")]


def test_a_code_is_readable_in_no_table_no_log_and_no_audit(
    scene: OnCall, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    codes = [scene.code(AMINA)]
    scene.text(AMINA, f"VERIFY 1 {other_code(codes[0])}")
    scene.text(AMINA, f"VERIFY 1 {codes[0]}")
    for number in (2, 3):
        scene.incident("open")
        scene.text(BRIAN, f"TAKE {number}")
        codes.append(scene.code(BRIAN))
    scene.text(BRIAN, f"REFUTE 3 {codes[2]}")
    log = capsys.readouterr()
    assert "message processed" in log.out + log.err
    places: list[Callable[[str], bool]] = [
        lambda code: code in log.out + log.err,
        lambda code: code in stored,
        lambda code: code.encode() in files,
    ]
    stored = _stored(scene)
    files = b"".join(path.read_bytes() for path in sorted(tmp_path.glob("gateway.db*")))
    assert "incident.refuted" in stored
    for holds in places:  # six digits may stand in a hash by chance, but not those of every code
        assert sum(holds(code) for code in codes) < 2


def _stored(scene: OnCall) -> str:
    """Every value of every table, as whoever has the database but no keys reads it."""
    engine = scene.runtime.database.engine
    with engine.connect() as connection:
        return "\n".join(
            repr(tuple(row))
            for name in inspect(engine).get_table_names()
            for row in connection.execute(text(f'SELECT * FROM "{name}"'))  # noqa: S608 (ours)
        )


def test_taking_on_the_page_keeps_the_unused_code(scene: OnCall) -> None:
    code = scene.code(AMINA)
    with scene.runtime.database.writing() as session:
        duty.take(session, 1, scene.third, scene.now, via="page")
        assert session.scalars(select(Call.used_at)).all() == [None]
    scene.text(AMINA, f"VERIFY 1 {code}")
    assert scene.judgement(1)[0] == "verified"

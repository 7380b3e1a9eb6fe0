"""No number and no text is readable in the database file, the logs, the metrics, an error page."""

import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from gateway.flow import alerting, calling, judging
from gateway.plumbing.settings import load_settings
from gateway.runtime import Runtime, build_runtime
from gateway.store.tables import Delivery, Exercise, Incident, Message, Place
from gateway.terms.area import Area, Circle
from tests.make import MOA, make_incident, make_subscriber, make_user
from tests.processes import PROGRAM, Gateway, environment, free_port, until

MOTHER, FATHER, WITNESS, QUIET, CHIEF, PLAYER, NOTICE, ODD = (
    f"+2547119135{number:02}" for number in range(71, 79)
)
NUMBERS = (MOTHER, FATHER, WITNESS, QUIET, CHIEF, PLAYER, ODD)
TEXTS = {
    "report": "watu wenye silaha karibu na Moa, glimmerfax saba",
    "report with a name": "armed men took Brontowilda from the market in Moa",
    "command": "PLACE Vexolympia",
    "chat": "habari zenu murglewort",
    "crash": "armed men near Moa kaboomerism",
    "notice": "Your balance is 500 quibblecash",
    "reason": "the chief Wumpelstein confirms it",
    "page reason": "told by radio snarklewave",
    "warning": "Armed group near Moa until 18:30. Hide in zephyrdome. Reply SAFE.",
    "exercise": "Watu wenye silaha Moa hadi 18:30. drillofonix",
}
WORDS = (
    "glimmerfax", "brontowilda", "vexolympia", "murglewort", "kaboomerism", "quibblecash",
    "wumpelstein", "snarklewave", "zephyrdome", "drillofonix",
)  # fmt: skip
# The same program, but one word makes understanding fail, and one phone's page, both quoting.
BREAKABLE = """
from gateway.flow import take_in
from gateway.lists import phones
understand, conversation, odd = take_in.understand, phones.conversation, "ODD"
def breaks(text, **facts):
    if "kaboomerism" in text:
        raise ValueError(f"cannot read {text!r}")
    return understand(text, **facts)
def breaks_too(session, keys, phone):
    if phone == odd:
        raise RuntimeError(f"no page for {phone}")
    return conversation(session, keys, phone)
take_in.understand, phones.conversation = breaks, breaks_too
from gateway.cli import main
main()
""".replace("ODD", ODD)


@dataclass(frozen=True)
class Evidence:
    """All that an intruder could read."""

    database: bytes
    log: bytes
    pages: dict[str, bytes]
    after_the_end: bytes


@pytest.fixture(scope="module")
def evidence(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evidence]:
    """Traffic of every kind through a real process; then its traces."""
    folder = tmp_path_factory.mktemp("private")
    url = f"sqlite:///{folder}/gateway.db"
    environ = environment(url, folder, GATEWAY_JOBS__SWEEP_S="0.2")
    program = (PROGRAM[0], "-c", BREAKABLE)
    gateway = Gateway(("run",), environ, folder, free_port(), program).start()
    ours = build_runtime(load_settings({k: v for k, v in environ.items() if "GATEWAY_" in k}))
    try:
        _traffic(gateway, ours)
        pages = _pages(gateway)
        database = b"".join(path.read_bytes() for path in sorted(folder.glob("gateway.db*")))
        gateway.stop()
        log = gateway.log.read_bytes()
        ours.database.close()
        left = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
        yield Evidence(database, log, pages, left)
    finally:
        gateway.kill()
        ours.database.close()


def test_the_search_itself_finds_what_is_planted(tmp_path: Path) -> None:
    for planted in (*_spellings(), *TEXTS.values(), *WORDS):
        scratch = tmp_path / "scratch"
        scratch.write_bytes(b"\x00\xff" + planted.upper().encode() + b"\x00")
        assert readable(scratch.read_bytes()), planted
    assert readable("Brontowilda".encode("utf-16-le"))
    assert readable(b"v1|k1|AAAA") == []


def test_the_database_file_and_its_journal_hold_nothing_readable(evidence: Evidence) -> None:
    assert b"CREATE TABLE messages" in evidence.database
    assert readable(evidence.database) == []


def test_the_log_tells_what_happened_and_of_nobody(evidence: Evidence) -> None:
    for event in (b"message received", b"message processed", b"message failed", b"sms submitted",
                  b"request failed"):  # fmt: skip
        assert event in evidence.log
    assert readable(evidence.log) == []


def test_metrics_health_and_error_pages_hold_nothing(evidence: Evidence) -> None:
    assert b"gateway_messages_received_total" in evidence.pages["/metrics"]
    assert {path for path, page in evidence.pages.items() if readable(page)} == set()


def test_no_file_of_the_stopped_gateway_holds_anything_readable(evidence: Evidence) -> None:
    assert readable(evidence.after_the_end) == []


def readable(raw: bytes) -> list[str]:
    """Which of the planted numbers and words stand in these bytes, in any letters."""
    low = raw.lower()
    wanted = {*_spellings(), *(text.lower() for text in TEXTS.values()), *WORDS}
    return sorted(
        word
        for word in wanted
        if any(word.encode(code) in low for code in ("utf-8", "utf-16-le", "utf-16-be"))
    )


def _spellings() -> list[str]:
    bare = [number.removeprefix("+254") for number in NUMBERS]
    spaced = [f"{number[:3]} {number[3:6]} {number[6:]}" for number in bare]
    return [*NUMBERS, *(n[1:] for n in NUMBERS), *(f"0{n}" for n in bare), *bare, *spaced]


def _traffic(gateway: Gateway, ours: Runtime) -> None:
    for phone in (MOTHER, FATHER, QUIET):
        _say(gateway, phone, "JOIN Moa")
    _say(gateway, QUIET, "STOP")
    _say(gateway, WITNESS, TEXTS["report"])
    _say(gateway, f"0{FATHER[4:]}", TEXTS["report with a name"])
    _say(gateway, FATHER[1:], TEXTS["command"])
    _say(gateway, MOTHER, TEXTS["chat"])
    _say(gateway, WITNESS, TEXTS["crash"])
    _say(gateway, "Quibblecash", TEXTS["notice"])
    until(lambda: _count(ours, Message, Message.state == "received") == 0, what="reading")
    _warn(ours, None, TEXTS["warning"])
    drill = _exercise(ours)
    _warn(ours, drill, TEXTS["exercise"])
    calling.call_due(ours)
    open_ones = Delivery.state.in_(("queued", "claimed", "submitted"))
    until(lambda: _count(ours, Delivery, open_ones) == 0, what="the last receipt")
    assert _count(ours, Delivery, Delivery.kind == "alert", Delivery.state == "delivered") >= 3
    assert _count(ours, Delivery, Delivery.kind == "page", Delivery.state == "delivered") >= 1
    assert _count(ours, Message, Message.state == "failed") == 1
    assert _count(ours, Message, Message.state == "processed") == 9


def _pages(gateway: Gateway) -> dict[str, bytes]:
    """What anybody, or the machine itself, can call up; mistakes of all kinds among them."""
    digits, word = MOTHER[1:], WORDS[0]
    paths = (
        "/live", "/ready", "/metrics", "/signin", "/nowhere", f"/nowhere/{digits}/{word}",
        f"/sms/{digits}/inbound", f"/phones?phone={word}", f"/phones?phone=%2B{ODD[1:]}",
        f"/incidents/{digits}{digits}", "/incidents/1", "/alerts", "/static/no",
    )  # fmt: skip
    pages = {path: gateway.get(path)[1] for path in paths}
    form = {"from": MOTHER, "text": TEXTS["report"]}
    pages["no id"] = gateway.post("/sms/simulator/inbound", form)[1]
    pages["no account"] = gateway.post("/sms/nobody/inbound", form)[1]
    pages["no token"] = gateway.post("/phones", form | {"phone": MOTHER})[1]
    pages["too long"] = gateway.post("/sms/simulator/inbound", {"text": "x" * 300_000} | form)[1]
    status, pages["broken"] = gateway.get(f"/phones?phone=%2B{ODD[1:]}")
    assert status == 500
    return pages


def _say(gateway: Gateway, phone: str, text: str) -> None:
    form = {"id": uuid.uuid4().hex, "from": phone, "to": "20880", "text": text}
    assert gateway.post("/sms/simulator/inbound", form)[0] == 200


def _exercise(ours: Runtime) -> int:
    now = ours.clock()
    with ours.database.writing() as session:
        drill = Exercise(scenario="test", started_at=now)
        session.add(drill)
        session.flush()
        make_subscriber(session, ours.keys, PLAYER, exercise_id=drill.id)
        make_incident(session, now - timedelta(hours=1), exercise_id=drill.id)
        return drill.id


def _warn(ours: Runtime, exercise_id: int | None, words: str) -> None:
    """Two coordinators take the first incident to its warning, with words of their own."""
    now = ours.clock()
    with ours.database.writing() as session:
        tag = exercise_id or 0
        first = make_user(session, f"amina{tag}", phone=CHIEF)
        second = make_user(session, f"brian{tag}")
        incident = session.scalars(
            select(Incident)
            .where(Incident.exercise_id.is_not_distinct_from(exercise_id))
            .order_by(Incident.id)
        ).first()
        assert incident is not None
        if exercise_id is None:
            unseen = make_incident(session, now - timedelta(hours=2), lat=0.5, lon=35.0)
            assert unseen.seen_at is None
        moa = session.scalars(select(Place.id).where(Place.name == "Moa")).first()
        judging.set_place(
            ours, session, incident.id, first, TEXTS["page reason"], now, place_id=moa
        )
        judging.verify(session, incident.id, first, TEXTS["reason"], now)
        alert = alerting.draft(ours, session, incident.id, first, now)
        texts = {text.language: f"{text.body} {words}" for text in alert.texts}
        expiry = now + timedelta(hours=2)
        alerting.edit(
            ours,
            session,
            alert.id,
            first,
            1,
            now,
            texts=texts,
            area=Area.around(Circle(MOA.lat, MOA.lon, 9000)),
            expires_at=expiry,
        )
        alerting.submit(ours, session, alert.id, first, 2, now)
        alerting.approve(ours, session, alert.id, second, 2, now)


def _count(ours: Runtime, table: type[Message | Delivery], *where: object) -> int:
    time.sleep(0.05)
    with ours.database.reading() as session:
        query = select(func.count()).select_from(table).where(*where)  # type: ignore[arg-type]
        return session.scalar(query) or 0

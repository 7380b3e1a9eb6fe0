"""Each message is kept once: those without an id, and long ones that come in parts."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations
from pathlib import Path

import pytest
from sqlalchemy import select, text

from gateway.flow import rerouting, take_in, upkeep
from gateway.plumbing.settings import Settings
from gateway.providers.base import InboundSms, Part
from gateway.runtime import Runtime
from gateway.store.tables import Beat, Message, MessagePart, Subscriber
from tests.make import settings_for

WITNESS, OTHER, ACCOUNT = "+254711000201", "+254711000202", "simulator"
LONG = ("armed men are ", "near Moa and they ", "go to Kipao")


@pytest.fixture
def later(runtime: Runtime) -> "Later":
    return Later(runtime)


class Later:
    """Moves the gateway's clock."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime, self.now = runtime, runtime.clock()
        runtime.clock = lambda: self.now

    def __call__(self, **span: float) -> None:
        self.now += timedelta(**span)


def test_a_message_without_id_that_comes_again_at_once_is_one_and_a_minute_later_two(
    runtime: Runtime, later: Later
) -> None:
    for seconds in (0, 0, 1, 8):  # the last across the border of two windows
        later(seconds=seconds)
        say(runtime, "armed men near Moa")
    say(runtime, "armed men near Moa", sender=OTHER)
    say(runtime, "armed men near Kipao")
    assert len(bodies(runtime)) == 3
    later(seconds=60)
    say(runtime, "armed men near Moa")
    assert bodies(runtime)[3:] == ["armed men near Moa"]


def test_the_made_id_tells_nothing(runtime: Runtime) -> None:
    say(runtime, "armed men near Moa")
    with runtime.database.reading() as session:
        (name,) = session.scalars(select(Message.provider_id))
    assert set(name) <= set("0123456789abcdef")
    assert len(name) == 64


def test_a_repeat_without_id_at_the_same_instant_is_one(runtime: Runtime) -> None:
    with ThreadPoolExecutor(4) as threads:
        for number in range(4):
            words = f"armed men near Moa {number}"
            list(threads.map(lambda _, words=words: say(runtime, words), range(4)))
    assert sorted(bodies(runtime)) == [f"armed men near Moa {number}" for number in range(4)]


def test_a_stop_without_id_is_obeyed_once_in_its_transaction(runtime: Runtime) -> None:
    say(runtime, "STOP")
    say(runtime, "STOP")
    with runtime.database.reading() as session:
        assert session.scalars(select(Message.state)).all() == ["processed"]
        assert session.scalars(select(Subscriber.state)).all() == ["stopped"]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3)))[1::2])
def test_parts_in_any_order_are_one_message_once_the_last_is_there(
    runtime: Runtime, order: tuple[int, ...]
) -> None:
    for number in order[:-1]:
        assert part(runtime, number) == []
        assert part(runtime, number) == []  # the company repeats it
    assert bodies(runtime) == []
    assert len(part(runtime, order[-1])) == 1
    assert part(runtime, order[-1]) == []
    assert bodies(runtime) == ["".join(LONG)]
    assert waiting(runtime) == 0


def test_parts_on_many_workers_at_once_are_one_message(runtime: Runtime) -> None:
    with ThreadPoolExecutor(6) as threads:
        for number in range(5):
            reference = str(number)
            parts = [1, 2, 3, 1, 2, 3]
            list(threads.map(lambda n, r=reference: part(runtime, n, reference=r), parts))
    assert bodies(runtime) == ["".join(LONG)] * 5
    assert waiting(runtime) == 0


def test_a_part_that_comes_again_under_another_id_makes_nothing_new(
    runtime: Runtime, later: Later
) -> None:
    for number in (1, 1, 2, 2, 3, 3):
        part(runtime, number, provider_id=uuid.uuid4().hex)
    later(seconds=90)
    take_in.join_overdue(runtime)
    assert bodies(runtime) == ["".join(LONG)]
    assert waiting(runtime) == 0


def test_two_messages_under_one_reference_lose_no_word(runtime: Runtime, later: Later) -> None:
    part(runtime, 1, total=2, body="one ", provider_id="a")
    part(runtime, 1, total=2, body="uno ", provider_id="b")
    part(runtime, 2, total=2, body="two", provider_id="c")
    part(runtime, 2, total=2, body="due", provider_id="d")
    assert sorted("".join(bodies(runtime)).replace("two", "two ").split()) == [
        "due", "one", "two", "uno",
    ]  # fmt: skip


def test_a_reference_used_anew_hours_later_is_another_message(
    runtime: Runtime, later: Later
) -> None:
    part(runtime, 1, total=2, body="first ", provider_id="a")
    later(hours=3)  # nobody swept meanwhile
    part(runtime, 2, total=2, body="fourth", provider_id="d")
    assert bodies(runtime) == ["first […]"]
    part(runtime, 1, total=2, body="third ", provider_id="c")
    assert bodies(runtime) == ["first […]", "third fourth"]
    later(hours=3)
    for number in (1, 2):
        part(runtime, number, total=2, body=f"{number} ", provider_id=f"again {number}")
    assert bodies(runtime)[2:] == ["1 2 "]


def test_what_waited_a_minute_is_read_with_a_gap_and_the_late_part_by_itself(
    runtime: Runtime, later: Later
) -> None:
    part(runtime, 1)
    later(seconds=50)
    part(runtime, 3)
    assert take_in.join_overdue(runtime) == 0
    later(seconds=11)
    assert take_in.join_overdue(runtime) == 1
    assert take_in.join_overdue(runtime) == 0
    part(runtime, 2)
    later(seconds=61)
    take_in.join_overdue(runtime)
    assert bodies(runtime) == [f"{LONG[0]}[…]{LONG[2]}", f"[…]{LONG[1]}[…]"]
    assert take_in.process_waiting(runtime, 10) == 2


def test_a_stop_in_parts_is_obeyed_in_the_transaction_that_joins_it(runtime: Runtime) -> None:
    part(runtime, 1, total=2, body="ST")
    part(runtime, 2, total=2, body="OP")
    with runtime.database.reading() as session:
        assert session.scalars(select(Message.state)).all() == ["processed"]
        assert session.scalars(select(Subscriber.state)).all() == ["stopped"]


@pytest.mark.parametrize(
    "odd", [Part("1", 1, 1), Part("1", 0, 2), Part("1", 3, 2), Part("1", 1, 999)]
)
def test_a_part_that_cannot_be_one_is_a_message_at_once(runtime: Runtime, odd: Part) -> None:
    keep(runtime, InboundSms("p", WITNESS, "20880", "armed men", part=odd))
    assert bodies(runtime) == ["armed men"]


def test_references_and_ids_of_any_shape_are_kept(runtime: Runtime) -> None:
    for reference in ("x" * 300, "a\x00b", "\ud800", ""):
        for number in (1, 2):
            given = Part(reference, number, 2)
            name = f"{reference[:5]}\ud800{number}" + "y" * 300
            keep(runtime, InboundSms(name, WITNESS, "1", f"{number}", part=given))
    assert bodies(runtime) == ["12"] * 4


def test_parts_of_two_people_and_two_accounts_stay_apart(runtime: Runtime) -> None:
    part(runtime, 1, total=2, body="a", sender=WITNESS)
    part(runtime, 2, total=2, body="b", sender=OTHER)
    sms = InboundSms("z", WITNESS, "1", "c", part=Part("7", 2, 2))
    take_in.keep(runtime, "elsewhere", [sms], runtime.clock())
    assert bodies(runtime) == []
    assert waiting(runtime) == 3


def test_parts_are_sealed_and_go_with_their_messages(runtime: Runtime, later: Later) -> None:
    for number in (1, 2, 3):
        part(runtime, number)
    with runtime.database.engine.connect() as connection:
        rows = connection.execute(text("SELECT * FROM message_parts")).all()
    assert not [words for words in LONG if words in str(rows)]
    assert WITNESS[1:] not in str(rows)
    later(days=runtime.settings.retention.messages_days + 1)
    assert upkeep.purge(runtime)["parts"] == 3
    with runtime.database.reading() as session:
        assert session.scalars(select(MessagePart)).all() == []


def test_whoever_writes_is_known_by_path_and_account(runtime: Runtime, tmp_path: Path) -> None:
    runtime.settings = routed(runtime, tmp_path, ["+254", "+2547"])
    say(runtime, "armed men near Moa")
    take_in.process_waiting(runtime, 10)
    assert road_of(runtime) == ("+2547", ACCOUNT)
    runtime.settings = routed(runtime, tmp_path, ["+254"])
    take_in.keep(runtime, "twilio", [InboundSms("t1", WITNESS, "1", "HELP")], runtime.clock())
    take_in.process_waiting(runtime, 10)
    assert road_of(runtime) == ("+254", "twilio")


def test_paths_follow_the_routes_once_they_change(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rerouting, "BATCH", 2)
    runtime.settings = routed(runtime, tmp_path, ["+254"])
    for number in range(5):
        say(runtime, "JOIN Moa", sender=f"+25471100030{number}")
    take_in.process_waiting(runtime, 10)
    assert rerouting.follow_routes(runtime) == 0  # they were known by them
    runtime.settings = routed(runtime, tmp_path, ["+254", "+25471"])
    assert rerouting.follow_routes(runtime) == 5
    assert rerouting.follow_routes(runtime) == 0
    assert road_of(runtime)[0] == "+25471"
    with runtime.database.reading() as session:
        assert session.get(Beat, "paths") is not None


def routed(runtime: Runtime, folder: Path, prefixes: list[str]) -> Settings:
    rows = ", ".join(f'{{prefix = "{one}", accounts = ["simulator"]}}' for one in prefixes)
    return settings_for(runtime.settings.database.url, folder, GATEWAY_ROUTES=f"[{rows}]")


def road_of(runtime: Runtime) -> tuple[str, str | None]:
    with runtime.database.reading() as session:
        row = session.execute(select(Subscriber.path, Subscriber.heard_on).limit(1)).one()
    return row[0], row[1]


def keep(runtime: Runtime, sms: InboundSms) -> list[int]:
    return take_in.keep(runtime, ACCOUNT, [sms], runtime.clock())


def say(runtime: Runtime, words: str, sender: str = WITNESS) -> list[int]:
    return keep(runtime, InboundSms("", sender, "20880", words))


def part(
    runtime: Runtime,
    number: int,
    *,
    total: int = 3,
    body: str | None = None,
    reference: str = "7",
    provider_id: str | None = None,
    sender: str = WITNESS,
) -> list[int]:
    words = LONG[number - 1] if body is None else body
    name = provider_id or f"{sender[-1]} {reference} {number}"
    sms = InboundSms(name, sender, "20880", words, part=Part(reference, number, total))
    return keep(runtime, sms)


def bodies(runtime: Runtime) -> list[str | None]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(Message.body).order_by(Message.id)))


def waiting(runtime: Runtime) -> int:
    with runtime.database.reading() as session:
        return len(
            session.scalars(select(MessagePart.id).where(MessagePart.message_id.is_(None))).all()
        )

"""Phones that fetch their messages, and messages that we fetch."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import update

from gateway.flow import collecting, take_in
from gateway.flow.polling import answer
from gateway.flow.receipts import collect_receipts
from gateway.providers.base import (
    Acknowledgement,
    InboundSms,
    Outgoing,
    Poll,
    PolledProvider,
    Provider,
    ProviderConfig,
    ProviderDown,
    Receipt,
)
from gateway.runtime import Runtime
from gateway.store.tables import AccountState, Message, Subscriber
from tests.databases import fresh_database
from tests.dispatch.scenes import ACCOUNT, Recorder, Scene
from tests.make import settings_for

ROUTES = '[{{prefix = "", accounts = {accounts}}}]'


class Phone(PolledProvider):
    """Fetches, and is answered in JSON."""

    type: ClassVar[str] = "phone"
    read_inbound = read_receipt = read_poll = Recorder.read_inbound  # type: ignore

    def answer_poll(self, poll: Poll, given: Sequence[Outgoing]) -> Acknowledgement:
        told = [[sms.to, sms.text, sms.reference] for sms in given]
        return Acknowledgement(200, "application/json", json.dumps(told or poll.taken))

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "application/json", "[]")


@pytest.fixture(params=["sqlite"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Claims are tried on both engines elsewhere; polls add no statement of another kind."""
    yield from fresh_database(request, tmp_path, "migrated")


@pytest.fixture
def scene(runtime: Runtime, now: datetime) -> Scene:
    return Scene(runtime, now)


@pytest.fixture
def phone(scene: Scene, tmp_path: Path) -> Phone:
    """The only account of the routes; a cloud stands beside it."""
    return _set_up(scene, tmp_path, ["desk"])


def _set_up(scene: Scene, folder: Path, accounts: list[str]) -> Phone:
    scene.runtime.settings = settings_for(
        scene.runtime.settings.database.url,
        folder,
        GATEWAY_PROVIDERS__CLOUD__TYPE="simulator",
        GATEWAY_PROVIDERS__DESK__TYPE="simulator",
        GATEWAY_ROUTES=ROUTES.format(accounts=json.dumps(accounts)),
    )
    phone = Phone(ProviderConfig("desk", "phone"))
    scene.runtime.providers = {"cloud": Recorder("cloud"), "desk": phone}
    return phone


def _ask(scene: Scene, phone: Phone, most: int = 0, **told: Any) -> list[Any]:
    """What it is given, each with number, text and reference; else what it may send now."""
    said = answer(scene.runtime, phone, Poll(most, **told))
    given: list[Any] = json.loads(said.body)
    return given


def test_a_phone_is_given_what_is_due_and_tells_what_became_of_it(
    scene: Scene, phone: Phone
) -> None:
    numbers = scene.people(3)
    scene.approved()
    given = _ask(scene, phone, 2)
    assert [to for to, _, _ in given] == numbers[:2]
    rest = _ask(scene, phone, 9)
    assert [to for to, _, _ in rest] == numbers[2:]
    assert _ask(scene, phone, 9) == []
    assert scene.states() == {"claimed": 3}
    names = tuple(name for _, _, name in given + rest)
    assert set(_ask(scene, phone, taken=(*names, names[0], "nobody's"))) == set(names)
    assert scene.states() == {"submitted": 3}
    assert _ask(scene, phone, taken=names[:1]) == [names[0]]  # the answer before was lost
    receipts = (
        Receipt("", "sent ok", "delivered", reference=names[0]),
        Receipt("", "no credit", "failed", reference=names[1]),
    )
    _ask(scene, phone, receipts=receipts)
    collect_receipts(scene.runtime)
    assert scene.states() == {"submitted": 1, "delivered": 1, "failed": 1}


def test_what_a_phone_never_acknowledges_is_offered_again_and_is_known_as_doubtful(
    scene: Scene, phone: Phone
) -> None:
    scene.people(1)
    scene.approved()
    ((_, _, name),) = _ask(scene, phone, 1)
    assert _ask(scene, phone, 1) == []
    scene.later(seconds=scene.runtime.settings.dispatch.lease_s + 1)
    assert [again for _, _, again in _ask(scene, phone, 1)] == [name]
    (delivery,) = scene.deliveries()
    assert (delivery.state, delivery.doubtful, delivery.attempts) == ("claimed", True, 2)
    scene.later(seconds=scene.runtime.settings.dispatch.lease_s + 1)
    scene.settle()  # the sweep has seen it first
    assert scene.states() == {"unknown": 1}
    assert _ask(scene, phone, taken=(name,)) == [name]
    assert _ask(scene, phone, 1) == []
    assert scene.states() == {"submitted": 1}


def test_a_receipt_proves_what_a_phone_did_not_acknowledge(scene: Scene, phone: Phone) -> None:
    scene.people(1)
    scene.approved()
    ((_, _, name),) = _ask(scene, phone, 1)
    _ask(scene, phone, receipts=(Receipt("", "done", "delivered", reference=name),))
    scene.later(seconds=scene.runtime.settings.dispatch.lease_s + 1)
    assert _ask(scene, phone, 1) == []
    assert scene.states() == {"delivered": 1}


def test_a_stop_a_cancel_and_an_exercise_keep_messages_from_a_phone(
    scene: Scene, phone: Phone
) -> None:
    first, _second = scene.people(2)
    alert = scene.approved()
    scene.text(first, "STOP")
    assert [to for to, _, _ in _ask(scene, phone, 1)] != [first]
    scene.cancel(alert)
    drill = scene.exercise()
    scene.people(1, first=10, exercise_id=drill)
    scene.approved(exercise_id=drill)
    left = _ask(scene, phone, 9)
    assert len(left) == 1
    assert left[0][0] == first  # their confirmation


def test_what_was_taken_back_meanwhile_the_phone_may_not_send(scene: Scene, phone: Phone) -> None:
    first, _second = scene.people(2)
    scene.approved()
    given = {to: name for to, _, name in _ask(scene, phone, 9)}
    scene.text(first, "STOP")
    assert _ask(scene, phone, taken=tuple(given.values())) == [
        name for to, name in given.items() if to != first
    ]
    assert _ask(scene, phone, taken=(given[first],)) == []
    assert scene.states(kind="alert") == {"withdrawn": 1, "submitted": 1}


def test_a_phone_behind_a_cloud_takes_over_while_the_cloud_fails(
    scene: Scene, tmp_path: Path
) -> None:
    phone = _set_up(scene, tmp_path, ["cloud", "desk"])
    scene.people(2)
    scene.approved()
    assert _ask(scene, phone, 9) == []
    with scene.runtime.database.writing() as session:
        session.add(AccountState(account="cloud", state="failing"))
    assert len(_ask(scene, phone, 9)) == 2


def test_answers_go_back_by_the_phone_and_warnings_by_what_last_arrived(
    scene: Scene, tmp_path: Path
) -> None:
    phone = _set_up(scene, tmp_path, ["cloud", "desk"])
    wrote, reached, neither = scene.people(3)
    _know(scene, wrote, heard_on="desk")
    _know(scene, reached, reached_by="desk")
    scene.approved()
    sms = InboundSms("d1", wrote, "1", "HELP")
    take_in.keep(scene.runtime, "desk", [sms], scene.now)
    sms = InboundSms("c1", neither, "1", "HELP")
    take_in.keep(scene.runtime, "cloud", [sms], scene.now)
    take_in.process_waiting(scene.runtime, 9)
    given = {to: text for to, text, _ in _ask(scene, phone, 9)}
    assert set(given) == {wrote, reached}
    assert "STOP" in given[wrote]


def _know(scene: Scene, number: str, **facts: str) -> None:
    index = scene.runtime.keys.index.of(number)
    with scene.runtime.database.writing() as session:
        session.execute(update(Subscriber).where(Subscriber.phone_index == index).values(**facts))


class Depot(Recorder):
    """Has messages to be fetched."""

    def __init__(self, *messages: InboundSms, error: Exception | None = None) -> None:
        super().__init__()
        self.messages, self.error = list(messages), error

    def collect_inbound(self, now: datetime) -> list[InboundSms]:
        if self.error:
            raise self.error
        return list(self.messages)

    def collected(self, messages: Sequence[InboundSms]) -> None:
        self.messages = [sms for sms in self.messages if sms not in messages]


@pytest.mark.parametrize("error", [ProviderDown("x"), RuntimeError("+254711000111"), OSError()])
def test_one_account_that_fails_holds_up_no_other_and_what_is_kept_is_told(
    scene: Scene, error: Exception
) -> None:
    bad, good = Depot(error=error), Depot(*(_sms(str(number)) for number in range(3)))
    depots: dict[str, Provider] = {"bad": bad, ACCOUNT: good, "plain": Recorder()}
    scene.runtime.providers = depots
    assert collecting.collect_inbound(scene.runtime) == 3
    assert good.messages == []
    good.messages = [_sms("2"), _sms("3")]  # its deletion was lost
    assert collecting.collect_inbound(scene.runtime) == 1
    assert scene.count(Message) == 4


def test_a_message_that_cannot_be_kept_stays_and_holds_up_no_other(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    depot = Depot(_sms("1"), _sms("2", "STOP"), _sms("3"))
    scene.runtime.providers = {ACCOUNT: depot}

    def fails(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(take_in, "process", fails)
        assert collecting.collect_inbound(scene.runtime) == 2
    assert [sms.provider_id for sms in depot.messages] == ["2"]
    assert collecting.collect_inbound(scene.runtime) == 1


def _sms(name: str, words: str = "armed men near Moa") -> InboundSms:
    return InboundSms(name, "+254711000111", "1", words)

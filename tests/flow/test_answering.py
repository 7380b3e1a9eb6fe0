"""Commands by SMS, from the message kept to the answer queued."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select

from gateway.flow import alerting, judging, take_in
from gateway.flow.sending import go_live
from gateway.providers.base import InboundSms
from gateway.runtime import Runtime
from gateway.store.tables import Consent, Delivery, Message, Subscriber, Subscription
from gateway.terms.geo import Position
from tests.make import make_incident, make_place, make_subscriber, make_user

PHONE = "+254700000123"


@pytest.fixture(autouse=True)
def villages(runtime: Runtime) -> None:
    with runtime.database.writing() as session:
        make_place(session)
        make_place(session, "Kipini", Position(-2.52565, 40.5262))
        make_place(session, "Kipini", Position(-2.5077, 40.4214), kind="ward", source_id="ward")
        make_place(session, "Bomani", Position(-4.25, 39.15), county="Kwale")
        make_place(session, "Bomani", Position(-3.87, 39.73), county="Kilifi", source_id="other")


def test_join_with_a_place_subscribes_and_makes_it_home(runtime: Runtime) -> None:
    assert "Moa" in say(runtime, "JOIN Moa")[0]
    person = me(runtime)
    assert (person.state, round(person.lat or 0, 2)) == ("subscribed", -2.35)
    assert acts(runtime) == ["joined"]


def test_join_without_a_place_asks_for_one_and_place_answers(runtime: Runtime) -> None:
    assert "PLACE" in say(runtime, "join")[0]
    assert "Kipini" in say(runtime, "PLACE Kipini")[0]
    assert round(me(runtime).lon or 0, 3) == 40.526  # the village, not the ward of its name


@pytest.mark.parametrize("words", ["Bomani, Kilifi", "bomani kilifi", "BOMANI KILIFI"])
def test_a_name_of_two_places_is_asked_about_and_its_county_decides(
    runtime: Runtime, words: str
) -> None:
    answer = say(runtime, "JOIN Bomani")[0]
    assert "Bomani, Kwale" in answer
    assert "Bomani, Kilifi" in answer
    assert me(runtime).place_id is None
    say(runtime, f"PLACE {words}")
    assert round(me(runtime).lat or 0, 2) == -3.87


def test_an_unknown_place_joins_all_the_same_and_says_so(runtime: Runtime) -> None:
    assert "Xanadu" in say(runtime, "JOIN Xanadu")[0]
    assert me(runtime).state == "subscribed"


@pytest.mark.parametrize("word", ["STOP", "stop.", "UNSUBSCRIBE", "acha", "ARRET", "Stop all"])
def test_stop_is_obeyed_where_it_is_kept_confirmed_once_and_then_silent(
    runtime: Runtime, word: str
) -> None:
    say(runtime, "JOIN Moa")
    keep(runtime, word)  # no job has run
    assert me(runtime).state == "stopped"
    assert kinds(runtime) == ["confirmation"]
    for text in (word, "HELP", "armed men near Moa"):
        say(runtime, text)
    assert kinds(runtime) == ["confirmation"]
    assert acts(runtime) == ["joined", "stopped", "stopped"]


def test_a_stop_is_not_undone_by_an_older_message_that_was_read_later(runtime: Runtime) -> None:
    for text in ("JOIN Moa", "START", "STOP"):
        keep(runtime, text)
    take_in.process_waiting(runtime, 10)
    assert me(runtime).state == "stopped"
    assert kinds(runtime) == ["confirmation"]


def test_a_start_after_the_stop_counts_even_when_all_are_read_late(runtime: Runtime) -> None:
    for text in ("JOIN Moa", "STOP", "START"):
        keep(runtime, text)
    take_in.process_waiting(runtime, 10)
    assert me(runtime).state == "subscribed"


def test_stops_of_one_instant_are_confirmed_once(runtime: Runtime) -> None:
    say(runtime, "JOIN Moa")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: keep(runtime, "STOP"), range(4)))
    assert kinds(runtime).count("confirmation") == 1


@pytest.mark.parametrize("words", ["moa village", "Moa kijiji", "the village of Moa please"])
def test_a_village_may_be_called_a_village(runtime: Runtime, words: str) -> None:
    say(runtime, f"JOIN {words}")
    assert round(me(runtime).lat or 0, 2) == -2.35


def test_place_tells_who_never_joined_that_they_get_no_warnings_yet(runtime: Runtime) -> None:
    assert "JOIN" in say(runtime, "PLACE Moa")[0]
    assert me(runtime).state == "pending"


def test_status_does_not_repeat_a_warning_whose_incident_is_no_longer_verified(
    runtime: Runtime,
) -> None:
    with runtime.database.writing() as session:
        first, second = make_user(session), make_user(session, "brian")
        make_subscriber(session, runtime.keys, "+254700000555")
        incident = make_incident(session, runtime.clock(), state="verified")
        alert = alerting.draft(runtime, session, incident.id, first, runtime.clock())
        alerting.submit(runtime, session, alert.id, first, 1, runtime.clock())
        alerting.approve(runtime, session, alert.id, second, 1, runtime.clock())
        incident_id = incident.id
    go_live(runtime)
    assert "Armed" in say(runtime, "STATUS Moa")[0]
    with runtime.database.writing() as session:
        judging.refute(session, incident_id, first, "the chief was wrong", runtime.clock())
    assert "Armed" not in say(runtime, "STATUS Moa")[0]


def test_start_brings_back_the_old_place(runtime: Runtime) -> None:
    for text in ("JOIN Moa", "STOP", "START"):
        say(runtime, text)
    assert (me(runtime).state, me(runtime).place_id is not None) == ("subscribed", True)
    assert acts(runtime) == ["joined", "stopped", "started"]


def test_what_the_company_answered_is_not_answered_again(runtime: Runtime) -> None:
    say(runtime, "JOIN Moa")
    keep(runtime, "I want out", opt="stop")
    assert me(runtime).state == "stopped"
    assert kinds(runtime) == []


def test_lang_changes_the_language_of_answers(runtime: Runtime) -> None:
    say(runtime, "LANG francais")
    assert me(runtime).language == "fr"
    assert "SW" in say(runtime, "LANG klingon")[0]


def test_the_language_of_a_command_is_that_of_the_person(runtime: Runtime) -> None:
    say(runtime, "jiunge Moa")
    assert me(runtime).language == "sw"


def test_a_second_place_is_added_and_place_moves_the_home(runtime: Runtime) -> None:
    for text in ("JOIN Moa", "JOIN Kipini"):
        say(runtime, text)
    with runtime.database.reading() as session:
        assert len(session.scalars(select(Subscription)).all()) == 2
    assert round(me(runtime).lon or 0, 2) == 40.32
    say(runtime, "PLACE Kipini")
    assert round(me(runtime).lon or 0, 2) == 40.53


def test_status_knows_home_or_asks_where(runtime: Runtime) -> None:
    assert "Moa" in say(runtime, "STATUS Moa")[0]
    assert say(runtime, "STATUS")[0] != say(runtime, "STATUS Moa")[0]


def test_one_phone_gets_only_so_many_answers_in_an_hour(runtime: Runtime) -> None:
    for _ in range(12):
        keep(runtime, "HELP")
    take_in.process_waiting(runtime, 50)
    assert len(kinds(runtime)) == runtime.settings.policy.replies_per_hour


def keep(runtime: Runtime, text: str, opt: str | None = None) -> None:
    sms = InboundSms(uuid.uuid4().hex, PHONE, "20880", text, opt=opt)
    take_in.keep(runtime, "simulator", [sms], runtime.clock())


def say(runtime: Runtime, text: str) -> list[str]:
    """Sends a message and returns the texts of the new answers, which then count as sent."""
    with runtime.database.reading() as session:
        last = max([0, *session.scalars(select(Delivery.id))])
    keep(runtime, text)
    take_in.process_waiting(runtime, 10)
    with runtime.database.reading() as session:
        assert set(session.scalars(select(Message.state))) == {"processed"}
        found = session.scalars(select(Delivery).where(Delivery.id > last)).all()
        return [delivery.body or "" for delivery in found if delivery.kind == "reply"]


def me(runtime: Runtime) -> Subscriber:
    index = runtime.keys.index.of(PHONE)
    with runtime.database.reading() as session:
        return session.scalars(select(Subscriber).where(Subscriber.phone_index == index)).one()


def acts(runtime: Runtime) -> list[str]:
    with runtime.database.reading() as session:
        return list(session.scalars(select(Consent.act).order_by(Consent.id)))


def kinds(runtime: Runtime) -> list[str]:
    """Of what still waits to be sent."""
    with runtime.database.reading() as session:
        return list(
            session.scalars(
                select(Delivery.kind).where(Delivery.state == "queued").order_by(Delivery.id)
            )
        )

"""A modem on SMSD, by its database: real tables of SQLite and PostgreSQL."""

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.dialects import mysql

from gateway.providers.base import (
    HandoverUnknown,
    InboundSms,
    Misconfigured,
    NotAuthentic,
    Part,
    ProviderConfig,
    ProviderDown,
    Rejected,
    Unreadable,
)
from gateway.providers.gammu import Gammu, from_environment
from gateway.providers.smsd_coding import part_of, parts_of, validity
from gateway.providers.smsd_tables import INBOX
from gateway.terms import gsm7
from tests.postgres import shared_server

from .making import NOW, make_request, make_sms
from .smsd import Smsd


def make(url: str, timeout_s: float = 1.0, **options: str) -> Gammu:
    given = {"database": url} | options
    config = ProviderConfig("desk", "gammu", options=given, timeout_s=timeout_s)
    return Gammu(config, clock=lambda: NOW)


@pytest.fixture
def smsd(tmp_path: Path) -> Iterator[Smsd]:
    smsd = Smsd(f"sqlite:///{tmp_path}/smsd.db")
    yield smsd
    smsd.close()


@pytest.fixture
def gammu(smsd: Smsd) -> Iterator[Gammu]:
    gammu = make(smsd.url)
    yield gammu
    gammu._engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Smsd]:
    if request.param == "sqlite":
        yield Smsd(f"sqlite:///{tmp_path}/smsd.db")
        return
    url = shared_server().new_database()
    yield Smsd(url)
    shared_server().drop(url)


def test_a_message_goes_out_comes_in_and_is_reported_on_either_engine(either: Smsd) -> None:
    gammu, long = make(either.url), "ghasia " * 40
    sent = gammu.send(make_sms(text=long, urgent=True))
    assert gammu.look_up(make_sms(), NOW) == sent
    (row,) = either.rows("outbox")
    assert (row["MultiPart"] in (True, "true"), row["Priority"]) == (True, 1)
    (second,) = either.rows("outbox_multipart")
    assert row["TextDecoded"] + second["TextDecoded"] == long
    either.has_sent(int(sent.provider_id), "DeliveryOK")
    (receipt,) = gammu.collect_receipts(NOW)
    assert (receipt.provider_id, receipt.state) == (sent.provider_id, "delivered")

    either.receives(TextDecoded="Daad")
    (sms,) = gammu.collect_inbound(NOW)
    assert gammu.collect_inbound(NOW) == [sms]
    gammu.collected([sms])
    assert gammu.collect_inbound(NOW) == []
    gammu._engine.dispose()
    either.close()


def test_a_short_message_is_one_row_as_the_daemon_wants_it(smsd: Smsd, gammu: Gammu) -> None:
    sent = gammu.send(make_sms(expires_at=NOW + timedelta(hours=1)))
    (row,) = smsd.rows("outbox")
    wanted = {
        "ID": int(sent.provider_id), "DestinationNumber": "+254700000002", "Text": None,
        "TextDecoded": "Flood: go uphill now", "Coding": "Default_No_Compression", "UDH": None,
        "Class": -1, "MultiPart": "false", "RelativeValidity": 11, "SenderID": None,
        "DeliveryReport": "yes", "CreatorID": "d-1", "Priority": 0,
    }  # fmt: skip
    assert {name: row[name] for name in wanted} == wanted
    assert smsd.rows("outbox_multipart") == []


def test_a_text_outside_the_gsm_alphabet_is_sent_as_unicode(smsd: Smsd, gammu: Gammu) -> None:
    gammu.send(make_sms(text="ውሃ " * 30))
    (row,) = smsd.rows("outbox")
    assert row["Coding"] == "Unicode_No_Compression"
    assert row["UDH"].startswith("050003")
    assert row["UDH"].endswith("0201")
    assert [part["UDH"][-4:] for part in smsd.rows("outbox_multipart")] == ["0202"]


def test_tables_of_an_older_daemon_know_no_priority(tmp_path: Path) -> None:
    smsd = Smsd(f"sqlite:///{tmp_path}/old.db", old=True)
    assert make(smsd.url).send(make_sms(urgent=True)).provider_id == "1"
    smsd.close()


def test_one_daemon_of_several_gets_its_own_and_gives_its_own(smsd: Smsd) -> None:
    gammu = make(smsd.url, phone_id="m", delivery_report="no")
    gammu.send(make_sms())
    assert smsd.rows("outbox")[0]["SenderID"] == "m"
    assert smsd.rows("outbox")[0]["DeliveryReport"] == "no"
    smsd.receives(TextDecoded="ours")
    smsd.receives(TextDecoded="theirs", RecipientID="other")
    assert [sms.text for sms in gammu.collect_inbound(NOW)] == ["ours"]
    smsd.has_sent(1, "SendingOK")
    smsd.has_sent(2, "SendingOK", SenderID="other")
    assert [one.provider_id for one in gammu.collect_receipts(NOW)] == ["1"]


@pytest.mark.parametrize("text", ["a" * 161, "€" * 100, "😀" * 40, "x" * 152 + "€" + "y" * 160])
def test_a_long_text_is_cut_as_it_is_counted_and_loses_nothing(text: str) -> None:
    parts = parts_of(text)
    assert "".join(parts) == text
    assert len(parts) == gsm7.segments(text)
    assert all(gsm7.segments(part) == 1 for part in parts)


def test_a_text_of_more_parts_than_can_be_counted_is_rejected(gammu: Gammu, smsd: Smsd) -> None:
    with pytest.raises(Rejected, match="too-long"):
        gammu.send(make_sms(text="x" * (153 * 255 + 1)))
    assert smsd.rows("outbox") == []


def test_a_look_up_finds_what_waits_and_what_was_sent_and_knows_what_is_not_there(
    smsd: Smsd, gammu: Gammu
) -> None:
    sent = gammu.send(make_sms())
    assert gammu.look_up(make_sms(), NOW) == sent
    smsd.run("DELETE FROM outbox")
    assert gammu.look_up(make_sms(), NOW) is None
    smsd.has_sent(1, "SendingError")
    assert gammu.look_up(make_sms(), NOW) == sent


@pytest.mark.parametrize("status", [one for one in Gammu.STATES if one != "Reserved"])
def test_every_status_has_its_state(smsd: Smsd, gammu: Gammu, status: str) -> None:
    smsd.has_sent(7, status)
    (receipt,) = gammu.collect_receipts(NOW)
    assert (receipt.provider_id, receipt.reference) == ("7", "d-1")
    assert (receipt.status, receipt.state) == (status, Gammu.STATES[status])
    assert receipt.error_code == (status if receipt.state == "failed" else None)
    assert receipt.transient == (status == "SendingError")


def test_what_the_operator_reports_is_told_with_its_code(smsd: Smsd, gammu: Gammu) -> None:
    smsd.has_sent(7, "DeliveryFailed", StatusError=0x41)
    smsd.has_sent(8, "DeliveryFailed", StatusError=0x61)
    first, second = gammu.collect_receipts(NOW)
    assert (first.error_code, first.transient) == ("tp-status-65", False)
    assert (second.error_code, second.transient) == ("tp-status-97", True)


def test_each_status_is_told_once(smsd: Smsd, gammu: Gammu) -> None:
    smsd.has_sent(7, "SendingOK")
    assert [one.state for one in gammu.collect_receipts(NOW)] == ["submitted"]
    assert gammu.collect_receipts(NOW) == []
    smsd.has_sent(7, "DeliveryOK")
    smsd.has_sent(8, "SendingOK")
    assert {one.provider_id for one in gammu.collect_receipts(NOW)} == {"7", "8"}
    assert gammu.collect_receipts(NOW) == []


def test_a_clock_set_back_hides_no_status(smsd: Smsd, gammu: Gammu) -> None:
    smsd.has_sent(7, "SendingOK", UpdatedInDB="2026-11-20 09:00:00")
    assert len(gammu.collect_receipts(NOW)) == 1
    smsd.has_sent(8, "SendingOK", UpdatedInDB="2026-11-20 08:00:01")
    assert [one.provider_id for one in gammu.collect_receipts(NOW)] == ["8"]


def test_a_new_process_tells_the_last_day_and_not_the_years_before(
    smsd: Smsd, gammu: Gammu
) -> None:
    smsd.has_sent(6, "DeliveryOK", UpdatedInDB="2026-11-18 09:00:00")
    smsd.has_sent(7, "DeliveryOK", UpdatedInDB="2026-11-19 10:00:00")
    smsd.has_sent(8, "DeliveryOK", UpdatedInDB="2026-11-20 09:00:00")
    assert [one.provider_id for one in gammu.collect_receipts(NOW)] == ["7", "8"]


@pytest.mark.parametrize(
    ("statuses", "state"),
    [
        (("DeliveryOK", "DeliveryOK"), "delivered"),
        (("DeliveryOK", "SendingOK"), "submitted"),
        (("DeliveryFailed", "DeliveryOK"), "failed"),
    ],
)
def test_a_long_message_has_arrived_when_all_its_parts_have(
    smsd: Smsd, gammu: Gammu, statuses: tuple[str, ...], state: str
) -> None:
    for position, status in enumerate(statuses, start=1):
        smsd.has_sent(7, status, SequencePosition=position)
    assert [one.state for one in gammu.collect_receipts(NOW)] == [state]


def test_messages_of_other_programs_are_not_ours_to_tell(smsd: Smsd, gammu: Gammu) -> None:
    smsd.has_sent(7, "SendingOK", CreatorID="Gammu 1.42.0")
    assert gammu.collect_receipts(NOW) == []


def test_the_parts_of_a_long_message_are_joined_in_order(smsd: Smsd, gammu: Gammu) -> None:
    smsd.receives(TextDecoded="two", UDH="050003D30202")
    smsd.receives(TextDecoded="alone")
    smsd.receives(TextDecoded="one ", UDH="050003D30201")
    joined, alone = gammu.collect_inbound(NOW)
    assert (joined.text, joined.provider_id, joined.part) == ("one two", "m:3-1", None)
    assert (alone.text, alone.provider_id) == ("alone", "m:2")
    gammu.collected([joined, alone])
    assert gammu.collect_inbound(NOW) == []


def test_a_part_that_is_alone_is_given_as_a_part(smsd: Smsd, gammu: Gammu) -> None:
    smsd.receives(TextDecoded="two", UDH="06080401F40302", SenderNumber="+252615550002")
    smsd.receives(TextDecoded="one", UDH="050003010201")
    first, second = gammu.collect_inbound(NOW)
    assert first.part == Part("01f4", 2, 3)
    assert second.part == Part("01", 1, 2)


def test_a_part_that_came_twice_waits_for_the_next_look(smsd: Smsd, gammu: Gammu) -> None:
    for text in ("one ", "two", "one "):
        number = 1 if text == "one " else 2
        smsd.receives(TextDecoded=text, UDH=f"050003D3020{number}")
    (joined,) = gammu.collect_inbound(NOW)
    assert joined.text == "one two"
    gammu.collected([joined])
    (again,) = gammu.collect_inbound(NOW)
    assert again.part == Part("d3", 1, 2)


@pytest.mark.parametrize("udh", ["", "zz", "05", "050003D30100", "050003D30203", "0003", "0B0504"])
def test_another_header_makes_no_part(udh: str) -> None:
    assert part_of(udh) is None


def test_a_message_that_is_no_text_is_counted_as_media(smsd: Smsd, gammu: Gammu) -> None:
    smsd.receives(Coding="8bit", SenderNumber="")
    (sms,) = gammu.collect_inbound(NOW)
    assert (sms.text, sms.media, sms.sender) == ("", 1, "unknown")


@pytest.mark.parametrize(
    ("minutes", "octet"),
    [(0, 0), (9, 0), (10, 1), (720, 143), (750, 144), (1440, 167), (2879, 167), (2880, 168),
     (43_200, 196), (50_400, 197), (10_000_000, 255)],
)  # fmt: skip
def test_the_network_gives_up_before_the_warning_expires(minutes: int, octet: int) -> None:
    assert validity(NOW + timedelta(minutes=minutes), NOW) == octet


def test_a_message_that_expires_never_has_no_validity() -> None:
    assert validity(None, 0) == -1


def test_a_database_that_is_gone_is_a_provider_that_is_down(tmp_path: Path) -> None:
    gammu = make(f"sqlite:///{tmp_path}/nowhere/smsd.db")
    for ask in (gammu.send, lambda sms: gammu.look_up(sms, NOW)):
        with pytest.raises(ProviderDown) as caught:
            ask(make_sms())
        assert type(caught.value) is ProviderDown
    for collect in (gammu.collect_inbound, gammu.collect_receipts):
        with pytest.raises(ProviderDown):
            collect(NOW)


@pytest.mark.parametrize(
    ("lock", "kind"),
    [
        ("BEGIN IMMEDIATE", ProviderDown),  # nothing could be written
        ("BEGIN; SELECT * FROM inbox", HandoverUnknown),  # all but the end of the transaction was
    ],
)
def test_a_database_that_is_busy_is_down_and_in_doubt_once_the_row_was_made(
    smsd: Smsd, lock: str, kind: type[ProviderDown]
) -> None:
    gammu = make(smsd.url, timeout_s=0.1)
    smsd.receives(TextDecoded="x")
    with contextlib.closing(sqlite3.connect(smsd.url.removeprefix("sqlite:///"))) as other:
        for statement in lock.split("; "):
            held = other.execute(statement)
        with pytest.raises(ProviderDown) as caught:
            gammu.send(make_sms())
        held.close()
    assert type(caught.value) is kind
    assert gammu.look_up(make_sms(), NOW) is None


def test_a_database_that_is_not_smsds_is_told_and_not_its_rows(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    gammu = make(f"sqlite:///{tmp_path}/empty.db")
    with pytest.raises(Misconfigured, match="not-the-tables-of-smsd") as caught:
        gammu.send(make_sms(text="A secret place"))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert "secret place" not in caplog.text
    assert "254700000002" not in caplog.text


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"database": ""}, "lacks: database"),
        (
            {"database": "mysql+pymysql://smsd:hush@localhost/smsd"},
            "driver 'pymysql' .*pip install",
        ),
        ({"database": "oracle+oracledb://smsd:hush@localhost/smsd"}, "oracledb|none of sqlite"),
        ({"database": "dbase://hush"}, "does not know"),
        ({"database": "/var/spool/hush.db"}, "is no address such as"),
        ({"database": "sqlite:///x", "delivery_report": "maybe"}, "delivery_report"),
    ],
)
def test_settings_that_cannot_work_say_what_to_mend_and_no_password(
    options: dict[str, str], told: str
) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        make("", **options)
    assert "hush" not in str(caught.value)


def test_a_password_may_stand_apart_from_the_address() -> None:
    gammu = make("postgresql+psycopg://smsd@localhost/smsd", password="hush")
    assert gammu._address.password == "hush"
    assert "hush" not in repr(gammu._address)


def test_mysql_knows_yes_and_no_as_words() -> None:
    statement = INBOX.update().values(Processed=True).compile(dialect=mysql.dialect())
    process = INBOX.c.Processed.type.dialect_impl(mysql.dialect()).bind_processor(mysql.dialect())
    assert process is not None
    assert process(statement.params["Processed"]) == "true"


def test_nobody_calls_it() -> None:
    gammu = make("sqlite://")
    for read in (gammu.read_inbound, gammu.read_receipt):
        with pytest.raises(NotAuthentic):
            read(make_request())


ENVIRON = {"SMS_MESSAGES": "1", "SMS_1_NUMBER": "+252615550001", "SMS_1_TEXT": "Daad"}
READ = InboundSms("m:42", "+252615550001", "", "Daad")


@pytest.mark.parametrize(
    ("changes", "sms"),
    [
        ({"PHONE_ID": "m"}, READ),
        ({}, replace(READ, provider_id="42")),
        ({"SMS_1_TEXT": "a\udcffb"}, replace(READ, provider_id="42", text="a�b")),
        ({"SMS_1_TEXT": None}, replace(READ, provider_id="42", text="", media=1)),
        ({"SMS_1_NUMBER": None}, replace(READ, provider_id="42", sender="unknown")),
    ],
)
def test_what_the_daemon_hands_a_program_is_read(changes: Any, sms: InboundSms) -> None:
    environ = {name: value for name, value in (ENVIRON | changes).items() if value is not None}
    assert from_environment(environ, ["42"]) == sms


def test_the_same_message_has_one_name_by_both_ways(smsd: Smsd, gammu: Gammu) -> None:
    smsd.receives(TextDecoded="a", UDH="050003D30201")
    smsd.receives(TextDecoded="b", UDH="050003D30202")
    (sms,) = gammu.collect_inbound(NOW)
    environ = ENVIRON | {"PHONE_ID": "m", "SMS_MESSAGES": "2"}
    assert from_environment(environ, ["1", "2"]).provider_id == sms.provider_id


@pytest.mark.parametrize("count", ["", "0", "-1", "many", "1000"])
def test_an_environment_without_a_message_is_unreadable(count: str) -> None:
    with pytest.raises(Unreadable):
        from_environment(ENVIRON | {"SMS_MESSAGES": count}, ["42"])

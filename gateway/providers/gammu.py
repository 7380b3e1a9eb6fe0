"""Gammu SMSD: a modem or phone on a cable, spoken to through the SMS daemon's own database.

https://docs.gammu.org/smsd/tables.html
https://docs.gammu.org/smsd/sql.html
https://docs.gammu.org/smsd/run.html

Options: ``database`` (SQLAlchemy address of SMSD's database: sqlite, mysql or postgresql; its
driver must be installed), ``password`` (of that database, if not in the address), ``phone_id``
(SMSD's PhoneID, where several daemons share the database), ``delivery_report`` (yes or no; yes).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, TypeVar

from sqlalchemy import Connection, Engine, RowMapping, create_engine, inspect, select
from sqlalchemy.exc import DataError, DBAPIError, ProgrammingError, SQLAlchemyError

from gateway.plumbing.clock import Clock, system_clock
from gateway.providers.base import (
    Acknowledgement,
    HandoverUnknown,
    InboundSms,
    Limits,
    Misconfigured,
    NotAuthentic,
    Outgoing,
    Part,
    Provider,
    ProviderConfig,
    ProviderDown,
    Receipt,
    Rejected,
    SendError,
    Submission,
    Unreadable,
    WebhookRequest,
)
from gateway.providers.options import absent, yes
from gateway.providers.reading import word
from gateway.providers.smsd_coding import headers, part_of, parts_of, validity
from gateway.providers.smsd_tables import (
    INBOX,
    OUTBOX,
    OUTBOX_MULTIPART,
    SENTITEMS,
    address,
)
from gateway.providers.talking import check_expiry
from gateway.terms import gsm7

MOST = 500  # inbound rows a look
MOST_PARTS = 255  # what the header of a long SMS can count
FIRST_LOOK = timedelta(days=1)  # how old a receipt a new process still tells
OVERLAP = timedelta(hours=2)  # SMSD writes local time, which may be set back
UNKNOWN_SENDER = "unknown"

_T = TypeVar("_T")


class Gammu(Provider):
    """One modem, or those of one SMSD database."""

    type: ClassVar[str] = "gammu"
    ASKABLE: ClassVar[bool] = True
    LIMITS: ClassVar[Limits] = Limits(per_second=0.2)  # a modem needs about five seconds for one
    STATES: ClassVar[Mapping[str, str | None]] = {
        "Reserved": "submitted",  # waits for the modem
        "SendingOK": "submitted",  # the operator has it, a report is awaited
        "SendingOKNoReport": "submitted",  # the operator has it, no report was asked for
        "SendingError": "failed",  # the modem could not send it
        "DeliveryOK": "delivered",  # the handset has it
        "DeliveryFailed": "failed",  # the operator's report; see StatusError
        "DeliveryPending": "submitted",  # the operator keeps trying
        "DeliveryUnknown": "submitted",  # a report that says nothing
        "Error": "failed",  # SMSD could not make an SMS of it
    }

    def __init__(self, config: ProviderConfig, clock: Clock = system_clock) -> None:
        super().__init__(config)
        self._phone = config.options.get("phone_id", "")
        self._report = "yes" if yes(config, "delivery_report", "yes") else "no"
        self._clock = clock
        self._address = address(config)
        self._timeout_s = config.timeout_s
        self._told: dict[str, str] = {}

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return absent(config, "database")

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        """Nobody calls us: its database is asked."""
        raise NotAuthentic

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        """Nobody calls us: its database is asked."""
        raise NotAuthentic

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "text/plain", "")

    def send(self, sms: Outgoing) -> Submission:
        parts = parts_of(sms.text)
        if len(parts) > MOST_PARTS:
            raise Rejected("too-long")
        check_expiry(sms, self._clock())
        row = self._row(sms)
        number = self._transact(lambda db: _insert(db, row, parts, sms), writes=True)
        return Submission(str(number))

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        """Its row still waits or has been sent; in between it stands in both tables."""
        del since  # our reference is exact
        number = self._transact(lambda db: _find(db, sms.reference))
        return None if number is None else Submission(str(number))

    def collect_receipts(self, now: datetime) -> list[Receipt]:
        """What changed in ``sentitems``, each status of a message once in this process."""
        del now  # its times are local
        rows = self._transact(self._changed)
        told = {str(number): status for number, (status, _, _) in rows.items()}
        fresh = [
            _receipt(number, creator, status, error)
            for number, (status, error, creator) in rows.items()
            if self._told.get(str(number)) != status
        ]
        self._told = told
        return fresh

    def collect_inbound(self, now: datetime) -> list[InboundSms]:
        """Rows not yet processed; the parts of a long message as one where all of them are there.

        SMSD writes the parts one after another, so some may be missing for a moment.
        """
        del now
        waiting = select(INBOX).where(INBOX.c.Processed.in_([False]))
        if self._phone:
            waiting = waiting.where(INBOX.c.RecipientID == self._phone)
        waiting = waiting.order_by(INBOX.c.ID).limit(MOST)
        rows = self._transact(lambda db: db.execute(waiting).mappings().all())
        whole: dict[tuple[str, str, int], dict[int, RowMapping]] = {}
        for row in rows:
            own = Part(str(row["ID"]), 1, 1)  # a message of its own
            part = part_of(word(row["UDH"])) or own
            key = (word(row["SenderNumber"]), part.reference, part.total)
            whole.setdefault(key, {}).setdefault(part.number, row)
        return [
            sms for (_, mark, total), found in whole.items() for sms in _joined(mark, total, found)
        ]

    def collected(self, messages: Sequence[InboundSms]) -> None:
        numbers = [
            int(number)
            for sms in messages
            for number in sms.provider_id.rpartition(":")[2].split("-")
            if number.isdecimal()
        ]
        done = INBOX.update().where(INBOX.c.ID.in_(numbers)).values(Processed=True)
        self._transact(lambda db: db.execute(done))

    @cached_property
    def _engine(self) -> Engine:
        """Its errors and logs show no row."""
        wait = {"timeout": self._timeout_s}
        if self._address.get_backend_name() != "sqlite":
            wait = {"connect_timeout": max(1, round(self._timeout_s))}
        return create_engine(
            self._address, connect_args=wait, hide_parameters=True, pool_pre_ping=True
        )

    def _row(self, sms: Outgoing) -> dict[str, Any]:
        unicode = gsm7.encoding_of(sms.text) == "UCS-2"
        return {
            "DestinationNumber": sms.to,
            "Coding": "Unicode_No_Compression" if unicode else "Default_No_Compression",
            "Class": -1,  # no class: an SMS as any other, kept by the handset
            "RelativeValidity": validity(sms.expires_at, self._clock()),
            "SenderID": self._phone or None,  # which daemon sends it; without, any does
            "DeliveryReport": self._report,
            "CreatorID": sms.reference,
        }

    def _changed(self, connection: Connection) -> dict[int, tuple[str, int, str]]:
        """The status, its error and our reference of each message that changed of late."""
        table, mine = SENTITEMS.c, []
        if self._phone:
            mine = [table.SenderID == self._phone]
        newest = connection.scalar(
            select(table.UpdatedInDB).where(*mine).order_by(table.UpdatedInDB.desc()).limit(1)
        )
        if newest is None:
            return {}
        since = newest - (OVERLAP if self._told else FIRST_LOOK)
        late = select(table.ID).where(table.UpdatedInDB >= since, *mine)
        rows = connection.execute(
            select(SENTITEMS).where(table.ID.in_(late), *mine).order_by(table.ID)
        ).mappings()
        found: dict[int, tuple[str, int, str]] = {}
        for row in rows:
            creator = word(row["CreatorID"])
            if re.fullmatch(r"[\w-]{1,64}", creator):  # not of another program
                said = (word(row["Status"]), int(row["StatusError"]), creator)
                found[row["ID"]] = max(found.get(row["ID"], said), said, key=_weight)
        return found

    def _transact(self, work: Callable[[Connection], _T], *, writes: bool = False) -> _T:
        """A transaction. What breaks while it ends may have been written all the same.

        So may whatever breaks in MySQL, whose tables SMSD made without transactions for long.
        """
        unsure, fault = False, SendError()
        try:
            with self._engine.begin() as db:
                unsure = writes and db.dialect.name in ("mysql", "mariadb")
                done = work(db)
                unsure = writes
            return done
        except SQLAlchemyError as error:
            fault = HandoverUnknown("database-lost") if unsure else _fault(error)
        except (ValueError, TypeError, OverflowError):  # what no column of its tables can hold
            fault = Rejected("unusable-text")
        # Raised out here so that the cause, which may quote a row, hangs on no traceback.
        raise fault


def from_environment(environ: Mapping[str, str], ids: Sequence[str]) -> InboundSms:
    """The message that SMSD's RunOnReceive hands its program; ``ids`` are the program's arguments.

    Raises Unreadable.
    """
    count, decoded = _count(environ, "SMS_MESSAGES"), _count(environ, "DECODED_PARTS")
    sender = word(environ.get("SMS_1_NUMBER", ""))
    if not count:
        raise Unreadable("SMS_MESSAGES says that there is none")
    kind, most = ("DECODED", decoded) if decoded else ("SMS", count)
    text = "".join(environ.get(f"{kind}_{n}_TEXT", "") for n in range(1, most + 1))
    has_text = any(f"{kind}_{n}_TEXT" in environ for n in range(1, most + 1))
    return InboundSms(
        provider_id=_inbound_id(word(environ.get("PHONE_ID", "")), ids) if ids else "",
        sender=sender or UNKNOWN_SENDER,
        recipient="",
        text=text.encode("utf-8", "surrogateescape").decode("utf-8", "replace"),
        media=0 if has_text else 1,
    )


def _count(environ: Mapping[str, str], name: str) -> int:
    given = environ.get(name, "0")
    if not re.fullmatch(r"[0-9]{1,3}", given):
        raise Unreadable(f"{name} is no number")
    return int(given)


def _inbound_id(phone: str, numbers: Sequence[object]) -> str:
    """The same for what came by the database and by RunOnReceive."""
    joined = "-".join(str(number) for number in numbers)
    return f"{phone}:{joined}" if phone else joined


def _joined(mark: str, total: int, found: Mapping[int, RowMapping]) -> Iterator[InboundSms]:
    numbers = sorted(found)
    if len(numbers) == total:
        yield _inbound([found[number] for number in numbers], None)
        return
    for number in numbers:
        yield _inbound([found[number]], Part(mark, number, total))


def _inbound(rows: Sequence[RowMapping], part: Part | None) -> InboundSms:
    phone = word(rows[0]["RecipientID"])
    return InboundSms(
        provider_id=_inbound_id(phone, [row["ID"] for row in rows]),
        sender=word(rows[0]["SenderNumber"]) or UNKNOWN_SENDER,
        recipient="",
        text="".join(word(row["TextDecoded"]) for row in rows),
        media=sum(row["Coding"] == "8bit" for row in rows),
        part=part,
    )


def _weight(said: tuple[str, int, str]) -> int:
    """Of a long message: one part that failed spoils it, and all must arrive."""
    state = Gammu.STATES.get(said[0])
    return {"failed": 2, "delivered": 0}.get(state or "", 1)


def _receipt(number: int, creator: str, status: str, error: int) -> Receipt:
    """StatusError is the operator's TP-Status (3GPP TS 23.040, 9.2.3.15)."""
    state = Gammu.STATES.get(status)
    code = f"tp-status-{error}" if error >= 0 else status
    return Receipt(
        provider_id=str(number),
        status=status,
        state=state,
        reference=creator,
        error_code=code if state == "failed" else None,
        transient=status == "SendingError" or (status == "DeliveryFailed" and error >= 0x60),
    )


def _insert(db: Connection, row: dict[str, Any], parts: Sequence[str], sms: Outgoing) -> int | None:
    """One row, and for a long text one more for each further part; returns SMSD's number."""
    if sms.urgent and "Priority" in _columns(db):
        row["Priority"] = 1
    marks = headers(sms.reference, len(parts))
    row |= {"MultiPart": len(parts) > 1, "TextDecoded": parts[0], "UDH": marks[0]}
    key = db.execute(OUTBOX.insert().values(row)).inserted_primary_key
    number: int | None = key[0] if key else None
    rest = {name: row[name] for name in ("Coding", "Class")} | {"ID": number}
    for position, text in enumerate(parts[1:], start=2):
        rest |= {"TextDecoded": text, "UDH": marks[position - 1], "SequencePosition": position}
        db.execute(OUTBOX_MULTIPART.insert().values(rest))
    return number


def _find(db: Connection, reference: str) -> int | None:
    for table in (OUTBOX, SENTITEMS):
        ours = select(table.c.ID).where(table.c.CreatorID == reference).limit(1)
        number: int | None = db.scalar(ours)
        if number is not None:
            return number
    return None


def _columns(connection: Connection) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns("outbox")}


def _fault(error: SQLAlchemyError) -> SendError:
    if isinstance(error, DataError):
        return Rejected("unusable-text")  # a NUL, say; any other message may pass
    is_strange = isinstance(error, ProgrammingError) or (
        isinstance(error, DBAPIError) and "no such" in str(error.orig)
    )
    return Misconfigured("not-the-tables-of-smsd") if is_strange else ProviderDown("database-down")

"""Gammu SMSD: a modem or phone on a cable, spoken to through the SMS daemon's own database.

https://docs.gammu.org/smsd/tables.html
https://docs.gammu.org/smsd/sql.html
https://docs.gammu.org/smsd/run.html

Options: ``database`` (SQLAlchemy address of SMSD's database: sqlite, mysql or postgresql; its
driver must be installed), ``password`` (of that database, if not in the address), ``phone_id``
(SMSD's PhoneID, where several daemons share the database), ``delivery_report`` (yes or no; yes).
"""

import re
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    Connection,
    DateTime,
    Dialect,
    Engine,
    Integer,
    MetaData,
    RowMapping,
    String,
    Table,
    create_engine,
    inspect,
    make_url,
    select,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import (
    ArgumentError,
    DBAPIError,
    NoSuchModuleError,
    ProgrammingError,
    SQLAlchemyError,
)
from sqlalchemy.types import TypeDecorator, TypeEngine

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
from gateway.providers.reading import word
from gateway.terms import gsm7

DRIVERS = ("sqlite", "postgresql", "mysql", "mariadb")
MOST = 500  # inbound rows a look
MOST_PARTS = 255  # what the header of a long SMS can count
FIRST_LOOK = timedelta(days=1)  # how old a receipt a new process still tells
OVERLAP = timedelta(hours=2)  # SMSD writes local time, which may be set back
UNKNOWN_SENDER = "unknown"


class _Flag(TypeDecorator[bool]):
    """SMSD's yes and no: a boolean in PostgreSQL, the words 'true' and 'false' elsewhere."""

    impl = String(5)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        kind: TypeEngine[Any] = Boolean() if dialect.name == "postgresql" else String(5)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: bool | None, dialect: Dialect) -> Any:
        return value if dialect.name == "postgresql" else str(bool(value)).lower()


_LOCAL_TIME = DateTime().with_variant(
    sqlite.DATETIME(  # type: ignore[no-untyped-call]
        storage_format="%(year)04d-%(month)02d-%(day)02d %(hour)02d:%(minute)02d:%(second)02d"
    ),
    "sqlite",
)

# What we use of its tables; it fills in the rest. TPMR and the like are its own business.
_TABLES = MetaData()
_INBOX = Table(
    "inbox",
    _TABLES,
    Column("ID", Integer, primary_key=True),
    Column("SenderNumber", String),
    Column("Coding", String),
    Column("UDH", String),
    Column("TextDecoded", String),
    Column("RecipientID", String),
    Column("Processed", _Flag),
)
_OUTBOX = Table(
    "outbox",
    _TABLES,
    Column("ID", Integer, primary_key=True),
    Column("DestinationNumber", String),
    Column("Coding", String),
    Column("UDH", String),
    Column("Class", Integer),
    Column("TextDecoded", String),
    Column("MultiPart", _Flag),
    Column("RelativeValidity", Integer),
    Column("SenderID", String),
    Column("DeliveryReport", String),
    Column("CreatorID", String),
    Column("Priority", Integer),  # since version 17 of its tables
)
_OUTBOX_MULTIPART = Table(
    "outbox_multipart",
    _TABLES,
    Column("ID", Integer, primary_key=True),
    Column("SequencePosition", Integer, primary_key=True),
    Column("Coding", String),
    Column("UDH", String),
    Column("Class", Integer),
    Column("TextDecoded", String),
)
_SENTITEMS = Table(
    "sentitems",
    _TABLES,
    Column("ID", Integer, primary_key=True),
    Column("SequencePosition", Integer, primary_key=True),
    Column("UpdatedInDB", _LOCAL_TIME),
    Column("SenderID", String),
    Column("Status", String),
    Column("StatusError", Integer),
    Column("CreatorID", String),
)


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

    def __init__(self, config: ProviderConfig, clock: Callable[[], float] = time.time) -> None:
        super().__init__(config)
        self._phone = config.options.get("phone_id", "")
        self._report = config.options.get("delivery_report", "") or "yes"
        if self._report not in ("yes", "no"):
            raise ValueError(
                f"account {config.account!r} (gammu): delivery_report is not yes or no"
            )
        self._clock = clock
        self._address = _address(config)
        self._timeout_s = config.timeout_s
        self._told: dict[str, str] = {}

    @classmethod
    def missing(cls, config: ProviderConfig) -> list[str]:
        return [] if config.options.get("database") else ["database"]

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        """Nobody calls us: its database is asked."""
        raise NotAuthentic

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        """Nobody calls us: its database is asked."""
        raise NotAuthentic

    def acknowledge(self) -> Acknowledgement:
        return Acknowledgement(200, "text/plain", "")

    def send(self, sms: Outgoing) -> Submission:
        parts, row = _parts(sms.text), self._row(sms)
        if len(parts) > MOST_PARTS:
            raise Rejected("too-long")
        headers = _headers(sms.reference, len(parts))
        with self._connected(writes=True) as connection:
            if sms.urgent and "Priority" in _columns(connection):
                row["Priority"] = 1
            first = _OUTBOX.insert().values(
                row, MultiPart=len(parts) > 1, TextDecoded=parts[0], UDH=headers[0]
            )
            key = connection.execute(first).inserted_primary_key
            number = key[0] if key else None
            for position, text in enumerate(parts[1:], start=2):
                rest = {name: row[name] for name in ("Coding", "Class")}
                connection.execute(
                    _OUTBOX_MULTIPART.insert().values(
                        rest,
                        ID=number,
                        SequencePosition=position,
                        TextDecoded=text,
                        UDH=headers[position - 1],
                    )
                )
        return Submission(str(number))

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        """Its row still waits or has been sent; in between it stands in both tables."""
        del since  # our reference is exact
        with self._connected() as connection:
            for table in (_OUTBOX, _SENTITEMS):
                ours = select(table.c.ID).where(table.c.CreatorID == sms.reference)
                number = connection.scalar(ours.limit(1))
                if number is not None:
                    return Submission(str(number))
        return None

    def collect_receipts(self, now: datetime) -> list[Receipt]:
        """What changed in ``sentitems``, each status of a message once in this process."""
        del now  # its times are local
        with self._connected() as connection:
            rows = self._changed(connection)
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
        waiting = select(_INBOX).where(_INBOX.c.Processed.in_([False]))
        if self._phone:
            waiting = waiting.where(_INBOX.c.RecipientID == self._phone)
        with self._connected() as connection:
            rows = connection.execute(waiting.order_by(_INBOX.c.ID).limit(MOST)).mappings().all()
        whole: dict[tuple[str, str, int], dict[int, RowMapping]] = {}
        for row in rows:
            own = Part(str(row["ID"]), 1, 1)  # a message of its own
            part = _part(word(row["UDH"])) or own
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
        with self._connected() as connection:
            connection.execute(
                _INBOX.update().where(_INBOX.c.ID.in_(numbers)).values(Processed=True)
            )

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
            "RelativeValidity": _validity(sms, self._clock()),
            "SenderID": self._phone or None,  # which daemon sends it; without, any does
            "DeliveryReport": self._report,
            "CreatorID": sms.reference,
        }

    def _changed(self, connection: Connection) -> dict[int, tuple[str, int, str]]:
        """The status, its error and our reference of each message that changed of late."""
        table, mine = _SENTITEMS.c, []
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
            select(_SENTITEMS).where(table.ID.in_(late), *mine).order_by(table.ID)
        ).mappings()
        found: dict[int, tuple[str, int, str]] = {}
        for row in rows:
            creator = word(row["CreatorID"])
            if re.fullmatch(r"[\w-]{1,64}", creator):  # not of another program
                said = (word(row["Status"]), int(row["StatusError"]), creator)
                found[row["ID"]] = max(found.get(row["ID"], said), said, key=_weight)
        return found

    @contextmanager
    def _connected(self, *, writes: bool = False) -> Iterator[Connection]:
        """A transaction. What breaks while it ends may have been written all the same.

        So may whatever breaks in MySQL, whose tables SMSD made without transactions for long.
        """
        unsure, fault = False, SendError()
        try:
            with self._engine.begin() as connection:
                unsure = writes and connection.dialect.name in ("mysql", "mariadb")
                yield connection
                unsure = writes
            return
        except SendError:
            raise
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


def _part(header: str) -> Part | None:
    """Which part of a long message, by its user data header (3GPP TS 23.040, 9.2.3.24)."""
    try:
        raw = bytes.fromhex(header)
    except ValueError:
        return None
    at = 1
    while at + 2 <= len(raw):
        kind, length = raw[at], raw[at + 1]
        value = raw[at + 2 : at + 2 + length]
        if len(value) == length and (kind, length) in ((0x00, 3), (0x08, 4)):
            part = Part(value[:-2].hex(), value[-1], value[-2])
            return part if 1 <= part.number <= part.total and part.total > 1 else None
        at += 2 + length
    return None


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


def _parts(text: str) -> list[str]:
    """The text in pieces of 153 septets or 67 units where one SMS is too small for it."""
    if gsm7.segments(text) == 1:
        return [text]
    unicode = gsm7.encoding_of(text) == "UCS-2"
    room = 67 if unicode else 153
    parts, used = [""], 0
    for letter in text:
        cost = 2 if letter > "\uffff" or (not unicode and letter in gsm7.EXTENSION) else 1
        if used + cost > room:
            parts.append("")
            used = 0
        parts[-1] += letter
        used += cost
    return parts


def _headers(reference: str, total: int) -> list[str | None]:
    """The user data header of each part: a mark of the message, how many, which."""
    if total == 1:
        return [None]
    mark = zlib.crc32(reference.encode("utf-8", "replace")) & 0xFF
    return [f"050003{mark:02X}{total & 0xFF:02X}{n & 0xFF:02X}" for n in range(1, total + 1)]


def _validity(sms: Outgoing, now: float) -> int:
    """TP-VP relative (3GPP TS 23.040, 9.2.3.12.1), the longest that ends in time; -1 is none."""
    if sms.expires_at is None:
        return -1
    minutes = max(0.0, (sms.expires_at.timestamp() - now) / 60)
    if minutes <= 12 * 60:
        return max(0, int(minutes / 5) - 1)
    if minutes <= 24 * 60:
        return 143 + int((minutes - 12 * 60) / 30)
    days = int(minutes / (24 * 60))
    if days < 2:
        return 167
    return 166 + min(30, days) if days < 35 else 192 + min(63, days // 7)


def _address(config: ProviderConfig) -> URL:
    """Where SMSD's database is. Raises ValueError that says what to mend, without the address."""
    try:
        url = make_url(config.options["database"])
        if password := config.options.get("password"):
            url = url.set(password=password)
        url.get_dialect().import_dbapi()
        if url.get_backend_name() in DRIVERS:
            return url
        trouble = "database is none of " + ", ".join(DRIVERS)
    except ImportError as error:
        trouble = f"the driver {error.name!r} of its database is not installed: pip install it"
    except NoSuchModuleError:
        trouble = "database names a driver that SQLAlchemy does not know"
    except (ArgumentError, ValueError, TypeError):
        trouble = "database is no address such as mysql+pymysql://smsd@localhost/smsd"
    raise ValueError(f"account {config.account!r} (gammu): {trouble}")


def _columns(connection: Connection) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns("outbox")}


def _fault(error: SQLAlchemyError) -> SendError:
    is_strange = isinstance(error, ProgrammingError) or (
        isinstance(error, DBAPIError) and "no such" in str(error.orig)
    )
    return Misconfigured("not-the-tables-of-smsd") if is_strange else ProviderDown("database-down")

"""A database as Gammu's SMS daemon keeps it, and the daemon's own hand in it."""

from typing import Any

from sqlalchemy import Engine, RowMapping, create_engine, text

# The tables of the manual (docs.gammu.org/smsd/tables.html), version 17, in the types of each
# engine: moment, flag, number that counts itself.
_ENGINES = {
    "sqlite": ("TEXT DEFAULT (datetime('now', 'localtime'))", "TEXT DEFAULT 'false'",
               "INTEGER PRIMARY KEY AUTOINCREMENT"),
    "postgresql": ("timestamp(0) DEFAULT LOCALTIMESTAMP(0)", "boolean DEFAULT false",
                   "serial PRIMARY KEY"),
}  # fmt: skip
_CODING = """"Coding" VARCHAR(255) NOT NULL DEFAULT 'Default_No_Compression' CHECK ("Coding" IN
    ('Default_No_Compression', 'Unicode_No_Compression', '8bit', 'Default_Compression',
     'Unicode_Compression')), "UDH" TEXT, "Class" INTEGER DEFAULT -1"""
_TABLES = (
    """CREATE TABLE inbox ("UpdatedInDB" {moment}, "ReceivingDateTime" {moment},
    "Text" TEXT NOT NULL DEFAULT '', "SenderNumber" VARCHAR(20) NOT NULL DEFAULT '', {coding},
    "SMSCNumber" VARCHAR(20) NOT NULL DEFAULT '', "TextDecoded" TEXT NOT NULL DEFAULT '',
    "ID" {serial}, "RecipientID" TEXT NOT NULL, "Processed" {flag}, "Status" INTEGER DEFAULT -1)""",
    """CREATE TABLE outbox ("UpdatedInDB" {moment}, "InsertIntoDB" {moment},
    "SendingDateTime" {moment}, "SendBefore" TIME NOT NULL DEFAULT '23:59:59',
    "SendAfter" TIME NOT NULL DEFAULT '00:00:00', "Text" TEXT,
    "DestinationNumber" VARCHAR(20) NOT NULL DEFAULT '', {coding},
    "TextDecoded" TEXT NOT NULL DEFAULT '', "ID" {serial}, "MultiPart" {flag},
    "RelativeValidity" INTEGER DEFAULT -1, "SenderID" VARCHAR(255), "SendingTimeOut" {moment},
    "DeliveryReport" VARCHAR(10) DEFAULT 'default'
        CHECK ("DeliveryReport" IN ('default', 'yes', 'no')),
    "CreatorID" TEXT NOT NULL, "Retries" INTEGER DEFAULT 0{priority})""",
    """CREATE TABLE outbox_multipart ("Text" TEXT, {coding}, "TextDecoded" TEXT, "ID" INTEGER,
    "SequencePosition" INTEGER NOT NULL DEFAULT 1, PRIMARY KEY ("ID", "SequencePosition"))""",
    """CREATE TABLE sentitems ("UpdatedInDB" {moment}, "InsertIntoDB" {moment},
    "SendingDateTime" {moment}, "Text" TEXT NOT NULL DEFAULT '',
    "DestinationNumber" VARCHAR(20) NOT NULL DEFAULT '', {coding},
    "TextDecoded" TEXT NOT NULL DEFAULT '', "ID" INTEGER, "SenderID" VARCHAR(255) NOT NULL,
    "SequencePosition" INTEGER NOT NULL DEFAULT 1, "Status" VARCHAR(255) NOT NULL CHECK ("Status" IN
    ('SendingOK', 'SendingOKNoReport', 'SendingError', 'DeliveryOK', 'DeliveryFailed',
     'DeliveryPending', 'DeliveryUnknown', 'Error')), "StatusError" INTEGER NOT NULL DEFAULT -1,
    "TPMR" INTEGER NOT NULL DEFAULT -1, "CreatorID" TEXT NOT NULL,
    PRIMARY KEY ("ID", "SequencePosition"))""",
)


class Smsd:
    """The daemon: its tables, and what it writes there."""

    def __init__(self, url: str, *, old: bool = False) -> None:
        self.url = url
        self.engine: Engine = create_engine(url)
        moment, flag, serial = _ENGINES[self.engine.dialect.name]
        priority = "" if old else ', "Priority" INTEGER DEFAULT 0'
        for table in _TABLES:
            self.run(
                table.format(
                    moment=moment, flag=flag, serial=serial, coding=_CODING, priority=priority
                )
            )

    def run(self, statement: str, **values: Any) -> None:
        with self.engine.begin() as connection:
            connection.execute(text(statement), values)

    def rows(self, table: str) -> list[RowMapping]:
        with self.engine.begin() as connection:
            statement = text(f'SELECT * FROM {table} ORDER BY "ID"')  # noqa: S608 (a test's own)
            return list(connection.execute(statement).mappings())

    def receives(self, **row: Any) -> None:
        """One SMS, or one part of one."""
        self._insert(
            "inbox", {"SenderNumber": "+252615550001", "RecipientID": "m", "UDH": ""} | row
        )

    def has_sent(self, number: int, status: str, **row: Any) -> None:
        """One message, or one part of one, that left the outbox; or another status of it."""
        row = {"ID": number, "Status": status, "SenderID": "m", "CreatorID": "d-1"} | row
        position = row.setdefault("SequencePosition", 1)
        self.run(
            'DELETE FROM sentitems WHERE "ID" = :number AND "SequencePosition" = :position',
            number=number,
            position=position,
        )
        self._insert("sentitems", row)

    def close(self) -> None:
        self.engine.dispose()

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        names = ", ".join(f'"{name}"' for name in row)
        values = ", ".join(f":{name}" for name in row)
        self.run(f"INSERT INTO {table} ({names}) VALUES ({values})", **row)  # noqa: S608

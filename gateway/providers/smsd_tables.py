"""The tables of Gammu's SMS daemon, as far as we use them, and the address of their database.

https://docs.gammu.org/smsd/tables.html
"""

from typing import Any

from sqlalchemy import (
    URL,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Integer,
    MetaData,
    String,
    Table,
    make_url,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import ArgumentError, NoSuchModuleError
from sqlalchemy.types import TypeDecorator, TypeEngine

from gateway.providers.base import ProviderConfig
from gateway.providers.options import wrong

DRIVERS = ("sqlite", "postgresql", "mysql", "mariadb")


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
INBOX = Table(
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
OUTBOX = Table(
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
OUTBOX_MULTIPART = Table(
    "outbox_multipart",
    _TABLES,
    Column("ID", Integer, primary_key=True),
    Column("SequencePosition", Integer, primary_key=True),
    Column("Coding", String),
    Column("UDH", String),
    Column("Class", Integer),
    Column("TextDecoded", String),
)
SENTITEMS = Table(
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


def address(config: ProviderConfig) -> URL:
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
    raise wrong(config, trouble)

"""Column types of our own: sealed text, UTC times."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, Text, TypeDecorator

from gateway.plumbing.crypto import Keys, Sealer


class Sealed(TypeDecorator[str]):
    """Text that is AES-256-GCM in the database; `place` is `table.column`, authenticated with it.

    The sealer hangs on the engine's dialect, so two databases in one process keep their own keys.
    """

    impl = Text
    cache_ok = True

    def __init__(self, place: str) -> None:
        super().__init__()
        self.place = place

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return None if value is None else _sealer(dialect).seal(value, self.place)

    def process_result_value(self, value: Any, dialect: Dialect) -> str | None:
        return None if value is None else _sealer(dialect).open(value, self.place)


class UtcTime(TypeDecorator[datetime]):
    """An aware time; SQLite forgets zones, so naive values that come back are UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone was about to be stored")
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        time: datetime = value
        return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _sealer(dialect: Dialect) -> Sealer:
    keys: Keys = dialect.gateway_keys  # type: ignore[attr-defined]
    return keys.sealer

"""Which keys there are, how old they are, and how much is still sealed with old ones."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, literal, select, text
from sqlalchemy.orm import Session

from gateway.plumbing.crypto import KeyRing, Sealer
from gateway.plumbing.keyfiles import key_folder, read_secret
from gateway.plumbing.settings import Settings
from gateway.store.rotation import sealed_columns
from gateway.store.tables import AuditRow

MOST_OLD = 1000  # counted of each column


@dataclass(frozen=True, slots=True)
class Ring:
    """One secret by the names of its keys, the one in use first; a session secret has none."""

    name: str
    keys: tuple[str, ...]
    made_at: datetime | None  # of the file; None: it comes from the settings, and nobody knows
    days: int | None


def rings(settings: Settings, now: datetime) -> list[Ring]:
    """The three secrets, never what is in them."""
    return [_ring(settings, name, now) for name in ("data", "index", "session")]


def sealed_with_old(session: Session, sealer: Sealer) -> dict[str, int]:
    """Values of each column that another key than the newest sealed, at most MOST_OLD; by one
    statement, and none while there is only one key."""
    if not sealer.has_old:
        return {}
    parts = [
        f"SELECT '{place}' AS place, (SELECT count(*) FROM (SELECT 1 FROM \"{table.name}\" "  # noqa: S608
        f'WHERE "{column}" IS NOT NULL AND "{column}" NOT LIKE :current '
        f"LIMIT {MOST_OLD}) AS old) AS count"
        for table, column, place in sealed_columns()
    ]
    found = session.execute(text(" UNION ALL ".join(parts)), {"current": f"{sealer.prefix}%"})
    return {place: count for place, count in found if count}


def rotated_at(session: Session) -> datetime | None:
    """When the data key was last changed here."""
    query = select(func.max(AuditRow.at)).where(
        AuditRow.subject == literal("keys.data"), AuditRow.act == "keys.rotate"
    )
    return session.scalar(query)


def _ring(settings: Settings, name: str, now: datetime) -> Ring:
    made_at = None
    if not getattr(settings.keys, name).get_secret_value():
        path = key_folder(settings) / name
        if path.is_file():
            made_at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    keys: tuple[str, ...] = ()
    if name != "session":
        ring = KeyRing.parse(read_secret(settings, name), f"keys.{name}")
        keys = tuple(key for key, _ in ring.keys)
    return Ring(name, keys, made_at, max(0, (now - made_at).days) if made_at else None)

"""What partners may read: feeds of what is in force, and the document of each warning."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, selectinload

from gateway.alerts.cap import Message
from gateway.alerts.cap_xml import cap_xml
from gateway.flow.cap_messages import (
    effective_at,
    identifier_of,
    message_of,
    withdrawal_of,
)
from gateway.runtime import Runtime
from gateway.sharing.cap_feed import Entry, atom
from gateway.store.tables import Alert, Move
from gateway.terms.refusals import NotFound

_REAL = Alert.exercise_id.is_(None)
_FEEDS: Mapping[str, tuple[str, ColumnElement[bool]]] = {
    "cap": ("warnings", _REAL & (Alert.purpose != "campaign")),
    "cap-exercise": ("exercises, nothing of it is real", Alert.exercise_id.is_not(None)),
    "cap-reminders": ("reminders", _REAL & (Alert.purpose == "campaign")),
}
_APPROVED = ("approved", "live", "expired", "cancelled")
_KEPT = timedelta(days=30)  # after its expiry a document can still be fetched
_NAME = re.compile(r"(.+-W)(\d{1,15})(-C)?")
_NEVER = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Document:
    """What is sent; `tag` differs whenever its content does."""

    xml: bytes
    changed_at: datetime
    tag: str
    signed: bool = False


def feed(runtime: Runtime, session: Session, name: str, now: datetime) -> Document:
    """The Atom feed of what is in force: "cap", "cap-exercise" or "cap-reminders"."""
    words, wanted = _FEEDS[name]
    settings = runtime.settings
    messages = sorted(_in_force(runtime, session, wanted, now), key=lambda m: m.sent, reverse=True)
    changed_at = max([_last_end(session, wanted, now), *map(_began, messages)])
    xml = atom(
        f"{settings.public_url.rstrip('/')}/feeds/{name}.atom",
        f"{settings.service_name}: {words}",
        settings.service_name,
        changed_at,
        (_entry(settings.public_url, message) for message in messages),
    )
    return Document(xml, changed_at, _tag(xml))


def document(runtime: Runtime, session: Session, identifier: str, now: datetime) -> Document | None:
    """A CAP document that partners may read, or None; raises SigningProblem."""
    named = _NAME.fullmatch(identifier)
    if named is None:
        return None
    alert_id = int(named[2])
    if f"{named[1]}{named[2]}" != identifier_of(runtime.settings, alert_id):
        return None
    alert = session.get(Alert, alert_id)
    if alert is None or now >= alert.expires_at + _KEPT:
        return None
    cancelled_at = _cancelled(session, [alert]).get(alert_id)
    if not _was_published(runtime, alert, cancelled_at, now):
        return None
    if named[3] is None:
        return _signed(runtime, message_of(runtime, session, alert))
    if cancelled_at is None:
        return None
    return _signed(runtime, withdrawal_of(runtime, alert, cancelled_at))


def own_document(runtime: Runtime, session: Session, alert_id: int) -> Document:
    """The same for coordinators, from the approval on; raises NotFound, SigningProblem."""
    alert = session.get(Alert, alert_id)
    if alert is None or alert.approved_at is None or alert.state not in _APPROVED:
        raise NotFound("There is no CAP document of a warning that was not approved.")
    return _signed(runtime, message_of(runtime, session, alert))


def _in_force(
    runtime: Runtime, session: Session, wanted: ColumnElement[bool], now: datetime
) -> Iterator[Message]:
    """Also the withdrawal of what was cancelled, until words for it were approved."""
    found = session.scalars(
        select(Alert)
        .where(
            wanted,
            Alert.approved_at.is_not(None),
            Alert.expires_at > now,
            Alert.state.in_(("approved", "live", "cancelled")),
        )
        .options(selectinload(Alert.texts))
    ).all()
    cancelled = _cancelled(session, found)
    shown = [one for one in found if _was_published(runtime, one, cancelled.get(one.id), now)]
    worded = {one.refers_to_id for one in shown if one.msg_type == "Cancel"}
    for alert in shown:
        if alert.state != "cancelled":
            yield message_of(runtime, session, alert)
        elif alert.id not in worded and alert.msg_type != "Cancel":
            yield withdrawal_of(runtime, alert, cancelled[alert.id])


def _was_published(
    runtime: Runtime, alert: Alert, cancelled_at: datetime | None, now: datetime
) -> bool:
    """Whether it was approved and its time had come before it was stopped."""
    if alert.approved_at is None or alert.state not in _APPROVED:
        return False
    if alert.state in ("live", "expired"):
        return True
    return effective_at(runtime, alert) <= (now if cancelled_at is None else cancelled_at)


def _cancelled(session: Session, alerts: Sequence[Alert]) -> dict[int, datetime]:
    wanted = [alert.id for alert in alerts if alert.state == "cancelled"]
    moves = select(Move.row_id, Move.at).where(
        Move.machine == "alert", Move.row_id.in_(wanted), Move.target == "cancelled"
    )
    return dict(session.execute(moves).all()) if wanted else {}


def _last_end(session: Session, wanted: ColumnElement[bool], now: datetime) -> datetime:
    """When something left the feed because its time was over."""
    ended = select(func.max(Alert.expires_at)).where(
        wanted, Alert.approved_at.is_not(None), Alert.expires_at <= now
    )
    return session.scalar(ended) or _NEVER


def _began(message: Message) -> datetime:
    starts = [info.effective for info in message.info if info.effective]
    return max([message.sent, *starts]).astimezone(UTC)


def _entry(public_url: str, message: Message) -> Entry:
    first = message.info[0] if message.info else None
    return Entry(
        url=f"{public_url.rstrip('/')}/feeds/cap/{message.identifier}.xml",
        kind=message.msg_type,
        language=first.language if first else "en",
        title=first.headline if first else message.note,
        summary=first.description if first else message.note,
        updated=_began(message),
    )


def _signed(runtime: Runtime, message: Message) -> Document:
    xml = cap_xml(message)
    signer = runtime.cap_signer
    changed_at, tag = _began(message), _tag(xml)
    return Document(signer.sign(xml) if signer else xml, changed_at, tag, signer is not None)


def _tag(xml: bytes) -> str:
    return sha256(xml).hexdigest()[:32]

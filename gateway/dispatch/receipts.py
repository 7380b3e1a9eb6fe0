"""Applies what companies say of our messages: a receipt moves a delivery forward, never back."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Table,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from gateway.dispatch.handovers import spoken_of
from gateway.dispatch.hearing_receipts import Heard, hear
from gateway.dispatch.second_try import SecondTries
from gateway.dispatch.traces import note_reached
from gateway.providers.base import Receipt as ProviderReceipt
from gateway.store.history import move_held
from gateway.store.once import new_reference
from gateway.store.tables import Delivery, FormerAttempt, Receipt

_RECEIPTS: Table = Receipt.__table__  # type: ignore[assignment]
_KEEP = insert(_RECEIPTS)


@dataclass(frozen=True, slots=True)
class Batch:
    """What some receipts came to: how many there were, and what is left for others to do."""

    count: int
    last_id: int
    applied: int
    tried_again: int
    opted_out: list[tuple[int, str]]  # subscriber and account
    seconds: dict[str, list[float]]  # to the receipt, by account


def as_row(account: str, said: ProviderReceipt, now: datetime) -> dict[str, Any]:
    """The receipt as `keep` keeps it; neither NUL nor half a character, and nothing long."""
    return {
        "account": account,
        "provider_id": _short(said.provider_id, 255),
        "reference": _short(said.reference, 64) if said.reference else None,
        "status": _short(said.status, 64),
        "state": said.state,
        "error_code": _short(said.error_code, 64) if said.error_code else None,
        "opted_out": said.opted_out,
        "transient": said.transient,
        "bad_recipient": said.bad_recipient,
        "received_at": now,
    }


def keep(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Keeps receipts for the sweep that applies them. One statement."""
    connection.execute(_KEEP, list(rows))


def last_id(session: Session, until: datetime) -> int:
    """The id of the last receipt that came until then; 0 when there is none."""
    last = select(Receipt.id).where(Receipt.received_at <= until).order_by(Receipt.id.desc())
    return session.scalar(last.limit(1)) or 0


def first_waiting(session: Session, after: int) -> int | None:
    """The first receipt with a higher id than this that was not applied yet."""
    waiting = select(Receipt.id).where(Receipt.delivery_id.is_(None), Receipt.id > after)
    return session.scalar(waiting.order_by(Receipt.id).limit(1))


def apply_batch(
    session: Session, after: int, limit: int, tries: SecondTries, now: datetime
) -> Batch:
    """Applies up to `limit` waiting receipts with a higher id; other workers pass them over.

    Those of messages that are not (yet) known stay as they are.
    """
    query = _waiting(Receipt.id > after).order_by(Receipt.id).limit(limit)
    said = session.execute(query.with_for_update(skip_locked=True)).all()
    heard = _apply(session, said, tries, now)
    return Batch(
        count=len(said),
        last_id=said[-1].id if said else 0,
        applied=len(heard.links),
        tried_again=len(heard.former),
        opted_out=heard.opted_out,
        seconds=heard.seconds,
    )


def apply_waiting(session: Session, delivery: Delivery, now: datetime) -> None:
    """Receipts that came before the record of this delivery's sending."""
    apply_waiting_many(session, [delivery], now)


def apply_waiting_many(session: Session, deliveries: Sequence[Delivery], now: datetime) -> None:
    """Receipts that came before the record of these deliveries' sending; the caller holds them.

    What takes more than a move, a STOP or a second try, is left to the sweep.
    """
    session.flush()
    by_account: dict[str, list[Delivery]] = {}
    for delivery in deliveries:
        by_account.setdefault(delivery.account or "", []).append(delivery)
    theirs = [_theirs(account, some) for account, some in by_account.items()]
    if theirs:
        _apply_to(session, deliveries, or_(*theirs), now)


def is_spoken_of(session: Session, delivery: Delivery, now: datetime) -> bool:
    """Whether a receipt that names our reference proves a hand-over that nobody recorded."""
    session.flush()
    before = delivery.state
    _apply_to(session, [delivery], Receipt.reference == delivery.reference, now)
    return delivery.state != before


def _apply_to(
    session: Session, deliveries: Iterable[Delivery], which: ColumnElement[bool], now: datetime
) -> None:
    query = _waiting(which, Receipt.opted_out.is_(False)).order_by(Receipt.id)
    said = session.execute(query.with_for_update(skip_locked=True)).all()
    moved = set(_apply(session, said, None, now).links.values()) if said else ()
    for delivery in deliveries:
        if delivery.id in moved:
            session.refresh(delivery)


def _theirs(account: str, deliveries: Iterable[Delivery]) -> ColumnElement[bool]:
    named = [one.provider_id for one in deliveries if one.provider_id]
    unnamed = [one.reference for one in deliveries if not one.provider_id]
    return and_(
        Receipt.account == account,
        or_(
            Receipt.provider_id.in_(named),
            and_(Receipt.provider_id == "", Receipt.reference.in_(unnamed)),
        ),
    )


def _waiting(*which: ColumnElement[bool]) -> Any:
    columns = (column for column in _RECEIPTS.c if column.name != "delivery_id")
    return select(*columns).where(Receipt.delivery_id.is_(None), *which)


def _apply(
    session: Session, said: Sequence[Row[Any]], tries: SecondTries | None, now: datetime
) -> Heard:
    heard = hear(said, spoken_of(session, said), tries, now)
    for step in sorted(heard.steps, key=lambda step: step.turn):
        move_held(
            session,
            heard.steps[step],
            step.origin,
            step.target,
            who=step.who,
            now=now,
            why=step.why,
            values=dict(step.values),
        )
    _remember_former(session, heard.former)
    _link(session, heard.links)
    for account, people in heard.reached.items():
        note_reached(session, account, people)
    return heard


def _remember_former(session: Session, former: Sequence[Mapping[str, Any]]) -> None:
    """What is tried again is a new message for a company that drops what it had before.

    Where the company gave no id, our reference stays what its receipts are known by.
    """
    if not former:
        return
    session.execute(insert(FormerAttempt), former)
    named = [one["delivery_id"] for one in former if one["provider_id"]]
    session.execute(
        update(Delivery)
        .where(Delivery.id.in_(named))
        .values(reference=new_reference(session, Delivery.__table__.c.id))
        .execution_options(synchronize_session=False)
    )


def _link(session: Session, links: Mapping[int, int]) -> None:
    """Points receipts at their deliveries: so they wait no more."""
    if not links:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(_LINK_ALL, {"said": list(links), "of": list(links.values())})
    else:
        pairs = [{"said": said, "of": of} for said, of in links.items()]
        session.connection().execute(_LINK_EACH, pairs)


def _short(word: str, most: int) -> str:
    return word.replace("\x00", "").encode("utf-8", "replace").decode()[:most]


_PAIRS = (
    func.unnest(
        bindparam("said", type_=ARRAY(BigInteger)), bindparam("of", type_=ARRAY(BigInteger))
    )
    .table_valued("said", "of")
    .render_derived()
)
_LINK_ALL = (
    update(_RECEIPTS).where(_RECEIPTS.c.id == _PAIRS.c.said).values(delivery_id=_PAIRS.c["of"])
)
_LINK_EACH = (
    update(_RECEIPTS).where(_RECEIPTS.c.id == bindparam("said")).values(delivery_id=bindparam("of"))
)

"""Applies what companies say of our messages: a receipt moves a delivery forward, never back."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.providers.base import Receipt as ProviderReceipt
from gateway.store.history import move
from gateway.store.tables import Delivery, Receipt

_SETTLES = frozenset({"delivered", "failed"})


def keep(session: Session, account: str, said: ProviderReceipt, now: datetime) -> Delivery | None:
    """Keeps a receipt and applies it; returns the delivery it speaks of, moved by it or not.

    One that overtook the record of its own sending waits; one of an unknown word stays unread.
    """
    said = replace(  # PostgreSQL keeps no NUL, and a company must not repeat itself for ever
        said,
        provider_id=said.provider_id.replace("\x00", "")[:255],
        status=said.status.replace("\x00", ""),
        reference=said.reference.replace("\x00", "") if said.reference else None,
        error_code=said.error_code.replace("\x00", "") if said.error_code else None,
    )
    delivery = _delivery_of(session, account, said)
    receipt = Receipt(
        account=account,
        provider_id=said.provider_id,
        reference=delivery.reference if delivery else None,
        status=said.status[:64],
        state=said.state,
        error_code=said.error_code[:64] if said.error_code else None,
        opted_out=said.opted_out,
        received_at=now,
    )
    session.add(receipt)
    if delivery is not None:
        _apply(session, delivery, receipt, now)
    return delivery


def apply_waiting(session: Session, delivery: Delivery, now: datetime) -> None:
    """Receipts that came before the record of this delivery's sending."""
    waiting = session.scalars(
        select(Receipt)
        .where(
            Receipt.delivery_id.is_(None),
            Receipt.account == delivery.account,
            Receipt.provider_id == delivery.provider_id,
        )
        .order_by(Receipt.id)
    )
    for receipt in waiting.all():
        _apply(session, delivery, receipt, now)


def is_spoken_of(session: Session, delivery: Delivery, now: datetime) -> bool:
    """Whether a receipt that names our reference proves a hand-over that nobody recorded."""
    waiting = session.scalars(
        select(Receipt)
        .where(Receipt.delivery_id.is_(None), Receipt.reference == delivery.reference)
        .order_by(Receipt.id)
    ).all()
    moved = [_apply(session, delivery, receipt, now) for receipt in waiting]
    return any(moved)


def has_stragglers(session: Session) -> bool:
    """Whether receipts wait whose delivery is recorded by now."""
    return session.execute(_STRAGGLERS.limit(1)).first() is not None


def apply_stragglers(session: Session, now: datetime, limit: int) -> int:
    """Receipts whose delivery was recorded in the same instant; returns how many were applied."""
    pairs = session.execute(_STRAGGLERS.order_by(Receipt.id).limit(limit)).all()
    return sum(_apply(session, delivery, receipt, now) for receipt, delivery in pairs)


_STRAGGLERS = (
    select(Receipt, Delivery)
    .join(
        Delivery,
        (Delivery.provider_id == Receipt.provider_id) & (Delivery.account == Receipt.account),
    )
    .where(Receipt.delivery_id.is_(None), Delivery.state.not_in(("queued", "claimed")))
)


def _delivery_of(session: Session, account: str, said: ProviderReceipt) -> Delivery | None:
    """By the company's id, else by our own reference in the address that it called."""
    delivery = session.scalar(
        select(Delivery)
        .where(Delivery.account == account, Delivery.provider_id == said.provider_id)
        .with_for_update()
    )
    if delivery is None and said.reference:
        delivery = session.scalar(
            select(Delivery).where(Delivery.reference == said.reference).with_for_update()
        )
        if delivery and delivery.provider_id not in (None, said.provider_id):
            return None
    return delivery


def _apply(session: Session, delivery: Delivery, receipt: Receipt, now: datetime) -> bool:
    """Whether the delivery moved. While its sending is not recorded the receipt waits."""
    if delivery.state in ("claimed", "queued"):
        return False
    receipt.delivery_id = delivery.id
    if receipt.error_code:
        delivery.error_code = receipt.error_code
    who, doubted = f"receipt {receipt.account}", delivery.state == "unknown"
    if doubted and receipt.state is not None:  # whoever speaks of it has it
        move(session, delivery, "submitted", who=who, why=receipt.status, now=now)
        delivery.account, delivery.provider_id = receipt.account, receipt.provider_id
        delivery.submitted_at, delivery.lease_until = now, None
    if receipt.state in _SETTLES and delivery.state == "submitted":
        move(session, delivery, receipt.state, who=who, why=receipt.status, now=now)
        delivery.settled_at = now
        return True
    return doubted and receipt.state is not None

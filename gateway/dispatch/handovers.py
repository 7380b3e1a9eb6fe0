"""Finds the delivery that a receipt speaks of, and which of its hand-overs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from gateway.store.tables import Delivery, FormerAttempt

Which = Literal["present", "former", "part"]


@dataclass(slots=True)
class Copy:
    """One delivery, locked; `state` runs ahead of the database while receipts are read."""

    id: int
    state: str
    account: str | None
    provider_id: str | None
    reference: str
    subscriber_id: int | None
    attempts: int
    expires_at: datetime | None
    submitted_at: datetime | None
    steps: int = 0


@dataclass(frozen=True, slots=True)
class Spoken:
    """A receipt's delivery, and which hand-over of it.

    A former one was followed by another. A part has an id of its own besides the one that we
    know: what becomes of it alone says nothing of the message.
    """

    copy: Copy
    which: Which


def spoken_of(session: Session, receipts: Sequence[Any]) -> dict[int, Spoken]:
    """By the receipts' ids; a receipt is left out when nobody knows what it speaks of.

    So is one whose delivery another transaction holds: nobody waits, it has its turn later.
    """
    search = _Search(session)
    for find in (search.by_id, search.by_former_id, search.by_reference):
        find([said for said in receipts if said.id not in search.found])
    return search.found


class _Search:
    """The same delivery is the same object, however it is found."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._copies: dict[int, Copy] = {}
        self.found: dict[int, Spoken] = {}

    def by_id(self, receipts: Sequence[Any]) -> None:
        """The company's id of the present hand-over."""
        ids = {said.provider_id for said in receipts if said.provider_id}
        copies = self._held(Delivery.provider_id.in_(ids)) if ids else []
        known = {(copy.account, copy.provider_id): copy for copy in copies}
        for said in receipts:
            copy = known.get((said.account, said.provider_id)) if said.provider_id else None
            if copy is not None:
                self.found[said.id] = Spoken(copy, "present")

    def by_former_id(self, receipts: Sequence[Any]) -> None:
        """The company's id of a hand-over that another followed."""
        ids = {said.provider_id for said in receipts if said.provider_id}
        rows = self._former(FormerAttempt.provider_id.in_(ids)) if ids else []
        copies = {copy.id: copy for copy in self._held(Delivery.id.in_({row[0] for row in rows}))}
        known = {(account, provider_id): number for number, account, provider_id in rows}
        for said in receipts:
            number = known.get((said.account, said.provider_id))
            if number in copies:
                self.found[said.id] = Spoken(copies[number], "former")

    def by_reference(self, receipts: Sequence[Any]) -> None:
        """Our own reference, which the company says back."""
        references = {said.reference for said in receipts if said.reference}
        copies = self._held(Delivery.reference.in_(references)) if references else []
        rows = self._former(FormerAttempt.delivery_id.in_([copy.id for copy in copies]))
        unnamed = {(number, account) for number, account, provider_id in rows if not provider_id}
        known = {copy.reference: copy for copy in copies}
        for said in receipts:
            copy = known.get(said.reference)
            if copy is not None and copy.attempts:
                which = _which(said, copy, (copy.id, said.account) in unnamed)
                self.found[said.id] = Spoken(copy, which)

    def _former(self, which: ColumnElement[bool]) -> list[tuple[int, str, str | None]]:
        columns = FormerAttempt.delivery_id, FormerAttempt.account, FormerAttempt.provider_id
        rows = self._session.execute(select(*columns).where(which).order_by(FormerAttempt.id))
        return [(row[0], row[1], row[2]) for row in rows]

    def _held(self, condition: ColumnElement[bool]) -> list[Copy]:
        rows = self._session.execute(
            select(
                Delivery.id,
                Delivery.state,
                Delivery.account,
                Delivery.provider_id,
                Delivery.reference,
                Delivery.subscriber_id,
                Delivery.attempts,
                Delivery.expires_at,
                Delivery.submitted_at,
            )
            .where(condition)
            .order_by(Delivery.id)
            .with_for_update(skip_locked=True, key_share=True)
        )
        return [self._copies.setdefault(row.id, Copy(*row)) for row in rows]


def _which(said: Any, copy: Copy, unnamed_before: bool) -> Which:
    if said.account != copy.account:
        return "former"
    if not copy.provider_id or not said.provider_id:
        return "former" if copy.state == "queued" else "present"
    return "former" if unnamed_before else "part"

"""Puts what people write on disk, once: whole messages, those without an id, parts of long ones."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from gateway.inbox import parts
from gateway.inbox.receive import Origin, as_row, keep_once, receive
from gateway.inbox.unnamed import Name, is_repeat, name_for
from gateway.plumbing import metrics
from gateway.providers.base import InboundSms, Part
from gateway.runtime import Runtime
from gateway.store.tables import Message, MessagePart

log = structlog.get_logger()
Obey = Callable[[Session, int], None]  # reads a message in the transaction that keeps it


@dataclass(frozen=True, slots=True)
class Keeper:
    """Keeps the messages of one account; `obey` is for those that say STOP."""

    runtime: Runtime
    origin: Origin
    now: datetime
    obey: Obey

    def keep(self, sms: InboundSms) -> list[int]:
        """The ids of the messages that this made: one, none for a repeat or a part of several."""
        part = parts.part_of(sms)
        if part is not None and self.origin.exercise_id is None:
            return self._keep_part(sms, part)
        row = as_row(self.runtime.keys, sms, self.origin, self.now)
        stop = sms.opt == "stop" or self.runtime.keywords.is_stop(sms.text)
        if row["provider_id"] and not stop:
            found = self.runtime.database.write_one(partial(receive, message=row))
        else:
            found = self._keep_in_transaction(sms, row, stop)
        if found is None:
            metrics.DUPLICATES.labels(self.origin.account).inc()
            return []
        _told(self.origin.account, found)
        return [found]

    def _keep_in_transaction(self, sms: InboundSms, row: dict[str, Any], stop: bool) -> int | None:
        name = self._name(sms, row)
        with self.runtime.database.writing() as session:
            if name and is_repeat(session, Message, self.origin.account, name):
                return None
            found = receive(session.connection(), row)
            if found is not None and stop:
                self.obey(session, found)
            return found

    def _keep_part(self, sms: InboundSms, part: Part) -> list[int]:
        """On disk by itself first: no trouble with the message may lose it."""
        row = parts.as_part(self.runtime.keys, sms, part, self.origin, self.now)
        if self._write_part(sms, row) is None:
            metrics.DUPLICATES.labels(self.origin.account).inc()
        family = parts.Family(*(row[key] for key in parts.Family.__slots__))
        return join(self.runtime, family, self.now, self.obey)

    def _write_part(self, sms: InboundSms, row: dict[str, Any]) -> int | None:
        name = self._name(sms, row)
        if name is None:
            write = partial(keep_once, table=parts.PARTS, row=row)
            return self.runtime.database.write_one(write)
        with self.runtime.database.writing() as session:
            if is_repeat(session, MessagePart, self.origin.account, name):
                return None
            return keep_once(session.connection(), parts.PARTS, row)

    def _name(self, sms: InboundSms, row: dict[str, Any]) -> Name | None:
        """Gives the row an id where the company gave none."""
        if row["provider_id"]:
            return None
        name = name_for(self.runtime.keys, row, sms, self.now)
        row["provider_id"] = name.own
        return name


def join_overdue(runtime: Runtime, obey: Obey) -> int:
    """Makes messages of parts that waited in vain for others; returns how many."""
    now = runtime.clock()
    with runtime.database.reading() as session:
        families = parts.overdue(session, now)
    return sum(len(join(runtime, family, now, obey)) for family in families)


def join(runtime: Runtime, family: parts.Family, now: datetime, obey: Obey) -> list[int]:
    """Makes what messages the kept parts make by now, each once; returns their ids."""
    try:
        found = _joined(runtime, family, now, obey)
    except DBAPIError:
        raise
    except Exception:  # its STOP could not be read: kept all the same, and read like any message
        log.exception("joined message not read", account=family.account)
        found = _joined(runtime, family, now, None)
    for message_id in found:
        _told(family.account, message_id)
    return found


def _joined(runtime: Runtime, family: parts.Family, now: datetime, obey: Obey | None) -> list[int]:
    found = []
    with runtime.database.writing() as session:
        left = parts.drop_repeats(session, family, parts.waiting(session, family))
        while chosen := parts.next_message(left, now):
            row = parts.joined_row(chosen, now)
            message_id = receive(session.connection(), row)
            if message_id is None:
                raise RuntimeError("a message of another time has its name")
            for part in chosen:
                part.message_id = message_id
            session.flush()
            if obey and runtime.keywords.is_stop(row["body"]):
                obey(session, message_id)
            found.append(message_id)
            left = parts.drop_repeats(session, family, [p for p in left if p not in chosen])
    return found


def _told(account: str, message_id: int) -> None:
    metrics.RECEIVED.labels(account).inc()
    log.info("message received", message=message_id, account=account)

"""A test message by one account with an SMS company, to whoever asks for it and to nobody else."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.dispatch.outbox import Text, queue_test
from gateway.runtime import Runtime
from gateway.store.audit import record
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Delivery, User
from gateway.terms.refusals import NotFound, Refused

PAUSE = timedelta(minutes=1)


def send_test(runtime: Runtime, session: Session, account: str, by: User, now: datetime) -> None:
    """Puts it into the outbox, for the person's own phone and for that account alone."""
    if account not in runtime.settings.providers:
        raise NotFound("There is no such account.")
    person = session.get_one(User, by.id, populate_existing=True, with_for_update=True)
    if not person.phone:
        raise Refused("Your account has no phone number: set one on the page of users first.")
    recent = select(Delivery.id).where(
        Delivery.subscriber_id.is_(None), Delivery.kind == "test", Delivery.created_at > now - PAUSE
    )
    if session.scalar(recent.limit(1)) is not None:
        raise Refused("A test message left less than a minute ago. Wait a moment.")
    clock = f"{now.astimezone(runtime.zone):%H:%M}"
    body = f"Test of the gateway, account {account}, {clock}"
    queue_test(session, person, account, Text("en", body), now)
    nudge_after_commit(session, "send_due")
    record(session, who=by.name, act="account.test", subject=f"account {account}", now=now)

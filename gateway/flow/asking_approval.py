"""Asks the other coordinators by SMS for their yes: they see the very text, and get a code."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.alerts import wording
from gateway.dispatch.outbox import Text, queue_page
from gateway.flow import codes
from gateway.flow.calling import coordinators
from gateway.flow.reaching import preview
from gateway.runtime import Runtime
from gateway.store.database import nudge_after_commit
from gateway.store.tables import Alert, User

_ASKED_FOR = frozenset({"warning", "cancel", "all_clear"})


def ask(runtime: Runtime, session: Session, alert: Alert, by: User, now: datetime) -> int:
    """Pages them about a warning that cannot wait; returns how many.

    A drill is approved on the pages only, and what waits for the morning needs nobody's sleep.
    """
    slow = runtime.hazards[alert.hazard].slow
    if slow or alert.exercise_id is not None or alert.purpose not in _ASKED_FOR:
        return 0
    people = str(preview(runtime, session, alert).audience)
    return call(runtime, session, alert, "approve", by, now, people=people)


def call(
    runtime: Runtime,
    session: Session,
    alert: Alert,
    cause: str,
    by: User,
    now: datetime,
    **values: str,
) -> int:
    """One SMS to everybody but `by`, with a code for this version; returns how many."""
    called = 0
    for user in _others(runtime, session, by):
        about = codes.alert(alert.id)
        code = codes.new_call(
            runtime, session, about, user, cause=cause, step=alert.version, now=now
        )
        if code is not None:
            language = runtime.settings.languages[0]
            body = wording.render(
                language,
                f"page_{cause}",
                number=str(alert.id),
                text=_text(runtime, alert),
                code=code,
                **values,
            )
            queue_page(session, runtime.settings.routes, user, Text(language, body), now)
            called += 1
    if called:
        nudge_after_commit(session, "send_due")
    return called


def _others(runtime: Runtime, session: Session, by: User) -> Sequence[User]:
    if not runtime.settings.jobs.escalate:
        return ()
    return [user for user in coordinators(session) if user.id != by.id]


def _text(runtime: Runtime, alert: Alert) -> str:
    """In the language that coordinators are written to, else in the first there is."""
    texts = {text.language: text.body for text in alert.texts}
    return texts.get(runtime.settings.languages[0]) or next(iter(texts.values()))

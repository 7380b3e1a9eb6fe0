"""A draft as somebody is writing it: counted and checked like a kept one, and never kept."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.alerts import lettering
from gateway.flow.alerting import check_area, retimed
from gateway.flow.areas_of_alerts import Choice, chosen_area
from gateway.runtime import Runtime
from gateway.store.tables import Alert
from gateway.terms.refusals import Refused

LONGEST = 4_000  # letters of a text that are looked at


@dataclass(frozen=True, slots=True)
class Typed:
    """What a form holds; whatever cannot be read raises Refused when it is asked for."""

    texts: Mapping[str, str]  # by language
    choice: Callable[[], Choice | None]
    expires_at: Callable[[], datetime]
    starts_at: Callable[[], datetime | None]


def as_typed(
    runtime: Runtime, session: Session, alert: Alert, typed: Typed, now: datetime
) -> list[Refused]:
    """Gives the alert what is typed; where that cannot be, it stays as kept, and that is told.

    Only for a session that writes nothing.
    """
    refused: list[Refused] = []
    expires_at = alert.expires_at
    if alert.purpose != "campaign":
        with _noting(refused):
            _draw(runtime, session, alert, typed.choice())
        with _noting(refused):
            expires_at = typed.expires_at()
        with _noting(refused):
            alert.starts_at = typed.starts_at()
    texts = {one.language: typed.texts.get(one.language, one.body)[:LONGEST] for one in alert.texts}
    if alert.purpose != "campaign":
        texts = retimed(runtime, alert, texts, expires_at, now)
    for one in alert.texts:
        one.body = lettering.plain(texts[one.language].strip(), one.language)
    alert.expires_at = expires_at
    return refused


def _draw(runtime: Runtime, session: Session, alert: Alert, choice: Choice | None) -> None:
    if choice is not None:
        area = chosen_area(runtime, session, alert, choice)
        check_area(area)
        alert.set_zone(area)


@contextmanager
def _noting(refused: list[Refused]) -> Iterator[None]:
    try:
        yield
    except Refused as error:
        refused.append(error)

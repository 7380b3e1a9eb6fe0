"""Who has an incident, until when it must be judged, and who was called to it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.incidents.deadlines import Deadlines, Minutes, all_due
from gateway.store.tables import Call, Incident, User
from gateway.terms.saying import Said

Allowed = Callable[[Incident], tuple[Minutes, float]]
_WHY = {
    "unseen": Said("called: nobody had looked"),
    "unjudged": Said("called: it was not judged"),
    "asked": Said("got a new code"),
    "help": Said("called: somebody asked for help"),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """What a row of a list says about it; `owner` is a name."""

    owner: str | None
    due: Deadlines


@dataclass(frozen=True, slots=True)
class Called:
    """One SMS to one coordinator; its code is nowhere."""

    at: datetime
    name: str
    why: Said


def marks(session: Session, incidents: Sequence[Incident], allowed: Allowed) -> dict[int, Mark]:
    """The mark of each."""
    due = all_due(session, incidents, allowed)
    owners = {row.owner_id for row in incidents if row.owner_id is not None}
    people = session.execute(select(User.id, User.name).where(User.id.in_(owners)))
    names: dict[int | None, str] = {row.id: row.name for row in people}
    return {row.id: Mark(names.get(row.owner_id), due[row.id]) for row in incidents}


def calls(session: Session, incident_id: int, most: int) -> list[Called]:
    """The last calls about one incident, the newest first."""
    rows = session.execute(
        select(Call.at, User.name, Call.cause)
        .join(User, User.id == Call.user_id)
        .where(Call.incident_id == incident_id)
        .order_by(Call.id.desc())
        .limit(most)
    )
    return [Called(row.at, row.name, _WHY[row.cause]) for row in rows]

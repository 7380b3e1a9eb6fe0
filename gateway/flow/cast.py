"""Who plays in an exercise: the phones of its script, by the names they have there."""

from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.flow.scenario import People
from gateway.runtime import Runtime
from gateway.store.tables import Subscriber

_FIRST_NUMBER = 254_700_001_000  # a block nobody is called on: exercises never leave the machine


@dataclass
class Cast:
    """The phones of one exercise; none where its script is not at hand any more."""

    runtime: Runtime
    id: int  # of the exercise
    phones: dict[str, People]
    refusals: list[str] = field(default_factory=list)
    best_credibility: dict[int, int] = field(default_factory=dict)  # by incident, while judged

    def number(self, phone: str) -> str:
        """The number that this phone texts from."""
        return f"+{_FIRST_NUMBER + list(self.phones).index(phone)}"

    def index_of(self, phone: str) -> str:
        """The key under which the gateway knows this phone."""
        return self.runtime.keys.index.of(f"exercise:{self.id}:{self.number(phone)}")

    def people(self, session: Session) -> dict[str, Subscriber]:
        """Everybody the gateway knows by now, by the name of their phone."""
        rows = session.scalars(select(Subscriber).where(Subscriber.exercise_id == self.id))
        known = {row.phone_index: row for row in rows}
        found = {phone: known.get(self.index_of(phone)) for phone in self.phones}
        return {phone: person for phone, person in found.items() if person is not None}

    def names(self, session: Session) -> dict[int, str]:
        """What each is called, by the id of the subscriber: the phone, else the pseudonym."""
        rows = session.execute(
            select(Subscriber.id, Subscriber.pseudonym).where(Subscriber.exercise_id == self.id)
        )
        called = {row.id: row.pseudonym for row in rows}
        return called | {person.id: phone for phone, person in self.people(session).items()}

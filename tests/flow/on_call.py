"""A scene whose coordinators have phones, and what those phones have received."""

import re
from datetime import datetime
from typing import Any

from sqlalchemy import select

from gateway.flow import calling
from gateway.runtime import Runtime
from gateway.store.tables import AuditRow, Call, Incident, Move, User
from tests.dispatch.scenes import Scene

AMINA, BRIAN, CHEBET = (f"+25470000080{number}" for number in (1, 2, 3))
STRANGER, WITNESS = "+254700000811", "+254700000812"
ROTA = '[{people = ["Amina", "brian"]}]'


class OnCall(Scene):
    """Amina and Brian, of the rota, and Chebet, who is not."""

    def __init__(self, runtime: Runtime, now: datetime) -> None:
        super().__init__(runtime, now)
        for user, phone in ((self.first, AMINA), (self.second, BRIAN), (self.third, CHEBET)):
            self.give_phone(user, phone)

    def give_phone(self, user: User, phone: str, **facts: Any) -> None:
        """An account's number, as `gateway user add --phone` keeps it."""
        with self.runtime.database.writing() as session:
            row = session.get_one(User, user.id)
            row.phone, row.phone_index = phone, self.runtime.keys.index.of(phone)
            for name, value in facts.items():
                setattr(row, name, value)

    def sweep(self, **span: float) -> int:
        """Time goes by, and the sweep of the calls goes round."""
        self.later(**span)
        called = calling.call_due(self.runtime)
        self.send()
        return called

    def text(self, phone: str, body: str, *, read: bool = True, **facts: Any) -> None:
        """A person writes, and what is answered leaves before they write again."""
        super().text(phone, body, read=read, **facts)
        self.send()

    def got(self, phone: str) -> list[str]:
        """All that this phone has received."""
        return [sms.text for sms in self.company.sent if sms.to == phone]

    def code(self, phone: str) -> str:
        """The newest code that this phone was sent."""
        texts = [text for text in self.got(phone) if "VERIFY" in text]
        found = re.search(r"VERIFY \d+ (\d{6})", texts[-1])
        assert found
        return found[1]

    def one(self, incident_id: int) -> Incident:
        """The incident as the database has it."""
        with self.runtime.database.reading() as session:
            return session.get_one(Incident, incident_id)

    def calls(self) -> list[tuple[str, str, int]]:
        """Name, cause and step of each call to an incident, the first one first."""
        query = (
            select(User.name, Call.cause, Call.step)
            .join(User, User.id == Call.user_id)
            .where(Call.incident_id.is_not(None))
        )
        with self.runtime.database.reading() as session:
            return [(row[0], row[1], row[2]) for row in session.execute(query.order_by(Call.id))]

    def refusals(self) -> list[tuple[str, str]]:
        """Who was refused an order, and why."""
        query = select(AuditRow).where(AuditRow.act == "order.refused").order_by(AuditRow.id)
        with self.runtime.database.reading() as session:
            return [(row.who, row.facts["cause"]) for row in session.scalars(query)]

    def acts(self) -> list[str]:
        """Everything that was audited, in its order."""
        with self.runtime.database.reading() as session:
            return list(session.scalars(select(AuditRow.act).order_by(AuditRow.id)))

    def judgement(self, incident_id: int) -> tuple[str, int]:
        """The state, and in how many moves it came about."""
        query = select(Move).where(Move.machine == "incident", Move.row_id == incident_id)
        with self.runtime.database.reading() as session:
            return self.one(incident_id).state, len(session.scalars(query).all())

"""A scene with villages, focal points and reporters, for what is asked and answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from gateway.flow import inquiring, reminding
from gateway.runtime import Runtime
from gateway.store.tables import Delivery, Incident, Inquiry, Message, Place, Report, Subscriber
from gateway.terms.geo import Position
from tests.dispatch.scenes import Scene
from tests.make import MOA, make_place, make_subscriber

KM = 1 / 111.2  # degrees of latitude
REPORTER = "+254700000900"
REPORT = "Armed men with machetes are coming to Moa, hurry"


class Neighbourhood(Scene):
    """Moa, where it happens; focal points around."""

    def __init__(self, runtime: Runtime, now: datetime) -> None:
        super().__init__(runtime, now)
        self._phones = 0

    def village(self, name: str, away_km: float) -> Place:
        """A village so far north of Moa."""
        with self.runtime.database.writing() as session:
            place = make_place(session, name, Position(MOA.lat + away_km * KM, MOA.lon))
            from gateway.store import gazetteer

            gazetteer.touch(session, self.now, "test")
            return place

    def focal(self, place: Place | None = None, **facts: Any) -> str:
        """A focal point at home there, in Moa unless said otherwise; their number."""
        home = place or self.place
        self._phones += 1
        phone = f"+2547000001{self._phones:02}"
        values = {
            "focal_point": True, "place_id": home.id, "home": Position(home.lat, home.lon),
        } | facts  # fmt: skip
        with self.runtime.database.writing() as session:
            make_subscriber(session, self.runtime.keys, phone, **values)
        return phone

    def sweep(self) -> int:
        """What the background does about new incidents."""
        return inquiring.ask_neighbours(self.runtime)

    def remind(self) -> tuple[int, int]:
        """What the background does about questions that wait."""
        return reminding.remind_and_expire(self.runtime)

    def got(self, phone: str, kind: str = "inquiry") -> list[str]:
        """Texts queued for or sent to a phone, the first one first."""
        with self.runtime.database.reading() as session:
            index = self.runtime.keys.index.of(phone)
            rows = session.scalars(
                select(Delivery)
                .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
                .where(
                    Subscriber.phone_index == index,
                    Delivery.kind == kind,
                    Delivery.state != "withdrawn",
                )
                .order_by(Delivery.id)
            ).all()
        return [row.body or "" for row in rows]

    def inquiries(self, **facts: Any) -> Sequence[Inquiry]:
        """All questions with these facts, the first one first."""
        wanted = [getattr(Inquiry, name) == value for name, value in facts.items()]
        with self.runtime.database.reading() as session:
            return session.scalars(select(Inquiry).where(*wanted).order_by(Inquiry.id)).all()

    def only(self, **facts: Any) -> Inquiry:
        """The one question with these facts."""
        (found,) = self.inquiries(**facts)
        return found

    def kind_of_last_message(self) -> str | None:
        """What the newest message was taken for."""
        with self.runtime.database.reading() as session:
            return session.scalar(select(Message.kind).order_by(Message.id.desc()).limit(1))

    def reports(self) -> Sequence[Report]:
        """All reports, the first one first."""
        with self.runtime.database.reading() as session:
            return session.scalars(select(Report).order_by(Report.id)).all()

    def one_incident(self) -> Incident:
        """The only incident there is."""
        (incident,) = self.incidents()
        return incident

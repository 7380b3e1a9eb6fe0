"""A gateway with a village, three coordinators and a company that remembers what it was given."""

import threading
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar

from sqlalchemy import func, select, update

from gateway.dispatch import claiming
from gateway.dispatch.claiming import Parcel, Way
from gateway.dispatch.routing import LANES
from gateway.flow import alerting, judging, settling, take_in
from gateway.flow.receipts import ReceiptSweep, keep_receipts
from gateway.flow.sending import Sender, patience
from gateway.providers.base import (
    Acknowledgement,
    InboundSms,
    Outgoing,
    Provider,
    ProviderConfig,
    Receipt,
    SendError,
    Submission,
    WebhookRequest,
)
from gateway.runtime import Runtime
from gateway.store.tables import Alert, Delivery, Exercise, Incident, User
from tests.make import make_incident, make_place, make_subscriber, make_user

ACCOUNT = "simulator"


class PowerCut(BaseException):
    """The machine goes dark right here."""


class Recorder(Provider):
    """Stands where an SMS company is: takes messages, keeps them, errs when it is told to."""

    type: ClassVar[str] = "recorder"
    ASKABLE: ClassVar[bool] = True
    STATES: ClassVar[Mapping[str, str | None]] = {}

    def __init__(self, account: str = ACCOUNT) -> None:
        super().__init__(ProviderConfig(account=account, type=self.type))
        self.sent: list[Outgoing] = []
        self.asked: list[Outgoing] = []
        self.errors: list[SendError] = []  # raised in turn instead of taking a message
        self.look_up_error: SendError | None = None
        self.forgets = False
        self.dark_after_taking = False
        self.before: Callable[[Outgoing], None] = lambda _sms: None
        self._lock = threading.Lock()

    @property
    def copies(self) -> Counter[str]:
        """How many messages each number was sent."""
        return Counter(sms.to for sms in self.sent)

    def send(self, sms: Outgoing) -> Submission:
        self.before(sms)
        with self._lock:
            if self.errors:
                raise self.errors.pop(0)
            self.sent.append(sms)
        if self.dark_after_taking:
            raise PowerCut
        return Submission(f"rec-{sms.reference}")

    def look_up(self, sms: Outgoing, since: datetime) -> Submission | None:
        self.asked.append(sms)
        if self.look_up_error:
            raise self.look_up_error
        known = not self.forgets and any(one.reference == sms.reference for one in self.sent)
        return Submission(f"rec-{sms.reference}") if known else None

    def read_inbound(self, request: WebhookRequest) -> list[InboundSms]:
        raise NotImplementedError

    def read_receipt(self, request: WebhookRequest) -> list[Receipt]:
        raise NotImplementedError

    def acknowledge(self) -> Acknowledgement:
        raise NotImplementedError


class Scene:
    """Rows and moments of one test; `now` is the gateway's clock and is moved by hand."""

    def __init__(self, runtime: Runtime, now: datetime) -> None:
        self.runtime, self.now = runtime, now
        self.company = Recorder()
        self.drill_company = Recorder("exercise")
        self.plug_in(runtime)
        with runtime.database.writing() as session:
            self.place = make_place(session)
            self.first = make_user(session, "amina")
            self.second = make_user(session, "brian")
            self.third = make_user(session, "chebet")

    def plug_in(self, runtime: Runtime) -> None:
        """Gives a gateway this scene's clock and companies."""
        runtime.clock = lambda: self.now
        runtime.providers = {ACCOUNT: self.company, "exercise": self.drill_company}

    def later(self, **span: float) -> datetime:
        """Moves the clock on."""
        self.now += timedelta(**span)
        return self.now

    def people(self, count: int, first: int = 0, **facts: Any) -> list[str]:
        """So many subscribed neighbours; their numbers."""
        phones = [f"+2547000{number:05}" for number in range(first, first + count)]
        with self.runtime.database.writing() as session:
            for phone in phones:
                make_subscriber(session, self.runtime.keys, phone, **facts)
        return phones

    def exercise(self) -> int:
        """A running exercise."""
        with self.runtime.database.writing() as session:
            drill = Exercise(scenario="test", started_at=self.now)
            session.add(drill)
            session.flush()
            return drill.id

    def incident(self, state: str = "verified", **facts: Any) -> int:
        """An incident near Moa."""
        with self.runtime.database.writing() as session:
            return make_incident(session, self.now, state=state, **facts).id

    def draft(self, **facts: Any) -> Alert:
        """A warning of a new, verified incident."""
        incident = self.incident(**facts)
        with self.runtime.database.writing() as session:
            return alerting.draft(self.runtime, session, incident, self.first, self.now)

    def submitted(self, by: User | None = None, **facts: Any) -> Alert:
        """A warning that waits for approval."""
        alert = self.draft(**facts)
        with self.runtime.database.writing() as session:
            writer = by or self.first
            return alerting.submit(self.runtime, session, alert.id, writer, alert.version, self.now)

    def approve(self, alert: Alert, by: User | None = None, version: int | None = None) -> Alert:
        """One yes."""
        with self.runtime.database.writing() as session:
            who, seen = by or self.second, version or alert.version
            return alerting.approve(self.runtime, session, alert.id, who, seen, self.now)

    def approved(self, **facts: Any) -> Alert:
        """A warning whose deliveries wait in the outbox."""
        return self.approve(self.submitted(**facts))

    def cancel(self, alert: Alert) -> Alert | None:
        """Cancels; the follow-up's draft."""
        with self.runtime.database.writing() as session:
            return alerting.cancel(
                self.runtime, session, alert.id, self.first, "a mistake", self.now
            )

    def send(self, batches: int = 20) -> int:
        """One sweep of a fresh process."""
        sender = Sender(self.runtime)
        try:
            return sender.send_due(batches)
        finally:
            sender.close()

    def settle(self) -> int:
        """Asks about what may have been lost."""
        return settling.settle_lost(self.runtime)

    def claim(self, most: int) -> list[Parcel]:
        """What a worker takes of what waits, without handing it over."""
        with self.runtime.database.writing() as session:
            paths = claiming.paths(session)
            ways = [Way(path, lane) for path in paths for lane in LANES]
            ids = claiming.waiting(session, ways, most, 0, self.now)
            return claiming.claim(session, ids, lambda _: ACCOUNT, patience(self.runtime), self.now)

    def text(self, phone: str, body: str, *, read: bool = True, **facts: Any) -> None:
        """A person writes; what they wrote is read unless said otherwise."""
        exercise_id = facts.pop("exercise_id", None)
        provider_id = facts.pop("provider_id", None) or uuid.uuid4().hex
        sms = InboundSms(provider_id=provider_id, sender=phone, recipient="", text=body, **facts)
        take_in.keep(self.runtime, ACCOUNT, [sms], self.now, exercise_id=exercise_id)
        if read:
            take_in.process_waiting(self.runtime, 50)

    def receipt(self, delivery: Delivery, state: str | None, **facts: Any) -> None:
        """The company says what became of a message of ours."""
        provider_id = facts.pop("provider_id", f"rec-{delivery.reference}")
        account = facts.pop("account", ACCOUNT)
        said = Receipt(provider_id, facts.pop("status", state or "odd"), state, **facts)
        keep_receipts(self.runtime, account, [said], self.now)
        ReceiptSweep(self.runtime).apply()

    def deliveries(self, **facts: Any) -> Sequence[Delivery]:
        """Rows of the outbox, in their order of leaving."""
        wanted = [getattr(Delivery, name) == value for name, value in facts.items()]
        with self.runtime.database.reading() as session:
            return session.scalars(
                select(Delivery).where(*wanted).order_by(Delivery.distance_m, Delivery.id)
            ).all()

    def states(self, **facts: Any) -> Counter[str]:
        """How many deliveries are in each state."""
        return Counter(delivery.state for delivery in self.deliveries(**facts))

    def alert_state(self, alert: Alert) -> str:
        """The state as the database has it."""
        with self.runtime.database.reading() as session:
            return session.get_one(Alert, alert.id).state

    def incidents(self) -> Sequence[Incident]:
        """All of them, the first one first."""
        with self.runtime.database.reading() as session:
            return session.scalars(select(Incident).order_by(Incident.id)).all()

    def refute(self, incident_id: int) -> None:
        """It did not happen after all."""
        with self.runtime.database.writing() as session:
            judging.refute(session, incident_id, self.third, "the chief was there", self.now)

    def set(self, table: Any, row_id: int, **values: Any) -> None:
        """Changes a row behind the gateway's back."""
        with self.runtime.database.writing() as session:
            session.execute(update(table).where(table.id == row_id).values(**values))

    def count(self, table: Any) -> int:
        """How many rows."""
        with self.runtime.database.reading() as session:
            return session.scalar(select(func.count()).select_from(table)) or 0

"""Random lives of alerts: coordinators, villagers, two senders and crashes, and what must hold."""

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select, update

from gateway.flow import alerting, glass, judging, rounds, settling, spreading, take_in, upkeep
from gateway.flow.receipts import ReceiptSweep, keep_receipts
from gateway.flow.sending import Sender
from gateway.lists.reach import reach_of
from gateway.providers.base import (
    HandoverUnknown,
    InboundSms,
    Outgoing,
    ProviderDown,
    Receipt,
)
from gateway.runtime import Runtime
from gateway.store.tables import (
    Alert,
    Approval,
    Delivery,
    Place,
    Subscriber,
    User,
)
from gateway.terms.area import Area
from gateway.terms.geo import Position
from gateway.terms.polygon import polygon_of
from gateway.terms.refusals import Refused
from gateway.terms.states import MoveRefused
from tests.dispatch.scenes import ACCOUNT, PowerCut, Recorder
from tests.make import make_incident, make_subscriber

_STEPS = 18
_ONCE_SENT = ("approved", "live", "expired", "cancelled")
_FOLLOW_UPS = ("cancel", "all_clear")


@dataclass
class Frozen:
    """What an alert was when this test first saw it approved."""

    texts: dict[str, str]
    people: frozenset[str]  # who had to get it, by the test's own count
    hash: str


@dataclass
class Life:
    """One village, its people, one incident, and everything that happens to its alerts."""

    runtime: Runtime
    place: Place
    users: list[User]
    now: datetime
    seed: int
    log: list[str] = field(default_factory=list)
    stopped: set[str] = field(default_factory=set)
    joined: set[str] = field(default_factory=set)
    frozen: dict[int, Frozen] = field(default_factory=dict)
    tried: Counter[tuple[int, str]] = field(default_factory=Counter)
    taken: Counter[tuple[int, str, int]] = field(default_factory=Counter)
    busy: bool = False
    sending: Sender | None = None

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.company = Recorder()
        self.company.before = self._before
        self.runtime.clock = lambda: self.now
        self.runtime.providers = {ACCOUNT: self.company, "exercise": Recorder("exercise")}
        self.senders = [Sender(self.runtime), Sender(self.runtime)]
        self.phones = [f"+2547{self.seed % 100_000:05}{number:03}" for number in range(6)]
        self.joined = set(self.phones[:4])
        with self.runtime.database.writing() as session:
            session.execute(update(User).values(disabled=False))
            for phone in self.phones[:4]:
                home = Position(self.place.lat, self.place.lon)
                make_subscriber(
                    session, self.runtime.keys, phone,
                    home=home, place_id=self.place.id, language=self.chance.choice(["en", "sw"]),
                    pseudonym=f"Heron-{phone[-8:]}",
                )  # fmt: skip
            self.incident_id = make_incident(
                session, self.now, state="verified", place_id=self.place.id,
                place_name=self.place.name, lat=self.place.lat, lon=self.place.lon,
            ).id  # fmt: skip

    def live(self) -> None:
        """So many random steps, then time to the end; every promise is looked at."""
        for _ in range(_STEPS):
            self._do(self._next())
        self._to_the_end()
        for sender in self.senders:
            sender.close()

    def _next(self) -> Callable[[], None]:
        """Mostly what makes sense in the states there are, now and then anything."""
        if self.chance.random() < 0.08:
            return self.chance.choice([act for acts in self._acts().values() for act in acts])
        states = self._states()
        fitting = [act for state in (*states, "always") for act in self._acts()[state]]
        return self.chance.choice(fitting)

    def _acts(self) -> dict[str, list[Callable[[], None]]]:
        """What may be done, by the state of some alert; what stands there twice is done more."""
        return {
            "none": [self.draft] * 12,
            "draft": [self.submit] * 6 + [self.edit] * 2 + [self.discard],
            "submitted": [self.approve] * 9
            + [self.break_glass, self.break_glass, self.hold, self.give_back, self.disable],
            "approved": [self.send] * 4 + [self.cancel, self.join, self.stop],
            "live": [self.send] * 3
            + [self.receipt] * 2
            + [self.cancel, self.update, self.update, self.all_clear, self.judge, self.stop]
            + [self.join, self.start],
            "always": [self.pass_time] * 3 + [self.join, self.stop, self.start, self.restart],
        }

    def _states(self) -> set[str]:
        with self.runtime.database.reading() as session:
            states = set(
                session.scalars(select(Alert.state).where(Alert.incident_id == self.incident_id))
            )
        return states & {"draft", "submitted", "approved", "live"} or {"none"}

    def _do(self, act: Callable[[], None]) -> None:
        self.log.append(act.__name__)
        try:
            act()
        except (Refused, MoveRefused) as refused:
            self.log[-1] += f" ({refused})"
        self._look()

    # What coordinators do.

    def draft(self) -> None:
        with self.runtime.database.writing() as session:
            alerting.draft(self.runtime, session, self.incident_id, self._user(), self.now)

    def edit(self) -> None:
        alert = self._some_alert()
        words = f" Stay calm, please ({self.chance.choice('abcdefgh')})."
        with self.runtime.database.reading() as session:
            kept = session.get_one(Alert, alert.id)
            texts = {text.language: text.body[:200] + words for text in kept.texts}
            area = self._drawn(kept) if self.chance.random() < 0.3 else None
        expires = self.now + timedelta(minutes=self.chance.choice([-5, 40, 300, 300]))
        with self.runtime.database.writing() as session:
            alerting.edit(
                self.runtime, session, alert.id, self._user(), self._version(alert), self.now,
                texts=texts, expires_at=expires, area=area,
                starts_at=self.chance.choice([None, None, self.now + timedelta(minutes=20)]),
                repeat_minutes=self.chance.choice([None, None, 15]),
            )  # fmt: skip

    def _drawn(self, alert: Alert) -> Area | None:
        """Some triangle near the event, with or without it inside."""
        if alert.purpose != "warning":
            return None
        degrees = self.chance.choice([0.01, 0.1, 0.5])
        corners = [
            (alert.lat + degrees * self.chance.uniform(-1, 1), alert.lon + degrees * east)
            for east in (-1, 0.2, 1)
        ]
        shape = polygon_of(corners)
        return Area(shape.centre.lat, shape.centre.lon, polygon=shape)

    def submit(self) -> None:
        alert = self._some_alert("draft")
        with self.runtime.database.writing() as session:
            alerting.submit(
                self.runtime, session, alert.id, self._user(), self._version(alert), self.now
            )

    def give_back(self) -> None:
        with self.runtime.database.writing() as session:
            alerting.return_to_draft(
                session, self._some_alert("submitted").id, self._user(), "look again", self.now
            )

    def approve(self) -> None:
        alert = self._some_alert("submitted")
        others = [user for user in self.users if user.id != alert.submitted_by]
        by = self.chance.choice(others) if self.chance.random() < 0.8 else self._user()
        with self.runtime.database.writing() as session:
            alerting.approve(self.runtime, session, alert.id, by, self._version(alert), self.now)

    def discard(self) -> None:
        with self.runtime.database.writing() as session:
            alerting.discard(session, self._some_alert().id, self._user(), "no", self.now)

    def cancel(self) -> None:
        with self.runtime.database.writing() as session:
            alerting.cancel(
                self.runtime, session, self._some_alert("live").id, self._user(), "wrong", self.now
            )

    def update(self) -> None:
        with self.runtime.database.writing() as session:
            alerting.update(
                self.runtime, session, self._some_alert("live").id, self._user(), self.now
            )

    def all_clear(self) -> None:
        with self.runtime.database.writing() as session:
            alerting.all_clear(
                self.runtime, session, self._some_alert("live").id, self._user(), self.now
            )

    def break_glass(self) -> None:
        alert = self._some_alert("submitted")
        with self.runtime.database.writing() as session:
            glass.begin(
                self.runtime, session, alert.id, self._user(), alert.version, "alone", self.now
            )

    def hold(self) -> None:
        with self.runtime.database.writing() as session:
            glass.hold(session, self._some_alert("submitted").id, self._user(), "no", self.now)

    def disable(self) -> None:
        user = self._user()
        with self.runtime.database.writing() as session:
            row = session.get_one(User, user.id)
            row.disabled = not row.disabled

    def judge(self) -> None:
        act = self.chance.choice([judging.refute, judging.close, judging.reopen, judging.verify])
        with self.runtime.database.writing() as session:
            act(session, self.incident_id, self.users[0], "they say so", self.now)

    # What people do.

    def join(self) -> None:
        self._text(self.chance.choice(self.phones), f"JOIN {self.place.name}")

    def stop(self) -> None:
        self._text(self.chance.choice(self.phones), "STOP")

    def start(self) -> None:
        self._text(self.chance.choice(self.phones), "START")

    def receipt(self) -> None:
        with self.runtime.database.reading() as session:
            sent = session.scalars(
                select(Delivery).where(Delivery.state == "submitted").order_by(Delivery.id)
            ).all()
        if sent:
            delivery = self.chance.choice(sent)
            state = self.chance.choice(["delivered", "delivered", "failed"])
            said = Receipt(f"rec-{delivery.reference}", state, state)
            keep_receipts(self.runtime, ACCOUNT, [said], self.now)
            ReceiptSweep(self.runtime).apply()

    # What machines do.

    def send(self) -> None:
        odd = self.chance.random()
        if odd < 0.1:
            self.company.errors = [self.chance.choice([ProviderDown("busy"), HandoverUnknown("?")])]
        self.company.dark_after_taking = 0.1 < odd < 0.15
        sender = self.chance.choice([one for one in self.senders if one is not self.sending])
        before, self.sending = self.sending, sender
        try:
            sender.send_due(1)
        except PowerCut:
            self.log[-1] += " (power cut)"
            sender.close()
            self.senders[self.senders.index(sender)] = Sender(self.runtime)
        finally:
            self.sending = before
            self.company.errors, self.company.dark_after_taking = [], False

    def restart(self) -> None:
        """A process dies with what it holds in memory; the tables are all that is left."""
        self.senders[0].close()
        self.senders[0] = Sender(self.runtime)

    def pass_time(self) -> None:
        minutes = self.chance.choice([0.05, 1, 3, 20, 70])
        self.now += timedelta(minutes=minutes)
        self.log[-1] += f" {minutes:g} min"
        self._sweep()

    def _sweep(self) -> None:
        glass.fire_due(self.runtime)
        spreading.go_on(self.runtime)
        rounds.repeat_due(self.runtime)
        upkeep.expire_alerts(self.runtime)
        settling.settle_lost(self.runtime)

    def _to_the_end(self) -> None:
        self.log.append("the end")
        for minutes in (1, 3, 30, 90, 300, 700):
            self.now += timedelta(minutes=minutes)
            self._sweep()
            self._look()
            self.send()
        self._accounted()
        with self.runtime.database.writing() as session:  # leave nothing for the next life
            session.execute(
                update(Delivery).where(Delivery.state == "queued").values(state="withdrawn")
            )
            session.execute(update(Alert).where(Alert.state == "submitted").values(glass_at=None))

    # What must hold.

    def _look(self) -> None:
        """Whatever is approved by now is remembered as it was when that was first seen."""
        with self.runtime.database.reading() as session:
            approved = session.scalars(
                select(Alert).where(
                    Alert.incident_id == self.incident_id, Alert.state.in_(_ONCE_SENT)
                )
            ).all()
            for alert in approved:
                texts = {text.language: text.body for text in alert.texts}
                known = self.frozen.get(alert.id)
                if known is None and alert.approved_at is not None:
                    self.frozen[alert.id] = Frozen(
                        texts, self._meant(alert), alert.content_hash or ""
                    )
                elif known is not None:
                    assert texts == known.texts, self._told("a frozen text changed")
                    assert alert.content_hash == known.hash, self._told("the hash changed")

    def _meant(self, alert: Alert) -> frozenset[str]:
        if alert.purpose in _FOLLOW_UPS:
            return frozenset()  # whoever was sent it; checked when it leaves
        return frozenset(self.joined - self.stopped)

    def _before(self, sms: Outgoing) -> None:
        """Right before the company takes a message: the gateway has looked for the last time."""
        with self.runtime.database.reading() as session:
            delivery = session.scalars(
                select(Delivery).where(Delivery.reference == sms.reference)
            ).one()
            if delivery.alert_id is not None:
                self._check_alert(session.get_one(Alert, delivery.alert_id), delivery, sms)
        if self.busy:
            return
        self.busy = True  # something happens just while this message is on its way
        for act in self.chance.choice(self._meanwhile()):
            self._do(act)
        self.busy = False

    def _meanwhile(self) -> list[list[Callable[[], None]]]:
        """No time goes by: a hand-over ends long before its lease does."""
        taken_back = [self.cancel, self.submit, self.approve, self.send]
        taken_over = [self.update, self.submit, self.approve, self.send]
        alone: list[list[Callable[[], None]]] = [
            [self.stop], [self.cancel], [self.approve], [self.join], [self.start]
        ]  # fmt: skip
        return [[]] * 14 + alone + [taken_back, taken_over]

    def _check_alert(self, alert: Alert, delivery: Delivery, sms: Outgoing) -> None:
        self._look()
        known = self.frozen.get(alert.id)
        assert known is not None, self._told(f"W{alert.id} left before it was approved")
        assert sms.text == known.texts[delivery.language], self._told("not the frozen text")
        assert sms.to not in self.stopped, self._told(f"W{alert.id} left after STOP")
        assert self.now < alert.expires_at, self._told(f"W{alert.id} left after its end")
        self._check_approvals(alert)
        if alert.purpose in _FOLLOW_UPS:
            before = sum(self.tried[one, sms.to] for one in self._chain(alert))
            assert before, self._told(f"W{alert.id} overtook what it speaks of")
        copies = self.taken[alert.id, sms.to, delivery.round]
        assert copies == 0, self._told(f"W{alert.id} went to one person twice in a round")
        if alert.repeat_minutes is None:
            others = [key for key in self.taken if key[:2] == (alert.id, sms.to)]
            assert not others, self._told(f"W{alert.id} went to one person twice")
        self.tried[alert.id, sms.to] += 1
        if not self.company.errors:
            self.taken[alert.id, sms.to, delivery.round] += 1

    def _check_approvals(self, alert: Alert) -> None:
        with self.runtime.database.reading() as session:
            yes = set(
                session.scalars(
                    select(Approval.user_id).where(
                        Approval.alert_id == alert.id, Approval.version == alert.version
                    )
                )
            )
        needed = self.runtime.settings.approvals_for(alert.hazard, alert.severity)
        if alert.glass_broken:
            assert self.runtime.settings.break_glass.enabled, self._told("glass was not allowed")
            return
        assert len(yes - {alert.submitted_by}) >= needed, self._told("too few approvals")

    def _chain(self, alert: Alert) -> list[int]:
        chain, before = [], alert.refers_to_id
        with self.runtime.database.reading() as session:
            while before is not None:
                chain.append(before)
                before = session.get_one(Alert, before).refers_to_id
        return chain

    def _accounted(self) -> None:
        """Each person whom an approved alert was meant for has a row, and reach counts them all."""
        with self.runtime.database.reading() as session:
            for alert_id, known in self.frozen.items():
                rows = session.execute(
                    select(Subscriber.phone_index, Delivery.state)
                    .join(Delivery, Delivery.subscriber_id == Subscriber.id)
                    .where(Delivery.alert_id == alert_id)
                ).all()
                queued = {row.phone_index for row in rows}
                missing = [
                    phone
                    for phone in known.people
                    if self.runtime.keys.index.of(phone) not in queued
                ]
                assert not missing, self._told(f"{len(missing)} people of W{alert_id} have no row")
                reach = reach_of(session, [alert_id])[alert_id]
                assert reach.total >= len(queued), self._told("reach counts too few")
                left = {state for _, state in rows} - {
                    "delivered", "failed", "withdrawn", "submitted", "unknown",
                }  # fmt: skip
                assert not left, self._told(f"copies of W{alert_id} still wait at the end: {left}")

    # Small things.

    def _text(self, phone: str, words: str) -> None:
        sms = InboundSms(
            provider_id=f"{self.seed}-{len(self.log)}-{self.chance.random()}",
            sender=phone, recipient="", text=words,
        )  # fmt: skip
        take_in.keep(self.runtime, ACCOUNT, [sms], self.now)
        take_in.process_waiting(self.runtime, 5)
        self.log[-1] += f" {phone[-1]}"
        with self.runtime.database.reading() as session:
            person = session.scalars(
                select(Subscriber).where(
                    Subscriber.phone_index == self.runtime.keys.index.of(phone)
                )
            ).one()
        (self.stopped.add if person.state == "stopped" else self.stopped.discard)(phone)
        if person.state == "subscribed" and person.place_id == self.place.id:
            self.joined.add(phone)

    def _user(self) -> User:
        return self.chance.choice(self.users)

    def _version(self, alert: Alert) -> int:
        stale = self.chance.random() < 0.05
        return alert.version - stale

    def _some_alert(self, state: str | None = None) -> Alert:
        with self.runtime.database.reading() as session:
            query = select(Alert).where(Alert.incident_id == self.incident_id)
            alerts = session.scalars(query.order_by(Alert.id)).all()
        fitting = [alert for alert in alerts if state in (None, alert.state)]
        if self.chance.random() < 0.1:
            fitting = list(alerts)
        if not fitting:
            raise Refused("there is none")
        return self.chance.choice(fitting)

    def _told(self, what: str) -> str:
        return f"{what}; seed {self.seed}:\n" + "\n".join(self.log)

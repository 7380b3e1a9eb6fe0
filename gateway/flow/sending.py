"""Sends what is due: alerts go live, deliveries are claimed, handed over and recorded."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

import structlog
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from gateway.dispatch import breaking, claiming, pacing, sending
from gateway.dispatch.claiming import Parcel
from gateway.dispatch.routing import lane_of
from gateway.dispatch.sending import Outcome
from gateway.flow.claims import Claims, Turn
from gateway.flow.hands import Hands
from gateway.flow.receipts import opted_out
from gateway.flow.roads import carriers, is_polled, patience
from gateway.plumbing import metrics
from gateway.providers.base import SendError, Submission, Throttled
from gateway.runtime import EXERCISE_ACCOUNT, Runtime
from gateway.store.history import move
from gateway.store.tables import AccountState, Alert, Delivery

log = structlog.get_logger()
_LOOK_S = 0.05  # between two looks at what came of hand-overs
_LONGEST_S = 60.0  # of one sweep
_LIVE_S = 1.0
_TURNS = 4  # that a message may miss


class Sender:
    """The hands of one process: threads for each account, and one that claims and records.

    `turn` waits for the moment of a message.
    """

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime
        accounts = runtime.settings.providers
        names = [*accounts, EXERCISE_ACCOUNT]
        self.turn: Callable[[float], None] = time.sleep
        self._done = threading.Condition()
        self._hands = {
            name: Hands(name, accounts[name].connections if name in accounts else 8, self._done)
            for name in names
            if not is_polled(runtime, name)
        }
        self._claims = Claims(runtime, self._hands)
        self._stalled: set[str] = set()
        self._unrecorded: list[Outcome] = []
        self._is_dark = False
        self._over = threading.Event()

    @property
    def rates(self) -> dict[str, float]:
        """Messages a second of each account."""
        return self._claims.rates

    def send_due(self, batches: int | None = None) -> int:
        """Sends until nothing is due, or `batches` claims are done; returns how many were taken."""
        handed, began, live_at = 0, time.monotonic(), 0.0
        while time.monotonic() - began < _LONGEST_S and not self._over.is_set():
            if time.monotonic() - live_at >= _LIVE_S:
                go_live(self.runtime)
                live_at = time.monotonic()
            claimed, busy, paced = 0, self._busy(), False
            self._trip_stalled()
            if batches is None or batches > 0:
                claimed, paced = self._give_out()
                batches = batches - 1 if batches and claimed else batches
            handed += self._record()
            ends = not busy or (batches == 0 and not self._busy())
            if ends and not claimed and not paced:
                break
            if paced or self._busy():
                with self._done:
                    self._done.wait(_LOOK_S)
        return handed

    def stop(self) -> None:
        """Ends a sweep that goes on, soon."""
        self._over.set()

    def close(self) -> None:
        """Lets hand-overs that have begun end, records them and gives the others back."""
        for name in self._hands:
            self._recall(name)
        for hands in self._hands.values():
            hands.close()
        if not self._is_dark:
            self._record()

    def _busy(self) -> bool:
        return any(hands.open and name not in self._stalled for name, hands in self._hands.items())

    def _give_out(self) -> tuple[int, bool]:
        """Claims and gives to the hands; how many, and whether more wait for the pace alone."""
        claimed = 0
        for parcel, turn in self._claims.due():
            self._hands[parcel.account].give(parcel, self._at(turn))
            claimed += 1
        return claimed, self._claims.paced

    def _at(self, turn: Turn) -> Callable[[Parcel], Outcome]:
        return lambda parcel: self._hand_over(parcel, turn)

    def _hand_over(self, parcel: Parcel, turn: Turn) -> Outcome:
        """Runs in a thread of its account, with no transaction open while it calls."""
        for _ in range(_TURNS):
            self.turn(max((turn.moment - datetime.now(UTC)).total_seconds(), 0.0))
            if not self._may_leave(parcel):
                return Outcome(parcel, None)
            if not turn.missed(datetime.now(UTC)):
                break
            if not parcel.urgent and self._urgent_waits():
                return Outcome(parcel, None, missed=True)
            turn = self._claims.late(parcel.account)
        out = sending.outgoing(parcel, self.runtime.settings.public_url)
        self._hands[parcel.account].calling(parcel)
        try:
            return Outcome(parcel, self.runtime.providers[parcel.account].send(out))
        except SendError as error:
            return Outcome(parcel, error)

    def _urgent_waits(self) -> bool:
        with self.runtime.database.glancing() as session:
            return claiming.urgent_waits(session, self.runtime.clock())

    def _may_leave(self, parcel: Parcel) -> bool:
        with self.runtime.database.glancing() as session:
            return sending.may_still_leave(session, parcel, self.runtime.clock())

    def _record(self) -> int:
        """Records what has come of hand-overs; returns how many were taken.

        While the database is away they are kept, and recorded later.
        """
        for hands in self._hands.values():
            self._unrecorded += hands.take()
            self._mind(hands.broken())
        outcomes, gateway = self._unrecorded, self.runtime
        if not outcomes:
            return 0
        now = gateway.clock()
        with gateway.database.writing() as session:
            stopped = sending.record(
                session, outcomes, patience(gateway), now, self._goes_elsewhere
            )
            for delivery in stopped:
                opted_out(session, delivery.subscriber_id, delivery.account or "", now)
            self._judge(session, outcomes, now)
            for account, cost in _costs(outcomes).items():
                pacing.count(session, account, 0, 0, now, cost)
        self._unrecorded = []
        return sum(_told(outcome) for outcome in outcomes)

    def _mind(self, broken: BaseException | None) -> None:
        if broken is None:
            return
        if not isinstance(broken, Exception):  # the process ends
            self._is_dark = True
            raise broken
        log.error("hand-over broke", error=type(broken).__name__)

    def _goes_elsewhere(self, delivery: Delivery) -> bool:
        """Whether another account stands in for the one that did not take it."""
        lane = lane_of(delivery.priority)
        return len(carriers(self.runtime, delivery.path, lane)) > 1

    def _judge(self, session: Session, outcomes: Sequence[Outcome], now: datetime) -> None:
        """Tells the breakers, whose rows are locked after those of deliveries."""
        session.flush()
        for account in sorted({outcome.parcel.account for outcome in outcomes}):
            said = [one.said for one in outcomes if one.parcel.account == account]
            if account not in self._claims.ill and not any(_is_bad(one) for one in said):
                continue
            state = breaking.held(session, account)
            for one in said:
                _note(state, one, self._rules(), now)

    def _trip_stalled(self) -> None:
        """Accounts that do not answer: their messages go elsewhere before the time-out."""
        stall_s = self.runtime.settings.dispatch.stall_s
        stalled = {name for name, hands in self._hands.items() if hands.stalled(stall_s)}
        for name in stalled - self._stalled:
            with self.runtime.database.writing() as session:
                state = breaking.held(session, name)
                breaking.shut(state, "no-answer", self._rules(), self.runtime.clock())
            log.warning("account does not answer", account=name)
            self._recall(name)
        self._stalled = stalled

    def _recall(self, account: str) -> None:
        """What waits behind others in the hands of an account goes back into the queue."""
        parcels = self._hands[account].recall()
        if parcels:
            with self.runtime.database.writing() as session:
                sending.give_back(session, parcels, self.runtime.clock())

    def _rules(self) -> breaking.Rules:
        rule = self.runtime.settings.dispatch
        return breaking.Rules(rule.failures, rule.probe_s)


def go_live(runtime: Runtime) -> int:
    """Approved alerts whose sending begins; returns how many."""
    now = runtime.clock()
    with runtime.database.reading() as session:
        waiting = session.scalars(_approved(now)).all()
    if not waiting:
        return 0
    with runtime.database.writing() as session:
        alerts = session.scalars(_approved(now).with_for_update(skip_locked=True)).all()
        for alert in alerts:
            move(session, alert, "live", who="dispatch", now=now)
        return len(alerts)


def _told(outcome: Outcome) -> int:
    account, number = outcome.parcel.account, outcome.parcel.delivery_id
    if isinstance(outcome.said, Submission):
        metrics.SUBMITTED.labels(account).inc()
        log.info("sms submitted", delivery=number, account=account)
        return 1
    if outcome.said is not None:
        name = type(outcome.said).__name__
        metrics.SEND_ERRORS.labels(account, name).inc()
        log.warning("sms not taken", delivery=number, account=account, error=name)
    return 0


def _costs(outcomes: Sequence[Outcome]) -> Mapping[str, float]:
    """What the companies say that these cost, by account."""
    costs: defaultdict[str, float] = defaultdict(float)
    for outcome in outcomes:
        if isinstance(outcome.said, Submission) and outcome.said.cost:
            costs[outcome.parcel.account] += outcome.said.cost
    return costs


def _is_bad(said: Submission | SendError | None) -> bool:
    return isinstance(said, SendError) and (
        sending.is_of_account(said) or isinstance(said, Throttled)
    )


def _note(
    state: AccountState, said: Submission | SendError | None, rules: breaking.Rules, now: datetime
) -> None:
    if isinstance(said, Throttled):
        breaking.wait(state, said.retry_after_s or 1.0, now)
    elif isinstance(said, SendError) and sending.is_of_account(said):
        breaking.failed(state, said.code or type(said).__name__, rules, now)
    elif said is not None:
        breaking.worked(state, now)


def _approved(now: datetime) -> Select[Alert]:
    """Also one that was approved amid a sweep, whose deliveries have all been claimed by now."""
    begun = select(Delivery.id).where(
        Delivery.alert_id == Alert.id, Delivery.state != "withdrawn", Delivery.due_at <= now
    )
    return select(Alert).where(Alert.state == "approved", begun.exists())

"""What the hands of one process take next: by account, within its pace, limits and money."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from sqlalchemy.orm import Session

from gateway.dispatch import breaking, claiming, pacing
from gateway.dispatch.claiming import Parcel
from gateway.flow.hands import Hands
from gateway.flow.roads import Road, patience, roads
from gateway.flow.volunteering import is_for_volunteer
from gateway.runtime import EXERCISE_ACCOUNT, Runtime
from gateway.store.tables import AccountState, Delivery

_LATE = timedelta(seconds=0.02)
_BUFFER = 3  # messages claimed for each connection, so that none is idle


@dataclass(frozen=True, slots=True)
class Turn:
    """The moment in which one message may leave; `strict`: much later it would be too soon after
    others, since its account is as busy as it may be."""

    moment: datetime
    strict: bool

    def missed(self, wall: datetime) -> bool:
        """Whether another moment must be booked."""
        return self.strict and wall > self.moment + _LATE


class Claims:
    """Claims for one process.

    `ill`: accounts that failed of late, when last looked at. `paced`: messages wait for nothing
    but the pace of their account.
    """

    def __init__(self, runtime: Runtime, hands: Mapping[str, Hands]) -> None:
        self._runtime, self._hands = runtime, hands
        self.rates = {name: runtime.limits(name).per_second for name in hands}
        self.ill: set[str] = set()
        self.paced = False

    def due(self) -> Iterator[tuple[Parcel, Turn]]:
        """As much as each account can hand over soon, and when each may leave."""
        self.paced = False
        if not any(self._room(name) for name in self._hands):
            return
        for road in self._roads():
            if road.account in self._hands:
                yield from self._claim_for(road)

    def late(self, account: str) -> Turn:
        """Another turn for a message that missed its own."""
        with self._runtime.database.writing() as session:
            state = breaking.held(session, account)
            moment = pacing.book_late(state, self.rates[account], datetime.now(UTC))
        return Turn(moment, strict=True)

    def _roads(self) -> list[Road]:
        database = self._runtime.database
        with database.glancing() as session:
            paths = claiming.paths(session)
            states = breaking.known(session, self._hands)
        if self._hands.keys() - states.keys():
            with database.writing() as session:
                states = breaking.states(session, self._hands)
        self.ill = {name for name, state in states.items() if not breaking.is_sound(state)}
        return roads(self._runtime, paths, states, self._runtime.clock())

    def _room(self, account: str) -> int:
        """How many more messages its hands take; many small claims cost more than they hurry."""
        hands = self._hands[account]
        room = _BUFFER * hands.connections - hands.open
        if hands.open and room < hands.connections // 2:
            return 0
        return min(room, self._runtime.settings.dispatch.batch)

    def _claim_for(self, road: Road) -> list[tuple[Parcel, Turn]]:
        most = min(self._room(road.account), 1 if road.probe else 1_000)
        if not most:
            return []
        with self._runtime.database.writing() as session:
            state = breaking.held(session, road.account)
            wall = datetime.now(UTC)
            parcels, moments = self._take(session, road, state, most, wall)
        strict = pacing.is_busy(moments, wall)
        return [(parcel, Turn(at, strict)) for parcel, at in zip(parcels, moments, strict=False)]

    def _take(
        self, session: Session, road: Road, state: AccountState, most: int, wall: datetime
    ) -> tuple[list[Parcel], list[datetime]]:
        """Within the account's pace and limits, while its row is held."""
        now, account, rate = self._runtime.clock(), road.account, self.rates[road.account]
        stance = breaking.stance(state, now)
        if stance == "shut" or (stance == "probe") != road.probe:
            return [], []  # another worker was quicker
        most = pacing.left(session, account, self._runtime.limits(account), now, most)
        moments = pacing.book(state, most, rate, wall)
        self.paced = self.paced or (most > 0 and not moments)
        if not moments:
            return [], []
        if road.probe:
            ids = claiming.last_waiting(session, road.ways, now)
        else:
            spared = self._spared(session, account, len(moments), now)
            ids = claiming.waiting(session, road.ways, len(moments), spared, now)
        parcels = claiming.claim(
            session, ids, lambda delivery: _kept_in(delivery, account), patience(self._runtime), now
        )
        if road.probe:
            parcels = [replace(parcel, probe=True) for parcel in parcels]
        pacing.keep_pace(state, moments[: len(parcels)], rate)
        if parcels:
            segments = sum(parcel.segments for parcel in parcels)
            pacing.count(session, account, len(parcels), segments, now)
            state.answer_s = self._hands[account].answer_s or state.answer_s
            if road.probe:
                breaking.begin_probe(state, now, self._runtime.settings.dispatch.lease_s)
        return parcels, moments

    def _spared(self, session: Session, account: str, most: int, now: datetime) -> int:
        """Of the next so many messages of an account, the places that lower lanes keep."""
        share = self._runtime.settings.dispatch.lower_share
        if not share:
            return 0
        used = pacing.carried(session, account, now)
        every = round(1 / share)
        return (used + most) // every - used // every


def _kept_in(delivery: Delivery, account: str) -> str:
    """What belongs to an exercise never leaves the machine, but for its volunteers."""
    if delivery.exercise_id is None or is_for_volunteer(delivery):
        return account
    return EXERCISE_ACCOUNT

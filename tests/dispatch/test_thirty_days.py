"""Thirty days of campaigns: restarts, power cuts, warnings, STOPs and two machines in between."""

import random
import threading
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gateway.alerts.reminders import Calendar
from gateway.flow import alerting, campaign_runs, settling, spreading, upkeep
from gateway.flow.sending import Sender
from gateway.providers.base import Outgoing
from gateway.runtime import Runtime
from gateway.store.database import Database
from gateway.store.tables import Alert, Campaign, CampaignRun, Delivery
from gateway.terms.area import Area, Circle
from gateway.terms.geo import Position
from tests.dispatch.campaigns import NAIROBI, approved, at
from tests.dispatch.scenes import PowerCut, Scene
from tests.make import MOA, make_place

# Three villages, too far apart for one warning to speak to two of them.
HOMES = {"Moa": MOA, "Garsen": Position(-1.9, 39.6), "Hola": Position(-1.4, 40.9)}
START, END = at(10, "18:30"), at(9, "18:30", month=4)
QUIET = (21, 6)
WEEK, MONTH = 2, 5
LATE = timedelta(hours=12)


@dataclass
class Diary:
    """What really happened, kept beside the gateway and not read from it."""

    left: list[tuple[datetime, str, str]] = field(default_factory=list)  # when, to, reference
    warned: list[tuple[datetime, datetime, str]] = field(default_factory=list)  # from, to, village
    silent: dict[str, list[tuple[datetime, bool]]] = field(default_factory=dict)  # STOP, then START
    sweeps: list[datetime] = field(default_factory=list)


def areas(*villages: str) -> Area:
    circles = [Circle(HOMES[name].lat, HOMES[name].lon, 8_000, name) for name in villages]
    return Area(circles[0].lat, circles[0].lon, circles=tuple(circles))


CAMPAIGNS: list[tuple[Calendar, tuple[str, ...], Callable[[date], bool], str]] = [
    (
        Calendar("weekly", "09:00", first="2026-03-11", last="2026-04-09", days=("mon", "thu")),
        ("Moa",), lambda day: day.weekday() in (0, 3), "09:00",
    ),
    (
        Calendar("daily", "20:30", first="2026-03-12", last="2026-04-05"),
        ("Moa", "Garsen"), lambda day: date(2026, 3, 12) <= day <= date(2026, 4, 5), "20:30",
    ),
    (
        Calendar("election", "22:15", on="2026-03-25", before=(1, 3, 7)),
        ("Garsen", "Hola"),
        lambda day: (date(2026, 3, 25) - day).days in (0, 1, 3, 7), "22:15",
    ),
    (
        Calendar("weekly", "05:30", first="2026-03-11", last="2026-04-09", days=("sat",)),
        ("Hola",), lambda day: day.weekday() == 5, "05:30",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("database_url", "seed"),
    [("sqlite", 3), ("postgresql", 1), ("postgresql", 5)],
    indirect=["database_url"],
)
def test_thirty_days_of_campaigns_with_restarts(scene: Scene, seed: int) -> None:
    world = World(scene, random.Random(seed))
    try:
        world.live_through()
        world.check()
    finally:
        world.close()


class World:
    """A scene that lives through a month of random days."""

    def __init__(self, scene: Scene, dice: random.Random) -> None:
        self.scene, self.dice, self.diary = scene, dice, Diary()
        scene.now = START
        scene.company.before = self._note
        self.homes: dict[str, str] = {}
        for number, (name, home) in enumerate(HOMES.items()):
            for phone in scene.people(3, first=number * 10, home=home):
                self.homes[phone] = name
        with scene.runtime.database.writing() as session:
            for name in ("Garsen", "Hola"):
                make_place(session, name, HOMES[name])
        self.alerts = [
            approved(scene, calendar, area=areas(*villages), name=villages[0])
            for calendar, villages, _, _ in CAMPAIGNS
        ]
        self.here, self.rival = Sender(scene.runtime), Sender(self._machine())

    def live_through(self) -> None:
        """Steps of minutes or hours, some of them right before and after an edge of the day."""
        acts = [self._warn, self._stop, self._join, self._restart, self._power_cut, self._sweep]
        weights = [2, 1, 2, 4, 2, 12]
        while self.scene.now < END:
            self._pass_time()
            self.dice.choices(acts, weights)[0]()
            evening = self.scene.now.astimezone(NAIROBI).hour == QUIET[0] - 1
            if self.dice.random() < (0.3 if evening else 0.8):
                self._sweep()
            else:  # the company is slow: what is written now leaves later, if it may
                self._look()

    def close(self) -> None:
        """Both machines end."""
        _off(self.rival)
        _off(self.here)

    def check(self) -> None:
        """Reads the gateway's own books against the diary."""
        copies = self._copies()
        assert len(copies) > 20
        people = {(alert, round_, phone) for alert, round_, phone, _ in copies}
        assert len(people) == len(copies), "each due message once"
        assert len({reference for _, _, reference in self.diary.left}) == len(self.diary.left)
        by_person = defaultdict(list)
        for alert, _, phone, moment in copies:
            local = moment.astimezone(NAIROBI)
            assert QUIET[1] <= local.hour < QUIET[0], "in the quiet hours"
            assert not self._is_warned(self.homes[phone], moment), "while a warning holds"
            assert not self._is_silent(phone, moment), "after STOP"
            assert self.homes[phone] in CAMPAIGNS[self._number(alert)][1]
            by_person[phone].append(local.date())
        for days in by_person.values():
            for last in days:
                for span, most in ((7, WEEK), (30, MONTH)):
                    first = last - timedelta(days=span - 1)
                    assert sum(first <= day <= last for day in days) <= most, "over the cap"
        self._check_dates()

    def _check_dates(self) -> None:
        """Each date of each calendar is one row; missed only if nobody looked in time."""
        for number, (_, _, falls_on, clock) in enumerate(CAMPAIGNS):
            days = [START.date() + timedelta(days=days) for days in range(31)]
            due = [at(day.day, clock, day.month) for day in days if falls_on(day)]
            last = max(self.diary.sweeps)
            rows = self._runs(self.alerts[number])
            assert [row.due_at for row in rows] == [one for one in due if one <= last]
            rounds = [row.round for row in rows if row.round is not None]
            assert rounds == list(range(1, len(rounds) + 1))
            for row in rows:
                soonest = _by_day(row.due_at)
                looked = [
                    one for one in self.diary.sweeps
                    if soonest <= one <= soonest + LATE and _by_day(one) == one
                ]  # fmt: skip
                assert (row.outcome == "missed") <= (not looked), (row.due_at, looked)
                assert (row.outcome == "sent") == (row.round is not None)

    def _note(self, sms: Outgoing) -> None:
        self.diary.left.append((self.scene.now, sms.to, sms.reference))

    def _pass_time(self) -> None:
        edges = ("05:29", "05:59", "06:00", "09:00", "20:30", "20:59", "21:00", "22:15")
        now = self.scene.now.astimezone(NAIROBI)
        step = self.dice.random()
        if step < 0.4:
            soonest = min(
                moment
                for clock in edges
                for days in (0, 1)
                if (moment := _clock(now.date() + timedelta(days=days), clock)) > self.scene.now
            )
            self.scene.now = soonest + timedelta(seconds=self.dice.choice((-1, 0, 1, 90)))
        elif step < 0.97:
            self.scene.later(minutes=self.dice.randint(5, 900))
        else:
            self.scene.later(hours=self.dice.randint(10, 60))  # nobody is at home
        self.scene.now = max(self.scene.now, now + timedelta(seconds=1))
        upkeep.expire_alerts(self.scene.runtime)

    def _warn(self) -> None:
        """A warning for a village, approved while another machine writes a campaign's copies."""
        village = self.dice.choice(sorted(HOMES))
        home = HOMES[village]
        alert = self.scene.draft(lat=home.lat, lon=home.lon, place_name=village)
        self.scene.set(Alert, alert.id, radius_m=8_000)
        with self.scene.runtime.database.writing() as session:
            first = self.scene.first
            alerting.submit(self.scene.runtime, session, alert.id, first, 1, self.scene.now)
        _at_once(
            lambda: self.scene.approve(alert), lambda: campaign_runs.run_due(self.rival.runtime)
        )
        self.diary.sweeps.append(self.scene.now)
        self.diary.warned.append((self.scene.now, self.scene.now + timedelta(hours=6), village))

    def _stop(self) -> None:
        phone = self.dice.choice(sorted(self.homes))
        self.scene.text(phone, "STOP")
        self.diary.silent.setdefault(phone, []).append((self.scene.now, True))

    def _join(self) -> None:
        """Somebody new, or somebody who had left."""
        gone = [phone for phone in self.diary.silent if self._is_silent(phone, self.scene.now)]
        if gone:
            self.scene.text(gone[0], "START")
            self.diary.silent[gone[0]].append((self.scene.now, False))
            return
        village = self.dice.choice(sorted(HOMES))
        (phone,) = self.scene.people(1, first=100 + len(self.homes), home=HOMES[village])
        self.homes[phone] = village

    def _restart(self) -> None:
        """This machine comes up anew; what it had in memory is gone."""
        fresh = self._machine()
        _off(self.here)
        self.scene.runtime, self.here = fresh, Sender(fresh)

    def _power_cut(self) -> None:
        """The machine goes dark right after a company took a message."""
        self._look()
        self.scene.company.dark_after_taking = True
        try:
            self.here.send_due()
        except PowerCut:
            pass
        finally:
            self.scene.company.dark_after_taking = False
        self._restart()
        self.scene.later(seconds=self.dice.choice((20, 61, 900)))
        upkeep.expire_alerts(self.scene.runtime)

    def _sweep(self) -> None:
        """Both machines look at the same instant."""
        self.diary.sweeps.append(self.scene.now)

        def run(machine: Sender) -> None:
            campaign_runs.run_due(machine.runtime)
            spreading.go_on(machine.runtime)
            settling.settle_lost(machine.runtime)
            machine.send_due()

        _at_once(lambda: run(self.here), lambda: run(self.rival))

    def _look(self) -> None:
        """Dates alone; nothing is handed over."""
        campaign_runs.run_due(self.scene.runtime)
        self.diary.sweeps.append(self.scene.now)

    def _machine(self) -> Runtime:
        """Another process on the same database; only what is read from files is shared."""
        old = self.scene.runtime
        fresh = Runtime(
            settings=old.settings,
            database=Database(old.settings.database.url, old.keys),
            providers=old.providers,
            lexicon=old.lexicon,
            keywords=old.keywords,
            hazards=old.hazards,
            factors=old.factors,
        )
        self.scene.plug_in(fresh)
        return fresh

    def _copies(self) -> list[tuple[int, int, str, datetime]]:
        """Campaign, round, number and moment of each SMS of a campaign that a company took."""
        with self.scene.runtime.database.reading() as session:
            rows = session.execute(
                select(Delivery.reference, Delivery.alert_id, Delivery.round)
                .join(Alert, Alert.id == Delivery.alert_id)
                .where(Alert.purpose == "campaign")
            ).all()
        of: dict[str, tuple[int, int]] = {row[0]: (row[1], row[2]) for row in rows}
        return [(*of[ref], to, moment) for moment, to, ref in self.diary.left if ref in of]

    def _runs(self, alert: Alert) -> list[Any]:
        with self.scene.runtime.database.reading() as session:
            return list(
                session.scalars(
                    select(CampaignRun)
                    .join(Campaign, Campaign.id == CampaignRun.campaign_id)
                    .where(Campaign.alert_id == alert.id)
                    .order_by(CampaignRun.due_at)
                )
            )

    def _number(self, alert_id: int) -> int:
        return [alert.id for alert in self.alerts].index(alert_id)

    def _is_warned(self, village: str, moment: datetime) -> bool:
        return any(
            begun <= moment < over and village == where for begun, over, where in self.diary.warned
        )

    def _is_silent(self, phone: str, moment: datetime) -> bool:
        acts = [said for when, said in self.diary.silent.get(phone, ()) if when <= moment]
        return bool(acts) and acts[-1]


def _at_once(*acts: Callable[[], object]) -> None:
    gate = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        gate.wait(20)
        act()

    with ThreadPoolExecutor(len(acts)) as threads:
        for running in [threads.submit(run, act) for act in acts]:
            running.result(60)


def _off(machine: Sender) -> None:
    machine.close()
    machine.runtime.database.close()


def _clock(day: date, clock: str) -> datetime:
    return at(day.day, clock, day.month)


def _by_day(moment: datetime) -> datetime:
    """The first moment from then on outside the quiet hours."""
    local = moment.astimezone(NAIROBI)
    if local.hour < QUIET[1]:
        return _clock(local.date(), "06:00")
    if local.hour >= QUIET[0]:
        return _clock(local.date() + timedelta(days=1), "06:00")
    return moment

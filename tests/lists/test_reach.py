"""Reach, replies and villages where nobody is reached, counted by the database as by hand."""

import random
from collections import Counter, defaultdict
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy.orm import Session

from gateway.lists import cries, pulse, reach, unreached
from gateway.plumbing.crypto import Keys
from gateway.sharing import tables
from gateway.store.tables import Alert, AlertReply, Exercise, Place, Subscriber
from gateway.terms.area import Area, Circle, Spot
from gateway.terms.geo import Position
from tests.lists.test_rows import make_alert, make_delivery, make_report
from tests.make import MOA, make_incident, make_place, make_subscriber, make_user

BEST_FIRST = ("delivered", "submitted", "unknown", "claimed", "queued", "failed", "withdrawn")


def near(metres: float) -> Position:
    """So far north of Moa."""
    return Position(MOA.lat + metres / 111_195, MOA.lon)


class Land:
    """A live warning of Moa and its people."""

    def __init__(self, session: Session, keys: Keys, now: datetime, **facts: Any) -> None:
        self.session, self.keys, self.now = session, keys, now
        self.user = make_user(session)
        self.incident = make_incident(session, now, state="verified")
        self.moa = make_place(session, population=900)
        self.alert = make_alert(
            session, self.incident, self.user, now,
            **({"lat": MOA.lat, "lon": MOA.lon, "state": "live", "radius_m": 10_000} | facts),
        )  # fmt: skip
        self.count = 0

    def place(self, name: str, metres: float, **facts: Any) -> Place:
        """A village north of Moa."""
        return make_place(self.session, name, near(metres), **facts)

    def person(self, place: Place | None, **facts: Any) -> Subscriber:
        """Somebody at home there."""
        self.count += 1
        home = Position(place.lat, place.lon) if place else MOA
        phone = f"+2547001{self.count:05}"
        values = {"place_id": place.id if place else None, "home": home} | facts
        return make_subscriber(self.session, self.keys, phone, **values)

    def copy(self, person: Subscriber, state: str, round: int = 0) -> None:
        """Their copy of the warning."""
        reference = f"{person.id}-{round}"
        make_delivery(
            self.session, self.alert, person, self.now, state, round=round, reference=reference
        )

    def reply(self, person: Subscriber, said: str, **facts: Any) -> None:
        """What they said last."""
        values = {"alert_id": self.alert.id, "subscriber_id": person.id, "at": self.now}
        self.session.add(AlertReply(said=said, **(values | facts)))
        self.session.flush()

    def silent(self) -> list[tuple[str, str]]:
        """Name and reason of each village that nobody reaches, now that it was sent."""
        found = unreached.of_sent(
            self.session, self.alert, reach.by_place(self.session, self.alert)
        )
        return [(village.name, str(village.why)) for village in found.villages]


@pytest.fixture
def land(session: Session, keys: Keys, now: datetime) -> Land:
    return Land(session, keys, now)


@pytest.mark.parametrize("rounds", [1, 3])
def test_each_person_counts_once_by_their_best_copy(land: Land, rounds: int) -> None:
    dice = random.Random(rounds)
    places = [land.moa, *(land.place(f"Village {n}", n * 100) for n in range(1, 6)), None]
    expected: defaultdict[int | None, Counter[str]] = defaultdict(Counter)
    said: defaultdict[int | None, Counter[str]] = defaultdict(Counter)
    last: Counter[str] = Counter()
    land.alert.round = rounds - 1
    for _ in range(150):
        person = land.person(home := dice.choice(places))
        written = [n for n in range(rounds) if dice.random() < 0.7] or [0]
        states = {n: dice.choice(BEST_FIRST) for n in written}
        for number, state in states.items():
            land.copy(person, state, number)
        key = home.id if home else None
        expected[key][min(states.values(), key=BEST_FIRST.index)] += 1
        last.update([states[rounds - 1]] if rounds - 1 in states else [])
        if dice.random() < 0.3:
            land.reply(person, word := dice.choice(("safe", "help", "moved")))
            said[key][word] += 1
    villages = reach.by_place(land.session, land.alert)
    assert {one.place_id: Counter(one.reach.counts) for one in villages} == expected
    assert {one.place_id: Counter(one.reach.replies) for one in villages} == {
        place: said[place] for place in expected
    }
    overall = reach.reach_of(land.session, [land.alert.id])[land.alert.id]
    together = reach.overall(villages)
    assert (together.counts, together.replies) == (overall.counts, overall.replies)
    assert Counter(overall.counts) == sum(expected.values(), Counter())
    assert Counter(overall.replies) == sum(said.values(), Counter())
    assert overall.total == 150
    assert Counter(reach.last_round(land.session, land.alert).counts) == last


def test_who_asks_for_help_stands_first_with_a_link(land: Land, keys: Keys, now: datetime) -> None:
    far, cry = land.place("Kipini", 3_000), make_incident(land.session, now)
    for _ in range(3):
        land.copy(land.person(land.moa), "delivered")
    report = make_report(land.session, keys, now, cry, "+254700000777")
    person = land.session.get_one(Subscriber, report.subscriber_id)
    person.place_id = far.id
    land.copy(person, "submitted")
    land.reply(person, "help", report_id=report.id, place_id=far.id)
    before = pulse.read(land.session).marks
    first, second = reach.by_place(land.session, land.alert)
    assert (first.name, first.reach.help, first.cries) == ("Kipini", 1, [cry.id])
    assert (second.name, second.reach.sent, second.cries) == ("Moa", 3, [])
    assert [(one.now, one.place) for one in cries.of_incident(land.session, cry.id)] == [
        ("help", "Kipini")
    ]
    stamp = reach.reach_stamp(land.session, land.alert)
    reply = land.session.query(AlertReply).one()
    reply.said, reply.message_id = "safe", report.message_id
    land.session.flush()
    assert [one.now for one in cries.of_incident(land.session, cry.id)] == ["safe"]
    assert reach.by_place(land.session, land.alert)[1].cries == []
    assert reach.reach_stamp(land.session, land.alert) != stamp
    assert pulse.read(land.session).marks != before


def test_villages_with_nobody_subscribed_are_listed_before_it_is_sent(land: Land) -> None:
    land.person(land.moa)
    land.place("Ozi", 2_000, population=50)
    land.place("Moa", 1_000, source="osm", source_id="moa-2")  # Moa of another list
    land.place("Kau", 4_000, population=700)
    land.place("Far away", 20_000)
    land.place("Tana River", 1_000, kind="county")
    gone = land.place("Garsen", 5_000)
    land.person(gone, state="stopped")
    land.alert.state = "draft"
    found = unreached.of_draft(land.session, land.alert)
    assert [(one.name, str(one.why)) for one in found.villages] == [
        ("Kau", "nobody has joined"), ("Ozi", "nobody has joined"), ("Garsen", "nobody has joined"),
    ]  # fmt: skip
    land.alert.set_zone(
        Area(
            MOA.lat, MOA.lon, circles=(Circle(MOA.lat, MOA.lon, 10_000),),
            spots=(Spot(gone.id, "Garsen", gone.lat, gone.lon),),
            without=(Circle(near(4_000).lat, MOA.lon, 300),),
        )
    )  # fmt: skip
    names = [one.name for one in unreached.of_draft(land.session, land.alert).villages]
    assert names == ["Ozi", "Garsen"]  # an armed group rules Kau: nobody is to be called there


def test_villages_where_no_copy_was_handed_over_are_listed_with_the_reason(land: Land) -> None:
    land.copy(land.person(land.moa), "delivered")
    land.copy(land.person(land.moa), "failed")
    kau, ozi = land.place("Kau", 2_000, population=9), land.place("Ozi", 3_000, population=8)
    for state in ("failed", "failed", "unknown", "withdrawn"):
        land.copy(land.person(kau), state)
    land.copy(land.person(ozi), "queued")
    late = land.place("Golbanti", 4_000)
    land.person(late)
    assert land.silent() == [
        ("Kau", "none handed over: 1 in doubt, 2 failed, 1 withdrawn"),
        ("Ozi", "none handed over: 1 waiting"),
        ("Golbanti", "whoever lives there joined later"),
    ]
    land.alert.purpose = "all_clear"
    assert land.silent() == []


def test_erased_copies_break_nothing_and_accuse_no_village(land: Land) -> None:
    person = land.person(land.moa)
    land.alert.audience = 1
    land.reply(person, "safe")
    assert land.silent() == []
    (village,) = reach.by_place(land.session, land.alert)
    assert (village.name, village.reach.total, village.reach.safe) == ("Moa", 0, 1)


def test_focal_points_of_a_village_are_named_or_else_the_nearest(land: Land) -> None:
    kau, ozi = land.place("Kau", 2_000), land.place("Ozi", 9_000)
    at_kau = land.person(kau, focal_point=True, state="pending")
    land.person(land.place("Nearer", 12_000), focal_point=True, state="stopped")
    farther = land.person(land.place("Outside", 14_000), focal_point=True)
    land.person(land.place("Beyond", 45_000), focal_point=True)
    land.alert.state = "draft"
    found = {one.name: one.call for one in unreached.of_draft(land.session, land.alert).villages}
    assert [(one.pseudonym, one.away_m) for one in found["Kau"]] == [(at_kau.pseudonym, 0)]
    assert [(one.pseudonym, one.away_m // 100) for one in found["Ozi"]] == [(farther.pseudonym, 50)]
    assert [one.subscriber_id for one in found["Moa"]] == [at_kau.id]
    land.session.delete(at_kau)
    land.session.delete(farther)
    found = {one.name: one.call for one in unreached.of_draft(land.session, land.alert).villages}
    assert found["Ozi"] == []
    assert ozi.name in found


def test_the_largest_are_listed_and_the_rest_counted(land: Land) -> None:
    for number in range(30):
        land.place(f"Village {number}", 4_000 + number, population=number)
    found = unreached.of_draft(land.session, land.alert)
    assert [one.population for one in found.villages[:3]] == [900, 29, 28]
    assert (len(found.villages), found.more) == (unreached.LONGEST, 31 - unreached.LONGEST)


def test_an_exercise_has_its_own_people_and_its_volunteers(
    session: Session, keys: Keys, now: datetime
) -> None:
    drill = Exercise(scenario="test", started_at=now, volunteers=True)
    session.add(drill)
    session.flush()
    land = Land(session, keys, now, exercise_id=drill.id, state="draft")
    kau, ozi = land.place("Kau", 2_000), land.place("Ozi", 3_000)
    land.person(land.moa)
    land.person(kau, drills=True)
    land.person(ozi, exercise_id=drill.id)
    names = [one.name for one in unreached.of_draft(session, land.alert).villages]
    assert names == ["Moa"]


def test_replies_are_exported_without_persons(land: Land) -> None:
    land.reply(land.person(land.moa), "moved", place_id=land.moa.id)
    (row,) = tables.rows(land.session, "replies", None, reveal=True)
    assert set(row) == {"id", "alert_id", "said", "place_id", "at"}
    assert row["said"] == "moved"
    assert isinstance(land.session.get_one(Alert, row["alert_id"]), Alert)

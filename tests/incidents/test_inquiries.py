"""Whom the gateway asks, and what becomes of a question."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from gateway.incidents import inquiries, neighbours
from gateway.incidents.inquiries import Patience, Question
from gateway.incidents.neighbours import Candidate, Limits, choose
from gateway.plumbing.crypto import Keys
from gateway.store.tables import Incident, Inquiry, Message, PlaceMark, Report, Subscriber
from gateway.terms.geo import Position
from gateway.terms.states import MoveRefused
from tests.make import MOA, make_incident, make_place, make_subscriber

LIMITS = Limits(radius_m=30_000, per_day=3, in_unsafe_areas=False)
KM = 1 / 111.2  # degrees of latitude


class Village:
    """An incident at Moa and the people around it."""

    def __init__(self, session: Session, keys: Keys, now: datetime) -> None:
        self.session, self.keys, self.now = session, keys, now
        self.incident: Incident = make_incident(session, now)
        self.count = 0

    def focal(self, away_km: float = 1.0, **facts: Any) -> Subscriber:
        """A focal point so far north of Moa."""
        self.count += 1
        home = Position(MOA.lat + away_km * KM, MOA.lon)
        values = {"focal_point": True, "home": home} | facts
        return make_subscriber(self.session, self.keys, f"+2547000{self.count:05}", **values)

    def asked(self, person: Subscriber, hours_ago: float = 1.0, **facts: Any) -> Inquiry:
        """A question the person got earlier, about something else unless said otherwise."""
        at = self.now - timedelta(hours=hours_ago)
        question = Question("confirm", "en", place_name="Moa", hazard="attack", **facts)
        inquiry = inquiries.propose(self.session, person, question, at + timedelta(hours=1), at)
        assert inquiry is not None
        inquiries.ask(self.session, inquiry, Patience(None, at + timedelta(hours=1)), at)
        self.session.flush()
        return inquiry

    def near(self, limits: Limits = LIMITS) -> list[int]:
        """Who may be asked, the nearest first."""
        self.session.flush()
        found = neighbours.candidates(self.session, self.incident, MOA, limits, self.now)
        return [person.subscriber_id for person in found]


@pytest.fixture
def village(session: Session, keys: Keys, now: datetime) -> Village:
    return Village(session, keys, now)


def test_focal_points_are_asked_the_nearest_first(village: Village) -> None:
    far, near = village.focal(9), village.focal(2)
    village.focal(1, focal_point=False)
    assert village.near() == [near.id, far.id]


def test_nobody_beyond_the_radius_is_asked(village: Village) -> None:
    inside, _outside = village.focal(29), village.focal(31)
    assert village.near() == [inside.id]


@pytest.mark.parametrize("state", ["pending", "stopped", "blocked"])
def test_only_subscribed_people_are_asked(village: Village, state: str) -> None:
    village.focal(state=state)
    assert village.near() == []


def test_who_reported_it_or_copied_it_is_not_asked(village: Village) -> None:
    witness, copier, other = village.focal(), village.focal(), village.focal()
    original = make_report(village, witness)
    make_report(village, copier, copy_of_id=original.id)
    assert village.near() == [other.id]


def test_who_had_the_questions_of_the_day_is_left_alone(village: Village) -> None:
    tired, fresh = village.focal(1), village.focal(2)
    for hours in (1, 2, 3):
        village.asked(tired, hours)
    for hours in (1, 2, 25):
        village.asked(fresh, hours)
    assert village.near() == [fresh.id]


def test_nobody_is_asked_twice_about_one_incident(village: Village) -> None:
    person = village.focal()
    village.asked(person, incident_id=village.incident.id)
    assert village.near() == []


def test_an_exercise_and_the_real_world_are_asked_apart(village: Village) -> None:
    from gateway.store.tables import Exercise

    drill = Exercise(scenario="test", started_at=village.now)
    village.session.add(drill)
    village.session.flush()
    player, real = village.focal(exercise_id=drill.id), village.focal()
    assert village.near() == [real.id]
    village.incident.exercise_id = drill.id
    assert village.near() == [player.id]


def test_nobody_is_asked_who_lives_where_it_is_unsafe(village: Village) -> None:
    unsafe, safe = village.focal(3), village.focal(9)
    centre = Position(MOA.lat + 2 * KM, MOA.lon)
    place = make_place(village.session, "Guarded", centre)
    village.session.add(
        PlaceMark(place_id=place.id, mark="unsafe", radius_m=4_000, who="asha", at=village.now)
    )
    assert village.near() == [safe.id]
    assert village.near(Limits(30_000, 3, in_unsafe_areas=True)) == [unsafe.id, safe.id]


def test_people_are_spread_over_places() -> None:
    near = [
        person(1, home=10, away=100),
        person(2, 10, 200),
        person(3, 11, 900),
        person(4, 12, 950),
    ]
    assert ids(choose(near, 3)) == [1, 3, 4]


def test_where_places_run_out_second_ones_are_asked() -> None:
    near = [
        person(1, home=10, away=100),
        person(2, 10, 200),
        person(3, 11, 900),
        person(4, 10, 950),
    ]
    assert ids(choose(near, 4)) == [1, 3, 2, 4]
    assert ids(choose(near[:1], 4)) == [1]


def test_numbers_are_the_smallest_that_are_free(village: Village) -> None:
    asha, other = village.focal(), village.focal()
    first, second = village.asked(asha), village.asked(asha)
    assert (first.number, second.number, village.asked(other).number) == (1, 2, 1)
    inquiries.answer(village.session, first, "yes", None, village.now)
    assert village.asked(asha).number == 3  # number 1 may still be typed once more


def test_a_number_is_given_again_after_two_days(village: Village) -> None:
    person = village.focal()
    old = village.asked(person, hours_ago=49)
    inquiries.expire(village.session, old, village.now)
    assert village.asked(person).number == old.number == 1


def test_a_question_with_no_number_left_is_not_made(village: Village) -> None:
    person = village.focal()
    for _ in inquiries.NUMBERS:
        village.asked(person)
    with pytest.raises(AssertionError):
        village.asked(person)


def test_a_late_answer_is_heard_and_the_last_word_counts(village: Village) -> None:
    inquiry = village.asked(village.focal())
    inquiries.expire(village.session, inquiry, village.now)
    inquiries.answer(village.session, inquiry, "yes", None, village.now)
    inquiries.answer(village.session, inquiry, "no", None, village.now)
    assert (inquiry.state, inquiry.answer) == ("answered", "no")


def test_a_withdrawn_question_has_no_answer(village: Village) -> None:
    inquiry = village.asked(village.focal())
    inquiries.withdraw(village.session, inquiry, who="asha", why="known", now=village.now)
    with pytest.raises(MoveRefused):
        inquiries.answer(village.session, inquiry, "yes", None, village.now)


def person(number: int, home: int, away: int) -> Candidate:
    return Candidate(number, home, away)


def ids(chosen: Sequence[Candidate]) -> list[int]:
    return [one.subscriber_id for one in chosen]


def make_report(village: Village, person: Subscriber, **facts: Any) -> Report:
    """What a focal point told of the incident."""
    message = Message(
        account="test", provider_id=f"m{person.id}", sender=person.phone,
        sender_index=person.phone_index, state="processed", subscriber_id=person.id,
        received_at=village.now,
    )  # fmt: skip
    village.session.add(message)
    village.session.flush()
    values: dict[str, Any] = {
        "language": "en", "hazard": "armed_group", "hazards": {}, "why": "[]", "match_why": "[]",
    }  # fmt: skip
    report = Report(
        message_id=message.id, subscriber_id=person.id, incident_id=village.incident.id,
        received_at=village.now, **(values | facts),
    )  # fmt: skip
    village.session.add(report)
    village.session.flush()
    return report

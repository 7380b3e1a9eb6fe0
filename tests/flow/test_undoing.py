"""What a coordinator decided is taken back: exactly that, and only as long as it can be."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select

from gateway.flow import alerting, duty, judging, sorting, undoing
from gateway.runtime import Runtime
from gateway.store.tables import Incident, Move, PlaceAlias, User
from gateway.terms.geo import Position
from gateway.terms.refusals import Refused
from gateway.terms.states import MoveRefused
from tests.make import make_incident, make_place, make_user


@pytest.fixture
def amina(runtime: Runtime) -> User:
    with runtime.database.writing() as session:
        make_place(session)
        return make_user(session)


@pytest.fixture
def number(runtime: Runtime, now) -> int:
    with runtime.database.writing() as session:
        return make_incident(session, now - timedelta(minutes=5)).id


def undo(runtime: Runtime, number: int, by: User, now) -> Incident:
    """Takes back whatever was last."""
    with runtime.database.writing() as session:
        last = undoing.last(session, number, by, now)
        assert last is not None
        undoing.undo(runtime, session, number, last.act_id, by, now)
        return session.get_one(Incident, number)


@pytest.mark.parametrize("judge", [judging.refute, judging.unverifiable, judging.verify])
def test_a_judgement_that_was_a_slip_leaves_no_moment(
    runtime: Runtime, amina: User, number: int, now, judge
) -> None:
    with runtime.database.writing() as session:
        judge(session, number, amina, "slip", now)
    incident = undo(runtime, number, amina, now + timedelta(seconds=30))
    assert (incident.state, incident.judged_at) == ("open", None)
    with runtime.database.reading() as session:
        last = undoing.last(session, number, amina, now)
        assert last is not None
        assert last.why_not is not None  # nothing is taken back twice


def test_a_verification_is_taken_back_by_whoever_made_it_within_two_minutes(
    runtime: Runtime, amina: User, number: int, now
) -> None:
    with runtime.database.writing() as session:
        baraka = make_user(session, "baraka")
        judging.verify(session, number, amina, "slip", now)
    with pytest.raises(Refused, match="within two minutes"):
        undo(runtime, number, baraka, now)
    with pytest.raises(Refused, match="within two minutes"):
        undo(runtime, number, amina, now + timedelta(minutes=2, seconds=1))
    assert undo(runtime, number, amina, now + timedelta(minutes=2)).state == "open"


def test_a_verification_stands_once_a_warning_was_begun(
    runtime: Runtime, amina: User, number: int, now
) -> None:
    with runtime.database.writing() as session:
        judging.verify(session, number, amina, "the chief", now)
        alerting.draft(runtime, session, number, amina, now)
    with pytest.raises(Refused, match="A warning was begun"):
        undo(runtime, number, amina, now)


def test_reopening_by_the_ordinary_form_never_opens_what_is_verified(
    runtime: Runtime, amina: User, number: int, now
) -> None:
    with runtime.database.writing() as session:
        judging.verify(session, number, amina, "the chief", now)
    with pytest.raises(MoveRefused), runtime.database.writing() as session:
        judging.reopen(session, number, amina, "?", now)


def test_a_merge_is_undone(runtime: Runtime, amina: User, number: int, now) -> None:
    with runtime.database.writing() as session:
        other = make_incident(session, now)
        sorting.merge(session, number, other.id, amina, "the same", now)
    incident = undo(runtime, number, amina, now)
    assert (incident.state, incident.merged_into_id) == ("open", None)


def test_a_place_goes_back_to_where_the_hand_before_had_put_it(
    runtime: Runtime, amina: User, number: int, now
) -> None:
    with runtime.database.writing() as session:
        for lat in (-2.5, -2.6):
            judging.set_place(
                runtime, session, number, amina, "told", now, position=Position(lat, 40.0)
            )
    assert undo(runtime, number, amina, now).lat == -2.5


def test_a_name_learnt_with_a_wrong_place_is_forgotten(
    runtime: Runtime, amina: User, number: int, now
) -> None:
    with runtime.database.writing() as session:
        judging.set_place(
            runtime, session, number, amina, "told", now, place_id=1, learn_as="Mowa Kuu"
        )
    incident = undo(runtime, number, amina, now)
    assert incident.placed_by == "reports"
    with runtime.database.reading() as session:
        assert "Mowa Kuu" not in session.scalars(select(PlaceAlias.name)).all()


def test_hazard_and_owner_are_as_before(runtime: Runtime, amina: User, number: int, now) -> None:
    with runtime.database.writing() as session:
        baraka = make_user(session, "baraka")
        duty.take(session, number, baraka, now, via="page")
        duty.assign(session, number, amina.id, baraka, now)
    assert undo(runtime, number, amina, now).owner_id == baraka.id
    with runtime.database.writing() as session:
        judging.set_hazard(session, number, "attack", amina, "shots", now)
    incident = undo(runtime, number, amina, now)
    assert (incident.hazard, incident.hazard_by) == ("armed_group", "reports")


def test_of_two_contrary_judgements_at_once_one_wins_and_the_other_hears_of_it(
    runtime: Runtime, amina: User, now
) -> None:
    """Real threads, real transactions: ten incidents, two coordinators each."""
    with runtime.database.writing() as session:
        baraka = make_user(session, "baraka")
        numbers = [make_incident(session, now).id for _ in range(10)]

    def judge(number: int, by: User, decide) -> str:
        try:
            with runtime.database.writing() as session:
                decide(session, number, by, f"by {by.name}", now, "open")
        except MoveRefused as error:
            return f"second: {error.row_id} is {error.origin}"
        return "done"

    with ThreadPoolExecutor(4) as threads:
        tried = [
            (
                number,
                threads.submit(judge, number, amina, judging.verify),
                threads.submit(judge, number, baraka, judging.refute),
            )
            for number in numbers
        ]
    with runtime.database.reading() as session:
        for number, verified, refuted in tried:
            state = session.get_one(Incident, number).state
            said = [verified.result(), refuted.result()]
            assert sorted(said) == ["done", f"second: {number} is {state}"]
            moves = session.scalars(select(Move.target).where(Move.row_id == number)).all()
            assert moves == [state]

"""No faster than the company takes, whoever asks; and no more than its limits."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy.orm import Session

from gateway.dispatch.breaking import held
from gateway.dispatch.pacing import (
    AHEAD,
    book,
    book_late,
    carried,
    count,
    is_busy,
    keep_pace,
    left,
)
from gateway.flow.claims import Turn
from gateway.providers.base import Limits

WALL = datetime(2026, 3, 10, 15, 30, 20, tzinfo=UTC)


def _book(session: Session, most: int, rate: float, wall: datetime) -> list[float]:
    """Seconds after WALL of the moments that one worker books and uses."""
    state = held(session, "main")
    moments = book(state, most, rate, wall)
    keep_pace(state, moments, rate)
    session.flush()
    return [(moment - WALL).total_seconds() for moment in moments]


def test_the_first_leaves_at_once_and_the_others_at_the_rate(session: Session) -> None:
    assert _book(session, 3, 10.0, WALL) == pytest.approx([0, 0.1, 0.2], rel=0.04)
    assert _book(session, 2, 10.0, WALL) == pytest.approx([0.3, 0.4], rel=0.04)


def test_nobody_books_far_ahead(session: Session) -> None:
    booked = _book(session, 1000, 10.0, WALL)
    assert 0.3 < booked[-1] <= AHEAD.total_seconds()
    assert _book(session, 1000, 10.0, WALL) == []
    assert _book(session, 1000, 10.0, WALL + timedelta(seconds=1))[0] == 1.0


def test_rest_saves_up_no_burst(session: Session) -> None:
    _book(session, 1, 1.0, WALL)
    assert _book(session, 9, 1.0, WALL + timedelta(seconds=60)) == [60]


def test_what_is_not_used_is_left_to_others(session: Session) -> None:
    state = held(session, "main")
    moments = book(state, 5, 10.0, WALL)
    keep_pace(state, moments[:2], 10.0)
    (moment,) = book(state, 1, 10.0, WALL)
    assert (moment - WALL).total_seconds() == pytest.approx(0.2, rel=0.04)


def test_who_missed_a_moment_goes_to_the_end_of_the_line(session: Session) -> None:
    state = held(session, "main")
    booked = _book(session, 1000, 10.0, WALL)
    late = [(book_late(state, 10.0, WALL) - WALL).total_seconds() for _ in range(2)]
    gaps = [after - before for before, after in pairwise([booked[-1], *late])]
    assert gaps == pytest.approx([0.1, 0.1], rel=0.04)


def test_an_account_is_busy_when_its_pace_holds_messages_back(session: Session) -> None:
    state = held(session, "main")
    slow, fast = book(state, 48, 100.0, WALL), book(state, 48, 5_000.0, WALL)
    assert is_busy(slow, WALL)
    assert not is_busy(fast, WALL)
    keep_pace(state, slow, 100.0)
    assert is_busy(book(state, 1, 100.0, WALL), WALL)
    assert not is_busy([], WALL)


@pytest.mark.parametrize(
    ("late_s", "strict", "missed"), [(0.01, True, False), (0.1, True, True), (9, False, False)]
)
def test_a_moment_is_missed_only_where_the_pace_is_what_holds(
    late_s: float, strict: bool, missed: bool
) -> None:
    assert Turn(WALL, strict).missed(WALL + timedelta(seconds=late_s)) is missed


@pytest.mark.parametrize(
    ("limits", "spans"),
    [
        (Limits(per_minute=5), timedelta(minutes=1)),
        (Limits(per_half_hour=5), timedelta(minutes=30)),
        (Limits(per_day=5), timedelta(days=1)),
    ],
)
def test_a_limit_is_kept_over_its_whole_span(
    session: Session, limits: Limits, spans: timedelta
) -> None:
    count(session, "main", 2, 4, WALL)
    count(session, "main", 1, 1, WALL)
    count(session, "other", 9, 9, WALL)
    assert carried(session, "main", WALL) == 3
    assert left(session, "main", limits, WALL, 20) == 2
    count(session, "main", 2, 2, WALL)
    assert left(session, "main", limits, WALL + spans - timedelta(seconds=21), 20) == 0
    assert left(session, "main", limits, WALL + spans + timedelta(minutes=1), 20) == 5
    assert left(session, "main", Limits(), WALL, 20) == 20

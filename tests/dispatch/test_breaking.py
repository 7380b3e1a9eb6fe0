"""When an account is shut, when it is tried again, and when it is well."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from gateway.dispatch import breaking
from gateway.dispatch.breaking import Rules, stance
from gateway.store.tables import AccountState

RULES = Rules(failures=3, probe_s=10)


@pytest.fixture
def state(session: Session) -> AccountState:
    return breaking.held(session, "main")


def _fail(state: AccountState, now: datetime, times: int) -> None:
    for _ in range(times):
        breaking.failed(state, "http-500", RULES, now)


def test_an_account_is_well_until_it_fails_so_often_in_a_row(
    state: AccountState, now: datetime
) -> None:
    _fail(state, now, 2)
    breaking.worked(state, now)
    _fail(state, now, 2)
    assert stance(state, now) == "well"
    _fail(state, now, 1)
    assert (stance(state, now), state.error, state.changed_at) == ("shut", "http-500", now)


def test_one_probe_at_a_time_each_in_vain_makes_the_next_rarer_up_to_a_minute(
    state: AccountState, now: datetime
) -> None:
    _fail(state, now, 3)
    pauses = []
    for _ in range(5):
        assert stance(state, now) == "shut"
        assert state.probe_at is not None
        pauses.append((state.probe_at - now).total_seconds())
        now = state.probe_at
        assert stance(state, now) == "probe"
        breaking.begin_probe(state, now, patience_s=60)
        assert stance(state, now) == "shut", "another worker waits for what this probe says"
        _fail(state, now, 1)
    assert pauses == [10, 20, 40, 45, 45]


def test_a_probe_that_works_makes_it_well_at_once(state: AccountState, now: datetime) -> None:
    _fail(state, now, 3)
    later = now + timedelta(seconds=10)
    breaking.begin_probe(state, later, patience_s=60)
    breaking.worked(state, later)
    assert stance(state, later) == "well"
    assert (state.failures, state.probes, state.error, state.changed_at) == (0, 0, None, later)


def test_a_prober_that_died_does_not_shut_the_account_for_ever(
    state: AccountState, now: datetime
) -> None:
    _fail(state, now, 3)
    breaking.begin_probe(state, now + timedelta(seconds=10), patience_s=60)
    assert stance(state, now + timedelta(seconds=71)) == "probe"


def test_what_a_company_asks_to_wait_is_waited_and_never_shortened(
    state: AccountState, now: datetime
) -> None:
    breaking.wait(state, 30, now)
    breaking.wait(state, 1, now)
    assert stance(state, now + timedelta(seconds=29)) == "shut"
    assert stance(state, now + timedelta(seconds=30)) == "well"


def test_late_failures_of_a_shut_account_do_not_put_its_probe_off_for_ever(
    state: AccountState, now: datetime
) -> None:
    _fail(state, now, 3)
    _fail(state, now + timedelta(seconds=9), 20)
    assert stance(state, now + timedelta(seconds=20)) == "probe"

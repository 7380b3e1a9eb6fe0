"""Balances are asked or reckoned, and coordinators are called before the money ends."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from gateway.dispatch.uses import uses
from gateway.flow import balancing, reaching
from gateway.providers.base import Balance, ProviderDown, SendError
from gateway.runtime import Runtime
from gateway.store.tables import AccountState, AccountUse, Alert
from tests.dispatch.scenes import ACCOUNT, Recorder
from tests.flow.on_call import AMINA, OnCall

SPARE = "spare"
one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


class Bank(Recorder):
    """A company that tells its balance, or that it cannot."""

    says: Balance | Exception | None = None

    def balance(self) -> Balance | None:
        if isinstance(self.says, Exception):
            raise self.says
        return self.says


class Till(OnCall):
    """Two accounts and their settings, as a test wants them."""

    def plug_in(self, runtime: Runtime) -> None:
        super().plug_in(runtime)
        self.bank, self.spare = Bank(ACCOUNT), Bank(SPARE)
        self.company = self.bank
        runtime.providers = {ACCOUNT: self.bank, SPARE: self.spare, "exercise": self.drill_company}
        self.settle_on({}, {})

    def settle_on(self, first: dict[str, Any], second: dict[str, Any], **routes: Any) -> None:
        """Further settings of both accounts; by default all numbers go by the first."""
        plain = self.runtime.settings.providers[ACCOUNT].model_copy(update={"price": 0.1})
        accounts = {
            name: plain.model_copy(update=facts)
            for name, facts in ((ACCOUNT, first), (SPARE, second))
        }
        route = self.runtime.settings.routes[0]
        chains = routes or {"": (ACCOUNT, SPARE)}
        found = [
            route.model_copy(update={"prefix": prefix, "accounts": names})
            for prefix, names in chains.items()
        ]
        self.runtime.settings = self.runtime.settings.model_copy(
            update={"providers": accounts, "routes": tuple(found)}
        )

    def spend(self, ago: timedelta, **facts: Any) -> None:
        minute = (self.now - ago).replace(second=0, microsecond=0)
        with self.runtime.database.writing() as session:
            session.add(AccountUse(account=ACCOUNT, minute=minute, **facts))

    def kept(self, account: str = ACCOUNT) -> AccountState:
        with self.runtime.database.reading() as session:
            return session.get_one(AccountState, account)

    def look(self, **span: float) -> int:
        self.later(**span)
        return balancing.look_after(self.runtime)

    def pages(self) -> list[str]:
        return [row.body or "" for row in self.deliveries(kind="page")]


@pytest.fixture
def till(runtime: Runtime, now: datetime) -> Till:
    return Till(runtime, now)


def test_what_the_company_says_is_kept(till: Till) -> None:
    till.bank.says = Balance(120.5, "KES\n")
    assert till.look() == 0
    kept = till.kept()
    assert (kept.balance, kept.currency, kept.balance_at) == (120.5, "KES", till.now)
    assert till.kept(SPARE).balance is None
    assert till.kept(SPARE).state == "well"


@one_engine
@pytest.mark.parametrize("error", [ProviderDown("no-connection"), KeyError("odd"), SendError()])
def test_a_company_that_does_not_say_leaves_the_last_word_and_its_time(
    till: Till, error: Exception
) -> None:
    till.bank.says, till.spare.says = Balance(50, "USD"), Balance(7, "USD")
    till.look()
    before = till.now
    till.bank.says, till.spare.says = error, Balance(6, "USD")
    with capture_logs():
        till.look(minutes=15)
    kept = till.kept()
    assert (kept.balance, kept.balance_at) == (50, before)
    assert till.kept(SPARE).balance == 6  # one company's error keeps no other from being asked


@one_engine
def test_no_number_is_no_balance(till: Till) -> None:
    till.bank.says = Balance(float("nan"), "USD")
    till.look()
    assert till.kept().balance is None


def test_where_nobody_tells_it_is_reckoned_from_the_last_payment(till: Till) -> None:
    till.settle_on({"paid": 100.0, "paid_on": "2026-03-09"}, {"paid": 80.0})
    till.spend(timedelta(days=3), sms=900, segments=900, cost=0.0)  # before the payment
    till.spend(timedelta(hours=30), sms=10, segments=20, cost=0.0)  # by the price: 2
    till.spend(timedelta(hours=2), sms=10, segments=20, cost=5.5)  # as the company said
    till.look()
    assert till.kept().balance == pytest.approx(92.5)
    assert till.kept().currency is None
    assert till.kept(SPARE).balance is None  # nobody knows since when


@one_engine
def test_a_day_that_is_not_is_no_day_of_payment(till: Till) -> None:
    till.settle_on({"paid": 100.0, "paid_on": "2026-06-31"}, {})
    till.look()
    assert till.kept().balance is None


def test_uses_are_told_by_local_days(till: Till) -> None:
    till.spend(timedelta(hours=18, minutes=31), sms=7, segments=7, cost=0.0)  # 23:59 the day before
    till.spend(timedelta(hours=18, minutes=30), sms=2, segments=4, cost=0.0)  # midnight in Nairobi
    till.spend(timedelta(minutes=1), sms=1, segments=1, cost=0.0)
    with till.runtime.database.reading() as session:
        found = uses(session, till.now, till.runtime.zone, {ACCOUNT: 0.5})[ACCOUNT]
    assert list(found.sms) == [0, 0, 0, 0, 0, 7, 3]
    assert list(found.spent) == [0, 0, 0, 0, 0, 3.5, 2.5]
    assert found.last_minute == 1
    assert found.last_at == till.now - timedelta(minutes=1)


def test_coordinators_are_told_once_a_day_until_somebody_pays(till: Till) -> None:
    till.settle_on({"low_balance": 50.0}, {})
    till.bank.says = Balance(49, "USD")
    assert till.look() == 1
    assert (
        till.pages()
        == [
            "SMS account simulator is running low: 49.00 USD left, enough for days: ?. "
            "Please pay in now: without money no warning leaves."
        ]
        * 3
    )
    assert till.look(minutes=15) == 0
    assert till.look(hours=23) == 0
    assert till.look(hours=1) == 1
    till.bank.says = Balance(51, "USD")  # not clearly above the line
    till.look(minutes=15)
    assert till.kept().told_at is not None
    till.bank.says = Balance(500, "USD")
    till.look(minutes=15)
    assert till.kept().told_at is None
    till.bank.says = Balance(20, "USD")
    assert till.look(hours=1) == 1


@one_engine
def test_the_call_may_use_the_reserve(till: Till) -> None:
    till.settle_on({"low_balance": 50.0, "reserve": 60.0}, {})
    till.bank.says = Balance(49, "USD")
    till.look()
    till.send()
    assert len(till.got(AMINA)) == 1
    assert {row.priority for row in till.deliveries(kind="page")} == {2}


@one_engine
def test_fewer_than_three_days_are_low(till: Till) -> None:
    till.bank.says = Balance(29, "USD")
    for days in (1, 2, 3):
        till.spend(timedelta(days=days), sms=1, segments=1, cost=10.0)
    assert till.look() == 1
    assert "29.00 USD left, enough for days: 3." in till.pages()[0]


def test_less_than_the_largest_warning_of_late_costs_is_low(till: Till) -> None:
    till.people(30)
    alert = till.approved()
    with till.runtime.database.reading() as session:
        texts = {text.language: text.body for text in session.get_one(Alert, alert.id).texts}
    assert len(texts["en"]) > 160  # two segments
    till.bank.says, till.spare.says = Balance(6.01, "USD"), Balance(5.99, "USD")
    assert till.look() == 1  # the spare one has to be able to carry it too
    assert till.kept(SPARE).told_at is not None
    assert till.kept().told_at is None
    till.bank.says = till.spare.says = Balance(1, "USD")
    assert till.look(days=31) == 0  # an audience of long ago


@one_engine
def test_a_balance_in_another_money_is_held_against_its_own_line_only(till: Till) -> None:
    till.settle_on({"low_balance": 10.0}, {})
    till.spend(timedelta(days=1), sms=1, segments=1, cost=100.0)
    till.bank.says = Balance(20, "KES")
    assert till.look() == 0
    till.bank.says = Balance(9, "KES")
    assert till.look() == 1
    assert "9.00 KES" in till.pages()[0]


@one_engine
def test_nobody_to_call_is_no_reason_not_to_show_it(till: Till) -> None:
    for user in (till.first, till.second, till.third):
        till.set(type(user), user.id, phone=None)
    till.settle_on({"low_balance": 10.0}, {})
    till.bank.says = Balance(1, "USD")
    assert till.look() == 1
    assert till.kept().told_at is not None
    assert till.pages() == []


# --- what a warning costs, before it is sent ------------------------------------------------


def preview(till: Till, alert: Alert) -> reaching.Preview:
    with till.runtime.database.reading() as session:
        return reaching.preview(till.runtime, session, session.get_one(Alert, alert.id))


def test_a_draft_costs_what_the_accounts_of_its_paths_take(till: Till) -> None:
    till.settle_on(
        {"price": 0.1, "rate_per_second": 10.0},
        {"price": 0.01, "rate_per_second": 1.0, "per_half_hour": 0},
        **{"": (ACCOUNT,), "+25470": (SPARE, ACCOUNT)},
    )
    till.people(10)
    till.people(20, first=100, path="+25470")
    till.people(5, first=200, path="+999")  # of a route that was taken away
    found = preview(till, till.draft())
    assert {load.account: load.sms for load in found.loads} == {SPARE: 40, ACCOUNT: 30}
    assert found.cost == pytest.approx(40 * 0.01 + 30 * 0.1)
    assert found.seconds == 40  # side by side: the slower one
    assert found.rate == 11
    english = next(share for share in found.shares if share.language == "en")
    assert (english.people, english.sms, english.seconds) == (35, 70, 40)


@one_engine
def test_whatever_fails_or_is_empty_costs_nothing_for_the_next_one_carries(till: Till) -> None:
    till.settle_on({"price": 0.1}, {"price": 0.01, "reserve": 5.0})
    till.people(10)
    alert = till.draft()
    assert [load.account for load in preview(till, alert).loads] == [ACCOUNT]
    till.bank.says = Balance(0, "USD")
    till.look()
    (load,) = preview(till, alert).loads
    assert (load.account, load.lacks_money) == (SPARE, False)
    till.bank.says = Balance(1.99, "USD")
    till.look()
    (load,) = preview(till, alert).loads
    assert (load.account, load.left, load.lacks_money) == (ACCOUNT, 1.99, True)
    with till.runtime.database.writing() as session:
        session.get_one(AccountState, ACCOUNT).state = "failing"
    assert [load.account for load in preview(till, alert).loads] == [SPARE]


@one_engine
def test_an_exercise_costs_nothing_whatever_the_paths(till: Till) -> None:
    till.settle_on({"price": 0.1}, {}, **{"": (ACCOUNT,), "+25470": (SPARE,)})
    drill = till.exercise()
    till.people(4, exercise_id=drill)
    alert = till.draft(exercise_id=drill)
    found = preview(till, alert)
    assert (found.audience, found.cost, found.price, found.rate) == (4, 0, 0, 50)

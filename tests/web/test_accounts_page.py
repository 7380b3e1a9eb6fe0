"""What /accounts, the queue, a draft, /ready and /metrics say of the accounts."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from structlog.testing import capture_logs

from gateway.lists.doubts import Doubts, Settled
from gateway.providers.base import ProviderConfig
from gateway.providers.simulator import Simulator
from gateway.runtime import Runtime
from gateway.store.history import move
from gateway.store.tables import AccountState, AccountUse, Beat, Delivery, Exercise, FormerAttempt
from gateway.web.account_words import error_words
from tests.web.situation import make_draft, make_situation
from tests.web.walking import Visitor

one_engine = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
A, B = "cloud", "phone"


@pytest.fixture
def two(app: Flask) -> Runtime:
    """A gateway of two accounts, cloud before phone, whose scheduler ticks."""
    runtime: Runtime = app.extensions["gateway"]
    plain = runtime.settings.providers["simulator"].model_copy(
        update={"price": 0.5, "rate_per_second": 10.0}
    )
    route = runtime.settings.routes[0].model_copy(update={"accounts": (A, B)})
    runtime.settings = runtime.settings.model_copy(
        update={"providers": {A: plain, B: plain}, "routes": (route,)}
    )
    runtime.providers = dict(runtime.providers) | {
        name: Simulator(ProviderConfig(name, "simulator")) for name in (A, B)
    }
    with runtime.database.writing() as session:
        session.add(Beat(job="scheduler", at=runtime.clock(), holder="here"))
    return runtime


def put(runtime: Runtime, account: str = A, **facts: Any) -> None:
    with runtime.database.writing() as session:
        session.merge(AccountState(account=account, **facts))


def wait(runtime: Runtime, seconds: float, **facts: Any) -> Delivery:
    due = runtime.clock() - timedelta(seconds=seconds)
    values = {
        "kind": "alert", "language": "en", "reference": uuid.uuid4().hex, "priority": 0,
        "due_at": due, "created_at": due, "state": "queued", "attempts": 0,
    }  # fmt: skip
    with runtime.database.writing() as session:
        delivery = Delivery(**(values | facts))
        session.add(delivery)
    return delivery


def ready(app: Flask) -> tuple[int, dict[str, Any]]:
    answer = app.test_client().get("/ready")
    return answer.status_code, answer.get_json()


# --- the page -------------------------------------------------------------------------------


@one_engine
def test_an_account_that_fails_says_why_and_since_when(app: Flask, two: Runtime) -> None:
    now = two.clock()
    put(two, state="failing", error="ProviderDown http-503", changed_at=now - timedelta(minutes=7),
        probe_at=now + timedelta(minutes=2), answer_s=0.31, receipt_s=14.0)  # fmt: skip
    wait(two, 100)
    wait(two, 5, priority=5)
    html = Visitor(app, "coordinator").read("/accounts")
    assert "It fails: it is out of order; it answers with error 503." in html
    assert "7 min ago" in html
    assert "310 ms" in html
    assert "14.0 s" in html
    cloud, phone = html.split('id="account-phone"')
    assert "0 urgent" in cloud  # the other one carries its messages now
    assert "1 urgent, 1 answers and questions, 0 of campaigns" in phone
    assert "waits 2 min" in phone
    assert "is silent" in phone


@one_engine
def test_a_low_balance_says_what_is_left_and_why_to_pay(app: Flask, two: Runtime) -> None:
    now = two.clock()
    put(two, state="well", balance=20.0, currency="USD", balance_at=now - timedelta(hours=3),
        told_at=now - timedelta(hours=2))  # fmt: skip
    put(two, B, state="well", balance=88.0, balance_at=now)
    with two.database.writing() as session:
        for days in (1, 2):
            minute = now - timedelta(days=days)
            session.add(AccountUse(account=A, minute=minute, sms=20, segments=20, cost=0))
    html = Visitor(app, "coordinator").read("/accounts")
    assert "<strong>20.00 USD</strong>" in html
    assert "not known since" in html
    assert "about 2 days" in html
    assert "Pay in now: lasts less than 3 days at the pace of the last week." in html
    assert "<strong>88.00 USD</strong> by our reckoning" in html


@one_engine
def test_open_webhooks_are_named_beside_real_accounts(app: Flask, two: Runtime) -> None:
    assert "can invent reports" not in Visitor(app, "admin").read("/accounts")
    real = two.settings.providers[A].model_copy(update={"type": "twilio"})
    two.settings = two.settings.model_copy(update={"providers": {A: real, B: real}})
    two.providers = dict(two.providers) | {
        A: Simulator(ProviderConfig(A, "simulator", options={"auth_token": "t"}))
    }
    html = Visitor(app, "coordinator").read("/accounts")
    cloud, phone = html.split('id="account-phone"')
    assert "can invent reports" not in cloud
    assert "can invent reports" in phone


@one_engine
def test_only_coordinators_see_the_accounts(app: Flask, two: Runtime) -> None:
    assert Visitor(app, "analyst").get("/accounts").status_code == 403
    assert '"/administration"' not in Visitor(app, "viewer").read("/")
    coordinator = Visitor(app, "coordinator")
    assert '"/administration"' in coordinator.read("/")
    assert '"/accounts"' in coordinator.read("/administration")


@one_engine
def test_the_queue_says_which_account_fails_or_runs_low(app: Flask, two: Runtime) -> None:
    visitor = Visitor(app, "viewer")
    first = visitor.get("/situation/rows")
    put(two, state="failing", told_at=two.clock())
    second = visitor.get("/situation/rows", headers={"If-None-Match": first.headers["ETag"]})
    assert second.status_code == 200
    assert "SMS account cloud fails and runs low: pay in." in second.text
    assert "SMS account" not in first.text


@one_engine
def test_a_draft_says_when_a_balance_does_not_suffice(app: Flask, two: Runtime) -> None:
    make_draft(make_situation(app))
    put(two, state="well", balance=0.6)
    html = Visitor(app, "coordinator").read("/alerts/1")
    assert "This costs about 1.00 USD by account cloud, which has 0.600 USD left" in html
    put(two, state="well", balance=1.0)
    assert "This costs about" not in Visitor(app, "admin").read("/alerts/1")


def test_doubts_are_counted_on_from_the_last_look(app: Flask, two: Runtime) -> None:
    doubts, now = Doubts(), two.clock()

    def settle(target: str, **facts: Any) -> None:
        delivery = wait(two, 60, state="unknown", account=A, doubtful=True, **facts)
        with two.database.writing() as session:
            row = session.get_one(Delivery, delivery.id)
            move(session, row, target, who="dispatch", now=now)
            if target == "queued":
                cause = {"account": A, "cause": "doubt", "at": now}
                session.add(FormerAttempt(delivery_id=row.id, **cause))

    def found() -> Settled:
        with two.database.reading() as session:
            return doubts.settled(session).get(A, Settled())

    with two.database.writing() as session:
        drill = Exercise(scenario="test", started_at=now)
        session.add(drill)
        session.flush()
    assert found() == Settled()
    settle("submitted")
    settle("submitted", exercise_id=drill.id)
    assert found() == Settled(taken=1)
    settle("submitted")
    settle("queued")
    assert found() == found() == Settled(taken=2, again=1)
    wait(two, 60, state="unknown", account=A, doubtful=True)
    html = Visitor(app, "coordinator").read("/accounts")
    assert "1 SMS may or may not have left" in html
    assert "of earlier ones 2 had left, 1 was sent once more" in html


def test_errors_are_told_in_words() -> None:
    assert error_words("HandoverUnknown timeout") == (
        "it does not say whether it took a message; it does not answer in time"
    )
    assert error_words("http-401") == "it does not accept our key"
    assert error_words("20003") == "its code 20003"
    assert error_words(None) == "the reason was not kept"


# --- what strangers and monitors read --------------------------------------------------------


def test_ready_tells_of_each_account_and_no_sums(app: Flask, two: Runtime) -> None:
    minute = two.clock().replace(second=0)
    with two.database.writing() as session:
        session.add(AccountUse(account=A, minute=minute, sms=1, segments=1, cost=0.0))
    put(two, state="well", balance=98765.43, error="ProviderDown secret-code", told_at=minute)
    wait(two, 30)
    wait(two, 7200, exercise_id=1)
    status, said = ready(app)
    assert (status, said["warnings"], said["urgent_age_s"]) == (200, "ok", 30)
    assert said["providers"] == {
        A: {
            "type": "simulator", "state": "well", "queue": 1, "oldest_urgent_s": 30,
            "last_answer_age_s": 0, "balance": "low",
        },
        B: {
            "type": "simulator", "state": "well", "queue": 0, "oldest_urgent_s": 0,
            "last_answer_age_s": None, "balance": "unknown",
        },
    }  # fmt: skip
    body = app.test_client().get("/ready").text
    assert "98765" not in body
    assert "secret-code" not in body


@one_engine
@pytest.mark.parametrize(
    ("seconds", "facts", "status"),
    [
        (59, {}, 200),
        (61, {}, 503),
        (61, {"exercise_id": 1}, 200),
        (61, {"priority": 9}, 200),
        (-600, {}, 200),  # not due yet
    ],
)
def test_not_ready_while_something_urgent_waits_too_long(
    app: Flask, two: Runtime, seconds: float, facts: dict[str, Any], status: int
) -> None:
    wait(two, seconds, **facts)
    assert ready(app)[0] == status


@one_engine
def test_what_is_tried_again_and_again_waits_since_it_was_written(app: Flask, two: Runtime) -> None:
    later = two.clock() + timedelta(seconds=20)
    wait(two, 90, attempts=4, due_at=later)
    status, said = ready(app)
    assert (status, said["urgent_age_s"]) == (503, 90)


@one_engine
def test_not_ready_while_no_account_for_warnings_works(app: Flask, two: Runtime) -> None:
    put(two, A, state="failing")
    assert ready(app)[0] == 200
    put(two, B, state="probing")
    assert ready(app)[0] == 503
    put(two, A, state="well")
    assert ready(app)[0] == 200
    only_campaigns = two.settings.routes[0].model_copy(update={"kinds": ("campaign",)})
    two.settings = two.settings.model_copy(update={"routes": (only_campaigns,)})
    assert ready(app)[0] == 503


def figures(app: Flask) -> dict[str, float]:
    answer = app.test_client().get("/metrics")
    rows = [line for line in answer.text.splitlines() if line.startswith("gateway_account_")]
    return {name: float(value) for name, value in (row.rsplit(" ", 1) for row in rows)}


@one_engine
def test_metrics_are_asked_of_the_database(app: Flask, two: Runtime) -> None:
    minute = two.clock().replace(second=0) - timedelta(minutes=1)
    with two.database.writing() as session:
        session.add(AccountUse(account=A, minute=minute, sms=120, segments=120, cost=0.0))
    put(two, state="probing", failures=3, balance=9.5, answer_s=0.2)
    wait(two, 30)
    wait(two, 3, priority=9)
    wait(two, 3, state="unknown", account=A)
    found = figures(app)
    for name, value in (
        ('queue{account="cloud",lane="urgent"}', 1),
        ('queue{account="cloud",lane="campaign"}', 1),
        ('queue{account="phone",lane="urgent"}', 0),
        ('oldest_urgent_seconds{account="cloud"}', 30),
        ('state{account="cloud",state="probing"}', 1),
        ('state{account="phone",state="well"}', 1),
        ('failures{account="cloud"}', 3),
        ('rate_limit{account="cloud"}', 10),
        ('rate{account="cloud"}', 2),
        ('balance{account="cloud",currency="USD"}', 9.5),
        ('answer_seconds{account="cloud"}', 0.2),
        ('doubts{account="cloud"}', 1),
        ('doubts_settled_total{account="cloud",how="taken"}', 0),
    ):
        assert found[f"gateway_account_{name}"] == value, name
    assert 'gateway_account_balance{account="phone",currency="USD"}' not in found


@one_engine
def test_what_the_processes_count_is_told_when_the_database_does_not_answer(
    app: Flask, two: Runtime
) -> None:
    with two.database.writing() as session:
        session.execute(text("DROP TABLE account_states"))
    with capture_logs() as logs:
        answer = app.test_client().get("/metrics")
    assert answer.status_code == 200
    assert "gateway_messages_failed_total" in answer.text
    assert "gateway_account_state" not in answer.text
    assert logs == [
        {"event": "accounts not measured", "error": "OperationalError", "log_level": "error"}
    ]

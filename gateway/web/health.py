"""What operators and their monitors ask: /live, /ready, /metrics."""

import hmac
import os
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError

from gateway.lists import health as health_lists
from gateway.lists.accounts import Standing
from gateway.web.account_figures import AccountFigures
from gateway.web.context import runtime
from gateway.web.guards import operator, public

blueprint = Blueprint("health", __name__)
_TICK_S, _BACKLOG_S = 30, 60


@blueprint.get("/live")
@public
def live() -> Response:
    """The process is up."""
    return jsonify(status="ok")


@blueprint.get("/ready")
@public
def ready() -> tuple[Response, int]:
    """Database, scheduler tick, backlog age, each account; 503 while warnings would not leave.

    Strangers read it: no money, no error of a company, no name but that of the account.
    """
    gateway = runtime()
    now = gateway.clock()
    try:
        with gateway.database.reading() as session:
            found = health_lists.state(gateway, session, now)
    except SQLAlchemyError:
        return jsonify(status="not ready", database="lost"), 503
    tick, backlog = found.scheduler_tick_age_s, found.backlog_age_s
    report: dict[str, Any] = {
        "database": "ok",
        "scheduler": "ok" if tick is not None and tick <= _TICK_S else "silent",
        "scheduler_tick_age_s": tick,
        "backlog": "ok" if backlog <= _BACKLOG_S else "late",
        "backlog_age_s": backlog,
        "outbox_age_s": found.outbox_age_s,
        "warnings": "ok" if found.can_warn else "stuck",
        "urgent_age_s": found.urgent_age_s,
        "providers": {one.name: _account(one, now) for one in found.accounts},
    }
    well = report["scheduler"] == report["backlog"] == report["warnings"] == "ok"
    return jsonify(status="ok" if well else "not ready", **report), 200 if well else 503


@blueprint.get("/metrics")
@operator
def metrics() -> Response:
    """Prometheus figures, for the token's holder or the machine itself."""
    if not _may_read_metrics():
        return Response("", 403, content_type="text/plain; charset=utf-8")
    return Response(_figures(), content_type=CONTENT_TYPE_LATEST)


def _figures() -> bytes:
    """Of this process, or of all processes of `gateway web`, which share a folder of counters.

    What the database knows of the accounts is the same in all of them, and asked now.
    """
    accounts = CollectorRegistry()
    accounts.register(AccountFigures(runtime(), current_app.extensions["doubts"]))
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest() + generate_latest(accounts)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together) + generate_latest(accounts)


def _account(one: Standing, now: datetime) -> dict[str, Any]:
    known = "low" if one.is_low else "unknown" if one.balance is None else "ok"
    last = one.last_at
    return {
        "type": one.settings.type,
        "state": one.state,
        "queue": sum(one.queue.values()),
        "oldest_urgent_s": one.oldest_urgent_s,
        "last_answer_age_s": round((now - last).total_seconds()) if last else None,
        "balance": known,
    }


def _may_read_metrics() -> bool:
    token = runtime().settings.web.metrics_token.get_secret_value()
    if token:
        sent = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(sent, f"Bearer {token}".encode())
    return request.remote_addr in ("127.0.0.1", "::1")

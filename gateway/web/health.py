"""What operators and their monitors ask: /live, /ready, /metrics."""

import hmac
import os
from typing import Any

from flask import Blueprint, Response, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError

from gateway.lists import health as health_lists
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
    """Database, scheduler tick, backlog age, each account; 503 while any is not well."""
    gateway = runtime()
    report: dict[str, Any] = {"database": "lost"}
    try:
        with gateway.database.reading() as session:
            found = health_lists.state(session, gateway.clock())
    except SQLAlchemyError:
        return jsonify(status="not ready", **report), 503
    tick, backlog = found.scheduler_tick_age_s, found.backlog_age_s
    report = {
        "database": "ok",
        "scheduler": "ok" if tick is not None and tick <= _TICK_S else "silent",
        "scheduler_tick_age_s": tick,
        "backlog": "ok" if backlog <= _BACKLOG_S else "late",
        "backlog_age_s": backlog,
        "outbox_age_s": found.outbox_age_s,
        "providers": {name: account.type for name, account in gateway.settings.providers.items()},
    }
    well = report["scheduler"] == report["backlog"] == "ok"
    return jsonify(status="ok" if well else "not ready", **report), 200 if well else 503


@blueprint.get("/metrics")
@operator
def metrics() -> Response:
    """Prometheus figures, for the token's holder or the machine itself."""
    if not _may_read_metrics():
        return Response("", 403, content_type="text/plain; charset=utf-8")
    return Response(_figures(), content_type=CONTENT_TYPE_LATEST)


def _figures() -> bytes:
    """Of this process, or of all processes of `gateway web`, which share a folder of counters."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)


def _may_read_metrics() -> bool:
    token = runtime().settings.web.metrics_token.get_secret_value()
    if token:
        sent = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(sent, f"Bearer {token}".encode())
    return request.remote_addr in ("127.0.0.1", "::1")

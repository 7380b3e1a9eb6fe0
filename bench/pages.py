"""Milliseconds of the first page and of a refresh without news, beside an empty page's."""

import random
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from statistics import median

from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import insert, select, update
from werkzeug.test import TestResponse

from bench.figures import Figure
from bench.history import NOW, Past, Spot, fill, spots_of
from bench.servers import durable_postgresql
from gateway.app import create_app
from gateway.cli.start import known_entries
from gateway.flow.importing import add_entries
from gateway.plumbing.logs import configure_logs
from gateway.runtime import Runtime, build_runtime
from gateway.store import migrate
from gateway.store.tables import Alert, Delivery, Incident, Place, User
from gateway.web.guards import public
from tests.make import make_user, settings_for

REPORTS = 100_000
_PAST = Past(each=20, open_for=timedelta(days=1))  # 5,000 incidents, fifty of them open
_COPIES = 2_000  # of each live warning
_MEASURED, _WARM = 61, 10
_MOST_PLACES = 1_500
_QUIET = 40
_EMPTY = '{% extends "base.html" %}{% block content %}<h1>Empty</h1>{% endblock %}'


def figures() -> Iterator[Figure]:
    """On PostgreSQL, which large deployments have, then on SQLite."""
    configure_logs(_QUIET)
    for engine, prefix in (("postgresql", "pages"), ("sqlite", "pages.sqlite")):
        with (
            tempfile.TemporaryDirectory(prefix="bench-") as name,
            _gateway(engine, Path(name)) as runtime,
        ):
            yield from _measured(_app(runtime), _busy(runtime), prefix)


def _measured(app: Flask, user: User, prefix: str) -> Iterator[Figure]:
    client = _signed_in(app, user)
    tag = client.get("/situation/rows").headers["ETag"]
    # One after the other in turn, so that a busy moment of the machine is everybody's.
    ways: dict[str, Callable[[], TestResponse]] = {
        "empty": lambda: client.get("/empty"),
        "situation": lambda: client.get("/", headers={"Accept-Encoding": "gzip"}),
        "unchanged": lambda: client.get("/situation/rows", headers={"If-None-Match": tag}),
    }
    wanted = {"empty": 200, "situation": 200, "unchanged": 304}
    took: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(_WARM + _MEASURED):
        for name, ask in ways.items():
            begun = time.perf_counter()
            answer = ask()
            took[name].append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == wanted[name], (name, answer.status_code)
    times = {name: sorted(values[_WARM:]) for name, values in took.items()}
    empty = median(times["empty"])
    for name in ("situation", "unchanged"):
        middle = median(times[name])
        note = f"median of {_MEASURED}, best {times[name][0]:.2f}"
        yield Figure(f"{prefix}.{name}_ms", middle, note)
        yield Figure(f"{prefix}.{name}_ratio", middle / empty, f"to {empty:.2f} ms, an empty page")


def _signed_in(app: Flask, user: User) -> FlaskClient:
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = f"{user.id}:{user.epoch}"
    return client


def _app(runtime: Runtime) -> Flask:
    app = create_app(runtime)

    @app.get("/empty")
    @public
    def _empty() -> str:
        return render_template_string(_EMPTY)

    return app


def _busy(runtime: Runtime) -> User:
    """An hour in which much goes on: unseen, owned, warned of, to approve."""
    with runtime.database.writing() as session:
        amina, bakari = make_user(session, "amina"), make_user(session, "bakari")
        newest = session.scalars(
            select(Incident.id).where(Incident.state == "open").order_by(Incident.id.desc())
        ).all()
        session.execute(update(Incident).where(Incident.id.in_(newest[:15])).values(seen_at=None))
        session.execute(
            update(Incident).where(Incident.id.in_(newest[15:30])).values(owner_id=amina.id)
        )
        for state in ("live", "live", "submitted", "draft"):
            alert = _alert(state, bakari, newest[-1])
            session.add(alert)
            session.flush()
            if state == "live":
                session.execute(insert(Delivery), _copies(alert))
    assert len(newest) == 50, len(newest)
    return amina


def _alert(state: str, by: User, incident_id: int) -> Alert:
    return Alert(
        incident_id=incident_id, state=state, hazard="attack", urgency="Immediate",
        severity="Severe", certainty="Observed", place_name="Moa", lat=-2.35, lon=40.3,
        radius_m=20_000, expires_at=NOW + timedelta(hours=6), drafted_by=by.id,
        submitted_by=by.id, submitted_at=NOW, created_at=NOW,
        approved_at=NOW if state == "live" else None,
    )  # fmt: skip


def _copies(alert: Alert) -> list[dict[str, object]]:
    return [
        {
            "kind": "alert", "alert_id": alert.id, "subscriber_id": number, "language": "en",
            "reference": f"{alert.id}-{number}", "priority": 0, "due_at": NOW, "created_at": NOW,
            "state": "delivered" if number % 3 else "submitted",
        }
        for number in range(1, _COPIES + 1)
    ]  # fmt: skip


@contextmanager
def _gateway(engine: str, folder: Path) -> Iterator[Runtime]:
    if engine == "sqlite":
        with _filled(f"sqlite:///{folder}/gateway.db", folder) as runtime:
            yield runtime
        return
    with durable_postgresql() as server, _filled(server.new_database(), folder) as runtime:
        yield runtime


@contextmanager
def _filled(url: str, folder: Path) -> Iterator[Runtime]:
    settings = settings_for(url, folder)
    runtime = build_runtime(settings, clock=lambda: NOW)
    migrate.upgrade(runtime.database)
    with runtime.database.writing() as session:
        places = known_entries(settings, settings.country)
        add_entries(session, places, settings.country, settings.gazetteer.priority)
    try:
        spots = _spots(runtime)
        fill(runtime, spots, REPORTS, past=_PAST)
        yield runtime
    finally:
        runtime.database.close()


def _spots(runtime: Runtime) -> list[Spot]:
    """In an order of their own, so that neighbours in the list are none on the map."""
    with runtime.database.reading() as session:
        rows = session.execute(
            select(Place.id, Place.name, Place.lat, Place.lon).where(Place.kind == "locality")
        ).all()
    spots = spots_of(rows)
    random.Random(3).shuffle(spots)
    return spots[:_MOST_PLACES]

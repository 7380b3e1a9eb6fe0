"""An alert to 300,000 of a million subscribers: its outbox against a bare INSERT … SELECT."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy import event, select, text

from bench.crowd import ROUND_M, settle
from bench.figures import Figure
from bench.servers import durable_postgresql
from gateway.flow import alerting, spreading
from gateway.flow.sending import Sender
from gateway.plumbing.logs import configure_logs
from gateway.providers.base import Outgoing, Submission
from gateway.runtime import Runtime, build_runtime
from gateway.store import migrate
from gateway.store.tables import Alert, Delivery
from gateway.terms.area import RING_M, Area, Circle
from tests.dispatch.scenes import ACCOUNT, Recorder
from tests.make import MOA, make_incident, make_user, settings_for

_NEAR, _ALL = 300_000, 1_000_000
_NEAR_SQLITE = 50_000
_ROUNDS = 5
_QUIET = 40
_RULES = ("(alert_id) REFERENCES alerts (id)", "(subscriber_id) REFERENCES subscribers (id)")


def figures() -> Iterator[Figure]:
    """The ratio, the wait for the first SMS, and the memory it takes, on PostgreSQL.

    In this process spreading and sending run in a thread each, as the jobs do. When all rows are
    written, the floor writes the same rows into a table of the same columns and indexes, while
    the sending goes on. `ruled_ratio` is against a floor that checks two foreign keys, as the
    outbox once did.
    Then how long SQLite's one writer is held at most.
    """
    configure_logs(_QUIET)
    with durable_postgresql() as server, _gateway(server.new_database()) as crowd:
        settle(crowd.runtime, _NEAR, _ALL)
        runs = [_run(crowd) for _ in range(_ROUNDS)]
    ours = median(run.ours_s for run in runs)
    for name, floors in (
        ("ratio", [r.floor_s for r in runs]),
        ("ruled_ratio", [r.ruled_s for r in runs]),
    ):
        ratio = median(floor / run.ours_s for floor, run in zip(floors, runs, strict=True))
        note = f"{_NEAR / ours:.0f}/s of {_NEAR / median(floors):.0f}/s, median of {_ROUNDS}"
        yield Figure(f"fanout.postgresql.{name}", ratio, note)
    first = [run.first_s for run in runs]
    yield Figure(
        "fanout.first_sms_s", median(first), f"median of {_ROUNDS}, worst {max(first):.2f}"
    )
    handed = f"{min(run.handed for run in runs)} handed over meanwhile, nearest ring first"
    yield Figure("fanout.memory_mb", max(run.memory_mb for run in runs), f"growth; {handed}")
    yield _sqlite()


@dataclass(frozen=True, slots=True)
class _Run:
    ours_s: float
    floor_s: float
    ruled_s: float  # of the floor with two foreign keys
    first_s: float
    memory_mb: float
    handed: int


class _Company(Recorder):
    """Notes when the first message came."""

    first_at: float | None = None

    def send(self, sms: Outgoing) -> Submission:
        if self.first_at is None:
            self.first_at = time.perf_counter()
        return super().send(sms)


@dataclass
class _Crowd:
    runtime: Runtime
    company: _Company = field(default_factory=_Company)

    def submitted(self) -> Alert:
        """A warning for all within ROUND_M, which waits for its approval."""
        area, runtime = Area.around(Circle(MOA.lat, MOA.lon, ROUND_M)), self.runtime
        now, by = runtime.clock(), self.users[0]
        with runtime.database.writing() as session:
            incident = make_incident(session, now, state="verified")
            alert = alerting.draft(runtime, session, incident.id, by, now)
            texts = {one.language: one.body for one in alert.texts}
            expires_at = now + timedelta(hours=6)
            alerting.edit(
                runtime, session, alert.id, by, alert.version, now,
                texts=texts, expires_at=expires_at, area=area,
            )  # fmt: skip
            return alerting.submit(runtime, session, alert.id, by, alert.version, now)

    def __post_init__(self) -> None:
        self.runtime.providers = {ACCOUNT: self.company}
        with self.runtime.database.writing() as session:
            self.users = [make_user(session, name) for name in ("amina", "brian")]


@contextmanager
def _gateway(database_url: str) -> Iterator[_Crowd]:
    with TemporaryDirectory(prefix="bench-") as folder:
        runtime = build_runtime(settings_for(database_url, Path(folder)))
        migrate.upgrade(runtime.database)
        try:
            yield _Crowd(runtime)
        finally:
            runtime.database.close()


def _run(crowd: _Crowd) -> _Run:
    alert = crowd.submitted()
    company = crowd.company
    company.first_at, company.sent = None, []
    with _memory() as memory, _jobs(crowd.runtime) as sending:
        began = time.perf_counter()
        with crowd.runtime.database.writing() as session:
            now, by = crowd.runtime.clock(), crowd.users[1]
            alerting.approve(crowd.runtime, session, alert.id, by, alert.version, now)
        while not _written(crowd.runtime, alert):
            time.sleep(0.02)
        ours_s, handed = time.perf_counter() - began, len(company.sent)
        floor_s, ruled_s = _floor_s(crowd.runtime), _floor_s(crowd.runtime, *_RULES)
        sending.clear()
    _check(crowd, alert)
    assert company.first_at is not None
    run = _Run(
        ours_s=ours_s,
        floor_s=floor_s,
        ruled_s=ruled_s,
        first_s=company.first_at - began,
        memory_mb=memory[1] - memory[0],
        handed=handed,
    )
    _clear(crowd.runtime)
    return run


@contextmanager
def _jobs(runtime: Runtime) -> Iterator[threading.Event]:
    """Spreads and sends at each nudge, a thread each, until the event is cleared."""
    on, nudges = threading.Event(), {"spread": threading.Event(), "send_due": threading.Event()}
    on.set()
    runtime.database.nudge = lambda job: nudges[job].set() if job in nudges else None
    sender = Sender(runtime)

    def sweep(job: str, work: Callable[[], object]) -> None:
        while on.is_set():
            nudges[job].wait(0.2)  # nudged, or by itself as the sweeps do
            nudges[job].clear()
            while on.is_set() and work():
                pass

    threads = [
        threading.Thread(target=sweep, args=("spread", lambda: spreading.go_on(runtime))),
        threading.Thread(target=sweep, args=("send_due", lambda: sender.send_due(1))),
    ]
    for thread in threads:
        thread.start()
    try:
        yield on
    finally:
        on.clear()
        for thread in threads:
            thread.join()
        sender.close()


@contextmanager
def _memory() -> Iterator[list[float]]:
    """Megabytes of this process: at the beginning, and the most until the end."""
    over, found = threading.Event(), [_resident_mb()] * 2

    def watch() -> None:
        while not over.wait(0.05):
            found[1] = max(found[1], _resident_mb())

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def _written(runtime: Runtime, alert: Alert) -> bool:
    with runtime.database.reading() as session:
        return session.scalar(select(Alert.spread_at).where(Alert.id == alert.id)) is not None


def _check(crowd: _Crowd, alert: Alert) -> None:
    """Everybody once, and whoever was handed over came in the order of the rings."""
    with crowd.runtime.database.reading() as session:
        found = session.get_one(Alert, alert.id)
        assert found.audience == _NEAR, f"{found.audience} of {_NEAR} in the outbox"
        references = [sms.reference for sms in crowd.company.sent]
        rows = session.execute(
            select(Delivery.reference, Delivery.distance_m).where(
                Delivery.reference.in_(references)
            )
        )
        away = dict(rows.all())
    farthest = 0
    for reference in references:
        assert away[reference] > farthest - RING_M, "a nearer ring came after a farther one"
        farthest = max(farthest, away[reference])


def _floor_s(runtime: Runtime, *rules: str) -> float:
    """Seconds of the same rows by one bare statement into a new table, with these rules."""
    engine = runtime.database.engine
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE bare (LIKE deliveries INCLUDING ALL)"))
        for rule in rules:
            connection.execute(text(f"ALTER TABLE bare ADD FOREIGN KEY {rule}"))
    began = time.perf_counter()
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO bare SELECT * FROM deliveries"))
    took = time.perf_counter() - began
    with engine.begin() as connection:
        connection.execute(text("DROP TABLE bare"))
    return took


def _clear(runtime: Runtime) -> None:
    with runtime.database.engine.begin() as connection:
        connection.execute(text("UPDATE alerts SET state = 'expired'"))
        connection.execute(text("TRUNCATE deliveries CASCADE"))


def _sqlite() -> Figure:
    """The longest that the one writer was held while the same outbox was written."""
    longest, began = [0.0], [0.0]
    with (
        TemporaryDirectory(prefix="bench-") as folder,
        _gateway(f"sqlite:///{folder}/g.db") as crowd,
    ):
        settle(crowd.runtime, _NEAR_SQLITE, _NEAR_SQLITE + 10_000)
        alert = crowd.submitted()
        engine = crowd.runtime.database.engine

        @event.listens_for(engine, "begin")
        def begin(_connection: object) -> None:
            began[0] = time.perf_counter()

        @event.listens_for(engine, "commit")
        def commit(_connection: object) -> None:
            longest[0] = max(longest[0], time.perf_counter() - began[0])

        start = time.perf_counter()
        with crowd.runtime.database.writing() as session:
            now, by = crowd.runtime.clock(), crowd.users[1]
            alerting.approve(crowd.runtime, session, alert.id, by, alert.version, now)
        spreading.go_on(crowd.runtime)
        took = time.perf_counter() - start
        assert _written(crowd.runtime, alert)
    note = f"of {took:.1f} s for {_NEAR_SQLITE:,} people; no promise"
    return Figure("fanout.sqlite.longest_write_s", longest[0], note)

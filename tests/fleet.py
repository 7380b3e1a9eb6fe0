"""A whole deployment for drills: people, warnings to all of them, processes that send, accounts."""

import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from sqlalchemy import func, insert, select, text

from gateway.flow import alerting, spreading
from gateway.runtime import Runtime, build_runtime
from gateway.store import migrate
from gateway.store.tables import Alert, AlertText, Delivery, Subscriber, User
from gateway.terms.area import Area, Circle
from gateway.terms.geo import Position, cell_of
from tests.companies import Company, Taken
from tests.make import MOA, make_incident, make_user, settings_for
from tests.processes import PROGRAM, Gateway, environment

RADIUS_M = 5_000
_LOOK_EVERY_S = 0.5  # counting the outbox costs
# Messages of a company that takes a reference twice and must be asked: the harder case.
FORGETFUL = (
    PROGRAM[0],
    "-c",
    "from gateway.providers.infobip import Infobip; Infobip.IDEMPOTENT = False; "
    "from gateway.cli import main; main()",
)


@dataclass
class Fleet:
    """One database, its people and coordinators, and the gateway processes around it."""

    runtime: Runtime
    environ: Mapping[str, str]
    folder: Path
    program: Sequence[str] = PROGRAM
    processes: list[Gateway] = field(default_factory=list)
    _users: list[User] = field(default_factory=list)

    def people(self, count: int, home: Position = MOA) -> None:
        """So many more subscribers at home there, each with a number of their own."""
        keys, now = self.runtime.keys, self.runtime.clock()
        with self.runtime.database.writing() as session:
            first = session.scalar(select(func.count()).select_from(Subscriber)) or 0
            rows = [
                {
                    "pseudonym": f"Heron-{number}",
                    "phone": f"+25470{number:07}",
                    "phone_index": keys.index.of(f"+25470{number:07}"),
                    "state": "subscribed",
                    "language": "en",
                    "lat": home.lat,
                    "lon": home.lon,
                    "cell": cell_of(home),
                    "created_at": now,
                }
                for number in range(first, first + count)
            ]
            session.execute(insert(Subscriber), rows)

    def submitted(self, centre: Position = MOA) -> Alert:
        """A warning to everybody within RADIUS_M that waits for its approval."""
        runtime, now = self.runtime, self.runtime.clock()
        with runtime.database.writing() as session:
            self._users = self._users or [make_user(session, name) for name in ("amina", "brian")]
            place = {"lat": centre.lat, "lon": centre.lon}
            incident = make_incident(session, now, state="verified", **place)
            alert = alerting.draft(runtime, session, incident.id, self._users[0], now)
            alerting.edit(
                runtime, session, alert.id, self._users[0], alert.version, now,
                texts={one.language: one.body for one in alert.texts},
                expires_at=now + timedelta(hours=6),
                area=Area.around(Circle(centre.lat, centre.lon, RADIUS_M)),
            )  # fmt: skip
            return alerting.submit(runtime, session, alert.id, self._users[0], alert.version, now)

    def approve(self, alert: Alert) -> int:
        """The second yes; the outbox is complete when this returns, and its size is returned."""
        runtime = self.runtime
        with runtime.database.writing() as session:
            now = runtime.clock()
            alerting.approve(runtime, session, alert.id, self._users[1], alert.version, now)
        spreading.go_on(runtime)
        with runtime.database.reading() as session:
            return session.get_one(Alert, alert.id).audience

    def campaign(self) -> int:
        """A live campaign with a waiting copy for everybody, by a few statements; how many."""
        now = self.runtime.clock()
        with self.runtime.database.writing() as session:
            self._users = self._users or [make_user(session, name) for name in ("amina", "brian")]
            alert = Alert(
                purpose="campaign", state="live", hazard="other", urgency="Future",
                severity="Minor", certainty="Observed", place_name="everywhere",
                lat=0.0, lon=0.0, radius_m=1, drafted_by=self._users[0].id, created_at=now,
                expires_at=now + timedelta(days=1), spread_at=now,
                texts=[AlertText(language="en", body="Report what you see: text us.")],
            )  # fmt: skip
            session.add(alert)
            session.flush()
            row = {"alert": alert.id, "now": now, "until": alert.expires_at}
            salt = {"salt": uuid.uuid4().hex}
            done = session.execute(text(_COPIES), row | salt)
            return int(done.rowcount)  # type: ignore[attr-defined]

    def start(self, *commands: str) -> list[Gateway]:
        """Further processes of the gateway, `worker` or `scheduler`."""
        added = []
        for command in commands:
            folder = self.folder / f"p{len(self.processes)}"
            folder.mkdir()
            process = Gateway((command,), self.environ, folder, program=self.program)
            self.processes.append(process)
            added.append(process.start())
        return added

    def stop(self) -> None:
        """Ends them all."""
        for process in self.processes:
            process.kill()
        self.processes.clear()

    def states(self) -> Counter[str]:
        """How many deliveries of warnings are in each state."""
        with self.runtime.database.reading() as session:
            rows = session.execute(
                select(Delivery.state, func.count())
                .join(Alert, Alert.id == Delivery.alert_id)
                .where(Alert.purpose == "warning")
                .group_by(Delivery.state)
            )
            return Counter({row[0]: row[1] for row in rows})

    def vacuum(self) -> None:
        """As a database that lives for long keeps itself."""
        with self.runtime.database.engine.connect() as connection:
            at_once = connection.execution_options(isolation_level="AUTOCOMMIT")
            at_once.execute(text("VACUUM ANALYZE"))

    def revive(self) -> int:
        """Starts again what ended by itself, as an operator's supervisor does; how many."""
        ended = [one for one in self.processes if one.process and one.process.poll() is not None]
        for process in ended:
            process.start()
        return len(ended)

    def is_settled(self) -> bool:
        """Whether no warning waits, is on its way or in doubt."""
        states = self.states()
        return not any(states[state] for state in ("queued", "claimed", "unknown"))

    def settled(self, seconds: float) -> int:
        """Waits for that, and revives what ends meanwhile; returns how often it had to."""
        deadline, revived = time.monotonic() + seconds, 0
        while not self.is_settled():
            assert time.monotonic() < deadline, f"not settled in {seconds} s: {self.states()}"
            time.sleep(_LOOK_EVERY_S)
            revived += self.revive()
        return revived

    def outcome(self, *companies: Company) -> "Outcome":
        """What the companies have of the warnings, against what the database says."""
        taken = [one for company in companies for one in company.taken()]
        copies = Counter(one.reference for one in taken)
        with self.runtime.database.reading() as session:
            rows = session.execute(
                select(Delivery.reference, Delivery.state, Delivery.doubtful)
                .join(Alert, Alert.id == Delivery.alert_id)
                .where(Alert.purpose == "warning")
            ).all()
        references = {row.reference for row in rows}
        return Outcome(
            states=Counter(row.state for row in rows),
            references=references,
            lost={row.reference for row in rows if not copies[row.reference]},
            twice={row.reference for row in rows if copies[row.reference] > 1},
            doubtful={row.reference for row in rows if row.doubtful},
            taken=sorted((one for one in taken if one.reference in references), key=_moment),
            others=sorted((one for one in taken if one.reference not in references), key=_moment),
        )


_COPIES = """
INSERT INTO deliveries (kind, alert_id, subscriber_id, round, language, reference, state, priority,
                        distance_m, path, due_at, attempts, doubtful, created_at, expires_at)
SELECT 'alert', :alert, id, 0, 'en', md5(:salt || id), 'queued', 9, 0, path, :now, 0, false, :now,
       :until
FROM subscribers
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The warnings: their states, all their references, and those of messages that nobody has,
    that somebody has twice, and that were once in doubt."""

    states: Counter[str]
    references: set[str]
    lost: set[str]
    twice: set[str]
    doubtful: set[str]
    taken: list[Taken]  # of the warnings, in the order of their arrival
    others: list[Taken]  # of everything else

    def __str__(self) -> str:
        return (
            f"messages {self.states.total()}, states {dict(self.states)}, lost {len(self.lost)}, "
            f"twice {len(self.twice)}, twice without a doubt {len(self.twice - self.doubtful)}, "
            f"in doubt for a while {len(self.doubtful)}"
        )


@contextmanager
def fleet(
    database_url: str, folder: Path, program: Sequence[str] = PROGRAM, **settings: str
) -> Iterator[Fleet]:
    """A deployment on a fresh database, whose processes end with the block."""
    runtime = build_runtime(settings_for(database_url, folder, **settings))
    migrate.upgrade(runtime.database)
    ours = Fleet(runtime, environment(database_url, folder, **settings), folder, program)
    try:
        yield ours
    finally:
        ours.stop()
        runtime.database.close()


def _moment(one: Taken) -> float:
    return one.at


def worst_window(moments: Sequence[float], seconds: float = 1.0) -> int:
    """The most moments that lie within any span of so many seconds, both ends not counted twice."""
    worst = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= seconds:
            first += 1
        worst = max(worst, last - first + 1)
    return worst


def longest_gap(moments: Sequence[float]) -> float:
    """Seconds between two neighbours at most."""
    return max((after - before for before, after in pairwise(moments)), default=0.0)

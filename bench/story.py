"""Seconds that people wait: from a report to the queue, from an approval to the first SMS."""

import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import TypeVar

import requests
from sqlalchemy import Engine, create_engine, func, select

from bench.figures import Figure
from bench.servers import GATEWAY, free_port, gateway, gateway_environ, serving
from bench.visitor import Visitor, fields_of
from gateway.store.tables import Delivery

T = TypeVar("T")
_PASSWORD = "the mangoes are ripe"
# Of the Kenyan sample, so far apart that each report is an incident of its own; JOIN knows the
# places of the first at once and asks back about the others.
_WARNED = (
    "Lodwar", "Wajir", "Voi", "Maralal", "Kitale", "Narok", "Moa", "Nyeri", "Kakamega", "Namanga",
)  # fmt: skip
_TOWNS = (
    *_WARNED, "Hola", "Marsabit", "Moyale", "Mandera", "Garissa", "Malindi", "Isiolo", "Kitui",
    "Kericho", "Mwingi",
)  # fmt: skip
_MEMBERS = 3  # a town
_LOOK_EVERY_S = 0.01
_PATIENCE_S = 20


def figures() -> Iterator[Figure]:
    """Both waits, at a gateway of its own on SQLite with simulated phones."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name, _gateway(Path(name)) as story:
        for number, town in enumerate(_WARNED * _MEMBERS):
            story.say(f"+2547110{number:05}", f"JOIN {town}")
        _until("every answer to JOIN", lambda: story.sent_to() == len(_WARNED) * _MEMBERS)
        waits = [_queue_s(story, number, town) for number, town in enumerate(_TOWNS)]
        yield Figure("story.queue_s", median(waits), f"median of {len(waits)}")
        waits = [_first_sms_s(story, town) for town in _WARNED]
        yield Figure("story.first_sms_s", median(waits), f"median of {len(waits)}")


@dataclass(frozen=True, slots=True)
class _Story:
    url: str
    database: Engine
    writer: Visitor
    approver: Visitor

    def say(self, sender: str, text: str) -> None:
        """A person writes an SMS."""
        sms = {"id": uuid.uuid4().hex, "from": sender, "to": "20880", "text": text}
        answer = requests.post(f"{self.url}/sms/simulator/inbound", json=sms, timeout=30)
        assert answer.ok, f"inbound answered {answer.status_code}"

    def sent_to(self) -> int:
        """How many answers have left."""
        query = select(func.count()).where(Delivery.submitted_at.is_not(None))
        with self.database.connect() as connection:
            return connection.execute(query).scalar_one()

    def first_submission(self, alert_id: int) -> datetime | None:
        """When the first SMS of a warning was handed to the provider."""
        query = select(func.min(Delivery.submitted_at)).where(Delivery.alert_id == alert_id)
        with self.database.connect() as connection:
            return connection.execute(query).scalar()


def _queue_s(story: _Story, number: int, town: str) -> float:
    assert _incident(story, town) is None, f"{town} is in the queue before its report"
    began = time.perf_counter()
    story.say(f"+2547120{number:05}", f"Armed men coming to {town}")
    _until(f"{town} in the queue", lambda: _incident(story, town))
    return time.perf_counter() - began


def _first_sms_s(story: _Story, town: str) -> float:
    incident = _incident(story, town)
    assert incident is not None, f"{town} left the queue"
    story.writer.send(incident, f"{incident}/verify", reason="the chief confirms")
    alert = story.writer.send(incident, f"{incident}/warn")
    story.writer.send(alert, f"{alert}/submit")
    form = fields_of(story.approver.read(alert), f"{alert}/approve")
    began = datetime.now(UTC)
    story.approver.send_form(f"{alert}/approve", form)
    alert_id = int(alert.rsplit("/", 1)[1])
    first = _until(f"the first SMS of {alert}", lambda: story.first_submission(alert_id))
    return (first - began).total_seconds()


def _incident(story: _Story, town: str) -> str | None:
    """The address of the town's incident, once the queue shows it."""
    rows = story.writer.look("/queue/rows").split('href="')[1:]
    here = (row.partition('"')[0] for row in rows if f"<bdi>{town}" in row)
    return next((address for address in here if address.startswith("/incidents/")), None)


@contextmanager
def _gateway(folder: Path) -> Iterator[_Story]:
    database_url = f"sqlite:///{folder}/gateway.db"
    environ = gateway_environ(database_url, folder)
    gateway(environ, "migrate")
    for name in ("asha", "bakari"):
        arguments = ("--role", "coordinator", "--password-stdin")
        gateway(environ, "user", "add", name, *arguments, said=f"{_PASSWORD}\n")
    port = free_port()
    engine = create_engine(database_url)
    with serving([GATEWAY, "run", "--port", str(port)], environ, port, folder / "log"):
        url = f"http://127.0.0.1:{port}"
        story = _Story(url, engine, Visitor(url), Visitor(url))
        story.writer.sign_in("asha", _PASSWORD)
        story.approver.sign_in("bakari", _PASSWORD)
        yield story
    engine.dispose()


def _until(what: str, look: Callable[[], T | None]) -> T:
    """What `look` finds, as soon as it finds something."""
    deadline = time.monotonic() + _PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < deadline, f"{what}: not in {_PATIENCE_S} s"
        time.sleep(_LOOK_EVERY_S)
    return found

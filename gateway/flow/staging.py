"""Puts an exercise on in real time: sleeps until each step's turn, and stops when it must."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog
from sqlalchemy import select

from gateway.flow import ending, exercise_book
from gateway.flow.exercising import Drill
from gateway.flow.playing import ScriptClock, play, script_clock
from gateway.flow.scenario import Scenario
from gateway.flow.warned import Reach, reach
from gateway.runtime import Runtime
from gateway.store.tables import Alert, Exercise, Incident
from gateway.terms.refusals import Refused

log = structlog.get_logger()
_LOOK_S, _BEAT_S, _HEED_S = 0.1, 20.0, 2.0
_READING_S = 60.0
_ASKING_S = 10.0
_PEOPLE_S = 3600.0  # that coordinators have after the last step, unless said otherwise
_WAITING = ("draft", "submitted", "approved")


class BrokenOff(Exception):
    """The process ends, or a coordinator asked for the end."""


@dataclass
class Show:
    """One exercise being played."""

    runtime: Runtime
    drill: Drill
    script: Scenario
    clock: ScriptClock
    patience_s: float
    halt: threading.Event = field(default_factory=threading.Event)
    _start: float = 0.0
    _beaten: float = 0.0
    _heeded: float = 0.0

    def perform(self, say: Callable[[str], None]) -> Reach:
        """Plays it, waits for its warnings to arrive and ends it, whatever happens."""
        how = ending.BROKEN_OFF
        try:
            play(self.drill, self.script, self, say)
            self._wait(self.patience_s, self._is_over)
            how = ending.DONE
        except BrokenOff:
            pass
        finally:
            reached = self._reach()
            ending.end(self.drill, self.script, how)
        return reached

    def begin(self) -> None:
        """The script's clock starts; the report will reckon with it."""
        self.clock.go()
        self._start = time.monotonic()
        told = {
            "start": self.clock.start.isoformat(),
            "real_start": self.clock.real_start.isoformat(),
            "speed": self.clock.speed,
        }
        with self.runtime.database.writing() as session:
            exercise_book.note(exercise_book.find(session, self.drill.id, lock=True), clock=told)

    def until(self, at_s: float) -> None:
        """Sleeps so long."""
        due = self._start + at_s / self.clock.speed
        while (left := due - time.monotonic()) > 0:
            self._go_on()
            self.halt.wait(min(left, _HEED_S))

    def settle(self) -> None:
        """Waits for the jobs to have read everything."""
        if not self._wait(_READING_S, self.drill.has_read_everything):
            raise Refused(
                "messages were not read within %(reading_s)s seconds", reading_s=f"{_READING_S:.0f}"
            )

    def wait_for_question(self, phone: str) -> None:
        """Gives the gateway some seconds to ask."""
        self.settle()
        self._wait(_ASKING_S, lambda: self.drill.is_asked(phone))

    def _wait(self, seconds: float, is_done: Callable[[], bool]) -> bool:
        """Looks until it is done or the time is over; whether it is done."""
        deadline = time.monotonic() + seconds
        while not is_done():
            if time.monotonic() > deadline:
                return False
            self._go_on()
            self.halt.wait(_LOOK_S)
        return True

    def _go_on(self) -> None:
        """Says from time to time that it is alive; raises BrokenOff when it must stop."""
        now = time.monotonic()
        if now - self._heeded >= _HEED_S:
            self._heeded = now
            if exercise_book.must_end(self.runtime, self.drill.id):
                raise BrokenOff
        if now - self._beaten >= _BEAT_S:
            self._beaten = now
            exercise_book.beat(self.runtime, self.drill.id)
        if self.halt.is_set():
            raise BrokenOff

    def _is_over(self) -> bool:
        found = self._reach()
        arrived = found.delivered >= found.expected
        return arrived and (not self.drill.by_people or self._is_judged())

    def _is_judged(self) -> bool:
        """Whether people have nothing left to decide."""
        open_still = select(Incident.id).where(
            Incident.exercise_id == self.drill.id, Incident.state == "open"
        )
        waiting = select(Alert.id).where(
            Alert.exercise_id == self.drill.id, Alert.state.in_(_WAITING)
        )
        with self.runtime.database.reading() as session:
            return not any(session.scalar(query.limit(1)) for query in (open_still, waiting))

    def _reach(self) -> Reach:
        with self.runtime.database.reading() as session:
            return reach(session, self.drill, self.clock.real_of)


def show(
    runtime: Runtime,
    script: Scenario,
    exercise: Exercise,
    *,
    speed: float = 1.0,
    patience_s: float | None = None,
) -> Show:
    """An exercise of the book, ready to be played."""
    clock = script_clock(script, speed, runtime.clock, runtime.zone)
    by_people = bool((exercise.facts or {}).get("people"))
    drill = Drill(runtime, script, clock, exercise_id=exercise.id, by_people=by_people)
    usual = _PEOPLE_S if by_people else script.patience_s
    return Show(runtime, drill, script, clock, usual if patience_s is None else patience_s)


@dataclass
class Player:
    """Plays, in a thread that ends with its process, what coordinators began on the pages."""

    runtime: Runtime
    _halt: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def look(self) -> None:
        """Ends what was left by a process that died, and begins what waits."""
        ending.end_silent(self.runtime)
        if self._thread is not None and self._thread.is_alive():
            return
        exercise = self._claim()
        if exercise is not None:
            name = f"exercise {exercise.id}"
            self._thread = threading.Thread(target=self._play, args=(exercise,), name=name)
            self._thread.start()

    def stop(self) -> None:
        """Breaks off what is being played; its report tells so."""
        self._halt.set()
        if self._thread is not None:
            self._thread.join()

    def _claim(self) -> Exercise | None:
        waiting = select(Exercise).where(Exercise.ended_at.is_(None)).order_by(Exercise.id)
        with self.runtime.database.reading() as session:
            if not any(_is_asked(row) for row in session.scalars(waiting)):
                return None
        with self.runtime.database.writing() as session:
            for row in session.scalars(waiting.with_for_update(skip_locked=True)):
                if _is_asked(row):
                    beat = self.runtime.clock().isoformat()
                    exercise_book.note(row, phase=exercise_book.RUNNING, beat=beat)
                    return row
        return None

    def _play(self, exercise: Exercise) -> None:
        try:
            script = exercise_book.shipped_named(str((exercise.facts or {})["name"]))
            played = show(self.runtime, script, exercise)
            played.halt = self._halt
            played.perform(lambda _line: None)
        except Exception:  # it stays open and falls silent: the next look ends it
            log.exception("exercise failed", exercise=exercise.id)


def _is_asked(exercise: Exercise) -> bool:
    return (exercise.facts or {}).get("phase") == exercise_book.ASKED

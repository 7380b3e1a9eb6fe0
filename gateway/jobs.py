"""The background: sweeps that may run twice, and one guarded scheduler a database."""

import fcntl
import os
import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import structlog
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy import Connection, text

from gateway.flow import (
    aftermath,
    balancing,
    calling,
    calm,
    campaign_runs,
    collecting,
    glass,
    inquiring,
    milestones,
    minding,
    practising,
    receipts,
    reminding,
    rerouting,
    rounds,
    sending,
    settling,
    silence,
    spreading,
    staging,
    tagging,
    take_in,
    upkeep,
    watching,
)
from gateway.runtime import Runtime
from gateway.store.database import sqlite_file

log = structlog.get_logger()
_GUARD = 7_203_004  # pg_try_advisory_lock: who holds it is the scheduler
_EXPIRE_S, _PAGE_S, _SETTLE_S, _AGE_S, _PURGE_S = 5, 15, 5, 900, 3600
_ASK_S, _REMIND_S, _CALM_S, _SILENCE_S = 5, 15, 60, 3600
_TAG_S, _WATCH_S, _HEDGE_S, _MIND_S = 15, 3600, 5, 10
_THANK_S, _REACH_S, _CAMPAIGN_S = 15, 15, 20
_GLASS_S, _ROUNDS_S = 1, 15
_EXERCISE_S, _PRACTISE_S = 5, 3600
_BALANCE_S = 900
_STAND_BY_S = 2
_ROUTES_S, _JOIN_S = 30, 10
_WORDS_S = 1.0  # what was changed on the page holds for messages and calls within this


class Guard:
    """Held by one process of a database at a time; the system gives it back when that dies."""

    def __init__(self, runtime: Runtime) -> None:
        self._database = runtime.database
        self._connection: Connection | None = None
        self._file: IO[str] | None = None
        path = sqlite_file(runtime.settings.database.url)
        self._path = Path(f"{path}.scheduler") if path else None

    def hold(self) -> bool:
        """Takes the guard, or makes sure of it; False while another process holds it."""
        return self._hold_file(self._path) if self._path else self._hold_lock()

    def release(self) -> None:
        """Lets another process take over at once."""
        if self._file:
            self._file.close()
            self._file = None
        if self._connection:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _hold_file(self, path: Path) -> bool:
        if self._file:
            return True
        file = path.open("w", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            return False
        self._file = file
        return True

    def _hold_lock(self) -> bool:
        try:
            if self._connection is None:
                engine = self._database.engine
                self._connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
                query = text("SELECT pg_try_advisory_lock(:guard)")
                held = bool(self._connection.execute(query, {"guard": _GUARD}).scalar())
            else:  # the session that took the lock holds it as long as it answers
                held = self._connection.execute(text("SELECT 1")).scalar() == 1
        except Exception:
            self.release()
            raise
        if not held:
            self.release()
        return held


class Jobs:
    """The sweeps of one process, run by APScheduler.

    A worker only takes in and sends; with `scheduler`, this process also stands by for the guard
    and runs what one process a database must do.
    """

    def __init__(self, runtime: Runtime, *, worker: bool = True, scheduler: bool = True) -> None:
        self._runtime = runtime
        self._sender = sending.Sender(runtime)
        self._receipts = receipts.ReceiptSweep(runtime)
        self._player = staging.Player(runtime)
        self._guard = Guard(runtime)
        self._holder = f"{socket.gethostname()}:{os.getpid()}"[:64]
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            job_defaults={"coalesce": True, "misfire_grace_time": None, "max_instances": 1},
        )
        self._leads = not scheduler
        self._again: dict[str, threading.Event] = {}
        sweep = runtime.settings.jobs.sweep_s
        if worker:
            self._every(sweep, "take_in", self._take_in)
            self._every(sweep, "send_due", self._sender.send_due)
            self._every(sweep, "spread", lambda: spreading.go_on(runtime))
            self._every(sweep, "receipts", self._receipts.apply)
            self._every(sweep, "fetch_receipts", lambda: receipts.fetch_receipts(runtime))
            self._every(sweep, "collect", lambda: collecting.collect_inbound(runtime))
            self._every(_ASK_S, "ask", lambda: inquiring.ask_neighbours(runtime))
        if scheduler:
            self._every(_STAND_BY_S, "lead", self._lead)
            self._every(_GLASS_S, "glass", self._led(glass.fire_due))
            self._every(_JOIN_S, "join", self._led(take_in.join_overdue))
            self._every(_ROUTES_S, "routes", self._led(rerouting.follow_routes))
            self._every(_ROUNDS_S, "rounds", self._led(rounds.repeat_due))
            self._every(_EXPIRE_S, "expire", self._led(upkeep.expire_alerts))
            self._every(_PAGE_S, "page", self._led(calling.call_due))
            self._every(_SETTLE_S, "settle", self._led(settling.settle_lost))
            self._every(_MIND_S, "mind", self._led(minding.mind_silent))
            self._every(_HEDGE_S, "hedge", self._led(settling.hedge_due))
            self._every(_TAG_S, "tag", self._led(tagging.tag_new))
            self._every(_WATCH_S, "watch", self._led(watching.watch))
            self._every(_AGE_S, "age", self._led(upkeep.grow_old))
            self._every(_BALANCE_S, "balance", self._led(balancing.look_after))
            self._every(_PURGE_S, "purge", self._led(upkeep.purge))
            self._every(_REMIND_S, "remind", self._led(reminding.remind_and_expire))
            self._every(_CALM_S, "calm", self._led(calm.ask_whether_calm))
            self._every(_SILENCE_S, "silence", self._led(silence.notice_silence))
            self._every(_CAMPAIGN_S, "campaigns", self._led(campaign_runs.run_due))
            self._every(_THANK_S, "thank", self._led(aftermath.thank_afterwards))
            self._every(_REACH_S, "reach", self._led(milestones.note_reach))
            self._every(_EXERCISE_S, "exercise", self._led(lambda _: self._player.look()))
            self._every(_PRACTISE_S, "practise", self._led(practising.remind_to_practise))

    def start(self) -> None:
        """Begins to sweep; nudges after commits make the usual path immediate."""
        self._runtime.database.nudge = self.nudge
        self._scheduler.start()

    def nudge(self, job: str) -> None:
        """Runs a sweep now; one that is amid a run goes round once more."""
        again = self._again.get(job)
        if again is not None and self._scheduler.running:
            again.set()
            self._scheduler.modify_job(job, next_run_time=datetime.now(UTC))

    def stop(self) -> None:
        """Ends after the sweeps that have begun."""
        self._runtime.database.nudge = lambda _job: None
        self._player.stop()
        self._sender.stop()
        self._scheduler.shutdown(wait=True)
        self._sender.close()
        self._guard.release()

    def _take_in(self) -> None:
        take_in.process_waiting(self._runtime, self._runtime.settings.jobs.take_in_batch)

    def _catch_up(self) -> None:
        try:
            self._runtime.catch_up_every(_WORDS_S)
        except Exception:  # the texts of a moment ago are better than no sweep
            log.exception("own texts and words not read")

    def _lead(self) -> None:
        leads = False
        try:
            leads = self._guard.hold()
            if leads:
                upkeep.beat(self._runtime, "scheduler", self._holder)
        finally:
            if leads != self._leads:
                log.info("scheduler took over" if leads else "scheduler stands by")
            began, self._leads = leads and not self._leads, leads
        if began:  # the first round of a job this rare came before it was known who leads
            self.nudge("balance")

    def _led(self, work: Callable[[Runtime], Any]) -> Callable[[], None]:
        def run() -> None:
            if self._leads:
                work(self._runtime)

        return run

    def _every(self, seconds: float, name: str, work: Callable[[], Any]) -> None:
        again = self._again[name] = threading.Event()

        def sweep() -> None:
            again.set()
            self._catch_up()
            while again.is_set():
                again.clear()
                try:
                    work()
                except Exception:  # a sweep that fails is a log line; the next one tries again
                    log.exception("sweep failed", job=name)

        self._scheduler.add_job(
            sweep,
            "interval",
            seconds=seconds,
            id=name,
            next_run_time=datetime.now(UTC),
        )

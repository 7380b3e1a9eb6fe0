"""Lets the processes of `gateway web` count together, so that /metrics tells of all of them."""

import atexit
import os
import shutil
import sys
import tempfile
from typing import Any

from prometheus_client import multiprocess

_FOLDER = "PROMETHEUS_MULTIPROC_DIR"


def count_together() -> None:
    """Starts this program anew with a folder of shared counters: they are chosen at import."""
    if _FOLDER in os.environ:
        return
    os.environ[_FOLDER] = tempfile.mkdtemp(prefix="gateway-metrics-")
    os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 (ourselves again)


def forget_at_exit() -> None:
    """Removes the folder when this process, and none of its children, ends."""
    owner = os.getpid()

    def forget() -> None:
        if os.getpid() == owner:
            shutil.rmtree(os.environ[_FOLDER], ignore_errors=True)

    atexit.register(forget)


def worker_ended(_server: Any, worker: Any) -> None:
    """gunicorn's child_exit: what the dead process counted stays, what it held is let go."""
    multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]

"""Keeps to the messages a second that a company takes."""

import threading
import time
from collections.abc import Callable


class Pacer:
    """A token bucket of one second's messages; `wait` blocks until one may leave."""

    def __init__(
        self,
        rate_per_second: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1.0 / rate_per_second
        self._monotonic, self._sleep = monotonic, sleep
        self._next = monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Returns when the next message may leave."""
        with self._lock:
            now = self._monotonic()
            turn = max(now, self._next)
            self._next = turn + self._interval
        if turn > now:
            self._sleep(turn - now)

    def pause(self, seconds: float) -> None:
        """Nothing leaves for this long: the company asked for it."""
        with self._lock:
            self._next = max(self._next, self._monotonic() + seconds)

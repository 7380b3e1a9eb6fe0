"""The threads that hand messages over, some for each account: one that hangs holds none up."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from gateway.dispatch.claiming import Parcel
from gateway.dispatch.sending import Outcome

HandOver = Callable[[Parcel], Outcome]


class Hands:
    """Of one account: at most so many messages on their way at once."""

    def __init__(self, account: str, connections: int, done: threading.Condition) -> None:
        self.account, self.connections = account, connections
        self._threads = ThreadPoolExecutor(connections, thread_name_prefix=f"send-{account}")
        self._done = done  # its lock guards all that follows
        self._outcomes: list[Outcome] = []
        self._began: dict[int, float] = {}  # calls to the company that go on
        self._open = 0
        self._given: dict[int, tuple[Parcel, Future[None]]] = {}  # none of which has begun
        self._broken: BaseException | None = None
        self.answered_at = time.monotonic()
        self.answer_s: float | None = None  # of late

    @property
    def open(self) -> int:
        """Messages given to the hands of which the outcome was not taken yet."""
        return self._open

    def give(self, parcel: Parcel, hand_over: HandOver) -> None:
        """Hands it over as soon as a thread is free."""
        with self._done:
            self._open += 1
            future = self._threads.submit(self._work, parcel, hand_over)
            self._given[parcel.delivery_id] = parcel, future

    def take(self) -> list[Outcome]:
        """What came of messages since the last time.

        A message whose thread broke is not among them: whether it left is asked about later.
        """
        with self._done:
            taken, self._outcomes = self._outcomes, []
            self._open -= len(taken)
            return taken

    def broken(self) -> BaseException | None:
        """What broke a thread since the last time."""
        with self._done:
            broken, self._broken = self._broken, None
            return broken

    def recall(self) -> list[Parcel]:
        """Takes back what no thread has begun with."""
        with self._done:
            back = [parcel for parcel, future in self._given.values() if future.cancel()]
            self._open -= len(back)
            self._given = {}
            return back

    def calling(self, parcel: Parcel) -> None:
        """The company is being called now."""
        with self._done:
            self._began[parcel.delivery_id] = time.monotonic()

    def stalled(self, seconds: float) -> bool:
        """Whether the oldest call goes on for so long, and no other was answered meanwhile."""
        with self._done:
            oldest = min(self._began.values(), default=None)
            if oldest is None:
                return False
            return time.monotonic() - max(oldest, self.answered_at) > seconds

    def close(self) -> None:
        """Lets hand-overs that have begun end."""
        self._threads.shutdown(wait=True)

    def _work(self, parcel: Parcel, hand_over: HandOver) -> None:
        outcome, broken = None, None
        with self._done:
            self._given.pop(parcel.delivery_id, None)
        try:
            outcome = hand_over(parcel)
        except BaseException as error:
            broken = error
        with self._done:
            began = self._began.pop(parcel.delivery_id, None)
            if began is not None:
                self._note(time.monotonic() - began)
            if outcome is not None:
                self._outcomes.append(outcome)
            else:
                self._open -= 1
                self._broken = broken
            self._done.notify()

    def _note(self, took: float) -> None:
        self.answered_at = time.monotonic()
        self.answer_s = took if self.answer_s is None else 0.9 * self.answer_s + 0.1 * took

"""Small writes that share one commit: on SQLite the disk is waited for once, not once each."""

import threading
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine

T = TypeVar("T")
_MOST = 64  # turns in one transaction: the last must not wait for hundreds


class Together:
    """Lets writers who wait for the same pen be written for by the one who holds it.

    A turn is done only when its transaction is on disk; one that fails hurts only itself.
    """

    def __init__(self, engine: Engine, pen: threading.RLock) -> None:
        self._engine, self._pen = engine, pen
        self._turns: deque[_Turn] = deque()

    def write(self, write: Callable[[Connection], T]) -> T:
        """What `write` returns, once it is committed; raises what it raised."""
        turn = _Turn(write)
        self._turns.append(turn)
        with self._pen:
            while not turn.done:
                self._take_turns()
        if turn.error is not None:
            raise turn.error
        result: T = turn.result
        return result

    def _take_turns(self) -> None:
        taken = [self._turns.popleft() for _ in range(min(_MOST, len(self._turns)))]
        try:
            self._commit(taken)
        except Exception:
            for turn in taken:  # again, each alone: only the guilty one fails
                try:
                    self._commit([turn])
                except Exception as error:
                    turn.error, turn.done = error, True
        finally:  # a leader that is struck down leaves no turn waiting for ever
            for turn in taken:
                if not turn.done:
                    turn.error, turn.done = RuntimeError("its writer was interrupted"), True

    def _commit(self, turns: list["_Turn"]) -> None:
        with self._engine.begin() as connection:
            for turn in turns:
                turn.result = turn.write(connection)
        for turn in turns:
            turn.done = True


class _Turn:
    """One writer's wish and what became of it."""

    __slots__ = ("done", "error", "result", "write")

    def __init__(self, write: Callable[[Connection], Any]) -> None:
        self.write = write
        self.done = False
        self.error: Exception | None = None
        self.result: Any = None

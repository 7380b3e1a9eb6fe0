"""Whether a message that a company took and could not deliver may be tried once more."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from gateway.dispatch.handovers import Copy


@dataclass(frozen=True, slots=True)
class SecondTries:
    """Hand-overs of one message at most, and the seconds of pause after so many of them."""

    attempts: int
    pause: Callable[[int], float]


def due_again(tries: SecondTries, said: Any, copy: Copy, now: datetime) -> datetime | None:
    """When the message may leave again, None if it has failed for good.

    `said` is a receipt that says failed, of the message's present hand-over. A company that calls
    the failure transient (a phone that is off, a crowded network) may get it through later, and so
    may another company. Never for a number that can receive nothing or for a person who told the
    company STOP; never beyond the attempts, and not when it would expire before its turn.
    """
    if not said.transient or said.bad_recipient or said.opted_out:
        return None
    due_at = now + timedelta(seconds=tries.pause(copy.attempts))
    if copy.attempts >= tries.attempts or (copy.expires_at and copy.expires_at <= due_at):
        return None
    return due_at

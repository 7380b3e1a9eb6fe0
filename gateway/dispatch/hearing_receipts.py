"""What receipts mean for their deliveries: pure, so that the order of words is easy to test."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gateway.dispatch.handovers import Copy, Spoken
from gateway.dispatch.second_try import SecondTries, due_again


@dataclass(frozen=True, slots=True)
class Step:
    """One move that deliveries have in common; `turn` counts the moves of one delivery."""

    turn: int
    origin: str
    target: str
    who: str
    why: str
    values: tuple[tuple[str, Any], ...]


@dataclass(slots=True)
class Heard:
    """What has to be written: moves with their deliveries, receipts with theirs, and the rest."""

    steps: dict[Step, list[int]] = field(default_factory=dict)
    links: dict[int, int] = field(default_factory=dict)
    former: list[dict[str, Any]] = field(default_factory=list)
    reached: dict[str, set[int]] = field(default_factory=dict)
    opted_out: list[tuple[int, str]] = field(default_factory=list)
    seconds: dict[str, list[float]] = field(default_factory=dict)


def hear(
    receipts: Sequence[Any],
    spoken: Mapping[int, Spoken],
    tries: SecondTries | None,
    now: datetime,
) -> Heard:
    """Goes through receipts in the order in which they came.

    The first final word of a hand-over stands, but what failed by one and was delivered by another
    is delivered. Receipts of a hand-over that is not recorded yet are passed over, to be heard
    later; so are failures that may be tried again when no `tries` are given.
    """
    ear = _Ear(tries, now)
    for said in receipts:
        if said.id in spoken and ear.can_hear(said, spoken[said.id]):
            ear.listen(said, spoken[said.id])
    return ear.heard


class _Ear:
    def __init__(self, tries: SecondTries | None, now: datetime) -> None:
        self._tries, self._now = tries, now
        self._over: set[int] = set()  # whose present hand-over has just become a former one
        self.heard = Heard()

    def can_hear(self, said: Any, spoken: Spoken) -> bool:
        if spoken.copy.state == "claimed":
            return False
        if self._is_former(spoken):
            return True
        again = self._tries is None and said.state == "failed" and said.transient
        return spoken.copy.state != "queued" and not again

    def listen(self, said: Any, spoken: Spoken) -> None:
        copy = spoken.copy
        self.heard.links[said.id] = copy.id
        if said.opted_out and copy.subscriber_id is not None:
            self.heard.opted_out.append((copy.subscriber_id, said.account))
        if self._is_former(spoken):
            if said.state == "delivered" and copy.state != "delivered":
                self._settle(said, copy)
        elif spoken.which == "present" and said.state is not None:
            self._hear_of_present(said, copy)

    def _is_former(self, spoken: Spoken) -> bool:
        return spoken.which == "former" or spoken.copy.id in self._over

    def _hear_of_present(self, said: Any, copy: Copy) -> None:
        if copy.state == "unknown":  # whoever speaks of it has it
            copy.account, copy.provider_id = said.account, said.provider_id
            names = {"account": said.account, "provider_id": said.provider_id}
            times = {"submitted_at": self._now, "lease_until": None}
            self._move(said, copy, "submitted", **names, **times)
        if copy.state != "submitted" or said.state == "submitted":
            return
        due_at = due_again(self._tries, said, copy, self._now) if self._tries else None
        if said.state == "failed" and due_at is not None:
            self._try_again(said, copy, due_at)
        else:
            if said.state == "delivered" and copy.submitted_at is not None:
                took = max((said.received_at - copy.submitted_at).total_seconds(), 0.0)
                self.heard.seconds.setdefault(said.account, []).append(took)
            self._settle(said, copy)

    def _settle(self, said: Any, copy: Copy) -> None:
        code = {"error_code": said.error_code} if said.error_code else {}
        self._move(said, copy, said.state, settled_at=self._now, lease_until=None, **code)
        if said.state == "delivered" and copy.subscriber_id is not None:
            self.heard.reached.setdefault(said.account, set()).add(copy.subscriber_id)

    def _try_again(self, said: Any, copy: Copy, due_at: datetime) -> None:
        self.heard.former.append(
            {
                "delivery_id": copy.id,
                "account": said.account,
                "provider_id": copy.provider_id or said.provider_id,
                "cause": "failed",
                "at": self._now,
            }
        )
        self._over.add(copy.id)
        gone = {"provider_id": None, "submitted_at": None, "lease_until": None}
        self._move(said, copy, "queued", due_at=due_at, error_code=said.error_code, **gone)

    def _move(self, said: Any, copy: Copy, target: str, **values: Any) -> None:
        step = Step(
            turn=copy.steps,
            origin=copy.state,
            target=target,
            who=f"receipt {said.account}"[:64],
            why=said.status,
            values=tuple(values.items()),
        )
        self.heard.steps.setdefault(step, []).append(copy.id)
        copy.state, copy.steps = target, copy.steps + 1

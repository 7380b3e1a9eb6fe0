"""One decision about several incidents at once: what somebody else changed meanwhile is skipped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy.orm import Session

from gateway.flow import duty, judging
from gateway.runtime import Runtime
from gateway.store.tables import User
from gateway.terms.refusals import Refused, need_reason
from gateway.terms.states import MoveRefused

MOST = 100
JUDGE: Mapping[str, Callable[..., object]] = {
    "refute": judging.refute,
    "unverifiable": judging.unverifiable,
    "close": judging.close,
}
ACTS = (*JUDGE, "take", "assign")


@dataclass(frozen=True, slots=True)
class Chosen:
    """A row that was ticked, in the state in which the person saw it."""

    incident_id: int
    saw: str


@dataclass(slots=True)
class Done:
    """What came of it: numbers of incidents, and the reason of each that was skipped."""

    done: list[int] = field(default_factory=list)
    skipped: dict[int, Refused | MoveRefused] = field(default_factory=dict)


def decide(
    runtime: Runtime,
    chosen: list[Chosen],
    act: str,
    by: User,
    reason: str,
    now: datetime,
    to_id: int | None = None,
) -> Done:
    """Each in a transaction of its own: all in one would hold the audit chain against everybody."""
    _check(chosen, act, reason, to_id)
    result = Done()
    for one in sorted(chosen, key=lambda row: row.incident_id):
        try:
            with runtime.database.writing() as session:
                _decide(session, one, act, by, reason, now, to_id)
        except (Refused, MoveRefused) as error:
            result.skipped[one.incident_id] = error
        else:
            result.done.append(one.incident_id)
    return result


def _check(chosen: list[Chosen], act: str, reason: str, to_id: int | None) -> None:
    if act not in ACTS:
        raise Refused("Choose what to do with the ticked incidents.")
    if not chosen:
        raise Refused("Tick the incidents first.")
    if len(chosen) > MOST:
        raise Refused("%(most)s incidents at a time are the most.", most=MOST)
    if act in JUDGE:
        need_reason(reason)
    if act == "assign" and to_id is None:
        raise Refused("Choose who gets the incidents.")


def _decide(
    session: Session,
    one: Chosen,
    act: str,
    by: User,
    reason: str,
    now: datetime,
    to_id: int | None,
) -> None:
    if act in JUDGE:
        JUDGE[act](session, one.incident_id, by, reason, now, one.saw)
    elif act == "assign":
        duty.assign(session, one.incident_id, to_id or 0, by, now)
    else:
        duty.take(session, one.incident_id, by, now, via="page")

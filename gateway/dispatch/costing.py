"""What it takes to bring texts to people: which accounts carry them, how long, for how much."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gateway.dispatch.balance import able
from gateway.dispatch.routing import Lane, accounts_for
from gateway.plumbing.settings import Settings
from gateway.providers.base import Limits
from gateway.store.tables import AccountState, Alert, Delivery
from gateway.terms.gsm7 import measure

_MINUTE_S, _HALF_HOUR_S, _DAY_S = 60.0, 1800.0, 86_400.0


def seconds_for(limits: Limits, segments: int) -> float:
    """How long an account takes for so many SMS, by the narrowest of its limits."""
    if segments <= 0:
        return 0.0
    spans = [
        (ceil(segments / most) - 1) * span
        for most, span in (
            (limits.per_minute, _MINUTE_S),
            (limits.per_half_hour, _HALF_HOUR_S),
            (limits.per_day, _DAY_S),
        )
        if most
    ]
    return max(segments / limits.per_second, *spans, 0.0)


def carriers(settings: Settings, path: str, lane: Lane) -> tuple[str, ...]:
    """The accounts of a path by today's routes, the preferred one first; never none."""
    return accounts_for(settings.routes, path, lane, settings.prices)


def carrier(settings: Settings, states: Mapping[str, AccountState], path: str, lane: Lane) -> str:
    """The account that carries a path now: the first that works and has money for the lane.

    Where none does, the first of those that at least might.
    """
    names = carriers(settings, path, lane)
    names = able(names, states, settings.providers, lane) or names
    well = (name for name in names if name not in states or states[name].state != "failing")
    return next(well, names[0])


@dataclass(frozen=True, slots=True)
class Copies:
    """The SMS of an alert on one path."""

    path: str
    segments: int


def largest_warning(session: Session, since: datetime) -> list[Copies]:
    """The SMS of the warning that most people were in since then, by path; none without one."""
    alert = session.scalar(
        select(Alert)
        .where(
            Alert.created_at >= since,
            Alert.exercise_id.is_(None),
            Alert.purpose != "campaign",
            Alert.audience > 0,
        )
        .order_by(Alert.audience.desc(), Alert.id)
        .limit(1)
    )
    if alert is None:
        return []
    rows = session.execute(
        select(Delivery.path, Delivery.language, func.count())
        .where(Delivery.alert_id == alert.id, Delivery.round == 0)
        .group_by(Delivery.path, Delivery.language)
    ).all()
    each = {text.language: measure(text.body).segments for text in alert.texts}
    return [Copies(path, each.get(language, 1) * people) for path, language, people in rows]


def cost_by_account(settings: Settings, copies: Sequence[Copies]) -> Mapping[str, float]:
    """What these SMS would cost each account that may have to carry them, alone."""
    costs: defaultdict[str, float] = defaultdict(float)
    for part in copies:
        for name in carriers(settings, part.path, "urgent"):
            costs[name] += part.segments * settings.providers[name].price
    return costs

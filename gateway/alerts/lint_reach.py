"""What may be wrong with whom a warning reaches and when: findings about the warning as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.alerts.lint import Finding, finding

_NOTABLE = 0.1  # of the audience, who would have too many
_ROUGHLY = 20  # times its own precision, where the area was widened by hand
_LEAST_PRECISION_M = 1_000
_LONG_HOURS = {False: 24.0, True: 72.0}  # by whether the hazard is slow


@dataclass(frozen=True, slots=True)
class Situation:
    """Facts of one warning, None where nobody knows; metres, people, hours.

    `reach_m` is of what was drawn, without linked villages; `usual_m` how far one goes for this
    hazard, at least to the end of the corridor; `leaves_at` a time of day where it has to wait.
    """

    reach_m: float
    usual_m: float
    wider_than: float
    precision_m: int | None
    hours: float
    slow: bool
    leaves_at: str | None = None
    witnesses: int | None = None
    least_witnesses: int = 1
    blur_m: int = 0
    wider_place: str = ""
    crowded: int = 0
    audience: int = 0
    alerts_per_day: int = 1


def check_reach(case: Situation) -> Iterator[Finding]:
    """Only advice: each is a matter of judgement."""
    if case.witnesses is not None and case.witnesses < case.least_witnesses:
        who = {0: "Nobody", 1: "Only one person"}.get(case.witnesses)
        who = who or f"Only {case.witnesses} people"
        lives = "live" if case.witnesses > 1 else "lives"
        wider = f" ({case.wider_place})" if case.wider_place else ""
        yield finding(
            "few_witnesses",
            f"{who} we know of {lives} within {_km(case.blur_m)} of it, so an exact place can "
            f"betray who told us: name the wider area{wider}, or wait until others have seen it.",
        )
    yield from _wide(case)
    if case.leaves_at is not None:
        yield finding(
            "quiet_hours",
            f"It waits for the end of the quiet hours: it leaves at {case.leaves_at}.",
        )
    if case.audience and case.crowded >= max(1.0, _NOTABLE * case.audience):
        yield finding(
            "too_many",
            f"{case.crowded} of {case.audience} people had {case.alerts_per_day} warnings or more "
            "in the last 24 hours: people stop reading. Can it wait, or go to fewer?",
        )
    longest = _LONG_HOURS[case.slow]
    if case.hours > longest:
        yield finding(
            "far_expiry",
            f"It holds for {case.hours:.0f} hours, more than {longest:.0f}: an old warning makes "
            "people doubt the next. Set an earlier end; it can be renewed.",
        )


def _wide(case: Situation) -> Iterator[Finding]:
    usual = max(case.usual_m, case.precision_m or 0)
    about = max(case.precision_m or 0, _LEAST_PRECISION_M)
    if case.reach_m > case.wider_than * usual:
        yield finding(
            "wide_area",
            f"The area reaches {_km(case.reach_m)}; for this hazard {_km(usual)} is usual. "
            "People far away are frightened for nothing: can it be smaller?",
        )
    elif case.reach_m > usual * 1.01 and case.reach_m > _ROUGHLY * about:
        yield finding(
            "wide_area",
            f"The area reaches {_km(case.reach_m)}, and the place is known within {_km(about)}: "
            "can it be smaller?",
        )


def _km(metres: float) -> str:
    return f"{metres / 1000:.0f} km" if metres >= 2_000 else f"{metres / 1000:.1f} km"

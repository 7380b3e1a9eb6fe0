"""What may be wrong with whom a warning reaches and when: findings about the warning as a whole."""

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.alerts.lint import Finding, finding
from gateway.terms.saying import N_, Said

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
        yield finding("few_witnesses", _few(case))
    yield from _wide(case)
    if case.leaves_at is not None:
        words = N_("It waits for the end of the quiet hours: it leaves at %(time)s.")
        yield finding("quiet_hours", Said(words, {"time": case.leaves_at}))
    if case.audience and case.crowded >= max(1.0, _NOTABLE * case.audience):
        words = N_(
            "%(count)s of %(whole)s people had %(most)s warnings or more "
            "in the last 24 hours: people stop reading. Can it wait, or go to fewer?"
        )
        values = {"count": case.crowded, "whole": case.audience, "most": case.alerts_per_day}
        yield finding("too_many", Said(words, values))
    longest = _LONG_HOURS[case.slow]
    if case.hours > longest:
        words = N_(
            "It holds for %(hours)s hours, more than %(most)s: an old warning makes "
            "people doubt the next. Set an earlier end; it can be renewed."
        )
        told = {"hours": f"{case.hours:.0f}", "most": f"{longest:.0f}"}
        yield finding("far_expiry", Said(words, told))


def _few(case: Situation) -> Said:
    who = N_("Only %(count)s people we know of live within %(distance)s of it.")
    if (case.witnesses or 0) < 2:
        nobody = N_("Nobody we know of lives within %(distance)s of it.")
        who = N_("Only one person we know of lives within %(distance)s of it.")
        who = who if case.witnesses else nobody
    words = N_(
        "%(who)s So an exact place can betray who told us: name the wider area (%(area)s), "
        "or wait until others have seen it."
    )
    if not case.wider_place:
        words = N_(
            "%(who)s So an exact place can betray who told us: name the wider area, "
            "or wait until others have seen it."
        )
    values = {"count": case.witnesses, "distance": _km(case.blur_m)}
    return Said(words, {"who": Said(who, values), "area": case.wider_place})


def _wide(case: Situation) -> Iterator[Finding]:
    usual = max(case.usual_m, case.precision_m or 0)
    about = max(case.precision_m or 0, _LEAST_PRECISION_M)
    values = {"reach": _km(case.reach_m), "usual": _km(usual), "about": _km(about)}
    if case.reach_m > case.wider_than * usual:
        words = N_(
            "The area reaches %(reach)s; for this hazard %(usual)s is usual. "
            "People far away are frightened for nothing: can it be smaller?"
        )
        yield finding("wide_area", Said(words, values))
    elif case.reach_m > usual * 1.01 and case.reach_m > _ROUGHLY * about:
        words = N_(
            "The area reaches %(reach)s, and the place is known within %(about)s: "
            "can it be smaller?"
        )
        yield finding("wide_area", Said(words, values))


def _km(metres: float) -> str:
    return f"{metres / 1000:.0f} km" if metres >= 2_000 else f"{metres / 1000:.1f} km"

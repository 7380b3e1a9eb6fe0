"""The probability that a report tells of something that is known already, and why.

Evidence is summed as log-odds (natural logarithm), as in record linkage: Fellegi & Sunter, A Theory
for Record Linkage, JASA 64 (1969). docs/matching.md derives each term and says how it was weighed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from math import exp, log

from gateway.incidents.movement import Way, way_between
from gateway.terms.geo import Position, distance_m

# How well a report of one hazard fits an incident of another; a pair that is missing does not.
_KIN = {
    frozenset({"armed_group", "attack"}): 0.9,
    frozenset({"armed_group", "abduction"}): 0.7,
    frozenset({"armed_group", "roadblock"}): 0.6,
    frozenset({"armed_group", "displacement"}): 0.6,
    frozenset({"attack", "abduction"}): 0.7,
    frozenset({"attack", "displacement"}): 0.8,
    frozenset({"abduction", "displacement"}): 0.5,
    frozenset({"hate_speech", "rumour"}): 0.6,
}
_OTHER = 0.4  # "other" says nothing against any hazard but all quiet
_LEAST_HEARD = 0.4  # a hazard that a text hardly tells of counts for nothing
_ASIDE = 0.4  # what a text tells besides its main matter
_TRANSPARENT = frozenset({"rumour", "other"})  # what they tell of is their main matter
_DENIED = 0.8  # who says "it is a lie" does not say what
_OWN_SHARE = 0.15  # an update by the same person often names no place
_SAME_NAME_M = 1_500.0  # both name the same place: so exact at least
_LONGEST_PRECISION_M = 20_000.0
_TOLD_APART_M = 4_000.0  # two villages that are named apart are two, if nothing moved


@dataclass(frozen=True, slots=True)
class Sighting:
    """What one report says: hazard, place (precision in metres), when, by whom, who goes where."""

    hazard: str
    hazards: Mapping[str, float]
    position: Position | None
    precision_m: int
    begin: datetime
    end: datetime
    sender: int
    place_id: int | None = None
    stance: str = "witness"
    origin: Position | None = None
    target: Position | None = None
    bearing_deg: int | None = None
    travel: str | None = None
    armed: int | None = None


@dataclass(frozen=True, slots=True)
class Scale:
    """How far in metres and hours reports of one event scatter, and beyond what none does."""

    spread_m: float
    fade_hours: float
    longest_hours: float
    never_beyond_m: float
    moves: bool


@dataclass(frozen=True, slots=True)
class Weights:
    """What each kind of evidence weighs; the settings hold the figures."""

    prior: float
    place: float
    time: float
    hazard: float
    unlike: float
    text: float
    same_sender: float
    no_place: float
    named_apart: float
    same_way: float
    other_way: float
    too_fast: float
    numbers: float


@dataclass(frozen=True, slots=True)
class Match:
    """The probability, 0 to 1, and the reasons a coordinator reads."""

    score: float
    why: tuple[str, ...]


def match(
    report: Sighting, known: Sighting, likeness: float, scale: Scale, weights: Weights
) -> Match:
    """Whether both tell of one event; 0 where hazard, distance or time rule it out.

    `likeness` of the two texts is 0 to 1.
    """
    terms = evidence(report, known, likeness, scale, weights)
    odds = sum(value for value, _ in terms)
    if odds <= _NEVER:
        return Match(0, tuple(words for value, words in terms if value <= _NEVER))
    why = tuple(f"{words} ({value:+.1f})" for value, words in terms if words)
    return Match(round(1 / (1 + exp(-odds)), 3), why)


Evidence = list[tuple[float, str]]
_NEVER = -99.0


def evidence(
    report: Sighting, known: Sighting, likeness: float, scale: Scale, weights: Weights
) -> Evidence:
    """What speaks for one event and against it: log-odds, and words where there are any."""
    kin = kinship(report, known)
    gap = _gap_hours(report, known)
    if kin == 0:
        return [(_NEVER, f"{report.hazard} is no {known.hazard}")]
    if gap > scale.longest_hours:
        return [(_NEVER, f"{gap:.0f} h apart")]
    return [
        (weights.prior, ""),
        (weights.hazard * (2 * kin - 1), f"hazard {kin:.1f}"),
        *_matter(report, known, weights),
        _time(report, known, gap, scale, weights),
        *_place(report, known, scale, weights),
        (weights.text * _text(likeness), f"text {likeness:.2f}"),
        *_numbers(report, known, weights),
    ]


def kinship(report: Sighting, known: Sighting) -> float:
    """How well their hazards go together, 0 to 1: the best pair of those that each tells of."""
    if "all_quiet" in (report.hazard, known.hazard):
        return 1.0 if report.hazard == known.hazard else 0.0
    if "denies" in (report.stance, known.stance):
        return _DENIED
    return max(
        _kin(a, b) * min(share, other)
        for a, share in _heard(report).items()
        for b, other in _heard(known).items()
    )


def _matter(report: Sighting, known: Sighting, weights: Weights) -> Evidence:
    """What only goes together by what both tell aside is mostly two things in one village."""
    mains = {report.hazard, known.hazard}
    fits = mains & _TRANSPARENT or "denies" in (report.stance, known.stance)
    if fits or _kin(report.hazard, known.hazard) > 0:
        return []
    return [(weights.unlike, "another matter in the main")]


def _heard(sighting: Sighting) -> dict[str, float]:
    """The hazards that a text tells of, and how far each is its matter."""
    aside = 1.0 if sighting.hazard in _TRANSPARENT else _ASIDE
    told = [name for name, score in sighting.hazards.items() if score >= _LEAST_HEARD]
    return dict.fromkeys(told, aside) | {sighting.hazard: 1.0}


def _kin(a: str, b: str) -> float:
    if a == b:
        return 1.0
    if "other" in (a, b):
        return _OTHER
    return _KIN.get(frozenset({a, b}), 0.0)


def _gap_hours(report: Sighting, known: Sighting) -> float:
    """Hours between the two spans; 0 where they overlap."""
    apart = max(report.begin, known.begin) - min(report.end, known.end)
    return max(0.0, apart.total_seconds() / 3600)


def _time(
    report: Sighting, known: Sighting, gap: float, scale: Scale, weights: Weights
) -> tuple[float, str]:
    """Reports of one event thin out exponentially; those of others come at any time.

    Who only says "yesterday" says less than who says when.
    """
    vague = max(scale.fade_hours, _hours(report) + _hours(known))
    odds = log(max(scale.longest_hours / vague, 1.0)) - gap / scale.fade_hours
    words = f"{gap * 60:.0f} min apart" if gap < 2 else f"{gap:.0f} h apart"
    return weights.time * odds, words


def _hours(sighting: Sighting) -> float:
    return (sighting.end - sighting.begin).total_seconds() / 3600


def _place(report: Sighting, known: Sighting, scale: Scale, weights: Weights) -> Evidence:
    same = report.sender == known.sender
    own = [(weights.same_sender, "the same sender")] if same else []
    if report.position is None or known.position is None:
        without = weights.no_place * (_OWN_SHARE if same else 1)
        return [(without, "no place to compare"), *own]
    metres = distance_m(report.position, known.position)
    way = way_between(report, known) if scale.moves else Way()
    variance = _variance(report, known, scale)
    still = weights.place * _nearness(metres, variance, scale)
    words = f"{metres / 1000:.1f} km apart"
    gone = weights.place * _nearness(way.aside_m, variance, scale) - weights.same_way / 2
    if way.on_it and gone > still:
        return [(gone, f"{words}, on the way they went"), *_course(way, weights), *own]
    if metres - 2 * _slack(report, known) > scale.never_beyond_m:
        return [(_NEVER, words)]
    terms = [(still, words)]
    if way.too_fast and metres > scale.spread_m:
        terms.append((weights.too_fast, "too far for one group in that time"))
    elif _named_apart(report, known, metres):
        terms.append((weights.named_apart, "another place is named"))
    return [*terms, *_course(way, weights), *own]


def _nearness(metres: float, variance: float, scale: Scale) -> float:
    """Scatter around one place against anywhere within reach, per area (two-dimensional normal)."""
    anywhere = scale.never_beyond_m**2
    return log(anywhere / (2 * variance)) - metres**2 / (2 * variance)


def _variance(report: Sighting, known: Sighting, scale: Scale) -> float:
    slack = _slack(report, known)
    return scale.spread_m**2 + slack**2


def _slack(report: Sighting, known: Sighting) -> float:
    """How inexact both places are together, in metres; half a radius is one standard deviation."""
    if report.place_id is not None and report.place_id == known.place_id:
        return _SAME_NAME_M
    one = min(report.precision_m, _LONGEST_PRECISION_M) / 2
    other = min(known.precision_m, _LONGEST_PRECISION_M) / 2
    return float((one**2 + other**2) ** 0.5)


def _named_apart(report: Sighting, known: Sighting, metres: float) -> bool:
    ids = (report.place_id, known.place_id)
    return None not in ids and ids[0] != ids[1] and metres > _TOLD_APART_M


def _course(way: Way, weights: Weights) -> Evidence:
    if way.same_course is None:
        return []
    if way.same_course:
        return [(weights.same_way, "the same way")]
    return [(weights.other_way, "another way")]


def _text(likeness: float) -> float:
    """From -0.3 for texts that share nothing to 1 for the same words."""
    return max(-0.3, min(1.0, (likeness - 0.45) / 0.5))


def _numbers(report: Sighting, known: Sighting, weights: Weights) -> Evidence:
    terms = []
    if report.armed and known.armed:
        ratio = max(report.armed, known.armed) / min(report.armed, known.armed)
        value = 0.5 if ratio <= 1.5 else -1.0 if ratio >= 3 else 0.0
        terms.append((weights.numbers * value, f"{report.armed} and {known.armed} armed"))
    if report.travel and known.travel:
        value = 0.3 if report.travel == known.travel else -1.0
        terms.append((weights.numbers * value, f"by {report.travel} and by {known.travel}"))
    return [(value, words) for value, words in terms if value]

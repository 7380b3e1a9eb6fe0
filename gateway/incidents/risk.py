"""Which risk factors an incident shows, and whether an area's week has more than its own past."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, sqrt
from statistics import NormalDist

from gateway.incidents.factors import Factor, Factors
from gateway.plumbing.settings import RiskSettings

ANY = 0  # the chart of incidents of any factor
LAMBDA = 0.2  # how much the newest week weighs in what is expected
_MANY = 500  # a week: from there on a Poisson count is as good as normal


@dataclass(frozen=True, slots=True)
class Tag:
    """A factor that an incident shows; `why` quotes no text."""

    factor: int
    weight: float
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One area's week against its past; `threshold` is the least count that is too many."""

    count: int
    expected: float
    threshold: int | None  # None while there is no past to compare with

    @property
    def is_rising(self) -> bool:
        return self.threshold is not None and self.count >= self.threshold


def factors_of(
    factors: Factors, hazards: Mapping[str, float], topics: Collection[tuple[int, str]]
) -> list[Tag]:
    """The factors whose weights add up, by number.

    `hazards` with how sure each is (0 to 1); `topics` are (factor, topic) of the phrases found. A
    topic counts once, however often its words come.
    """
    found = frozenset(topics)
    tags = (_tag(factor, hazards, found) for factor in factors.by_number.values())
    return [tag for tag in tags if tag.weight >= factors.enough - 1e-9]


def chart(count: int, past: Sequence[int], pooled: float | None, rules: RiskSettings) -> Chart:
    """A week's count against the weeks before it, the oldest first.

    `pooled` is what an area has in a week on the mean of all areas, for as long as there are fewer
    than `rules.weeks` of past; None where there is none at all.
    """
    if len(past) >= rules.weeks:
        usual = ewma(past)
    elif pooled is None:
        return Chart(count, 0.0, None)
    else:
        usual = pooled
    return Chart(count, usual, threshold(usual, rules.chance, rules.least))


def ewma(counts: Sequence[int]) -> float:
    """The exponentially weighted moving average, begun with the mean of the counts.

    Montgomery, Introduction to Statistical Quality Control, 9.2: z_i = λ x_i + (1 - λ) z_(i-1).
    """
    mean = sum(counts) / len(counts)
    for count in counts:
        mean += LAMBDA * (count - mean)
    return mean


def threshold(expected: float, chance: float, least: int) -> int:
    """The smallest count k that chance alone brings about too rarely: P(X >= k) < `chance`.

    X is Poisson with mean `expected`; never below `least`.
    """
    if expected > _MANY:
        spread = NormalDist().inv_cdf(1 - chance) * sqrt(expected)
        return max(least, ceil(expected + spread) + 1)
    term = exp(-expected)
    below = 0.0  # P(X < k)
    k = 0
    while k < least or 1 - below >= chance:
        below += term
        k += 1
        term *= expected / k
    return k


def is_news(seen_count: int, count: int) -> bool:
    """Whether a notice that was seen is shown as unseen again: it grew by half."""
    return 2 * count >= 3 * seen_count


def _tag(factor: Factor, hazards: Mapping[str, float], topics: frozenset[tuple[int, str]]) -> Tag:
    shown = {
        hazard: weight * hazards[hazard]
        for hazard, weight in factor.hazards.items()
        if hazards.get(hazard, 0) > 0
    }
    told = [topic for topic in factor.topics if (factor.number, topic.name) in topics]
    why = [f"words about {t.name}" for t in told] + [f"hazard {hazard}" for hazard in shown]
    return Tag(factor.number, sum(shown.values()) + sum(t.weight for t in told), tuple(why))

"""`python -m bench.fit_places`: measures the weights of config/places.toml anew and prints them.

On the even serials of the four sets of reports; `make bench` reports the odd ones. It maximises
the probability of the readings that lie near the truth (or, where none does, of "no place"), held
back by a small ridge so that rare marks stay near 0. Support among names uses the weights in force,
so run it twice after a new mark was added. The table `[set]` is left as it stands.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.reports import DATA, gazetteers, reports
from gateway.terms.geo import distance_m
from gateway.understanding.folding import tokens
from gateway.understanding.lexicon import load
from gateway.understanding.mentions import scan
from gateway.understanding.weighing import Context, pairs
from gateway.understanding.weights import place_weights

_LANGUAGES = ("en", "sw", "fr")
_NEAR_M = 18_000.0
_RIDGE = 4.0
_GED = 10.0  # there are far fewer of these, and they are nearer to what the gateway is for
_ROUNDS = 1_500
_LEAST = 0.02  # a weight below it changes nothing

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Readings:
    """All readings of all texts: marks by row and column, the text of each row, its nearness."""

    names: list[str]
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    values: Numbers
    text: NDArray[np.int64]
    nearness: Numbers
    importance: Numbers  # of each text


def collect() -> Readings:
    """Reads the texts of even serials."""
    lists, lexicon, weights = gazetteers(), load(_LANGUAGES), place_weights()
    index: dict[str, int] = {}
    rows: list[int] = []
    columns: list[int] = []
    values: list[float] = []
    text: list[int] = []
    nearness: list[float] = []
    importance: list[float] = []
    for name, told in reports().items():
        gazetteer = lists[name.partition("_")[0]]
        for report in (report for report in told if report.serial % 2 == 0):
            found = scan(tokens(report.text[:1_600], 300), gazetteer, lexicon)
            for pair in pairs(found, gazetteer, Context(), weights):
                for mark, value in pair.features.items():
                    rows.append(len(text))
                    columns.append(index.setdefault(mark, len(index)))
                    values.append(value)
                text.append(len(importance))
                away = distance_m(pair.position, report.truth)
                nearness.append(float(np.exp(-((away / _NEAR_M) ** 2))))
            importance.append(_GED if name.startswith("ged") else 1.0)
    return Readings(
        list(index), *map(np.array, (rows, columns, values, text, nearness, importance))
    )


def fit(told: Readings) -> Numbers:
    """The weights, by gradient steps whose length adapts to each weight (Adam, Kingma 2015)."""
    weights = np.zeros(len(told.names))
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _ROUNDS + 1):
        slope = _slope(told, weights)
        mean = 0.9 * mean + 0.1 * slope
        square = 0.999 * square + 0.001 * slope**2
        length = 0.05 * (1 - step / _ROUNDS) + 0.001
        weights -= length * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.999**step)) + 1e-9)
    return weights


def _slope(told: Readings, weights: Numbers) -> Numbers:
    """Of the negative log-likelihood with its ridge."""
    size, count = len(told.text), len(told.importance)
    scores = np.bincount(told.rows, told.values * weights[told.columns], minlength=size)
    strength = np.exp(np.minimum(scores, 30))
    every = np.bincount(told.text, strength, minlength=count)
    near = np.bincount(told.text, strength * told.nearness, minlength=count)
    reachable = np.bincount(told.text, told.nearness, minlength=count) > 0.05
    share = strength / (1 + every)[told.text]
    wanted = np.where(
        reachable[told.text], strength * told.nearness / np.maximum(near, 1e-12)[told.text], 0.0
    )
    pull = told.importance[told.text] * (share - wanted)
    slope = np.bincount(told.columns, told.values * pull[told.rows], minlength=len(weights))
    return slope + _RIDGE * weights


def main() -> int:
    """Prints the table to put into config/places.toml."""
    if not DATA.is_dir():
        print("the real reports are not here", file=sys.stderr)
        return 1
    told = collect()
    print("[measured]")
    for line in lines(told.names, fit(told)):
        print(line)
    return 0


def lines(names: Sequence[str], weights: Numbers) -> list[str]:
    """One `"mark" = weight` each, sorted, without those that change nothing."""
    listed = sorted(zip(names, weights.tolist(), strict=True))
    return [f'"{name}" = {weight:.2f}' for name, weight in listed if abs(weight) >= _LEAST]


if __name__ == "__main__":
    sys.exit(main())

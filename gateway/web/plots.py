"""Figures as shapes of an SVG: columns by time, bars and strips by name; they print in black too.

Everything is measured left to right and turned around at the end for pages that read the other way.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from flask_babel import gettext

from gateway.web import speech
from gateway.web.plot_parts import WIDTH, Label, Plot, Series, Shape, Stroke, number, round_ticks

_LEFT, _TOP, _HEIGHT, _BOTTOM = 36, 14, 120, 24
_ROW, _BAR = 36, 13
_FEWEST_PX = 56  # between two words below a plot
_TURNED = {"start": "end", "end": "start", "middle": "middle"}


def columns(
    name: str,
    title: str,
    about: str,
    times: tuple[str, Sequence[str]],
    series: Sequence[Series],
    threshold: tuple[int, str] | None = None,
) -> Plot:
    """One column for each time, its series upon each other; `times` begins with their heading."""
    heading, words = times
    sums = [sum(counts) for counts in zip(*(one.counts for one in series), strict=True)]
    ticks = round_ticks(max([*sums, threshold[0] if threshold else 0]))
    floor, step = _TOP + _HEIGHT, (WIDTH - _LEFT) / max(1, len(words))
    shapes, base = [], [0] * len(words)
    for one in series:
        for at, count in enumerate(one.counts):
            if count:
                tall = count * _HEIGHT / ticks[-1]
                y = floor - base[at] * _HEIGHT / ticks[-1] - tall
                shapes.append(
                    Shape(_LEFT + at * step + step * 0.12, y, step * 0.76, tall, one.kind)
                )
            base[at] += count
    strokes, labels = _levels(ticks, floor)
    every = max(1, -(-_FEWEST_PX // max(1, int(step))))
    labels += [
        Label(_LEFT + (at + 0.5) * step, floor + 15, word, "middle")
        for at, word in enumerate(words)
        if at % every == 0 and _fits(_LEFT + (at + 0.5) * step)
    ]
    if threshold is not None:
        y = floor - threshold[0] * _HEIGHT / ticks[-1]
        strokes.append(Stroke(_LEFT, y, WIDTH, y, "threshold"))
        labels.append(Label(_LEFT + 3, y - 3, threshold[1]))
    rows = [[word, *(number(one.counts[at]) for one in series)] for at, word in enumerate(words)]
    plot = Plot(
        name,
        title,
        about,
        floor + _BOTTOM,
        shapes,
        strokes,
        labels,
        [(one.kind, one.words) for one in series] if len(series) > 1 else [],
        [heading, *(one.words for one in series)],
        rows,
    )
    return _turned(plot)


def bars(
    name: str, title: str, about: str, names: tuple[str, Sequence[str]], series: Sequence[Series]
) -> Plot:
    """One bar for each name, its series behind each other."""
    heading, words = names
    sums = [sum(counts) for counts in zip(*(one.counts for one in series), strict=True)]
    ticks = round_ticks(max([0, *sums]))
    shapes, labels = [], []
    for at, word in enumerate(words):
        x = 0.0
        for one in series:
            wide = one.counts[at] * WIDTH * 0.96 / ticks[-1]
            if wide:
                shapes.append(Shape(x, _TOP + at * _ROW + 6, wide, _BAR, one.kind))
            x += wide
        labels += _of_row(at, word, number(sums[at]))
    strokes, below = _scale(ticks, len(words), number)
    rows = [
        [word, *(number(one.counts[at]) for one in series), number(sums[at])]
        for at, word in enumerate(words)
    ]
    plot = Plot(
        name,
        title,
        about,
        _TOP + len(words) * _ROW + _BOTTOM,
        shapes,
        strokes,
        [*labels, *below],
        [(one.kind, one.words) for one in series] if len(series) > 1 else [],
        [heading, *(one.words for one in series), gettext("all")],
        rows,
    )
    return _turned(plot)


def strips(
    name: str,
    title: str,
    about: str,
    head: Sequence[str],
    spans: Sequence[tuple[str, float, float, str]],
    say: Callable[[int], str],
    keys: tuple[str, str],
) -> Plot:
    """For each name how far half reaches, and nine of ten: name, half, nine of ten, in words."""
    ticks = round_ticks(max([0.0, *(span[2] for span in spans)]))
    shapes, labels, rows = [], [], []
    for at, (word, half, ninety, told) in enumerate(spans):
        y, scale = _TOP + at * _ROW + 6, WIDTH * 0.96 / ticks[-1]
        shapes.append(Shape(0, y, max(1.5, half * scale), _BAR, "full"))
        shapes.append(Shape(half * scale, y, max(0.5, (ninety - half) * scale), _BAR, "stripes"))
        labels += _of_row(at, word, told)
        rows.append([word, say(round(half)), say(round(ninety))])
    strokes, below = _scale(ticks, len(spans), say)
    plot = Plot(
        name,
        title,
        about,
        _TOP + len(spans) * _ROW + _BOTTOM,
        shapes,
        strokes,
        [*labels, *below],
        [("full", keys[0]), ("stripes", keys[1])],
        head,
        rows,
    )
    return _turned(plot)


def _fits(x: float) -> bool:
    return _FEWEST_PX / 3 < x < WIDTH - _FEWEST_PX / 3


def _levels(ticks: Sequence[int], floor: float) -> tuple[list[Stroke], list[Label]]:
    strokes, labels = [], []
    for tick in ticks:
        y = floor - tick * _HEIGHT / ticks[-1]
        strokes.append(Stroke(_LEFT, y, WIDTH, y, "grid" if tick else "axis"))
        labels.append(Label(_LEFT - 5, y + 4, number(tick), "end"))
    return strokes, labels


def _scale(
    ticks: Sequence[int], rows: int, say: Callable[[int], str]
) -> tuple[list[Stroke], list[Label]]:
    """Upright lines behind bars, and their numbers below."""
    floor, scale = _TOP + rows * _ROW, WIDTH * 0.96 / ticks[-1]
    strokes = [
        Stroke(tick * scale, _TOP - 8, tick * scale, floor - 8, "grid" if tick else "axis")
        for tick in ticks
    ]
    labels = [
        Label(tick * scale, floor + 6, say(tick), "middle" if tick else "start")
        for tick in ticks[:-1]
    ]
    last = Label(WIDTH, floor + 6, say(ticks[-1]), "end")
    return strokes, [*labels, last]


def _of_row(at: int, word: str, told: str) -> list[Label]:
    """The name above its bar at one end, what it says at the other."""
    y = _TOP + at * _ROW + 2
    return [Label(1, y, word, "start", "name"), Label(WIDTH - 1, y, told, "end", "told")]


def _turned(plot: Plot) -> Plot:
    if speech.direction() == "ltr":
        return plot
    return replace(
        plot,
        shapes=[replace(one, x=WIDTH - one.x - one.width) for one in plot.shapes],
        strokes=[replace(one, x1=WIDTH - one.x1, x2=WIDTH - one.x2) for one in plot.strokes],
        labels=[replace(one, x=WIDTH - one.x, anchor=_TURNED[one.anchor]) for one in plot.labels],
    )

"""Charts as inline SVG: no script, no network, readable on paper and on a dark screen."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HALF_WIDTH = 1000.0, 500.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 12.0, 12.0, 34.0
NOTHING = '<p class="empty">Nothing to draw.</p>'

Points = Sequence[tuple[float, float | None]]


@dataclass(frozen=True)
class Line:
    """One series of a chart; `kind` is its style in the page: served, baseline, actual, limit or ideal."""

    label: str
    kind: str
    points: Points
    has_dots: bool = False


@dataclass(frozen=True)
class Band:
    """An area between a lower and an upper line: (x, lower, upper)."""

    label: str
    points: Sequence[tuple[float, float, float]]


@dataclass(frozen=True)
class Drawing:
    """A chart before it stands anywhere: what is inside its SVG, its size, and which kind of line means what."""

    title: str
    body: str
    width: float
    height: float
    keys: tuple[tuple[str, str], ...]


def html(drawing: Drawing | None) -> str:
    """A drawing on a page, with its legend below it."""
    if drawing is None:
        return NOTHING
    return _frame(drawing.title, drawing.width, drawing.height) + drawing.body + "</svg>" + legend(drawing.keys)


def line_drawing(
    lines: Sequence[Line],
    *,
    title: str,
    x_label: Callable[[float], str],
    y_label: Callable[[float], str],
    bands: Sequence[Band] = (),
    marks: Sequence[float] = (),
    width: float = WIDTH,
    height: float = 240.0,
    includes_zero: bool = True,
) -> Drawing | None:
    """Lines over a common x axis; a missing value breaks its line. `marks` are vertical lines, such as cutoffs.

    None when there is nothing to draw.
    """
    xs = [x for line in lines for x, _ in line.points] + [x for band in bands for x, _, _ in band.points]
    ys = [y for line in lines for _, y in line.points if y is not None]
    ys += [y for band in bands for _, low, high in band.points for y in (low, high)]
    if not xs or not ys:
        return None
    ticks = _ticks(min([*ys, 0.0] if includes_zero else ys), max([*ys, 0.0] if includes_zero else ys))
    x, y = _scale(min(xs), max(xs), LEFT, width - RIGHT), _scale(ticks[0], ticks[-1], height - BOTTOM, TOP)
    parts = [*_y_axis(ticks, y, y_label, width), *_x_axis(sorted(set(xs)), x, x_label, height)]
    parts += [
        f'<line class="mark" x1="{x(at):.1f}" x2="{x(at):.1f}" y1="{TOP}" y2="{height - BOTTOM}"/>' for at in marks
    ]
    for band in bands:
        upper = " ".join(f"{x(at):.1f},{y(high):.1f}" for at, _, high in band.points)
        lower = " ".join(f"{x(at):.1f},{y(low):.1f}" for at, low, _ in reversed(band.points))
        parts.append(f'<polygon class="band" points="{upper} {lower}"/>')
    for line in lines:
        for run in _unbroken(line.points):
            drawn = " ".join(f"{x(at):.1f},{y(value):.1f}" for at, value in run)
            parts.append(f'<polyline class="{line.kind}" points="{drawn}"/>')
            if line.has_dots or len(run) == 1:
                parts += [f'<circle class="{line.kind}" cx="{x(at):.1f}" cy="{y(v):.1f}" r="2.6"/>' for at, v in run]
    keys = [(line.kind, line.label) for line in lines] + [("band", band.label) for band in bands]
    return Drawing(title, "".join(parts), width, height, tuple(dict.fromkeys(keys)))


def histogram(
    bins: Sequence[tuple[float, float, int]], *, title: str, number: Callable[[float], str], width: float = HALF_WIDTH
) -> str:
    """Bars of (lower edge, upper edge, count); the first and the last one hold everything beyond."""
    if not bins:
        return NOTHING
    height = 240.0
    ticks = _ticks(0.0, float(max(n for _, _, n in bins)))
    x, y = _scale(bins[0][0], bins[-1][1], LEFT, width - RIGHT), _scale(ticks[0], ticks[-1], height - BOTTOM, TOP)
    parts = [_frame(title, width, height), *_y_axis(ticks, y, lambda value: f"{value:,.0f}", width)]
    for number_of_bin, (low, high, n) in enumerate(bins):
        beyond = " beyond" if number_of_bin in {0, len(bins) - 1} else ""
        parts.append(
            f'<rect class="bar{beyond}" data-n="{n}" x="{x(low) + 0.5:.1f}" y="{y(n):.1f}" '
            f'width="{max(x(high) - x(low) - 1, 0.5):.1f}" height="{max(y(0) - y(n), 0):.1f}">'
            f"<title>{number(low)} to {number(high)}: {n:,}</title></rect>"
        )
    edges = [bins[1][0], 0.0, bins[-1][0]] if bins[1][0] < 0 < bins[-1][0] else [bins[1][0], bins[-1][0]]
    parts += [_text(x(edge), height - 14, number(edge), "x") for edge in edges]
    if bins[0][0] < 0 < bins[-1][1]:
        parts.append(f'<line class="mark" x1="{x(0):.1f}" x2="{x(0):.1f}" y1="{TOP}" y2="{height - BOTTOM}"/>')
    return "".join(parts) + "</svg>"


def bar(share: float | None, kind: str) -> str:
    """A bar inside a table cell, from 0 to 1."""
    percent = 0.0 if share is None else max(0.0, min(share, 1.0)) * 100
    return f'<span class="cellbar {kind}"><i style="width:{percent:.1f}%"></i></span>'


def legend(keys: Sequence[tuple[str, str]]) -> str:
    """What the lines mean."""
    items = "".join(f'<span class="key {kind}">{escape(label)}</span>' for kind, label in keys)
    return f'<p class="legend">{items}</p>'


def _frame(title: str, width: float, height: float) -> str:
    return f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(title, quote=True)}">'


def _y_axis(
    ticks: Sequence[float], y: Callable[[float], float], label: Callable[[float], str], width: float
) -> list[str]:
    grid = [f'<line class="grid" x1="{LEFT}" x2="{width - RIGHT}" y1="{y(t):.1f}" y2="{y(t):.1f}"/>' for t in ticks]
    return grid + [_text(LEFT - 6, y(tick) + 4, label(tick), "y") for tick in ticks]


def _x_axis(
    xs: Sequence[float], x: Callable[[float], float], label: Callable[[float], str], height: float
) -> list[str]:
    every = max(1, math.ceil((len(xs) - 1) / 6))
    shown = [value for position, value in enumerate(xs) if position % every == 0]
    return [_text(x(value), height - 14, label(value), "x") for value in shown]


def _text(x: float, y: float, label: str, axis: str) -> str:
    return f'<text class="{axis}" x="{x:.1f}" y="{y:.1f}">{escape(label)}</text>'


def _scale(low: float, high: float, start: float, end: float) -> Callable[[float], float]:
    span = (high - low) or 1.0
    return lambda value: start + (value - low) / span * (end - start)


def _ticks(low: float, high: float) -> list[float]:
    """About five round numbers that hold the range."""
    if high <= low:
        high = low + 1.0
    step = 10.0 ** math.floor(math.log10((high - low) / 4))
    step *= next(factor for factor in (1, 2, 2.5, 5, 10) if (high - low) / (step * factor) <= 5)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(number * step, 12) for number in range(first, last + 1)]


def _unbroken(points: Points) -> list[list[tuple[float, float]]]:
    runs: list[list[tuple[float, float]]] = [[]]
    for x, y in points:
        if y is None:
            runs.append([])
        else:
            runs[-1].append((x, y))
    return [run for run in runs if run]

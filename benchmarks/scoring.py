"""Scores of one window: the same actuals for every model, the metrics that the task's protocol names."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from forecasting import metrics
from forecasting.panel import Floats, Panel

Scores = dict[str, float]


@dataclass(frozen=True, eq=False)
class Window:
    """What happened after one cutoff: `y` (series, steps), NaN where the protocol does not score; the past beside it.

    `references` are forecasts the protocol compares with, such as the official Naive2; same shape as `y`.
    """

    past: Panel = field(repr=False)
    y: Floats = field(repr=False)
    references: Mapping[str, Floats] = field(default_factory=dict, repr=False)

    @property
    def cutoff(self) -> np.datetime64:
        """The last period that was seen."""
        return self.past.cutoff


Score = Callable[[Window, Floats], Scores]
"""Scores of one model's forecasts, shape (series, steps), in one window."""


def point_scores(names: Sequence[str], season_length: int) -> Score:
    """The named metrics of `forecasting.metrics`; `mase` is scaled by the seasonal naive error within the past."""

    def score(window: Window, yhat: Floats) -> Scores:
        found: Scores = {}
        for name in names:
            if name == "mase":
                found[name] = metrics.mase(window.y, yhat, metrics.mase_scale(window.past.y, season_length))
            else:
                found[name] = metrics.METRICS[name](window.y, yhat)
        return found

    return score


def quantile_scores(window: Window, quantiles: Floats, levels: Sequence[float]) -> Scores:
    """`wql`, and the share of actuals inside the 80 % interval; `quantiles` has shape (series, steps, levels)."""
    found = {"wql": metrics.wql(window.y, quantiles, levels)}
    rounded = [round(level, 6) for level in levels]
    if 0.1 in rounded and 0.9 in rounded:
        lower, upper = quantiles[..., rounded.index(0.1)], quantiles[..., rounded.index(0.9)]
        found["coverage_80"] = metrics.coverage(window.y, lower, upper)
    return found


def coverage_by_step(windows: Sequence[Window], quantiles: Sequence[Floats], levels: Sequence[float]) -> dict[str, Any]:
    """Share of actuals inside the 80 % interval at every step, first step first, over all windows together.

    `where_uncertain` counts only intervals with a width: a day known to be closed is no achievement.
    """
    rounded = [round(level, 6) for level in levels]
    if not quantiles or not {0.1, 0.9} <= set(rounded):
        return {}
    y = np.concatenate([window.y for window in windows])
    lower = np.concatenate([values[..., rounded.index(0.1)] for values in quantiles])
    upper = np.concatenate([values[..., rounded.index(0.9)] for values in quantiles])
    scored = ~np.isnan(y) & ~np.isnan(lower)
    inside = (y >= lower) & (y <= upper)
    found: dict[str, Any] = {}
    for name, counted in (("all", scored), ("where_uncertain", scored & (upper > lower))):
        n = counted.sum(axis=0)
        share = np.divide((inside & counted).sum(axis=0), n, out=np.full(n.shape, np.nan), where=n > 0)
        found[name] = {
            "overall": float((inside & counted).sum() / max(1, n.sum())),
            "lowest_step": float(np.nanmin(share)),
            "highest_step": float(np.nanmax(share)),
            "by_step": [round(float(value), 4) for value in share],
        }
    return found


def mean_scores(windows: Sequence[Scores]) -> Scores:
    """The mean of every metric over the windows that have it.

    >>> mean_scores([{"wape": 0.1}, {"wape": 0.3, "wql": 0.2}])
    {'wape': 0.2, 'wql': 0.2}
    """
    names = list(dict.fromkeys(name for scores in windows for name in scores))
    return {name: _mean([scores[name] for scores in windows if name in scores]) for name in names}


def _mean(values: Sequence[float]) -> float:
    known = [value for value in values if not np.isnan(value)]
    return float(np.mean(known)) if known else float("nan")

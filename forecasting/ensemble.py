"""A weighted mean of the models that earned a place in it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from forecasting.model_names import BASELINES
from forecasting.window_result import WindowResult

Floats = NDArray[np.float64]

# Weights from few windows are noise around equal ones: half of the way back is the usual compromise in the literature
# on forecast combination (Diebold and Pauly 1990).
_SHRINKAGE = 0.5
# A model this much worse than the best one does not enter. On M4 weekly, two cutoffs before the scored one, models a
# fifth worse than the best made every mean worse that they entered.
_LOSS_LIMIT = 1.15
_MAX_ROWS = 200_000


def learn_weights(windows: Sequence[WindowResult], models: Sequence[str]) -> dict[str, float]:
    """Weights that sum to one: non-negative least squares on past forecasts, shrunk to equal.

    Rows are divided by the level of their series, so a large series does not decide alone. Without a finished window
    all models but the simplest baselines share alike. Models whose loss is more than `_LOSS_LIMIT` times the best
    one's get nothing.
    """
    rows = [_rows(window, models) for window in windows]
    y = np.concatenate([actual for actual, _ in rows]) if rows else np.empty(0)
    if y.size == 0:
        able = [model for model in models if model not in BASELINES] or list(models)
        return {model: (1.0 / len(able) if model in able else 0.0) for model in models}
    yhat = np.concatenate([forecast for _, forecast in rows])
    loss = np.abs(yhat - y[:, None]).sum(axis=0)
    members = np.flatnonzero(loss <= _LOSS_LIMIT * loss.min() + 1e-12).tolist()
    every = max(1, y.size // _MAX_ROWS)
    raw, _ = nnls(yhat[::every][:, members], y[::every])
    equal = np.full(len(members), 1.0 / len(members))
    learnt = raw / raw.sum() if raw.sum() > 0 else equal
    weights = (1.0 - _SHRINKAGE) * learnt + _SHRINKAGE * equal
    answer = dict.fromkeys(models, 0.0)
    answer.update({models[member]: float(weight) for member, weight in zip(members, weights, strict=True)})
    return answer


def combine(window: WindowResult, weights: dict[str, float]) -> Floats:
    """The weighted mean of the window's forecasts."""
    combined = np.zeros_like(window.y)
    for model, weight in weights.items():
        if weight > 0:
            combined += weight * window.yhat[model]
    return combined


def _rows(window: WindowResult, models: Sequence[str]) -> tuple[Floats, Floats]:
    known = window.eligible[:, None] & ~np.isnan(window.y)
    level = np.maximum(window.scale.level, np.median(window.scale.level) * 1e-3 + 1e-12)
    per_row = np.broadcast_to(level[:, None], window.y.shape)[known]
    forecasts = np.column_stack([window.yhat[model][known] for model in models])
    return window.y[known] / per_row, forecasts / per_row[:, None]

"""The forecast that a metric asks for, where it is not the middle of what may happen.

A relative error weighs a miss of a small outcome more than the same miss of a large one, so what minimises RMSPE lies
below the median: of a log-normal outcome with median m and log variance s2 it is E[1/y] / E[1/y^2] = m exp(-1.5 s2).
The variance comes from windows that were over at the cutoff, so the correction knows nothing of the one it is for.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from forecasting.window_result import WindowResult

# Below this no variance is worth its name.
_MIN_ERRORS = 200
# Log errors beyond this many are accidents (a shop that shut early): they belong to no log-normal.
_LARGEST_LOG_ERROR = 1.0


def rmspe_factor(earlier: Sequence[WindowResult], model: str) -> float:
    """By what to multiply a model's forecasts so that RMSPE is least; 1 without enough earlier errors.

    `earlier` are windows as they were known at the cutoff: what was not yet observed is NaN.
    """
    logs = []
    for window in earlier:
        if model not in window.models:
            continue
        y, yhat = window.y, window.yhat[model]
        usable = ~np.isnan(y) & (y > 0) & (yhat > 0) & window.eligible[:, None]
        error = np.log(y[usable] / yhat[usable])
        # A level that was missed in common is news about that window, not spread.
        logs.append(error - error.mean() if error.size else error)
    errors = np.concatenate(logs) if logs else np.zeros(0)
    errors = errors[np.abs(errors) <= _LARGEST_LOG_ERROR]
    if errors.size < _MIN_ERRORS:
        return 1.0
    return float(np.exp(-1.5 * np.mean(errors**2)))


def at_optimum(window: WindowResult, earlier: Sequence[WindowResult], model: str, metric: str) -> WindowResult:
    """The window with the forecasts of `model` where `metric` is least; unchanged for metrics of the middle.

    `earlier` hold forecasts before any correction or after it alike: a constant factor leaves the spread as it is.
    """
    if metric != "rmspe" or model not in window.models:
        return window
    known = [past.known_until(window.cutoff) for past in earlier if past.cutoff < window.cutoff]
    return replace(window, yhat={**window.yhat, model: window.yhat[model] * rmspe_factor(known, model)})

"""Quantiles of a window from the windows that came before it."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
import numpy.typing as npt

from forecasting.quantiles import Calibration, SeriesScale, WindowErrors, calibrate, predict_quantiles
from forecasting.task import ForecastTask
from forecasting.whole_counts import whole_quantiles
from forecasting.window_result import WindowResult

# Some fourteen thousand errors in each of the 72 cells; more would only move a quantile by less than it is unsure of.
_MOST_ERRORS = 1_000_000


def calibration_for(
    task: ForecastTask, model: str, cutoff: datetime, windows: Sequence[WindowResult]
) -> Calibration | None:
    """What a model's errors known at `cutoff` say; None without any, so no interval is invented.

    Of very many errors those of every n-th series are used.
    """
    earlier = [window.known_until(cutoff) for window in windows if window.cutoff < cutoff and model in window.models]
    every = 1 + sum(window.horizon * int(np.count_nonzero(window.eligible)) for window in earlier) // _MOST_ERRORS
    errors = [_errors(window, model, every) for window in earlier]
    if not any((~np.isnan(window.y)).any() for window in errors):
        return None
    return calibrate(errors, task.quantile_levels)


def window_quantiles(
    task: ForecastTask, window: WindowResult, model: str, calibration: Calibration
) -> npt.NDArray[np.float64]:
    """Quantiles of every series and step of a window, shape (series, steps, levels); small counts in whole units."""
    yhat = window.yhat[model]
    values = predict_quantiles(calibration, yhat, window.scale, allow_negative=task.allow_negative)
    if task.target_kind == "continuous" or not calibration.is_whole:
        return values
    return whole_quantiles(values, yhat)


def _errors(window: WindowResult, model: str, every: int) -> WindowErrors:
    some = slice(None, None, every)
    scale = window.scale
    return WindowErrors(
        y=np.where(window.eligible[some, None], window.y[some], np.nan),
        yhat=window.yhat[model][some],
        scale=SeriesScale(scale.level[some], scale.spread[some], scale.zero_share[some]),
    )

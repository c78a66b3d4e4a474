"""Metrics in units of how hard the series is: errors divided by those of a naive forecast of its own past.

Arrays are panels: `y` and `yhat` have shape (series, h), `scale` has shape (series,).
A series without a scale (constant, or too short) cannot be compared with others and is left out.
"""

import numpy as np

from forecasting.metrics.averages import Values, mean, row_means


def mase_scale(history: Values, season_length: int) -> Values:
    """Mean absolute error of the seasonal naive forecast within the history, per series; NaN where it is zero.

    >>> mase_scale(np.array([[1.0, 2.0, 3.0, 5.0], [4.0, 4.0, 4.0, 4.0]]), season_length=2)
    array([2.5, nan])
    """
    return _positive(row_means(np.abs(_differences(history, season_length))))


def rmsse_scale(history: Values, season_length: int = 1) -> Values:
    """Root of the mean squared naive error from the first non-zero observation on, per series (M5); NaN where zero.

    >>> rmsse_scale(np.array([[0.0, 0.0, 2.0, 5.0, 1.0]]))
    array([3.53553391])
    """
    started = np.logical_or.accumulate(np.nan_to_num(history) != 0, axis=1)
    squares = _differences(np.where(started, history, np.nan), season_length) ** 2
    return np.sqrt(_positive(row_means(squares)))


def mase(y: Values, yhat: Values, scale: Values) -> float:
    """Mean absolute scaled error: each series' MAE over its `mase_scale`, averaged over the series.

    >>> mase(np.array([[10.0, 12.0]]), np.array([[11.0, 9.0]]), scale=np.array([4.0]))
    0.5
    """
    return mean(row_means(np.abs(y - yhat)) / scale)


def rmsse(y: Values, yhat: Values, scale: Values) -> float:
    """Root mean squared scaled error: each series' RMSE over its `rmsse_scale`, averaged over the series.

    >>> rmsse(np.array([[10.0, 12.0]]), np.array([[7.0, 8.0]]), scale=np.array([12.5**0.5]))
    1.0
    """
    return mean(np.sqrt(row_means((y - yhat) ** 2)) / scale)


def owa(smape: float, mase: float, naive2_smape: float, naive2_mase: float) -> float:
    """Overall weighted average of M4: the mean of sMAPE and MASE, each relative to Naive2.

    >>> owa(smape=10.0, mase=1.0, naive2_smape=20.0, naive2_mase=2.0)
    0.5
    """
    return 0.5 * (smape / naive2_smape + mase / naive2_mase)


def _differences(history: Values, season_length: int) -> Values:
    if history.shape[1] <= season_length:
        return np.full((history.shape[0], 1), np.nan)
    return history[:, season_length:] - history[:, :-season_length]


def _positive(scale: Values) -> Values:
    return np.where(scale > 0, scale, np.nan)

"""Metrics of point forecasts: `y` is what happened, `yhat` what was said, in any one shape."""

import numpy as np

from forecasting.metrics.averages import Values, mean


def mae(y: Values, yhat: Values) -> float:
    """Mean absolute error, in the unit of the target.

    >>> mae(np.array([10.0, 20.0]), np.array([12.0, 16.0]))
    3.0
    """
    return mean(np.abs(y - yhat))


def rmse(y: Values, yhat: Values) -> float:
    """Root of the mean squared error, in the unit of the target.

    >>> rmse(np.array([0.0, 0.0]), np.array([3.0, 4.0])) == 12.5**0.5
    True
    """
    return float(np.sqrt(mean((y - yhat) ** 2)))


def mape(y: Values, yhat: Values) -> float:
    """Mean absolute percentage error, in percent of what happened, over the periods in which that was not zero.

    Report `zero_actuals` beside it: it says how many periods this metric cannot see.

    >>> mape(np.array([10.0, 0.0]), np.array([12.0, 5.0]))
    20.0
    """
    return 100.0 * mean(_divide(np.abs(y - yhat), np.abs(y)))


def zero_actuals(y: Values, yhat: Values) -> int:
    """How many scored pairs `mape` and `rmspe` leave out, because the target was zero.

    >>> zero_actuals(np.array([10.0, 0.0, np.nan]), np.array([12.0, 5.0, 1.0]))
    1
    """
    return int(np.count_nonzero((y == 0) & ~np.isnan(yhat)))


def smape(y: Values, yhat: Values) -> float:
    """Symmetric mean absolute percentage error, 0 to 200 percent; 0 where both are zero (M4, Kaggle).

    >>> smape(np.array([10.0, 0.0]), np.array([30.0, 0.0]))
    50.0
    """
    error, size = np.abs(y - yhat), np.abs(y) + np.abs(yhat)
    return 200.0 * mean(np.where(size == 0, 0.0, _divide(error, size)))


def wape(y: Values, yhat: Values) -> float:
    """Sum of absolute errors as a share of the sum of absolute actuals.

    >>> wape(np.array([10.0, 30.0]), np.array([12.0, 24.0]))
    0.2
    """
    return _share(np.abs(y - yhat), y)


def rmspe(y: Values, yhat: Values) -> float:
    """Root of the mean squared percentage error, as a share, over the periods in which the target was not zero.

    >>> rmspe(np.array([10.0, 0.0]), np.array([11.0, 5.0]))
    0.1
    """
    return float(np.sqrt(mean(_divide(y - yhat, y) ** 2)))


def bias(y: Values, yhat: Values) -> float:
    """Sum of errors as a share of the sum of absolute actuals; positive means forecast too high.

    >>> bias(np.array([10.0, 30.0]), np.array([12.0, 36.0]))
    0.2
    """
    return _share(yhat - y, y)


def asymmetric_mae(y: Values, yhat: Values, under_cost: float, over_cost: float = 1.0) -> float:
    """Mean cost of the errors, when a unit forecast too low costs something else than a unit too high.

    >>> asymmetric_mae(np.array([10.0, 10.0]), np.array([8.0, 12.0]), under_cost=3.0)
    4.0
    """
    error = y - yhat
    return mean(np.where(error > 0, under_cost * error, -over_cost * error))


def within_tolerance(y: Values, yhat: Values, tolerance: float) -> float:
    """Share of the periods in which the error is at most `tolerance` (a share) of what happened.

    >>> within_tolerance(np.array([10.0, 10.0]), np.array([11.0, 15.0]), tolerance=0.2)
    0.5
    """
    error = np.abs(y - yhat)
    return mean(np.where(np.isnan(error), np.nan, (error <= tolerance * np.abs(y)).astype(np.float64)))


def _share(part: Values, y: Values) -> float:
    scored = ~np.isnan(part)
    whole = float(np.abs(y[scored]).sum())
    return float(part[scored].sum()) / whole if whole > 0 else float("nan")


def _divide(part: Values, whole: Values) -> Values:
    """The ratio; NaN, hence not scored, where the whole is zero."""
    ratio = np.full(np.broadcast(part, whole).shape, np.nan)
    np.divide(part, whole, out=ratio, where=whole != 0)
    return ratio

"""Metrics of quantile and interval forecasts."""

from collections.abc import Sequence

import numpy as np

from forecasting.metrics.averages import Values, mean, row_means


def pinball(y: Values, yhat: Values, quantile_level: float) -> float:
    """Quantile (pinball) loss: a unit forecast too low costs `quantile_level`, a unit too high the rest.

    >>> pinball(np.array([10.0]), np.array([8.0]), quantile_level=0.9)
    1.8
    """
    return mean(_pinball(y, yhat, quantile_level))


def wql(y: Values, yhat: Values, quantile_levels: Sequence[float]) -> float:
    """Weighted quantile loss: twice the pinball loss as a share of the actuals, averaged over the levels.

    `yhat` has one more dimension than `y`, the last, with one forecast per level.

    >>> wql(np.array([10.0]), np.array([[8.0, 10.0]]), quantile_levels=[0.1, 0.5])
    0.02
    """
    scored = ~np.isnan(y)
    whole = np.abs(y[scored]).sum()
    if not whole > 0:
        return float("nan")
    losses = [2.0 * _pinball(y, yhat[..., k], level)[scored].sum() / whole for k, level in enumerate(quantile_levels)]
    return float(np.mean(losses))


def coverage(y: Values, lower: Values, upper: Values) -> float:
    """Share of the observed periods that lie within the interval, bounds included.

    >>> coverage(np.array([1.0, 5.0, np.nan]), np.array([0.0, 0.0, 0.0]), np.array([2.0, 4.0, 9.0]))
    0.5
    """
    inside = (y >= lower) & (y <= upper)
    return mean(np.where(np.isnan(y), np.nan, inside.astype(np.float64)))


def msis(y: Values, lower: Values, upper: Values, coverage: float, scale: Values) -> float:
    """Mean scaled interval score of M4: width plus the price of every miss, over `mase_scale`.

    `y`, `lower`, `upper` have shape (series, h), `scale` has shape (series,); `coverage` is that of the interval.

    >>> msis(np.array([[5.0]]), np.array([[0.0]]), np.array([[4.0]]), coverage=0.5, scale=np.array([2.0]))
    4.0
    """
    price = 2.0 / (1.0 - coverage)
    score = (upper - lower) + price * np.maximum(lower - y, 0.0) + price * np.maximum(y - upper, 0.0)
    return mean(row_means(score) / scale)


def _pinball(y: Values, yhat: Values, quantile_level: float) -> Values:
    error = y - yhat
    return np.maximum(quantile_level * error, (quantile_level - 1.0) * error)

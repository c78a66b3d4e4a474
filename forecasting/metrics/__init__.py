"""Accuracy metrics: small functions on arrays, and the registries that name them.

Pairs in which either value is NaN are left out: a period that was not observed is not scored. A metric without
any pair to score is NaN, never an exception and never a zero. Shares are shares, not percent, except `smape`
and `mape`, which the field quotes in percent.
"""

from collections.abc import Callable, Mapping

from forecasting.metrics.averages import Values
from forecasting.metrics.point import (
    asymmetric_mae,
    bias,
    mae,
    mape,
    rmse,
    rmspe,
    smape,
    wape,
    within_tolerance,
    zero_actuals,
)
from forecasting.metrics.quantile import coverage, msis, pinball, wql
from forecasting.metrics.scaled import mase, mase_scale, owa, rmsse, rmsse_scale

__all__ = [
    "METRICS",
    "SCALED_METRICS",
    "asymmetric_mae",
    "bias",
    "coverage",
    "mae",
    "mape",
    "mase",
    "mase_scale",
    "msis",
    "owa",
    "pinball",
    "rmse",
    "rmspe",
    "rmsse",
    "rmsse_scale",
    "smape",
    "wape",
    "within_tolerance",
    "wql",
    "zero_actuals",
]

METRICS: Mapping[str, Callable[[Values, Values], float]] = {
    "mae": mae,
    "rmse": rmse,
    "mape": mape,
    "smape": smape,
    "wape": wape,
    "rmspe": rmspe,
    "bias": bias,
}
"""Metrics of `(y, yhat)`."""

SCALED_METRICS: Mapping[str, Callable[[Values, Values, Values], float]] = {"mase": mase, "rmsse": rmsse}
"""Metrics of `(y, yhat, scale)`, with one scale per series, from `mase_scale` and `rmsse_scale`."""

"""Simple exponential smoothing of all series at once, with the smoothing weight chosen per series."""

from typing import Any

import numpy as np
from scipy.signal import lfilter

from forecasting.forecasters.history import last_values
from forecasting.forecasters.panel_forecaster import PanelForecaster
from forecasting.panel import Floats

ALPHAS = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65, 0.8, 0.95)
MEMORY = 256
"""Observations looked at: with the smallest weight, 0.05, an older one counts for less than one in a million."""


class SimpleExponentialSmoothing(PanelForecaster):
    """A level that moves by the share `alpha` of each error, for every period ahead.

    Without `alpha` each series gets the one of `ALPHAS` with the smallest squared one-step error over its last
    `MEMORY` observations. The level starts at the first of them; periods without observation leave it alone.

    >>> import numpy as np
    >>> from forecasting.forecasters import SimpleExponentialSmoothing
    >>> SimpleExponentialSmoothing(alpha=0.5).forecast_panel(np.array([[4.0, 8.0, np.nan]]), h=2, season_length=1)
    array([[6., 6.]])
    """

    def __init__(self, alpha: float | None = None, season_length: int = 1) -> None:
        self.alpha = alpha
        super().__init__(season_length=season_length)

    def _forecast_array(self, y: Floats, h: int, season_length: int) -> Floats:  # noqa: ARG002 - no season here
        alphas = ALPHAS if self.alpha is None else (self.alpha,)
        level, _ = smoothed_level(last_values(y, MEMORY), alphas)
        return np.repeat(level[:, None], h, axis=1)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime
        """Settings with which sktime's conformance suite runs."""
        return [{}, {"alpha": 0.3}]


def smoothed_level(values: Floats, alphas: tuple[float, ...]) -> tuple[Floats, Floats]:
    """The level after the last column and the alpha that gave it, per series, each of shape (S,).

    `values` are right-aligned, NaN only in front. Of several alphas the one with the smallest sum of squared
    one-step errors is taken, the smaller one on a tie. A series without values has the level NaN.
    """
    unknown = np.isnan(values)
    if unknown.any():
        first = values[np.arange(len(values)), np.minimum(unknown.sum(axis=1), values.shape[1] - 1)]
        # In front of the first value the level rests at that value, so errors there are zero and decide nothing.
        values = np.where(unknown, first[:, None], values)
    levels, chosen, best = np.full(len(values), np.nan), np.full(len(values), np.nan), np.full(len(values), np.inf)
    for alpha in alphas:
        path, _ = lfilter([alpha], [1.0, alpha - 1.0], values, axis=1, zi=(1.0 - alpha) * values[:, :1])
        error = values[:, 1:] - path[:, :-1]
        loss = np.einsum("ij,ij->i", error, error)
        better = (loss < best) | np.isnan(chosen)
        levels[better], chosen[better], best[better] = path[better, -1], alpha, loss[better]
    return levels, chosen

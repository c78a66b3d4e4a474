"""What a forecaster is here: it forecasts every series of a panel at once.

    y[i, t]  what series i did in period t, NaN where nothing was observed      (S, T)
    yhat     what it is expected to do in the h periods after the last column   (S, h)

There is no state between the two: the history is an argument, so a backtest at an earlier cutoff is the same call
with fewer columns, and predicting before learning cannot be expressed.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from forecasting.panel import Floats, Texts


@runtime_checkable
class Forecaster(Protocol):
    """Forecasts a whole panel."""

    def forecast(self, y: Floats, h: int, season_length: int) -> "PanelForecast":
        """The next h periods of every series: finite and complete, whatever the history looks like."""
        ...


@dataclass(frozen=True, eq=False)
class PanelForecast:
    """Forecasts of a panel, and which of them are not the forecaster's own.

    `fallback_reason` has one entry per series: None where the forecaster did what its name says,
    otherwise why something simpler, named by `fallback_model`, stood in.
    """

    yhat: Floats
    fallback_reason: Texts
    fallback_model: str = "seasonal_naive"

    @classmethod
    def own(cls, yhat: Floats) -> "PanelForecast":
        """Forecasts without any fallback."""
        return cls(yhat, np.full(len(yhat), None, dtype=object))

    @property
    def is_fallback(self) -> np.typing.NDArray[np.bool_]:
        """Which series fell back."""
        return np.array([reason is not None for reason in self.fallback_reason], dtype=bool)

    @property
    def forecast_source(self) -> Texts:
        """`model` or `baseline`, per series, as stored beside each forecast."""
        return np.where(self.is_fallback, "baseline", "model").astype(object)

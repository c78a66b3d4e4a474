"""The forecasters by name. A new one is a file here and a line in `FORECASTERS`; the conformance suite runs over it."""

from collections.abc import Callable, Mapping
from functools import partial

from forecasting.forecasters.croston import TSB, Croston
from forecasting.forecasters.drift import Drift
from forecasting.forecasters.exponential_smoothing import SimpleExponentialSmoothing
from forecasting.forecasters.moving_average import MovingAverage
from forecasting.forecasters.naive import Naive
from forecasting.forecasters.panel_forecaster import PanelForecaster
from forecasting.forecasters.protocol import Forecaster, PanelForecast
from forecasting.forecasters.seasonal_naive import SeasonalNaive
from forecasting.forecasters.seasonal_window_average import SeasonalWindowAverage
from forecasting.forecasters.theta import Theta

__all__ = [
    "FORECASTERS",
    "TSB",
    "Croston",
    "Drift",
    "Forecaster",
    "MovingAverage",
    "Naive",
    "PanelForecast",
    "PanelForecaster",
    "SeasonalNaive",
    "SeasonalWindowAverage",
    "SimpleExponentialSmoothing",
    "Theta",
]

FORECASTERS: Mapping[str, Callable[[], PanelForecaster]] = {
    "naive": Naive,
    "seasonal_naive": SeasonalNaive,
    "drift": Drift,
    "moving_average": MovingAverage,
    "moving_average_4": partial(MovingAverage, window=4),
    "moving_average_8": partial(MovingAverage, window=8),
    "moving_average_13": partial(MovingAverage, window=13),
    "seasonal_window_average": SeasonalWindowAverage,
    "simple_exponential_smoothing": SimpleExponentialSmoothing,
    "croston": Croston,
    "croston_sba": partial(Croston, variant="sba"),
    "tsb": TSB,
    "theta": Theta,
}
"""Panel forecasters by the name that products and tables use."""

"""The forecasters by name. A new one is a file here and a line in `FORECASTERS`; the conformance suite runs over it."""

from collections.abc import Callable, Mapping

from forecasting.forecasters.moving_average import MovingAverage
from forecasting.forecasters.naive import Naive
from forecasting.forecasters.panel_forecaster import PanelForecaster
from forecasting.forecasters.protocol import Forecaster, PanelForecast
from forecasting.forecasters.seasonal_naive import SeasonalNaive

__all__ = ["FORECASTERS", "Forecaster", "MovingAverage", "Naive", "PanelForecast", "PanelForecaster", "SeasonalNaive"]

FORECASTERS: Mapping[str, Callable[[], PanelForecaster]] = {
    "naive": Naive,
    "seasonal_naive": SeasonalNaive,
    "moving_average": MovingAverage,
}
"""Panel forecasters by the name that products and tables use."""

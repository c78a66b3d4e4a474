"""The forecasters by name. A new one is a file here and a line in `FORECASTERS`; the conformance suite runs over it."""

from collections.abc import Callable, Mapping
from difflib import get_close_matches
from functools import partial

import numpy as np

from forecasting.errors import UnknownForecasterError
from forecasting.forecasters.classical import CLASSICAL, Classical
from forecasting.forecasters.croston import TSB, Croston
from forecasting.forecasters.drift import Drift
from forecasting.forecasters.driver_regression import DriverRegression
from forecasting.forecasters.exponential_smoothing import SimpleExponentialSmoothing
from forecasting.forecasters.global_lightgbm_forecaster import GlobalLightGBMForecaster
from forecasting.forecasters.moving_average import MovingAverage
from forecasting.forecasters.naive import Naive
from forecasting.forecasters.panel_forecaster import PanelForecaster
from forecasting.forecasters.pooled_autoregression import PooledAutoregression
from forecasting.forecasters.pooled_season import PooledSeason
from forecasting.forecasters.pooled_seasonal_level import PooledSeasonalLevel
from forecasting.forecasters.protocol import Forecaster, PanelForecast
from forecasting.forecasters.seasonal_naive import SeasonalNaive
from forecasting.forecasters.seasonal_window_average import SeasonalWindowAverage
from forecasting.forecasters.sktime_forecaster import SktimeForecaster
from forecasting.forecasters.smoothing_ensemble import SmoothingEnsemble
from forecasting.forecasters.specification import build_from_specification, is_specification
from forecasting.forecasters.theta import Theta
from forecasting.model_names import DRIVER_MODEL
from forecasting.regressors import Regressors

__all__ = [
    "CLASSICAL",
    "FORECASTERS",
    "TSB",
    "Classical",
    "Croston",
    "Drift",
    "DriverRegression",
    "Forecaster",
    "GlobalLightGBMForecaster",
    "MovingAverage",
    "Naive",
    "PanelForecast",
    "PanelForecaster",
    "PooledAutoregression",
    "PooledSeason",
    "PooledSeasonalLevel",
    "SeasonalNaive",
    "SeasonalWindowAverage",
    "SimpleExponentialSmoothing",
    "SktimeForecaster",
    "SmoothingEnsemble",
    "Theta",
    "forecaster_named",
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
    "smoothing_ensemble": SmoothingEnsemble,
}
"""Panel forecasters by the name that products and tables use."""

POOLED = "pooled_autoregression"
POOLED_LEVEL = "pooled_seasonal_level"
POOLED_SEASON = "pooled_season"
"""These three, and `driver_regression`, are the forecasters here whose forecast of a series depends on the others."""


def forecaster_named(
    name: str,
    *,
    season_lengths: tuple[int, ...] = (),
    n_jobs: int = 2,
    timeout_seconds: float = 30.0,
    cutoff: np.datetime64 | None = None,
    regressors: Regressors | None = None,
) -> Forecaster:
    """The forecaster of a name: one of `FORECASTERS`, one of `CLASSICAL`, or an sktime specification string.

    `season_lengths` are all seasons of the product, the main one first; `n_jobs` and `timeout_seconds` (per series)
    concern the forecasters that work series by series, `cutoff` (the newest period) those that know dates, `regressors`
    (from the first period of the history to the end of the horizon) those that know plans.

    Raises:
        UnknownForecasterError: no forecaster has this name, or the specification builds none.
    """
    if name == "seasonal_naive":
        return SeasonalNaive(shorter_seasons=season_lengths)
    if name == "smoothing_ensemble":
        return SmoothingEnsemble(season_lengths=season_lengths)
    pooled: Mapping[str, Callable[[], Forecaster]] = {
        POOLED: partial(PooledAutoregression, season_lengths),
        POOLED_LEVEL: partial(PooledSeasonalLevel, cutoff),
        POOLED_SEASON: PooledSeason,
        DRIVER_MODEL: partial(DriverRegression, regressors),
    }
    if name in pooled:
        return pooled[name]()
    if name in FORECASTERS:
        return FORECASTERS[name]()
    if name in CLASSICAL:
        return Classical(n_jobs, timeout_seconds, name=name, season_lengths=season_lengths)
    if is_specification(name):
        build_from_specification(name, season_length=max(season_lengths[:1], default=1))
        return SktimeForecaster(n_jobs, timeout_seconds, specification=name)
    known = [*FORECASTERS, *pooled, *CLASSICAL]
    raise UnknownForecasterError(
        f"expected a forecaster: one of {sorted(known)}, or an sktime specification such as 'NaiveForecaster(sp=7)'; "
        f"found {name!r}, nearest {get_close_matches(name, known, n=3, cutoff=0.4)}. Correct the name."
    )

"""Seasonal window average: the mean of the last few values at the same place in the season."""

from typing import Any

import numpy as np

from forecasting.forecasters.history import last_observed, last_of_season, mean_of_last
from forecasting.forecasters.panel_forecaster import PanelForecaster
from forecasting.panel import Floats


class SeasonalWindowAverage(PanelForecaster):
    """Mean over the last `n_seasons` seasons of the value at the same place; what is not observed is left out.

    A place not observed in any of them gets its latest value from before, then the mean of the last season.

    >>> import numpy as np
    >>> from forecasting.forecasters import SeasonalWindowAverage
    >>> SeasonalWindowAverage(n_seasons=2).forecast_panel(np.array([[9.0, 9, 1, 5, 3, 7]]), h=3, season_length=2)
    array([[2., 6., 2.]])
    """

    def __init__(self, n_seasons: int = 4, season_length: int = 1) -> None:
        self.n_seasons = n_seasons
        super().__init__(season_length=season_length)

    def _forecast_array(self, y: Floats, h: int, season_length: int) -> Floats:
        n_periods = self.n_seasons * season_length
        recent = y[:, -n_periods:]
        padded = np.full((len(y), n_periods), np.nan)
        padded[:, n_periods - recent.shape[1] :] = recent
        places = padded.reshape(len(y), self.n_seasons, season_length)
        known = ~np.isnan(places)
        count = known.sum(axis=1)
        season = np.full(count.shape, np.nan)
        np.divide(np.where(known, places, 0.0).sum(axis=1), count, out=season, where=count > 0)
        if np.isnan(season).any():
            season = np.where(np.isnan(season), last_of_season(y, season_length), season)
            season = np.where(np.isnan(season), mean_of_last(y, season_length)[:, None], season)
            season = np.where(np.isnan(season), last_observed(y)[:, None], season)
        return season[:, np.arange(h) % season_length]

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime
        """Settings with which sktime's conformance suite runs."""
        return [{"n_seasons": 2, "season_length": 3}, {}]

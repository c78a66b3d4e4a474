"""Seasonal naive: the same place in the last season, with a defined answer where there is none."""

from typing import Any

import numpy as np
import numpy.typing as npt

from forecasting.forecasters.history import first_position, last_observed, last_of_season, mean_of_last
from forecasting.forecasters.panel_forecaster import PanelForecaster
from forecasting.panel import Floats


class SeasonalNaive(PanelForecaster):
    """The latest value observed one or more whole seasons before the period to forecast.

    A place in the season that was never observed gets, in this order: the same place in the next shorter season of
    `shorter_seasons`, the mean of what was observed within the last season, the last observed value, zero.

    >>> import numpy as np
    >>> from forecasting.forecasters import SeasonalNaive
    >>> SeasonalNaive().forecast_panel(np.array([[9.0, 1.0, 2.0, 3.0]]), h=4, season_length=3)
    array([[1., 2., 3., 1.]])
    """

    def __init__(self, season_length: int = 1, shorter_seasons: tuple[int, ...] = ()) -> None:
        self.shorter_seasons = shorter_seasons
        super().__init__(season_length=season_length)

    def _forecast_array(self, y: Floats, h: int, season_length: int) -> Floats:
        yhat = _repeat(last_of_season(y, season_length), h)
        shorter = sorted((m for m in self.shorter_seasons if m < season_length), reverse=True)
        for m in shorter:
            if not np.isnan(yhat).any():
                return yhat
            yhat = np.where(np.isnan(yhat), _repeat(last_of_season(y, m), h), yhat)
        if np.isnan(yhat).any():
            yhat = np.where(np.isnan(yhat), mean_of_last(y, season_length)[:, None], yhat)
            yhat = np.where(np.isnan(yhat), last_observed(y)[:, None], yhat)
        return yhat

    def _fallback_reasons(self, y: Floats, season_length: int) -> npt.NDArray[np.object_]:
        reasons = super()._fallback_reasons(y, season_length)
        history = y.shape[1] - first_position(~np.isnan(y))
        for i in np.flatnonzero((history > 0) & (history < season_length)):
            reasons[i] = f"{history[i]} periods of history, shorter than a season of {season_length}"
        return reasons

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime
        """Settings with which sktime's conformance suite runs."""
        return [{"season_length": 3}, {"season_length": 12, "shorter_seasons": (4,)}]


def _repeat(season: Floats, h: int) -> Floats:
    return season[:, np.arange(h) % season.shape[1]]

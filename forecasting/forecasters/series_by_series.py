"""The base of forecasters that know one series at a time: from a panel to histories, and back."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from forecasting.forecasters.gaps import fill_gaps
from forecasting.forecasters.history import first_position
from forecasting.forecasters.panel_forecaster import within_history
from forecasting.forecasters.protocol import PanelForecast
from forecasting.forecasters.seasonal_naive import SeasonalNaive
from forecasting.forecasters.series_runner import ForecastOne, Limits, forecast_each
from forecasting.panel import Floats, Texts

_MIN_OBSERVATIONS = 3


@dataclass(frozen=True)
class SeriesBySeries(ABC):
    """Forecasts every series on its own, in parallel; what fails gets the seasonal naive forecast and a reason.

    A series is handed over from its first observation on, at most the last `max_periods` of it (or four of the longest
    season, if that is more): older ones cost time in proportion and hardly move a forecast. Gaps are closed by the
    season before. One that stopped early is forecast beyond the cutoff from its last observation, unless that is more
    than two seasons (and a horizon) ago.
    """

    n_jobs: int = 2
    timeout_seconds: float = 30.0
    max_periods: int = 512
    modules: ClassVar[tuple[str, ...]] = ()

    def _all_seasons(self) -> tuple[int, ...]:
        """Seasons beside the main one that the history must show."""
        return (1,)

    @abstractmethod
    def series_forecaster(self, season_length: int) -> ForecastOne:
        """The function that forecasts one series; it must survive pickling."""

    def forecast(self, y: Floats, h: int, season_length: int) -> PanelForecast:
        """The next h periods of every series: finite and complete, stand-ins marked with the reason."""
        season_length = max(season_length, 1)
        yhat = SeasonalNaive().forecast_panel(y, h, season_length)
        observed = ~np.isnan(y)
        since_last = first_position(observed[:, ::-1])
        reasons = _reasons_not_to_try(observed.sum(axis=1), since_last, max(2 * season_length, h))
        tried = np.flatnonzero(reasons == None)  # noqa: E711 - elementwise on an object array
        width = max(self.max_periods, 4 * max(season_length, *self._all_seasons()))
        histories, steps = [], []
        for i in tried:
            last = y.shape[1] - since_last[i]
            row = fill_gaps(y[i : i + 1, max(last - width, 0) : last], season_length)[0]
            histories.append(np.ascontiguousarray(row[~np.isnan(row)]))
            steps.append(h + int(since_last[i]))
        limits = Limits(self.n_jobs, self.timeout_seconds, self.modules)
        outcomes = forecast_each(self.series_forecaster(season_length), histories, steps, season_length, limits)
        for i, n_steps, (values, reason) in zip(tried, steps, outcomes, strict=True):
            if values is None:
                reasons[i] = reason
            elif len(values) != n_steps or not np.isfinite(values).all():
                reasons[i] = f"expected {n_steps} finite values, found {np.isfinite(values).sum()} of {len(values)}"
            else:
                yhat[i] = values[-h:]
        return PanelForecast(within_history(yhat, y), reasons)


def _reasons_not_to_try(n_observed: np.ndarray, since_last: np.ndarray, too_long: int) -> Texts:
    reasons = np.full(len(n_observed), None, dtype=object)
    for i in np.flatnonzero(since_last > too_long):
        reasons[i] = f"nothing observed in the last {since_last[i]} periods"
    for i in np.flatnonzero(n_observed < _MIN_OBSERVATIONS):
        reasons[i] = f"{n_observed[i]} observations, at least {_MIN_OBSERVATIONS} are needed"
    return reasons

"""The classical tier: ETS, Theta, ARIMA, CES, MFLES and intermittent methods on the statsforecast engine.

One series at a time, straight on the engine's models: sktime's adapters to the same models add about 19 ms to each
series. They remain available by specification string, for example `StatsForecastAutoETS(sp=season_length)`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, ClassVar

import numpy as np

from forecasting.errors import UnknownForecasterError
from forecasting.forecasters.series_by_series import SeriesBySeries
from forecasting.forecasters.series_runner import ForecastOne
from forecasting.panel import Floats

_ENGINE = "statsforecast.models"
Seasons = tuple[int, ...]
_LONGEST_ARIMA_SEASON = 24  # beyond it one seasonal ARIMA search takes minutes; `mstl_arima` is the way


@dataclass(frozen=True)
class Classical(SeriesBySeries):
    """A model of the statsforecast engine, by its name in `CLASSICAL`.

    `season_lengths` are all seasons of the product; models that know several use those that a series has twice.
    Without them the season length of the call is the only one.
    """

    modules: ClassVar[tuple[str, ...]] = (_ENGINE,)
    name: str = "auto_ets"
    season_lengths: Seasons = ()

    def __post_init__(self) -> None:
        if self.name not in CLASSICAL:
            raise UnknownForecasterError(
                f"expected the name of a classical model, one of {sorted(CLASSICAL)}, found {self.name!r}."
            )

    def _all_seasons(self) -> Seasons:
        return (1, *self.season_lengths)

    def series_forecaster(self, season_length: int) -> ForecastOne:
        """The engine's model as a function of one history."""
        seasons = tuple(sorted({season_length, *self.season_lengths}))
        return partial(_forecast_one, self.name, seasons)


def _forecast_one(name: str, seasons: Seasons, y: Floats, h: int, season_length: int) -> Floats:
    if np.ptp(y) == 0:
        return np.full(h, y[-1])  # several models of the engine refuse, or divide by, a constant
    known = tuple(m for m in seasons if 1 < m <= len(y) // 2)
    # Importing the engine takes seconds: only the processes that forecast with it pay.
    engine = import_module(_ENGINE)
    mean: Floats = CLASSICAL[name](engine, season_length, known).forecast(y=y, h=h)["mean"]
    return mean


def _auto_arima(engine: Any, m: int, seasons: Seasons) -> Any:  # noqa: ARG001 - one signature for all
    return engine.AutoARIMA(season_length=m if m <= _LONGEST_ARIMA_SEASON else 1)


def _mstl(trend: Callable[[Any], Any], engine: Any, m: int, seasons: Seasons) -> Any:  # noqa: ARG001 - as above
    """Seasons removed by repeated STL, the last of each repeated; the rest is forecast by a model without a season."""
    return engine.MSTL(season_length=list(seasons), trend_forecaster=trend(engine)) if seasons else trend(engine)


CLASSICAL: Mapping[str, Callable[[Any, int, Seasons], Any]] = {
    "auto_ets": lambda engine, m, _: engine.AutoETS(season_length=m),
    "auto_theta": lambda engine, m, _: engine.AutoTheta(season_length=m),
    "dynamic_optimized_theta": lambda engine, m, _: engine.DynamicOptimizedTheta(season_length=m),
    "auto_arima": _auto_arima,
    "auto_ces": lambda engine, m, _: engine.AutoCES(season_length=m),
    "mfles": lambda engine, m, seasons: engine.MFLES(season_length=list(seasons) or m),
    "mstl_ets": partial(_mstl, lambda engine: engine.AutoETS(model="ZZN")),
    "mstl_theta": partial(_mstl, lambda engine: engine.AutoTheta()),
    "mstl_arima": partial(_mstl, lambda engine: engine.AutoARIMA()),
    "imapa": lambda engine, *_: engine.IMAPA(),
    "adida": lambda engine, *_: engine.ADIDA(),
    "croston_optimized": lambda engine, *_: engine.CrostonOptimized(),
}
"""How the engine builds each model from the main season and the seasons that the series has at least twice."""

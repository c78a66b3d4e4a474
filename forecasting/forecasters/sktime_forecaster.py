"""Any sktime forecaster, named by its specification string, trained series by series."""

from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from forecasting.forecasters.series_by_series import SeriesBySeries
from forecasting.forecasters.series_runner import ForecastOne
from forecasting.forecasters.specification import build_from_specification
from forecasting.panel import Floats


@dataclass(frozen=True)
class SktimeForecaster(SeriesBySeries):
    """An sktime forecaster such as `NaiveForecaster(strategy="last", sp=season_length)`.

    A series reaches it as a pandas Series numbered from zero, without gaps; `season_length` in the specification
    is the product's main season. What the specification builds is checked before any series is tried.
    """

    specification: str = "NaiveForecaster()"

    def series_forecaster(self, season_length: int) -> ForecastOne:
        """The forecaster as a function of one history.

        Raises:
            UnknownForecasterError: the specification builds no forecaster.
        """
        return partial(_forecast_one, build_from_specification(self.specification, season_length))


def _forecast_one(forecaster: Any, y: Floats, h: int, season_length: int) -> Floats:  # noqa: ARG001 - built in
    fresh = forecaster.clone()
    fresh.fit(pd.Series(y), fh=np.arange(1, h + 1))
    yhat: Floats = np.asarray(fresh.predict(), dtype=np.float64)
    return yhat

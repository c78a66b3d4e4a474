"""The base of our own panel forecasters: one array method, usable here and as an sktime forecaster.

sktime loops over series in Python, about 19 ms each, unless a forecaster takes panels natively.
These do: whatever sktime hands over (one series, a panel, a hierarchy) becomes one matrix and one array call.
"""

from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

from forecasting.forecasters.history import last_observed
from forecasting.forecasters.protocol import PanelForecast
from forecasting.forecasters.residuals import residual_quantiles
from forecasting.panel import Floats

_BLOCK = 1_024  # series at a time: working copies fit the processor's cache, and memory does not grow with the panel


class PanelForecaster(BaseForecaster):  # type: ignore[misc] # sktime is untyped
    """A forecaster that is a function of arrays; a subclass writes `_forecast_array`.

    `season_length` of the constructor is used when sktime calls; `forecast_panel` is told by its caller.
    """

    # sktime's default keeps a copy of all data beside ours and warns that it will stop doing so.
    _config: ClassVar[dict[str, Any]] = {"remember_data": False}
    _tags: ClassVar[dict[str, Any]] = {
        "y_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "X_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "capability:exogenous": False,
        "capability:multivariate": False,
        "capability:insample": False,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "capability:missing_values": True,
        "capability:update": True,
        "requires-fh-in-fit": False,
    }

    may_leave_range: ClassVar[bool] = False
    """Whether forecasts can lie outside everything observed, so that their sign needs watching."""

    chooses_for_horizon: ClassVar[bool] = False
    """Whether a step may be forecast differently when more or fewer steps are asked for."""

    def __init__(self, season_length: int = 1) -> None:
        self.season_length = season_length
        self._X: pd.DataFrame | None = None
        self._y: pd.DataFrame | None = None
        super().__init__()

    def forecast_panel(self, y: Floats, h: int, season_length: int) -> Floats:
        """The next h periods of every series, shape (S, h): finite, and never negative if the history never was.

        A forecast that cannot be computed (no history, or values beyond floating point) is the last observed value,
        or zero.
        """
        history = np.asarray(y, dtype=np.float64)
        yhat = np.zeros((len(history), h))
        if history.shape[1] == 0:
            return yhat
        for start in range(0, len(history), _BLOCK):
            block = history[start : start + _BLOCK]
            with np.errstate(over="ignore", invalid="ignore", divide="ignore", under="ignore"):
                said = self._forecast_array(block, h, max(season_length, 1))
            yhat[start : start + _BLOCK] = within_history(said, block, watch_sign=self.may_leave_range)
        return yhat

    def forecast(self, y: Floats, h: int, season_length: int) -> PanelForecast:
        """The same as `forecast_panel`, with the series marked that got something simpler."""
        yhat = self.forecast_panel(y, h, season_length)
        return PanelForecast(yhat, self._fallback_reasons(y, season_length))

    def _forecast_array(self, y: Floats, h: int, season_length: int) -> Floats:
        """The forecasts of some of the series; NaN where the method has none. Series must not influence each other."""
        raise NotImplementedError(f"expected {type(self).__name__} to define _forecast_array; add it to the class.")

    def _fallback_reasons(self, y: Floats, season_length: int) -> npt.NDArray[np.object_]:  # noqa: ARG002 - subclasses use it
        reasons = np.full(len(y), None, dtype=object)
        reasons[np.isnan(last_observed(y))] = "no observation up to the cutoff"
        return reasons

    # What sktime calls.

    def _fit(self, y: pd.DataFrame, X: pd.DataFrame | None = None, fh: Any = None) -> Self:  # noqa: ARG002, N803 - sktime
        self._history = y
        self._matrix, self._instances = _matrix(y)
        return self

    def _update(self, y: pd.DataFrame, X: pd.DataFrame | None = None, update_params: bool = True) -> Self:  # noqa: ARG002, N803 - sktime
        if update_params:
            self._fit(y.combine_first(self._history))
        return self

    def _predict(self, fh: ForecastingHorizon, X: pd.DataFrame | None = None) -> pd.DataFrame:  # noqa: ARG002, N803 - sktime
        steps = self._steps(fh)
        yhat = self.forecast_panel(self._matrix, int(steps.max()), self.season_length)[:, steps - 1]
        return pd.DataFrame(yhat.reshape(-1, 1), index=self._future_index(fh), columns=self._history.columns)

    def _predict_quantiles(self, fh: ForecastingHorizon, X: pd.DataFrame | None, alpha: list[float]) -> pd.DataFrame:  # noqa: ARG002, N803 - sktime
        steps = self._steps(fh)
        h = int(steps.max())
        yhat = self.forecast_panel(self._matrix, h, self.season_length)
        offsets = residual_quantiles(self.forecast_panel, self._matrix, h, self.season_length, alpha)
        quantiles = (yhat[:, :, None] + offsets)[:, steps - 1, :]
        name = self._history.columns[0] if self._history.columns[0] is not None else 0
        columns = pd.MultiIndex.from_product([[name], alpha])
        return pd.DataFrame(quantiles.reshape(-1, len(alpha)), index=self._future_index(fh), columns=columns)

    def _steps(self, fh: ForecastingHorizon) -> npt.NDArray[np.int64]:
        return np.asarray(fh.to_relative(self.cutoff).to_numpy(), dtype=np.int64)

    def _future_index(self, fh: ForecastingHorizon) -> pd.Index:
        times: pd.Index = fh.to_absolute_index(self.cutoff)
        if self._instances is None:
            return times
        keys = [(*np.atleast_1d(instance), time) for instance in self._instances for time in times]
        return pd.MultiIndex.from_tuples(keys, names=self._history.index.names)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime
        """Settings with which sktime's conformance suite runs."""
        return [{}, {"season_length": 3}]


def within_history(yhat: Floats, y: Floats, *, watch_sign: bool = True) -> Floats:
    """The forecasts made finite, and cut at zero for every series that was never negative."""
    broken = ~np.isfinite(yhat)
    if broken.any():
        stand_in = np.nan_to_num(last_observed(y), nan=0.0)
        yhat = np.where(broken, stand_in[:, None], yhat)
    if watch_sign:
        negative = (yhat < 0).any(axis=1)
        if negative.any():
            never = ~(y[negative] < 0).any(axis=1)
            rows = np.flatnonzero(negative)[never]
            yhat = yhat.copy()
            yhat[rows] = np.maximum(yhat[rows], 0.0)
    return yhat


def _matrix(y: pd.DataFrame) -> tuple[Floats, pd.Index | None]:
    """The matrix of a frame as sktime keeps it, and its instances (None for a single series)."""
    values = y.iloc[:, 0].to_numpy(dtype=np.float64)
    if not isinstance(y.index, pd.MultiIndex):
        return values.reshape(1, -1), None
    keys: pd.Index = y.index.droplevel(-1)
    rows, instances = keys.factorize()
    columns, times = pd.factorize(y.index.get_level_values(-1), sort=True)
    matrix = np.full((len(instances), len(times)), np.nan)
    matrix[rows, columns] = values
    return matrix, pd.Index(instances)

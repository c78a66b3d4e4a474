"""One candidate model at one cutoff: forecasts of every series, whatever goes wrong with some of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from threadpoolctl import threadpool_limits

from forecasting.errors import ForecastingError
from forecasting.forecasters import SeasonalNaive, forecaster_named
from forecasting.model_names import FALLBACK_MODEL, GLOBAL_MODEL
from forecasting.panel import Floats, Panel, Texts
from forecasting.task import ForecastTask
from forecasting.window_result import place_rows

# A forecast this many times beyond everything ever observed is a defect of the model, not news about the series.
_RANGE_FACTOR = 10.0


@dataclass(frozen=True, eq=False)
class CandidateForecast:
    """Forecasts of one model: complete and finite; `reason` is None where they are the model's own."""

    model: str
    yhat: Floats
    reason: Texts
    fallback_model: str = FALLBACK_MODEL

    @property
    def fell_back(self) -> npt.NDArray[np.bool_]:
        """Which series got a stand-in."""
        return np.array([reason is not None for reason in self.reason], dtype=bool)


class GlobalPredictor(Protocol):
    """A trained global model, in memory or in a bundle."""

    def predict(self, rows: pa.Table) -> Floats:
        """One forecast per feature row, in units of the target."""
        ...


@dataclass(frozen=True)
class Untrained:
    """Stands in for a global model that could not be trained; every series falls back, for this reason."""

    reason: str


class FeatureLoader(Protocol):
    """Where feature rows come from; the caller decides whether that is a warehouse or a table in memory."""

    @property
    def targets_change(self) -> bool:
        """Whether a target may count otherwise for models that learn at different cutoffs."""
        ...

    def training_rows(self, cutoff: datetime) -> pa.Table:
        """Rows from which a model standing at `cutoff` may learn, with targets as they count there; not later ones."""
        ...

    def forecast_rows(self, cutoff: datetime) -> pa.Table:
        """The rows of every series and step after `cutoff`, as known then."""
        ...


def run_panel_model(name: str, task: ForecastTask, past: Panel) -> CandidateForecast:
    """A forecaster of the registry, or of a specification string, on everything up to the panel's cutoff."""
    regressors = past.regressors
    forecaster = forecaster_named(
        name,
        season_lengths=task.season_lengths,
        n_jobs=task.num_threads,
        cutoff=past.cutoff,
        regressors=None if regressors is None else regressors.at(past.end, past.start, task.horizon),
    )

    def attempt() -> tuple[Floats, Texts]:
        # Two threads add up a product of matrices in another order than one: the last digits would follow the machine.
        with threadpool_limits(limits=1, user_api="blas"):
            answer = forecaster.forecast(past.y, task.horizon, past.season_length)
        return answer.yhat.copy(), answer.fallback_reason.copy()

    return _guarded(name, task, past, attempt)


def run_global_model(
    trained: GlobalPredictor | Untrained, task: ForecastTask, past: Panel, rows: pa.Table
) -> CandidateForecast:
    """The global model on the feature rows of the panel's cutoff; a series without rows falls back."""

    def attempt() -> tuple[Floats, Texts]:
        if isinstance(trained, Untrained):
            nothing = np.full((past.n_series, task.horizon), np.nan)
            return nothing, np.full(past.n_series, trained.reason, dtype=object)
        yhat = place_rows(rows, trained.predict(rows), past, task.horizon)
        reasons = np.full(past.n_series, None, dtype=object)
        reasons[np.isnan(yhat).any(axis=1)] = "no feature row for some step"
        return yhat, reasons

    return _guarded(GLOBAL_MODEL, task, past, attempt)


def _guarded(
    name: str, task: ForecastTask, past: Panel, attempt: Callable[[], tuple[Floats, Texts]]
) -> CandidateForecast:
    """Run a model; replace what is missing, not finite or beyond all bounds by the seasonal naive forecast."""
    try:
        yhat, reasons = attempt()
    except ForecastingError:
        raise
    except Exception as error:  # noqa: BLE001 - a model of a third party may raise anything; the run must go on
        yhat = np.full((past.n_series, task.horizon), np.nan)
        reasons = np.full(past.n_series, f"{type(error).__name__}: {error}", dtype=object)
    missing = ~np.isfinite(yhat).all(axis=1)
    beyond = ~missing & (np.abs(np.nan_to_num(yhat)) > _bounds(past)[:, None]).any(axis=1)
    _note(reasons, missing, "forecast not finite")
    _note(reasons, beyond, f"forecast beyond {_RANGE_FACTOR:g} times everything observed")
    broken = missing | beyond
    if broken.any():
        yhat[broken] = SeasonalNaive().forecast(past.y[broken], task.horizon, past.season_length).yhat
    if not task.allow_negative:
        np.maximum(yhat, 0.0, out=yhat)
    return CandidateForecast(name, yhat, reasons)


def _note(reasons: Texts, where: npt.ArrayLike, text: str) -> None:
    for i in np.flatnonzero(where):
        if reasons[i] is None:
            reasons[i] = text


def _bounds(past: Panel) -> Floats:
    """The largest forecast that a series' own history makes believable; unlimited where it was always zero."""
    return np.where(past.largest > 0, _RANGE_FACTOR * past.largest, np.inf)

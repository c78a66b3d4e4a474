"""The global LightGBM model as an sktime forecaster: panels in, forecasts and quantiles out, no warehouse needed."""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sktime.forecasting.base import BaseForecaster, ForecastingHorizon

from forecasting import periods
from forecasting.errors import FeatureMismatchError, NotEnoughHistoryError, UnknownFrequencyError
from forecasting.forecasters.global_lightgbm import TrainingRows
from forecasting.forecasters.origin_rows import History, feature_rows, keys_of_origin, sampled_keys
from forecasting.forecasters.residuals import residual_quantiles
from forecasting.forecasters.seasonal_naive import SeasonalNaive
from forecasting.forecasters.sktime_grid import SktimeGrid, calendar_columns
from forecasting.panel import Floats
from forecasting.quantiles import WindowErrors, calibrate, predict_quantiles, series_scale
from forecasting.task import FeatureColumn, ForecastTask, LightGBMSettings, TargetKind

# Fewer rows than this teach a calibration model nothing that its errors could be trusted for.
_MIN_CALIBRATION_ROWS = 50
# Its trees are many and slow: two trainings of them differ little.
_N_MEMBERS = 2


class GlobalLightGBMForecaster(BaseForecaster):  # type: ignore[misc] # sktime is untyped
    """One gradient boosting model for all series of a panel; every step has rows of its own, nothing is fed back.

    Learns from the levels, the aligned seasonal values and the calendar known at many past origins, and from the
    columns of `X`, which must be known ahead: `predict` needs them for the periods asked for. Quantiles come from
    its errors in windows held back from a first training (Mondrian conformal), not from further models.

    Args:
        season_lengths: seasons in periods, the main one first; None takes those usual for the frequency of the index.
        horizon: steps that are trained; None takes the largest of `fh` in `fit`, or one main season without it.
            Steps beyond it are forecast like the last trained one, with the features of their own period.
        n_trees: boosting rounds.
        learning_rate: shrinkage of each tree.
        num_leaves: leaves per tree at most; few rows get smaller trees.
        min_data_in_leaf: rows per leaf at most asked for; few rows ask for less.
        steps_per_origin: how many of the steps each past origin of a series teaches.
        max_rows: training rows at most; more history gets wider spaced origins.
        n_calibration_windows: windows of `horizon` held back to calibrate quantiles; 0 is without a second training.
        num_threads: threads of LightGBM; the same number gives the same model.
        seed: of the sampled steps and of the trees.

    >>> import numpy as np, pandas as pd
    >>> from forecasting.forecasters import GlobalLightGBMForecaster
    >>> days = pd.date_range("2024-01-01", periods=140, freq="D")
    >>> y = pd.Series(np.tile([10.0, 20, 20, 20, 20, 40, 0], 20), index=days)
    >>> GlobalLightGBMForecaster(n_trees=50).fit(y, fh=[1, 2, 6, 7]).predict().round().tolist()
    [10.0, 20.0, 40.0, 0.0]
    """

    _config: ClassVar[dict[str, Any]] = {"remember_data": False}
    _tags: ClassVar[dict[str, Any]] = {
        "authors": ["forecasting"],
        "y_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "X_inner_mtype": ["pd.DataFrame", "pd-multiindex", "pd_multiindex_hier"],
        "capability:exogenous": True,
        "capability:multivariate": False,
        "capability:insample": False,
        "capability:pred_int": True,
        "capability:pred_int:insample": False,
        "capability:missing_values": True,
        "capability:update": True,
        "requires-fh-in-fit": False,
        "python_dependencies": "lightgbm",
    }

    def __init__(
        self,
        season_lengths: tuple[int, ...] | None = None,
        horizon: int | None = None,
        n_trees: int = 300,
        learning_rate: float = 0.05,
        num_leaves: int = 127,
        min_data_in_leaf: int = 100,
        steps_per_origin: int = 4,
        max_rows: int = 300_000,
        n_calibration_windows: int = 2,
        num_threads: int = 2,
        seed: int = 2026,
    ) -> None:
        self.season_lengths = season_lengths
        self.horizon = horizon
        self.n_trees = n_trees
        self.learning_rate = learning_rate
        self.num_leaves = num_leaves
        self.min_data_in_leaf = min_data_in_leaf
        self.steps_per_origin = steps_per_origin
        self.max_rows = max_rows
        self.n_calibration_windows = n_calibration_windows
        self.num_threads = num_threads
        self.seed = seed
        self._X: pd.DataFrame | None = None
        self._y: pd.DataFrame | None = None
        super().__init__()

    def _fit(self, y: pd.DataFrame, X: pd.DataFrame | None = None, fh: ForecastingHorizon | None = None) -> Self:  # noqa: N803 - sktime
        self._seen_y, self._seen_X = y, X
        self._driver_names = _driver_names(X)
        self._trained_horizon = self._horizon(y, fh)
        self._learn()
        return self

    def _update(self, y: pd.DataFrame, X: pd.DataFrame | None = None, update_params: bool = True) -> Self:  # noqa: N803 - sktime
        self._seen_y = y.combine_first(self._seen_y)
        if X is not None and self._seen_X is not None:
            self._seen_X = X.combine_first(self._seen_X)
        if update_params:
            self._learn()
        return self

    def _predict(self, fh: ForecastingHorizon, X: pd.DataFrame | None = None) -> pd.DataFrame:  # noqa: N803 - sktime
        steps = self._steps(fh)
        grid, history = self._history(int(steps.max()), X)
        yhat = self._forecast(history, history.n_periods - 1, steps)
        index = grid.index_of(fh.to_absolute_index(self.cutoff), self._seen_y)
        return pd.DataFrame(yhat.reshape(-1, 1), index=index, columns=self._seen_y.columns)

    def _predict_quantiles(
        self,
        fh: ForecastingHorizon,
        X: pd.DataFrame | None,  # noqa: N803 - sktime
        alpha: list[float],
    ) -> pd.DataFrame:
        steps = self._steps(fh)
        every_step = np.arange(1, int(steps.max()) + 1)
        grid, history = self._history(len(every_step), X)
        yhat = self._forecast(history, history.n_periods - 1, every_step)
        levels = sorted(alpha)
        quantiles = self._quantiles(history, yhat, levels)[:, steps - 1, :]
        name = self._seen_y.columns[0] if self._seen_y.columns[0] is not None else 0
        index = grid.index_of(fh.to_absolute_index(self.cutoff), self._seen_y)
        columns = pd.MultiIndex.from_product([[name], levels])
        frame = pd.DataFrame(quantiles.reshape(-1, len(levels)), index=index, columns=columns)
        return frame[[(name, level) for level in alpha]]

    def _learn(self) -> None:
        """Train on everything seen, and once more without the last windows, whose errors say how wide intervals are."""
        _, history = self._history(0, None)
        self._task = self._task_for(history)
        keys = sampled_keys(
            history,
            self._trained_horizon,
            steps_per_origin=self.steps_per_origin,
            max_rows=self.max_rows,
            seed=self.seed,
        )
        if keys[0].size == 0:
            raise NotEnoughHistoryError(
                f"expected at least one value after another in some series; found {history.n_periods} periods. "
                "Give more history."
            )
        rows = feature_rows(history, *keys)
        origins = self._calibration_origins(history, keys[1] + keys[2])
        newest = history.n_periods - 1
        trainer = TrainingRows(
            rows,
            self._task,
            oldest_cutoff=_cutoff(origins[0] if origins else newest),
            newest_cutoff=_cutoff(newest),
            # A constant is what sktime expects of a history of two weeks, too.
            fewest_rows=2,
        )
        self._errors: tuple[WindowErrors, ...] = ()
        if origins:
            self._model = trainer.train(_cutoff(origins[0]))
            self._errors = tuple(self._errors_at(history, origin) for origin in origins)
        self._model = trainer.train(_cutoff(newest))

    def _forecast(self, history: History, origin: int, steps: npt.NDArray[np.int64]) -> Floats:
        rows = feature_rows(history, *keys_of_origin(history, origin, steps.tolist()))
        yhat: Floats = self._model.predict(rows).reshape(len(history.y), len(steps))
        return yhat

    def _quantiles(self, history: History, yhat: Floats, levels: Sequence[float]) -> Floats:
        """Shape (series, steps, levels). Without a held back window the errors of seasonal naive stand in."""
        season_length = self._task.season_length
        if not any(np.isfinite(errors.y).any() for errors in self._errors):
            naive = SeasonalNaive().forecast_panel
            offsets = residual_quantiles(naive, history.y, yhat.shape[1], season_length, levels)
            plain: Floats = yhat[:, :, None] + offsets
            return plain if self._task.allow_negative else np.maximum(plain, 0.0)
        scale = series_scale(history.y, season_length)
        calibration = calibrate(self._errors, levels)
        return predict_quantiles(calibration, yhat, scale, allow_negative=self._task.allow_negative)

    def _errors_at(self, history: History, origin: int) -> WindowErrors:
        steps = np.arange(1, self._trained_horizon + 1)
        y = history.y[:, origin + 1 : origin + 1 + len(steps)]
        past = history.y[:, : origin + 1]
        started = np.isfinite(past).sum(axis=1) > 0
        return WindowErrors(
            y=np.where(started[:, None], y, np.nan),
            yhat=self._forecast(history, origin, steps),
            scale=series_scale(past, self._task.season_length),
        )

    def _calibration_origins(self, history: History, targets: npt.NDArray[np.intp]) -> list[int]:
        """Origins of the windows held back, oldest first; as many as leave enough rows to train without them."""
        origins: list[int] = []
        for number in range(self.n_calibration_windows, 0, -1):
            oldest = history.n_periods - 1 - number * self._trained_horizon
            if oldest > 0 and np.count_nonzero(targets <= oldest) >= _MIN_CALIBRATION_ROWS:
                return [oldest + k * self._trained_horizon for k in range(number)]
        return origins

    def _history(self, n_ahead: int, future: pd.DataFrame | None) -> tuple[SktimeGrid, History]:
        """Everything seen, with the calendar and the columns of `X` for `n_ahead` more periods."""
        grid = SktimeGrid.of(self._seen_y)
        times = grid.times
        if n_ahead:
            ahead = ForecastingHorizon(np.arange(1, n_ahead + 1), is_relative=True)
            times = times.append(ahead.to_absolute_index(self.cutoff))
        return grid, History(
            y=grid.array(self._seen_y)[:, :, 0],
            season_lengths=self._seasons(grid.times),
            drivers=self._drivers(grid, times, future, n_ahead),
            calendar=calendar_columns(times),
        )

    def _drivers(
        self, grid: SktimeGrid, times: pd.Index, future: pd.DataFrame | None, n_ahead: int
    ) -> dict[str, Floats]:
        if self._seen_X is None:
            return {}
        if n_ahead and (future is None or list(future.columns) != list(self._seen_X.columns)):
            found = "none" if future is None else list(future.columns)
            raise FeatureMismatchError(
                f"expected X with the columns {list(self._seen_X.columns)} for the periods to forecast, as in fit; "
                f"found {found}. Pass the planned values to predict, or fit without X."
            )
        values = grid.array(self._seen_X, times)
        if future is not None:
            planned = grid.array(future, times)
            values = np.where(np.isnan(planned), values, planned)
        return {name: values[:, :, k] for k, name in enumerate(self._driver_names)}

    def _task_for(self, history: History) -> ForecastTask:
        features = [
            FeatureColumn(name, is_categorical=name == "day_of_week")
            for name in feature_rows(history, *keys_of_origin(history, history.n_periods - 1, [])).column_names
            if name not in {"unique_id", "cutoff", "ds", "y"}
        ]
        known = history.y[~np.isnan(history.y)]
        return ForecastTask(
            freq="D",  # of the stand-in times; the seasons are those of the data
            season_lengths=history.season_lengths,
            horizon=self._trained_horizon,
            target_kind=_kind(known),
            allow_negative=bool((known < 0).any()),
            candidates=("lightgbm",),
            seed=self.seed,
            num_threads=self.num_threads,
            lightgbm=LightGBMSettings(
                n_trees=self.n_trees,
                learning_rate=self.learning_rate,
                num_leaves=self.num_leaves,
                min_data_in_leaf=self.min_data_in_leaf,
                n_members=_N_MEMBERS,
            ),
            features=tuple(features),
        )

    def _seasons(self, times: pd.Index) -> tuple[int, ...]:
        if self.season_lengths is not None:
            return tuple(self.season_lengths)
        freq = getattr(times, "freqstr", None)
        if isinstance(times, pd.PeriodIndex):
            freq = {"M": "ME", "Q": "QE", "Y": "YE"}.get(str(freq).split("-")[0], freq)
        try:
            return periods.season_lengths(str(freq))
        except UnknownFrequencyError:
            return (1,)

    def _horizon(self, y: pd.DataFrame, fh: ForecastingHorizon | None) -> int:
        if self.horizon is not None:
            return self.horizon
        if fh is None:
            return self._seasons(SktimeGrid.of(y).times)[0]
        return max(1, int(self._steps(fh).max()))

    def _steps(self, fh: ForecastingHorizon) -> npt.NDArray[np.int64]:
        return np.asarray(fh.to_relative(self.cutoff).to_numpy(), dtype=np.int64)

    @classmethod
    def get_test_params(cls, parameter_set: str = "default") -> list[dict[str, Any]]:  # noqa: ARG003 - sktime
        """Settings with which sktime's conformance suite runs."""
        small = {"n_trees": 5, "num_threads": 1}
        return [small, {**small, "season_lengths": (3, 6), "horizon": 4, "n_calibration_windows": 0, "max_rows": 60}]


def _cutoff(position: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(days=position)  # noqa: DTZ001 - the stand-in times have no zone


def _kind(known: Floats) -> TargetKind:
    if (known < 0).any() or (known != np.floor(known)).any():
        return "continuous"
    return "intermittent" if (known == 0).mean() > 0.5 else "count"


def _driver_names(frame: pd.DataFrame | None) -> list[str]:
    """Names that LightGBM takes, one per column: it refuses commas, brackets and quotation marks."""
    if frame is None:
        return []
    plain = [re.sub(r"\W", "_", str(column)) for column in frame.columns]
    return [name if plain.count(name) == 1 else f"{name}_{k}" for k, name in enumerate(plain)]

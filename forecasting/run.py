"""The three steps of a product, each a function of tables: backtest, train, forecast.

    observations ─┬─▶ run_backtest ─▶ forecasts, quantiles, choices, failures, alarms of the past
    feature rows ─┤        │
                  ├─▶ train ──▶ a trained global model
                  └─▶ forecast ◀─ the backtest's table: who is chosen, how wide the intervals are

Nothing is carried from one to the next but tables and the trained model, so each can run in a process of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forecasting.backtest import Backtest, backtest, forecast_window
from forecasting.candidates import FeatureLoader, GlobalPredictor, Untrained
from forecasting.ensemble import combine, learn_weights
from forecasting.forecasters.global_lightgbm import GlobalLightGBM
from forecasting.forecasters.trained_model import TrainedModel
from forecasting.intervals import calibration_for, window_quantiles
from forecasting.leak_alarm import LeakAlarm, feature_alarms, gain_alarms
from forecasting.metric_optimum import at_optimum
from forecasting.model_names import ENSEMBLE, FALLBACK_MODEL, GLOBAL_MODEL
from forecasting.panel import Panel
from forecasting.segments import segments
from forecasting.selection import Choice, choose, losses
from forecasting.tables import FORECAST_QUANTILES, MODEL_CHOICES, empty
from forecasting.task import ForecastTask
from forecasting.window_result import (
    WindowResult,
    backtest_table,
    forecast_table,
    quantile_table,
    read_backtest,
)


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """Tables `BACKTEST_FORECASTS`, `BACKTEST_QUANTILES`, `MODEL_CHOICES`, `SERIES_FAILURES`, and leak alarms.

    `choices` holds, per cutoff, the choice that was possible there, from windows that were over by then; its newest
    cutoff is the end of the observations and has learnt from all windows.
    """

    forecasts: pa.Table = field(repr=False)
    quantiles: pa.Table = field(repr=False)
    choices: pa.Table = field(repr=False)
    failures: pa.Table = field(repr=False)
    alarms: tuple[LeakAlarm, ...] = ()
    windows: tuple[WindowResult, ...] = field(default=(), repr=False)


@dataclass(frozen=True, eq=False)
class ForecastResult:
    """Tables `FORECASTS`, `FORECAST_QUANTILES`, `MODEL_CHOICES` and `SERIES_FAILURES` of one cutoff."""

    forecasts: pa.Table = field(repr=False)
    quantiles: pa.Table = field(repr=False)
    choices: pa.Table = field(repr=False)
    failures: pa.Table = field(repr=False)


def run_backtest(
    task: ForecastTask, observations: pa.Table, features: FeatureLoader | None, cutoffs: Sequence[datetime]
) -> BacktestResult:
    """Everything a backtest can say, as tables.

    `observations` needs `unique_id, ds, y`; rows with `is_stockout` count as not observed, neither learnt nor scored.
    """
    panel = build_panel(task, observations)
    done = backtest(task, panel, features, cutoffs)
    windows = _with_ensembles(task, done)
    labels = segments(panel)
    choices = [
        _choice_rows(panel, window.cutoff, _choose(task, windows[:number], labels, window.cutoff), labels)
        for number, window in enumerate(windows)
    ]
    final = _choose(task, windows, labels, None)
    choices.append(_choice_rows(panel, panel.cutoff.astype("datetime64[us]").item(), final, labels))
    return BacktestResult(
        forecasts=backtest_table(windows),
        quantiles=_backtest_quantiles(task, windows, final),
        choices=pa.concat_tables(choices),
        failures=done.failures,
        alarms=_alarms(task, windows, features),
        windows=windows,
    )


def train(task: ForecastTask, feature_rows: pa.Table, cutoff: datetime) -> TrainedModel:
    """The global model, trained on the rows that were known at `cutoff`."""
    return GlobalLightGBM(task).fit(feature_rows, cutoff)


def forecast(
    task: ForecastTask,
    observations: pa.Table,
    cutoff: datetime,
    *,
    feature_rows: pa.Table | None = None,
    trained: GlobalPredictor | None = None,
    backtest_forecasts: pa.Table | None = None,
) -> ForecastResult:
    """What every candidate says about the periods after `cutoff`, and quantiles of the model each series is served by.

    `backtest_forecasts` (`BACKTEST_FORECASTS`) decides about choices, ensemble weights and interval widths; without
    it the task's preferred model serves every series, without quantiles.
    """
    panel = build_panel(task, observations, cutoff)
    history = read_backtest(backtest_forecasts, panel, task.horizon) if backtest_forecasts is not None else ()
    predictor: GlobalPredictor | Untrained | None = trained
    able = task
    if trained is None and GLOBAL_MODEL in task.candidates and feature_rows is not None:
        predictor = Untrained("no global model could be trained at this cutoff")
        able = replace(
            task, candidates=tuple(model for model in task.candidates if model != GLOBAL_MODEL) or (GLOBAL_MODEL,)
        )
    window, failures = forecast_window(task, panel, cutoff, predictor, feature_rows)
    labels = segments(panel)
    window = _add_ensemble(task, _at_optimum(task, window, history), history)
    chosen = _choose(able, history, labels, cutoff)
    return ForecastResult(
        forecasts=forecast_table(window),
        quantiles=_served_quantiles(task, window, history, chosen, labels),
        choices=_choice_rows(panel, cutoff, chosen, labels, eligible=window.eligible),
        failures=failures,
    )


def build_panel(task: ForecastTask, observations: pa.Table, cutoff: datetime | None = None) -> Panel:
    """The panel of a task up to `cutoff`; stock-outs count as not observed."""
    if "is_stockout" in observations.column_names:
        sold_out = pc.fill_null(observations.column("is_stockout"), False)
        y = pc.if_else(sold_out, pa.scalar(None, pa.float64()), observations.column("y").cast(pa.float64()))
        observations = observations.set_column(observations.column_names.index("y"), "y", y)
    end = None if cutoff is None else np.datetime64(cutoff, "us")
    return Panel.from_long(observations, freq=task.freq, season_length=task.season_length, cutoff=end)


def _with_ensembles(task: ForecastTask, done: Backtest) -> tuple[WindowResult, ...]:
    windows: list[WindowResult] = []
    for window in done.windows:
        windows.append(_add_ensemble(task, _at_optimum(task, window, windows), windows))
    return tuple(windows)


def _at_optimum(task: ForecastTask, window: WindowResult, earlier: Sequence[WindowResult]) -> WindowResult:
    return at_optimum(window, earlier, GLOBAL_MODEL, task.selection_metric)


def _add_ensemble(task: ForecastTask, window: WindowResult, earlier: Sequence[WindowResult]) -> WindowResult:
    """The window with the ensemble of its models, weighted by what earlier windows had shown by then."""
    members = [model for model in window.models if model != ENSEMBLE]
    if ENSEMBLE not in task.candidates or len(members) < 2:
        return window
    known = [past.known_until(window.cutoff) for past in earlier if past.cutoff < window.cutoff]
    usable = [past for past in known if all(model in past.models for model in members)]
    weights = learn_weights(usable, members)
    every_member_fell_back = np.logical_and.reduce([window.fell_back[model] for model in members])
    return window.with_model(ENSEMBLE, combine(window, weights), every_member_fell_back)


def _choose(
    task: ForecastTask, windows: Sequence[WindowResult], labels: np.typing.NDArray[np.object_], cutoff: datetime | None
) -> tuple[Choice, ...]:
    known = [window if cutoff is None else window.known_until(cutoff) for window in windows]
    known = [window for window in known if (window.eligible[:, None] & ~np.isnan(window.y)).any()]
    if not known:
        return (Choice("all", preferred_model(task), "no finished backtest window yet"),)
    return choose(losses(known, task.selection_metric), [str(label) for label in labels])


def preferred_model(task: ForecastTask) -> str:
    """Who serves before there is any evidence: the global model, else seasonal naive, else the first candidate."""
    for model in (GLOBAL_MODEL, FALLBACK_MODEL):
        if model in task.candidates:
            return model
    return task.candidates[0]


def _choice_rows(
    panel: Panel,
    cutoff: datetime,
    choices: Sequence[Choice],
    labels: np.typing.NDArray[np.object_],
    eligible: np.typing.NDArray[np.bool_] | None = None,
) -> pa.Table:
    by_segment = {choice.segment: choice for choice in choices}
    of_series = [by_segment.get(label, by_segment["all"]) for label in labels]
    table = pa.table(
        {
            "unique_id": pa.array(panel.unique_ids, pa.string()),
            "cutoff": pa.array([cutoff] * panel.n_series, pa.timestamp("us")),
            "model": [choice.model for choice in of_series],
            "reason": [choice.reason for choice in of_series],
        },
        schema=MODEL_CHOICES,
    )
    return table if eligible is None else table.filter(pa.array(eligible))


def _backtest_quantiles(task: ForecastTask, windows: Sequence[WindowResult], final: Sequence[Choice]) -> pa.Table:
    """Quantiles of the models that serve and of the baselines beside them, from the calibration windows on."""
    served = list(dict.fromkeys([choice.model for choice in final] + list(task.quantile_models)))
    tables = [empty(FORECAST_QUANTILES)]
    for number, window in enumerate(windows):
        if number < task.n_calibration_windows:
            continue
        for model in served:
            if model not in window.models:
                continue
            calibration = calibration_for(task, model, window.cutoff, windows[:number])
            if calibration is None:
                continue
            values = window_quantiles(task, window, model, calibration)
            tables.append(quantile_table(window, model, task.quantile_levels, values, window.eligible))
    return pa.concat_tables(tables)


def _served_quantiles(
    task: ForecastTask,
    window: WindowResult,
    history: Sequence[WindowResult],
    choices: Sequence[Choice],
    labels: np.typing.NDArray[np.object_],
) -> pa.Table:
    by_segment = {choice.segment: choice.model for choice in choices}
    models = np.array([by_segment.get(label, by_segment["all"]) for label in labels], dtype=object)
    tables = [empty(FORECAST_QUANTILES)]
    for model in sorted(set(models)):
        calibration = calibration_for(task, model, window.cutoff, history)
        if calibration is not None:
            values = window_quantiles(task, window, model, calibration)
            tables.append(quantile_table(window, model, task.quantile_levels, values, models == model))
    return pa.concat_tables(tables)


def _alarms(
    task: ForecastTask, windows: Sequence[WindowResult], features: FeatureLoader | None
) -> tuple[LeakAlarm, ...]:
    alarms = gain_alarms(windows, task.leak_gain)
    if features is not None and GLOBAL_MODEL in task.candidates:
        alarms += feature_alarms(features.forecast_rows(windows[-1].cutoff))
    return alarms

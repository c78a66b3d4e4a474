"""The three steps of a product, each a function of tables: backtest, train, forecast.

    observations ─┬─▶ run_backtest ─▶ forecasts, quantiles, choices, failures, alarms of the past
    feature rows ─┤        │
    structure ────┼─▶ train ──▶ a trained global model
                  └─▶ forecast ◀─ the backtest's table: who is chosen, how wide the intervals are

The structure says which series add up to which node, and which are forecast; without it there is the bottom level only.
Nothing is carried from one to the next but tables and the trained model, so each can run in a process of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from forecasting.backtest import Backtest, backtest, forecast_window
from forecasting.candidates import FeatureLoader, GlobalPredictor, Untrained
from forecasting.correcting import BiasCorrector, with_corrected
from forecasting.eligibility import Eligibility
from forecasting.ensemble import Weights, combine, learn_weights
from forecasting.forecasters.global_lightgbm import GlobalLightGBM
from forecasting.leak_alarm import LeakAlarm, feature_alarms, gain_alarms
from forecasting.levels import RECONCILED, with_unobserved
from forecasting.metric_optimum import at_optimum
from forecasting.model_names import BASELINES, DRIVER_MODEL, ENSEMBLE, FALLBACK_MODEL, GLOBAL_MODEL
from forecasting.panel import Panel, Texts
from forecasting.regressors import Regressors
from forecasting.row_stream import RowStream
from forecasting.segments import segments
from forecasting.selection import Choice, choose, losses
from forecasting.served_quantiles import backtest_quantiles, live_quantiles
from forecasting.serving import ServedCutoff, Server, Structure
from forecasting.task import ForecastTask
from forecasting.trained_model import TrainedModel
from forecasting.window_result import WindowReader, WindowResult, backtest_rows, forecast_rows


@dataclass(frozen=True, eq=False)
class BacktestResult:
    """Rows of `BACKTEST_FORECASTS` and `BACKTEST_QUANTILES`; tables of choices, failures and decisions; alarms.

    `choices` (`MODEL_CHOICES`) holds, per cutoff, the choice that was possible there, from windows that were over by
    then; its newest cutoff is the end of the observations and has learnt from all windows.
    """

    forecast_rows: RowStream = field(repr=False)
    quantile_rows: RowStream = field(repr=False)
    choices: pa.Table = field(repr=False)
    failures: pa.Table = field(repr=False)
    bias_decisions: pa.Table = field(repr=False)
    alarms: tuple[LeakAlarm, ...] = ()
    windows: tuple[WindowResult, ...] = field(default=(), repr=False)

    @cached_property
    def forecasts(self) -> pa.Table:
        """`BACKTEST_FORECASTS` as one table, for who has the room."""
        return self.forecast_rows.read()

    @cached_property
    def quantiles(self) -> pa.Table:
        """`BACKTEST_QUANTILES` as one table, for who has the room."""
        return self.quantile_rows.read()


@dataclass(frozen=True, eq=False)
class ForecastResult:
    """Rows of `FORECASTS` and `FORECAST_QUANTILES`, tables `MODEL_CHOICES` and `SERIES_FAILURES`, of one cutoff.

    `ensemble_weights` has `unique_id` and the weight of each member in a column of its name; None without an ensemble.
    """

    forecast_rows: RowStream = field(repr=False)
    quantile_rows: RowStream = field(repr=False)
    choices: pa.Table = field(repr=False)
    failures: pa.Table = field(repr=False)
    ensemble_weights: pa.Table | None = field(default=None, repr=False)

    @cached_property
    def forecasts(self) -> pa.Table:
        """`FORECASTS` as one table, for who has the room."""
        return self.forecast_rows.read()

    @cached_property
    def quantiles(self) -> pa.Table:
        """`FORECAST_QUANTILES` as one table, for who has the room."""
        return self.quantile_rows.read()


def run_backtest(
    task: ForecastTask,
    observations: pa.Table | Panel,
    features: FeatureLoader | None,
    cutoffs: Sequence[datetime],
    structure: Structure | None = None,
    versions: pa.Table | None = None,
) -> BacktestResult:
    """Everything a backtest can say, as tables.

    `observations` needs `unique_id, ds, y`; rows with `is_stockout` count as not observed, neither learnt nor scored.
    Who has no room for them beside the panel gives the panel that `build_panel` made of them.
    With `versions` (`build_panel`) every window sees what was known at its cutoff; it is scored by `observations`.
    """
    panel = observations
    if not isinstance(panel, Panel):
        panel = build_panel(task, panel, structure=structure, versions=versions)
    server = Server(task, panel, structure)
    done = backtest(task, panel, features, cutoffs)
    of_features = () if done.newest_rows is None else feature_alarms(done.newest_rows)
    done = replace(done, newest_rows=None)
    windows = tuple(server.restricted(window) for window in _with_ensembles(task, done))
    corrector = BiasCorrector(task)
    served: list[ServedCutoff] = []
    for number, window in enumerate(windows):
        labels = _segments_at(panel, window.cutoff)
        choices = _choose(task, windows[:number], labels, window.cutoff)
        of_series = corrector.at(server.series_at(window, choices, labels), labels)
        served.append(server.with_levels(of_series, served))
    labels = segments(panel.until(panel.end))
    final = _choose(task, windows, labels, None)
    end: datetime = panel.cutoff.astype("datetime64[us]").item()
    decisions = corrector.decision_rows(end)
    rows_at_the_end = server.choices_after(corrector.chosen(final), labels, served)
    further = [window for cutoff in served for window in cutoff.further_windows()]
    every_model = with_corrected(windows, served)
    return BacktestResult(
        forecast_rows=backtest_rows([*every_model, *further]),
        quantile_rows=backtest_quantiles(task, every_model, served, final, rows_at_the_end, server.groups_at),
        choices=pa.concat_tables([*(cutoff.choice_rows() for cutoff in served), rows_at_the_end]),
        failures=done.failures,
        bias_decisions=decisions,
        alarms=(*gain_alarms(windows, task.leak_gain), *of_features),
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
    backtest_forecasts: pa.Table | Iterable[pa.Table] | None = None,
    structure: Structure | None = None,
    versions: pa.Table | None = None,
    regressors: Regressors | None = None,
) -> ForecastResult:
    """What every candidate says about the periods after `cutoff`, and quantiles of the model each series is served by.

    `backtest_forecasts` (`BACKTEST_FORECASTS`, whole or in parts) decides about choices, ensemble weights and interval
    widths; without it the task's preferred model serves every series, without quantiles.
    """
    panel = build_panel(task, observations, cutoff, structure, versions, regressors)
    server = Server(task, panel, structure)
    labels = segments(panel.until(panel.end))
    corrector = BiasCorrector(task)
    history, past_served = _recorded(task, server, corrector, panel, backtest_forecasts)
    predictor: GlobalPredictor | Untrained | None = trained
    able = task
    if trained is None and GLOBAL_MODEL in task.candidates and feature_rows is not None:
        predictor = Untrained("no global model could be trained at this cutoff")
        able = replace(
            task, candidates=tuple(model for model in task.candidates if model != GLOBAL_MODEL) or (GLOBAL_MODEL,)
        )
    window, failures = forecast_window(task, panel, cutoff, predictor, feature_rows)
    window = _at_optimum(task, window, history)
    weights = _ensemble_weights(task, window, history)
    window = server.restricted(_add_ensemble(window, weights))
    chosen = _choose(able, history, labels, cutoff)
    served = server.with_levels(corrector.at(server.series_at(window, chosen, labels), labels), past_served)
    every_model = with_corrected([window], [served])[0]
    history = with_corrected(history, past_served)
    return ForecastResult(
        forecast_rows=forecast_rows([every_model, *served.further_windows()]),
        quantile_rows=live_quantiles(task, every_model, served, history, past_served, server.groups_at),
        choices=served.choice_rows(),
        failures=failures,
        ensemble_weights=None if weights is None else _weight_table(window, weights),
    )


def build_panel(
    task: ForecastTask,
    observations: pa.Table,
    cutoff: datetime | None = None,
    structure: Structure | None = None,
    versions: pa.Table | None = None,
    regressors: Regressors | None = None,
) -> Panel:
    """The panel of a task up to `cutoff`; stock-outs count as not observed.

    Series that only the structure knows, because nothing was observed of them yet, are in it without a value.
    `versions` (`unique_id, ds, known_index, superseded_index, y, is_stockout`) are all versions of the observations
    that were known late or otherwise once, by the period number of the cutoffs from which and before which they count.
    """
    observations = _without_stockouts(observations)
    end = None if cutoff is None else np.datetime64(cutoff, "us")
    if structure is not None and observations.num_rows:
        told = pc.unique(observations.column("unique_id")).cast(pa.string())
        known = Eligibility(structure.eligibility).unique_ids
        silent = known.filter(pc.invert(pc.is_in(known, value_set=told))).to_pylist()
        first = np.datetime64(pc.min(observations.column("ds").cast(pa.timestamp("us"))).as_py(), "us")
        observations = with_unobserved(observations, silent, first)
    panel = Panel.from_long(observations, freq=task.freq, season_length=task.season_length, cutoff=end)
    panel = panel.with_regressors(regressors)
    return panel if versions is None else panel.with_revisions(_without_stockouts(versions))


def _without_stockouts(observations: pa.Table) -> pa.Table:
    if "is_stockout" not in observations.column_names:
        return observations
    sold_out = pc.fill_null(observations.column("is_stockout"), False)
    y = pc.if_else(sold_out, pa.scalar(None, pa.float64()), observations.column("y").cast(pa.float64()))
    return observations.set_column(observations.column_names.index("y"), "y", y)


def _recorded(
    task: ForecastTask,
    server: Server,
    corrector: BiasCorrector,
    panel: Panel,
    rows: pa.Table | Iterable[pa.Table] | None,
) -> tuple[tuple[WindowResult, ...], list[ServedCutoff]]:
    """The windows of a backtest's rows, and how each of them was served."""
    if rows is None:
        return (), []
    of_series = WindowReader(panel, task.horizon, task.candidates)
    of_levels = []
    if server.has_levels:
        levels = server.levels_at(panel.cutoff.astype("datetime64[us]").item())
        of_levels = [WindowReader(levels.panel, task.horizon), WindowReader(panel, task.horizon, [RECONCILED])]
    for part in [rows] if isinstance(rows, pa.Table) else rows:
        for reader in (of_series, *of_levels):
            reader.add(part)
    history = of_series.windows()
    served = []
    for number, window in enumerate(history):
        labels = _segments_at(panel, window.cutoff)
        choices = _choose(task, history[:number], labels, window.cutoff)
        served.append(corrector.at(server.series_at(window, choices, labels), labels))
    if not of_levels:
        return history, served
    nodes, reconciled = (reader.windows() for reader in of_levels)
    return history, [
        server.with_recorded_levels(cutoff, *levels) for cutoff, *levels in zip(served, nodes, reconciled, strict=True)
    ]


def _segments_at(panel: Panel, cutoff: datetime) -> Texts:
    """The segment of every series as its history up to the cutoff has it: a choice there knew no more."""
    return segments(panel.until(np.datetime64(cutoff, "us")))


def _with_ensembles(task: ForecastTask, done: Backtest) -> tuple[WindowResult, ...]:
    windows: list[WindowResult] = []
    for window in done.windows:
        corrected = _at_optimum(task, window, windows)
        windows.append(_add_ensemble(corrected, _ensemble_weights(task, corrected, windows)))
    return tuple(windows)


def _at_optimum(task: ForecastTask, window: WindowResult, earlier: Sequence[WindowResult]) -> WindowResult:
    for model in (GLOBAL_MODEL, DRIVER_MODEL):
        window = at_optimum(window, earlier, model, task.selection_metric)
    return window


def _add_ensemble(window: WindowResult, weights: Weights | None) -> WindowResult:
    """The window with the ensemble of its models; unchanged without weights."""
    if weights is None:
        return window
    every_member_fell_back = np.logical_and.reduce([window.fell_back[model] for model in weights])
    return window.with_model(ENSEMBLE, combine(window, weights), every_member_fell_back)


def _ensemble_weights(task: ForecastTask, window: WindowResult, earlier: Sequence[WindowResult]) -> Weights | None:
    """What earlier windows had shown by then about the models of the window; None where no ensemble is wanted."""
    members = [model for model in window.models if model != ENSEMBLE]
    if ENSEMBLE not in task.candidates or len(members) < 2:
        return None
    known = [past.known_until(window.cutoff) for past in earlier if past.cutoff < window.cutoff]
    usable = [past for past in known if all(model in past.models for model in members)]
    return learn_weights(usable, members)


def _weight_table(window: WindowResult, weights: Weights) -> pa.Table:
    n_series = len(window.unique_ids)
    columns = {model: np.broadcast_to(weight, n_series) for model, weight in weights.items()}
    return pa.table({"unique_id": pa.array(window.unique_ids, pa.string()), **columns})


def _choose(
    task: ForecastTask, windows: Sequence[WindowResult], labels: Texts, cutoff: datetime | None
) -> tuple[Choice, ...]:
    known = [window if cutoff is None else window.known_until(cutoff) for window in windows]
    known = [window for window in known if (window.eligible[:, None] & ~np.isnan(window.y)).any()]
    if not known:
        return (Choice("all", preferred_model(task), "no finished backtest window yet"),)
    return choose(losses(known, task.selection_metric), [str(label) for label in labels])


def preferred_model(task: ForecastTask) -> str:
    """Who serves before there is any evidence: an ensemble of models that learn, the global model, seasonal naive."""
    if ENSEMBLE in task.candidates and set(task.candidates) - {ENSEMBLE, *BASELINES}:
        return ENSEMBLE
    for model in (GLOBAL_MODEL, FALLBACK_MODEL):
        if model in task.candidates:
            return model
    return task.candidates[0]

"""Quantiles of what is served at every level: of series by their models, of cold series by their peers, of nodes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import pyarrow as pa

from forecasting.bias_correction import CORRECTED
from forecasting.cold_start import COLD_START, PeerGroups, cold_quantiles, errors_of_peers
from forecasting.intervals import calibration_for, window_quantiles
from forecasting.levels import RECONCILED, SERVED
from forecasting.quantiles import WindowErrors
from forecasting.row_stream import RowStream
from forecasting.selection import Choice
from forecasting.serving import ServedCutoff
from forecasting.tables import FORECAST_QUANTILES
from forecasting.task import ForecastTask
from forecasting.window_result import Flags, WindowResult, quantile_parts

GroupsAt = Callable[[datetime], PeerGroups]


def backtest_quantiles(
    task: ForecastTask,
    windows: Sequence[WindowResult],
    served: Sequence[ServedCutoff],
    final: Sequence[Choice],
    rows_at_the_end: pa.Table,
    groups_at: GroupsAt,
) -> RowStream:
    """Quantiles of the models that serve and of the baselines beside them, from the calibration windows on."""
    in_force = set(rows_at_the_end.column("model").to_pylist())
    of_series = list(dict.fromkeys([choice.model for choice in final] + list(task.quantile_models) + [CORRECTED]))

    def parts() -> Iterator[pa.Table]:
        for number, (window, cutoff) in enumerate(zip(windows, served, strict=True)):
            if number < task.n_calibration_windows:
                continue
            for model in of_series:
                if model in window.models:
                    yield from _of_model(task, window, windows[:number], model, window.eligible)
            past = served[:number]
            yield from _of_cold_series(task, cutoff, past, groups_at, COLD_START)
            if cutoff.levels is not None and cutoff.level_choice is not None:
                for model in sorted(in_force & set(cutoff.levels.nodes.models) | {cutoff.level_choice.model}):
                    yield from _of_levels(task, cutoff, past, groups_at, model)

    return RowStream(FORECAST_QUANTILES, parts)


def live_quantiles(
    task: ForecastTask,
    window: WindowResult,
    served: ServedCutoff,
    history: Sequence[WindowResult],
    past: Sequence[ServedCutoff],
    groups_at: GroupsAt,
) -> RowStream:
    """Quantiles of the model that each series and node is served by."""

    def parts() -> Iterator[pa.Table]:
        if not served.is_reconciled:
            for model in sorted(set(served.models[window.eligible]) & set(window.models)):
                yield from _of_model(task, window, history, model, served.models == model)
            yield from _of_cold_series(task, served, past, groups_at, COLD_START)
        if served.level_choice is not None:
            yield from _of_levels(task, served, past, groups_at, served.level_choice.model)

    return RowStream(FORECAST_QUANTILES, parts)


def _of_model(
    task: ForecastTask, window: WindowResult, earlier: Sequence[WindowResult], model: str, series: Flags
) -> Iterator[pa.Table]:
    calibration = calibration_for(task, model, window.cutoff, earlier)
    if calibration is not None:
        values = window_quantiles(task, window, model, calibration)
        yield from quantile_parts(window, model, task.quantile_levels, values, series)


def _of_levels(
    task: ForecastTask, cutoff: ServedCutoff, past: Sequence[ServedCutoff], groups_at: GroupsAt, model: str
) -> Iterator[pa.Table]:
    """Quantiles of the nodes, and of the bottom series too where they are reconciled."""
    if cutoff.levels is None:
        return
    earlier = [done.levels for done in past if done.levels is not None]
    nodes = cutoff.levels.nodes
    yield from _of_model(task, nodes, [window.nodes for window in earlier], model, nodes.eligible)
    if model == RECONCILED:
        bottom = cutoff.levels.bottom
        yield from _of_model(task, bottom, [window.bottom for window in earlier], model, ~cutoff.is_cold)
        yield from _of_cold_series(task, cutoff, past, groups_at, RECONCILED)


def _of_cold_series(
    task: ForecastTask, cutoff: ServedCutoff, past: Sequence[ServedCutoff], groups_at: GroupsAt, model: str
) -> Iterator[pa.Table]:
    """Quantiles of the cold series, around what their peers say or around what reconciling made of it."""
    if cutoff.cold is None or not cutoff.is_cold.any():
        return
    window = cutoff.cold.window
    yhat = window.yhat[COLD_START]
    if model == RECONCILED and cutoff.levels is not None:
        yhat = cutoff.levels.bottom.yhat[RECONCILED]
    errors = [_errors(done, window, groups_at(done.bottom.cutoff)) for done in past]
    values = cold_quantiles(cutoff.cold, yhat, errors, task.quantile_levels, allow_negative=task.allow_negative)
    if values is not None:
        yield from quantile_parts(window, model, task.quantile_levels, values, cutoff.is_cold)


def _errors(done: ServedCutoff, window: WindowResult, groups: PeerGroups) -> WindowErrors:
    known = done.bottom.known_until(window.cutoff)
    return errors_of_peers(replace(known, eligible=known.eligible & ~done.is_cold), SERVED, groups)

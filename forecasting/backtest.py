"""Rolling-origin backtests: every candidate at every cutoff, on the same series and steps.

A window sees a panel that ends at its cutoff and feature rows that were known there, nothing else. Training rows are
put in bins once for all windows, and the refit policy says at which of them the global model learns again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa

from forecasting.candidates import (
    CandidateForecast,
    FeatureLoader,
    GlobalPredictor,
    Untrained,
    run_global_model,
    run_panel_model,
)
from forecasting.cutoffs import Window, refit_at, windows_at
from forecasting.errors import NotEnoughHistoryError
from forecasting.forecasters.global_lightgbm import TrainingRows
from forecasting.forecasters.trained_model import TrainedModel
from forecasting.model_names import ENSEMBLE, GLOBAL_MODEL
from forecasting.panel import Panel
from forecasting.tables import SERIES_FAILURES, empty
from forecasting.task import ForecastTask
from forecasting.window_result import Flags, WindowResult, place_rows, scale_at


@dataclass(frozen=True, eq=False)
class Backtest:
    """The finished windows, oldest first, and the series that fell back in them (`SERIES_FAILURES`)."""

    windows: tuple[WindowResult, ...]
    failures: pa.Table = field(repr=False)


def backtest(task: ForecastTask, panel: Panel, features: FeatureLoader | None, cutoffs: Sequence[datetime]) -> Backtest:
    """Forecasts of all candidates at all cutoffs.

    `features` may be None when no candidate needs them.
    Raises `NotEnoughHistoryError` when a cutoff lies outside the panel.
    """
    windows = windows_at(cutoffs, task.freq, task.horizon)
    if not windows:
        raise NotEnoughHistoryError("expected at least one cutoff to stand in; found none. Ask for n_windows >= 1.")
    trainer = _GlobalTrainer(task, features, windows) if features and GLOBAL_MODEL in task.candidates else None
    results, failures = [], []
    for number, window in enumerate(windows):
        trained = trainer.model_at(number) if trainer else None
        rows = features.forecast_rows(window.cutoff) if features and trained else None
        result, failed = forecast_window(task, panel, window.cutoff, trained, rows)
        results.append(result)
        failures.append(failed)
    return Backtest(tuple(results), pa.concat_tables(failures))


def forecast_window(
    task: ForecastTask,
    panel: Panel,
    cutoff: datetime,
    trained: GlobalPredictor | Untrained | None,
    rows: pa.Table | None,
) -> tuple[WindowResult, pa.Table]:
    """One cutoff: what every candidate says, and `SERIES_FAILURES` of the series that fell back.

    Forecast are the series with feature rows, or, without features, the ones observed up to the cutoff.
    """
    end = np.datetime64(cutoff, "us")
    past = panel.until(end)
    answers: list[CandidateForecast] = []
    for name in task.candidates:
        if name == GLOBAL_MODEL:
            if trained is not None and rows is not None:
                answers.append(run_global_model(trained, task, past, rows))
        elif name != ENSEMBLE:  # made of the others, once all of them have answered
            answers.append(run_panel_model(name, task, past))
    eligible: Flags = np.asarray(past.is_observed.any(axis=1))
    if rows is not None:
        placed = place_rows(rows, np.zeros(rows.num_rows), past, task.horizon)
        eligible = np.asarray(np.isfinite(placed).any(axis=1))
    result = WindowResult(
        cutoff=cutoff,
        freq=panel.freq,
        unique_ids=panel.unique_ids,
        eligible=eligible,
        y=panel.actuals(end, task.horizon),
        scale=scale_at(past),
        yhat={answer.model: answer.yhat for answer in answers},
        fell_back={answer.model: answer.fell_back for answer in answers},
    )
    return result, _failures(answers, result)


class _GlobalTrainer:
    """Trains the global model where the refit policy asks for it, on one binned set of rows."""

    def __init__(self, task: ForecastTask, features: FeatureLoader, windows: Sequence[Window]) -> None:
        self._refit = refit_at(len(windows), task.refit)
        fits = [window.cutoff for window, learns in zip(windows, self._refit, strict=True) if learns]
        self._cutoffs = [window.cutoff for window in windows]
        rows = features.training_rows(fits[-1])
        self._rows: TrainingRows | None = None
        self._model: TrainedModel | Untrained | None = None
        try:
            self._rows = TrainingRows(rows, task, oldest_cutoff=fits[0], newest_cutoff=fits[-1])
        except NotEnoughHistoryError as error:
            # A short history is no fault of the run: the other candidates have an answer.
            self._model = Untrained(str(error))

    def model_at(self, number: int) -> TrainedModel | Untrained:
        """The model in force at a window; called for the oldest window first."""
        if self._rows is not None and (self._refit[number] or self._model is None):
            self._model = self._rows.train(self._cutoffs[number])
        return self._model or Untrained("expected a model trained at an earlier window; found none")


def _failures(answers: Sequence[CandidateForecast], window: WindowResult) -> pa.Table:
    tables = []
    for answer in answers:
        failed = np.flatnonzero(answer.fell_back & window.eligible)
        if failed.size == 0:
            continue
        n_rows = failed.size
        tables.append(
            pa.table(
                {
                    "unique_id": window.unique_ids[failed],
                    "model": [answer.model] * n_rows,
                    "cutoff": [window.cutoff] * n_rows,
                    "reason": answer.reason[failed],
                    "fallback_model": [answer.fallback_model] * n_rows,
                },
                schema=SERIES_FAILURES,
            )
        )
    return pa.concat_tables(tables) if tables else empty(SERIES_FAILURES)

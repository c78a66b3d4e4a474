"""Rolling-origin backtests: every candidate at every cutoff, on the same series and steps.

A window sees a panel that ends at its cutoff and feature rows that were known there, nothing else. Training rows are
put in bins once for neighbouring windows, and the refit policy says at which of them the global model learns again.
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
from forecasting.feature_rows import timestamps
from forecasting.forecasters.global_lightgbm import TrainingRows
from forecasting.model_names import ENSEMBLE, GLOBAL_MODEL
from forecasting.panel import Panel
from forecasting.tables import SERIES_FAILURES, empty
from forecasting.task import ForecastTask
from forecasting.trained_model import TrainedModel
from forecasting.window_result import Flags, WindowResult, place_rows, scale_at

_GROWTH_BEFORE_NEW_BINS = 1.25


@dataclass(frozen=True, eq=False)
class Backtest:
    """The finished windows, oldest first, and the series that fell back in them (`SERIES_FAILURES`).

    `newest_rows` are the feature rows of the newest window, None without a global model.
    """

    windows: tuple[WindowResult, ...]
    failures: pa.Table = field(repr=False)
    newest_rows: pa.Table | None = field(default=None, repr=False)


def backtest(task: ForecastTask, panel: Panel, features: FeatureLoader | None, cutoffs: Sequence[datetime]) -> Backtest:
    """Forecasts of all candidates at all cutoffs.

    `features` may be None when no candidate needs them.
    Raises `NotEnoughHistoryError` when a cutoff lies outside the panel.
    """
    windows = windows_at(cutoffs, task.freq, task.horizon)
    if not windows:
        raise NotEnoughHistoryError("expected at least one cutoff to stand in; found none. Ask for n_windows >= 1.")
    trainer = _GlobalTrainer(task, features, windows) if features and GLOBAL_MODEL in task.candidates else None
    results, failures, rows = [], [], None
    for number, window in enumerate(windows):
        trained = trainer.model_at(number) if trainer else None
        rows = features.forecast_rows(window.cutoff) if features and trained else None
        result, failed = forecast_window(task, panel, window.cutoff, trained, rows)
        results.append(result)
        failures.append(failed)
    return Backtest(tuple(results), pa.concat_tables(failures), rows)


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
    """Trains the global model where the refit policy asks for it; a set of binned rows serves neighbouring windows."""

    def __init__(self, task: ForecastTask, features: FeatureLoader, windows: Sequence[Window]) -> None:
        self._task = task
        self._refit = refit_at(len(windows), task.refit)
        self._cutoffs = [window.cutoff for window in windows]
        self._fits = [cutoff for cutoff, learns in zip(self._cutoffs, self._refit, strict=True) if learns]
        self._features = features
        self._source: pa.Table | None = features.training_rows(self._fits[-1])
        self._ds = timestamps(self._source, "ds")
        self._rows: TrainingRows | None = None
        self._n_enough = 0.0
        self._model: TrainedModel | Untrained | None = None

    def model_at(self, number: int) -> TrainedModel | Untrained:
        """The model in force at a window; called for the oldest window first."""
        cutoff = self._cutoffs[number]
        if self._refit[number] or self._model is None:
            try:
                self._model = self._rows_at(cutoff).train(cutoff)
            except NotEnoughHistoryError as error:
                # A short history is no fault of the run: the other candidates have an answer.
                self._model = Untrained(str(error))
        if cutoff == self._fits[-1]:
            # Nothing is learnt any more: the windows that follow need the room.
            self._source = self._rows = None
        return self._model

    def _rows_at(self, cutoff: datetime) -> TrainingRows:
        """Binned rows, put in bins anew when a quarter more is known than the last time.

        Bins, the choice of features and levels come from what the oldest window knew: with a year of history a
        feature of the year before is empty, and a model of the second year would never see it. Where targets were
        corrected later, every cutoff has rows of its own.
        """
        if self._features.targets_change:
            known = self._source if cutoff == self._fits[-1] else self._features.training_rows(cutoff)
            return TrainingRows(known, self._task, oldest_cutoff=cutoff, newest_cutoff=cutoff)
        if self._rows is None or self._known(cutoff) > self._n_enough:
            self._n_enough = _GROWTH_BEFORE_NEW_BINS * self._known(cutoff)
            later = [fit for fit in self._fits if cutoff < fit and self._known(fit) <= self._n_enough]
            newest = max(later, default=cutoff)
            self._rows = None  # before the next are made: two of them would not fit beside each other
            self._rows = TrainingRows(self._source, self._task, oldest_cutoff=cutoff, newest_cutoff=newest)
            if newest == self._fits[-1]:
                # They are in bins for every fit that is left, and take four times the room of the bins.
                self._source = None
        return self._rows

    def _known(self, cutoff: datetime) -> int:
        return int(np.count_nonzero(self._ds <= np.datetime64(cutoff, "us")))


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

"""Other settings of the global model, tried on windows before every scored one, and used only where they prove better.

The fixed settings are trial 0 and always run. Trials are scored on all but the newest of the tuning windows; the best
of them meets the fixed settings once more on the newest, which no trial has seen, and has to win there too.
"""

import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from forecasting.candidates import FeatureLoader, run_global_model
from forecasting.errors import ForecastingError, NotEnoughHistoryError
from forecasting.forecasters.global_lightgbm import TrainingRows
from forecasting.panel import Panel
from forecasting.tables import TRIALS
from forecasting.task import ForecastTask, LightGBMSettings

MAX_TRIALS = 30
GRID: dict[str, tuple[Any, ...]] = {
    "learning_rate": (0.1, 0.2),
    "num_leaves": (31, 63, 127),
    "lambda_l2": (0.0, 5.0),
}
# Below this share of the fixed settings' error a difference between two trainings is their seed.
_MIN_GAIN = 0.003
_PATIENCE = 10  # trials without an improvement after which a search has found what it will find

Mode = Literal["off", "grid", "search"]


@dataclass(frozen=True)
class TuningSettings:
    """How settings are looked for: `trials` beside the fixed settings, none started after `seconds`."""

    mode: Mode = "off"
    trials: int = 12
    seconds: float = 300.0

    def __post_init__(self) -> None:
        if not 1 <= self.trials <= MAX_TRIALS:
            raise ValueError(f"expected 1 to {MAX_TRIALS} trials, found {self.trials}. Ask for fewer.")


@dataclass(frozen=True, eq=False)
class TuningResult:
    """The settings to use, and every trial as `TRIALS`."""

    settings: LightGBMSettings
    trials: pa.Table


def tune(
    task: ForecastTask,
    tuning: TuningSettings,
    panel: Panel,
    features: FeatureLoader,
    cutoffs: Sequence[datetime],
    clock: Callable[[], float] = time.monotonic,
) -> TuningResult:
    """Try settings on the windows at `cutoffs`, oldest first; none of them may be scored later.

    `clock` says the seconds that limit the search. Trials that fail are logged with their reason.

    Raises:
        NotEnoughHistoryError: fewer than two windows: one to try on, one to confirm on.
    """
    if len(cutoffs) < 2:
        raise NotEnoughHistoryError(
            f"expected at least two windows before the scored ones to tune on; found {len(cutoffs)}. "
            "Ask for more calibration windows, or set models.tuning.mode to off."
        )
    *searched, confirmed = cutoffs
    search = _Scorer(task, panel, features, searched)
    rows: list[dict[str, Any]] = []

    def scored(trial: int, source: str, changes: dict[str, Any], scorer: _Scorer, window: str) -> float:
        loss, note = scorer.loss(replace(task.lightgbm, **changes))
        parameters = json.dumps(changes, sort_keys=True)
        rows.append(
            {
                "trial": trial,
                "source": source,
                "tuning_window": window,
                "parameters": parameters,
                "wape": loss,
                "note": note,
            }
        )
        return np.inf if loss is None else loss

    fixed = scored(0, "fixed", {}, search, "search")
    best, best_loss, since_best = {}, fixed, 0
    start, proposals = clock(), _proposals(tuning, task.seed)
    for trial in range(1, tuning.trials + 1):
        if clock() - start > tuning.seconds or (tuning.mode == "search" and since_best >= _PATIENCE):
            break
        changes = proposals.propose()
        if changes is None:
            break
        loss = scored(trial, tuning.mode, changes, search, "search")
        proposals.told(loss)
        since_best += 1
        if loss < best_loss:
            best, best_loss, since_best = changes, loss, 0
    if best:
        confirm = _Scorer(task, panel, features, [confirmed])
        fixed_again = scored(0, "fixed", {}, confirm, "confirm")
        winner = next(row["trial"] for row in rows if row["parameters"] == json.dumps(best, sort_keys=True))
        if scored(winner, tuning.mode, best, confirm, "confirm") > fixed_again * (1 - _MIN_GAIN):
            best = {}
    chosen = json.dumps(best, sort_keys=True)
    table = pa.Table.from_pylist([{**row, "is_chosen": row["parameters"] == chosen} for row in rows], TRIALS)
    return TuningResult(replace(task.lightgbm, **best), table)


class _Scorer:
    """WAPE of settings over windows: trained at each cutoff, on the rows known there."""

    def __init__(self, task: ForecastTask, panel: Panel, features: FeatureLoader, cutoffs: Sequence[datetime]) -> None:
        self._task = task
        self._windows = []
        for cutoff in cutoffs:
            end = np.datetime64(cutoff, "us")
            rows, known = features.forecast_rows(cutoff), features.training_rows(cutoff)
            self._windows.append((cutoff, panel.until(end), panel.actuals(end, task.horizon), rows, known))

    def loss(self, settings: LightGBMSettings) -> tuple[float | None, str | None]:
        """The mean over the windows, or None and why."""
        task = replace(self._task, lightgbm=settings)
        losses = []
        try:
            for cutoff, past, y, rows, known in self._windows:
                model = TrainingRows(known, task, oldest_cutoff=cutoff, newest_cutoff=cutoff).train(cutoff)
                yhat = run_global_model(model, task, past, rows).yhat
                observed = ~np.isnan(y) & np.isfinite(yhat)
                losses.append(np.abs(yhat[observed] - y[observed]).sum() / np.abs(y[observed]).sum())
        except ForecastingError as error:
            return None, str(error)
        mean = float(np.mean(losses))
        return (round(mean, 10), None) if np.isfinite(mean) else (None, "nothing was sold in these windows")


class _Grid:
    """Every combination of `GRID`, in order."""

    def __init__(self) -> None:
        self._combinations: Iterator[tuple[Any, ...]] = itertools.product(*GRID.values())

    def propose(self) -> dict[str, Any] | None:
        values = next(self._combinations, None)
        return None if values is None else dict(zip(GRID, values, strict=True))

    def told(self, loss: float) -> None:
        """A grid does not learn."""


class _Search:
    """A seeded tree-structured Parzen estimator (Bergstra et al. 2011), told every loss."""

    def __init__(self, seed: int) -> None:
        import optuna  # noqa: PLC0415 - only a search needs it

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._study = optuna.create_study(sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=8))
        self._trial: Any = None

    def propose(self) -> dict[str, Any]:
        self._trial = trial = self._study.ask()
        return {
            "learning_rate": trial.suggest_float("learning_rate", 0.04, 0.3, log=True),
            "num_leaves": trial.suggest_int("num_leaves", 15, 255, log=True),
            "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 20, 400, log=True),
            "feature_fraction": trial.suggest_float("feature_fraction", 0.2, 1.0),
            "lambda_l2": trial.suggest_float("lambda_l2", 1e-3, 30.0, log=True),
        }

    def told(self, loss: float) -> None:
        self._study.tell(self._trial, loss if np.isfinite(loss) else 1e9)


def _proposals(tuning: TuningSettings, seed: int) -> _Grid | _Search:
    return _Search(seed) if tuning.mode == "search" else _Grid()

"""Settings of the global model that a product has tuned: found before the backtest, used by it and by the training."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pyarrow as pa

from dagster_project.product import Product
from dagster_project.progress import reporter
from dagster_project.warehouse import Warehouse
from forecasting.candidates import FeatureLoader
from forecasting.model_names import GLOBAL_MODEL
from forecasting.run import build_panel
from forecasting.tables import TRIALS, empty
from forecasting.task import ForecastTask
from forecasting.tuning import TuningSettings, tune

# Windows that only calibrate intervals lie before every scored one.
TUNING_CUTOFFS = """
    select cutoff::timestamp as cutoff from features.feature_cutoffs where role = 'calibration' order by cutoff
"""
CHOSEN = """
    select parameters from forecasting.trials where run_id = $run_id and is_chosen order by trial limit 1
"""


def tuned_task(
    product: Product,
    warehouse: Warehouse,
    task: ForecastTask,
    observations: Callable[[], pa.Table],
    features: FeatureLoader | None,
    versions: pa.Table | None = None,
) -> tuple[ForecastTask, pa.Table]:
    """The task with the settings that won, and every trial as `TRIALS`; unchanged and empty where nothing is tuned.

    `observations` are only read where something is.
    """
    wanted = product.models.tuning
    if wanted.mode == "off" or features is None or GLOBAL_MODEL not in task.candidates:
        return task, empty(TRIALS)
    cutoffs: list[datetime] = warehouse.read(TUNING_CUTOFFS)["cutoff"].to_pylist()
    tuning = TuningSettings(wanted.mode, wanted.trials, wanted.seconds)
    result = tune(task, tuning, build_panel(task, observations(), versions=versions), features, cutoffs)
    n_trials = len(set(result.trials.column("trial").to_pylist()))
    what = "the fixed ones stay" if result.settings == task.lightgbm else "others won"
    reporter().detail(f"{n_trials} settings tried on {len(cutoffs)} windows before the scored ones: {what}")
    return replace(task, lightgbm=result.settings), result.trials


def with_chosen_settings(warehouse: Warehouse, task: ForecastTask, run_id: str) -> ForecastTask:
    """The task with the settings that this run's tuning chose; unchanged when it tuned nothing."""
    chosen = warehouse.read(CHOSEN, {"run_id": run_id}).to_pylist()
    if not chosen:
        return task
    return replace(task, lightgbm=replace(task.lightgbm, **json.loads(chosen[0]["parameters"])))

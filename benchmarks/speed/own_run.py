"""Our side of a comparison: the product's run, counted up to the forecasts on disk."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child_process import Cost
from benchmarks.predictions import read_predictions
from benchmarks.product_run import ProductRun
from benchmarks.scoring import Window
from forecasting.panel import Floats
from forecasting.periods import period_ds
from forecasting.task import LightGBMSettings

# What a peer does too: from the delivered file to the forecasts. Backtest, checks and publishing come on top.
COUNTED = ("ingest", "dbt_features", "train", "forecast")
MODEL = "lightgbm"


def counted_cost(run: ProductRun) -> Cost:
    """Wall and CPU of the counted steps and the highest memory among them."""
    steps = [step for step in run.steps if step["step"] in COUNTED]
    return Cost(
        sum(step["wall_s"] for step in steps),
        sum(step["cpu_s"] for step in steps),
        max((step["peak_rss_mb"] for step in steps), default=0.0),
    )


def live_forecasts(warehouse: Path, window: Window) -> Floats:
    """What the global model said after the live cutoff, in the order of the window's series."""
    past = window.past
    ds = period_ds(past.end + 1 + np.arange(window.y.shape[1]), past.freq)
    return read_predictions(warehouse, window.cutoff, past.unique_ids, ds, (0.5,)).yhat[MODEL]


def lightgbm_settings(**changes: Any) -> dict[str, Any]:
    """The default settings of our global model, with changes."""
    return {**asdict(LightGBMSettings()), **changes}

"""What a user gets who knows nothing: `forecast init` and `forecast backtest` on data that no setting was tuned on.

What is served at each cutoff was chosen from windows that were over by then. Beside it, on the same windows, stand
seasonal naive, AutoETS and AutoTheta of the library alone, on the whole history.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.child_process import Cost, run_measured
from benchmarks.predictions import Predictions, read_predictions
from benchmarks.scoring import Scores, mean_scores, point_scores
from benchmarks.task import rolling_cutoffs, scored_window
from benchmarks.unseen_data import UNSEEN, UnseenData
from dagster_project.errors import StepFailed
from dagster_project.paths import ProductPaths
from dagster_project.product import load_product
from forecasting.forecasters import Classical, SeasonalNaive
from forecasting.panel import Floats, Panel
from forecasting.periods import period_ds

SERVED = "served"
_WHOLE_HISTORY = 1_000_000
_MINUTES = 5 * 60.0  # the library alone has no time limit; ours would call a slow series a failure


def run_unseen(folder: Path, names: Sequence[str] = tuple(UNSEEN)) -> dict[str, Any]:
    """Every data set through the product, scored; the result in the shape of an accuracy task.

    Raises:
        StepFailed: a command failed, or a served forecast is missing.
    """
    windows, costs = [], []
    for name in names:
        scores, cost, facts = _one(UNSEEN[name], folder / name)
        windows.append({"data": name, **facts, "metrics": scores})
        costs.append(cost)
    models = [model for model in windows[0]["metrics"] if all(model in window["metrics"] for window in windows)]
    return {
        "task": "unseen",
        "protocol": {
            "data": "generated: " + ", ".join(names),
            "headline": "wape",
            "n_series": sum(window["n_series"] for window in windows),
            "scored": "the scored windows that `forecast init` wrote; mean over windows, then over data sets",
            "peers": "AutoETS and AutoTheta of statsforecast, one series at a time, on the whole history",
        },
        "chosen": SERVED,
        "metrics": {model: mean_scores([window["metrics"][model] for window in windows]) for model in models},
        "windows": windows,
        "published": {},
        "wall_s": sum(cost.wall_s for cost in costs),
        "cpu_s": sum(cost.cpu_s for cost in costs),
        "peak_rss_mb": max(cost.peak_rss_mb for cost in costs),
    }


def _one(data: UnseenData, folder: Path) -> tuple[dict[str, Scores], Cost, dict[str, Any]]:
    file = data.deliver(folder / "delivery")
    home = folder / "home"
    home.mkdir()
    product_file = home / f"{data.name}.yml"
    columns = ["--time", "time", "--target", "amount", "--keys", "series", "--name", data.name]
    _forecast(folder, "init", str(file), *columns, cwd=home)
    options = ["--product", str(product_file), "--home", str(home)]
    cost = _forecast(folder, *options, "backtest", "--from", str(file.parent), cwd=home)
    product = load_product(str(product_file))
    backtest = product.backtest
    panel = data.panel()
    warehouse = ProductPaths(home, product.name).warehouse
    metric = point_scores(("wape", "mase"), product.season_length)
    per_window: list[dict[str, Scores]] = []
    for cutoff in rolling_cutoffs(panel, product.horizon, backtest.n_windows, backtest.step_size):
        window = scored_window(panel, cutoff, product.horizon)
        ds = period_ds(window.past.end + 1 + np.arange(product.horizon), panel.freq)
        found = read_predictions(warehouse, window.cutoff, panel.unique_ids, ds, ())
        # Models of nodes above the series have nothing to say about a series.
        of_series = {model: yhat for model, yhat in found.yhat.items() if np.isfinite(yhat).all()}
        forecasts = {**of_series, SERVED: served(found), **_peers(window.past, product.horizon)}
        per_window.append({model: metric(window, yhat) for model, yhat in forecasts.items()})
    everywhere = [model for model in per_window[0] if all(model in window for window in per_window)]
    scores = {model: mean_scores([window[model] for window in per_window]) for model in everywhere}
    facts = {
        "n_series": panel.n_series,
        "n_periods": panel.n_periods,
        "freq": product.freq,
        "horizon": product.horizon,
        "n_windows": backtest.n_windows,
    }
    return scores, cost, facts


def served(found: Predictions) -> Floats:
    """Of every series the forecast of the model that was chosen for it at this cutoff.

    Raises:
        StepFailed: a series has no choice, or its model no forecast.
    """
    yhat = np.full_like(next(iter(found.yhat.values())), np.nan)
    for model, values in found.yhat.items():
        rows = found.chosen == model
        yhat[rows] = values[rows]
    missing = int(np.isnan(yhat).any(axis=1).sum())
    if missing:
        raise StepFailed(
            expected=f"a served forecast of every series at {found.cutoff}",
            found=f"none for {missing} series",
            do="See forecasting.model_choices and forecasting.series_failures of the kept warehouse (--keep DIR).",
        )
    return yhat


def _peers(past: Panel, horizon: int) -> dict[str, Floats]:
    """The library alone, and seasonal naive."""
    season = past.season_length
    engine = {
        f"{name} (library)": Classical(2, _MINUTES, _WHOLE_HISTORY, name).forecast(past.y, horizon, season).yhat
        for name in ("auto_ets", "auto_theta")
    }
    return {"seasonal_naive": SeasonalNaive().forecast_panel(past.y, horizon, season), **engine}


def _forecast(folder: Path, *arguments: str, cwd: Path) -> Cost:
    log = folder / "command.log"
    finished = run_measured([sys.executable, "-m", "dagster_project.cli.main", *arguments], log, cwd=cwd)
    if finished.exit_code:
        raise StepFailed(
            expected=f"forecast {' '.join(arguments)} to finish",
            found=f"exit code {finished.exit_code}, and its output ends\n{finished.output[-2000:].strip()}\n",
            do="Run it by hand with --debug; the benchmark keeps its files with --keep DIR.",
        )
    return finished.cost

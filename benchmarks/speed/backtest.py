"""What a backtest of five windows costs beside a single run, with and without learning again in every window."""

from __future__ import annotations

from typing import Any

from benchmarks.child_process import Cost, run_child
from benchmarks.generated import HORIZON, SEED, Retail
from benchmarks.speed.case import REPEATS, Request, case_result, median_of
from benchmarks.speed.scale import generated_run

DEFAULT_SERIES = 3_000
N_WINDOWS = 5
MODES = {
    "single run": "single",
    "5 windows, learnt once": "first",
    "5 windows, learnt in each": "every",
}


def backtest(request: Request) -> dict[str, Any]:
    """Cost and error of the global model in three modes on one feature table; cold processes, median of three."""
    retail = Retail.of_series(request.n_series or DEFAULT_SERIES)
    windows = {"n_windows": N_WINDOWS, "n_calibration_windows": 0, "step_size": HORIZON}
    models = {"candidates": ["seasonal_naive", "lightgbm"]}
    product, run = generated_run(request, retail, backtest=windows, models=models)
    file = run.paths.home / f"{product.name}.yml"
    figures: dict[str, dict[str, float]] = {}
    costs: dict[str, Cost] = {}
    for label, mode in MODES.items():
        arguments = [str(file), str(run.paths.home), mode]
        runs = [
            run_child("benchmarks.children.backtest", arguments, request.folder / f"{mode}_{number}")
            for number in range(REPEATS)
        ]
        costs[label] = median_of([cost for cost, _ in runs])
        figures[label] = {**costs[label].as_json(), **runs[0][1]}
    single, once, each = (costs[label] for label in MODES)
    protocol = {
        "data": f"generated retail demand, seed {SEED}",
        "n_series": retail.n_series,
        "horizon": HORIZON,
        "n_windows": N_WINDOWS,
        "clock": "cold process: feature rows read from the warehouse, training, forecasts of every window; wape is the "
        "mean over the windows that the mode scored",
        "repeats": REPEATS,
    }
    ratios = {
        "learnt_once_over_single": once.wall_s / single.wall_s,
        "learnt_in_each_over_single": each.wall_s / single.wall_s,
    }
    return case_result("backtest", protocol, figures, once, ratios)

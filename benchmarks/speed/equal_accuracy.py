"""How long mlforecast and we take to reach the same accuracy, on Store Item and Rossmann.

Each side forecasts the task's window with several numbers of trees, fixed here and not chosen by score. The peer's
most accurate run sets the error to reach; counted is the fastest run of each side that reaches it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import real_files
from benchmarks.child_process import Cost
from benchmarks.peers.environment import peer_versions
from benchmarks.peers.mlforecast_peer import PeerFrame, lightgbm_parameters, long_frame, run_mlforecast
from benchmarks.product_run import benchmark_product, run_product
from benchmarks.scoring import Window
from benchmarks.speed.case import Request, case_result
from benchmarks.speed.own_run import counted_cost, lightgbm_settings, live_forecasts
from benchmarks.task import AccuracyTask
from benchmarks.tasks import TASKS

OUR_TREES, PEER_TREES = (25, 50, 100, 200), (100, 400, 1000)
# The peer trains one model, not the mean of several: fast trees would cost it accuracy.
PEER_LEARNING_RATE = 0.08
BACKTEST = {"n_windows": 1, "n_calibration_windows": 0}
CANDIDATES = ["seasonal_naive", "lightgbm"]


@dataclass(frozen=True)
class Attempt:
    """One run: error by the task's headline metric, and cost."""

    name: str
    error: float
    cost: Cost


def equal_accuracy(request: Request) -> dict[str, Any]:
    """Errors and seconds of every run; the ratio is the peer's wall time over ours, null where we do not reach it."""
    figures: dict[str, dict[str, float]] = {}
    ratios: dict[str, float] = {}
    costs: list[Cost] = []
    for name, frame in (("store_item", _store_item_frame), ("rossmann_42d", _rossmann_frame)):
        task = TASKS[name]
        data = task.require_files(request.data_dir)
        window = task.windows(data, request.n_series)[0]
        folder = request.folder / name
        ours = _our_attempts(task, data, window, folder, request.n_series)
        theirs = _peer_attempts(task, frame(data, window, folder), window, folder)
        for attempt in (*ours, *theirs):
            figures[f"{name}: {attempt.name}"] = {task.headline: attempt.error, **attempt.cost.as_json()}
        ratios[name] = time_ratio(ours, theirs)
        costs += [attempt.cost for attempt in ours]
    protocol = {
        "data": "Store Item Demand (90 days) and Rossmann (42 days), the windows of the accuracy tasks",
        "clock": "file open to forecasts on disk; ours with ingest, dbt models and their tests; one run each",
        "ratio": "wall time of the peer's most accurate run over that of our fastest run that is at least as accurate",
        "peer": peer_versions("mlforecast"),
    }
    return case_result("equal_accuracy", protocol, figures, max(costs, key=lambda cost: cost.wall_s), ratios)


def time_ratio(ours: list[Attempt], theirs: list[Attempt]) -> float:
    """The peer's seconds to its lowest error over ours to that error or a lower one; NaN when we never reach it."""
    target = min(attempt.error for attempt in theirs)
    peer = min(attempt.cost.wall_s for attempt in theirs if attempt.error <= target)
    reached = [attempt.cost.wall_s for attempt in ours if attempt.error <= target]
    return peer / min(reached) if reached else float("nan")


def _our_attempts(task: AccuracyTask, data: Path, window: Window, folder: Path, sample: int | None) -> list[Attempt]:
    delivery = folder / "delivery"
    delivery.mkdir(parents=True)
    task.prepare(data, delivery, sample)
    attempts = []
    for n_trees in OUR_TREES:
        models = {"candidates": CANDIDATES, "parameters": {"lightgbm": {"n_trees": n_trees}}}
        product = benchmark_product(task.name, models=models, backtest=BACKTEST)
        run = run_product(product, folder / f"home_{n_trees}", delivery)
        error = task.score(window, live_forecasts(run.warehouse, window))[task.headline]
        attempts.append(Attempt(f"ours, {n_trees} trees", error, counted_cost(run)))
    return attempts


def _peer_attempts(task: AccuracyTask, frame: PeerFrame, window: Window, folder: Path) -> list[Attempt]:
    attempts = []
    for n_trees in PEER_TREES:
        parameters = lightgbm_parameters(lightgbm_settings(learning_rate=PEER_LEARNING_RATE), n_trees)
        ids, horizon = window.past.unique_ids, window.y.shape[1]
        run = run_mlforecast(frame, folder / f"peer_{n_trees}", ids, horizon, parameters)
        error = task.score(window, np.maximum(run.yhat, 0.0))[task.headline]
        attempts.append(Attempt(f"mlforecast, {n_trees} trees", error, run.cost))
    return attempts


def _store_item_frame(data: Path, window: Window, folder: Path) -> PeerFrame:  # noqa: ARG001 - the same for every task
    keys = [str(unique_id).split("|") for unique_id in window.past.unique_ids]
    static = {"store": [int(store) for store, _ in keys], "item": [int(item) for _, item in keys]}
    return _written(window, folder, {}, static, ("store", "item"))


def _rossmann_frame(data: Path, window: Window, folder: Path) -> PeerFrame:
    """Sales with gaps as zero, and what is known of every day ahead: open, promotion, holidays."""
    columns = {
        "open": "Open",
        "promo": "Promo",
        "school_holiday": "SchoolHoliday",
        "state_holiday": "ascii(StateHoliday)",
    }
    last = int(window.past.unique_ids.size)
    known = {name: _rossmann_column(data, window, sql) for name, sql in columns.items()}
    stores = pd.read_csv(data / "rossmann/store.csv").set_index("Store")
    stores.index = stores.index.astype(str)
    stores = stores.loc[list(window.past.unique_ids)]
    static = {
        "store": np.arange(last),
        "store_type": stores["StoreType"].astype("category").cat.codes.to_numpy(),
        "assortment": stores["Assortment"].astype("category").cat.codes.to_numpy(),
        "competition_distance": stores["CompetitionDistance"].fillna(-1.0).to_numpy(),
        "promo2": stores["Promo2"].to_numpy(),
    }
    return _written(window, folder, known, static, ("store_type", "assortment"))


def _rossmann_column(data: Path, window: Window, expression: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    sql = f"""
        select Store::varchar as unique_id, Date as ds, ({expression})::double as y
        from read_csv($file, types = {{'StateHoliday': 'VARCHAR', 'Date': 'DATE'}})
    """
    panel = real_files.panel(sql, {"file": str(data / "rossmann/train.csv.gz")}, freq="D", season_length=7)
    rows = np.searchsorted(panel.unique_ids.astype(str), window.past.unique_ids.astype(str))
    return np.nan_to_num(panel.y[rows])


def _written(
    window: Window, folder: Path, known: dict[str, Any], static: dict[str, Any], categorical: tuple[str, ...]
) -> PeerFrame:
    past, horizon = window.past, window.y.shape[1]
    length = past.n_periods
    history = {"y": np.nan_to_num(past.y), **{name: values[:, :length] for name, values in known.items()}}
    future = {name: values[:, length : length + horizon] for name, values in known.items()}
    files = folder / "history.parquet", folder / "future.parquet"
    long_frame(past.unique_ids, past.ds, history, static).to_parquet(files[0], index=False)
    long_frame(past.unique_ids, past.future_ds(horizon), future, {}).to_parquet(files[1], index=False)
    return PeerFrame(*files, tuple(static), tuple(known), categorical)

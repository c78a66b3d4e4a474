"""The same work as mlforecast with LightGBM: the same rows, trees and parameters on generated series."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.child_process import Cost
from benchmarks.generated import DEPARTMENTS, FIRST_DAY, HORIZON, SEED, STATES, STORES, Retail
from benchmarks.peers.environment import peer_versions
from benchmarks.peers.mlforecast_peer import PeerFrame, PeerRun, lightgbm_parameters, long_frame, run_mlforecast
from benchmarks.scoring import Window
from benchmarks.speed.case import REPEATS, Request, case_result, median_of
from benchmarks.speed.own_run import counted_cost, lightgbm_settings, live_forecasts
from benchmarks.speed.scale import generated_run
from forecasting import metrics
from forecasting.panel import Panel
from forecasting.periods import period_index

N_ORIGINS, HORIZONS_PER_ORIGIN, N_TREES = 26, 4, 400
ROWS_PER_SERIES = N_ORIGINS * HORIZONS_PER_ORIGIN
# Room for the longest window before the oldest origin, and for one backtest window.
N_DAYS = 7 * N_ORIGINS + 364 + 2 * HORIZON
# One member, and trees that neither side makes smaller for want of rows.
TREES = {"n_members": 1, "num_leaves": 63}
OVERRIDES: dict[str, Any] = {
    "features": {"n_origins": N_ORIGINS, "origin_step": 7, "horizons_per_origin": HORIZONS_PER_ORIGIN},
    "models": {
        "candidates": ["seasonal_naive", "lightgbm"],
        "parameters": {"lightgbm": {"n_trees": N_TREES, "objective": "regression", "transform": "identity", **TREES}},
    },
    "backtest": {"n_windows": 1, "n_calibration_windows": 1, "step_size": HORIZON},
}


def same_work(request: Request) -> dict[str, Any]:
    """Both sides three times, cold; ratios above 1 mean that we are faster, or smaller."""
    retail = Retail.of_series(request.n_series, N_DAYS)
    window = _window(retail)
    frame = _peer_frame(request, retail)
    parameters = lightgbm_parameters(lightgbm_settings(**TREES), N_TREES)
    peers: list[PeerRun] = []
    ours: list[Cost] = []
    own_wape = float("nan")
    for number in range(REPEATS):
        round_ = Request(request.folder / f"round_{number}", request.n_series)
        ids = window.past.unique_ids
        folder = round_.folder / "peer"
        peers.append(run_mlforecast(frame, folder, ids, HORIZON, parameters, training_days=ROWS_PER_SERIES))
        _, run = generated_run(round_, retail, **OVERRIDES)
        ours.append(counted_cost(run))
        own_wape = metrics.wape(window.y, live_forecasts(run.warehouse, window))
    own, peer = median_of(ours), median_of([run.cost for run in peers])
    protocol = {
        "data": f"generated retail demand, seed {SEED}",
        "n_series": retail.n_series,
        "n_days": N_DAYS,
        "horizon": HORIZON,
        "training_rows": peers[0].answer["n_rows"],
        "n_trees": N_TREES,
        "clock": "file open to forecasts on disk; ours with ingest, dbt models and their tests, the peer's from a "
        "prepared long Parquet frame of the days it needs",
        "repeats": REPEATS,
        "peer": peer_versions("mlforecast"),
    }
    figures = {
        "ours": {**own.as_json(), "wape": own_wape},
        "mlforecast": {**peer.as_json(), "wape": metrics.wape(window.y, peers[0].yhat)},
        "mlforecast parts": peers[0].answer["seconds"],
    }
    ratios = {
        "speed": peer.wall_s / own.wall_s,
        "cpu": peer.cpu_s / own.cpu_s,
        "memory": peer.peak_rss_mb / own.peak_rss_mb,
    }
    return case_result("same_work", protocol, figures, own, ratios)


def _window(retail: Retail) -> Window:
    ids = np.array([f"{store}|{item}" for store in STORES for item in retail.items], dtype=object)
    y = np.concatenate([units for _, units in retail.blocks()]).astype(np.float64)
    start = int(period_index(np.array([FIRST_DAY], "datetime64[us]"), "D")[0])
    order = np.argsort(ids.astype(str))
    panel = Panel(ids[order], start, y[order], "D", 7)
    return Window(panel.until(start + retail.n_days - 1), panel.y[:, retail.n_days :])


def _peer_frame(request: Request, retail: Retail) -> PeerFrame:
    """The days the peer needs, no more: its longest lag before its oldest training row."""
    needed = slice(retail.n_days - ROWS_PER_SERIES - 364, retail.n_days)
    ahead = slice(retail.n_days, retail.n_days + HORIZON)
    ids = np.array([f"{store}|{item}" for store in STORES for item in retail.items], dtype=object)
    units = np.concatenate([block for _, block in retail.blocks()])
    price = np.tile(retail.prices(), (len(STORES), 1))
    event = np.broadcast_to(retail.event, price.shape)
    departments = [DEPARTMENTS.index(retail.department(item)) for item in range(retail.n_items)]
    static = {
        "store": np.repeat(np.arange(len(STORES)), retail.n_items),
        "state": np.repeat([sorted(set(STATES)).index(state) for state in STATES], retail.n_items),
        "department": np.tile(departments, len(STORES)),
    }
    files = {}
    for name, days, columns in (
        ("history", needed, {"y": units, "price": price, "event": event}),
        ("future", ahead, {"price": price, "event": event}),
    ):
        cut = {column: values[:, days] for column, values in columns.items()}
        rows = long_frame(ids, retail.days[days], cut, static if name == "history" else {})
        files[name] = request.folder / f"{name}.parquet"
        rows.to_parquet(files[name], index=False)
    return PeerFrame(files["history"], files["future"], tuple(static), ("price", "event"), tuple(static))

"""Asking mlforecast for forecasts from here: frames written before the clock starts, then a cold process."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow.parquet as pq

from benchmarks.child_process import Cost, run_child
from benchmarks.peers.environment import peer_python
from forecasting.panel import Floats, Texts

SCRIPT = Path(__file__).parent / "mlforecast_run.py"
# The features of its own documentation for daily retail data, with the windows of our products.
LAGS = (1, 7, 14, 28, 364)
ROLLING_MEANS = (7, 14, 28, 91, 182, 364)
DATE_FEATURES = ("dayofweek", "day", "month", "dayofyear")


@dataclass(frozen=True, eq=False)
class PeerFrame:
    """History and future as mlforecast wants them, on disk; columns known in advance are `dynamic`."""

    history: Path
    future: Path
    static: tuple[str, ...] = ()
    dynamic: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class PeerRun:
    """Forecasts (series, steps), the cost from file open to forecasts on disk, and what the script said."""

    yhat: Floats = field(repr=False)
    cost: Cost
    answer: Mapping[str, Any]


def run_mlforecast(
    frame: PeerFrame,
    folder: Path,
    unique_ids: Texts,
    horizon: int,
    lightgbm: Mapping[str, Any],
    *,
    training_days: int | None = None,
) -> PeerRun:
    """Fit and forecast in the peer's environment; forecasts come back in the order of `unique_ids`."""
    folder.mkdir(parents=True, exist_ok=True)
    forecasts = folder / "forecasts.parquet"
    settings = {
        "history": str(frame.history),
        "future": str(frame.future),
        "forecasts": str(forecasts),
        "freq": "D",
        "horizon": horizon,
        "lags": LAGS,
        "rolling_means": ROLLING_MEANS,
        "date_features": DATE_FEATURES,
        "static_features": frame.static,
        "dynamic_features": frame.dynamic,
        "categorical": frame.categorical,
        "training_days": training_days,
        "lightgbm": dict(lightgbm),
    }
    file = folder / "settings.json"
    file.write_text(json.dumps(settings))
    python = peer_python("mlforecast")
    cost, answer = run_child(str(SCRIPT), [str(file)], folder, python=str(python))
    rows = pq.read_table(forecasts).to_pandas()
    wide = rows.pivot_table(index="unique_id", columns="ds", values="lightgbm").reindex(unique_ids)
    return PeerRun(wide.to_numpy(dtype=np.float64), cost, answer)


def lightgbm_parameters(settings: Mapping[str, Any], n_trees: int) -> dict[str, Any]:
    """Our LightGBM settings under the names of its scikit-learn interface: the same trees on both sides."""
    return {
        "n_estimators": n_trees,
        "learning_rate": settings["learning_rate"],
        "num_leaves": settings["num_leaves"],
        "min_child_samples": settings["min_data_in_leaf"],
        "colsample_bytree": settings["feature_fraction"],
        "subsample": settings["bagging_fraction"],
        "subsample_freq": 1,
        "max_bin": settings["max_bin"],
        "reg_lambda": settings["lambda_l2"],
        "objective": "regression",
        "random_state": 2026,
        "n_jobs": 2,
        "verbosity": -1,
    }


def long_frame(
    unique_ids: Texts,
    ds: npt.NDArray[Any],
    columns: Mapping[str, npt.NDArray[Any]],
    static: Mapping[str, npt.ArrayLike],
) -> pd.DataFrame:
    """Matrices (series, periods) and one value per series as one row per series and period."""
    n_periods = len(ds)
    keys = {"unique_id": np.repeat(unique_ids, n_periods), "ds": np.tile(ds, len(unique_ids))}
    data: dict[str, Any] = dict(keys)
    data |= {name: values.ravel().astype(np.float32) for name, values in columns.items()}
    data |= {name: np.repeat(np.asarray(values), n_periods) for name, values in static.items()}
    return pd.DataFrame(data)

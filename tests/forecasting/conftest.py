# ruff: noqa: DTZ001 - times are naive here, as they are in the tables
"""A simulated product: seasonal daily counts, their feature rows at many cutoffs, and the task."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest

from forecasting.feature_table import FeatureTable
from forecasting.task import ForecastTask, LightGBMSettings

FIRST = datetime(2024, 1, 1)
SAMPLED_STEPS = (1, 5, 9, 13)


@dataclass(frozen=True)
class SimulatedProduct:
    observations: pa.Table
    feature_rows: pa.Table
    cutoffs: list[datetime]
    live_cutoff: datetime
    task: ForecastTask

    @property
    def features(self):
        return FeatureTable(self.feature_rows)

    def with_task(self, **changes):
        return replace(self, task=replace(self.task, **changes))


def day(number: int) -> datetime:
    return FIRST + timedelta(days=int(number))


def simulate(
    *, n_series: int = 30, n_days: int = 320, horizon: int = 14, n_windows: int = 5, seed: int = 7, noise: float = 0.2
) -> SimulatedProduct:
    rng = np.random.default_rng(seed)
    base = rng.gamma(2.0, 25.0, size=(n_series, 1)) + 3.0
    days = np.arange(n_days)
    phase = rng.integers(0, 7, size=(n_series, 1))
    season = 1.0 + 0.4 * np.sin(2 * np.pi * (days + phase) / 7)
    trend = 1.0 + 0.3 * days / n_days
    y = np.round(base * season * trend * np.exp(noise * rng.normal(size=(n_series, n_days))))
    return product_of(y, horizon=horizon, n_windows=n_windows)


def product_of(y: np.ndarray, *, horizon: int, n_windows: int) -> SimulatedProduct:
    n_series, n_days = y.shape
    last = n_days - 1
    backtest_days = [last - horizon * (k + 1) for k in range(n_windows)][::-1]
    ids = np.array([f"series_{i:03d}" for i in range(n_series)], dtype=object)
    times = np.datetime64(FIRST, "us") + np.arange(n_days + horizon) * np.timedelta64(1, "D")
    observations = pa.table(
        {
            "unique_id": np.repeat(ids, n_days),
            "ds": np.tile(times[:n_days], n_series),
            "y": pa.array(y.ravel(), from_pandas=True),
        }
    )
    tables = []
    for origin in sorted({last, *backtest_days, *range(last, 40, -7)}):
        complete = origin == last or origin in backtest_days
        steps = np.array(range(1, horizon + 1) if complete else SAMPLED_STEPS)
        tables.append(_rows_of(y, ids, times, origin, steps))
    return SimulatedProduct(
        observations,
        pa.concat_tables(tables),
        [day(d) for d in backtest_days],
        day(last),
        ForecastTask(
            freq="D",
            season_lengths=(7,),
            horizon=horizon,
            target_kind="count",
            candidates=("naive", "seasonal_naive", "moving_average", "lightgbm", "ensemble"),
            n_calibration_windows=2,
            num_threads=1,
            lightgbm=LightGBMSettings(n_trees=60, learning_rate=0.1, n_members=2),
        ),
    )


def _rows_of(y, ids, times, origin, steps):
    n_series, n_days = y.shape
    targets = origin + steps
    aligned = np.stack([y[:, targets - 7 * (k + (steps + 6) // 7)] for k in range(4)])
    known = np.where(targets < n_days, targets, 0)
    actual = np.where(targets < n_days, y[:, known], np.nan)
    shape = (n_series, steps.size)

    def column(values, kind=np.float32):
        return np.broadcast_to(values, shape).ravel().astype(kind)

    return pa.table(
        {
            "unique_id": np.repeat(ids, steps.size),
            "cutoff": np.full(n_series * steps.size, times[origin]),
            "ds": np.tile(times[targets], n_series),
            "h": column(steps, np.int32),
            "rolling_mean_28": column(y[:, origin - 27 : origin + 1].mean(axis=1)[:, None]),
            "rolling_mean_7": column(y[:, origin - 6 : origin + 1].mean(axis=1)[:, None]),
            "aligned_1": column(aligned[0]),
            "aligned_mean_4": column(aligned.mean(axis=0)),
            "day_of_week": column(targets % 7, np.int32),
            "is_stockout": column(False, bool),
            "y": pa.array(actual.ravel(), from_pandas=True),
            "is_training_sample": column(np.isin(steps, SAMPLED_STEPS), bool) & (targets < n_days).all(),
        }
    )


@pytest.fixture(scope="session")
def product() -> SimulatedProduct:
    return simulate()


@pytest.fixture(scope="session")
def simulate_product():
    return simulate


@pytest.fixture(scope="session")
def build_product():
    return product_of

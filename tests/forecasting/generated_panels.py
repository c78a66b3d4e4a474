"""Panels of the kinds that break forecasters, one per seed: any frequency, length, scale, gaps, spikes, zeros."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from forecasting.periods import period_ds, period_index
from forecasting.task import ForecastTask

SEASONS = {"5min": 12, "30min": 48, "h": 24, "D": 7, "W-MON": 52, "W-WED": 52, "MS": 12, "ME": 12, "QE": 4, "YS": 1}
MODELS = ("naive", "seasonal_naive", "drift", "moving_average", "seasonal_window_average",
          "simple_exponential_smoothing", "croston", "tsb", "theta", "smoothing_ensemble", "ensemble")  # fmt: skip


@dataclass(frozen=True)
class GeneratedPanel:
    """Observations (with gaps as missing rows), the task, and the period numbers of the cutoffs, oldest first."""

    observations: pa.Table
    task: ForecastTask
    cutoffs: tuple[int, ...]
    y: np.ndarray

    def instant(self, period: int):
        """The `ds` of a period number."""
        return period_ds([period], self.task.freq)[0].item()

    def instant_of_last(self):
        """The `ds` of the last period."""
        return self.observations["ds"].to_numpy().max().item()


def generate(seed: int) -> GeneratedPanel:
    """The panel of this seed; the last period always holds some observation."""
    rng = np.random.default_rng(seed)
    freq = str(rng.choice(list(SEASONS)))
    season, horizon = SEASONS[freq], int(rng.integers(1, 10))
    n_series, n_periods = int(rng.integers(1, 9)), int(rng.integers(3, 140))
    y = np.vstack([_series(rng, n_periods, season) for _ in range(n_series)])
    may_be_negative = bool(rng.random() < 0.2)
    if may_be_negative:
        y -= np.vstack([np.nanmedian(row) if (~np.isnan(row)).any() else 0.0 for row in y])
    y[rng.integers(n_series), -1] = 1.0
    first = int(period_index(np.array(["2021-03-01"], "datetime64[us]"), freq)[0])
    last = first + n_periods - 1
    n_windows = max(1, min(3, (n_periods - 2) // horizon))
    known = ~np.isnan(y)
    begin = first + int(np.flatnonzero(known.any(axis=0))[0])
    cutoffs = tuple(last - horizon * step for step in range(n_windows, 0, -1) if last - horizon * step >= begin)
    row, column = np.nonzero(known)
    observations = pa.table(
        {
            "unique_id": np.array([f"s{number}" for number in range(n_series)], dtype=object)[row],
            "ds": period_ds(first + column, freq).astype("datetime64[us]"),
            "y": y[row, column],
        }
    )
    kind = "continuous" if may_be_negative else str(rng.choice(["count", "continuous", "intermittent"]))
    task = ForecastTask(
        freq=freq,
        season_lengths=(season,),
        horizon=horizon,
        target_kind=kind,
        allow_negative=may_be_negative,
        candidates=MODELS,
        n_calibration_windows=min(1, len(cutoffs) - 1) if cutoffs else 0,
        num_threads=1,
    )
    return GeneratedPanel(observations, task, cutoffs, y)


def _series(rng: np.random.Generator, n_periods: int, season: int) -> np.ndarray:
    time = np.arange(n_periods)
    scale = 10.0 ** rng.uniform(-6, 12)
    y = scale * (1 + 0.5 * np.sin(2 * np.pi * time / max(season, 2)) + rng.gamma(0.5, 1.0, n_periods))
    shape = rng.choice(["plain", "zero", "constant", "sparse", "spike", "shift", "stopped", "trend", "one", "counts"])
    place = int(rng.integers(n_periods))
    match shape:
        case "zero":
            y[:] = 0.0
        case "constant":
            y[:] = scale
        case "sparse":
            y[rng.random(n_periods) < 0.95] = 0.0
        case "spike":
            y[place] *= 1e6
        case "shift":
            y[place:] *= 10.0
        case "stopped":
            y[place:] = 0.0
        case "trend":
            y *= 1 + time
        case "one":
            y[:] = np.nan
            y[place] = scale
        case "counts":
            y = rng.poisson(rng.gamma(0.5, 4.0), n_periods).astype(float)
    if rng.random() < 0.5:
        y[rng.random(n_periods) < rng.uniform(0, 0.6)] = np.nan
    if rng.random() < 0.3:
        y[: int(rng.integers(n_periods))] = np.nan
    if rng.random() < 0.3:
        y[n_periods - int(rng.integers(n_periods)) :] = np.nan
    return y

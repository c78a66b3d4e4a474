"""Feature rows from arrays: what was known at an origin about a later period, for all series and steps at once.

The warehouse builds these rows in SQL for a product. Outside a product there is no warehouse, so a model that is used
as an sktime forecaster makes them here, with the same column names, and shares the rest: scaling, training, trees.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from forecasting.forecasters.history import first_position
from forecasting.panel import Floats

Integers = npt.NDArray[np.intp]

_N_ALIGNED = 8
_SEASONS_PER_WINDOW = (1, 2, 4, 13, 26, 52)
_LAGS = (1, 2, 3)


@dataclass(frozen=True, eq=False)
class History:
    """Everything that rows are made of; positions count periods from the first one.

    `y` has shape (series, periods). `drivers` have shape (series, periods + horizon) by name and `calendar`
    (periods + horizon,): they are known ahead, so they go on after the last observation. `season_lengths` are in
    periods, the main season first.
    """

    y: Floats
    season_lengths: tuple[int, ...]
    drivers: Mapping[str, Floats] = field(default_factory=dict)
    calendar: Mapping[str, Floats] = field(default_factory=dict)

    @property
    def n_periods(self) -> int:
        """How many periods have passed."""
        return int(self.y.shape[1])

    @cached_property
    def observed(self) -> Floats:
        """For every position, how many values were observed before it."""
        return _running_sum((~np.isnan(self.y)).astype(np.float64))

    @cached_property
    def total(self) -> Floats:
        """For every position, the sum of the values before it."""
        return _running_sum(np.nan_to_num(self.y))

    @cached_property
    def squares(self) -> Floats:
        """For every position, the sum of squares before it, around `base` to keep digits."""
        return _running_sum(np.nan_to_num(self.y - self.base[:, None]) ** 2)

    @cached_property
    def base(self) -> Floats:
        """The first observed value of every series, zero where there is none; known at every origin that has rows."""
        first = first_position(~np.isnan(self.y))
        inside = np.minimum(first, self.n_periods - 1)
        return np.nan_to_num(self.y[np.arange(len(self.y)), inside])

    @cached_property
    def zeros(self) -> Floats:
        """For every position, how many zeros were observed before it."""
        return _running_sum((self.y == 0).astype(np.float64))


def period_time(position: npt.ArrayLike) -> npt.NDArray[np.datetime64]:
    """A stand-in time for a position, a day per period: the trainer orders rows by time and needs nothing else."""
    return np.asarray(position, dtype=np.int64).astype("datetime64[D]").astype("datetime64[us]")


def sampled_keys(
    history: History, horizon: int, *, steps_per_origin: int, max_rows: int, seed: int
) -> tuple[Integers, Integers, Integers]:
    """Series, origin and step of the rows to learn from: all targets lie inside the history and were observed.

    Origins are as dense as `max_rows` allows, at a distance that shares no divisor with the main season, so that they
    fall on all its places. Each origin of a series gets `steps_per_origin` steps, one drawn from each equal part of
    the horizon, so none of them twice.
    """
    n_series, n_periods = history.y.shape
    n_steps = min(steps_per_origin, horizon)
    first = min(history.season_lengths[0], n_periods // 3)
    distance = max(1, -(-(n_periods - 1 - first) * n_series * n_steps // max_rows))
    while distance > 1 and np.gcd(distance, history.season_lengths[0]) > 1:
        distance += 1
    origins = np.arange(n_periods - 2, first - 1, -distance)[::-1]
    drawn = np.random.default_rng(seed).random((n_series, len(origins), n_steps))
    borders = np.arange(n_steps + 1) * horizon // n_steps
    step = 1 + borders[:-1] + (drawn * np.diff(borders)).astype(np.intp)
    series, origin, _ = np.broadcast_arrays(
        np.arange(n_series)[:, None, None], origins[None, :, None], np.zeros(n_steps, dtype=np.intp)
    )
    series, origin, step = series.ravel(), origin.ravel(), step.ravel()
    inside = origin + step < n_periods
    series, origin, step = series[inside], origin[inside], step[inside]
    known = (history.observed[series, origin + 1] > 0) & ~np.isnan(history.y[series, origin + step])
    return series[known], origin[known], step[known]


def keys_of_origin(history: History, origin: int, steps: Sequence[int]) -> tuple[Integers, Integers, Integers]:
    """Series, origin and step of every series and step at one origin, by series and then step."""
    n_series = len(history.y)
    series = np.repeat(np.arange(n_series), len(steps))
    return series, np.full(series.size, origin), np.tile(np.asarray(steps, dtype=np.intp), n_series)


def feature_rows(history: History, series: Integers, origin: Integers, step: Integers) -> pa.Table:
    """One row per key, with what was known at the origin and what was planned for the target period.

    `y` is null where the target lies after the history. Features are 32-bit floats; null means unknown.
    """
    target = origin + step
    inside = target < history.n_periods
    y = np.full(series.size, np.nan)
    y[inside] = history.y[series[inside], target[inside]]
    features = {
        **_of_target(history, series, target, step),
        **_levels(history, series, origin),
        **_aligned(history, series, target, step),
        **_recent_drivers(history, series, origin),
    }
    columns = {
        "unique_id": pa.array(series, pa.int64()),
        "cutoff": pa.array(period_time(origin)),
        "ds": pa.array(period_time(target)),
        "y": pa.array(y, from_pandas=True),
        **{name: pa.array(np.asarray(values, np.float32), from_pandas=True) for name, values in features.items()},
    }
    return pa.table(columns)


def _of_target(history: History, series: Integers, target: Integers, step: Integers) -> dict[str, Floats]:
    main = history.season_lengths[0]
    return {
        "h": step.astype(np.float64),
        "season_steps": np.ceil(step / main),
        **{f"season_position_{m}": (target % m).astype(np.float64) for m in history.season_lengths if m > 1},
        **{name: values[target] for name, values in history.calendar.items()},
        **{f"driver_{name}": values[series, target] for name, values in history.drivers.items()},
    }


def _levels(history: History, series: Integers, origin: Integers) -> dict[str, Floats]:
    main = history.season_lengths[0]
    windows = [k * main for k in _SEASONS_PER_WINDOW if k == 1 or k * main <= history.n_periods]
    features: dict[str, Floats] = {}
    for window in windows:
        n = _in_window(history.observed, series, origin, window)
        features[f"rolling_mean_{window}"] = _ratio(_in_window(history.total, series, origin, window), n)
    spread = 4 * main
    n = _in_window(history.observed, series, origin, spread)
    around = _ratio(_in_window(history.total, series, origin, spread), n) - history.base[series]
    variance = _ratio(_in_window(history.squares, series, origin, spread), n) - around**2
    features[f"rolling_std_{spread}"] = np.sqrt(np.maximum(variance, 0.0))
    features["zero_share"] = _ratio(_in_window(history.zeros, series, origin, spread), n)
    features["n_observed"] = history.observed[series, origin + 1]
    for lag in _LAGS:
        features[f"lag_{lag}"] = _at(history.y, series, origin + 1 - lag)
    return features


def _aligned(history: History, series: Integers, target: Integers, step: Integers) -> dict[str, Floats]:
    """The last values at the target's place in the season, newest first, all of them at or before the origin."""
    main = history.season_lengths[0]
    newest = target - -(-step // main) * main
    values = np.stack([_at(history.y, series, newest - k * main) for k in range(_N_ALIGNED)], axis=1)
    features = {f"aligned_{k + 1}": values[:, k] for k in range(4)}
    for k in (4, _N_ALIGNED):
        known = ~np.isnan(values[:, :k])
        features[f"aligned_mean_{k}"] = _ratio(np.nan_to_num(values[:, :k]).sum(axis=1), known.sum(axis=1))
    for m in history.season_lengths[1:2]:
        newest = target - -(-step // m) * m
        for k in range(2):
            features[f"second_season_aligned_{k + 1}"] = _at(history.y, series, newest - k * m)
    return features


def _recent_drivers(history: History, series: Integers, origin: Integers) -> dict[str, Floats]:
    """How much of each driver the recent level had seen, so that a level raised by a promotion is known as such."""
    window = 4 * history.season_lengths[0]
    features = {}
    for name, values in history.drivers.items():
        past = values[:, : history.n_periods]
        n = _in_window(_running_sum((~np.isnan(past)).astype(np.float64)), series, origin, window)
        features[f"recent_driver_{name}"] = _ratio(
            _in_window(_running_sum(np.nan_to_num(past)), series, origin, window), n
        )
    return features


def _running_sum(values: Floats) -> Floats:
    sums = np.zeros((values.shape[0], values.shape[1] + 1))
    np.cumsum(values, axis=1, out=sums[:, 1:])
    return sums


def _in_window(running: Floats, series: Integers, origin: Integers, window: int) -> Floats:
    inside: Floats = running[series, origin + 1] - running[series, np.maximum(origin + 1 - window, 0)]
    return inside


def _at(y: Floats, series: Integers, position: Integers) -> Floats:
    values = y[series, np.maximum(position, 0)]
    values[position < 0] = np.nan
    return values


def _ratio(total: Floats, count: npt.ArrayLike) -> Floats:
    n = np.asarray(count, dtype=np.float64)
    answer = np.full(np.shape(total), np.nan)
    np.divide(total, n, out=answer, where=n > 0)
    return answer

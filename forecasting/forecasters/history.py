"""Facts about the past that several forecasters need, for all series at once."""

import numpy as np
import numpy.typing as npt

from forecasting.panel import Floats

Booleans = npt.NDArray[np.bool_]


def last_observed(y: Floats) -> Floats:
    """The last observed value of every series; NaN where nothing was ever observed."""
    if y.shape[1] == 0:
        return np.full(len(y), np.nan)
    last = y[:, -1].copy()
    rows = np.flatnonzero(np.isnan(last))
    if rows.size:
        observed = ~np.isnan(y[rows])
        column = y.shape[1] - 1 - np.argmax(observed[:, ::-1], axis=1)
        last[rows] = y[rows, column]
    return last


def first_position(mask: Booleans) -> npt.NDArray[np.intp]:
    """The first true column of every row; the number of columns where none is."""
    if mask.shape[1] == 0:
        return np.zeros(len(mask), dtype=np.intp)
    positions: npt.NDArray[np.intp] = np.where(mask.any(axis=1), np.argmax(mask, axis=1), mask.shape[1])
    return positions


def mean_of_last(y: Floats, k: int) -> Floats:
    """Mean of what was observed in the last k periods; NaN where nothing was."""
    recent = y[:, -k:] if k else y[:, :0]
    observed = ~np.isnan(recent)
    count = observed.sum(axis=1)
    total = np.where(observed, recent, 0.0).sum(axis=1)
    means = np.full(len(y), np.nan)
    np.divide(total, count, out=means, where=count > 0)
    return means


def last_values(y: Floats, k: int, *, only_non_zero: bool = False) -> Floats:
    """The last k observed (or non-zero) values of every series, gaps closed, newest last, NaN in front; (S, k)."""
    if not only_non_zero and y.shape[1] >= k and not np.isnan(y[:, -k:]).any():
        return y[:, -k:]
    values = np.full((len(y), k), np.nan)
    mask = ~np.isnan(y) & (y != 0) if only_non_zero else ~np.isnan(y)
    rows, columns = np.nonzero(mask)
    ends = np.cumsum(mask.sum(axis=1))
    age = ends[rows] - 1 - np.arange(rows.size)
    kept = age < k
    values[rows[kept], k - 1 - age[kept]] = y[rows[kept], columns[kept]]
    return values


def last_of_season(y: Floats, season_length: int) -> Floats:
    """For each of the next `season_length` periods, the latest value one or more whole seasons before; (S, m).

    NaN where that place in the season was never observed.
    """
    n_series, n_periods = y.shape
    latest = np.full((n_series, season_length), np.nan)
    for newest in range(n_periods, 0, -season_length):
        oldest = max(newest - season_length, 0)
        part = latest[:, season_length - (newest - oldest) :]
        missing = np.isnan(part)
        if not missing.any() and oldest:
            break
        part[missing] = y[:, oldest:newest][missing]
    return latest

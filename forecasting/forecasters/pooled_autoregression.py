"""One linear autoregression for all series: the last seasons of a series in, its whole horizon out.

Montero-Manso and Hyndman (2021) show why a linear model that is shared by many series, and remembers more than a
model of one series could afford, is as good as local models that cost a hundred times more. Fitted directly for every
step, by ridge regression on the normal equations: memory does not grow with the number of rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import gcd
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from forecasting.forecasters.gaps import fill_gaps
from forecasting.forecasters.history import first_position, last_observed
from forecasting.forecasters.panel_forecaster import within_history
from forecasting.forecasters.protocol import PanelForecast
from forecasting.forecasters.theta import Theta
from forecasting.panel import Floats

Rows = npt.NDArray[np.intp]

_LONGEST_MEMORY = 1_024
_MIN_MEMORY = 48  # periods: a week of days is too little to tell a season from a run
_SEASONS_REMEMBERED = (3, 2)
_ROWS_PER_WEIGHT = 4  # training rows for each period of memory; below that a shorter memory is tried
_MULTIPLICATIONS = 4e9  # about a second of one core: rows are taken evenly spaced until they fit
_ROWS_AT_A_TIME = 8_192
_RIDGE = 1e-2
# An input this many standard deviations away belongs to a series that has just come alive: it would rule the fit.
_OUTLIER = 30.0


@dataclass(frozen=True)
class PooledAutoregression:
    """A linear model of the last two or three seasons, fitted on all series together.

    Each origin of each series is a row: the last value is subtracted and the deviation of the memory divided out, of
    logarithms where a series was always positive. The two kinds of series are fitted apart. The longest memory for
    which a series has the history and the panel has the rows is used; a series too short for any gets the forecast of
    `Theta`. `season_lengths` are all seasons of the product.

    Unlike the other forecasters here, the forecast of a series depends on the other ones.
    """

    pools_series: ClassVar[bool] = True
    season_lengths: tuple[int, ...] = ()

    def forecast(self, y: Floats, h: int, season_length: int) -> PanelForecast:
        """The next h periods of every series; only a series without any observation is marked as a stand-in."""
        history = np.asarray(y, dtype=np.float64)
        yhat = Theta().forecast_panel(history, h, season_length)
        seasons = tuple(sorted({max(season_length, 1), *self.season_lengths}))
        filled = fill_gaps(history, seasons[0])
        is_positive = np.where(np.isnan(filled), 1.0, filled).min(axis=1, initial=1.0) > 0
        for rows, is_log in ((np.flatnonzero(is_positive), True), (np.flatnonzero(~is_positive), False)):
            z = np.log(filled[rows]) if is_log else filled[rows]
            said = _forecast_pool(z, h, seasons)
            known = np.isfinite(said).all(axis=1)
            yhat[rows[known]] = np.exp(said[known]) if is_log else said[known]
        reasons = np.full(len(history), None, dtype=object)
        reasons[np.isnan(last_observed(history))] = "no observation up to the cutoff"
        return PanelForecast(within_history(yhat, history), reasons)


def memories(seasons: tuple[int, ...]) -> tuple[int, ...]:
    """How many periods may be remembered, longest first: three and two of each season, 48 of a short one.

    >>> memories((24, 168)), memories((52,)), memories((4,)), memories((7, 364))
    ((504, 336, 72, 48), (156, 104), (48, 12, 8), (728, 49, 21, 14))
    """
    lengths = {k * m for m in seasons for k in _SEASONS_REMEMBERED if m > 1}
    lengths |= {m * -(-_MIN_MEMORY // m) for m in seasons if m < _MIN_MEMORY // 3}
    return tuple(sorted((length for length in lengths if length <= _LONGEST_MEMORY), reverse=True))


def _forecast_pool(z: Floats, h: int, seasons: tuple[int, ...]) -> Floats:
    """Forecasts of one pool, NaN for the series too short for every memory that has enough rows to be learnt."""
    yhat = np.full((len(z), h), np.nan)
    n_periods = z.shape[1]
    begin = first_position(~np.isnan(z))
    open_rows = np.arange(len(z))
    for memory in memories(seasons):
        able = open_rows[begin[open_rows] <= n_periods - memory]
        if able.size == 0:
            continue
        weights = _fit(z, begin, memory, h, seasons)
        if weights is None:
            continue
        yhat[able] = _say(z[able, -memory:], weights)
        open_rows = np.setdiff1d(open_rows, able)
    return yhat


def _fit(z: Floats, begin: Rows, memory: int, h: int, seasons: tuple[int, ...]) -> Floats | None:
    """Weights of shape (memory + 1, h), the constant last; None where there are too few rows."""
    counts = np.maximum(z.shape[1] - h - memory - begin + 1, 0)
    if counts.sum() < _ROWS_PER_WEIGHT * memory:
        return None
    step = _spacing(int(counts.sum()), memory, h, seasons)
    gram, product = np.zeros((memory + 1, memory + 1)), np.zeros((memory + 1, h))
    for inputs, targets in _training_rows(z, begin, memory, h, step):
        gram += inputs.T @ inputs
        product += inputs.T @ targets
    ridge = _RIDGE * np.trace(gram) / (memory + 1)
    if not ridge > 0:
        return None
    gram[np.diag_indices(memory + 1)] += ridge
    return np.asarray(np.linalg.solve(gram, product))


def _spacing(n_rows: int, memory: int, h: int, seasons: tuple[int, ...]) -> int:
    """Periods between the origins, so that the fit stays affordable and every place of every season is visited."""
    step = max(1, int(np.ceil(n_rows * memory * (memory + h) / _MULTIPLICATIONS)))
    while any(gcd(step, m) > 1 for m in seasons if m > 1):
        step += 1
    return step


def _training_rows(z: Floats, begin: Rows, memory: int, h: int, step: int) -> Iterator[tuple[Floats, Floats]]:
    """Inputs with a constant and targets of every series, several origins at a time, the newest first.

    Products of a few rows would spend more on starting threads than on multiplying.
    """
    parts: list[tuple[Floats, Floats]] = []
    n_rows = 0
    for inputs, targets in _rows_by_origin(z, begin, memory, h, step):
        parts.append((inputs, targets))
        n_rows += len(inputs)
        if n_rows >= _ROWS_AT_A_TIME:
            yield np.concatenate([part for part, _ in parts]), np.concatenate([part for _, part in parts])
            parts, n_rows = [], 0
    if parts:
        yield np.concatenate([part for part, _ in parts]), np.concatenate([part for _, part in parts])


def _rows_by_origin(z: Floats, begin: Rows, memory: int, h: int, step: int) -> Iterator[tuple[Floats, Floats]]:
    for origin in range(z.shape[1] - h, memory - 1, -step):
        rows = np.flatnonzero(begin <= origin - memory)
        if rows.size == 0:
            return
        past, future = z[rows, origin - memory : origin], z[rows, origin : origin + h]
        centre, spread = _centre_and_spread(past)
        usable = spread[:, 0] > 0
        inputs = (past[usable] - centre[usable]) / spread[usable]
        targets = (future[usable] - centre[usable]) / spread[usable]
        calm = (np.abs(inputs).max(axis=1, initial=0.0) < _OUTLIER) & (np.abs(targets).max(axis=1) < _OUTLIER)
        yield np.column_stack([inputs[calm], np.ones(int(calm.sum()))]), targets[calm]


def _say(past: Floats, weights: Floats) -> Floats:
    centre, spread = _centre_and_spread(past)
    inputs = (past - centre) / np.where(spread > 0, spread, 1.0)
    said = np.column_stack([inputs, np.ones(len(past))]) @ weights * spread + centre
    # A step beyond everything remembered by more than its range is an extrapolation of noise.
    low, high = past.min(axis=1, keepdims=True), past.max(axis=1, keepdims=True)
    return np.asarray(np.clip(said, low - (high - low), high + (high - low)))


def _centre_and_spread(past: Floats) -> tuple[Floats, Floats]:
    """The last value and the standard deviation of each row; a deviation next to nothing counts as none."""
    spread = past.std(axis=1, keepdims=True)
    negligible = spread <= 1e-9 * np.maximum(np.abs(past).max(axis=1, keepdims=True), 1e-3)
    return past[:, -1:], np.where(negligible, 0.0, spread)
